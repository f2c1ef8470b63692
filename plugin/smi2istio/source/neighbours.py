"""What other meshes than OSM have beside SMI's documents: annotations, labels and kinds.

For each that Istio says otherwise there is a text that names Istio's way; what is one to one
is translated where OSM's marks are.

Source: reference/legacy-and-neighbours.md §5: linkerd2 pkg/k8s/labels.go, mesh v1.4.8 of
Traefik pkg/annotations, consul-k8s control-plane/connect-inject/constants, docs of NGINX
Service Mesh 2.0.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from smi2istio.source.marks import PORT, PORTS, RANGE, Exclusion

_ISTIO = "traffic.sidecar.istio.io/exclude"
_LINKERD, _CONSUL = "config.linkerd.io/", "consul.hashicorp.com/"
_NGINX, _TRAEFIK = "config.nsm.nginx.com/", "mesh.traefik.io/"
_MAESH = "maesh.containo.us/"  # what Traefik Mesh was called before 1.4

#: Traffic that passes by the sidecar, on pods.
EXCLUSIONS: Final = tuple(
    Exclusion(key, f"{_ISTIO}{what}", "", "", holds)
    for key, what, holds in (
        (f"{_LINKERD}skip-inbound-ports", "InboundPorts", PORTS),
        (f"{_LINKERD}skip-outbound-ports", "OutboundPorts", PORTS),
        (f"{_LINKERD}skip-subnets", "OutboundIPRanges", RANGE),
        (f"{_CONSUL}transparent-proxy-exclude-inbound-ports", "InboundPorts", PORT),
        (f"{_CONSUL}transparent-proxy-exclude-outbound-ports", "OutboundPorts", PORT),
        (f"{_CONSUL}transparent-proxy-exclude-outbound-cidrs", "OutboundIPRanges", RANGE),
        (f"{_NGINX}ignore-incoming-ports", "InboundPorts", PORT),
        (f"{_NGINX}ignore-outgoing-ports", "OutboundPorts", PORT),
    )
)

#: What pods take as servers → the mode of a PeerAuthentication.
MTLS_MODES: Final = MappingProxyType(
    {"off": "DISABLE", "permissive": "PERMISSIVE", "strict": "STRICT"}
)

_ON_SERVICES: Mapping[str, str] = {
    "traffic-type": "'appProtocol: http' or 'tcp' at the ports; UDP passes by the sidecar",
    "scheme": "'appProtocol: kubernetes.io/h2c' or 'https' at the ports",
    "retry-attempts": "'retries' of a VirtualService, with one attempt less",
    "circuit-breaker-expression": "'outlierDetection' of a DestinationRule",
    "ratelimit-average": "an EnvoyFilter with a local rate limit",
    "ratelimit-burst": "an EnvoyFilter with a local rate limit",
}

#: Annotations and labels → what says the same in Istio, or nearly.
EQUIVALENTS: Final[Mapping[str, str]] = {
    **{f"{_TRAEFIK}{key}": text for key, text in _ON_SERVICES.items()},
    **{f"{_MAESH}{key}": text for key, text in _ON_SERVICES.items()},
    f"{_LINKERD}opaque-ports": "'appProtocol: tcp' at these ports of the Service",
    "linkerd.io/opaque": "'appProtocol: tcp'",
    "linkerd.io/tcp": "'appProtocol: tcp'",
    f"{_LINKERD}proxy-cpu-request": "the pod annotation sidecar.istio.io/proxyCPU",
    f"{_LINKERD}proxy-cpu-limit": "the pod annotation sidecar.istio.io/proxyCPULimit",
    f"{_LINKERD}proxy-memory-request": "the pod annotation sidecar.istio.io/proxyMemory",
    f"{_LINKERD}proxy-memory-limit": "the pod annotation sidecar.istio.io/proxyMemoryLimit",
    f"{_LINKERD}proxy-log-level": "the pod annotation sidecar.istio.io/logLevel",
    f"{_CONSUL}connect-service": "the service account, whose name Istio's identity has",
    f"{_CONSUL}connect-service-upstreams": "the names of the Services, which the application calls",
    f"{_CONSUL}connect-service-port": "the ports of the Service",
    f"{_CONSUL}transparent-proxy": "the capture of all traffic, but for excluded ports",
    f"{_CONSUL}transparent-proxy-exclude-uids": "excluded ports, as no account is excluded",
    f"{_NGINX}client-max-body-size": "an EnvoyFilter with a buffer filter",
    f"{_NGINX}lb-method": "'loadBalancer.simple' of a DestinationRule",
    f"{_NGINX}tracing-enabled": "a Telemetry with 'tracing'",
    f"{_NGINX}default-egress-allowed": "'outboundTrafficPolicy' of a Sidecar",
    "nsm.nginx.com/enable-ingress": "a Gateway of Istio, or a sidecar at the ingress controller",
    "nsm.nginx.com/enable-egress": "an egress gateway of Istio",
}

#: The default for what no policy is about, and the words by which it refuses requests.
DEFAULT_POLICY: Final = f"{_LINKERD}default-inbound-policy"
REFUSING: Final = frozenset(
    ("all-authenticated", "cluster-authenticated", "cluster-unauthenticated", "deny")
)

_ALLOW = "an AuthorizationPolicy"
#: Group and kind of what refuses requests, or says which of them pass → Istio's way.
RESTRICTING: Final[Mapping[tuple[str, str], str]] = {
    ("policy.linkerd.io", "Server"): f"{_ALLOW} with this selector and 'ports'",
    ("policy.linkerd.io", "ServerAuthorization"): f"{_ALLOW} with 'principals' or 'ipBlocks'",
    ("policy.linkerd.io", "AuthorizationPolicy"): f"{_ALLOW} with 'principals' or 'ipBlocks'",
    ("policy.linkerd.io", "HTTPRoute"): f"{_ALLOW} with 'paths' and 'methods'",
    ("consul.hashicorp.com", "ServiceIntentions"): f"{_ALLOW} with 'principals', DENY for denials,",
}
#: Group and kind of everything else → Istio's way.
KINDS: Final[Mapping[tuple[str, str], str]] = {
    ("linkerd.io", "ServiceProfile"): "a VirtualService with weights, 'timeout' and 'retries'",
    ("policy.linkerd.io", "MeshTLSAuthentication"): "'principals' of an AuthorizationPolicy",
    ("policy.linkerd.io", "NetworkAuthentication"): "'ipBlocks' of an AuthorizationPolicy",
    ("consul.hashicorp.com", "ServiceDefaults"): "'appProtocol' at the ports of the Service",
    ("consul.hashicorp.com", "ServiceSplitter"): "a VirtualService with weights",
    ("consul.hashicorp.com", "ServiceRouter"): "a VirtualService with 'match'",
    ("consul.hashicorp.com", "ServiceResolver"): "a DestinationRule with subsets",
    ("specs.smi.nginx.com", "RateLimit"): "an EnvoyFilter with a local rate limit",
    ("specs.smi.nginx.com", "CircuitBreaker"): "'outlierDetection' of a DestinationRule",
}
