"""Says "certainly valid" of the documents that this program writes, or nothing.

jsonschema takes longer to import than everything else takes to run, and nearly all
documents are valid.  So this module knows by heart the fields that translators write,
each with the strictest limits of all supported minors; whatever it does not know, or
does not like, goes to the judge.  It may be wrong only by saying nothing.

Source: schemas/istio
"""

from collections.abc import Callable, Mapping

from smi2istio.validate.values import (
    annotation_key,
    dns_label,
    dns_subdomain,
    label_key,
    label_value,
)

_LABEL_LENGTH = 63

Check = Callable[[object], bool]


def _text(value: object) -> bool:
    return type(value) is str


def _anything(value: object) -> bool:
    return type(value) is dict


def _int32(value: object) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def _uint32(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**32


def _one_of(*words: str) -> Check:
    def check(value: object) -> bool:
        return type(value) is str and value in words

    return check


def _each(inner: Check, most: int = 2**31) -> Check:
    def check(value: object) -> bool:
        return type(value) is list and len(value) <= most and all(map(inner, value))

    return check


def _keyed(key: Check, inner: Check, most: int = 2**31) -> Check:
    """A mapping whose keys are the user's."""

    def check(value: object) -> bool:
        return (
            type(value) is dict
            and len(value) <= most
            and all(map(key, value))
            and all(map(inner, value.values()))
        )

    return check


def _closed(fields: Mapping[str, Check], *required: str) -> Check:
    """A mapping that has no other keys than *fields*."""

    def check(value: object) -> bool:
        if type(value) is not dict:
            return False
        for key, inner in value.items():
            known = fields.get(key)
            if known is None or not known(inner):
                return False
        return all(key in value for key in required)

    return check


def _selected_key(value: object) -> bool:
    return type(value) is str and value != "" and "*" not in value


def _selected_value(value: object) -> bool:
    return type(value) is str and len(value) <= _LABEL_LENGTH and "*" not in value


def _string_match(value: object) -> bool:
    """One of three; an empty one means presence."""
    return type(value) is dict and len(value) <= 1 and _STRING_MATCH(value)


_TEXTS = _each(_text)
_STRING_MATCH = _closed({"exact": _text, "prefix": _text, "regex": _text})
_SELECTOR = _closed({"matchLabels": _keyed(_selected_key, _selected_value, 256)})
_WORKLOAD_SELECTOR = _closed({"labels": _keyed(_text, _selected_value, 256)})

_OPERATION = _closed({"hosts": _TEXTS, "methods": _TEXTS, "paths": _TEXTS, "ports": _TEXTS})
_RULE = _closed(
    {
        "from": _each(_closed({"source": _closed({"principals": _TEXTS})}), 512),
        "to": _each(_closed({"operation": _OPERATION})),
        "when": _each(_closed({"key": _text, "values": _TEXTS}, "key")),
    }
)
_AUTHORIZATION_POLICY = _closed(
    {"selector": _SELECTOR, "action": _one_of("ALLOW"), "rules": _each(_RULE, 512)}
)

_PEER_AUTHENTICATION = _closed({"mtls": _closed({"mode": _one_of("STRICT", "PERMISSIVE")})})

_DESTINATION = _closed(
    {"host": _text, "subset": _text, "port": _closed({"number": _uint32})}, "host"
)
_ROUTE = _each(_closed({"destination": _DESTINATION, "weight": _int32}, "destination"))
_HTTP_MATCH = _closed(
    {
        "authority": _string_match,
        "headers": _keyed(_text, _string_match),
        "method": _string_match,
        "port": _uint32,
        "uri": _string_match,
    }
)
_VIRTUAL_SERVICE = _closed(
    {
        "hosts": _TEXTS,
        "gateways": _TEXTS,
        "http": _each(_closed({"match": _each(_HTTP_MATCH), "route": _ROUTE})),
        "tcp": _each(_closed({"match": _each(_closed({"port": _uint32})), "route": _ROUTE})),
    }
)
_SUBSET = _closed({"name": _text, "labels": _keyed(_text, _text)}, "name")
_DESTINATION_RULE = _closed({"host": _text, "subsets": _each(_SUBSET)}, "host")
_SIDECAR = _closed({"outboundTrafficPolicy": _closed({"mode": _one_of("REGISTRY_ONLY")})})

_FILTER = _closed({"name": _text, "subFilter": _closed({"name": _text})})
_LISTENER = _closed({"filterChain": _closed({"filter": _FILTER})})
_CONFIG_PATCH = _closed(
    {
        "applyTo": _one_of("HTTP_FILTER"),
        "match": _closed({"context": _one_of("SIDECAR_INBOUND"), "listener": _LISTENER}),
        "patch": _closed({"operation": _one_of("INSERT_FIRST"), "value": _anything}),
    }
)
_ENVOY_FILTER = _closed(
    {"workloadSelector": _WORKLOAD_SELECTOR, "configPatches": _each(_CONFIG_PATCH)}
)

_METADATA = _closed(
    {
        "name": dns_subdomain,
        "namespace": dns_label,
        "labels": _keyed(label_key, label_value),
        "annotations": _keyed(annotation_key, _text),
    },
    "name",
)


def _kind(api_version: str, kind: str, spec: Check) -> Check:
    return _closed(
        {
            "apiVersion": _one_of(api_version),
            "kind": _one_of(kind),
            "metadata": _METADATA,
            "spec": spec,
        },
        "apiVersion",
        "metadata",
    )


#: kind → whether the API server of every supported minor certainly takes the document.
KINDS: Mapping[str, Check] = {
    kind: _kind(api_version, kind, spec)
    for api_version, kind, spec in (
        ("security.istio.io/v1", "AuthorizationPolicy", _AUTHORIZATION_POLICY),
        ("security.istio.io/v1", "PeerAuthentication", _PEER_AUTHENTICATION),
        ("networking.istio.io/v1", "VirtualService", _VIRTUAL_SERVICE),
        ("networking.istio.io/v1", "DestinationRule", _DESTINATION_RULE),
        ("networking.istio.io/v1", "Sidecar", _SIDECAR),
        ("networking.istio.io/v1alpha3", "EnvoyFilter", _ENVOY_FILTER),
    )
}
