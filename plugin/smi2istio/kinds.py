"""Which documents are ours: the kinds of the meshes that are being left, and their versions.

Source: smi-spec and its SDK's CRDs, osm v1.2.4 cmd/osm-bootstrap/crds, api@1.4.9 of Istio;
reference/smi-spec.md §1, reference/legacy-and-neighbours.md.
"""

from collections.abc import Mapping
from typing import Final

ACCESS, SPECS, SPLIT = "access.smi-spec.io", "specs.smi-spec.io", "split.smi-spec.io"
METRICS = "metrics.smi-spec.io"
AUTHENTICATION, RBAC, MIXER = "authentication.istio.io", "rbac.istio.io", "config.istio.io"
OSM_CONFIG, OSM_POLICY = "config.openservicemesh.io", "policy.openservicemesh.io"

#: What stays, and concerns us: controllers that write splits, and routes into the mesh.
CANARY, ROLLOUT = ("flagger.app", "Canary"), ("argoproj.io", "Rollout")
INGRESS_ROUTES: Final = (
    ("networking.k8s.io", "Ingress"),
    ("extensions", "Ingress"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "TLSRoute"),
    ("gateway.networking.k8s.io", "TCPRoute"),
    ("projectcontour.io", "HTTPProxy"),
)

#: An early SDK registered the singular; documents of it are read all the same.
MISSPELT: Final = "spec.smi-spec.io"

#: API group → its published versions, the newest last.
VERSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    ACCESS: ("v1alpha1", "v1alpha2", "v1alpha3"),
    SPECS: ("v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"),
    SPLIT: ("v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"),
    METRICS: ("v1alpha1", "v1alpha2"),
    OSM_CONFIG: ("v1alpha1", "v1alpha2"),
    OSM_POLICY: ("v1alpha1",),
    AUTHENTICATION: ("v1alpha1",),
    RBAC: ("v1alpha1",),
}

#: What OSM 1.x served; the meaning of other versions is read as that of these.
SERVED_BY_OSM: Final[Mapping[str, str]] = {ACCESS: "v1alpha3", SPECS: "v1alpha4", SPLIT: "v1alpha2"}

#: Kinds that only the old meshes have → their group, to tell a document that lost its group.
KINDS: Final[Mapping[str, str]] = {
    "TrafficTarget": ACCESS,
    "IdentityBinding": ACCESS,
    "HTTPRouteGroup": SPECS,
    "TCPRoute": SPECS,
    "UDPRoute": SPECS,
    "TrafficSplit": SPLIT,
    "TrafficMetrics": METRICS,
    "MeshConfig": OSM_CONFIG,
    "MeshRootCertificate": OSM_CONFIG,
    "MultiClusterService": OSM_CONFIG,
    "ExtensionService": OSM_CONFIG,
    "Egress": OSM_POLICY,
    "IngressBackend": OSM_POLICY,
    "Retry": OSM_POLICY,
    "UpstreamTrafficSetting": OSM_POLICY,
    "Backpressure": OSM_POLICY,
    "MeshPolicy": AUTHENTICATION,
    "ServiceRole": RBAC,
    "ServiceRoleBinding": RBAC,
    "RbacConfig": RBAC,
    "ClusterRbacConfig": RBAC,
}

#: Of Linkerd: the one kind of another mesh in which a split may stand.
SERVICE_PROFILE: Final = ("linkerd.io", "ServiceProfile")

#: The groups of meshes whose documents stand beside SMI's and are not translated.
NEIGHBOURS: Final = frozenset(
    ("linkerd.io", "policy.linkerd.io", "consul.hashicorp.com", "specs.smi.nginx.com")
)

#: Kinds that have no namespace, whatever the configuration says.
CLUSTER_SCOPED: Final = frozenset(("Namespace", "MeshPolicy", "ClusterRbacConfig"))


def group_of(api_group: str) -> str:
    """The group under which a document is read."""
    return SPECS if api_group == MISSPELT else api_group
