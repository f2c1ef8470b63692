"""Matches of one destination that can accept one request for different sources.

OSM served the first route that matched, in random order, and then asked whether the
source is among that route's; Istio allows the union.

Source: the specification, §6.7; reference/osm-semantics.md §1.8, osm-verified.md (h).
"""

from collections.abc import Iterator, Sequence

from smi2istio.assemble.requests import request
from smi2istio.assemble.sites import Door, Site
from smi2istio.catalog import access as catalog
from smi2istio.diagnostics import Diagnostic, Witness
from smi2istio.grants import Grant
from smi2istio.records import Record
from smi2istio.regex.tree import Undecidable
from smi2istio.source.specs import HTTPMatch

#: Pairs of matches compared for one destination; more are reported as not compared.
LIMIT = 5_000


class Route(Record):
    """A route as OSM merged it: equal matches are one, with all their sources.

    Attributes:
        targets: those that have it, each with its matches before this one.
    """

    match: HTTPMatch
    sources: frozenset[str]
    targets: tuple[tuple[Grant, tuple[HTTPMatch, ...]], ...]


def overlaps(site: Site) -> Iterator[Diagnostic]:
    """Report each pair of routes that overlap and do not have the same sources."""
    first = site.grants[0]
    named = frozenset(grant.port for grant in site.grants)
    for port in sorted({0, *named}):
        pairs = _pairs(site, port)
        compared = len(pairs) <= LIMIT
        for one, other in pairs[:LIMIT]:
            try:
                witness = _Meeting(site, port, named - {port}).of_either(one, other)
            except Undecidable:
                compared = False
            else:
                if witness:
                    yield catalog.overlap(one.match.where, str(other.match.where), witness)
        if not compared:
            yield catalog.overlap_unknown(first.where, first.destination, len(pairs))


def _pairs(site: Site, port: int) -> list[tuple[Route, Route]]:
    """Routes for a port that may accept the same and do not have the same sources."""
    there = [one for one in site.grants if one.port in (0, port) and not one.open_sources]
    everything = routes(site, there)
    return [
        (one, other)
        for index, one in enumerate(everything)
        for other in everything[:index]
        if one.sources != other.sources and _methods_meet(one.match, other.match)
    ]


def routes(site: Site, grants: Sequence[Grant]) -> list[Route]:
    """Routes in the order of the grants; deep-equal ones united, as OSM unites them."""
    found: dict[object, Route] = {}
    for grant in grants:
        before: list[HTTPMatch] = []
        for match in site.alive(grant):
            key = (match.path_regex or ".*", match.methods or ("*",), tuple(sorted(match.headers)))
            known = found.get(key, Route(match, frozenset(), ()))
            sources = known.sources.union(grant.sources, grant.dropped)  # whatever their kind
            targets = (*known.targets, (grant, tuple(before)))
            found[key] = Route(match, sources, targets)
            before.append(match)
    return list(found.values())


def _methods_meet(one: HTTPMatch, other: HTTPMatch) -> bool:
    ones, others = ({method.upper() for method in match.methods} for match in (one, other))
    return not ones or not others or "*" in ones | others or bool(ones & others)


class _Meeting(Record):
    """Requests that either of two routes can be the first to match.

    Attributes:
        port: the only one that is looked at; 0 for all but those that targets name.
    """

    site: Site
    port: int
    elsewhere: frozenset[int]

    def of_either(self, one: Route, other: Route) -> Witness | None:
        """One of a source of only one of them.

        Raises:
            Undecidable: it cannot be told.
        """
        if not request([self.site.before(one.match), self.site.before(other.match)], ()):
            return None
        found = (self._of(one, other), self._of(other, one))
        return min(filter(None, found), key=str, default=None)

    def _of(self, allowing: Route, refusing: Route) -> Witness | None:
        site = self.site
        both = [site.before(allowing.match), site.before(refusing.match)]
        inside = [*both, site.after(allowing.match)]
        tried = set()
        for door in site.doors([grant for grant, _ in allowing.targets]):
            place = id(door.pods), door.port
            if door.source in refusing.sources or place in tried or not self._is_about(door):
                continue
            tried.add(place)
            for before in _before(allowing, refusing):
                outside = [site.before(match) for match in before]
                if witness := site.find(door, inside, outside):
                    return witness
        return None

    def _is_about(self, door: Door) -> bool:
        return door.port == self.port if self.port else door.port not in self.elsewhere


def _before(one: Route, other: Route) -> Iterator[tuple[HTTPMatch, ...]]:
    """What two targets of two routes have before them."""
    for target, before in one.targets:
        for rival, earlier in other.targets:
            if target is not rival:
                yield (*before, *earlier)
