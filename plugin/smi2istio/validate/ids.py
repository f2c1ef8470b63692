"""No emitted document may have the id of another: only one of the two could exist."""

from collections.abc import Iterator, Sequence

from smi2istio.bundle import Bundle
from smi2istio.catalog import checking
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.validate.emitted import Emitted

Id = tuple[str, str, str, str]


def taken_ids(documents: Sequence[Emitted], bundle: Bundle) -> Iterator[Diagnostic]:
    """S2I910 for each of *documents* whose id the input has, or an earlier one of them."""
    places: dict[Id, Where] = {}
    for group, kind in {_id(one, bundle)[:2] for one in documents}:
        for document in bundle.of_kind(group, kind):
            key = group, kind, bundle.namespace_of(document), document.name
            places[key] = Where(document)
    for one in documents:
        key = _id(one, bundle)
        if key in places:
            yield checking.id_taken(one.where, one.place(), _found_at(places[key]))
        else:
            places[key] = one.where


def _id(one: Emitted, bundle: Bundle) -> Id:
    """Group, kind, namespace and name; the version is no part of an object's identity."""
    metadata = one.body["metadata"]
    group, slash, _ = one.body["apiVersion"].partition("/")
    namespace = metadata.get("namespace") or bundle.options.namespace
    return group if slash else "", one.kind, namespace, metadata["name"]


def _found_at(where: Where) -> str:
    document = where.document
    if document is None:
        return "the baseline"
    number = f"document {document.position + 1}"
    return f"{where} ({f'{document.file}:{document.line}' if document.file else number})"
