package main

import (
	"slices"
	"strings"

	access "github.com/servicemeshinterface/smi-sdk-go/pkg/apis/access/v1alpha3"

	"github.com/openservicemesh/osm/pkg/smi"
)

// orderedTargets lists TrafficTargets with one of them first, then by name.
//
// OSM lists them in the order of a Go map, so that of two targets that match one request either may be
// served. The first matching route decides, hence the outcomes of all orders are those in which each
// target is first once.
type orderedTargets struct {
	smi.MeshSpec
	first string
}

func (o *orderedTargets) ListTrafficTargets(options ...smi.TrafficTargetListOption) []*access.TrafficTarget {
	targets := o.MeshSpec.ListTrafficTargets(options...)
	slices.SortFunc(targets, func(a, b *access.TrafficTarget) int {
		return strings.Compare(o.rank(a), o.rank(b))
	})
	return targets
}

// rank sorts the first target before all others.
func (o *orderedTargets) rank(target *access.TrafficTarget) string {
	if name := targetName(target); name != o.first {
		return name
	}
	return ""
}

func targetName(target *access.TrafficTarget) string { return target.Namespace + "/" + target.Name }
