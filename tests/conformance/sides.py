"""The two meshes: how each is generated, and how a caller presents itself to it."""

from typing import Any, NamedTuple

from cryptography import x509

from tests.conformance.cluster import Cluster, Pod
from tests.conformance.envoy import JOINED_HEADERS
from tests.conformance.requests import Request
from tests.conformance.static import Json


class Sidecar(NamedTuple):
    """What one pod's proxy was sent: alternatives, of which OSM may serve any.

    Attributes:
        inbound: listener (None where the pod accepts nothing) and route tables by name.
        outbound: distributions of what the pod sends.
    """

    pod: Pod
    inbound: tuple[tuple[Json | None, dict[str, Json]], ...]
    outbound: tuple[Json, ...]


class Generated(NamedTuple):
    """One mesh as its control plane sees it."""

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
ISTIO = Side("istio", {})


def osm_generated(answer: Json, cluster: Cluster) -> Generated:
    """What the program ``osm`` said of *cluster*."""
    return _generated(
        answer,
        cluster,
        lambda pod: tuple((one.get("listener"), one["routes"]) for one in pod["inbound"]),
    )


def istio_generated(answer: Json, cluster: Cluster) -> Generated:
    """What the program ``istio`` said of *cluster*."""
    return _generated(answer, cluster, lambda pod: ((pod["listener"], {}),))


def _generated(answer: Json, cluster: Cluster, inbound: Any) -> Generated:
    pods = {pod.key: pod for pod in cluster.pods}
    sidecars = {}
    for one in answer["pods"]:
        key = f"{one['namespace']}/{one['name']}"
        sidecars[key] = Sidecar(pods[key], inbound(one), tuple(one["outbound"] or ()))
    return Generated(cluster, sidecars)
