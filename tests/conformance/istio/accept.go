package main

import (
	"bytes"
	"encoding/json"
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
	_, a.Refusals = istioConfigs(q.Documents)
	return a
}

func accept(q question) any {
	a := validate(q).(acceptance)
	messages, err := analyze(q)
	if err != nil {
		a.Refusals = append(a.Refusals, err.Error())
	}
	a.Messages = append(a.Messages, messages...)
	return a
}

// istioConfigs reads the Istio documents of a stream as istiod's admission webhook does. What that only warns
// of an analyzer says as well.
func istioConfigs(stream string) (configs []config.Config, refusals []string) {
	refusals = []string{}
	decoder := kubeyaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(stream)), 512*1024)
	for {
		var object crd.IstioKind
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return configs, refusals
		}
		if err != nil {
			return configs, append(refusals, err.Error())
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
		if _, err := schema.ValidateConfig(*read); err != nil {
			refusals = append(refusals, place+err.Error())
		}
		configs = append(configs, *read)
	}
}

// analyze runs what `istioctl analyze` runs over files in sight of a cluster. Without what runs there most
// analyzers would be skipped, which nobody would notice.
func analyze(q question) ([]message, error) {
	analyzer := local.NewIstiodAnalyzer(analyzers.AllCombined(), "", resource.Namespace("istio-system"), nil)
	sources := []local.ReaderSource{
		{Name: "documents", Reader: strings.NewReader(q.Documents)},
		{Name: "objects", Reader: bytes.NewReader(joined(q.Objects))},
	}
	if err := analyzer.AddTestReaderKubeSource(sources); err != nil {
		return nil, err
	}
	stop := make(chan struct{})
	defer close(stop)
	result, err := analyzer.Analyze(stop)
	if err != nil {
		return nil, err
	}
	if len(result.SkippedAnalyzers) > 0 {
		return nil, fmt.Errorf("skipped analyzers: %v", result.SkippedAnalyzers)
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

// joined makes one stream of objects.
func joined(objects []json.RawMessage) (stream []byte) {
	for _, object := range objects {
		stream = append(append(stream, "---\n"...), append(object, '\n')...)
	}
	return stream
}
