package main

import (
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
)

type distribution struct{}

func distributions(listeners, routes []types.Resource) []distribution { return nil }
