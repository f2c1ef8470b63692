"""TrafficMetrics → nothing: it describes what a mesh measured, and is no policy.

Source: smi-spec, apis/traffic-metrics/v1alpha1; reference/smi-spec.md §1.6.
"""

from collections.abc import Iterator

from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.emit import Consumed
from smi2istio.kinds import METRICS

_API_SERVICE = "apiregistration.k8s.io"


def translate(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Drop the document, and say so."""
    yield catalog.metrics_dropped(Where(document), document.kind)


def api_service(document: Document, _: Context) -> Iterator[Consumed | Diagnostic]:
    """Drop the APIService that serves SMI's metrics; others are none of our business."""
    if document.group == _API_SERVICE and document.name.endswith(f".{METRICS}"):
        yield Consumed(document)
        yield catalog.metrics_dropped(Where(document), f"APIService {document.name}")
