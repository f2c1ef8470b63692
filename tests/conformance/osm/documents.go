package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	access "github.com/servicemeshinterface/smi-sdk-go/pkg/apis/access/v1alpha3"
	specs "github.com/servicemeshinterface/smi-sdk-go/pkg/apis/specs/v1alpha4"
	split "github.com/servicemeshinterface/smi-sdk-go/pkg/apis/split/v1alpha2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	configv1alpha2 "github.com/openservicemesh/osm/pkg/apis/config/v1alpha2"
	policyv1alpha1 "github.com/openservicemesh/osm/pkg/apis/policy/v1alpha1"
)

// served names what OSM 1.2's CRDs serve; an API server refuses the other versions.
// MeshConfig v1alpha1 is converted by changing nothing but the version.
var served = map[string]func() runtime.Object{
	"access.smi-spec.io/v1alpha3 TrafficTarget":                 func() runtime.Object { return &access.TrafficTarget{} },
	"specs.smi-spec.io/v1alpha4 HTTPRouteGroup":                 func() runtime.Object { return &specs.HTTPRouteGroup{} },
	"specs.smi-spec.io/v1alpha4 TCPRoute":                       func() runtime.Object { return &specs.TCPRoute{} },
	"split.smi-spec.io/v1alpha2 TrafficSplit":                   func() runtime.Object { return &split.TrafficSplit{} },
	"config.openservicemesh.io/v1alpha1 MeshConfig":             func() runtime.Object { return &configv1alpha2.MeshConfig{} },
	"config.openservicemesh.io/v1alpha2 MeshConfig":             func() runtime.Object { return &configv1alpha2.MeshConfig{} },
	"policy.openservicemesh.io/v1alpha1 Egress":                 func() runtime.Object { return &policyv1alpha1.Egress{} },
	"policy.openservicemesh.io/v1alpha1 IngressBackend":         func() runtime.Object { return &policyv1alpha1.IngressBackend{} },
	"policy.openservicemesh.io/v1alpha1 Retry":                  func() runtime.Object { return &policyv1alpha1.Retry{} },
	"policy.openservicemesh.io/v1alpha1 UpstreamTrafficSetting": func() runtime.Object { return &policyv1alpha1.UpstreamTrafficSetting{} },
}

var core = map[string]func() runtime.Object{
	"v1 Namespace":      func() runtime.Object { return &corev1.Namespace{} },
	"v1 ServiceAccount": func() runtime.Object { return &corev1.ServiceAccount{} },
	"v1 Service":        func() runtime.Object { return &corev1.Service{} },
	"v1 Endpoints":      func() runtime.Object { return &corev1.Endpoints{} },
	"v1 Pod":            func() runtime.Object { return &corev1.Pod{} },
}

// policies reads the documents of a stream that an OSM cluster would serve; others are not its business.
func policies(stream string) ([]runtime.Object, error) {
	var objects []runtime.Object
	reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(stream)))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		body, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, err
		}
		object, err := typed(body, served)
		if err != nil {
			return nil, err
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
}

func cluster(bodies []json.RawMessage) ([]runtime.Object, error) {
	var objects []runtime.Object
	for _, body := range bodies {
		object, err := typed(body, core)
		if err != nil {
			return nil, err
		}
		if object != nil {
			objects = append(objects, object)
		}
	}
	return objects, nil
}

// typed decodes a JSON object of a kind of the table; nil for other kinds.
func typed(body []byte, kinds map[string]func() runtime.Object) (runtime.Object, error) {
	var meta metav1.TypeMeta
	if err := json.Unmarshal(body, &meta); err != nil {
		return nil, err
	}
	empty, known := kinds[meta.APIVersion+" "+meta.Kind]
	if !known {
		return nil, nil
	}
	object := empty()
	if err := json.Unmarshal(body, object); err != nil {
		return nil, fmt.Errorf("%s: %w", meta.Kind, err)
	}
	return object, nil
}
