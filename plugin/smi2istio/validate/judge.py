"""The judge: an emitted document against the CRD of the chosen minor, by jsonschema.

A CRD's schema is not quite JSON Schema.  Objects are open on paper though the API server
drops what it does not know, formats bind, a field may be nullable: all of that is put
into JSON Schema's words first.

Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema

from smi2istio.catalog import checking
from smi2istio.diagnostics import Diagnostic
from smi2istio.validate import cel, schemas, values
from smi2istio.validate.emitted import Emitted

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def judge(emitted: Emitted, minor: str) -> Iterator[Diagnostic]:
    """What the API server would say: S2I901 to S2I904."""
    errors = list(_validator(emitted.kind, minor).iter_errors(emitted.body))
    for error in sorted(errors, key=lambda error: error.json_path):
        yield from _worded(emitted, error, minor)
    if not errors:
        schema = schemas.istio(emitted.kind, minor)
        for path, problem in cel.broken(schema, emitted.body):
            yield checking.breaks_rule(emitted.where, emitted.place(path), problem)


#: formats of CRDs, and ours for ``metadata``: what to call them, and how to tell.
_FORMATS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "int32": ("a 32-bit number", lambda number: -(2**31) <= number < 2**31),
    "double": ("a number", lambda _: True),
    "binary": ("bytes", lambda _: True),
    "dns-label": ("the name of a namespace", values.dns_label),
    "dns-subdomain": ("a name that Kubernetes takes", values.dns_subdomain),
    "label-key": ("a label key", values.label_key),
    "label-value": ("a label value", values.label_value),
    "annotation-key": ("an annotation key", values.annotation_key),
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
    for name, (_, check) in _FORMATS.items():
        formats.checks(name)(check)
    schema = schemas.istio(kind, minor)
    served = schema["x-kubernetes-group-version-kind"]
    document = _closed(schema)
    document["properties"] |= {
        "apiVersion": {"enum": [f"{one['group']}/{one['version']}" for one in served]},
        "kind": {"enum": [kind]},
        "metadata": _METADATA,
    }
    document["required"] = ["apiVersion", "kind", "metadata"]
    return jsonschema.Draft202012Validator(document, format_checker=formats)


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema in JSON Schema's words; alternatives (oneOf …) only repeat names of fields."""
    closed = dict(schema)
    if schema.get("type") == "object" and "additionalProperties" not in schema:
        closed["properties"] = {k: _closed(v) for k, v in schema.get("properties", {}).items()}
        closed["additionalProperties"] = "x-kubernetes-preserve-unknown-fields" in schema
    for inner in {"items", "additionalProperties"} & schema.keys():
        closed[inner] = _closed(schema[inner])
    if schema.get("nullable"):
        closed["type"] = [schema["type"], "null"]
    return closed


def _worded(emitted: Emitted, error: "ValidationError", minor: str) -> Iterator[Diagnostic]:
    path = error.json_path.removeprefix("$").removeprefix(".")
    schema: Any = error.schema
    found: Any = error.instance
    kind = emitted.kind
    if error.validator == "additionalProperties":
        known = tuple(sorted(schema["properties"]))
        for field in sorted(found.keys() - set(known), key=str):
            place = emitted.place(f"{path}.{field}".removeprefix("."))
            needed = _newer_minor(kind, path, "properties", field, minor)
            if needed:
                what = f"field {field!r}"
                yield checking.needs_newer_istio(emitted.where, place, what, minor, needed)
            else:
                yield checking.unknown_to_istio(emitted.where, place, str(field), known)
        return
    if error.validator == "enum":
        needed = _newer_minor(kind, path, "enum", error.instance, minor)
        if needed:
            what = f"value {error.instance!r}"
            place = emitted.place(path)
            yield checking.needs_newer_istio(emitted.where, place, what, minor, needed)
            return
    yield checking.not_in_schema(emitted.where, emitted.place(path), _problem(error))


def _newer_minor(kind: str, path: str, keyword: str, word: object, minor: str) -> str:
    """The first minor after *minor* that has *word* among the *keyword* of *path*, or ""."""
    for newer in schemas.newer(minor):
        if word in schemas.inner(schemas.istio(kind, newer), path).get(keyword, ()):
            return newer
    return ""


def _problem(error: "ValidationError") -> str:
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
