// Command istio says what istiod makes of Istio documents.
//
// Every line of standard input is a mesh: {"id", "objects", "documents"}, where objects are the Kubernetes
// objects of a running cluster and documents a YAML stream. Every line of standard output is its answer:
// with the argument `generate` the configuration that istiod would send to each sidecar, with `accept` what
// its validation and the analyzers of `istioctl analyze` find, with `validate` its validation alone. istiod's
// own code does the work, so that nothing here restates what Istio means.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"istio.io/istio/pkg/log"
)

type question struct {
	ID        string            `json:"id"`
	Objects   []json.RawMessage `json:"objects"`
	Documents string            `json:"documents"`
}

func main() {
	modes := map[string]func(question) any{"generate": generate, "accept": accept, "validate": validate}
	if len(os.Args) != 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: istio generate|accept|validate")
		os.Exit(2)
	}
	if err := run(modes[os.Args[1]]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// atOnce meshes are worked on at a time: a discovery server spends much of its time waiting.
const atOnce = 4

func run(mode func(question) any) error {
	quiet := log.DefaultOptions()
	quiet.SetDefaultOutputLevel(log.OverrideScopeName, log.NoneLevel)
	if err := log.Configure(quiet); err != nil {
		return err
	}
	pending := make(chan chan any, atOnce)
	unread := make(chan error, 1)
	go func() {
		defer close(pending)
		unread <- ask(json.NewDecoder(bufio.NewReader(os.Stdin)), mode, pending)
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
func ask(decoder *json.Decoder, mode func(question) any, pending chan<- chan any) error {
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			return err
		}
		next := make(chan any, 1)
		pending <- next
		go func() { next <- mode(q) }()
	}
	return nil
}
