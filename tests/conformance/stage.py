"""Plays requests against the sidecars of many meshes, all in one Envoy."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conformance.certificates import Authority
from tests.conformance.client import Way, walk
from tests.conformance.envoy import Envoy
from tests.conformance.requests import Outcome, Request
from tests.conformance.sides import Generated, Side
from tests.conformance.static import Identity, Static, clusters, static, with_routes

_AT_ONCE = 32  # connections; more only queue up on two cores


class Scene(NamedTuple):
    """A mesh and what is asked of it."""

    mesh: Generated
    requests: tuple[Request, ...]


class Answers(NamedTuple):
    """What one scene came to.

    Attributes:
        outcomes: for each request one for each alternative of the sidecar's configuration.
        refused: why Envoy refused a listener, by pod.
    """

    outcomes: tuple[tuple[Outcome, ...], ...]
    refused: dict[str, str]


_NO_LISTENER = Outcome(allowed=False, how="no listener")


class Stage:
    """One run of one Envoy, for the scenes of one side."""

    def __init__(self, side: Side, authority: Authority, directory: Path) -> None:
        self._side = side
        self._authority = authority
        self._directory = directory
        self._listeners: dict[tuple[int, str, int], Static] = {}
        self._clusters: set[str] = set()

    async def play(self, scenes: Sequence[Scene]) -> list[Answers]:
        for number, scene in enumerate(scenes):
            for pod in {request.pod for request in scene.requests}:
                self._build(number, scene.mesh, pod)
        listeners = list(self._listeners.values())
        envoy = Envoy(self._directory, listeners, self._clusters, self._side.runtime)
        async with envoy:
            limit = asyncio.Semaphore(_AT_ONCE)
            plays = [self._one(number, scene, envoy, limit) for number, scene in enumerate(scenes)]
            return await asyncio.gather(*plays)

    def _build(self, number: int, mesh: Generated, key: str) -> None:
        sidecar = mesh.sidecars[key]
        account = f"{sidecar.pod.namespace}/{sidecar.pod.account}"
        certificate = self._authority.certificate(self._side.identity(account))
        identity = Identity(certificate, self._authority.key, self._authority.root)
        for index, (listener, routes) in enumerate(sidecar.inbound):
            if listener is None:
                continue
            name = f"{number}-{key.replace('/', '-')}-{index}"
            directory = self._directory / name
            directory.mkdir()
            listener = with_routes(listener, routes, directory)
            self._clusters |= clusters(listener) | clusters(list(routes.values()))
            socket = self._directory / f"{len(self._listeners)}.sock"
            self._listeners[number, key, index] = static(listener, name, socket, identity)

    async def _one(
        self, number: int, scene: Scene, envoy: Envoy, limit: asyncio.Semaphore
    ) -> Answers:
        """Requests that can share a connection do."""
        outcomes: list[dict[int, Outcome]] = [{} for _ in scene.requests]
        refused: dict[str, str] = {}
        ways: dict[tuple[int, str, str, int, str, str], list[int]] = defaultdict(list)
        for position, request in enumerate(scene.requests):
            for index in range(len(scene.mesh.sidecars[request.pod].inbound)):
                listener = self._listeners.get((number, request.pod, index))
                if listener is None or listener.name in envoy.refused:
                    outcomes[position][index] = _NO_LISTENER
                    if listener is not None:
                        refused[request.pod] = envoy.refused[listener.name]
                else:
                    protocol = self._side.protocol(request)
                    ways[
                        index, request.pod, request.source, request.port, request.service, protocol
                    ].append(position)

        async def along(key: tuple[int, str, str, int, str, str], positions: list[int]) -> None:
            way = self._way(number, scene.mesh, key)
            async with limit:
                done = await walk(way, [scene.requests[position] for position in positions])
            for position, outcome in zip(positions, done, strict=True):
                outcomes[position][key[0]] = outcome

        await asyncio.gather(*(along(key, positions) for key, positions in ways.items()))
        return Answers(tuple(tuple(one[i] for i in sorted(one)) for one in outcomes), refused)

    def _way(self, number: int, mesh: Generated, key: tuple[int, str, str, int, str, str]) -> Way:
        index, pod, source, port, service, protocol = key
        address = mesh.sidecars[pod].pod.ip
        name = self._side.identity(source) if source else None
        proxy = f"PROXY TCP4 10.1.0.1 {address} 40000 {port}\r\n".encode()
        return Way(
            self._listeners[number, pod, index].socket,
            self._authority.client(name, protocol),
            f"{service}.svc.cluster.local",
            proxy,
        )
