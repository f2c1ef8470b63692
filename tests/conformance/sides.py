"""The two meshes: how each is generated, and how a caller presents itself to it."""

from collections.abc import Callable
from typing import NamedTuple

from cryptography import x509
from tests.conformance import injection
from tests.conformance.cluster import Cluster
from tests.conformance.envoy import ISTIO_DEFAULTS, JOINED_HEADERS
from tests.conformance.requests import Request
from tests.conformance.services import Pod
from tests.conformance.static import Json


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
    """

    pod: Pod
    inbound: tuple[Inbound, ...]
    outbound: tuple[Json, ...]


class Generated(NamedTuple):
    """One mesh as its control plane sees it; *sidecars* are by pod."""

    cluster: Cluster
    sidecars: dict[str, Sidecar]


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

    def protocol(self, request: Request) -> str:
        """The ALPN with which the caller's sidecar would announce *request*."""
        if self is OSM:
            return "osm"
        return "istio-http/1.1" if request.method else "istio"


OSM = Side("osm", JOINED_HEADERS)
ISTIO = Side("istio", ISTIO_DEFAULTS)


def osm_generated(answer: Json, cluster: Cluster) -> Generated:
    """What the program ``osm`` said of *cluster*."""

    def inbound(pod: Json) -> tuple[Inbound, ...]:
        return tuple(
            Inbound(
                one.get("listener"), one["routes"], one.get("refused", ""), tuple(one["invalid"])
            )
            for one in pod["inbound"]
        )

    return _generated(answer, cluster, inbound, injection.osm)


def istio_generated(answer: Json, cluster: Cluster) -> Generated:
    """What the program ``istio`` said of *cluster*."""

    def inbound(pod: Json) -> tuple[Inbound, ...]:
        return (Inbound(pod["listener"], {}),)

    return _generated(answer, cluster, inbound, injection.istio)


def _generated(
    answer: Json,
    cluster: Cluster,
    inbound: Callable[[Json], tuple[Inbound, ...]],
    injected: Callable[[Cluster, Pod], bool],
) -> Generated:
    pods = {pod.key: pod for pod in cluster.pods}
    sidecars = {}
    for one in answer["pods"]:
        pod = pods[f"{one['namespace']}/{one['name']}"]
        if injected(cluster, pod):
            sidecars[pod.key] = Sidecar(pod, inbound(one), tuple(one["outbound"] or ()))
    return Generated(cluster, sidecars)
