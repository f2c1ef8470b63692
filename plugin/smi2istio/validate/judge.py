"""The judge: an emitted document against the CRDs of Istio, by jsonschema.

The chosen minor is the oldest that the output must run on, so newer ones are asked too:
they refuse what older ones took, such as a star in a selector since 1.23.

A CRD's schema is not quite JSON Schema.  Objects are open on paper though the API server
drops what it does not know, formats bind, a field may be nullable: all of that is put
into JSON Schema's words first.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from smi2istio import names
from smi2istio.catalog import checking
from smi2istio.diagnostics import Diagnostic
from smi2istio.validate import cel, schemas, values
from smi2istio.validate.emitted import Emitted


def judge(emitted: Emitted, minor: str) -> Iterator[Diagnostic]:
    """What the API server of the first minor that refuses would say: S2I901 to S2I903."""
    for one in schemas.since(emitted.kind, minor):
        found = list(_judged(emitted, one, "" if one == minor else f", from Istio {one} on"))
        if found:
            yield from found
            return


def _judged(emitted: Emitted, minor: str, since: str) -> Iterator[Diagnostic]:
    errors = list(_validator(emitted.kind, minor).iter_errors(emitted.body))
    for error in sorted(errors, key=lambda error: error.json_path):
        yield from _worded(emitted, error, minor, since)
    if not errors:
        schema = schemas.istio(emitted.kind, minor)
        for path, problem in cel.broken(schema, emitted.body):
            yield checking.breaks_rule(emitted.where, emitted.place(path), problem + since)


def _integer(_: object, value: object) -> bool:
    """1.0 is an integer to JSON Schema, but neither to CEL nor to istiod's decoder."""
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine("integer", _integer)
# What types jsonschema, types-jsonschema, leaves `extend` without.
_Validator: type[jsonschema.Draft202012Validator] = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator, type_checker=_TYPES
)


def _int32(number: int) -> bool:
    return -(2**31) <= number < 2**31


#: format → what to call it, the type it is of, and how to tell.  int32 and byte are of the
#: CRDs, whose other formats bind nothing; the rest is ours, for ``metadata``.
_FORMATS: Mapping[str, tuple[str, type, Callable[[Any], bool]]] = {
    "int32": ("a 32-bit number", int, _int32),
    "byte": ("in base64", str, values.base64),
    "dns-label": ("the name of a namespace", str, names.dns_label),
    "dns-subdomain": ("a name that Kubernetes takes", str, names.dns_subdomain),
    "label-key": ("a label key", str, names.label_key),
    "label-value": ("a label value", str, names.label_value),
    "annotation-key": ("an annotation key", str, names.annotation_key),
}

#: Of ``metadata``, CRDs say nothing; this is what the emitted documents carry.
_METADATA = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "format": "dns-subdomain"},
        "namespace": {"type": "string", "format": "dns-label"},
        "labels": {
            "type": "object",
            "propertyNames": {"format": "label-key"},
            "additionalProperties": {"type": "string", "format": "label-value"},
        },
        "annotations": {
            "type": "object",
            "propertyNames": {"format": "annotation-key"},
            "additionalProperties": {"type": "string"},
        },
    },
}


@cache
def _validator(kind: str, minor: str) -> jsonschema.Draft202012Validator:
    formats = jsonschema.FormatChecker(formats=())
    for name, (_, kind_of_value, fits) in _FORMATS.items():
        # What is of another type is the business of ``type``.
        formats.checks(name)(
            lambda value, one=kind_of_value, fits=fits: not isinstance(value, one) or fits(value)
        )
    schema = schemas.istio(kind, minor)
    served = schema["x-kubernetes-group-version-kind"]
    document = _closed(schema)
    document["properties"] |= {
        "apiVersion": {"enum": [f"{one['group']}/{one['version']}" for one in served]},
        "kind": {"enum": [kind]},
        "metadata": _METADATA,
    }
    document["required"] = ["apiVersion", "kind", "metadata", *schema.get("required", ())]
    return _Validator(document, format_checker=formats)


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema in JSON Schema's words; alternatives (oneOf …) only repeat names of fields."""
    closed = dict(schema)
    if schema.get("type") == "object" and "additionalProperties" not in schema:
        closed["properties"] = {k: _closed(v) for k, v in schema.get("properties", {}).items()}
        closed["additionalProperties"] = "x-kubernetes-preserve-unknown-fields" in schema
    for inner in {"items", "additionalProperties"} & schema.keys():
        closed[inner] = _closed(schema[inner])
    if "pattern" in schema:
        # Python's ``$`` lets a final line feed through, Go's does not.
        closed["pattern"] = schema["pattern"].replace("$", r"\Z")
    if schema.get("nullable"):
        closed["type"] = [schema["type"], "null"]
    return closed


def _worded(
    emitted: Emitted, error: ValidationError, minor: str, since: str
) -> Iterator[Diagnostic]:
    path = error.json_path.removeprefix("$").removeprefix(".")
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        unknown: Any = error.instance
        for field in sorted(unknown.keys() - schema["properties"].keys(), key=str):
            place = emitted.place(f"{path}.{field}".removeprefix("."))
            newer = _newer_minor(emitted.kind, path, "properties", field, minor)
            yield _refused(emitted, place, "unknown field" + since, minor, newer)
    else:
        newer = ""
        if error.validator == "enum":
            newer = _newer_minor(emitted.kind, path, "enum", error.instance, minor)
        yield _refused(emitted, emitted.place(path), _problem(error) + since, minor, newer)


def _refused(emitted: Emitted, place: str, problem: str, minor: str, newer: str) -> Diagnostic:
    if newer:
        return checking.needs_newer_istio(emitted.where, place, minor, newer)
    return checking.not_in_schema(emitted.where, place, problem)


def _newer_minor(kind: str, path: str, keyword: str, word: object, minor: str) -> str:
    """The first minor after *minor* that has *word* among the *keyword* of *path*, or ""."""
    for newer in schemas.newer(minor):
        if word in schemas.inner(schemas.istio(kind, newer), path).get(keyword, ()):
            return newer
    return ""


def _problem(error: ValidationError) -> str:
    wanted: Any = error.validator_value
    found = error.instance
    if error.validator == "format":
        return f"{found!r} is not {_FORMATS[wanted][0]}"
    if error.validator == "type":
        return f"expected {wanted}, found {found!r}"
    if error.validator == "enum":
        return f"{found!r} is not one of {', '.join(map(str, wanted))}"
    if error.validator == "oneOf":
        names = [branch["required"][0] for branch in wanted if "required" in branch]
        return f"only one of {', '.join(names)} may be set"
    return error.message
