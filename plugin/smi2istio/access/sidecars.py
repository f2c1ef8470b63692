"""Istio's sidecars: which pods have one, what it speaks on a port, whom it lets connect.

Source: istio, pkg/kube/inject, pkg/config/kube/conversion.go, pilot/pkg/security/authn;
reference/istio-verified.md (j) and (o).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smi2istio.bundle import Bundle
from smi2istio.documents import Document
from smi2istio.source.core import ServicePort, Workload, selects

_INJECT, _EXCLUDED = "sidecar.istio.io/inject", "traffic.sidecar.istio.io/excludeInboundPorts"
_INJECTION, _REVISION = "istio-injection", "istio.io/rev"
_HTTP = ("http", "http2", "http_proxy", "grpc", "grpc-web")
_TCP = ("tcp", "tls", "https", "mongo", "mysql", "redis")
_STANDARD = {
    "kubernetes.io/h2c": "http",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "tcp",
}
_WELL_KNOWN = (25, 53, 3306, 27017)


def has_sidecar(bundle: Bundle, workload: Workload) -> bool:
    """Whether pods are injected; where the input has no Namespace, they are."""
    document = bundle.namespaces.get(workload.namespace)
    labels = document.labels if document else {_INJECTION: "enabled"}
    asked = workload.labels.get(_INJECT, workload.annotations.get(_INJECT))
    if workload.host_network or labels.get(_INJECTION) == "disabled":
        return False
    return asked != "false" and (
        asked == "true" or _REVISION in labels or labels.get(_INJECTION) == "enabled"
    )


def passes_by(workload: Workload, port: int) -> bool:
    """Whether traffic to a port is kept from the sidecar."""
    listed = workload.annotations.get(_EXCLUDED, "").split(",")
    return str(port) in (word.strip() for word in listed)


def protocol(bundle: Bundle, workload: Workload, port: int) -> str:
    """What a port speaks: "http" or "tcp"; "" where the sidecar looks into the traffic.

    Of several Services the first by host name decides, as it does for Services of one age:
    `web-raw.shop` comes before `web.shop` (measured).
    """
    for service in sorted(bundle.services(workload.namespace), key=lambda one: f"{one.name}."):
        if not service.selector or not selects(service.selector, workload.labels):
            continue
        for one in service.ports:
            target = workload.ports.get(one.target) if isinstance(one.target, str) else one.target
            if target == port and one.protocol == "TCP":
                return _declared(one)
    return ""


def _declared(port: ServicePort) -> str:
    if port.app_protocol in _STANDARD:
        return _STANDARD[port.app_protocol]
    word = (port.app_protocol or port.name).lower()
    if word.startswith("grpc-web") or word.partition("-")[0] in _HTTP:
        return "http"
    known = word.partition("-")[0] in _TCP or port.number in _WELL_KNOWN
    return "tcp" if known else ""


def mtls_mode(bundle: Bundle, workload: Workload, port: int) -> tuple[str, Document | None]:
    """STRICT, PERMISSIVE or DISABLE on a port, and the PeerAuthentication that says so.

    The narrowest that says something counts; with a selector only in its own namespace.
    """
    scopes = (
        (workload.namespace, True),
        (workload.namespace, False),
        (bundle.options.root, False),
    )
    for namespace, selecting in scopes:
        for document in _peer_authentications(bundle, namespace, workload, selecting=selecting):
            mode = _said(document.body.get("spec") or {}, port if selecting else 0)
            if mode:
                return mode, document
            break  # a second one of the same scope is ignored
    return "PERMISSIVE", None


def _peer_authentications(
    bundle: Bundle, namespace: str, workload: Workload, *, selecting: bool
) -> Iterator[Document]:
    documents: Sequence[Document] = bundle.of_kind("security.istio.io", "PeerAuthentication")
    for document in documents:
        wanted = selector(document)
        here = bundle.namespace_of(document) == namespace and bool(wanted) == selecting
        if here and wanted.items() <= workload.labels.items():
            yield document


def selector(document: Document) -> Mapping[str, Any]:
    """The labels of the pods that a document is about; none for all."""
    spec = document.body.get("spec") or {}
    return (spec.get("selector") or {}).get("matchLabels") or {}


def _said(spec: Mapping[str, Any], port: int) -> str:
    ports = spec.get("portLevelMtls") or {}
    for mtls in (ports.get(port) or ports.get(str(port)) or {}, spec.get("mtls") or {}):
        if mtls.get("mode") not in (None, "UNSET"):
            return str(mtls["mode"])
    return ""
