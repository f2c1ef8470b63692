package main

import (
	"math"
	"strings"

	xds_cluster "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	upstreams "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
)

// limits is what a client allows itself towards a port of a Service, `name.namespace`; what is not limited is
// left out.
type limits struct {
	Service string            `json:"service"`
	Port    int               `json:"port"`
	Most    map[string]uint32 `json:"most"`
	Connect string            `json:"connect"`
}

const protocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

// limited reads the clusters of Services, `outbound|<port>||<full name>`.
func limited(clusters []*xds_cluster.Cluster) ([]limits, error) {
	found := []limits{}
	for _, one := range clusters {
		if !strings.HasPrefix(one.Name, "outbound|") {
			continue
		}
		to := backendOf(one.Name, 0)
		numbers, err := most(one)
		if err != nil {
			return nil, err
		}
		found = append(found, limits{to.Service, to.Port, numbers, one.ConnectTimeout.AsDuration().String()})
	}
	return found, nil
}

func most(one *xds_cluster.Cluster) (map[string]uint32, error) {
	numbers := map[string]uint32{}
	for _, threshold := range one.GetCircuitBreakers().GetThresholds() {
		numbers["connections"] = threshold.GetMaxConnections().GetValue()
		numbers["pending"] = threshold.GetMaxPendingRequests().GetValue()
		numbers["requests"] = threshold.GetMaxRequests().GetValue()
		numbers["retries"] = threshold.GetMaxRetries().GetValue()
	}
	if typed := one.TypedExtensionProtocolOptions[protocolOptions]; typed != nil {
		var options upstreams.HttpProtocolOptions
		if err := typed.UnmarshalTo(&options); err != nil {
			return nil, err
		}
		if each := options.GetCommonHttpProtocolOptions().GetMaxRequestsPerConnection(); each != nil {
			numbers["per connection"] = each.GetValue()
		}
	}
	for name, number := range numbers {
		if number == math.MaxUint32 {
			delete(numbers, name)
		}
	}
	return numbers, nil
}
