package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	xds_listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	xds_route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	xds_tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"

	"github.com/openservicemesh/osm/pkg/envoy"
	"github.com/openservicemesh/osm/pkg/envoy/lds"
	"github.com/openservicemesh/osm/pkg/envoy/rds/route"
)

// distribution says where a pod's requests for a port of a Service, `name.namespace`, go.
type distribution struct {
	Protocol string    `json:"protocol"`
	Service  string    `json:"service"`
	Port     int       `json:"port"`
	Match    string    `json:"match"`
	Backends []backend `json:"backends"`
	Retries  *retries  `json:"retries"`
}

// retries is how often a request is tried again, and when; empty where it is not.
type retries struct {
	On       string `json:"on"`
	Number   uint32 `json:"number"`
	PerTry   string `json:"per_try"`
	Interval string `json:"interval"`
}

func retriesOf(policy *xds_route.RetryPolicy) *retries {
	if policy == nil {
		return nil
	}
	return &retries{
		On:       policy.RetryOn,
		Number:   policy.NumRetries.GetValue(),
		PerTry:   policy.PerTryTimeout.AsDuration().String(),
		Interval: policy.RetryBackOff.GetBaseInterval().AsDuration().String(),
	}
}

// backend is a Service, its target port and its weight.
type backend struct {
	Service string `json:"service"`
	Port    int    `json:"port"`
	Weight  uint32 `json:"weight"`
}

// everyPath is how OSM matches all requests.
const everyPath = ".*"

// distributions reads the chains of the outbound listener, and for HTTP the virtual host that each leads to.
func distributions(listeners, routes []types.Resource) ([]distribution, error) {
	tables := map[string]*xds_route.RouteConfiguration{}
	for _, resource := range routes {
		table := resource.(*xds_route.RouteConfiguration)
		tables[table.Name] = table
	}
	found := []distribution{}
	for _, resource := range listeners {
		listener := resource.(*xds_listener.Listener)
		if listener.Name != lds.OutboundListenerName {
			continue
		}
		for _, chain := range listener.FilterChains {
			service, port, protocol, ours := parsed(chain.Name)
			if !ours {
				continue
			}
			if protocol == "http" {
				table := tables[route.GetOutboundMeshRouteConfigNameForPort(port)]
				found = append(found, http(service, port, table)...)
				continue
			}
			backends, err := tcp(chain)
			if err != nil {
				return nil, err
			}
			found = append(found, distribution{"tcp", service, port, "", backends, nil})
		}
	}
	return found, nil
}

// parsed reads `outbound_<namespace>/<service>_<port>_<protocol>`. Source: OSM 1.2.4, trafficpolicy.TrafficMatch.
func parsed(chain string) (service string, port int, protocol string, ours bool) {
	parts := strings.Split(chain, "_")
	if len(parts) != 4 || parts[0] != "outbound" {
		return "", 0, "", false
	}
	port, err := strconv.Atoi(parts[2])
	if err != nil {
		return "", 0, "", false
	}
	protocol = "tcp"
	if slices.Contains([]string{"http", "grpc"}, strings.ToLower(parts[3])) {
		protocol = "http"
	}
	return turned(parts[1]), port, protocol, true
}

// turned makes `name.namespace` of `namespace/name`.
func turned(path string) string {
	namespace, name, _ := strings.Cut(path, "/")
	return name + "." + namespace
}

func http(service string, port int, table *xds_route.RouteConfiguration) []distribution {
	var found []distribution
	for _, host := range table.GetVirtualHosts() {
		if !slices.Contains(host.Domains, service+".svc.cluster.local") {
			continue
		}
		for _, entry := range host.Routes {
			var backends []backend
			for _, cluster := range entry.GetRoute().GetWeightedClusters().GetClusters() {
				backends = append(backends, backendOf(cluster.Name, cluster.Weight.GetValue()))
			}
			match := entry.GetMatch().GetSafeRegex().GetRegex()
			if match == everyPath {
				match = ""
			}
			found = append(found, distribution{"http", service, port, match, backends, retriesOf(entry.GetRoute().GetRetryPolicy())})
		}
	}
	return found
}

func tcp(chain *xds_listener.FilterChain) ([]backend, error) {
	for _, filter := range chain.Filters {
		if filter.Name != envoy.TCPProxyFilterName {
			continue
		}
		var proxy xds_tcp.TcpProxy
		if err := filter.GetTypedConfig().UnmarshalTo(&proxy); err != nil {
			return nil, err
		}
		if cluster := proxy.GetCluster(); cluster != "" {
			return []backend{backendOf(cluster, 1)}, nil
		}
		var backends []backend
		for _, cluster := range proxy.GetWeightedClusters().GetClusters() {
			backends = append(backends, backendOf(cluster.Name, cluster.Weight))
		}
		return backends, nil
	}
	return nil, fmt.Errorf("chain %s has no TCP proxy", chain.Name)
}

// backendOf reads `<namespace>/<service>|<target port>`.
func backendOf(cluster string, weight uint32) backend {
	path, port, _ := strings.Cut(cluster, "|")
	number, _ := strconv.Atoi(port)
	return backend{Service: turned(path), Port: number, Weight: weight}
}
