"""The two meshes: how each is generated, and how a caller presents itself to it."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from cryptography import x509
from tests.conformance import injection
from tests.conformance.cluster import Cluster
from tests.conformance.envoy import ISTIO_DEFAULTS, JOINED_HEADERS
from tests.conformance.services import Body, Pod
from tests.conformance.static import Json
from tests.meshes.requests import Request


class Inbound(NamedTuple):
    """One configuration of what a pod accepts.

    Attributes:
        listener: None where the pod accepts nothing.
        routes: the route tables that the listener asks for by name.
        refused: why Envoy cannot even read the listener.
        invalid: the tables that it cannot read.
    """

    listener: Json | None
    routes: dict[str, Json]
    refused: str = ""
    invalid: tuple[str, ...] = ()


class Sidecar(NamedTuple):
    """What one pod's proxy was sent.

    Attributes:
        inbound: alternatives, of which OSM may serve any.
        outbound: distributions of what the pod sends.
        limits: what it allows itself.
        excluded: the ports that pass by the proxy.
    """

    pod: Pod
    inbound: tuple[Inbound, ...]
    outbound: tuple[Json, ...]
    limits: tuple[Json, ...]
    excluded: frozenset[int]


class Generated(NamedTuple):
    """One mesh as its control plane sees it; *sidecars* are by pod."""

    cluster: Cluster
    sidecars: dict[str, Sidecar]


def callers_of(cluster: Cluster, account: str) -> list[Pod]:
    """The pods that run as *account*, if the documents have any."""
    return [pod for pod in cluster.pods if f"{pod.namespace}/{pod.account}" == account]


class Side(NamedTuple):
    """One of the two.

    Attributes:
        runtime: switches of Envoy that give it the meaning of the side's own version.
    """

    name: str
    runtime: Json

    def identity(self, account: str) -> x509.GeneralName:
        """How *account*, ``namespace/name``, is called in a certificate."""
        namespace, _, name = account.partition("/")
        if self is OSM:
            return x509.DNSName(f"{name}.{namespace}.cluster.local")
        uri = f"spiffe://cluster.local/ns/{namespace}/sa/{name}"
        return x509.UniformResourceIdentifier(uri)

    def server_name(self, service: str, pod: Pod, *, outside: str) -> str:
        """The name that the caller asks for; with OSM ingress controllers ask for the account.

        Source: osm-docs, demos/ingress_k8s_nginx.md: `proxy_ssl_name`.
        """
        if self is OSM and outside:
            return f"{pod.account}.{pod.namespace}.cluster.local"
        return f"{service}.svc.cluster.local"

    def protocol(self, request: Request) -> str:
        """The ALPN with which the caller's sidecar would announce *request*."""
        if self is OSM:
            return "http/1.1" if request.outside else "osm"
        return "istio-http/1.1" if request.method else "istio"


OSM = Side("osm", JOINED_HEADERS)
ISTIO = Side("istio", ISTIO_DEFAULTS)


def osm_generated(answer: Json, cluster: Cluster, documents: Iterable[Body]) -> Generated:
    """What the program ``osm`` said of *cluster*."""
    everywhere = [
        port
        for body in documents
        if body.get("kind") == "MeshConfig"
        for port in (body["spec"].get("traffic") or {}).get("inboundPortExclusionList") or ()
    ]

    def inbound(pod: Json) -> tuple[Inbound, ...]:
        return tuple(
            Inbound(
                one.get("listener"), one["routes"], one.get("refused", ""), tuple(one["invalid"])
            )
            for one in pod["inbound"]
        )

    def excluded(pod: Pod) -> frozenset[int]:
        return injection.osm_excluded(pod, everywhere)

    return _generated(answer, cluster, inbound, injection.osm, excluded)


def istio_generated(answer: Json, cluster: Cluster) -> Generated:
    """What the program ``istio`` said of *cluster*."""

    def inbound(pod: Json) -> tuple[Inbound, ...]:
        return (Inbound(pod["listener"], {}),)

    return _generated(answer, cluster, inbound, injection.istio, injection.istio_excluded)


def _generated(
    answer: Json,
    cluster: Cluster,
    inbound: Callable[[Json], tuple[Inbound, ...]],
    injected: Callable[[Cluster, Pod], bool],
    excluded: Callable[[Pod], frozenset[int]],
) -> Generated:
    pods = {pod.key: pod for pod in cluster.pods}
    sidecars = {}
    for one in answer["pods"]:
        pod = pods[f"{one['namespace']}/{one['name']}"]
        if injected(cluster, pod):
            outbound = tuple(one["outbound"] or ())
            limits = tuple(one["limits"])
            sidecars[pod.key] = Sidecar(pod, inbound(one), outbound, limits, excluded(pod))
    return Generated(cluster, sidecars)
