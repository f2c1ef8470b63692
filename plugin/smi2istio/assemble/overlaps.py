"""Matches of one destination that can accept one request for different sources.

OSM served the first route that matched, in random order, and then asked whether the
source is among that route's; Istio allows the union.

Source: the specification, §6.7; reference/osm-semantics.md §1.8, osm-verified.md (h).
"""

from collections.abc import Iterator, Mapping, Sequence

from smi2istio.assemble.ports import network
from smi2istio.assemble.requirements import Requirement
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.grants import Grant
from smi2istio.records import Record
from smi2istio.regex.language import language, shortest
from smi2istio.regex.tree import Undecidable
from smi2istio.source.specs import HTTPMatch

#: Pairs of matches compared for one destination; more are reported as not compared.
LIMIT = 5_000


class _Route(Record):
    """A route as OSM merged it: equal matches are one, with all their sources."""

    match: HTTPMatch
    sources: frozenset[str]


def overlaps(
    account: str,
    grants: Sequence[Grant],
    compiled: Mapping[Where, Requirement],
    http: frozenset[int],
    context: Context,
) -> Iterator[Diagnostic]:
    """Report each pair of routes that overlap and do not have the same sources.

    Args:
        http: the destination's HTTP ports; none where they are not known.
    """
    routes = list(_merged(grants, compiled))
    pairs = [
        (one, other)
        for index, one in enumerate(routes)
        for other in routes[:index]
        if one.sources != other.sources and _methods_meet(one.match, other.match)
    ]
    if len(pairs) > LIMIT:
        yield catalog.overlap_unknown(grants[0].where, account, len(pairs))
    for one, other in pairs[:LIMIT]:
        reached = _reached(one.sources ^ other.sources, grants, http, context)
        request = _common_request(one, other, context) if reached else None
        if reached and request:
            source, port = reached
            request = request._replace(source=source, port=port)
            yield catalog.overlap(one.match.where, str(other.match.where), request)


def _merged(grants: Sequence[Grant], compiled: Mapping[Where, Requirement]) -> Iterator[_Route]:
    """Routes in the order of the grants; deep-equal ones united, as OSM unites them."""
    found: dict[tuple[str, tuple[str, ...], tuple[tuple[str, str], ...]], _Route] = {}
    for grant in grants:
        for match in grant.matches:
            if compiled[match.where].dead or grant.open_sources:
                continue
            key = (match.path_regex or ".*", match.methods or ("*",), tuple(sorted(match.headers)))
            known = found.get(key)
            sources = frozenset((*grant.sources, *grant.dropped))  # whatever their kind
            sources |= known.sources if known else frozenset()
            found[key] = _Route(match, sources)
    return iter(found.values())


def _methods_meet(one: HTTPMatch, other: HTTPMatch) -> bool:
    return bool(_common_methods(one, other))


def _common_methods(one: HTTPMatch, other: HTTPMatch) -> list[str]:
    ones, others = (
        {method.upper() for method in match.methods if method} or {"*"} for match in (one, other)
    )
    if "*" in ones:
        return sorted(others - {"*"}) or ["GET"]
    return sorted(ones if "*" in others else ones & others)


def _common_request(one: _Route, other: _Route, context: Context) -> Witness | None:
    """The shortest request that both routes accept."""
    mesh = context.options.source_mesh
    first, second = one.match, other.match
    try:
        path = shortest(
            [language("path", one.path_regex or ".*", mesh.path_regex) for one in (first, second)]
        )
        if path is None:
            return None
        headers = []
        for name in dict.fromkeys(name for match in (first, second) for name, _ in match.headers):
            regexes = [
                dict(match.headers)[name]
                for match in (first, second)
                if name in dict(match.headers)
            ]
            value = shortest([language("header", regex, mesh.header_regex) for regex in regexes])
            if value is None:
                return None
            headers.append((name, value))
    except Undecidable:
        return None
    return Witness("", _common_methods(first, second)[0], path, tuple(headers))


def _reached(
    sources: frozenset[str], grants: Sequence[Grant], http: frozenset[int], context: Context
) -> tuple[str, int] | None:
    """A source that the network filter lets through to an HTTP port, and the port (0: any)."""
    for source in sorted(sources):
        allowed = network(source, grants, context)
        if allowed is None or not http:
            return source, 0
        if http & allowed:
            return source, min(http & allowed)
    return None
