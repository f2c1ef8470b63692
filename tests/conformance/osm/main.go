// Command osm writes the configuration that Open Service Mesh 1.2.4 would send to each sidecar.
//
// Every line of standard input is a mesh: {"id", "mesh", "objects", "documents"}, where objects are the
// Kubernetes objects of a running cluster and documents a YAML stream with the policies. Every line of
// standard output is its answer. OSM's own catalog and builders do the work over fake clientsets, so that
// nothing here restates what OSM means.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/openservicemesh/osm/pkg/logger"
)

type question struct {
	ID        string            `json:"id"`
	Mesh      string            `json:"mesh"`
	Objects   []json.RawMessage `json:"objects"`
	Documents string            `json:"documents"`
}

type answer struct {
	ID    string  `json:"id"`
	Error string  `json:"error,omitempty"`
	Pods  []proxy `json:"pods"`
}

func main() {
	if err := logger.SetLogLevel("disabled"); err != nil {
		fail(err)
	}
	in := bufio.NewReader(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			fail(err)
		}
		a := answer{ID: q.ID}
		pods, err := answerOf(q)
		if err != nil {
			a.Error = err.Error()
		}
		a.Pods = pods
		if err := encoder.Encode(a); err != nil {
			fail(err)
		}
		if err := out.Flush(); err != nil {
			fail(err)
		}
	}
}

func answerOf(q question) ([]proxy, error) {
	m, err := newMesh(q)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	return m.proxies()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
