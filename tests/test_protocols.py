"""What is spoken on a Service port, as OSM 1.2 and as Istio read it.

Each row is taken from the code: osm v1.2.4, pkg/k8s/client.go and pkg/envoy/lds/inmesh.go;
istio, pkg/config/kube/conversion.go and pkg/config/protocol/instance.go.  The rows marked
"seen" were also observed on both generators and a real Envoy (osm-verified.md (i),
istio-verified.md (o)).
"""

import pytest

from smi2istio import protocols
from smi2istio.source.core import ServicePort

# name, number, transport, appProtocol → OSM, Istio
PORTS = [
    ("", 80, "TCP", "", "http", ""),  # seen
    ("web", 80, "TCP", "", "http", ""),  # seen
    ("bookstore-port", 14001, "TCP", "", "http", ""),
    ("http", 80, "TCP", "", "http", "http"),
    ("http-web", 80, "TCP", "", "http", "http"),  # seen
    ("http2-web", 80, "TCP", "", "http", "http"),  # seen
    ("grpc", 80, "TCP", "", "http", "http"),  # seen
    ("grpc-api", 80, "TCP", "", "http", "http"),
    ("grpc-web-api", 80, "TCP", "", "http", "http"),
    ("tcp", 80, "TCP", "", "http", "tcp"),  # seen
    ("tcp-x", 80, "TCP", "", "tcp", "tcp"),  # seen
    ("tcpx", 80, "TCP", "", "http", ""),
    ("tcp-server-first", 80, "TCP", "", "tcp", "tcp"),  # seen
    ("tcp-server-first-db", 80, "TCP", "", "tcp", "tcp"),  # seen
    ("tls", 443, "TCP", "", "http", "tcp"),
    ("https", 443, "TCP", "", "http", "tcp"),  # seen
    ("https-z", 443, "TCP", "", "http", "tcp"),  # seen
    ("mysql", 80, "TCP", "", "http", "tcp"),  # seen
    ("mongo-db", 80, "TCP", "", "http", "tcp"),
    ("redis", 80, "TCP", "", "http", "tcp"),
    ("udp", 80, "TCP", "", "http", "udp"),
    ("db", 3306, "TCP", "", "http", "tcp"),  # seen
    ("", 25, "TCP", "", "http", "tcp"),
    ("", 53, "TCP", "", "http", "tcp"),
    ("", 27017, "TCP", "", "http", "tcp"),
    ("http-db", 3306, "TCP", "", "http", "http"),
    ("", 3307, "TCP", "", "http", ""),
    ("mysql", 3306, "TCP", "http", "http", "http"),
    ("tcp-w", 80, "TCP", "http", "http", "http"),  # seen
    ("web", 80, "TCP", "HTTP", "http", "http"),  # seen
    ("web", 80, "TCP", "grpc", "http", "http"),  # seen
    ("web", 80, "TCP", "TCP", "tcp", "tcp"),  # seen
    ("web", 80, "TCP", "tcp-server-first", "tcp", "tcp"),  # seen
    ("http", 80, "TCP", "https", "", "tcp"),  # seen
    ("http", 80, "TCP", "mysql", "", "tcp"),  # seen
    ("http", 80, "TCP", "kubernetes.io/h2c", "", "http"),  # seen
    ("http", 80, "TCP", "kubernetes.io/ws", "", "http"),  # seen
    ("http", 80, "TCP", "kubernetes.io/wss", "", "tcp"),
    ("http", 80, "TCP", "gibberish", "", ""),  # seen
    ("http", 3306, "TCP", "gibberish", "", "tcp"),
    ("http", 80, "TCP", "grpc-web", "", "http"),
    ("dns", 53, "UDP", "", "", "udp"),
    ("http", 80, "UDP", "", "", "udp"),
    ("http", 80, "SCTP", "", "", "http"),
]


@pytest.mark.parametrize(
    ("port", "osm", "istio"),
    [
        (ServicePort(name, number, number, transport, app, 0), osm, istio)
        for name, number, transport, app, osm, istio in PORTS
    ],
)
def test_a_port_is_read_as_both_meshes_read_it(port: ServicePort, osm: str, istio: str) -> None:
    assert protocols.osm(port) == osm
    assert protocols.istio(port) == istio
