"""Random meshes from one seed: every kind and field that is translated, in all combinations.

A mesh has two namespaces with clients and servers.  Accounts share labels, have several workloads
and serve several ports under several protocols; targets overlap, and refer to what is not there.
"""

from random import Random
from typing import Any

from tests.conformance import regexes
from tests.conformance.aim import requests
from tests.conformance.mesh import Body, Mesh, stream
from tests.conformance.regexes import Regex

CLIENTS = ("shop/c1", "shop/c2", "back/c3")
_METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS")
_PORTS: tuple[Body, ...] = (
    {"name": "http", "port": 80, "targetPort": 8080},
    {"name": "http-admin", "port": 9090, "targetPort": 9090},
    {"port": 8000, "targetPort": 8000},
    {"name": "web", "port": 81, "targetPort": "web"},
    {"name": "tcp-db", "port": 3307, "targetPort": 3307},
    {"name": "db", "port": 5432, "targetPort": 5433, "appProtocol": "tcp"},
    {"name": "tcp", "port": 7000, "targetPort": 7000},
    {"name": "grpc-x", "port": 50051, "targetPort": 50051},
    {"name": "api", "port": 8443, "targetPort": 8443, "appProtocol": "http"},
)
_TCP_PORTS = (8080, 3307, 5433, 9090, 9999)
_SPECS = "specs.smi-spec.io"
_HEADERS = ("x-a", "X-Token", "user-agent", "version")


def mesh(seed: int) -> Mesh:
    """The mesh of *seed*, with its requests."""
    builder = _Builder(Random(seed))
    builder.build()
    wanted = requests(builder.documents, builder.regexes, builder.random)
    return Mesh(f"seed {seed}", stream(builder.documents), wanted)


class _Builder:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.documents: list[Body] = []
        self.regexes: dict[str, Regex] = {}

    def build(self) -> None:
        permissive = self.random.random() < 0.08
        self.documents += [_namespace("shop"), _namespace("back"), _config(permissive=permissive)]
        for account in CLIENTS:
            namespace, _, name = account.partition("/")
            self.documents += _workload(namespace, name, name, {"app": name}, [])
        for namespace, account in (("shop", "web"), ("back", "api"))[: self.random.randint(1, 2)]:
            self._server(namespace, account)
        if self.random.random() < 0.25:
            self._split()

    def _server(self, namespace: str, account: str) -> None:
        shared = self.random.random() < 0.3
        for number in range(self.random.randint(1, 2)):
            labels = {"app": "shared" if shared else account, "tier": f"{account}{number}"}
            ports = self._ports()
            name = f"{account}{number}"
            declared = [{"name": "web", "containerPort": 8081}] * (self.random.random() < 0.9)
            self.documents += _workload(namespace, name, account, labels, declared)
            selector = {"tier": name} if shared or self.random.random() < 0.5 else {"app": account}
            self.documents.append(_service(namespace, name, selector, ports))
        if shared:
            self.documents += _workload(namespace, "other", "other", {"app": "shared"}, [])
        for number in range(self.random.randint(1, 3)):
            self._target(namespace, account, f"{account}-{number}")

    def _ports(self) -> list[Body]:
        ports = self.random.sample(_PORTS, self.random.randint(1, 3))
        if len(ports) > 1:  # a port among several must have a name
            ports = [{"name": f"p{one['port']}", **one} for one in ports]
        return ports

    def _target(self, namespace: str, account: str, name: str) -> None:
        rules = [
            self._rule(namespace, f"{name}-{number}") for number in range(self.random.randint(1, 2))
        ]
        sources = self.random.sample(CLIENTS, self.random.randint(1, 2))
        spec = {
            "destination": _account(namespace, account),
            "sources": [_account(*source.split("/")) for source in sources],
            "rules": rules,
        }
        self._add("access.smi-spec.io/v1alpha3", "TrafficTarget", namespace, name, spec)

    def _rule(self, namespace: str, name: str) -> Body:
        kind = self.random.random()
        if kind < 0.25:
            return self._tcp_rule(namespace, name)
        if kind < 0.3:
            return {"kind": "HTTPRouteGroup", "name": "missing", "matches": ["m0"]}
        matches = [self._match(f"m{number}") for number in range(self.random.randint(1, 3))]
        self._add(f"{_SPECS}/v1alpha4", "HTTPRouteGroup", namespace, name, {"matches": matches})
        rule: Body = {"kind": "HTTPRouteGroup", "name": name}
        if self.random.random() < 0.9:
            named = [str(match["name"]) for match in matches]
            rule["matches"] = self.random.sample(named, self.random.randint(1, len(named)))
            if self.random.random() < 0.05:
                rule["matches"].append("missing")
        return rule

    def _tcp_rule(self, namespace: str, name: str) -> Body:
        """At times the route is missing, or names no port."""
        if self.random.random() < 0.9:
            ports = self.random.sample(_TCP_PORTS, self.random.randint(0, 3))
            matches: Body = {"ports": ports} if ports else {"name": "all"}
            self._add(f"{_SPECS}/v1alpha4", "TCPRoute", namespace, name, {"matches": matches})
        return {"kind": "TCPRoute", "name": name}

    def _match(self, name: str) -> Body:
        match: Body = {"name": name}
        if self.random.random() < 0.75:
            match["pathRegex"] = self._regex(regexes.path(self.random))
        if self.random.random() < 0.5:
            methods = self.random.sample(_METHODS, self.random.randint(1, 2))
            match["methods"] = methods if self.random.random() < 0.8 else ["*"]
        if self.random.random() < 0.3:
            names = self.random.sample(_HEADERS, self.random.randint(1, 2))
            match["headers"] = [{one: self._regex(regexes.value(self.random))} for one in names]
        if self.random.random() < 0.05:
            host = self.random.choice((r"web0\.shop", ".*", r"api0\..*", r"web0\.shop(:80)?"))
            match.setdefault("headers", []).append({"host": host})
        return match

    def _regex(self, regex: Regex) -> str:
        self.regexes[regex.text] = regex
        return regex.text

    def _split(self) -> None:
        """A root over two Services; only where there are two of one port."""
        services = [one for one in self.documents if one["kind"] == "Service"]
        root = self.random.choice(services)
        namespace = root["metadata"]["namespace"]
        names = sorted(
            one["metadata"]["name"] for one in services if one["metadata"]["namespace"] == namespace
        )
        service = root["metadata"]["name"]
        backends = [
            {"service": name, "weight": self.random.choice((0, 1, 10, 50, 90))} for name in names
        ]
        full = f"{service}.{namespace}.svc.cluster.local"
        spelt = self.random.choice((service, f"{service}.{namespace}", full))
        spec = {"service": spelt, "backends": backends}
        self._add("split.smi-spec.io/v1alpha2", "TrafficSplit", namespace, "split", spec)

    def _add(self, version: str, kind: str, namespace: str, name: str, spec: Any) -> None:
        metadata = {"name": name, "namespace": namespace}
        document = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
        self.documents.append(document)


def _account(namespace: str, name: str) -> Body:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _namespace(name: str) -> Body:
    labels = {"openservicemesh.io/monitored-by": "osm"}
    annotations = {"openservicemesh.io/sidecar-injection": "enabled"}
    metadata = {"name": name, "labels": labels, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _config(*, permissive: bool) -> Body:
    traffic = {"enableEgress": True, "enablePermissiveTrafficPolicyMode": permissive}
    metadata = {"name": "osm-mesh-config", "namespace": "osm-system"}
    spec = {"traffic": traffic}
    version = "config.openservicemesh.io/v1alpha2"
    return {"apiVersion": version, "kind": "MeshConfig", "metadata": metadata, "spec": spec}


def _workload(
    namespace: str, name: str, account: str, labels: dict[str, str], ports: list[Body]
) -> list[Body]:
    container = {"name": "main", "image": "example/main:1", "ports": ports}
    template = {
        "metadata": {"labels": dict(labels)},
        "spec": {"serviceAccountName": account, "containers": [container]},
    }
    spec = {"selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": name, "namespace": namespace}
    return [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}]


def _service(namespace: str, name: str, selector: dict[str, str], ports: list[Body]) -> Body:
    metadata = {"name": name, "namespace": namespace}
    spec = {"selector": selector, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
