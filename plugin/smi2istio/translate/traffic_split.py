"""TrafficSplit → routes of a VirtualService, and subsets of a DestinationRule.

A TrafficSplit spreads the traffic of one root Service over weighted backends; Istio says
the same with weighted routes.  Weights are copied, never scaled to 100: both sides read
them as proportions, and scaling must round.

Source: smi-spec, apis/traffic-split; reference/osm-semantics.md §4, osm-verified.md §3.
Target: https://istio.io/latest/docs/reference/config/networking/virtual-service/
"""

from collections.abc import Generator, Iterator, Mapping, Sequence

from smi2istio import protocols, split_services
from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document, Unreadable, load
from smi2istio.emit import Json
from smi2istio.fields import Fields
from smi2istio.istio import networking
from smi2istio.records import Record
from smi2istio.routes import Route
from smi2istio.source import split
from smi2istio.split_services import Share, Target
from smi2istio.translate.split_matches import Selection, select

_GATEWAYS = "VirtualService.v1alpha3.networking.istio.io/spec.gateways"


class Listener(Record):
    """A port of the root, and those who share its traffic.

    Attributes:
        number: 0 stands for every port, where the root is not in the input.
        alone: the root has no other port, so routes need not name it.
        protocols: "http", "tcp"; both where Istio finds out by itself.
        was_http: OSM took a port for HTTP that Istio takes for TCP.
    """

    number: int
    alone: bool
    protocols: tuple[str, ...]
    was_http: bool = False
    shares: tuple[Share, ...] = ()


def translate(document: Document, context: Context) -> Iterator[Route | Diagnostic | Fields]:
    """Read one TrafficSplit.

    Raises:
        Refusal: S2I102, S2I105, S2I201 to S2I204, S2I218, and as :func:`routed`.
    """
    source = context.bundle.parsed(document, split.traffic_split)
    yield source.fields
    yield from routed(source, document, context)


def routed(
    source: split.TrafficSplit, document: Document, context: Context
) -> Iterator[Route | Diagnostic]:
    """The routes of a split, whatever it is written in.

    Raises:
        Refusal: S2I205, S2I208, S2I212, S2I217 to S2I220, S2I223, S2I350.
    """
    namespace = context.bundle.namespace_of(document)
    root = yield from split_services.root(source, context, namespace)
    if owner := split_services.controller(document, root, context):
        yield catalog.split_of_a_controller(Where(document), owner)
        return
    shares = yield from split_services.shares(source, context, namespace)
    selection = yield from select(source.matches, context, namespace)
    listeners = yield from _listeners(root, shares, selection, context)
    gateways = yield from _gateways(document)
    if not listeners:
        yield catalog.nothing_to_split(root.where, root.name)
        return
    by_labels = context.options.split_to == "subsets"
    http, tcp = _routes(root, listeners, selection, by_labels=by_labels)
    subsets = _subsets(root, listeners) if by_labels else ()
    yield Route(root.host, root.where, document, http, tcp, gateways, subsets, selection.groups)


def _listeners(
    root: Target, shares: Sequence[Share], selection: Selection, context: Context
) -> Generator[Diagnostic, None, list[Listener]]:
    """The ports of the root whose traffic is split, each with the backends that have it."""
    if root.service:
        for share in shares:
            if not share.target.service:
                name = share.target.name
                homeless = context.bundle.is_homeless(name)
                yield catalog.backend_unknown(share.target.where, name, homeless=homeless)
    yield from split_services.unserved(root, shares, context)
    found = []
    for listener in _ports(root, context):
        # A connection has nothing that a match could look at, so it goes to the root.
        can_split = ("http", "tcp") if selection.everything else ("http",)
        spoken = tuple(one for one in listener.protocols if one in can_split)
        if listener.was_http:
            where, number = root.where, listener.number
            yield catalog.split_by_connection(where, root.name, number, splits=bool(spoken))
        if spoken and selection.conditions:
            left = yield from _with_port(listener.number, shares, root)
            found.append(listener._replace(protocols=spoken, shares=left))
    return found


def _ports(root: Target, context: Context) -> Iterator[Listener]:
    if root.service is None:
        yield Listener(0, alone=True, protocols=("http",))
        return
    ports = [port for port in root.service.ports if port.protocol == "TCP"]
    for port in ports:
        declared = protocols.istio(port)
        spoken = (declared,) if declared else ("http", "tcp")
        was_http = False
        if context.options.source_mesh.osm_protocols:
            member = root.service.namespace in context.mesh.members
            was_http = protocols.becomes_tcp(port, member=member)
            spoken = (declared,) if was_http else (protocols.osm(port),)
        yield Listener(port.number, len(ports) == 1, spoken, was_http)


def _with_port(
    number: int, shares: Sequence[Share], root: Target
) -> Generator[Diagnostic, None, tuple[Share, ...]]:
    """Those who can get traffic of the root's port; a Service that is not known is one of them."""
    left, missing = [], []
    for share in shares:
        port = share.port or number
        if not port or not share.target.service or share.target.port(port):
            left.append(share)
            continue
        yield catalog.backend_without_port(share.target.where, share.target.name, port)
        if share.weight:
            missing.append(share.target.name)
    if not any(share.weight for share in left):
        raise Refusal(catalog.nothing_left(root.where, number, tuple(dict.fromkeys(missing))))
    return tuple(left)


def _routes(
    root: Target, listeners: Sequence[Listener], selection: Selection, *, by_labels: bool
) -> tuple[tuple[Json, ...], tuple[Json, ...]]:
    """The routes for HTTP and those for connections."""
    http: list[Json] = []
    tcp: list[Json] = []
    for listener in listeners:
        port: Json = {} if listener.alone else {"port": listener.number}
        if "http" in listener.protocols:
            conditions = [{**condition, **port} for condition in selection.conditions]
            matches = [condition for condition in conditions if condition]
            shared = _weighted(root, listener, listener.shares, by_labels=by_labels)
            http.append(networking.route(matches, shared))
            if not selection.everything:
                rest = networking.destination(root.host, port=listener.number)
                http.append(networking.route([port] if port else [], [{"destination": rest}]))
        if "tcp" in listener.protocols:
            # The proxy refuses its whole listener for a weight of 0 among connections.
            counted = [share for share in listener.shares if share.weight]
            shared = _weighted(root, listener, counted, by_labels=by_labels)
            tcp.append(networking.route([port] if port else [], shared))
    return tuple(http), tuple(tcp)


def _weighted(
    root: Target, listener: Listener, shares: Sequence[Share], *, by_labels: bool
) -> list[Json]:
    found = []
    for share in shares:
        host, subset = (root.host, share.target.name) if by_labels else (share.target.host, "")
        target = networking.destination(host, subset, share.port or listener.number)
        found.append(networking.weighted(target, share.weight))
    return found


def _subsets(
    root: Target, listeners: Sequence[Listener]
) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """The backends as subsets of the root's pods.

    Raises:
        Refusal: S2I217 if a backend's pods or ports are not among the root's.
    """
    found = {}
    for listener in listeners:
        for share in listener.shares:
            target = share.target
            if why := _why_no_subset(root, share, listener.number):
                raise Refusal(catalog.no_subset(target.where, target.name, why))
            found[target.name] = target.service.selector if target.service else {}
    return tuple(found.items())


def _why_no_subset(root: Target, share: Share, number: int) -> str:
    target = share.target
    if not root.service:
        return f"is no part of Service {root.name!r}, which is not in the input"
    if not root.service.selector:
        return f"is no part of Service {root.name!r}, which has no selector"
    if not target.service:
        return "is not in the input"
    if not root.service.selector.items() <= target.service.selector.items():
        return f"does not have all labels of the selector of Service {root.name!r}"
    ends = (root.port(number), target.port(share.port or number))
    if len({one.target for one in ends if one}) > 1:
        return f"leads port {number} to another port of its pods than Service {root.name!r}"
    return ""


def _gateways(document: Document) -> Generator[Diagnostic, None, tuple[str, ...]]:
    """The gateways of smi-adapter-istio's annotation, which holds a JSON list.

    Raises:
        Refusal: S2I223.
    """
    text = document.annotations.get(_GATEWAYS, "")
    if not text:
        return ()
    where = Where(document, f"metadata.annotations[{_GATEWAYS}]")
    try:
        names = load(text)
    except Unreadable:
        names = None
    if not isinstance(names, list) or not all(name and isinstance(name, str) for name in names):
        raise Refusal(catalog.bad_gateways(where))
    gateways = tuple(dict.fromkeys((*names, networking.MESH)))
    yield catalog.gateways_taken(where, gateways)
    return gateways
