package main

import (
	"math"
	"strings"

	xds_cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
)

// limits is what a client allows itself towards a port of a Service, `name.namespace`; what is not limited is
// left out.
type limits struct {
	Service string            `json:"service"`
	Port    int               `json:"port"`
	Most    map[string]uint32 `json:"most"`
	Connect string            `json:"connect"`
}

// limited reads the clusters of other pods, `<namespace>/<service>|<target port>`.
func limited(clusters []types.Resource) []limits {
	found := []limits{}
	for _, resource := range clusters {
		cluster := resource.(*xds_cluster.Cluster)
		if strings.Count(cluster.Name, "|") != 1 {
			continue
		}
		to := backendOf(cluster.Name, 0)
		found = append(found, limits{to.Service, to.Port, most(cluster), cluster.ConnectTimeout.AsDuration().String()})
	}
	return found
}

func most(cluster *xds_cluster.Cluster) map[string]uint32 {
	numbers := map[string]uint32{}
	for _, one := range cluster.GetCircuitBreakers().GetThresholds() {
		numbers["connections"] = one.GetMaxConnections().GetValue()
		numbers["pending"] = one.GetMaxPendingRequests().GetValue()
		numbers["requests"] = one.GetMaxRequests().GetValue()
		numbers["retries"] = one.GetMaxRetries().GetValue()
	}
	if each := cluster.GetMaxRequestsPerConnection(); each != nil {
		numbers["per connection"] = each.GetValue()
	}
	for name, number := range numbers {
		if number == math.MaxUint32 {
			delete(numbers, name)
		}
	}
	return numbers
}
