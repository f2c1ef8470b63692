"""What istiod and Envoy ask of an EnvoyFilter beyond its CRD.

istiod passes regexes on without a look at them.

Source: istio/istio pkg/config/validation/envoyfilter
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smi2istio.validate.emitted import ENVOY, ISTIOD, Emitted, Problem
from smi2istio.validate.values import re2_problem

_MANAGER = "envoy.filters.network.http_connection_manager"


def envoy_filter(emitted: Emitted, _: str) -> Iterator[Problem]:
    """S2I904 and S2I905."""
    labels = emitted.spec.get("workloadSelector", {}).get("labels", {})
    if any(not key or "*" in key for key in labels):
        yield ISTIOD, "spec.workloadSelector.labels", "a key is empty, or contains '*'"
    for index, entry in enumerate(emitted.spec.get("configPatches", ())):
        path, patch = f"spec.configPatches[{index}]", entry.get("patch", {})
        for missing in sorted({"applyTo", "patch"} - entry.keys()):
            yield ISTIOD, path, f"{missing} is missing"
        for missing in sorted({"operation", "value"} - patch.keys()):
            yield ISTIOD, f"{path}.patch", f"{missing} is missing"
        chain = entry.get("match", {}).get("listener", {}).get("filterChain", {})
        if "filter" in chain:
            place = f"{path}.match.listener.filterChain.filter"
            yield from _filter(chain["filter"], entry.get("applyTo"), place)
        for place, regex in _regexes(patch.get("value"), f"{path}.patch.value"):
            if problem := re2_problem(regex):
                yield ENVOY, place, problem


def _filter(named: Mapping[str, Any], target: object, path: str) -> Iterator[Problem]:
    if not named.get("name"):
        yield ISTIOD, path, "has no name"
    if "subFilter" in named:
        if not named["subFilter"].get("name"):
            yield ISTIOD, f"{path}.subFilter", "has no name"
        if target != "HTTP_FILTER" or named.get("name") != _MANAGER:
            yield ISTIOD, f"{path}.subFilter", f"is for HTTP_FILTER within {_MANAGER} only"


def _regexes(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Each ``regex: text`` of an Envoy configuration, and its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "regex" and isinstance(inner, str):
                yield f"{path}.regex", inner
            else:
                yield from _regexes(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _regexes(inner, f"{path}[{index}]")
