package main

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var marshal = protojson.MarshalOptions{UseProtoNames: true}

// istioOnly names the filters that Istio's build of Envoy adds; they observe and decide nothing.
// Source: github.com/istio/proxy, source/extensions.
var istioOnly = map[string]bool{
	"istio.alpn":                       true,
	"istio.metadata_exchange":          true,
	"istio.stats":                      true,
	"envoy.filters.http.peer_metadata": true,
}

// stock writes a message as JSON without what the stock Envoy lacks.
func stock(message proto.Message) (json.RawMessage, error) {
	text, err := marshal.Marshal(message)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	strip(tree)
	return json.Marshal(tree)
}

func strip(node any) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			strip(item)
		}
	case map[string]any:
		delete(node, "access_log")
		delete(node, "tracing")
		for _, key := range []string{"filters", "http_filters", "listener_filters"} {
			if filters, ok := node[key].([]any); ok {
				node[key] = stockFilters(filters)
			}
		}
		for _, value := range node {
			strip(value)
		}
	}
}

func stockFilters(filters []any) []any {
	kept := []any{}
	for _, filter := range filters {
		name, _ := filter.(map[string]any)["name"].(string)
		if !istioOnly[name] {
			kept = append(kept, filter)
		}
	}
	return kept
}
