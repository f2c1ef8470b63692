"""Egress → ServiceEntries that the sources' namespaces see.

| field of ``spec`` | result | limit |
|---|---|---|
| sources | exportTo: their namespaces | other accounts there: S2I464; not in the mesh: S2I463; []: S2I462 |
| hosts, with ports http | hosts by DNS, protocol HTTP | a wildcard, or none: S2I462; open egress: S2I465; twice: S2I479 |
| hosts, with ports https | hosts by DNS, protocol TLS (SNI); with a wildcard or addresses as the client asked | both http and addresses: S2I466 |
| ports tcp, tcp-server-first, and https without hosts | protocol TCP, by addresses | hosts: S2I467 |
| ports of any other spelling, ports [] | nothing, as in OSM | S2I462 |
| ipAddresses | addresses | http: not in force in OSM either (S2I467); without a mask: S2I474 |
| matches HTTPRouteGroup | VirtualService with these matches for http | |
| matches UpstreamTrafficSetting | connectionPool of a DestinationRule | rates: S2I469; missing: S2I462 |

In force unless `featureFlags.enableEgressPolicy` is false (S2I460); absent: S2I461.

Source: the specification, §9; reference/osm-semantics.md §6.1; reference/istio-target.md §3,
reference/istio-verified.md (l).
"""  # noqa: E501 - a row of a table is one line

from collections.abc import Generator, Iterator
from itertools import product

from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where, Witness
from smi2istio.documents import Document
from smi2istio.emit import Emission, Json
from smi2istio.fields import Fields
from smi2istio.istio import networking
from smi2istio.istio.networking import Own
from smi2istio.kinds import OSM_POLICY
from smi2istio.names import dns_subdomain
from smi2istio.routes import Limits, Route
from smi2istio.source import egress, split, upstream
from smi2istio.source.egress import Egress
from smi2istio.translate import (
    egress_entries,
    egress_overlaps,
    policies,
    upstream_traffic_setting,
)
from smi2istio.translate.egress_entries import HTTP, Entry
from smi2istio.translate.split_matches import Selection, select
from smi2istio.workloads import injected


def translate(
    document: Document, context: Context
) -> Iterator[Route | Limits | Emission | Diagnostic | Fields]:
    """Read one Egress.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I113, S2I129, S2I466, S2I474, S2I512, and what reading
            a group of routes or a setting raises.
    """
    read = context.bundle.parsed(document, egress.egress)
    yield read.fields
    if not (yield from _in_force(document, context)):
        return
    namespace = context.bundle.namespace_of(document)
    accounts = yield from _accounts(read, document, context)
    if not read.ports:
        yield catalog.egress_without_effect(read.spec.at("ports"), "no ports")
    found = list(egress_entries.entries(read, document.name, namespace))
    yield from (one for one in found if isinstance(one, Diagnostic))
    wanted = [one for one in found if isinstance(one, Entry)]
    if not accounts or not wanted:
        return
    yield from egress_overlaps.check(read, accounts, document, context)
    selection, limits = yield from _matches(read, namespace, context)
    seen = sorted({account.partition("/")[0] for account in accounts})
    export_to = tuple("." if name == namespace else name for name in seen)
    for entry in wanted:
        yield from _scope(entry, accounts, read, context)
        suffix = entry.suffix if len(wanted) > 1 else ""
        own = Own(f"{document.name}{suffix}", document.namespace, export_to)
        yield Emission(_service_entry(entry, own), document, (document,), document)
        yield from _restricted(entry, selection, export_to, document)
        where = read.spec.at("matches")
        for (pool, setting), host in product(limits, entry.hosts):
            yield Limits(host, pool, where, document, (setting,), export_to)


def _service_entry(entry: Entry, own: Own) -> Json:
    parts = (entry.hosts, entry.addresses, entry.ports)
    return networking.service_entry(own, *parts, resolved=entry.resolved)


def _in_force(document: Document, context: Context) -> Generator[Diagnostic, None, bool]:
    config = context.mesh.config
    if config and config.egress_policies is False:
        yield catalog.egress_not_in_force(Where(document))
        return False
    if not config or config.egress_policies is None:
        yield catalog.egress_taken_for_in_force(Where(config.document if config else None))
    return (yield from policies.in_force(document, context))


def _accounts(
    read: Egress, document: Document, context: Context
) -> Generator[Diagnostic, None, frozenset[str]]:
    """The sources that have sidecars, ``namespace/name``."""
    found = set()
    if not read.sources:
        yield catalog.egress_without_effect(read.spec.at("sources"), "no sources")
    for source in read.sources:
        namespace, name = context.bundle.account(source.name, source.namespace, document)
        if not dns_subdomain(name):
            why = f"no service account can be called {name!r}"
            yield catalog.egress_without_effect(source.where, why)
        elif namespace in context.mesh.members:
            found.add(f"{namespace}/{name}")
        else:
            yield catalog.egress_source_outside(source.where, namespace)
    return frozenset(found)


def _matches(
    read: Egress, namespace: str, context: Context
) -> Generator[Diagnostic, None, tuple[Selection, list[tuple[Json, Document]]]]:
    """What restricts the requests, and the limits of a setting."""
    groups = [
        split.Reference(one.kind, one.name, one.where)
        for one in read.matches
        if one.kind == "HTTPRouteGroup"
    ]
    selection = yield from select(groups, context, namespace)
    limits: list[tuple[Json, Document]] = []
    for one in read.matches:
        if one.kind != upstream_traffic_setting.KIND:
            continue
        document = context.bundle.find(OSM_POLICY, one.kind, one.name, namespace)
        if document is None:
            raise Refusal(catalog.egress_setting_missing(one.where.at("name"), one.name))
        setting = context.bundle.parsed(document, upstream.upstream_traffic_setting)
        upstream_traffic_setting.refuse_unknown_rates(setting)
        if setting.connections or setting.requests:
            raise Refusal(catalog.rate_outside(Where(document, "spec.rateLimit")))
        pool = yield from upstream_traffic_setting.connection_pool(setting)
        limits += [(pool, document)] if pool else []
    return selection, limits


def _scope(
    entry: Entry,
    accounts: frozenset[str],
    read: Egress,
    context: Context,
) -> Iterator[Diagnostic]:
    """Who else can use an entry; where egress is open, what OSM closed all the same."""
    number, protocol = entry.ports[0]
    method = "GET" if protocol == HTTP else ""
    headers = (("host", entry.hosts[0]),) if protocol == HTTP else ()
    if context.mesh.egress is not False:
        first = min((number for number, one in entry.ports if one == HTTP), default=0)
        if context.mesh.egress and first:
            witness = Witness(min(accounts), headers=(("host", "other.example"),), port=first)
            yield catalog.egress_open_all_the_same(read.spec.at("ports"), witness)
        return
    for namespace in sorted({account.partition("/")[0] for account in accounts}):
        other = _other_account(namespace, accounts, context)
        if other:
            witness = Witness(other, method, "/", headers, number)
            yield catalog.egress_for_namespace(read.spec.at("sources"), namespace, witness)


def _other_account(namespace: str, accounts: frozenset[str], context: Context) -> str:
    """An account of a namespace that is no source; "" if the input's workloads have none."""
    workloads = [
        one for one in context.bundle.workloads(namespace) if injected(context.bundle, one)
    ]
    if not workloads:
        return f"{namespace}/default" if f"{namespace}/default" not in accounts else ""
    return min((one.account for one in workloads if one.account not in accounts), default="")


def _restricted(
    entry: Entry, selection: Selection, export_to: tuple[str, ...], document: Document
) -> Iterator[Route]:
    """Routes for the requests that a group of matches allows; nothing else is routed."""
    if selection.everything:
        return
    numbers = [number for number, protocol in entry.ports if protocol == HTTP]
    for host in entry.hosts if numbers else ():
        routes = tuple(
            networking.route(
                [{**condition, "port": number} for condition in selection.conditions],
                [{"destination": networking.destination(host, port=number)}],
            )
            for number in numbers
        )
        where = Where(document, "spec.hosts")
        yield Route(host, where, document, routes, groups=selection.groups, export_to=export_to)
