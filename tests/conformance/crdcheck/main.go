// Command crdcheck says what the API server would say to custom resources.
//
// Its arguments are sets of CRDs, NAME=FILE; a set may have several files. Every line of standard input is
// a question: {"sets", "document"}. Every line of standard output is its answer: for each of these sets the
// list of errors, which is empty where the server would take the document. The server's own code does the
// work: unknown fields as strict validation sees them, the schema, the keys of lists, CEL, and metadata.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type question struct {
	Sets     []string        `json:"sets"`
	Document json.RawMessage `json:"document"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	sets := map[string]set{}
	for _, argument := range arguments {
		name, file, _ := strings.Cut(argument, "=")
		if sets[name] == nil {
			sets[name] = set{}
		}
		if err := sets[name].load(file); err != nil {
			return fmt.Errorf("%s: %w", argument, err)
		}
	}
	decoder, out := json.NewDecoder(bufio.NewReader(os.Stdin)), bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for decoder.More() {
		var q question
		if err := decoder.Decode(&q); err != nil {
			return err
		}
		answer := map[string][]string{}
		for _, name := range q.Sets {
			answer[name] = sets[name].check(context.Background(), q.Document)
		}
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
	return out.Flush()
}
