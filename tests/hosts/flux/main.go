// Flux's kustomize-controller, as far as it builds what it applies, without a cluster.
//
//	flux KUSTOMIZATION CHECKOUT
//
// KUSTOMIZATION is a file with Flux's object of that kind, CHECKOUT what its source holds. The
// controller writes a kustomization.yaml into spec.path if there is none, or completes the one
// that is there, and builds it with its own settings; what comes out is printed.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/fluxcd/pkg/kustomize"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: flux KUSTOMIZATION CHECKOUT"))
	}
	built, err := build(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	fmt.Print(string(built))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "Error:", err)
	os.Exit(1)
}

func build(file, checkout string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	object := unstructured.Unstructured{}
	if err := yaml.Unmarshal(text, &object.Object); err != nil {
		return nil, err
	}
	path, _, err := unstructured.NestedString(object.Object, "spec", "path")
	if err != nil {
		return nil, err
	}
	directory := filepath.Join(checkout, path)
	if _, err := kustomize.NewGenerator(checkout, object).WriteFile(directory); err != nil {
		return nil, err
	}
	resources, err := kustomize.SecureBuild(checkout, directory, false)
	if err != nil {
		return nil, err
	}
	return resources.AsYaml()
}
