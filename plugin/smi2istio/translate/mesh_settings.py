r"""Settings of the MeshConfig that decide nothing about access: to paste, lost, or OSM's own.

| field of ``spec`` | result | limit |
|---|---|---|
| sidecar.logLevel | Helm: global.proxy.logLevel | AKS: annotation of pods (S2I409) |
| sidecar.resources | Helm: global.proxy.resources | AKS: annotations of pods (S2I409) |
| sidecar.tlsMinProtocolVersion | TLSv1_3: meshMTLS.minProtocolVersion | older than 1.2: S2I409 |
| sidecar.tlsMaxProtocolVersion | nothing | lower than TLSv1_3: S2I409 |
| sidecar.cipherSuites | meshMTLS.cipherSuites | Istio: TLS 1.2 only, as in OSM |
| sidecar.ecdhCurves | nothing | S2I409 |
| sidecar.localProxyMode | PodIP is what Istio does | Localhost: S2I409 |
| sidecar.\*Image, enablePrivilegedInitContainer, maxDataPlaneConnections, configResyncInterval | nothing | S2I413 |
| traffic.useHTTPSIngress, meshCIDRRanges (OSM 0.x) | nothing | S2I409 |
| observability.osmLogLevel, enableDebugServer | nothing | S2I413 |
| observability.prometheusScraping | what Istio does anyway | |
| certificate.serviceCertValidityDuration | SECRET_TTL of the proxies | over 90 days: Helm as well |
| certificate.certKeyBitSize | WORKLOAD_RSA_KEY_SIZE of the proxies | outside 2048..4096 is 2048, as in OSM |
| certificate.ingressGateway | nothing | S2I409 |
| featureFlags.enableEnvoyActiveHealthChecks, enableMulticlusterMode, enableMeshRootCertificate | nothing | S2I409 |
| other featureFlags | nothing | S2I413 |

Source: reference/osm-semantics.md §5, reference/istio-target.md §3; istio,
pkg/security/security.go and pilot/cmd/pilot-agent/options (names of variables).
"""  # noqa: E501 - a row of a table is one line

from collections.abc import Callable, Iterator, Mapping

from smi2istio.catalog import osm_config as catalog
from smi2istio.diagnostics import Diagnostic, Setting
from smi2istio.durations import nanoseconds
from smi2istio.istio import installation
from smi2istio.options import is_add_on
from smi2istio.source.mesh_settings import Given

_CONTROLLER = "OSM's controller"
_OSM_ONLY: Mapping[str, str] = {
    "sidecar.enablePrivilegedInitContainer": "OSM's init container",
    "sidecar.envoyImage": "OSM's sidecar",
    "sidecar.envoyWindowsImage": "OSM's sidecar",
    "sidecar.initContainerImage": "OSM's init container",
    "sidecar.maxDataPlaneConnections": _CONTROLLER,
    "sidecar.configResyncInterval": _CONTROLLER,
    "observability.osmLogLevel": _CONTROLLER,
    "observability.enableDebugServer": _CONTROLLER,
    "featureFlags.enableWASMStats": "OSM's sidecar",
    "featureFlags.enableSnapshotCacheMode": _CONTROLLER,
    "featureFlags.enableAsyncProxyServiceMapping": _CONTROLLER,
    "featureFlags.enableIngressBackendPolicy": _CONTROLLER,
}
_LOST: Mapping[str, str] = {
    "sidecar.ecdhCurves": "Istio takes no list of curves for mutual TLS",
    "traffic.useHTTPSIngress": "OSM 0.x let Ingresses in by it; write an IngressBackend for each",
    "certificate.ingressGateway": "a gateway of Istio has a certificate of its own;"
    " give another one a sidecar, or a certificate of Istio's CA",
    "featureFlags.enableEnvoyActiveHealthChecks": "Istio's sidecars check endpoints only passively;"
    " write outlierDetection in a DestinationRule",
    "featureFlags.enableMulticlusterMode": "several clusters are a matter of Istio's installation",
    "featureFlags.enableMeshRootCertificate": "the CA is a matter of Istio's installation",
}
_OLD_TLS = ("TLSv1_0", "TLSv1_1")
_DAY = 86_400 * 10**9  # nanoseconds: validity by default
_LONGEST = 90 * _DAY
_KEY_SIZE, _LONGEST_KEY = 2048, 4096

Translation = Callable[[Given, str], Iterator[Diagnostic]]


def translate(given: Given, revision: str) -> Iterator[Diagnostic]:
    """What becomes of one setting."""
    if given.name in _OSM_ONLY:
        yield catalog.setting_of_osm(given.where, _OSM_ONLY[given.name])
    elif given.name in _LOST:
        yield catalog.setting_dropped(given.where, _LOST[given.name])
    else:
        yield from _OTHERS[given.name](given, revision)


def _log_level(given: Given, revision: str) -> Iterator[Diagnostic]:
    pod = "sidecar.istio.io/logLevel"
    yield _of_proxies(given, revision, ("global", "proxy", "logLevel"), given.value, pod)


def _resources(given: Given, revision: str) -> Iterator[Diagnostic]:
    pod = "sidecar.istio.io/proxyCPU, proxyCPULimit, proxyMemory and proxyMemoryLimit"
    yield _of_proxies(given, revision, ("global", "proxy", "resources"), given.value, pod)


def _of_proxies(
    given: Given, revision: str, path: tuple[str, ...], value: object, annotations: str
) -> Diagnostic:
    if is_add_on(revision):
        why = f"the add-on of AKS takes no Helm values; annotate pods with {annotations}"
        return catalog.setting_dropped(given.where, why)
    return _moved(given, installation.helm_setting(path, value))


def _oldest_tls(given: Given, revision: str) -> Iterator[Diagnostic]:
    if given.value in _OLD_TLS:
        yield catalog.setting_dropped(given.where, "Istio's sidecars speak TLS 1.2 or newer")
    elif given.value == "TLSv1_3":
        path = ("meshMTLS", "minProtocolVersion")
        yield _moved(given, installation.mesh_setting(revision, path, "TLSV1_3"))


def _newest_tls(given: Given, _: str) -> Iterator[Diagnostic]:
    if given.value not in ("TLSv1_3", "TLS_AUTO"):
        yield catalog.setting_dropped(given.where, "Istio's sidecars always speak TLS 1.3 as well")


def _cipher_suites(given: Given, revision: str) -> Iterator[Diagnostic]:
    path = ("meshMTLS", "cipherSuites")
    yield _moved(given, installation.mesh_setting(revision, path, given.value))


def _local_proxy(given: Given, _: str) -> Iterator[Diagnostic]:
    if given.value != "PodIP":
        why = (
            "Istio's sidecars connect to the pod's address; an application that listens on"
            " 127.0.0.1 only needs a Sidecar with ingress.defaultEndpoint"
        )
        yield catalog.setting_dropped(given.where, why)


def _validity(given: Given, revision: str) -> Iterator[Diagnostic]:
    length = nanoseconds(str(given.value))
    if length is None:
        yield catalog.setting_dropped(given.where, "it is no duration; OSM took 24h, as Istio does")
        return
    if length == _DAY:
        return
    settings = [_of_agents(revision, "SECRET_TTL", str(given.value))]
    if length > _LONGEST and is_add_on(revision):
        why = "the add-on of AKS issues certificates for at most 90 days"
        yield catalog.setting_dropped(given.where, why)
        return
    if length > _LONGEST:
        longest = ("pilot", "env", "MAX_WORKLOAD_CERT_TTL")
        settings.append(installation.helm_setting(longest, str(given.value)))
    yield _moved(given, *settings)


def _key_size(given: Given, revision: str) -> Iterator[Diagnostic]:
    size = given.value
    if isinstance(size, int) and _KEY_SIZE < size <= _LONGEST_KEY:
        yield _moved(given, _of_agents(revision, "WORKLOAD_RSA_KEY_SIZE", str(size)))


def _ranges(given: Given, _: str) -> Iterator[Diagnostic]:
    if given.value != "0.0.0.0/0":  # the default of OSM's chart: everything is in the mesh
        why = (
            "Istio knows its services one by one; write pod annotations"
            " traffic.sidecar.istio.io/includeOutboundIPRanges"
        )
        yield catalog.setting_dropped(given.where, why)


def _nothing(_: Given, __: str) -> Iterator[Diagnostic]:
    """Istio does the same without being told."""
    return iter(())


def _moved(given: Given, *settings: Setting) -> Diagnostic:
    names = " and ".join(".".join(setting.path) for setting in settings)
    return catalog.setting_moved(given.where, names, settings)


def _of_agents(revision: str, variable: str, value: str) -> Setting:
    """A variable of the agent that runs beside each proxy."""
    return installation.mesh_setting(revision, ("defaultConfig", "proxyMetadata", variable), value)


_OTHERS: Mapping[str, Translation] = {
    "sidecar.logLevel": _log_level,
    "sidecar.resources": _resources,
    "sidecar.tlsMinProtocolVersion": _oldest_tls,
    "sidecar.tlsMaxProtocolVersion": _newest_tls,
    "sidecar.cipherSuites": _cipher_suites,
    "sidecar.localProxyMode": _local_proxy,
    "traffic.meshCIDRRanges": _ranges,
    "observability.prometheusScraping": _nothing,
    "certificate.serviceCertValidityDuration": _validity,
    "certificate.certKeyBitSize": _key_size,
}
