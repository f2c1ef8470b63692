package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	accessfake "github.com/servicemeshinterface/smi-sdk-go/pkg/gen/client/access/clientset/versioned/fake"
	specsfake "github.com/servicemeshinterface/smi-sdk-go/pkg/gen/client/specs/clientset/versioned/fake"
	splitfake "github.com/servicemeshinterface/smi-sdk-go/pkg/gen/client/split/clientset/versioned/fake"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kubefake "k8s.io/client-go/kubernetes/fake"

	configv1alpha2 "github.com/openservicemesh/osm/pkg/apis/config/v1alpha2"
	"github.com/openservicemesh/osm/pkg/catalog"
	"github.com/openservicemesh/osm/pkg/certificate"
	tresorfake "github.com/openservicemesh/osm/pkg/certificate/providers/tresor/fake"
	"github.com/openservicemesh/osm/pkg/configurator"
	"github.com/openservicemesh/osm/pkg/endpoint"
	"github.com/openservicemesh/osm/pkg/envoy/registry"
	configfake "github.com/openservicemesh/osm/pkg/gen/client/config/clientset/versioned/fake"
	policyfake "github.com/openservicemesh/osm/pkg/gen/client/policy/clientset/versioned/fake"
	"github.com/openservicemesh/osm/pkg/k8s"
	"github.com/openservicemesh/osm/pkg/k8s/informers"
	"github.com/openservicemesh/osm/pkg/messaging"
	"github.com/openservicemesh/osm/pkg/policy"
	"github.com/openservicemesh/osm/pkg/providers/kube"
	"github.com/openservicemesh/osm/pkg/service"
	"github.com/openservicemesh/osm/pkg/smi"
)

const meshConfigName = "osm-mesh-config"

// certificates makes the manager once: it generates RSA keys, and is asked for its trust domain only.
var certificates = sync.OnceValue(func() *certificate.Manager {
	return tresorfake.NewFake(nil, time.Hour)
})

// mesh is one OSM control plane over one cluster.
type mesh struct {
	pods     []*corev1.Pod
	targets  *orderedTargets
	catalog  *catalog.MeshCatalog
	config   configurator.Configurator
	registry *registry.ProxyRegistry
	stopped  chan struct{}
}

func (m *mesh) stop() { close(m.stopped) }

func newMesh(q question) (*mesh, error) {
	objects, err := cluster(q.Objects)
	if err != nil {
		return nil, err
	}
	documents, err := policies(q.Documents)
	if err != nil {
		return nil, err
	}
	m := &mesh{stopped: make(chan struct{})}
	if err := m.start(q.Mesh, objects, documents); err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

func (m *mesh) start(name string, objects, documents []runtime.Object) error {
	namespace := configNamespace(documents)
	kubeClient := kubefake.NewSimpleClientset(objects...)
	policyClient := policyfake.NewSimpleClientset(of(documents, "v1alpha1.")...)
	collection, err := informers.NewInformerCollection(name, m.stopped,
		informers.WithKubeClient(kubeClient),
		informers.WithSMIClients(
			splitfake.NewSimpleClientset(of(documents, "v1alpha2.TrafficSplit")...),
			specsfake.NewSimpleClientset(of(documents, "v1alpha4.")...),
			accessfake.NewSimpleClientset(of(documents, "v1alpha3.")...)),
		informers.WithConfigClient(configfake.NewSimpleClientset(of(documents, "v1alpha2.MeshConfig")...), meshConfigName, namespace),
		informers.WithPolicyClient(policyClient))
	if err != nil {
		return err
	}
	broker := messaging.NewBroker(m.stopped)
	controller := k8s.NewKubernetesController(collection, policyClient, broker)
	m.config = configurator.NewConfigurator(collection, namespace, meshConfigName, broker)
	m.targets = &orderedTargets{MeshSpec: smi.NewSMIClient(collection, namespace, controller, broker)}
	provider := kube.NewClient(controller, m.config)
	m.catalog = catalog.NewMeshCatalog(controller, m.targets, certificates(),
		policy.NewPolicyController(collection, controller, broker), m.stopped, m.config,
		[]service.Provider{provider}, []endpoint.Provider{provider}, broker)
	m.registry = registry.NewProxyRegistry(&registry.KubeProxyServiceMapper{KubeController: controller}, broker)
	for _, object := range objects {
		if pod, ok := object.(*corev1.Pod); ok {
			m.pods = append(m.pods, pod)
		}
	}
	return nil
}

// of picks the objects whose Go type begins with the prefix, because each clientset knows its own group only.
func of(objects []runtime.Object, prefix string) []runtime.Object {
	var picked []runtime.Object
	for _, object := range objects {
		if strings.HasPrefix(fmt.Sprintf("%T", object), "*"+prefix) {
			picked = append(picked, object)
		}
	}
	return picked
}

// configNamespace is where OSM is installed: the namespace of its MeshConfig, osm-system where there is none.
func configNamespace(documents []runtime.Object) string {
	for _, object := range documents {
		if config, ok := object.(*configv1alpha2.MeshConfig); ok && config.Name == meshConfigName {
			return config.Namespace
		}
	}
	return "osm-system"
}
