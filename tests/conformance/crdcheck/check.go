package main

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	meta "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
)

// check lists what is wrong with a document, in the order in which the server looks.
//
// A null that is not nullable is an error, as server-side apply has it; a plain create would drop it.
func (s set) check(ctx context.Context, document []byte) []string {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(document); err != nil {
		return []string{err.Error()}
	}
	k := s[resource{object.GetAPIVersion(), object.GetKind()}]
	if k == nil {
		return []string{fmt.Sprintf("no kind %q in version %q", object.GetKind(), object.GetAPIVersion())}
	}
	if err := k.compile(); err != nil {
		return []string{err.Error()}
	}
	said, err := k.unknown(object)
	if err != nil {
		return append(said, err.Error())
	}
	for _, found := range k.invalid(ctx, object) {
		said = append(said, found.Error())
	}
	return said
}

// unknown prunes the fields that nothing declares, and names them.
func (k *kind) unknown(object *unstructured.Unstructured) ([]string, error) {
	options := objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true}
	_, _, paths, err := objectmeta.GetObjectMetaWithOptions(object.Object, options)
	if err != nil {
		return []string{}, err
	}
	track := schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	said := []string{}
	for _, path := range append(paths, pruning.PruneWithOptions(object.Object, k.structural, true, track)...) {
		said = append(said, fmt.Sprintf("unknown field %q", path))
	}
	return said, nil
}

func (k *kind) invalid(ctx context.Context, object *unstructured.Unstructured) field.ErrorList {
	if k.namespaced && object.GetNamespace() == "" {
		object.SetNamespace("default") // as the request's path would say
	}
	defaulting.Default(object.Object, k.structural)
	errors := meta.ValidateObjectMetaAccessor(object, k.namespaced, meta.NameIsDNSSubdomain, field.NewPath("metadata"))
	errors = append(errors, validation.ValidateCustomResource(nil, object.Object, k.structure)...)
	errors = append(errors, listtype.ValidateListSetsAndMaps(nil, k.structural, object.Object)...)
	if len(errors) > 0 || k.rules == nil {
		return errors
	}
	broken, _ := k.rules.Validate(ctx, nil, k.structural, object.Object, nil, celconfig.RuntimeCELCostBudget)
	return broken
}
