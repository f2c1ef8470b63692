package main

import (
	"encoding/json"

	xds_listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	xds_route "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"

	"github.com/openservicemesh/osm/pkg/constants"
	"github.com/openservicemesh/osm/pkg/envoy"
	"github.com/openservicemesh/osm/pkg/envoy/cds"
	"github.com/openservicemesh/osm/pkg/envoy/lds"
	"github.com/openservicemesh/osm/pkg/envoy/rds"
	"github.com/openservicemesh/osm/pkg/identity"
	"github.com/openservicemesh/osm/pkg/smi"
)

// proxy is what one sidecar gets. Inbound has one entry for each TrafficTarget of its account being first.
type proxy struct {
	Namespace string         `json:"namespace"`
	Name      string         `json:"name"`
	Inbound   []inbound      `json:"inbound"`
	Outbound  []distribution `json:"outbound"`
	Limits    []limits       `json:"limits"`
}

// inbound is a listener, absent where the sidecar accepts nothing, and the route tables it asks for by name.
// Refused says why the listener breaks a constraint of Envoy's API, and Invalid which tables do: Envoy refuses
// such a message together with all that came with it.
type inbound struct {
	First    string                     `json:"first"`
	Listener json.RawMessage            `json:"listener,omitempty"`
	Routes   map[string]json.RawMessage `json:"routes"`
	Refused  string                     `json:"refused,omitempty"`
	Invalid  []string                   `json:"invalid"`
}

// proxies answers for the pods of the mesh's namespaces; OSM knows no others.
func (m *mesh) proxies() ([]proxy, error) {
	proxies := make([]proxy, 0, len(m.pods))
	for _, pod := range m.pods {
		if !m.catalog.GetKubeController().IsMonitoredNamespace(pod.Namespace) {
			continue
		}
		p, err := m.proxy(pod)
		if err != nil {
			return nil, err
		}
		proxies = append(proxies, p)
	}
	return proxies, nil
}

func (m *mesh) proxy(pod *corev1.Pod) (proxy, error) {
	p := proxy{Namespace: pod.Namespace, Name: pod.Name}
	id, err := uuid.Parse(pod.Labels[constants.EnvoyUniqueIDLabelName])
	if err != nil {
		return p, err
	}
	account := identity.K8sServiceAccount{Namespace: pod.Namespace, Name: pod.Spec.ServiceAccountName}
	sidecar := envoy.NewProxy(envoy.KindSidecar, id, account.ToServiceIdentity(), nil)
	for _, first := range m.orders(account) {
		m.targets.first = first
		listeners, routes, err := m.configuration(sidecar)
		if err != nil {
			return p, err
		}
		in := inbound{First: first, Routes: map[string]json.RawMessage{}, Invalid: []string{}}
		if err := in.fill(listeners, routes); err != nil {
			return p, err
		}
		p.Inbound = append(p.Inbound, in)
		if p.Outbound == nil { // the order of targets does not reach it
			if p.Outbound, err = distributions(listeners, routes); err != nil {
				return p, err
			}
		}
	}
	clusters, err := cds.NewResponse(m.catalog, sidecar, nil, m.config, certificates(), m.registry)
	p.Limits = limited(clusters)
	return p, err
}

// orders names each target of the account; one empty name where there is none.
func (m *mesh) orders(account identity.K8sServiceAccount) []string {
	m.targets.first = ""
	var names []string
	for _, target := range m.targets.ListTrafficTargets(smi.WithTrafficTargetDestination(account)) {
		names = append(names, targetName(target))
	}
	if names == nil {
		return []string{""}
	}
	return names
}

func (m *mesh) configuration(sidecar *envoy.Proxy) (listeners, routes []types.Resource, err error) {
	listeners, err = lds.NewResponse(m.catalog, sidecar, nil, m.config, certificates(), m.registry)
	if err != nil {
		return nil, nil, err
	}
	routes, err = rds.NewResponse(m.catalog, sidecar, nil, m.config, certificates(), m.registry)
	return listeners, routes, err
}

func (in *inbound) fill(listeners, routes []types.Resource) error {
	for _, resource := range listeners {
		listener := resource.(*xds_listener.Listener)
		if listener.Name != lds.InboundListenerName {
			continue
		}
		text, err := modern(listener)
		if err != nil {
			return err
		}
		in.Listener = text
		if err := listener.Validate(); err != nil {
			in.Refused = err.Error()
		}
	}
	for _, resource := range routes {
		table := resource.(*xds_route.RouteConfiguration)
		text, err := modern(table)
		if err != nil {
			return err
		}
		in.Routes[table.Name] = text
		if err := table.Validate(); err != nil {
			in.Invalid = append(in.Invalid, table.Name)
		}
	}
	return nil
}
