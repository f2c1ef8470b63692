package main

import (
	"encoding/json"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

// proxyVersion is the release whose sidecar carries the Envoy that executes the configuration.
const proxyVersion = "1.31.0"

type generation struct {
	ID       string   `json:"id"`
	Error    string   `json:"error,omitempty"`
	Refusals []string `json:"refusals"`
	Pods     []proxy  `json:"pods"`
}

// proxy is what one sidecar gets.
type proxy struct {
	Namespace string          `json:"namespace"`
	Name      string          `json:"name"`
	Listener  json.RawMessage `json:"listener"`
	Outbound  []distribution  `json:"outbound"`
	Limits    []limits        `json:"limits"`
}

// generate validates first: a document that the webhook refuses never reaches istiod.
func generate(q question) any {
	configs, refusals := istioConfigs(q.Documents)
	g := generation{ID: q.ID, Refusals: refusals, Pods: []proxy{}}
	if len(refusals) > 0 {
		return g
	}
	objects, pods, err := cluster(q.Objects)
	if err == nil {
		g.Pods, err = proxies(objects, pods, configs)
	}
	if err != nil {
		g.Error = err.Error()
	}
	return g
}

func cluster(bodies []json.RawMessage) (objects []runtime.Object, pods []*corev1.Pod, err error) {
	decode := kube.IstioCodec.UniversalDeserializer().Decode
	for _, body := range bodies {
		object, _, err := decode(body, nil, nil)
		if err != nil {
			return nil, nil, err
		}
		objects = append(objects, object)
		if pod, ok := object.(*corev1.Pod); ok {
			pods = append(pods, pod)
		}
	}
	return objects, pods, nil
}

func proxies(objects []runtime.Object, pods []*corev1.Pod, configs []config.Config) (made []proxy, err error) {
	made = []proxy{}
	failed := test.Wrap(func(t test.Failer) {
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{KubernetesObjects: objects, Configs: configs})
		for _, pod := range pods {
			var p proxy
			if p, err = proxyOf(server, pod, objects); err != nil {
				return
			}
			made = append(made, p)
		}
	})
	if failed != nil {
		return nil, failed
	}
	return made, err
}

func proxyOf(server *xds.FakeDiscoveryServer, pod *corev1.Pod, objects []runtime.Object) (proxy, error) {
	p := proxy{Namespace: pod.Namespace, Name: pod.Name}
	sidecar := server.SetupProxy(&model.Proxy{
		Type:            model.SidecarProxy,
		ID:              pod.Name + "." + pod.Namespace,
		ConfigNamespace: pod.Namespace,
		IPAddresses:     []string{pod.Status.PodIP},
		Labels:          pod.Labels,
		Metadata: &model.NodeMetadata{
			Namespace:      pod.Namespace,
			Labels:         pod.Labels,
			ServiceAccount: pod.Spec.ServiceAccountName,
			IstioVersion:   proxyVersion,
		},
	})
	listeners := server.Listeners(sidecar)
	for _, listener := range listeners {
		if listener.Name != model.VirtualInboundListenerName {
			continue
		}
		text, err := stock(listener)
		if err != nil {
			return p, err
		}
		p.Listener = text
	}
	if p.Listener == nil {
		return p, fmt.Errorf("istiod made no inbound listener for %s", sidecar.ID)
	}
	var err error
	if p.Outbound, err = distributions(listeners, server.Routes(sidecar), objects); err != nil {
		return p, err
	}
	p.Limits, err = limited(server.Clusters(sidecar))
	return p, err
}
