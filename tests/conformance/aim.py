"""Requests aimed at the edges of the policies of a mesh.

For every match: members of its regexes and strings beside them, its methods and others, its
headers and what is nearly so, from callers that are named and callers that are not, at every port
of the destination and at one that no Service exposes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from random import Random
from typing import NamedTuple

from tests.conformance import regexes
from tests.conformance.cluster import Cluster, synthesise
from tests.conformance.mesh import Body
from tests.conformance.regexes import Regex
from tests.conformance.requests import Request
from tests.conformance.services import Pod, called, selects, targets

_UNEXPOSED = 9999
_MOST = 100  # requests of one mesh


class _Door(NamedTuple):
    """A port of a pod, by a Service in front of it; *number* is the Service's, 0 for none."""

    pod: Pod
    port: int
    service: str
    number: int


class _Aim(NamedTuple):
    """What requests are made of; regexes that nobody built are guessed at."""

    random: Random
    callers: tuple[str, ...]
    known: Mapping[str, Regex]

    def regex(self, text: str) -> Regex:
        return self.known.get(text) or regexes.guessed(text)


def requests(
    documents: Iterable[Body], known: Mapping[str, Regex], random: Random
) -> tuple[Request, ...]:
    """At most a hundred requests."""
    bodies = list(documents)
    aim = _Aim(random, tuple(_callers(bodies)), known)
    matches = [match for body in bodies for match in _matches(body)] or [{}]
    doors = list(_doors(synthesise(bodies)))
    found: dict[Request, None] = {}
    for _ in range(_MOST * 2 * bool(doors)):
        if len(found) == _MOST:
            break
        request = _one(aim, random.choice(doors), random.choice(matches))
        if sendable(request):
            found[request] = None
    return tuple(found)


def _callers(bodies: Iterable[Body]) -> list[str]:
    """Who is named by targets, four times as often as a stranger and as nobody."""
    named = {
        f"{source.get('namespace') or 'default'}/{source.get('name')}"
        for body in bodies
        if body.get("kind") == "TrafficTarget"
        for source in (body.get("spec") or body).get("sources") or ()
        if re.fullmatch("[a-z0-9.-]+", str(source.get("name")))  # else nobody can be called so
    }
    return [*sorted(named) * 4, "shop/stranger", ""]


def _matches(body: Body) -> list[Body]:
    """The matches of a group; before v1alpha3 they stood at its top."""
    if body.get("kind") != "HTTPRouteGroup":
        return []
    return (body.get("spec") or body).get("matches") or []


def _doors(cluster: Cluster) -> Iterator[_Door]:
    """Each pod with each of its ports, by each Service; and a port that has none."""
    for service in cluster.services:
        for pod in cluster.pods:
            if selects(service, pod):
                name = called(service, pod)
                for target in targets(service, pod):
                    yield _Door(pod, target.number, name, target.port)
                yield _Door(pod, _UNEXPOSED, name, 0)


def _one(aim: _Aim, door: _Door, match: Body) -> Request:
    random, pod = aim.random, door.pod.key
    source = random.choice(aim.callers)
    if random.random() < 0.1:
        return Request(source, pod, door.port, door.service, method="")
    methods = [one for one in match.get("methods") or () if one != "*"] or ["GET"]
    method = random.choice(methods) if random.random() < 0.85 else random.choice(("GET", "POST"))
    path, headers = _path(aim, match.get("pathRegex") or ""), tuple(_headers(aim, match))
    authority = _authority(random, door) if random.random() < 0.2 else ""
    return Request(source, pod, door.port, door.service, method, path, headers, authority)


def _authority(random: Random, door: _Door) -> str:
    """One of the names by which OSM knows a Service, at times with its port."""
    short = door.service.rpartition(".")[0]
    full = f"{door.service}.svc.cluster.local"
    name = random.choice((short, door.service, f"{door.service}.svc", full))
    return f"{name}:{door.number}" if door.number and random.random() < 0.5 else name


def _path(aim: _Aim, regex: str) -> str:
    random = aim.random
    text = aim.regex(regex).member(random) if regex else random.choice(("/", "/a", "/x/y"))
    if random.random() < 0.4:
        text = regexes.near(text, random)
    if random.random() < 0.1:
        text += random.choice(("?", "?a=b", "?/a", f"?{text}"))
    return text


def _headers(aim: _Aim, match: Body) -> Iterator[tuple[str, str]]:
    """Headers are a list of mappings, before v1alpha3 one mapping."""
    headers = match.get("headers") or ()
    for entry in [headers] if isinstance(headers, dict) else headers:
        for name, text in entry.items():
            chance = aim.random.random()
            if name.lower() == "host" or chance < 0.1:
                continue
            value = aim.regex(text).member(aim.random) if chance < 0.95 else ""
            yield name, regexes.near(value, aim.random) if chance > 0.8 else value


def sendable(request: Request) -> bool:
    """Whether the promise covers the request, and HTTP/1.1 has words for it.

    Not covered: what Istio normalises (dot segments, `%`, backslashes).  Blanks around a value are
    no part of it.
    """
    if not request.method:
        return True
    path = request.path.partition("?")[0]
    segments = path.split("/")
    return (
        path.startswith("/")
        and not {".", ".."} & set(segments)
        and not set(path) & set("%\\# ")
        and all(value == value.strip() for _, value in request.headers)
    )
