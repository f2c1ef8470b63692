"""What has to be written where this program writes nothing, as YAML to paste.

Istio's mesh configuration is no Kubernetes object of its own, so nothing of it can be
emitted: Helm values hold it, or a ConfigMap of which other parts belong to somebody else.
Canaries and Rollouts are their controllers', which have to be ready for the change.

Source: the specification, §9; reference/istio-target.md §3,
reference/legacy-and-neighbours.md §6.4.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from smi2istio.diagnostics import Diagnostic
from smi2istio.documents import dump

_CONFIG_MAP = "ConfigMap "
_OWNED = ("Canary/", "Rollout/", "a new document ")


def fragments(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """Lines for each place that something has to be written into, merged."""
    places: dict[str, dict[str, Any]] = {}
    for diagnostic in diagnostics:
        for setting in diagnostic.settings:
            _merge(places.setdefault(setting.place, {}), setting.path, setting.value)
    for place, values in places.items():
        owned = place.startswith(_OWNED)
        yield (
            f"to write into {place}:" if owned else f"to set where Istio is installed, in {place}:"
        )
        margin = "  "
        if place.startswith(_CONFIG_MAP):
            yield from ("  data:", "    mesh: |-")
            margin = "      "
        yield from (f"{margin}{line}" for line in dump(values).splitlines())


def _merge(values: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    *way, last = path
    for key in way:
        values = values.setdefault(key, {})
    if isinstance(value, dict):
        for key, inner in value.items():
            _merge(values, (*path[len(way) :], key), inner)
    elif isinstance(value, list):
        known = values.setdefault(last, [])
        known += [one for one in value if one not in known]
    else:
        values[last] = value
