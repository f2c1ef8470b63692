"""MeshConfig of OSM 0.9 to 1.2, and the ConfigMap osm-config of OSM 0.2 to 0.8.

Both say the same things; the ConfigMap says them as text.  An absent field is not the
default of OSM's chart, which wrote its values into the live object only once.

Source: osm v1.2.4, pkg/apis/config; v0.8.4, pkg/configurator/client.go;
reference/osm-semantics.md §5, reference/legacy-and-neighbours.md §6.2.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.source.marks import EXCLUSIONS, PORT, Exclusion, element, elements

KIND, NAME = "MeshConfig", "osm-mesh-config"
CONFIG_MAP = "osm-config"

#: Settings that are known and not read here: section → field → its own fields.
_SETTINGS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "sidecar": dict.fromkeys(
        ("enablePrivilegedInitContainer", "logLevel", "envoyImage", "envoyWindowsImage",
         "initContainerImage", "maxDataPlaneConnections", "configResyncInterval", "resources",
         "tlsMinProtocolVersion", "tlsMaxProtocolVersion", "cipherSuites", "ecdhCurves",
         "localProxyMode"),
        (),
    ),
    "traffic": {
        "useHTTPSIngress": (),
        "inboundExternalAuthorization":
            ("enable", "address", "port", "statPrefix", "timeout", "failureModeAllow"),
    },
    "observability": {
        "osmLogLevel": (), "enableDebugServer": (), "prometheusScraping": (),
        "tracing": ("enable", "port", "address", "endpoint"),
    },
    "certificate": {
        "serviceCertValidityDuration": (), "certKeyBitSize": (),
        "ingressGateway": ("subjectAltNames", "validityDuration", "secret"),
    },
    "featureFlags": dict.fromkeys(
        ("enableWASMStats", "enableEgressPolicy", "enableMulticlusterMode",
         "enableSnapshotCacheMode", "enableAsyncProxyServiceMapping",
         "enableIngressBackendPolicy", "enableEnvoyActiveHealthChecks", "enableRetryPolicy",
         "enableMeshRootCertificate"),
        (),
    ),
}  # fmt: skip

#: The same of the ConfigMap.
_TEXTS = (
    "mesh_cidr_ranges", "use_https_ingress", "inbound_extauthz_enable", "inbound_extauthz_address",
    "inbound_extauthz_port", "inbound_extauthz_statprefix", "inbound_extauthz_timeout",
    "inbound_extauthz_failuremodeallow", "tracing_enable", "tracing_address", "tracing_port",
    "tracing_endpoint", "zipkin_tracing", "zipkin_address", "zipkin_port", "zipkin_endpoint",
    "envoy_log_level", "enable_debug_server", "prometheus_scraping", "max_data_plane_connections",
    "enable_privileged_init_container", "service_cert_validity_duration", "config_resync_interval",
)  # fmt: skip
_MODE, _EGRESS = "permissive_traffic_policy_mode", "egress"
_SWITCHES = {"tracing": "tracing_enable", "zipkin": "zipkin_tracing"}
#: Values that set nothing.
_NOTHING = (False, 0, "", "0", "0s", "false")


class MeshConfig(NamedTuple):
    """What is read of it; None where it does not say.

    Attributes:
        excluded: the lists of traffic that passes by the sidecars, those that hold anything.
        settings: places of other settings that set something.
        external_authorization: place of the external authorization, where it is enabled.
        mode, egress: places of the two fields.
    """

    document: Document
    fields: Fields
    permissive: bool | None
    egress: bool | None
    excluded: Mapping[Exclusion, tuple[str, ...]]
    settings: tuple[Where, ...]
    external_authorization: Where | None
    mode_where: Where
    egress_where: Where


def is_config_map(document: Document) -> bool:
    """Whether a ConfigMap is that of OSM, and not one of the same name."""
    if document.kind != "ConfigMap" or document.name != CONFIG_MAP or document.group:
        return False
    data = document.body.get("data")
    return isinstance(data, dict) and (_MODE in data or _EGRESS in data)


def parse(document: Document) -> MeshConfig:
    """Read either form.

    Raises:
        Refusal: S2I102, S2I106, S2I512.
    """
    return _config_map(document) if document.kind == "ConfigMap" else _mesh_config(document)


def _mesh_config(document: Document) -> MeshConfig:
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    traffic = spec.mapping("traffic")
    excluded = {
        exclusion: listed
        for exclusion in EXCLUSIONS
        if (listed := tuple(_listed(traffic, exclusion)))
    }
    permissive = traffic.get("enablePermissiveTrafficPolicyMode", bool)
    egress = traffic.get("enableEgress", bool)
    settings = [
        place
        for section, known in _SETTINGS.items()
        for place in _set(traffic if section == "traffic" else spec.mapping(section), known)
    ]
    authorization = traffic.at("inboundExternalAuthorization")
    return MeshConfig(
        document,
        fields,
        permissive,
        egress,
        excluded,
        tuple(place for place in settings if place != authorization),
        authorization if authorization in settings else None,
        traffic.at("enablePermissiveTrafficPolicyMode"),
        traffic.at("enableEgress"),
    )


def _listed(traffic: Fields, exclusion: Exclusion) -> Iterator[str]:
    where = traffic.at(exclusion.field)
    if exclusion.holds == PORT:
        words = tuple(str(port) for port in traffic.values(exclusion.field, int))
    else:
        words = traffic.values(exclusion.field, str)
    for index, word in enumerate(words):
        yield element(word.strip(), exclusion.holds, where.at(index))


def _set(section: Fields, known: Mapping[str, tuple[str, ...]]) -> Iterator[Where]:
    """The places of known settings that set something; with `enable`, only if it is true."""
    for key, inner in known.items():
        if not section.has(key):
            continue
        if inner:
            setting = section.mapping(key)
            setting.skip(*inner)
            if setting.get("enable", bool) if "enable" in inner else True:
                yield section.at(key)
        elif (value := section.raw(key)) not in _NOTHING and value not in ([], {}):
            yield section.at(key)


def _config_map(document: Document) -> MeshConfig:
    fields = Fields.of(document)
    fields.skip("binaryData", "immutable")
    data = fields.mapping("data")
    excluded = {
        exclusion: listed
        for exclusion in EXCLUSIONS
        if exclusion.key
        and (listed := elements(data.text(exclusion.key), exclusion.holds, data.at(exclusion.key)))
    }
    off = tuple(prefix for prefix, switch in _SWITCHES.items() if not _switch(data, switch))
    authorization = data.at("inbound_extauthz_enable")
    settings = tuple(
        data.at(key)
        for key in _TEXTS
        if data.text(key) not in _NOTHING and not key.startswith((*off, "inbound_extauthz_"))
    )
    return MeshConfig(
        document,
        fields,
        _switch(data, _MODE),
        _switch(data, _EGRESS),
        excluded,
        settings,
        authorization if _switch(data, "inbound_extauthz_enable") else None,
        data.at(_MODE),
        data.at(_EGRESS),
    )


def _switch(data: Fields, key: str) -> bool | None:
    """A truth value that is written as text, as Go's ParseBool reads it."""
    text = data.text(key)
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    if text:
        raise Refusal(reading.not_one_of(data.at(key), text, ("true", "false")))
    return None
