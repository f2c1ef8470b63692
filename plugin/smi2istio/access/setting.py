"""The mesh that the source documents run in: its members, its mode, its sidecars, its ports.

Source: reference/osm-semantics.md §0, §2.6, §5, §7 and §8; the specification, §3 to §5.
"""

from collections.abc import Iterator
from typing import NamedTuple

from smi2istio.bundle import Bundle
from smi2istio.documents import Document
from smi2istio.kinds import ACCESS, OSM_CONFIG, OSM_POLICY
from smi2istio.source import marks, mesh_config
from smi2istio.source.core import Service, ServicePort, Workload, selects
from smi2istio.source.mesh_settings import MeshConfig

_NEVER_INJECTED = ("kube-system", "kube-public")
_OSM = {"http": "http", "grpc": "http", "tcp": "tcp", "tcp-server-first": "tcp"}
_OSM_PREFIXES = {"tcp-server-first-": "tcp", "http-": "http", "tcp-": "tcp", "grpc-": "http"}
_DECLARED = {
    **dict.fromkeys(("http", "http2", "http_proxy", "grpc"), "http"),
    **dict.fromkeys(("tcp", "tls", "https", "mongo", "mysql", "redis"), "tcp"),
}
_KUBERNETES = {
    "kubernetes.io/h2c": "http",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "tcp",
}
_SERVER_FIRST = (25, 53, 3306, 27017)  # TCP unless declared


class Front(NamedTuple):
    """A Service port that opens the port of a workload.

    Attributes:
        spoken: "http", "tcp", or both where a mesh looks into the traffic.
    """

    service: Service
    port: ServicePort
    spoken: frozenset[str]


class Setting:
    """What stands around the access documents.

    Attributes:
        members: the namespaces of the mesh.
        permissive: targets are not in force.
    """

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._config = _config(bundle)
        self.members = frozenset(_members(bundle))
        self.permissive = self._is_permissive()

    def _is_permissive(self) -> bool:
        options = self.bundle.options
        if not options.source_mesh.has_mode:
            return False
        if options.mode != "auto":
            return options.mode == "permissive"
        return bool(self._config and self._config.permissive)

    def has_sidecar(self, workload: Workload) -> bool:
        """Whether the mesh injected a sidecar; where the input does not tell, it did."""
        namespace = workload.namespace
        if namespace not in self.members or namespace in _NEVER_INJECTED or workload.host_network:
            return False
        mesh, document = self.bundle.options.source_mesh, self.bundle.namespaces.get(namespace)
        asked = marks.injection(workload.annotations, workload.labels, mesh)
        if asked is None and document is not None:
            asked = marks.injection(document.annotations, document.labels, mesh)
            if asked is None:
                return marks.MONITORED_BY not in document.labels
        return asked is not False

    def is_strict(self, workload: Workload) -> bool:
        """Whether its pods refuse callers without identity."""
        mesh = self.bundle.options.source_mesh
        return mesh.strict or workload.annotations.get(mesh.mtls_mode, "").lower() == "strict"

    def passes_by(self, workload: Workload, port: int) -> bool:
        """Whether traffic to a port is kept from the sidecar."""
        listed: list[str] = []
        for exclusion in marks.exclusions(self.bundle.options.source_mesh):
            if exclusion.istio.endswith("/excludeInboundPorts"):
                listed += workload.annotations.get(exclusion.pod, "").split(",")
                listed += self._config.excluded.get(exclusion, ()) if self._config else ()
        return any(_covers(word, port) for word in listed)

    def fronts(self, workload: Workload, port: int) -> list[Front]:
        """The Service ports in front of a workload's port."""
        return [
            front
            for service in self._services(workload) or self._described(workload)
            for front in self._of_service(service)
            if _number(front.port, workload) == port
        ]

    def _services(self, workload: Workload) -> list[Service]:
        services = self.bundle.services(workload.namespace)
        return [one for one in services if one.selector and selects(one.selector, workload.labels)]

    def _described(self, workload: Workload) -> list[Service]:
        """What the configuration says, where the input has no Service for any pod of an account."""
        listed = [
            pair
            for one in self.bundle.options.described(workload.account)
            if selects(dict(one.labels), workload.labels)
            for pair in one.ports
        ]
        ports = [
            ServicePort("", number, number, "TCP", spoken, place)
            for place, (number, spoken) in enumerate(listed)
            if spoken == "http" or (number, "http") not in listed
        ]
        alike = self.bundle.workloads(workload.namespace)
        if any(self._services(one) for one in alike if one.account == workload.account):
            return []
        document, known = workload.document, tuple(ports)
        return [
            Service(
                "", workload.namespace, {}, known, headless=False, external=False, document=document
            )
        ]

    def _of_service(self, service: Service) -> Iterator[Front]:
        read = _osm if self.bundle.options.source_mesh.osm_protocols else _istio
        for port in service.ports:
            spoken = read(port) if port.protocol == "TCP" else frozenset[str]()
            if spoken:
                yield Front(service, port, spoken)


def _covers(word: str, port: int) -> bool:
    """Whether a port, or a range as Linkerd writes it, stands for a port."""
    first, _, last = (part.strip() for part in word.partition("-"))
    return first.isdecimal() and int(first) <= port <= int(last if last.isdecimal() else first)


def _number(port: ServicePort, workload: Workload) -> int | None:
    return port.target if isinstance(port.target, int) else workload.ports.get(port.target)


def _osm(port: ServicePort) -> frozenset[str]:
    """OSM took every port for HTTP unless something says otherwise."""
    if port.app_protocol:
        found = _OSM.get(port.app_protocol.lower())
        return frozenset((found,)) if found else frozenset()
    for prefix, protocol in _OSM_PREFIXES.items():
        if port.name.startswith(prefix):
            return frozenset((protocol,))
    return frozenset(("http",))


def _istio(port: ServicePort) -> frozenset[str]:
    """As Istio declares it; both where it does not."""
    word = port.app_protocol or port.name
    found = _KUBERNETES.get(port.app_protocol)
    if not found:
        word = word.lower()
        found = "http" if word.startswith("grpc-web") else _DECLARED.get(word.partition("-")[0])
    if not found and port.number in _SERVER_FIRST:
        found = "tcp"
    return frozenset((found,) if found else ("http", "tcp"))


def _config(bundle: Bundle) -> MeshConfig | None:
    """The configuration in force; of several, which are refused, none."""
    found: list[Document] = [
        document
        for document in bundle.of_kind(OSM_CONFIG, mesh_config.KIND)
        if document.name == mesh_config.NAME
    ]
    found += filter(mesh_config.is_config_map, bundle.of_kind("", "ConfigMap"))
    return bundle.parsed(found[0], mesh_config.parse) if len(found) == 1 else None


def _members(bundle: Bundle) -> set[str]:
    options = bundle.options
    labels = {name: document.labels for name, document in bundle.namespaces.items()}
    taken = set(options.namespaces)
    for name, found in labels.items():
        mesh = found.get(marks.MONITORED_BY)
        if mesh is not None and options.mesh_name in ("", mesh):
            taken.add(name)
    if not taken:
        taken = {one for one in _named(bundle) if not is_never_a_member(bundle, one)}
    return {name for name in taken if marks.IGNORE not in labels.get(name, ())}


def is_never_a_member(bundle: Bundle, namespace: str) -> bool:
    """Whether a namespace belongs to the cluster or to a mesh itself; nobody infers those."""
    configs = bundle.of_kind(OSM_CONFIG, mesh_config.KIND)
    own = {bundle.options.root, "osm-system", *map(bundle.namespace_of, configs)}
    return not namespace or namespace in own or namespace.startswith("kube-")


def _named(bundle: Bundle) -> Iterator[str]:
    """Namespaces in which access documents place something."""
    for target in bundle.of_kind(ACCESS, "TrafficTarget"):
        spec = target.body.get("spec") or target.body
        accounts = list(spec.get("sources") or ())
        if bundle.options.source_mesh.across_namespaces:
            accounts.append(spec.get("destination") or {})
        if spec.get("destination"):
            yield bundle.namespace_of(target)
            yield from _homes(accounts)
    for kind in ("Egress", "Retry"):
        for policy in bundle.of_kind(OSM_POLICY, kind):
            spec = policy.body.get("spec") or {}
            yield from _homes([*(spec.get("sources") or ()), spec.get("source") or {}])


def _homes(accounts: list[dict[str, str]]) -> Iterator[str]:
    for account in accounts:
        if account.get("kind") == "ServiceAccount" and account.get("namespace"):
            yield account["namespace"]
