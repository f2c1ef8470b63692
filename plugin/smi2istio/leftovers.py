"""What a build should have converted: documents of the old mesh, and marks of OSM on others.

kustomize skips a function in silence where it may not run one, so what was never converted
would reach a cluster in which nothing reads it.
"""

from collections.abc import Iterator

from smi2istio import intake
from smi2istio.catalog import namespaces, reading
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.source import core, marks, mesh_config


def left_over(document: Document) -> Iterator[Diagnostic]:
    """S2I118 for a document that is left, or for each mark; S2I516 where no mark is translated."""
    if _is_left(document):
        yield reading.left_over(Where(document))
    elif marks.may_carry(document):
        yield from _marks(document)


def _is_left(document: Document) -> bool:
    if mesh_config.is_written_by_osm(document):
        return True
    return intake.is_ours(document) or intake.is_nearly_ours(document.api_version, document.kind)


def _marks(document: Document) -> Iterator[Diagnostic]:
    metadata, workload = Where(document, "metadata"), core.workload(document, "")
    template = ".".join((*workload.template, "metadata")) if workload else ""
    places = [(metadata.at("labels"), document.labels)]
    places.append((metadata.at("annotations"), document.annotations))
    if workload and workload.template:  # a Pod is its own template
        places.append((Where(document, template).at("annotations"), workload.annotations))
    for where, there in places:
        for key in there:
            if key.startswith(marks.PREFIX):
                yield reading.left_over(where.at(key), key)
    for place, key in marks.elsewhere(document.body, ("metadata", template)):
        yield namespaces.mark_elsewhere(Where(document, place), key)
