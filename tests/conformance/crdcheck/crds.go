package main

import (
	"fmt"
	"os"
	"regexp"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// set holds one kind of one version under its apiVersion and kind.
type set map[resource]*kind

type resource struct{ apiVersion, kind string }

// kind is what the server makes of one version of a CRD.
type kind struct {
	schema     *apiextensions.JSONSchemaProps
	namespaced bool

	// Made at the first document of the kind, because most of a CRD's cost is compiling its rules.
	structural *schema.Structural
	structure  validation.SchemaValidator
	rules      *cel.Validator // nil where there are none
}

var separator = regexp.MustCompile(`(?m)^---.*\n`)

// load adds the CRDs of a file to the set.
func (s set) load(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, document := range separator.Split(string(data), -1) {
		var written apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal([]byte(document), &written); err != nil {
			return err
		}
		if written.Kind != "CustomResourceDefinition" {
			continue // comments alone
		}
		if err := s.add(&written); err != nil {
			return fmt.Errorf("%s: %w", written.Name, err)
		}
	}
	return nil
}

func (s set) add(written *apiextensionsv1.CustomResourceDefinition) error {
	var crd apiextensions.CustomResourceDefinition
	apiextensionsv1.SetDefaults_CustomResourceDefinition(written)
	apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&written.Spec)
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(written, &crd, nil); err != nil {
		return err
	}
	for _, version := range crd.Spec.Versions {
		// The conversion moves a schema that all versions share up to the CRD.
		shape := crd.Spec.Validation
		if version.Schema != nil {
			shape = version.Schema
		}
		if !version.Served || shape == nil {
			continue
		}
		s[resource{crd.Spec.Group + "/" + version.Name, crd.Spec.Names.Kind}] = &kind{
			schema:     shape.OpenAPIV3Schema,
			namespaced: crd.Spec.Scope == apiextensions.NamespaceScoped,
		}
	}
	return nil
}

// compile prepares a kind for its documents; the second call does nothing.
func (k *kind) compile() (err error) {
	if k.structural != nil {
		return nil
	}
	if k.structural, err = schema.NewStructural(k.schema); err != nil {
		return err
	}
	if k.structure, _, err = validation.NewSchemaValidator(k.schema); err != nil {
		return err
	}
	k.rules = cel.NewValidator(k.structural, true, celconfig.PerCallLimit)
	return nil
}
