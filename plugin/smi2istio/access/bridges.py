"""The metadata that EnvoyFilters with header_to_metadata compute on a workload.

The filter takes a header, rewrites it where its regex matches and leaves it as it is where
not, and puts the result under a key.  A policy that asks for a key which no filter computes
is not fulfilled.

Source: envoy.extensions.filters.http.header_to_metadata.v3; reference/istio-verified.md (i).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from smi2istio.access.request import Request
from smi2istio.bundle import Bundle
from smi2istio.documents import Document
from smi2istio.regex.language import language
from smi2istio.regex.tree import Undecidable
from smi2istio.source.core import Workload

_CONFIG = "envoy.extensions.filters.http.header_to_metadata.v3.Config"
_GROUP = re.compile(r"\\\d")
#: What a key holds; None where a regex cannot be decided.
Metadata = Mapping[tuple[str, str], str | None]


def metadata(bundle: Bundle, workload: Workload, request: Request) -> Metadata:
    """The values by namespace of the metadata and key."""
    found: dict[tuple[str, str], str | None] = {}
    for document in bundle.of_kind("networking.istio.io", "EnvoyFilter"):
        if _applies(document, bundle, workload):
            for rule in _rules(document, request.port):
                computed = _computed(rule, request)
                found.update([computed] if computed else [])
    return found


def _applies(document: Document, bundle: Bundle, workload: Workload) -> bool:
    if bundle.namespace_of(document) not in (workload.namespace, bundle.options.root):
        return False
    wanted = (document.body.get("spec") or {}).get("workloadSelector") or {}
    return (wanted.get("labels") or {}).items() <= workload.labels.items()


def _rules(document: Document, port: int) -> Iterator[Mapping[str, Any]]:
    for patch in document.body["spec"].get("configPatches") or ():
        match = patch.get("match") or {}
        inbound = match.get("context", "ANY") in ("ANY", "SIDECAR_INBOUND")
        here = (match.get("listener") or {}).get("portNumber", port) == port
        config = ((patch.get("patch") or {}).get("value") or {}).get("typed_config") or {}
        if inbound and here and str(config.get("@type")).endswith(_CONFIG):
            yield from config.get("request_rules") or ()


def _computed(
    rule: Mapping[str, Any], request: Request
) -> tuple[tuple[str, str], str | None] | None:
    """What one rule sets, if anything."""
    header = str(rule.get("header")).lower()
    lines = _lines(header, request)
    action = rule.get("on_header_present" if lines else "on_header_missing")
    if not action:
        return None
    rewrite = action.get("regex_value_rewrite")
    value: str | None = str(action.get("value") or ",".join(lines))
    if rewrite and value is not None:
        pattern, text = rewrite["pattern"]["regex"], str(rewrite.get("substitution", ""))
        value = _rewritten(header, value, pattern, text)
    return (str(action.get("metadata_namespace")), str(action["key"])), value


def _lines(header: str, request: Request) -> list[str]:
    special = {
        ":path": [f"{request.path}{request.query}"],
        ":method": [request.method],
        ":authority": [request.authority],
        "host": [request.authority],
    }
    return special.get(header) or request.values(header)


def _rewritten(header: str, value: str, pattern: str, substitution: str) -> str | None:
    """The value after an anchored pattern; others rewrite a part, which is not computed here."""
    anchored = re.match(r"(\(\?[a-z]+\))?(\^|\\A)", pattern) and pattern.endswith(("$", r"\z"))
    if not anchored or _GROUP.search(substitution.replace(r"\\", "")):
        return None
    try:
        matches = language("raw" if header == ":path" else "header", pattern).accepts(value)
    except Undecidable:
        return None
    return substitution.replace(r"\\", "\\") if matches else value
