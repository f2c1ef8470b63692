"""What is let in where: the pods of a destination, and all targets that are about them.

A single match does not tell what a request may do, because the other matches of its
destination may accept it as well; so what a diagnostic shows is looked for here.

Source: the specification, §1 and §6; reference/osm-semantics.md §0 and §1.8.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from smi2istio.assemble.hosts import authorities
from smi2istio.assemble.policies import Place
from smi2istio.assemble.ports import network, shares
from smi2istio.assemble.requests import ANY, Demand, of_match, of_requirement, request
from smi2istio.assemble.requirements import Requirements
from smi2istio.context import Context
from smi2istio.diagnostics import Where, Witness
from smi2istio.grants import Grant
from smi2istio.regex.tree import Undecidable
from smi2istio.source.specs import HTTPMatch
from smi2istio.workloads import Pods


class Door(NamedTuple):
    """A port of some pods where Istio lets requests of a source in.

    Attributes:
        port: 0 where the open ports are not known.
    """

    source: str
    pods: Pods
    port: int

    @property
    def fronts(self) -> list[tuple[str, int]]:
        """The Services before it, ``namespace/name``, and their ports."""
        return [
            (f"{one.service.namespace}/{one.service.name}", one.port.number)
            for one in self.pods.exposed
            if one.target == self.port
        ]


class Site:
    """A destination: all of its targets, and its pods.

    Args:
        misread: ports of Services on which HTTP rules never match.
    """

    def __init__(
        self,
        place: Place,
        requirements: Requirements,
        context: Context,
        misread: Container[tuple[str, int]] = (),
    ) -> None:
        self.grants, self.pods = place.grants, place.pods
        self._misread = misread
        self._requirements = requirements
        self._context = context
        self._before: dict[Where, Demand] = {}
        self._after: dict[Where, Demand] = {}
        self._opened: dict[tuple[int, int], Mapping[str, _Opened]] = {}

    def doors(self, grants: Sequence[Grant]) -> Iterator[Door]:
        """Where the HTTP rules of some targets let somebody in."""
        for pods in self.pods:
            for grant in grants:
                for source, opened in self._open(grant, pods).items():
                    ports = (0,) if opened.http is None else sorted(opened.http)
                    found = (Door(source, pods, port) for port in ports)
                    yield from (one for one in found if not self.is_misread(one))

    def is_misread(self, door: Door) -> bool:
        """Whether no Service in front of a port lets HTTP rules match there."""
        fronts = door.fronts
        return bool(fronts) and all(front in self._misread for front in fronts)

    def before(self, match: HTTPMatch) -> Demand:
        """A match as the old mesh reads it.

        Raises:
            Undecidable: one of its regexes cannot be read.
        """
        if match.where not in self._before:
            self._before[match.where] = of_match(match, self._context.options.source_mesh)
        return self._before[match.where]

    def after(self, match: HTTPMatch) -> Demand:
        """A match as Istio reads what became of it.

        Raises:
            Undecidable: one of its regexes cannot be read.
        """
        if match.where not in self._after:
            requirement = self._requirements.of(match)
            mesh, hosts = self._context.options.source_mesh, self._requirements.hosts(requirement)
            self._after[match.where] = of_requirement(requirement, mesh, hosts)
        return self._after[match.where]

    def alive(self, grant: Grant) -> list[HTTPMatch]:
        """The matches of a target that some request fits."""
        return [match for match in grant.matches if not self._requirements.of(match).dead]

    def let_in(self, door: Door) -> list[Demand]:
        """All that Istio lets in at a door.

        Raises:
            Undecidable: a regex cannot be read.
        """
        found = []
        for grant in self.grants:
            opened = self._open(grant, door.pods).get(door.source)
            if opened and door.port in opened.tcp:
                found.append(ANY)
            if opened and (opened.http is None or door.port in opened.http):
                found += map(self.after, self.alive(grant))
        return found

    def first(
        self,
        is_about: Callable[[Door], bool],
        inside: Demand = ANY,
        outside: Sequence[Demand] = (),
    ) -> Witness | None:
        """A request or connection that is let in before and after, at one of some doors.

        Args:
            inside, outside: what a request has to fit besides, and must not.
        """
        for pods in self.pods:
            for grant in self.grants:
                for source, opened in self._open(grant, pods).items():
                    http = (0,) if opened.http is None else sorted(opened.http)
                    for door in filter(is_about, (Door(source, pods, port) for port in http)):
                        for match in self.alive(grant):
                            if found := self._both(match, door, inside, outside):
                                return found._replace(port=door.port)
                    tcp = (Door(source, pods, port) for port in sorted(opened.tcp))
                    for door in filter(is_about, tcp):
                        return Witness(source, "", port=door.port)
        return None

    def _both(
        self, match: HTTPMatch, door: Door, inside: Demand, outside: Sequence[Demand]
    ) -> Witness | None:
        with suppress(Undecidable):
            return self.find(door, [self.before(match), self.after(match), inside], outside)
        return None

    def served(self, source: str) -> Iterator[Door]:
        """HTTP ports where OSM's network filter let a source connect, whatever its kind."""
        allowed = self._connecting(source, self.grants)
        for pods in self.pods:
            ports = pods.ports.http if pods.ports.known else frozenset((0,))
            if allowed is not None and pods.ports.known:
                ports &= allowed
            yield from (Door(source, pods, port) for port in sorted(ports))

    def cut_off(self, source: str, grant: Grant) -> int:
        """A TCP port that OSM opened to a source by a target, and Istio does not; 0 for none."""
        allowed = self._connecting(source, [grant])
        for pods in self.pods:
            opened = (self._open(one, pods).get(source) for one in self.grants)
            still = frozenset[int]().union(*(one.tcp for one in opened if one))
            ports = pods.ports.tcp if allowed is None else pods.ports.tcp & allowed
            if ports - still:
                return min(ports - still)
        return 0

    def _connecting(self, source: str, grants: Iterable[Grant]) -> frozenset[int] | None:
        """The ports on which OSM let a source connect by some targets; None for any."""
        letting = [
            grant._replace(sources=(source,))
            for grant in grants
            if grant.open_sources or source in (*grant.sources, *grant.dropped)
        ]
        return network(source, letting, self._context)

    def find(
        self, door: Door, inside: Sequence[Demand], outside: Sequence[Demand]
    ) -> Witness | None:
        """The shortest request at a door that some matches accept and others do not.

        Raises:
            TooComplex: it cannot be told.
        """
        names = self._names(door)
        found = request(inside, outside, names)
        if found is None:
            return None
        told = names is not None and any(name == "host" for name, _ in found.headers)
        port = door.port if told or self._matters(door) else 0
        return found._replace(source=door.source, port=port)

    def _open(self, grant: Grant, pods: Pods) -> "Mapping[str, _Opened]":
        key = id(grant), id(pods)
        if key not in self._opened:
            divided, _ = shares(grant, self.grants, pods.ports, self._context)
            self._opened[key] = {
                source: _Opened(one.http, one.tcp) for one in divided for source in one.sources
            }
        return self._opened[key]

    def _names(self, door: Door) -> tuple[str, ...] | None:
        """The authorities by which OSM routed to a port; None where they are not known."""
        fronts = [one for one in door.pods.exposed if one.target == door.port]
        fronts = [one for one in fronts if "http" in one.protocols]
        known = self._context.options.source_mesh.known_names
        if not (known and fronts) or any(one.per_pod for one in fronts):
            return None
        return tuple(name for one in fronts for name in authorities(one, self._context))

    def _matters(self, door: Door) -> bool:
        """Whether it is not the same at the other ports of the pods."""
        known = door.pods.ports
        here = (self._open(grant, door.pods).get(door.source) for grant in self.grants)
        limits = (one.http for one in here if one)
        return any(grant.port for grant in self.grants) or (
            known.known and any(one != known.http for one in limits)
        )


class _Opened(NamedTuple):
    """The ports of the HTTP and TCP rules of a target for one source, as in ``Share``."""

    http: frozenset[int] | None
    tcp: frozenset[int]
