package main

import (
	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
)

type distribution struct{}

func distributions(listeners []*listener.Listener, routes []*route.RouteConfiguration) []distribution {
	return nil
}
