"""Decides a request from the documents of the old mesh.

For OSM this interprets its decision procedure: a network filter that is a union over the
targets of a destination, then the first route that matches, in an order that changed from
one computation to the next.  For the others a target allows what it says.

Source: reference/osm-semantics.md §0, steps 3 and 5; the specification, §3.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property

from smi2istio.access.entrances import entrance
from smi2istio.access.request import (
    Answer,
    Reason,
    Request,
    Verdict,
    allow,
    best,
    deny,
    destination,
    unknown,
)
from smi2istio.access.routes import fits
from smi2istio.access.setting import Front, Setting
from smi2istio.access.targets import InForce, targets
from smi2istio.bundle import Bundle
from smi2istio.diagnostics import Refusal
from smi2istio.kinds import SPLIT
from smi2istio.regex.tree import Undecidable
from smi2istio.source import split
from smi2istio.source.core import Workload
from smi2istio.source.specs import HTTPMatch
from smi2istio.source_mesh import OWN

_UNNAMED = "no target names the destination, and the mesh denies nothing by default"


class Source:
    """The old mesh."""

    def __init__(self, bundle: Bundle) -> None:
        """Read it.

        Raises:
            Refusal: a document cannot be read.
        """
        self.bundle = bundle
        self.mesh = bundle.options.source_mesh
        self.setting = Setting(bundle)
        self.targets = targets(self.setting)

    def decide(self, request: Request) -> Verdict:
        """Decide one request.

        Raises:
            NoSuchWorkload: the destination is not in the documents.
        """
        workload = destination(self.bundle, request)
        if not self.setting.has_sidecar(workload):
            return allow(Reason(f"{request.destination} has no sidecar"))
        if self.setting.passes_by(workload, request.port):
            return allow(Reason(f"port {request.port} passes by the sidecar"))
        fronts = self.setting.fronts(workload, request.port)
        beside = entrance(self.setting, fronts, request)
        if beside or (request.source is None and self.setting.is_strict(workload)):
            return beside or deny("the mesh wants an identity")
        try:
            return best(self._chains(workload, request, fronts))
        except Undecidable as problem:
            return unknown(f"a regex cannot be decided: {problem}")

    def _chains(
        self, workload: Workload, request: Request, fronts: list[Front]
    ) -> Iterator[Verdict]:
        """What each way into the port says; what a Service opens as TCP takes HTTP as well."""
        spoken = frozenset[str]().union(*(front.spoken for front in fronts))
        together = self.targets.get(workload.account, [])
        unnamed = not (together or self.mesh.denies_by_default)
        if not (fronts or unnamed):
            yield deny(f"no Service opens port {request.port}")
            return
        if fronts and request.tcp and "tcp" not in spoken:
            yield deny(f"port {request.port} speaks HTTP")
            return
        if self.setting.permissive or unnamed:
            yield allow(Reason("the mesh is permissive" if self.setting.permissive else _UNNAMED))
            return
        if "tcp" in spoken:
            sniffed = any(len(front.spoken) > 1 for front in fronts)
            yield self._connection(together, request, sniffed=sniffed)
        if not request.tcp and "http" in spoken:
            yield self._http(together, request, self._names(workload, fronts))

    def _connection(
        self, together: Iterable[InForce], request: Request, *, sniffed: bool
    ) -> Verdict:
        """TCP: who may connect; for OSM a target without TCPRoutes opens every port.

        Where a port may speak HTTP, a target that has matches leaves it to them.
        """
        naming = [
            one for one in self._connecting(together, request)
            if self.mesh.http_opens_tcp
            or one.everything
            or (one.tcp and not (sniffed and one.http))
        ]  # fmt: skip
        if not naming:
            return deny(f"no target opens TCP port {request.port} to {request.source}")
        return allow(*(Reason(f"opens TCP port {request.port}", one.where) for one in naming))

    def _connecting(
        self, together: Iterable[InForce], request: Request, *, http: bool = False
    ) -> Iterator[InForce]:
        """The targets that let the source connect: the network filter of OSM.

        Args:
            together: all targets of the destination.
            request: what arrived.
            http: for the matches, which in some meshes the ports of TCPRoutes do not restrict.
        """
        source = request.source or ""
        unrestricted = http and self.mesh.tcp_ports == OWN
        if not any(source in one.callers for one in together):
            return  # nobody configured this client, whatever the server would let in
        for one in together:
            connects = one.reaches if unrestricted else one.connects
            if one.admits(source) and connects(request.port):
                yield one

    def _http(
        self, together: list[InForce], request: Request, names: frozenset[str] | None
    ) -> Verdict:
        connecting = list(self._connecting(together, request, http=True))
        if not connecting:
            return deny(f"no target lets {request.source} connect to port {request.port}")
        if not self.mesh.first_route:
            return self._union(connecting, request, names)
        first = list(self._first_routes(together, request, names))
        ways = [(one, route) for one, route, sources in first if _admits(sources, request)]
        if not ways:
            return deny(f"no route of {request.source} accepts the request")
        answer = Answer.ALLOW if len(ways) == len(first) else Answer.EITHER
        return Verdict(answer, _reasons(ways))

    def _union(
        self, connecting: Iterable[InForce], request: Request, names: frozenset[str] | None
    ) -> Verdict:
        everything = [one for one in connecting if one.everything]
        if everything:
            return allow(*(Reason("has no rules", one.where) for one in everything))
        found = [
            (one, route)
            for one in connecting
            if request.source in one.sources
            for route in one.routes
            if fits(route, request, names, self.mesh)
        ]
        if not found:
            return deny(f"no match of {request.source} accepts the request")
        return allow(*_reasons(found))

    def _first_routes(
        self, together: list[InForce], request: Request, names: frozenset[str] | None
    ) -> Iterator[tuple[InForce, HTTPMatch, frozenset[str]]]:
        """The routes that can stand first among those that match, with their sources.

        Any target can come first; equal routes are one, with the sources of all.
        """
        merged: dict[object, frozenset[str]] = {}
        for one in together:
            if one.reaches(request.port):
                for route in one.routes:
                    merged[_key(route)] = merged.get(_key(route), frozenset()) | one.sources
        for one in together:
            for route in one.routes if one.reaches(request.port) else ():
                if fits(route, request, names, self.mesh):
                    yield one, route, merged[_key(route)]
                    break

    def _names(self, workload: Workload, fronts: Iterable[Front]) -> frozenset[str] | None:
        """The authorities by which a port is called; None where only the cluster knows."""
        if not self.mesh.known_names:
            return None
        found: set[str] = set()
        for front in fronts:
            if "http" in front.spoken:
                per_pod = front.service.headless and workload.kind == "StatefulSet"
                if per_pod or not front.service.name:
                    return None
                for name in (front.service.name, *self._roots(front)):
                    found.update(_spellings(name, front))
        return frozenset(found)

    def _roots(self, front: Front) -> Iterator[str]:
        """The roots of splits over a Service."""
        for root, backends, namespace in self._splits:
            if namespace == front.service.namespace and front.service.name in backends:
                yield root

    @cached_property
    def _splits(self) -> list[tuple[str, tuple[str, ...], str]]:
        found = []
        for document in self.bundle.of_kind(SPLIT, "TrafficSplit"):
            try:
                parsed = self.bundle.parsed(document, split.traffic_split)
            except Refusal:
                continue  # nobody is called by its root
            root = parsed.service.partition(":")[0].rpartition("/")[2].partition(".")[0]
            backends = tuple(one.service.partition(".")[0] for one in parsed.backends)
            found.append((root, backends, self.bundle.namespace_of(document)))
        return found


def _reasons(ways: Iterable[tuple[InForce, HTTPMatch]]) -> tuple[Reason, ...]:
    """Each match that accepts the request, and the target that names it."""
    found = (
        reason
        for one, route in ways
        for reason in (
            Reason("accepts the request", route.where),
            Reason("names this match", one.where),
        )
    )
    return tuple(dict.fromkeys(found))


def _admits(sources: frozenset[str], request: Request) -> bool:
    """Whether a route's own filter lets a source in; without any source it lets in all."""
    return not sources or request.source in sources


def _key(route: HTTPMatch) -> object:
    return route.path_regex or ".*", route.methods or ("*",), frozenset(route.headers)


def _spellings(name: str, front: Front) -> Iterator[str]:
    long = f"{name}.{front.service.namespace}"
    for form in (name, long, f"{long}.svc", f"{long}.svc.cluster", f"{long}.svc.cluster.local"):
        yield form
        yield f"{form}:{front.port.number}"
