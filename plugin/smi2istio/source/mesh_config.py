"""MeshConfig of OSM 0.9 to 1.2, and the ConfigMap osm-config of OSM 0.2 to 0.8.

Both say the same things; the ConfigMap says them as text.  An absent field is not the
default of OSM's chart, which wrote its values into the live object only once.

Source: osm v1.2.4, pkg/apis/config; v0.8.4, pkg/configurator/client.go;
reference/osm-semantics.md §5, reference/legacy-and-neighbours.md §6.2.
"""

from collections.abc import Iterator, Mapping

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import number
from smi2istio.source.marks import EXCLUSIONS, PORT, Exclusion, element, elements
from smi2istio.source.mesh_settings import ExternalAuthorization, Given, MeshConfig, Tracing

KIND, NAME = "MeshConfig", "osm-mesh-config"
CONFIG_MAP, _PRESET = "osm-config", "preset-mesh-config"

#: Settings that are handed on by name, by the section that they stand in.
_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "sidecar":
        ("enablePrivilegedInitContainer", "logLevel", "envoyImage", "envoyWindowsImage",
         "initContainerImage", "maxDataPlaneConnections", "configResyncInterval", "resources",
         "tlsMinProtocolVersion", "tlsMaxProtocolVersion", "cipherSuites", "ecdhCurves",
         "localProxyMode"),
    "traffic": ("useHTTPSIngress",),
    "observability": ("osmLogLevel", "enableDebugServer", "prometheusScraping"),
    "certificate": ("serviceCertValidityDuration", "certKeyBitSize", "ingressGateway"),
    "featureFlags":
        ("enableWASMStats", "enableMulticlusterMode", "enableSnapshotCacheMode",
         "enableAsyncProxyServiceMapping", "enableIngressBackendPolicy",
         "enableEnvoyActiveHealthChecks", "enableMeshRootCertificate"),
}  # fmt: skip

#: The same of the ConfigMap: key → name in a MeshConfig.
_TEXTS = {
    "mesh_cidr_ranges": "traffic.meshCIDRRanges",
    "use_https_ingress": "traffic.useHTTPSIngress",
    "envoy_log_level": "sidecar.logLevel",
    "enable_debug_server": "observability.enableDebugServer",
    "prometheus_scraping": "observability.prometheusScraping",
    "max_data_plane_connections": "sidecar.maxDataPlaneConnections",
    "enable_privileged_init_container": "sidecar.enablePrivilegedInitContainer",
    "service_cert_validity_duration": "certificate.serviceCertValidityDuration",
    "config_resync_interval": "sidecar.configResyncInterval",
}
_MODE, _EGRESS = "permissive_traffic_policy_mode", "egress"
#: Values that set nothing.
_NOTHING = (False, 0, "", "0", "0s", "false")


def is_config_map(document: Document) -> bool:
    """Whether a ConfigMap is the configuration of OSM, and not one of the same name."""
    return _holds(document, CONFIG_MAP, _MODE, _EGRESS)


def is_written_by_osm(document: Document) -> bool:
    """The same, or the template of OSM's chart, which held a MeshConfig as JSON from 0.10 on."""
    return is_config_map(document) or _holds(document, _PRESET, f"{_PRESET}.json")


def _holds(document: Document, name: str, *keys: str) -> bool:
    if document.kind != "ConfigMap" or document.group or not document.mentions(name):
        return False  # without looking for the names of thousands
    if document.name != name:
        return False
    data = document.body.get("data")
    return isinstance(data, dict) and any(key in data for key in keys)


def parse(document: Document) -> MeshConfig:
    """Read either form.

    Raises:
        Refusal: S2I102, S2I106, S2I129, S2I512.
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
    sections = {key: traffic if key == "traffic" else spec.mapping(key) for key in _SETTINGS}
    flags = sections["featureFlags"]
    return MeshConfig(
        document,
        fields,
        permissive=traffic.get("enablePermissiveTrafficPolicyMode", bool),
        egress=traffic.get("enableEgress", bool),
        excluded=excluded,
        settings=tuple(
            one
            for section, known in _SETTINGS.items()
            for key in known
            for one in _given(sections[section], section, key)
        ),
        tracing=_tracing(sections["observability"].mapping("tracing")),
        authorization=_authorization(traffic.mapping("inboundExternalAuthorization")),
        retries=flags.get("enableRetryPolicy", bool),
        egress_policies=flags.get("enableEgressPolicy", bool),
        mode_where=traffic.at("enablePermissiveTrafficPolicyMode"),
        egress_where=traffic.at("enableEgress"),
    )


def _tracing(tracing: Fields) -> Tracing | None:
    read = Tracing(
        tracing.text("address"), tracing.get("port", int) or 0, tracing.text("endpoint"),
        tracing.where,
    )  # fmt: skip
    return read if tracing.get("enable", bool) else None


def _authorization(server: Fields) -> ExternalAuthorization | None:
    read = ExternalAuthorization(
        server.text("address"), server.get("port", int) or 0, server.text("statPrefix"),
        server.text("timeout"), bool(server.get("failureModeAllow", bool)), server.where,
    )  # fmt: skip
    return read if server.get("enable", bool) else None


def _listed(traffic: Fields, exclusion: Exclusion) -> Iterator[str]:
    where = traffic.at(exclusion.field)
    if exclusion.holds == PORT:
        words = tuple(str(port) for port in traffic.values(exclusion.field, int))
    else:
        words = traffic.values(exclusion.field, str)
    for index, word in enumerate(words):
        yield element(word.strip(), exclusion.holds, where.at(index))


def _given(section: Fields, name: str, key: str) -> Iterator[Given]:
    value = section.raw(key)
    if value is not None and value not in (*_NOTHING, [], {}):
        yield Given(f"{name}.{key}", value, section.at(key))


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
    settings = (Given(name, data.text(key), data.at(key)) for key, name in _TEXTS.items())
    tracing = _traced(data, "tracing_", "enable")
    old_tracing = _traced(data, "zipkin_", "tracing")
    return MeshConfig(
        document,
        fields,
        permissive=_switch(data, _MODE),
        egress=_switch(data, _EGRESS),
        excluded=excluded,
        settings=tuple(one for one in settings if one.value not in _NOTHING),
        tracing=tracing or old_tracing,
        authorization=_asked(data),
        retries=None,
        egress_policies=None,
        mode_where=data.at(_MODE),
        egress_where=data.at(_EGRESS),
    )


def _traced(data: Fields, prefix: str, switch: str) -> Tracing | None:
    read = Tracing(
        data.text(f"{prefix}address"), _number(data, f"{prefix}port"),
        data.text(f"{prefix}endpoint"), data.at(f"{prefix}{switch}"),
    )  # fmt: skip
    return read if _switch(data, f"{prefix}{switch}") else None


def _asked(data: Fields) -> ExternalAuthorization | None:
    key = "inbound_extauthz_%s"
    read = ExternalAuthorization(
        data.text(key % "address"), _number(data, key % "port"), data.text(key % "statprefix"),
        data.text(key % "timeout"), bool(_switch(data, key % "failuremodeallow")),
        data.at(key % "enable"),
    )  # fmt: skip
    return read if _switch(data, key % "enable") else None


def _number(data: Fields, key: str) -> int:
    text = data.text(key)
    found = number(text) if text else 0
    if found is None:
        raise Refusal(reading.bad_port(data.at(key), text))
    return found


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
