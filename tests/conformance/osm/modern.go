package main

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var marshal = protojson.MarshalOptions{UseProtoNames: true}

// observing names the filters of OSM's metrics, which decide nothing and need a WASM module.
// Source: OSM 1.2.4, pkg/envoy/lds/wasm.go.
var observing = map[any]bool{"envoy.filters.http.wasm": true, "http_lua": true}

// modern writes a message of 2022 as JSON that an Envoy of today reads with the same meaning.
//
// Since then the choice of a regex engine has gone (RE2 is the only one), and a header's regex stands in
// string_match. Source: Envoy's api/envoy/config/route/v3/route_components.proto, HeaderMatcher.
func modern(message proto.Message) (json.RawMessage, error) {
	text, err := marshal.Marshal(message)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	modernise(tree)
	return json.Marshal(tree)
}

func modernise(node any) {
	switch node := node.(type) {
	case []any:
		for _, item := range node {
			modernise(item)
		}
	case map[string]any:
		for _, key := range []string{"google_re2", "access_log", "tracing", "local_reply_config"} {
			delete(node, key)
		}
		if regex, ok := node["safe_regex_match"]; ok {
			delete(node, "safe_regex_match")
			node["string_match"] = map[string]any{"safe_regex": regex}
		}
		if filters, ok := node["http_filters"].([]any); ok {
			node["http_filters"] = withoutObserving(filters)
		}
		for _, value := range node {
			modernise(value)
		}
	}
}

func withoutObserving(filters []any) []any {
	kept := []any{}
	for _, filter := range filters {
		if !observing[filter.(map[string]any)["name"]] {
			kept = append(kept, filter)
		}
	}
	return kept
}
