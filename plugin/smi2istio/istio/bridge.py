"""The EnvoyFilter that evaluates a regex, and the condition that asks for its result.

The filter header_to_metadata replaces a header value that matches by a fixed member of
the regex's language; the AuthorizationPolicy requires that member. Whatever the filter
leaves alone does not match, a client that sends the member matches by definition, and
without the filter there is no metadata: it fails closed.

Source: envoy.extensions.filters.http.header_to_metadata.v3 and istiod's
    ``envoyFilterGenerator``, which reads ``experimental.envoy.filters.X[k]``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from smi2istio.emit import istio_object

_METADATA = "envoy.filters.smi2istio"
_FILTER = "envoy.filters.http.header_to_metadata"
_CONFIG = "type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config"


class RequestRule(NamedTuple):
    """One regex in the filter.

    Attributes:
        key: under which the result is found.
        header: in lower case; ``:path`` for paths.
        pattern: RE2, anchored.
        member: a text that matches.
    """

    key: str
    header: str
    pattern: str
    member: str


def request_rule(header: str, regex: str, pattern: str, member: str) -> RequestRule:
    """Name a regex by its header and by the regex as it was written."""
    name = {"host": ":authority"}.get(header.lower(), header.lower())
    stem = {":path": "path", ":authority": "host", "path": "header-path"}.get(name, name)
    digest = _sha256(regex.encode()).hexdigest()[:8]
    return RequestRule(f"{stem}-{digest}", name, pattern, member)


def _sha256(data: bytes) -> Any:
    """The hash without hashlib, which loads OpenSSL; Python's `random` goes the same way."""
    try:
        from _sha2 import sha256  # noqa: PLC0415 - Python 3.12 and newer
    except ImportError:
        from _sha256 import sha256  # noqa: PLC0415
    return sha256(data)


def condition(rule: RequestRule) -> dict[str, object]:
    return {"key": f"experimental.{_METADATA}[{rule.key}]", "values": [rule.member]}


def envoy_filter(
    name: str, namespace: str, labels: Mapping[str, str], rules: Iterable[RequestRule]
) -> dict[str, object]:
    """The filter on the pods with *labels*, before all others and on every inbound port."""
    spec = {
        "workloadSelector": {"labels": dict(labels)},
        "configPatches": [
            {
                "applyTo": "HTTP_FILTER",
                "match": {"context": "SIDECAR_INBOUND"},
                "patch": {
                    "operation": "INSERT_FIRST",
                    "value": {
                        "name": _FILTER,
                        "typed_config": {
                            "@type": _CONFIG,
                            "request_rules": [_entry(rule) for rule in sorted(set(rules))],
                        },
                    },
                },
            }
        ],
    }
    return istio_object("networking.istio.io/v1alpha3", "EnvoyFilter", name, namespace, spec)


def _entry(rule: RequestRule) -> dict[str, object]:
    return {
        "header": rule.header,
        "on_header_present": {
            "metadata_namespace": _METADATA,
            "key": rule.key,
            "regex_value_rewrite": {
                "pattern": {"regex": rule.pattern},
                "substitution": rule.member.replace("\\", "\\\\"),  # RE2 reads \1 as a group
            },
        },
    }
