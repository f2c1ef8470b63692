package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/resource"
	"istio.io/istio/pkg/config/schema/collections"
)

// acceptance says what istiod objects to; a refusal keeps the document out of the cluster.
type acceptance struct {
	ID       string    `json:"id"`
	Refusals []string  `json:"refusals"`
	Warnings []string  `json:"warnings"`
	Messages []message `json:"messages"`
}

// message is one finding of an analyzer.
type message struct {
	Code     string `json:"code"`
	Level    string `json:"level"`
	Resource string `json:"resource"`
	Text     string `json:"text"`
}

// validate asks the admission webhook alone, which takes a fraction of the time.
func validate(q question) any {
	a := acceptance{ID: q.ID, Messages: []message{}}
	_, a.Refusals, a.Warnings = istioConfigs(q.Documents)
	return a
}

func accept(q question) any {
	a := validate(q).(acceptance)
	messages, err := analyze(q.Documents)
	if err != nil {
		a.Refusals = append(a.Refusals, err.Error())
	}
	a.Messages = append(a.Messages, messages...)
	return a
}

// istioConfigs reads the Istio documents of a stream as istiod's admission webhook does.
func istioConfigs(stream string) (configs []config.Config, refusals, warnings []string) {
	refusals, warnings = []string{}, []string{}
	decoder := kubeyaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(stream)), 512*1024)
	for {
		var object crd.IstioKind
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return configs, refusals, warnings
		}
		if err != nil {
			return configs, append(refusals, err.Error()), warnings
		}
		gvk := object.GroupVersionKind()
		schema, known := collections.PilotGatewayAPI().FindByGroupVersionAliasesKind(config.FromKubernetesGVK(gvk))
		if !known {
			continue
		}
		place := fmt.Sprintf("%s %s/%s: ", object.Kind, object.Namespace, object.Name)
		read, err := crd.ConvertObject(schema, &object, "cluster.local")
		if err != nil {
			refusals = append(refusals, place+err.Error())
			continue
		}
		warning, err := schema.ValidateConfig(*read)
		if err != nil {
			refusals = append(refusals, place+err.Error())
		}
		if warning != nil {
			warnings = append(warnings, place+warning.Error())
		}
		configs = append(configs, *read)
	}
}

// analyze runs what `istioctl analyze` runs over files.
func analyze(stream string) ([]message, error) {
	analyzer := local.NewIstiodAnalyzer(analyzers.AllCombined(), "", resource.Namespace("istio-system"), nil)
	source := local.ReaderSource{Name: "documents", Reader: strings.NewReader(stream)}
	if err := analyzer.AddReaderKubeSource([]local.ReaderSource{source}); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	defer close(stop)
	result, err := analyzer.Analyze(stop)
	if err != nil {
		return nil, err
	}
	var messages []message
	for _, found := range result.Messages {
		m := message{
			Code:  found.Type.Code(),
			Level: found.Type.Level().String(),
			Text:  fmt.Sprintf(found.Type.Template(), found.Parameters...),
		}
		if found.Resource != nil {
			m.Resource = found.Resource.Origin.FriendlyName()
		}
		messages = append(messages, m)
	}
	return messages, nil
}
