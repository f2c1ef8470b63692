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
	"errors"
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

// atOnce meshes are worked on at a time: informers spend most of theirs waiting.
const atOnce = 6

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	if err := logger.SetLogLevel("disabled"); err != nil {
		return err
	}
	pending := make(chan chan answer, atOnce)
	unread := make(chan error, 1)
	go func() {
		defer close(pending)
		unread <- ask(json.NewDecoder(bufio.NewReader(os.Stdin)), pending)
	}()
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for next := range pending {
		if err := encoder.Encode(<-next); err != nil {
			return err
		}
	}
	return errors.Join(<-unread, out.Flush())
}

// ask starts work on each question and queues the place where its answer will be.
func ask(decoder *json.Decoder, pending chan<- chan answer) error {
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			return err
		}
		next := make(chan answer, 1)
		pending <- next
		go func() { next <- answerOf(q) }()
	}
	return nil
}

func answerOf(q question) answer {
	a := answer{ID: q.ID, Pods: []proxy{}}
	m, err := newMesh(q)
	if err == nil {
		defer m.stop()
		a.Pods, err = m.proxies()
	}
	if err != nil {
		a.Error = err.Error()
	}
	return a
}
