"""The table of contents of the program: what is translated, by which module."""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Final

from smi2istio.catalog import reading
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.emit import Addition, Consumed, Edited, Emission, Kept
from smi2istio.entrances import Entrance
from smi2istio.fields import Fields
from smi2istio.grants import Grant
from smi2istio.intake import is_ours
from smi2istio.kinds import (
    ACCESS,
    AUTHENTICATION,
    METRICS,
    MIXER,
    OSM_CONFIG,
    OSM_POLICY,
    RBAC,
    SPECS,
    SPLIT,
    group_of,
)
from smi2istio.legacy import Legacy
from smi2istio.routes import Limits, Retries, Route
from smi2istio.source.mesh_config import is_config_map
from smi2istio.translate import (
    mesh_config,
    metrics,
    namespace,
    service_ports,
    traffic_split,
    traffic_target,
    vocabulary,
    workload_marks,
)

Yield = (
    Grant | Route | Retries | Limits | Entrance | Emission | Addition | Edited | Kept | Consumed
    | Legacy | Fields | Diagnostic
)  # fmt: skip
Translator = Callable[[Document, Context], Iterator[Yield]]


def _later(name: str, function: str = "translate") -> Translator:
    """A translator whose module is imported at its first document: few inputs have one."""

    def translator(document: Document, context: Context) -> Iterator[Yield]:
        module = import_module(f"smi2istio.translate.{name}")
        yield from getattr(module, function)(document, context)

    return translator


#: (API group, kind) → translator.  Listed in the order of the README's table.
TRANSLATORS: Final[Mapping[tuple[str, str], Translator]] = {
    (ACCESS, "TrafficTarget"): traffic_target.translate,
    (ACCESS, "IdentityBinding"): traffic_target.refuse_identity_binding,
    (SPECS, "HTTPRouteGroup"): vocabulary.http_route_group,
    (SPECS, "TCPRoute"): vocabulary.port_route,
    (SPECS, "UDPRoute"): vocabulary.port_route,
    (SPLIT, "TrafficSplit"): traffic_split.translate,
    (METRICS, "TrafficMetrics"): metrics.translate,
    (OSM_CONFIG, "MeshConfig"): mesh_config.translate,
    (OSM_CONFIG, "MeshRootCertificate"): _later("unreplaced", "mesh_root_certificate"),
    (OSM_CONFIG, "MultiClusterService"): _later("unreplaced", "multi_cluster_service"),
    (OSM_CONFIG, "ExtensionService"): _later("unreplaced", "extension_service"),
    (OSM_POLICY, "Egress"): _later("egress"),
    (OSM_POLICY, "IngressBackend"): _later("ingress_backend"),
    (OSM_POLICY, "Retry"): _later("retry"),
    (OSM_POLICY, "UpstreamTrafficSetting"): _later("upstream_traffic_setting"),
    (OSM_POLICY, "Telemetry"): _later("unreplaced", "telemetry"),
    (AUTHENTICATION, "Policy"): _later("authentication", "policy"),
    (AUTHENTICATION, "MeshPolicy"): _later("authentication", "mesh_policy"),
    (RBAC, "ServiceRole"): _later("rbac", "service_role"),
    (RBAC, "ServiceRoleBinding"): _later("rbac", "service_role_binding"),
    (RBAC, "ClusterRbacConfig"): _later("rbac", "rbac_config"),
    (RBAC, "RbacConfig"): _later("rbac", "rbac_config"),
}
_mixer = _later("mixer")


def translators(document: Document, context: Context) -> Iterator[Translator]:
    """The translators of a document: one for each of our kinds, and for what carries marks."""
    if is_ours(document):
        yield TRANSLATORS.get((group_of(document.group), document.kind), _unknown)
    elif document.group == "" and document.kind == "Namespace":
        yield namespace.translate
    elif service_ports.concerns(document, context):
        yield service_ports.translate
    elif is_config_map(document):
        yield mesh_config.translate
    elif document.group == MIXER:
        yield _mixer
    elif document.kind == "APIService":
        yield metrics.api_service
    elif workload_marks.concerns(document, context):
        yield workload_marks.translate


def _unknown(document: Document, _: Context) -> Iterator[Consumed | Diagnostic]:
    yield Consumed(document)
    yield reading.not_translated(Where(document), document.kind)
