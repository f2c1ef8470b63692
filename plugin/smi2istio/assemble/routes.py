"""Routes, retries and limits → one VirtualService and one DestinationRule for each host.

Istio does not merge two VirtualServices of one host in the mesh: the first one wins, by
age and then by name.  So a second one, ours or the user's, is an error.  A request that
is tried again needs a route of its own, so each route is written once more for the
callers that have a Retry, before the one for everybody.

Source: reference/istio-target.md §2.4 and §2.5, istio-verified.md (k), (n) and finding 5.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from smi2istio.catalog import osm_policies
from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic
from smi2istio.documents import Document
from smi2istio.emit import Emission, Json
from smi2istio.istio import networking
from smi2istio.lenient import items, spec_of
from smi2istio.routes import Limits, Retries, Route

_T = TypeVar("_T", Route, Retries, Limits)


def assemble(
    routes: Sequence[Route],
    context: Context,
    retries: Sequence[Retries] = (),
    limits: Sequence[Limits] = (),
) -> Iterator[Emission | Diagnostic]:
    """Build the objects of each host, or say who has the host already."""
    split, tried, limited = _by_host(routes), _by_host(retries), _by_host(limits)
    taken = _hosts("VirtualService", context) if split or tried else {}
    owners = {host: wanted[0].document for host, wanted in tried.items()}
    owners.update((host, wanted[0].document) for host, wanted in split.items())
    names = _object_names(owners, context)
    for host in sorted(owners):
        yield from _twice(host, split.get(host, ()), tried.get(host, ()))
        if found := next((taken[name] for name in _names(host, context) if name in taken), None):
            title = f"{context.bundle.namespace_of(found)}/{found.name}"
            for route in split.get(host, ())[:1]:
                yield catalog.already_routed(route.where, host, title)
            for one in tried.get(host, ())[:1]:
                yield osm_policies.retry_beside_routes(one.where, one.host, title)
        yield _virtual_service(names[host], host, split.get(host, ())[:1], tried.get(host, ()))
    yield from _destination_rules(split, limited, context)


def _object_names(owners: Mapping[str, Document], context: Context) -> Mapping[str, str]:
    """What the object of each host is called: as its document, and the host if that has several."""
    counts = Counter(document.position for document in owners.values())
    suffix = f".svc.{context.options.cluster_domain}"
    return {
        host: document.name
        if counts[document.position] == 1
        else f"{document.name}-{host.removesuffix(suffix).replace('.', '-').replace('*', 'any')}"
        for host, document in owners.items()
    }


def _by_host(wanted: Iterable[_T]) -> dict[str, Sequence[_T]]:
    found: dict[str, list[_T]] = {}
    for one in sorted(wanted, key=lambda one: (one.host, one.document.name)):
        found.setdefault(one.host, []).append(one)
    return {**found}


def _twice(host: str, split: Sequence[Route], tried: Sequence[Retries]) -> Iterator[Diagnostic]:
    for other in split[1:]:
        yield catalog.root_split_twice(other.where, host.partition(".")[0], split[0].document.name)
    first: dict[str, Retries] = {}
    for one in tried:
        if first.setdefault(one.account, one) is not one:
            name = first[one.account].document.name
            yield osm_policies.retried_twice(one.where, host, name)


def _virtual_service(
    name: str, host: str, split: Sequence[Route], tried: Sequence[Retries]
) -> Emission:
    route = split[0] if split else None
    document = route.document if route else tried[0].document
    plain = route.http if route else tried[0].plain
    tcp = route.tcp if route else ()
    first = {one.account: one for one in reversed(tried)}
    counting = [one for one in tried if first[one.account] is one]
    http = [one for base in plain for one in (*_retried(base, counting), base)]
    own = networking.Own(name, document.namespace, route.export_to if route else ())
    routes = {"http": http, "tcp": tcp}
    body = networking.virtual_service(own, host, routes, route.gateways if route else ())
    groups = route.groups if route else ()
    return Emission(body, document, (document, *groups, *(one.document for one in tried)), document)


def _retried(base: Json, tried: Sequence[Retries]) -> Iterator[Json]:
    """A route once more for each Retry: the same requests, of its callers only."""
    matches = base.get("match")
    for one in tried:
        match = [
            {**caller, **known}
            for known in (matches if isinstance(matches, list) else [{}])
            for caller in one.callers
        ]
        rest = {key: value for key, value in base.items() if key != "match"}
        yield {"match": match, **rest, "retries": one.policy}


def _destination_rules(
    split: Mapping[str, Sequence[Route]], limited: Mapping[str, Sequence[Limits]], context: Context
) -> Iterator[Emission | Diagnostic]:
    ruled = _hosts("DestinationRule", context) if limited else {}
    divided = {host: routes[0] for host, routes in split.items() if routes[0].subsets}
    owners = {host: limits[0].document for host, limits in limited.items()}
    owners.update((host, route.document) for host, route in divided.items())
    names = _object_names(owners, context)
    for host, document in sorted(owners.items(), key=lambda item: item[0]):
        limits, route = limited.get(host, ()), divided.get(host)
        found = next((ruled[name] for name in _names(host, context) if name in ruled), None)
        yield from _beside_limits(limits, found)
        pool, export_to = (limits[0].pool, limits[0].export_to) if limits else ({}, ())
        own = networking.Own(names[host], document.namespace, export_to)
        body = networking.destination_rule(own, host, route.subsets if route else (), pool)
        others = (other for one in limits for other in (one.document, *one.others))
        groups = route.groups if route else ()
        yield Emission(body, document, (document, *groups, *others), document)


def _beside_limits(limits: Sequence[Limits], found: Document | None) -> Iterator[Diagnostic]:
    if len(limits) + bool(found) > 1 and limits:
        first, *others = limits
        for other in others:
            yield osm_policies.limited_twice(other.where, first.host, first.document.name)
        if found:
            yield osm_policies.limits_beside_rule(first.where, first.host, found.name)


def _hosts(kind: str, context: Context) -> Mapping[str, Document]:
    """The hosts that documents of the input route, or have rules for, as Istio reads them."""
    found: dict[str, Document] = {}
    for document in context.bundle.of_kind("networking.istio.io", kind):
        spec = spec_of(document)
        if networking.MESH not in (items(spec.get("gateways")) or (networking.MESH,)):
            continue
        for host in items(spec.get("hosts")) or (spec.get("host"),):
            name = str(host).lower()
            if "." not in name:
                name = context.options.host(name, context.bundle.namespace_of(document))
            found.setdefault(name, document)
    return found


def _names(host: str, context: Context) -> tuple[str, ...]:
    """The names of a Service that a VirtualService can take away from it, even by a part of it."""
    short = host.removesuffix(f".svc.{context.options.cluster_domain}")
    return host, f"{short}.svc", short
