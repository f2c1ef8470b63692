"""Every diagnostic the program can utter, one module for each range of codes.

Codes are permanent.  A code that falls out of use stays in its module as a comment
(``# S2I204 retired in 0.3``) and is never handed out again.

    S2I1xx  reading, configuration    S2I5xx  namespaces, workloads, other meshes
    S2I2xx  TrafficSplit              S2I6xx  Istio before 1.6
    S2I3xx  access and regexes        S2I8xx  assembling Istio documents
    S2I4xx  OSM config, OSM policies  S2I9xx  checking the result

Most runs have little to say and would pay for every page, so a module is imported when
the first of its diagnostics is worded: until then a placeholder stands for it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

_MODULES: Final = (
    "access", "assembling", "checking", "legacy", "namespaces", "neighbours", "osm_config",
    "osm_policies", "reading", "split",
)  # fmt: skip


class _Later:
    """Stands for a module that is not imported yet."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


if not TYPE_CHECKING:  # mypy sees the modules themselves
    globals().update((name, _Later(f"{__name__}.{name}")) for name in _MODULES)


def load_all() -> None:
    """Import every module of the catalogue, so that ``CATALOG`` is complete."""
    for name in _MODULES:
        import_module(f"{__name__}.{name}")
