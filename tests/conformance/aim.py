"""Requests aimed at the edges of the policies of a mesh.

For every match: members of its regexes and strings beside them, its methods and others, its
headers and what is nearly so, from callers that are named and callers that are not, at every port
of the destination and at one that no Service exposes.
"""

from collections.abc import Iterable, Iterator
from random import Random

from tests.conformance import regexes
from tests.conformance.cluster import Cluster, synthesise
from tests.conformance.mesh import Body
from tests.conformance.regexes import Regex
from tests.conformance.requests import Request
from tests.conformance.services import Pod, selects, targets

_CALLERS = ("shop/c1", "shop/c2", "back/c3", "shop/stranger", "")
_UNEXPOSED = 9999
_MOST = 100  # requests of one mesh


def requests(
    documents: Iterable[Body], known: dict[str, Regex], random: Random
) -> tuple[Request, ...]:
    """At most a hundred requests."""
    bodies = list(documents)
    matches = [
        match
        for body in bodies
        if body["kind"] == "HTTPRouteGroup"
        for match in body["spec"]["matches"]
    ]
    doors = list(_doors(synthesise(bodies)))
    found: dict[Request, None] = {}
    for _ in range(_MOST * 2):
        if len(found) == _MOST:
            break
        request = _one(random, random.choice(doors), random.choice(matches or [{}]), known)
        if sendable(request):
            found[request] = None
    return tuple(found)


def _doors(cluster: Cluster) -> Iterator[tuple[Pod, int, str, int]]:
    """Each pod with each of its ports, by each Service; and a port that has none."""
    for service in cluster.services:
        name = f"{service['metadata']['name']}.{service['metadata']['namespace']}"
        for pod in cluster.pods:
            if not selects(service, pod):
                continue
            for target in targets(service, pod):
                yield pod, target.number, name, target.port
            yield pod, _UNEXPOSED, name, 0


def _one(
    random: Random, door: tuple[Pod, int, str, int], match: Body, known: dict[str, Regex]
) -> Request:
    pod, port, service, number = door
    source = random.choice(_CALLERS[:3]) if random.random() < 0.85 else random.choice(_CALLERS)
    if random.random() < 0.1:
        return Request(source, pod.key, port, service, method="")
    methods = [one for one in match.get("methods", ("GET",)) if one != "*"] or ["GET"]
    method = random.choice(methods) if random.random() < 0.85 else random.choice(("GET", "POST"))
    authority = f"{service}:{number}" if number and random.random() < 0.1 else ""
    path = _path(random, known.get(match.get("pathRegex", "")))
    headers = tuple(_headers(random, match, known))
    return Request(source, pod.key, port, service, method, path, headers, authority)


def _path(random: Random, regex: Regex | None) -> str:
    text = regex.member(random) if regex else random.choice(("/", "/a", "/x/y"))
    if random.random() < 0.4:
        text = regexes.near(text, random)
    if random.random() < 0.1:
        text += random.choice(("?", "?a=b", "?/a", f"?{text}"))
    return text


def _headers(random: Random, match: Body, known: dict[str, Regex]) -> Iterator[tuple[str, str]]:
    for entry in match.get("headers", ()):
        for name, text in entry.items():
            chance = random.random()
            if name == "host" or chance < 0.1:
                continue
            value = known[text].member(random) if chance < 0.95 else ""
            yield name, regexes.near(value, random) if chance > 0.8 else value


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
