package main

import (
	"slices"
	"strconv"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	tcp "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"istio.io/istio/pkg/wellknown"
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

func retriesOf(policy *route.RetryPolicy) *retries {
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

// backend is a Service (or a subset, which is named as the Service whose pods it holds), its port and its weight.
type backend struct {
	Service string `json:"service"`
	Port    int    `json:"port"`
	Weight  uint32 `json:"weight"`
}

const domain = ".svc.cluster.local"

// distributions reads the route tables for HTTP, and for TCP the listeners at the addresses of Services.
func distributions(listeners []*listener.Listener, tables []*route.RouteConfiguration, objects []runtime.Object) ([]distribution, error) {
	found := []distribution{}
	for _, table := range tables {
		for _, host := range table.VirtualHosts {
			found = append(found, routed(host)...)
		}
	}
	services := byAddress(objects)
	for _, l := range listeners {
		address := l.GetAddress().GetSocketAddress()
		service, known := services[address.GetAddress()]
		if !known {
			continue
		}
		for _, chain := range l.FilterChains {
			backends, err := forwarded(chain)
			if err != nil {
				return nil, err
			}
			if backends != nil {
				found = append(found, distribution{"tcp", service, int(address.GetPortValue()), "", backends, nil})
			}
		}
	}
	return found, nil
}

func byAddress(objects []runtime.Object) map[string]string {
	services := map[string]string{}
	for _, object := range objects {
		if service, ok := object.(*corev1.Service); ok && service.Spec.ClusterIP != corev1.ClusterIPNone {
			services[service.Spec.ClusterIP] = service.Name + "." + service.Namespace
		}
	}
	return services
}

// routed reads a virtual host, named `<full name>:<port>`.
func routed(host *route.VirtualHost) []distribution {
	name, port, ofService := strings.Cut(host.Name, ":")
	service, local := strings.CutSuffix(name, domain)
	number, err := strconv.Atoi(port)
	if !ofService || !local || err != nil {
		return nil
	}
	var found []distribution
	for _, entry := range host.Routes {
		action := entry.GetRoute()
		found = append(found, distribution{
			"http", service, number, condition(entry.Match), destinations(action), retriesOf(action.GetRetryPolicy()),
		})
	}
	return found
}

func destinations(action *route.RouteAction) []backend {
	if cluster := action.GetCluster(); cluster != "" {
		return []backend{backendOf(cluster, 1)}
	}
	var backends []backend
	for _, cluster := range action.GetWeightedClusters().GetClusters() {
		backends = append(backends, backendOf(cluster.Name, cluster.Weight.GetValue()))
	}
	return backends
}

// condition is empty for a route that takes every request.
func condition(match *route.RouteMatch) string {
	everything := &route.RouteMatch{PathSpecifier: &route.RouteMatch_Prefix{Prefix: "/"}}
	match = proto.Clone(match).(*route.RouteMatch)
	match.CaseSensitive = nil
	if proto.Equal(match, everything) {
		return ""
	}
	return match.String()
}

// forwarded is where a TCP chain sends; nil for other chains, and for those that leave the mesh.
func forwarded(chain *listener.FilterChain) ([]backend, error) {
	index := slices.IndexFunc(chain.Filters, func(f *listener.Filter) bool { return f.Name == wellknown.TCPProxy })
	if index < 0 {
		return nil, nil
	}
	var proxy tcp.TcpProxy
	if err := chain.Filters[index].GetTypedConfig().UnmarshalTo(&proxy); err != nil {
		return nil, err
	}
	if cluster := proxy.GetCluster(); strings.HasPrefix(cluster, "outbound|") {
		return []backend{backendOf(cluster, 1)}, nil
	}
	var backends []backend
	for _, cluster := range proxy.GetWeightedClusters().GetClusters() {
		backends = append(backends, backendOf(cluster.Name, cluster.Weight))
	}
	return backends, nil
}

// backendOf reads `outbound|<port>|<subset>|<full name>`.
func backendOf(cluster string, weight uint32) backend {
	parts := append(strings.Split(cluster, "|"), "", "", "")
	number, _ := strconv.Atoi(parts[1])
	service := strings.TrimSuffix(parts[3], domain)
	if subset := parts[2]; subset != "" {
		_, namespace, _ := strings.Cut(service, ".")
		service = subset + "." + namespace
	}
	return backend{Service: service, Port: number, Weight: weight}
}
