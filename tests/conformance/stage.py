"""Plays requests against the sidecars of many meshes, all in one Envoy."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conformance.certificates import Authority
from tests.conformance.client import Way, walk
from tests.conformance.envoy import Envoy
from tests.conformance.outcomes import Answers, Outcome
from tests.conformance.sides import OSM, Generated, Inbound, Side, callers_of
from tests.conformance.static import (
    Identity,
    Static,
    clusters,
    static,
    with_route_files,
    with_routes,
)
from tests.meshes.requests import Request

_AT_ONCE = 32  # connections; more only queue up on two cores
_NOWHERE = "10.250.0.1"  # the address of callers that are not in the documents
_NO_LISTENER = Outcome(allowed=False, how="no listener")
_NO_SIDECAR = Outcome(allowed=True, how="no sidecar")


class Scene(NamedTuple):
    """A mesh and what is asked of it."""

    mesh: Generated
    requests: tuple[Request, ...]


class _Key(NamedTuple):
    """A listener: of which scene, which pod, and which alternative."""

    scene: int
    pod: str
    alternative: int


class _Shared(NamedTuple):
    """What requests must have in common to share a connection."""

    key: _Key
    source: str
    address: str
    outside: str
    port: int
    service: str
    protocol: str
    http: bool


class Stage(NamedTuple):
    """Where the scenes of one side are played."""

    side: Side
    authority: Authority
    directory: Path

    async def play(self, scenes: Sequence[Scene]) -> list[Answers]:
        """What every scene came to.

        OSM's listeners that Envoy refuses are tried once more, each route table for itself.
        """
        outcomes: dict[tuple[_Key, int], Outcome] = {}
        unreadable = {
            key: one.refused for key, one in _alternatives(scenes) if one.listener and one.refused
        }
        apart = {key for key, one in _alternatives(scenes) if one.invalid} - set(unreadable)
        whole = {key for key, _ in _alternatives(scenes)} - set(unreadable) - apart
        refused = await self._perform("messages", scenes, whole, outcomes)
        if self.side is OSM:
            apart |= set(refused)
            refused = dict.fromkeys(apart, "a route table is invalid") | refused
            refused |= await self._perform("files", scenes, apart, outcomes)
        refused |= unreadable
        return [_collected(number, scene, outcomes, refused) for number, scene in enumerate(scenes)]

    async def _perform(
        self,
        name: str,
        scenes: Sequence[Scene],
        keys: Collection[_Key],
        outcomes: dict[tuple[_Key, int], Outcome],
    ) -> dict[_Key, str]:
        """Add to *outcomes* what listeners answer; return those that Envoy refuses, and why.

        Their route tables are inside them, as *name* says, or in files.
        """
        directory = self.directory / name
        directory.mkdir()
        listeners = dict(self._listeners(scenes, directory, keys))
        if not listeners:
            return {}
        async with Envoy(directory, list(listeners.values()), self.side.runtime) as envoy:
            reasons = {
                key: envoy.refused[one.name]
                for key, one in listeners.items()
                if one.name in envoy.refused
            }
            served = {key: one for key, one in listeners.items() if key not in reasons}
            await self._answers(scenes, served, outcomes)
        return reasons

    def _listeners(
        self, scenes: Sequence[Scene], directory: Path, keys: Collection[_Key]
    ) -> Iterator[tuple[_Key, Static]]:
        for number, (key, inbound) in enumerate(_alternatives(scenes)):
            if inbound.listener is None or key not in keys:
                continue
            place = directory / f"{key.scene}-{key.pod.replace('/', '-')}-{key.alternative}"
            if directory.name == "messages":
                made = with_routes(inbound.listener, inbound.routes)
            else:
                place.mkdir()
                made = with_route_files(inbound.listener, inbound.routes, place)
            pod = scenes[key.scene].mesh.sidecars[key.pod].pod
            found = clusters([made, list(inbound.routes.values())])
            identity = self._identity(f"{pod.namespace}/{pod.account}")
            yield key, static(made, place.name, directory / f"{number}.sock", identity, found)

    def _identity(self, account: str) -> Identity:
        certificate = self.authority.certificate(self.side.identity(account))
        return Identity(certificate, self.authority.key, self.authority.root)

    async def _answers(
        self,
        scenes: Sequence[Scene],
        served: dict[_Key, Static],
        outcomes: dict[tuple[_Key, int], Outcome],
    ) -> None:
        """Requests that can share a connection do."""
        shared: dict[_Shared, list[int]] = defaultdict(list)
        for number, scene in enumerate(scenes):
            for position, request in enumerate(scene.requests):
                for key in _keys(number, scene, request):
                    if key in served:
                        shared[self._shared(key, request)].append(position)
        limit = asyncio.Semaphore(_AT_ONCE)

        async def along(way: _Shared, positions: list[int]) -> None:
            scene = scenes[way.key.scene]
            async with limit:
                requests = [scene.requests[position] for position in positions]
                done = await walk(self._way(way, scene.mesh, served[way.key]), requests)
            for position, outcome in zip(positions, done, strict=True):
                outcomes[way.key, position] = outcome

        await asyncio.gather(*(along(way, positions) for way, positions in shared.items()))

    def _shared(self, key: _Key, request: Request) -> _Shared:
        return _Shared(
            key,
            request.source,
            request.address,
            request.outside,
            request.port,
            request.service,
            self.side.protocol(request),
            http=bool(request.method),
        )

    def _way(self, shared: _Shared, mesh: Generated, listener: Static) -> Way:
        to = mesh.sidecars[shared.key.pod].pod
        callers = callers_of(mesh.cluster, shared.source)
        at = shared.address or next((pod.ip for pod in callers), _NOWHERE)
        context = None
        if shared.source and not (shared.outside == "address" and self.side is OSM):
            context = self.authority.client(self.side.identity(shared.source), shared.protocol)
        return Way(
            listener.socket,
            context,
            self.side.server_name(shared.service, to, outside=shared.outside),
            f"PROXY TCP4 {at} {to.ip} 40000 {shared.port}\r\n".encode(),
        )


def _alternatives(scenes: Sequence[Scene]) -> Iterator[tuple[_Key, Inbound]]:
    """Every alternative of every sidecar that is asked something."""
    for number, scene in enumerate(scenes):
        asked = {request.pod for request in scene.requests}
        for pod in sorted(asked & scene.mesh.sidecars.keys()):
            for alternative, inbound in enumerate(scene.mesh.sidecars[pod].inbound):
                yield _Key(number, pod, alternative), inbound


def _keys(number: int, scene: Scene, request: Request) -> list[_Key]:
    """The listeners that *request* goes to, if any."""
    sidecar = scene.mesh.sidecars.get(request.pod)
    if sidecar is None or request.port in sidecar.excluded:
        return []
    alternatives = range(len(sidecar.inbound))
    return [_Key(number, request.pod, alternative) for alternative in alternatives]


def _collected(
    number: int,
    scene: Scene,
    outcomes: dict[tuple[_Key, int], Outcome],
    refused: dict[_Key, str],
) -> Answers:
    made = [
        tuple(outcomes.get((key, position), _NO_LISTENER) for key in _keys(number, scene, request))
        or (_NO_SIDECAR,)
        for position, request in enumerate(scene.requests)
    ]
    reasons = {key.pod: reason for key, reason in refused.items() if key.scene == number}
    return Answers(tuple(made), reasons)
