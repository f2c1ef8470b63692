"""What translators and assemblers yield besides diagnostics, grants and routes."""

from collections.abc import Mapping

from smi2istio.documents import Document, Edit
from smi2istio.records import Record

#: The annotation that names the documents an object was made from.
SOURCE = "smi2istio.dev/source"
#: Istio's annotation for policies that decide and refuse nothing.
DRY_RUN = "istio.io/dry-run"

Json = dict[str, object]


class Emission(Record):
    """A new Istio object.

    Attributes:
        body: the object without provenance; the compiler adds it.
        at: the document in whose place it stands.
        sources: every document that was consumed into it.
        carries: the document whose labels and annotations it takes over, if any.
    """

    body: dict[str, object]
    at: Document
    sources: tuple[Document, ...]
    carries: Document | None = None


class Addition(Record):
    """A new object of the baseline.

    It follows its Namespace, or stands before the first document of that namespace, or at
    the end.
    """

    body: dict[str, object]
    namespace: str


class Edited(Record):
    """An object of the input that stays, with changes."""

    document: Document
    edits: tuple[Edit, ...]


class Consumed(Record):
    """An object of the input that goes away."""

    document: Document


class Kept(Record):
    """A document of ours that stays all the same, because another one needs it."""

    document: Document


def istio_object(
    api_version: str, kind: str, name: str, namespace: str, spec: Mapping[str, object]
) -> dict[str, object]:
    """An Istio document; without a namespace the key is left out, as its source left it out."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": dict(spec)}
