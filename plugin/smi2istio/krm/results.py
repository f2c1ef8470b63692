"""A diagnostic → a result, as hosts show it.

Source: the KRM Functions Specification, results; reference/krm-hosts.md §1.1 and §3.3.
"""

from smi2istio.diagnostics import Diagnostic, Severity, printable
from smi2istio.documents import Document
from smi2istio.names import number

INDEX = "internal.config.kubernetes.io/index"
LEGACY_INDEX = "config.kubernetes.io/index"


def result(diagnostic: Diagnostic) -> dict[str, object]:
    """The code stands in the message too, because hosts do not show tags."""
    found: dict[str, object] = {
        "message": printable(f"[{diagnostic.code}] {diagnostic.message}"),
        "severity": "info" if diagnostic.severity is Severity.NOTE else diagnostic.severity.value,
    }
    document, path = diagnostic.where.document, diagnostic.where.path
    if document is not None:
        found |= _place(document, path)
    tags = {"code": diagnostic.code, "fidelity": diagnostic.rule.fidelity.value}
    if diagnostic.witness:
        tags["witness"] = str(diagnostic.witness)
    return {**found, "tags": tags}


def _place(document: Document, path: str) -> dict[str, object]:
    """What the result is about; a reference must have a kind, a version and a name."""
    found: dict[str, object] = {}
    if document.api_version and document.kind and document.name:
        found["resourceRef"] = _reference(document)
        if path:
            found["field"] = {"path": path}
    if document.path:
        index = number(document.annotation(INDEX) or document.annotation(LEGACY_INDEX))
        place: dict[str, object] = {"path": document.path}
        found["file"] = {**place, "index": index} if index is not None else place
    return found


def _reference(document: Document) -> dict[str, str]:
    reference = {
        "apiVersion": document.api_version,
        "kind": document.kind,
        "name": document.name,
    }
    return {**reference, "namespace": document.namespace} if document.namespace else reference
