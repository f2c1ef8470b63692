"""Requests aimed at the edges of the policies of a mesh.

For every match: members of its regexes and strings beside them, its methods and others, its
headers and what is nearly so, from callers that are named and callers that are not, at every port
of the destination and at one that no Service exposes; some paths in a second spelling too.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from random import Random
from typing import Any, NamedTuple

from tests.conformance.cluster import Cluster, synthesise
from tests.conformance.injection import labelled_by_hand, members
from tests.conformance.services import Pod, called, name_of, namespace_of, selects, targets
from tests.meshes.mesh import Body, Mesh
from tests.meshes.regexes import neighbour, sample
from tests.meshes.requests import Request

_UNEXPOSED = 9999
_METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS")
_QUERIES = ("?", "?x=1", "?/api", "?a-book=new", "?x/health")
_DISGUISED = 0.05  # the share of requests that come in a second spelling as well
_ELSEWHERE = ("elsewhere", "httpbin.org", "api")


class _Door(NamedTuple):
    """A port of a pod, by a Service in front of it; *number* is the Service's, 0 for none."""

    pod: Pod
    port: int
    service: str
    number: int


class _Caller(NamedTuple):
    """An account, "" for none, and where it calls from."""

    account: str
    address: str = ""
    outside: str = ""


class _Prober:
    def __init__(self, mesh: Mesh, random: Random) -> None:
        documents = mesh.applied
        cluster = synthesise(documents, labelled_by_hand(mesh))
        self.random = random
        gateways = {f"{one.namespace}/{one.service_account}" for one in mesh.options.gateways}
        outsiders = _outsiders(documents, cluster, gateways)
        self.callers = [*_named(documents) * 3, *outsiders, _Caller("s/other"), _Caller("")]
        self.matches = [match for body in documents for match in _matches(body)] or [{}]
        self.doors = list(_doors(cluster, set(_destinations(documents))))

    def request(self) -> Request:
        random, door = self.random, self.random.choice(self.doors)
        source, address, outside = random.choice(self.callers)
        way = Request(
            source, door.pod.key, door.port, door.service, address=address, outside=outside
        )
        if random.random() < 0.1:
            return way._replace(method="")
        match = random.choice(self.matches)
        headers = _pairs(match.get("headers") or ())
        return way._replace(
            method=self._method(match.get("methods") or ()),
            path=self._path(match.get("pathRegex") or "/.*"),
            headers=tuple(self._headers(headers)),
            authority=self._authority(headers, door),
        )

    def _method(self, methods: Iterable[str]) -> str:
        listed = [method.upper() for method in methods if method not in ("", "*")]
        return self.random.choice(listed if listed and self.random.random() < 0.8 else _METHODS)

    def _path(self, regex: str) -> str:
        random, text = self.random, sample(regex, self.random)
        if random.random() < 0.4:
            text = neighbour(text, random)
        text = (text if text.startswith("/") else f"/{text}").replace("#", "-").replace(" ", "-")
        return text + random.choice(_QUERIES) if random.random() < 0.2 else text

    def _headers(self, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        for name, regex in dict(headers).items():
            value = sample(regex, self.random)
            kind = self.random.random()
            if name.lower() == "host" or kind < 0.1:
                continue  # absent
            if kind < 0.2:
                value = ""
            elif kind < 0.4:
                value = neighbour(value, self.random)
            yield self.random.choice((name, name.swapcase())), value.strip()

    def _authority(self, headers: Iterable[tuple[str, str]], door: _Door) -> str:
        """One of the names by which OSM knows a Service, or what a document asks for."""
        hosts = [regex for name, regex in headers if name.lower() == "host"]
        chance = self.random.random()
        if hosts and chance < 0.3:
            return sample(hosts[0], self.random).lower().strip()
        if chance > 0.5:
            return ""
        short = door.service.rpartition(".")[0]
        full = f"{door.service}.svc.cluster.local"
        names = (short, door.service, f"{door.service}.svc", full)
        name = self.random.choice((*names, *_ELSEWHERE) if hosts else names)
        return f"{name}:{door.number}" if door.number and self.random.random() < 0.5 else name


def aimed(mesh: Mesh, seed: int | str, number: int = 100) -> Mesh:
    """A mesh with at most as many requests as wanted."""
    return mesh._replace(requests=_requests(mesh, seed, number))


def _requests(mesh: Mesh, seed: int | str, number: int) -> tuple[Request, ...]:
    prober, others = _Prober(mesh, Random(seed)), Random(f"{seed}, disguised")
    found: dict[Request, None] = {}
    for _ in range(number * 2 * bool(prober.doors)):
        if len(found) >= number:
            break
        request = prober.request()
        if sendable(request):
            found[request] = None
            if request.method and others.random() < _DISGUISED:
                found[disguised(request, others)] = None
    return tuple(found)


def disguised(request: Request, random: Random) -> Request:
    """The same request, if it is normalised."""
    path, mark, query = request.path.partition("?")
    letters = [at for at, char in enumerate(path) if char.isascii() and char.isalnum()]
    if letters and random.random() < 0.5:
        at = random.choice(letters)
        path = f"{path[:at]}%{ord(path[at]):02x}{path[at + 1 :]}"
    else:
        at = random.choice([at for at, char in enumerate(path) if char == "/"])
        path = path[:at] + random.choice(("/.", "/x/..")) + path[at:]
    return request._replace(path=path + mark + query)


def _named(documents: Iterable[Body]) -> list[_Caller]:
    """The callers that targets name."""
    found = {
        f"{source.get('namespace') or 'default'}/{source.get('name')}"
        for body in documents
        if body.get("kind") == "TrafficTarget"
        for source in (body.get("spec") or body).get("sources") or ()
        if re.fullmatch("[a-z0-9.-]+", str(source.get("name")))  # else nobody can be called so
    }
    return [_Caller(account) for account in sorted(found)]


def _outsiders(
    documents: Iterable[Body], cluster: Cluster, accounts: Collection[str]
) -> Iterator[_Caller]:
    """Whom IngressBackends let in: by address, by name, or as a gateway that has pods.

    Of the gateways *accounts* are identities to Istio, the others addresses.
    """
    for body in documents:
        if body.get("kind") != "IngressBackend":
            continue
        yield _Caller("")
        https = any(one["port"]["protocol"].lower() != "http" for one in body["spec"]["backends"])
        for source in body["spec"].get("sources") or ():
            name = str(source.get("name"))
            if source.get("kind") == "IPRange":
                yield from (_Caller("", name.partition("/")[0]), _Caller("s/other", "10.9.9.9"))
            elif source.get("kind") == "AuthenticatedPrincipal":
                account, _, rest = name.partition(".")
                yield _Caller(f"{rest.partition('.')[0]}/{account}", outside="certificate")
            else:
                for pod in _behind(cluster, f"{source['namespace']}/{name}"):
                    yield _gateway(pod, accounts, https=https)


def _gateway(pod: Pod, accounts: Collection[str], *, https: bool) -> _Caller:
    account = f"{pod.namespace}/{pod.account}"
    if https:
        return _Caller(account, outside="certificate")
    return _Caller(account, outside="address") if account in accounts else _Caller("", pod.ip)


def _behind(cluster: Cluster, service: str) -> Iterator[Pod]:
    """The pods behind a Service, ``namespace/name``."""
    for one in cluster.services:
        if f"{namespace_of(one)}/{name_of(one)}" == service:
            yield from (pod for pod in cluster.pods if selects(one, pod))


def _matches(body: Body) -> list[Body]:
    """The matches of a group; before v1alpha3 they stood at its top."""
    if body.get("kind") != "HTTPRouteGroup":
        return []
    return (body.get("spec") or body).get("matches") or []


def _destinations(documents: Iterable[Body]) -> Iterator[str]:
    """The accounts, ``namespace/name``, that targets are about."""
    for body in documents:
        if body.get("kind") == "TrafficTarget":
            spec = body.get("spec") or body
            yield f"{body['metadata'].get('namespace')}/{spec['destination'].get('name')}"


def _doors(cluster: Cluster, accounts: set[str]) -> Iterator[_Door]:
    """Each pod with each of its ports, by each Service; and a port that has none.

    Only members' pods, and of these those that targets are about, if there are any.
    """
    inside = [pod for pod in cluster.pods if pod.namespace in members(cluster)]
    for pod in [pod for pod in inside if f"{pod.namespace}/{pod.account}" in accounts] or inside:
        behind = [service for service in cluster.services if selects(service, pod)]
        for service in behind:
            for target in targets(service, pod):
                if target.protocol == "TCP":  # proxies see nothing else
                    yield _Door(pod, target.number, called(service, pod), target.port)
        name = called(behind[0], pod) if behind else f"{pod.account}.{pod.namespace}"
        for port in (_UNEXPOSED, *([] if behind else (8080, 3307))):
            yield _Door(pod, port, name, 0)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    """Headers are a list of mappings, or one mapping."""
    maps = [headers] if isinstance(headers, dict) else headers
    return [pair for one in maps for pair in one.items()]


def sendable(request: Request) -> bool:
    """Whether the promise covers the request, and HTTP/1.1 has words for it.

    Not covered: what Istio normalises (dot segments, `%`, backslashes).  Blanks around a value are
    no part of it, and an empty `te` is none, which not every Envoy takes away.
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
        and not any(name.lower() == "te" and not value for name, value in request.headers)
    )
