"""No emitted document may have the id of another: only one of the two could exist."""

from collections.abc import Iterator, Sequence

from smi2istio.bundle import Bundle
from smi2istio.catalog import checking
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.validate.emitted import Emitted

Id = tuple[str, str, str, str]


def taken_ids(documents: Sequence[Emitted], bundle: Bundle) -> Iterator[Diagnostic]:
    """S2I910 for each of *documents* whose id the input has, or an earlier one of them."""
    owners: dict[Id, str] = {}
    for group, kind in {_id(one, bundle)[:2] for one in documents}:
        for document in bundle.of_kind(group, kind):
            key = group, kind, bundle.namespace_of(document), document.name
            owners[key] = _named(document)
    for one in documents:
        key = _id(one, bundle)
        if key in owners:
            yield checking.id_taken(one.where, one.place(), owners[key])
        else:
            owners[key] = _owner(one)


def _id(one: Emitted, bundle: Bundle) -> Id:
    """Group, kind, namespace and name; the version is no part of an object's identity."""
    metadata = one.body["metadata"]
    group, slash, _ = one.body["apiVersion"].partition("/")
    namespace = metadata.get("namespace") or bundle.options.namespace
    return group if slash else "", one.kind, namespace, metadata["name"]


def _owner(one: Emitted) -> str:
    """What an emitted document was made from; of the baseline the place tells nothing."""
    document = one.where.document
    if document is None or one.source_kinds == {"Namespace"}:
        return "the baseline's own"
    return _named(document)


def _named(document: Document) -> str:
    number = f"document {document.position + 1}"
    place = f"{document.file}:{document.line}" if document.file else number
    return f"{Where(document)} ({place})"
