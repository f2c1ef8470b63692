"""Routes → one VirtualService for each host, and a DestinationRule where pods are told by labels.

Istio does not merge two VirtualServices of one host in the mesh: the first one wins, by
age and then by name.  So a second one, ours or the user's, is an error.

Source: reference/istio-target.md §2.4, istio-verified.md (k) and finding 5.
"""

from collections.abc import Iterator, Mapping, Sequence

from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic
from smi2istio.documents import Document
from smi2istio.emit import Emission
from smi2istio.istio import networking
from smi2istio.routes import Route


def assemble(routes: Sequence[Route], context: Context) -> Iterator[Emission | Diagnostic]:
    """Build the objects of each host, or say who has the host already."""
    by_host: dict[str, list[Route]] = {}
    for route in sorted(routes, key=lambda route: (route.host, route.document.name)):
        by_host.setdefault(route.host, []).append(route)
    taken = _taken(context) if routes else {}
    for host, (route, *others) in by_host.items():
        for other in others:
            yield catalog.root_split_twice(other.where, host.partition(".")[0], route.document.name)
        if found := next((taken[name] for name in _names(host, context) if name in taken), None):
            title = f"{context.bundle.namespace_of(found)}/{found.name}"
            yield catalog.already_routed(route.where, host, title)
        yield from _objects(route)


def _objects(route: Route) -> Iterator[Emission]:
    document = route.document
    sources = (document, *route.groups)
    own = (document.name, document.namespace, route.host)
    body = networking.virtual_service(*own, {"http": route.http, "tcp": route.tcp}, route.gateways)
    yield Emission(body, document, sources, document)
    if route.subsets:
        body = networking.destination_rule(*own, route.subsets)
        yield Emission(body, document, sources, document)


def _taken(context: Context) -> Mapping[str, Document]:
    """The hosts that VirtualServices of the input route in the mesh, as Istio reads them."""
    found: dict[str, Document] = {}
    for document in context.bundle.of_kind("networking.istio.io", "VirtualService"):
        spec = document.body.get("spec")
        spec = spec if isinstance(spec, dict) else {}
        if networking.MESH not in (_list(spec.get("gateways")) or [networking.MESH]):
            continue
        for host in _list(spec.get("hosts")):
            name = str(host).lower()
            if "." not in name:
                namespace = context.bundle.namespace_of(document)
                name = f"{name}.{namespace}.svc.{context.options.cluster_domain}"
            found.setdefault(name, document)
    return found


def _list(value: object) -> list[object]:
    """What the API server would refuse counts as nothing: the document is not ours."""
    return value if isinstance(value, list) else []


def _names(host: str, context: Context) -> tuple[str, ...]:
    """The names of a Service that a VirtualService can take away from it, even by a part of it."""
    short = host.removesuffix(f".svc.{context.options.cluster_domain}")
    return host, f"{short}.svc", short
