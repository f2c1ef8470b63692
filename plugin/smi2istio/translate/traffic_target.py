"""TrafficTarget → grants: references resolved, void parts left out, each with its diagnostic.

Source: the specification, §3 and §6; reference/osm-semantics.md §1 (what OSM does with
targets that are incomplete), smi-spec apis/traffic-access.
"""

from collections.abc import Generator, Iterator, Sequence

from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Severity, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.grants import Grant
from smi2istio.kinds import SPECS
from smi2istio.members import is_never
from smi2istio.names import dns_label, dns_subdomain
from smi2istio.records import Record
from smi2istio.source import access, specs
from smi2istio.source_mesh import EVERYTHING, UNION, VOID

_ACCOUNT = "ServiceAccount"


class _Routes(Record):
    """What the rules of a target came to."""

    matches: tuple[specs.HTTPMatch, ...]
    tcp_ports: tuple[tuple[int, Where], ...]
    documents: tuple[Document, ...]
    tcp_missing: bool
    any_port: bool


def translate(document: Document, context: Context) -> Iterator[Grant | Diagnostic | Fields]:
    """Read one TrafficTarget.

    Raises:
        Refusal: S2I102, S2I105, S2I129, S2I304, S2I310, S2I313, S2I317, S2I322.
    """
    target = context.bundle.parsed(document, access.traffic_target)
    yield target.fields
    if target.pruned_port:
        yield catalog.pruned_port(target.destination.where.at("port"), target.pruned_port)
    void = list(_void(document, target, context))
    yield from void
    if void:
        return
    routes = yield from _routes(target, context, context.bundle.namespace_of(document))
    if not target.rules:
        yield catalog.no_rules_everything(Where(document))
    grant = yield from _grant(document, target, routes, context)
    namespace = grant.destination.partition("/")[0]
    if namespace not in context.mesh.members:  # in some meshes it would be void
        yield catalog.destination_outside_the_mesh(target.destination.where, namespace)
    yield grant


def refuse_identity_binding(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Refuse the draft of access v1alpha4 that no mesh enforced."""
    yield catalog.identity_binding(Where(document))


def _grant(
    document: Document, target: access.TrafficTarget, routes: _Routes, context: Context
) -> Generator[Diagnostic, None, Grant]:
    sources, dropped = yield from _sources(target, document, context)
    kinds = {rule.kind for rule in target.rules}
    return Grant(
        document,
        context.bundle.namespace_of(document),
        _account(target.destination, document, context),
        tuple(sorted(set(sources))),
        not target.sources,
        dropped,
        routes.matches,
        has_http="HTTPRouteGroup" in kinds,
        has_tcp="TCPRoute" in kinds,
        tcp_ports=routes.tcp_ports,
        filtered_out=routes.tcp_missing,
        port=target.port,
        routes=routes.documents,
        where=Where(document),
        any_port=routes.any_port,
        everything=not target.rules,
    )


def _void(
    document: Document, target: access.TrafficTarget, context: Context
) -> Iterator[Diagnostic]:
    """Why the source mesh took no notice of the target; nothing if it did."""
    mesh, bundle = context.options.source_mesh, context.bundle
    destination, namespace = target.destination, bundle.namespace_of(document)
    if destination.kind != _ACCOUNT:
        if mesh.incomplete != VOID:
            raise Refusal(catalog.bad_destination(destination.where.at("kind"), destination.kind))
        yield catalog.foreign_destination(destination.where.at("kind"), destination.kind)
    elif not destination.namespace and not mesh.destination_defaults:
        yield catalog.no_destination_namespace(destination.where.at("namespace"))
    elif not _is_possible(account := _account(destination, document, context)):
        yield catalog.impossible_destination(destination.where.at("name"), account)
    elif not mesh.across_namespaces and account.partition("/")[0] != namespace:
        yield catalog.outside_its_destination(Where(document), destination.namespace)
    elif mesh.members_only and namespace not in context.mesh.members:
        yield catalog.outside_the_mesh(Where(document), namespace)
    else:
        yield from _void_rules(document, target, context)


def _void_rules(
    document: Document, target: access.TrafficTarget, context: Context
) -> Iterator[Diagnostic]:
    if not target.rules and context.options.source_mesh.without_rules != EVERYTHING:
        if context.options.source_mesh.without_rules != VOID:
            raise Refusal(catalog.no_rules(Where(document)))
        yield catalog.no_rules_void(Where(document))
    for rule in target.rules:
        if rule.kind in ("HTTPRouteGroup", "TCPRoute"):
            continue
        if context.options.source_mesh.incomplete == VOID:
            yield catalog.foreign_rule(rule.where.at("kind"), rule.kind)
            return
        if rule.kind != "UDPRoute":
            raise Refusal(catalog.bad_rule(rule.where.at("kind"), rule.kind))


def _account(subject: access.Subject, document: Document, context: Context) -> str:
    """The account that a subject means, as ``namespace/name``."""
    namespace = subject.namespace or context.bundle.namespace_of(document)
    return "/".join(context.bundle.account(subject.name, namespace, document))


def _is_possible(account: str) -> bool:
    """Whether Kubernetes allows the name, so that no star reaches a principal."""
    namespace, _, name = account.partition("/")
    return dns_label(namespace) and dns_subdomain(name)


def _sources(
    target: access.TrafficTarget, document: Document, context: Context
) -> Generator[Diagnostic, None, tuple[list[str], tuple[str, ...]]]:
    """Return the accounts that have access, and those of another kind; yield why some have none."""
    found: list[str] = []
    dropped: list[str] = []
    mesh = context.options.source_mesh
    for source in target.sources:
        account = _account(source, document, context)
        namespace = account.partition("/")[0]
        if source.kind != _ACCOUNT:
            yield catalog.foreign_source(source.where.at("kind"), source.kind)
            dropped.append(account)
        elif not source.namespace:
            if mesh.source_without_namespace is Severity.ERROR:
                raise Refusal(catalog.no_source_namespace(source.where))
            yield catalog.no_source_namespace_osm(source.where)
        elif not _is_possible(account):
            yield catalog.impossible_account(source.where, account)
        elif _is_outside(namespace, context):
            yield catalog.source_outside_the_mesh(source.where.at("namespace"), namespace)
        else:
            found.append(account)
    return found, tuple(dropped)


def _is_outside(namespace: str, context: Context) -> bool:
    """Whether a namespace is no member, which its Namespace or its name shows."""
    bundle, mesh = context.bundle, context.options.source_mesh
    known = namespace in bundle.namespaces or is_never(bundle, namespace)
    return mesh.members_only and known and namespace not in context.mesh.members


def _routes(
    target: access.TrafficTarget, context: Context, namespace: str
) -> Generator[Diagnostic, None, _Routes]:
    matches: dict[Where, specs.HTTPMatch] = {}
    ports: list[tuple[int, Where]] = []
    documents: list[Document] = []
    tcp_missing = any_port = False
    for rule in target.rules:
        if rule.kind == "UDPRoute":
            yield catalog.udp_route(rule.where)
            continue
        route = context.bundle.find(SPECS, rule.kind, rule.name, namespace, rule.where.document)
        group = route
        if rule.kind == "TCPRoute":
            tcp_missing = tcp_missing or route is None
            listed = tuple(_ports(route, context))
            ports += listed
            any_port = any_port or not (listed or context.options.source_mesh.tcp_ports == UNION)
            group = yield from _group_of_tcp_rule(rule, context, namespace)
        if route is None:
            yield _missing(rule, context)
        if group is not None:
            found = yield from _matches(rule, group, context)
            matches.update((one.where, one) for one in found)
        documents += (one for one in dict.fromkeys((route, group)) if one is not None)
    return _Routes(tuple(matches.values()), tuple(ports), tuple(documents), tcp_missing, any_port)


def _ports(route: Document | None, context: Context) -> Iterator[tuple[int, Where]]:
    if route is not None:
        place = Where(route, "spec.matches.ports")
        parsed = context.bundle.parsed(route, specs.port_route)
        yield from ((port, place.at(index)) for index, port in enumerate(parsed.ports))


def _missing(rule: access.Rule, context: Context) -> Diagnostic:
    if context.options.source_mesh.incomplete != VOID:
        raise Refusal(catalog.route_missing(rule.where.at("name"), rule.kind, rule.name))
    if rule.kind == "TCPRoute":
        return catalog.tcp_route_missing(rule.where.at("name"), rule.name)
    return catalog.group_missing_osm(rule.where.at("name"), rule.name)


def _group_of_tcp_rule(
    rule: access.Rule, context: Context, namespace: str
) -> Generator[Diagnostic, None, Document | None]:
    """OSM looked for matches without looking at the rule's kind (osm-semantics §1.3)."""
    if not rule.matches or context.options.source_mesh.kinds_count:
        return None
    document = context.bundle.find(
        SPECS, "HTTPRouteGroup", rule.name, namespace, rule.where.document
    )
    if document is not None:
        yield catalog.matches_of_tcp_route(rule.where.at("matches"), rule.name)
    return document


def _matches(
    rule: access.Rule, document: Document, context: Context
) -> Generator[Diagnostic, None, Sequence[specs.HTTPMatch]]:
    group = context.bundle.parsed(document, specs.http_route_group)
    if not rule.matches:
        if context.options.source_mesh.all_without_matches:
            return group.matches
        yield catalog.no_matches(rule.where)
    found: list[specs.HTTPMatch] = []
    for index, name in enumerate(rule.matches):
        match = group.named(name)
        if match is None:
            known = tuple(match.name for match in group.matches)
            place = rule.where.at("matches").at(index)
            if context.options.source_mesh.incomplete != VOID:
                raise Refusal(catalog.match_unknown(place, document.name, name, known))
            yield catalog.match_missing(place, document.name, name, known)
        else:
            found.append(match)
    return found
