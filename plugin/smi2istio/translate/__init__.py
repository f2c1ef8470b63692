"""The table of contents of the program: what is translated, by which module."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from smi2istio.catalog import reading
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.intake import is_empty_list, is_ours
from smi2istio.kinds import (
    ACCESS,
    AUTHENTICATION,
    CANARY,
    INGRESS_ROUTES,
    METRICS,
    MIXER,
    NEIGHBOURS,
    OSM_CONFIG,
    OSM_POLICY,
    RBAC,
    ROLLOUT,
    SPECS,
    SPLIT,
    group_of,
)
from smi2istio.source.mesh_config import is_written_by_osm
from smi2istio.translate import namespace, service_ports, workload_marks

if TYPE_CHECKING:
    from smi2istio.emit import Addition, Consumed, Edited, Emission, Kept
    from smi2istio.entrances import Entrance
    from smi2istio.fields import Fields
    from smi2istio.grants import Grant
    from smi2istio.legacy import Legacy
    from smi2istio.protocols import Misread
    from smi2istio.routes import Limits, Retries, Route

    Yield = (
        Grant | Route | Retries | Limits | Entrance | Emission | Addition | Edited | Kept
        | Consumed | Legacy | Misread | Fields | Diagnostic
    )  # fmt: skip

Translator = Callable[[Document, Context], Iterator["Yield"]]

#: (API group, kind) → module of this package and function, imported at the first document of
#: the kind.  Listed in the order of the README's table.
TRANSLATORS: Final[Mapping[tuple[str, str], str]] = {
    (ACCESS, "TrafficTarget"): "traffic_target.translate",
    (ACCESS, "IdentityBinding"): "traffic_target.refuse_identity_binding",
    (SPECS, "HTTPRouteGroup"): "vocabulary.http_route_group",
    (SPECS, "TCPRoute"): "vocabulary.port_route",
    (SPECS, "UDPRoute"): "vocabulary.port_route",
    (SPLIT, "TrafficSplit"): "traffic_split.translate",
    (METRICS, "TrafficMetrics"): "metrics.translate",
    (OSM_CONFIG, "MeshConfig"): "mesh_config.translate",
    (OSM_CONFIG, "MeshRootCertificate"): "unreplaced.mesh_root_certificate",
    (OSM_CONFIG, "MultiClusterService"): "unreplaced.multi_cluster_service",
    (OSM_CONFIG, "ExtensionService"): "unreplaced.extension_service",
    (OSM_POLICY, "Egress"): "egress.translate",
    (OSM_POLICY, "IngressBackend"): "ingress_backend.translate",
    (OSM_POLICY, "Retry"): "retry.translate",
    (OSM_POLICY, "UpstreamTrafficSetting"): "upstream_traffic_setting.translate",
    (OSM_POLICY, "Telemetry"): "unreplaced.telemetry",
    (OSM_POLICY, "Backpressure"): "unreplaced.backpressure",
    (AUTHENTICATION, "Policy"): "authentication.policy",
    (AUTHENTICATION, "MeshPolicy"): "authentication.mesh_policy",
    (RBAC, "ServiceRole"): "rbac.service_role",
    (RBAC, "ServiceRoleBinding"): "rbac.service_role_binding",
    (RBAC, "ClusterRbacConfig"): "rbac.rbac_config",
    (RBAC, "RbacConfig"): "rbac.rbac_config",
}


#: What is not ours, by its group or its kind.
BESIDE: Final[Mapping[str, str]] = {
    MIXER: "mixer.translate",
    "APIService": "metrics.api_service",
    "ServiceProfile": "service_profile.translate",
}

#: What else is looked at, and the kinds of which one has to be there.
CHECKS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "controllers.check": (CANARY, ROLLOUT),
    "ingress_routes.check": INGRESS_ROUTES,
}

#: Kinds that say another thing in each mesh, and what OSM's own kinds and marks have in them.
_READ_DIFFERENTLY: Final = ((ACCESS, "TrafficTarget"), (SPLIT, "TrafficSplit"))
_OSM: Final = b"openservicemesh.io"


def checks(context: Context) -> Iterator[Callable[[Context], Iterator[Diagnostic]]]:
    """The checks of all documents together that this input needs."""
    for name, kinds in CHECKS.items():
        if any(context.bundle.of_kind(*kind) for kind in kinds):
            yield _function(name)
    if context.mesh.members and context.bundle.mentioning("sidecar.istio.io/"):
        yield _function("istio_marks.check")
    groups = (group for group, _ in context.bundle.kinds())
    if context.options.source_mesh.domains or not NEIGHBOURS.isdisjoint(groups):
        yield _function("neighbours.check")
    elif _is_of_any_mesh(context):
        yield _function("other_mesh.check")


def _is_of_any_mesh(context: Context) -> bool:
    """Whether documents may be of any mesh: the configuration says none, and nothing is of OSM."""
    if context.options.names_mesh:
        return False
    if not any(context.bundle.of_kind(*kind) for kind in _READ_DIFFERENTLY):
        return False
    return not any(_OSM in text for text in context.bundle.texts)


def translator(name: str) -> Translator:
    """The translator of an entry of the table."""
    found: Translator = _function(name)
    return found


def _function(name: str) -> Any:
    module, _, function = name.partition(".")
    return getattr(import_module(f"{__name__}.{module}"), function)


def translators(document: Document, context: Context) -> Iterator[Translator]:
    """The translators of a document: one for each of our kinds, and for what carries marks."""
    if is_ours(document):
        name = TRANSLATORS.get((group_of(document.group), document.kind))
        yield translator(name) if name else _unknown
        return
    if document.group == "" and document.kind == "Namespace":
        yield namespace.translate
    elif service_ports.concerns(document, context):
        yield service_ports.translate
    elif is_written_by_osm(document):
        yield translator("mesh_config.translate")
    elif name := BESIDE.get(document.group) or BESIDE.get(document.kind):
        yield translator(name)
    elif workload_marks.concerns(document, context):
        yield workload_marks.translate
    if document in context.bundle.marked:
        yield translator("inert_marks.translate")


def _unknown(document: Document, _: Context) -> Iterator[Diagnostic]:
    if is_empty_list(document):
        return
    known = tuple(kind for group, kind in TRANSLATORS if group == group_of(document.group))
    yield reading.not_translated(Where(document), document.kind, known)
