"""What is spoken on a port of a Service: as OSM 1.2 read it, and as Istio reads it.

The two disagree about names: OSM takes every port for HTTP unless something says
otherwise, Istio looks into the traffic unless something declares a protocol.

Source: osm v1.2.4, pkg/k8s/client.go and pkg/envoy/lds/inmesh.go; istio
pkg/config/kube/conversion.go and pkg/config/protocol/instance.go.
"""

from smi2istio.diagnostics import Where
from smi2istio.records import Record
from smi2istio.source.core import ServicePort

_OSM = {"http": "http", "grpc": "http", "tcp": "tcp", "tcp-server-first": "tcp"}
_OSM_PREFIXES = ("tcp-server-first-", "http-", "tcp-", "grpc-")  # with the dash; the first counts

#: Names that meant HTTP to OSM for want of a dash, and TCP to Istio.
_NO_DASH = frozenset(("tcp", "tls", "https"))

_ISTIO = {
    **dict.fromkeys(("http", "http2", "http_proxy", "grpc"), "http"),
    **dict.fromkeys(("tcp", "tls", "https", "mongo", "mysql", "redis"), "tcp"),
    "udp": "udp",
}
_ISTIO_APP_PROTOCOLS = {
    "kubernetes.io/h2c": "http",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "tcp",
}
#: SMTP, DNS, MySQL, MongoDB: TCP unless declared, because there the server speaks first.
WELL_KNOWN_TCP = frozenset((25, 53, 3306, 27017))


class Misread(Record):
    """A port of a Service that was HTTP for OSM, and is something else for Istio.

    Attributes:
        service: ``namespace/name``.
        why: what makes Istio take it for its protocol, in words.
    """

    service: str
    port: int
    why: str
    protocol: str
    where: Where


def osm(port: ServicePort) -> str:
    """The protocol in OSM: "http", "tcp", or "" where OSM opens nothing.

    OSM opened UDP ports as well, though for TCP traffic only; they don't count (§5).
    """
    if port.protocol != "TCP":
        return ""
    if port.app_protocol:
        return _OSM.get(port.app_protocol.lower(), "")
    for prefix in _OSM_PREFIXES:
        if port.name.startswith(prefix):
            return _OSM[prefix[:-1]]
    return "http"


def is_declared_anew(port: ServicePort) -> bool:
    """Whether the port of a member's Service gets `appProtocol: http`, as OSM read it."""
    return port.name in _NO_DASH and not port.app_protocol and port.protocol == "TCP"


def becomes_tcp(port: ServicePort, *, member: bool) -> bool:
    """Whether Istio takes a port for TCP that OSM took for HTTP.

    Args:
        member: the Service is a member's, so that its ports are declared anew.
    """
    declared_anew = member and is_declared_anew(port)
    return (osm(port), istio(port)) == ("http", "tcp") and not declared_anew


def istio(port: ServicePort) -> str:
    """The protocol in Istio: "http", "tcp", "udp", or "" where Istio looks into the traffic."""
    if port.protocol == "UDP":
        return "udp"
    declared = (port.app_protocol or port.name).lower()
    if port.app_protocol in _ISTIO_APP_PROTOCOLS:
        return _ISTIO_APP_PROTOCOLS[port.app_protocol]
    if declared.startswith("grpc-web"):
        return "http"
    known = _ISTIO.get(declared.partition("-")[0], "")
    return "tcp" if not known and port.number in WELL_KNOWN_TCP else known
