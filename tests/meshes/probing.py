"""Requests at the edges of a mesh: what its matches accept, and what is just beside that."""

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any

from tests.meshes.dice import Body
from tests.meshes.generator import Mesh
from tests.meshes.policies import ACCOUNTS
from tests.meshes.vocabulary import neighbour, sample

from smi2istio.access.request import Request

_METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS")
_PORTS = (8080, 8080, 8080, 3307, 3307, 9090, 80, 8081, 8082, 2525, 8443, 7000)
_QUERIES = ("", "", "?", "?x=1", "?/api", "?a-book=new", "?x/health")
_AUTHORITIES = (
    "elsewhere", "web.d", "web", "web.d:80", "web.d.svc.cluster.local", "httpbin.org", "api",
    "root.d", "aux.d:80", "web.d:9090",
)  # fmt: skip
_SOURCES = (*ACCOUNTS, "s/other", None)


class _Prober:
    def __init__(self, mesh: Mesh, random: Random) -> None:
        self.random = random
        self.workloads = [one for one in mesh.documents if "template" in one.get("spec", {})]
        self.targets = [one for one in mesh.documents if one["kind"] == "TrafficTarget"]
        self.groups = [one for one in mesh.documents if one["kind"] == "HTTPRouteGroup"]
        self.namespace = mesh.config.get("namespace", "")

    def request(self) -> Request:
        """A request that a target could be about."""
        random = self.random
        target = random.choice(self.targets)
        spec = target.get("spec", target)
        match = self._match(spec.get("rules") or spec.get("specs") or [])
        headers = match.get("headers") or []
        path, query = self._path(match.get("pathRegex") or "/.*")
        return Request(
            self._source(spec["sources"]),
            self._destination(spec["destination"]["name"]),
            random.choice(_PORTS),
            self._method(match.get("methods", ())),
            path,
            query,
            tuple(self._headers(headers)),
            self._authority(headers),
            tcp=random.random() < 0.1,
        )

    def _match(self, rules: Sequence[Body]) -> Body:
        named = [one for one in self.groups if one["metadata"]["name"] in _names(rules)]
        if not self.groups:
            return {}
        group = self.random.choice(named or self.groups)
        matches: list[Body] = group.get("spec", group).get("matches") or [{}]
        return self.random.choice(matches)

    def _source(self, sources: Sequence[Body]) -> str | None:
        accounts = [f"{one['namespace']}/{one['name']}" for one in sources if "namespace" in one]
        return self.random.choice((*accounts * 3, *_SOURCES))

    def _destination(self, account: str) -> str:
        pods = [
            one for one in self.workloads
            if account in one["spec"]["template"]["spec"].values()
        ]  # fmt: skip
        few = pods if pods and self.random.random() < 0.8 else self.workloads
        chosen = self.random.choice(few)
        metadata = chosen["metadata"]
        return f"{chosen['kind']}/{metadata.get('namespace', self.namespace)}/{metadata['name']}"

    def _method(self, methods: Iterable[str]) -> str:
        listed = [method.upper() for method in methods if method not in ("", "*")]
        return self.random.choice(listed if listed and self.random.random() < 0.8 else _METHODS)

    def _path(self, regex: str) -> tuple[str, str]:
        """A path, and the query, from its question mark on."""
        text = sample(regex, self.random)
        if self.random.random() < 0.4:
            text = neighbour(text, self.random)
        text = (text if text.startswith("/") else f"/{text}").replace("#", "-").replace(" ", "-")
        path, mark, query = text.partition("?")
        return path, f"{mark}{query}" or self.random.choice(_QUERIES)

    def _headers(self, headers: object) -> Iterator[tuple[str, str]]:
        for name, regex in dict(_pairs(headers)).items():
            value = sample(regex, self.random)
            kind = self.random.random()
            if name.lower() == "host" or kind < 0.1:
                continue  # absent
            if kind < 0.2:
                value = ""
            elif kind < 0.4:
                value = neighbour(value, self.random)
            yield self.random.choice((name, name.swapcase())), value.strip()

    def _authority(self, headers: object) -> str:
        hosts = [regex for name, regex in _pairs(headers) if name.lower() == "host"]
        if hosts and self.random.random() < 0.3:
            return sample(hosts[0], self.random).lower().strip()
        return self.random.choice(_AUTHORITIES)


def requests(mesh: Mesh, seed: int, number: int) -> Iterator[Request]:
    """As many requests as wanted, about the targets of a mesh."""
    prober = _Prober(mesh, Random(seed))
    for _ in range(number):
        yield prober.request()


def _names(rules: Iterable[Body]) -> list[str]:
    return [rule["name"] for rule in rules]


def _pairs(headers: Any) -> list[tuple[str, str]]:
    maps = [headers] if isinstance(headers, dict) else headers
    return [pair for one in maps for pair in one.items()]
