"""HTTPRouteGroup, TCPRoute, UDPRoute → nothing of their own: targets and splits use them.

They are consumed.  One that nothing refers to is noted; one that a document refers to which
is not translated has to stay.

Source: the specification, §6.8; reference/smi-spec.md §2.2 (NGINX's RateLimit).
"""

from collections.abc import Iterator, Mapping, Sequence

from smi2istio.bundle import Bundle
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.emit import Kept
from smi2istio.fields import Fields
from smi2istio.intake import is_ours
from smi2istio.source import renames, specs


def http_route_group(document: Document, context: Context) -> Iterator[Fields | Kept | Diagnostic]:
    """Read the group for its mistakes, and see who refers to it.

    Raises:
        Refusal: S2I102, S2I105, S2I305, S2I306.
    """
    group = context.bundle.parsed(document, specs.http_route_group)
    yield group.fields
    yield from group.diagnostics
    yield from _references(document, context)


def port_route(document: Document, context: Context) -> Iterator[Fields | Kept | Diagnostic]:
    """Read a TCPRoute or UDPRoute for its mistakes, and see who refers to it.

    Raises:
        Refusal: S2I102, S2I129.
    """
    yield context.bundle.parsed(document, specs.port_route).fields
    yield from _references(document, context)


def _references(document: Document, context: Context) -> Iterator[Kept | Diagnostic]:
    named = context.bundle.once(_named)
    namespace = context.bundle.namespace_of(document)
    users = [user for name in _names(document) for user in named.get((document.kind, name), ())]
    others = [user for user in users if not is_ours(user)]
    if others:
        yield Kept(document)
        yield catalog.kept_route(Where(document), str(Where(others[0])))
    elif not any(context.bundle.namespace_of(user) == namespace for user in users):
        yield catalog.unused_route(Where(document), document.kind)


def _named(bundle: Bundle) -> Mapping[tuple[str, str], Sequence[Document]]:
    """(kind, name) → the documents in which such a reference stands, at any depth."""
    found: dict[tuple[str, str], list[Document]] = {}
    for kind in ("HTTPRouteGroup", "TCPRoute", "UDPRoute"):
        for document in bundle.mentioning(kind):
            if document.kind in (kind, "CustomResourceDefinition"):
                continue
            for name in _referred(document.body, kind):
                found.setdefault((kind, name), []).append(document)
    return found


def _referred(value: object, kind: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        name = value.get("name")
        if value.get("kind") == kind and isinstance(name, str):
            yield name
        for inner in value.values():
            yield from _referred(inner, kind)
    elif isinstance(value, list):
        for inner in value:
            yield from _referred(inner, kind)


def _names(document: Document) -> set[str]:
    """The document's name, and those that kustomize changed it from."""
    return {document.name, *renames.former_names(document)} - {""}
