"""Marks of OSM where OSM read none: on Services, on workloads themselves, in other objects.

In metadata they go away, because the gate after a build takes them for work that is left; in
other places they may be what makes pods, or selects namespaces, so they are named and left.

Source: osm v1.2.4, pkg/constants and pkg/injector; the specification, §5.
"""

from collections.abc import Collection, Iterator, Mapping

from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import REMOVED, Document, Edit
from smi2istio.emit import Edited
from smi2istio.source import core, marks

_NAMESPACE = frozenset((marks.MONITORED_BY, marks.IGNORE, marks.INJECTION, marks.METRICS))
_PODS = frozenset((marks.INJECTION, *(one.pod for one in marks.EXCLUSIONS)))


def translate(document: Document, context: Context) -> Iterator[Edited | Diagnostic]:
    """Take away what is inert; to be called for every document that may carry a mark."""
    is_namespace = document.kind == "Namespace" and not document.group
    name = document.name if is_namespace else context.bundle.namespace_of(document)
    if name in context.mesh.foreign:
        return
    workload = core.workload(document, name)
    template = ".".join((*workload.template, "metadata")) if workload else ""
    own = _NAMESPACE if is_namespace else _PODS if template == "metadata" else frozenset[str]()
    yield from _removed(document, ("metadata", "labels"), document.labels, own)
    yield from _removed(document, ("metadata", "annotations"), document.annotations, own)
    if workload and workload.template:
        path = (*workload.template, "metadata", "annotations")
        yield from _removed(document, path, workload.annotations, _PODS)
    for place, key in marks.elsewhere(document.body, ("metadata", template)):
        yield catalog.mark_elsewhere(Where(document, place), key)


def _removed(
    document: Document, path: tuple[str, ...], there: Mapping[str, str], read: Collection[str]
) -> Iterator[Edited | Diagnostic]:
    found = tuple(key for key in there if key.startswith(marks.PREFIX) and key not in read)
    if found:
        yield catalog.inert_mark(Where(document, ".".join(path)), found)
        yield Edited(document, tuple(Edit((*path, key), REMOVED) for key in found))
