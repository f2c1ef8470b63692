"""Which ports the rules of a target have, for each of its sources.

OSM closes every port that no Service exposes and Istio does not, so every rule names
ports; and OSM's TCPRoutes restrict as a union over all targets of a destination that name
the source.

Source: the specification, §6.3 and §6.5; reference/osm-semantics.md §0, steps 3 and 5.
"""

from collections.abc import Iterator, Sequence

from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal
from smi2istio.exposure import Ports
from smi2istio.grants import Grant
from smi2istio.records import Record
from smi2istio.source_mesh import CONJUNCTION, UNION


class Share(Record):
    """Sources of one target whose rules have the same ports.

    Attributes:
        http: ports of the HTTP rules; None where the open ports are not known.
        tcp: ports of the TCP rule; none for no such rule.
    """

    sources: tuple[str, ...]
    http: frozenset[int] | None
    tcp: frozenset[int]


def shares(
    grant: Grant, together: Sequence[Grant], ports: Ports, context: Context
) -> tuple[list[Share], list[Diagnostic]]:
    """Divide the sources of a target by the ports that they may use.

    Args:
        together: all targets of the destination, this one among them.
        ports: what Services open on the pods in question.

    Raises:
        Refusal: S2I333.
    """
    said = _useless_ports(grant, ports)
    if grant.sources and (left := _left(grant, ports)):
        said.append(catalog.left_to_matches(grant.where, tuple(sorted(left))))
    divided: dict[tuple[frozenset[int] | None, frozenset[int]], list[str]] = {}
    for source in grant.sources:
        allowed = network(source, together, context)
        if context.options.source_mesh.tcp_ports == CONJUNCTION:
            allowed = grant.restricts or None
        http = ports.http if ports.known else None
        if allowed is not None:
            http = allowed if http is None else http & allowed
        explicit = _explicit(grant, ports, context)
        extra = _opened_by_http(grant, ports, allowed, context) - explicit
        tcp = explicit | extra
        if grant.port:
            only = frozenset((grant.port,))
            http, tcp, extra = only if http is None else http & only, tcp & only, extra & only
        if extra:
            said.append(catalog.opens_tcp(grant.where, tuple(sorted(extra))))
        divided.setdefault((http, tcp), []).append(source)
    if grant.sources and not ports.known:
        said.append(catalog.no_service(together[0].where, grant.destination))
    found = [Share(tuple(sources), http, tcp) for (http, tcp), sources in divided.items()]
    return found, said


def left_without_port(
    grant: Grant, together: Sequence[Grant], places: Sequence[Ports], context: Context
) -> Iterator[Diagnostic]:
    """S2I374: rules of a target for which Services open ports, none of which is left to them.

    Args:
        places: what Services open on each of the pods that have a policy of their own.
    """
    http = frozenset[int]().union(*(one.http for one in places))
    tcp = frozenset[int]().union(*(one.tcp for one in places))
    known = not grant.port or grant.port in http | tcp  # else S2I327 is said
    if (grant.port or grant.restricts) and known and not grant.filtered_out:
        divided = [share for one in places for share in shares(grant, together, one, context)[0]]
        served = {source for share in divided if share.http for source in share.sources}
        lost = tuple(sorted(set(grant.sources) - served))
        if grant.matches and http and lost:
            by_port = grant.port not in (0, *http)
            yield _left_without("HTTP", http, lost, grant, by_port=by_port)
        named = tcp & grant.restricts if grant.restricts else tcp
        is_said = grant.port in http and not grant.has_http  # by S2I328
        if grant.has_tcp and named and grant.port not in (0, *named) and not is_said:
            yield _left_without("TCP", named, grant.sources, grant, by_port=True)


def _left_without(
    kind: str, ports: frozenset[int], sources: tuple[str, ...], grant: Grant, *, by_port: bool
) -> Diagnostic:
    where = grant.destination_where.at("port") if by_port else grant.where
    return catalog.left_without_port(where, kind, tuple(sorted(ports)), sources, by_port=by_port)


def network(source: str, together: Sequence[Grant], context: Context) -> frozenset[int] | None:
    """The ports that the network filter of a destination leaves to a source; None for any."""
    if context.options.source_mesh.tcp_ports != UNION:
        return None
    naming = [one for one in together if source in one.sources and not one.filtered_out]
    allowed: set[int] = set()
    for one in naming:
        limit = _limit(one)
        if limit is None:
            return None
        allowed |= limit
    return frozenset(allowed)


def _limit(grant: Grant) -> frozenset[int] | None:
    """The ports that a target lets its sources connect to; None for any."""
    if not grant.port:
        return grant.restricts or None
    only = frozenset((grant.port,))
    return only & grant.restricts if grant.restricts else only


def _explicit(grant: Grant, ports: Ports, context: Context) -> frozenset[int]:
    """The ports that the target opens whatever is spoken there, by TCPRoutes or by no rules."""
    if not (grant.has_tcp or grant.everything) or grant.filtered_out:
        return frozenset()
    if ports.known and grant.everything:
        return ports.http | ports.tcp
    if not (ports.known or grant.restricts):
        described = bool(context.options.described(grant.destination))
        raise Refusal(
            catalog.all_ports_of_nothing(grant.where, grant.destination, described=described)
        )
    return _named(grant, ports) - _left(grant, ports)


def _named(grant: Grant, ports: Ports) -> frozenset[int]:
    """The ports that TCPRoutes are about, but for those that are HTTP for certain."""
    if not ports.known:
        return grant.restricts
    return ports.tcp & grant.restricts if grant.restricts else ports.tcp


def _left(grant: Grant, ports: Ports) -> frozenset[int]:
    """Those of them that may be HTTP, where matches of the target would else be in vain."""
    if not (grant.has_http and grant.has_tcp) or grant.filtered_out:
        return frozenset()
    named = _named(grant, ports)
    if grant.port:
        named &= frozenset((grant.port,))
    return named & ports.http if ports.known else named


def _opened_by_http(
    grant: Grant, ports: Ports, allowed: frozenset[int] | None, context: Context
) -> frozenset[int]:
    """The TCP ports that OSM opens because there is an HTTP rule."""
    if not (context.options.source_mesh.http_opens_tcp and grant.has_http and ports.known):
        return frozenset()
    return ports.tcp if allowed is None else ports.tcp & allowed


def _useless_ports(grant: Grant, ports: Ports) -> list[Diagnostic]:
    if not ports.known:
        return []
    said = []
    named = list(grant.tcp_ports)
    if grant.port:
        named.append((grant.port, grant.destination_where.at("port")))
    for port, where in named:
        if port not in ports.http | ports.tcp:
            said.append(catalog.closed_port(where, port, grant.destination))
        elif port not in ports.tcp and not grant.has_http:
            said.append(catalog.port_is_http(where, port, grant.destination))
    return said
