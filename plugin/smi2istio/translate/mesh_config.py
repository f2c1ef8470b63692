r"""MeshConfig, and the ConfigMap osm-config of OSM 0.2 to 0.8 → baseline, policies, settings.

The object goes away.  Its mode and its egress are read before all else; what belongs into
Istio's own mesh configuration is printed for the user to paste, never emitted.  Fields that
say what Istio does anyway pass in silence.

| field of ``spec`` | result | limit |
|---|---|---|
| traffic.enablePermissiveTrafficPolicyMode | policies or none (membership) | absent: S2I403 |
| traffic.enableEgress | false: Sidecar with REGISTRY_ONLY | S2I406; absent: S2I407 |
| traffic.\*ExclusionList, \*InclusionList | annotations of the pod templates | S2I411 |
| traffic.inboundExternalAuthorization | AuthorizationPolicy CUSTOM, provider to paste | S2I410, S2I414, S2I415; statPrefix is dropped (S2I409) |
| observability.tracing | Telemetry, provider to paste | S2I416, S2I417; by address: S2I409 |
| featureFlags.enableRetryPolicy, enableEgressPolicy | Retry, Egress in force or not | told there |
| all others | ``translate.mesh_settings`` | S2I409, S2I412, S2I413 |

Source: the specification, §4 and §9; reference/osm-semantics.md §5, osm v1.2.4
pkg/envoy/lds/auth.go; reference/istio-target.md §1.9 and §3.
"""  # noqa: E501 - a row of a table is one line

from collections.abc import Generator, Iterator

from smi2istio.catalog import osm_config as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents import Document
from smi2istio.durations import nanoseconds
from smi2istio.emit import Consumed, Emission, Json
from smi2istio.exposure import exposure
from smi2istio.fields import Fields
from smi2istio.istio import installation, security, standing
from smi2istio.source import mesh_config, split
from smi2istio.source.mesh_settings import ExternalAuthorization, MeshConfig, Tracing
from smi2istio.workloads import injected

AUTHORIZATION, TRACING = "osm-ext-authz", "osm-tracing"  # the providers' names
_PREFIX, _TIMEOUT = "inboundExtAuthz", "1s"
_BODY = {"maxRequestBytes": 8192, "allowPartialMessage": True}  # as much as OSM sent
_ZIPKIN_PORT, _ZIPKIN_PATH, _PATH_SINCE = 9411, "/api/v2/spans", 24


def translate(
    document: Document, context: Context
) -> Iterator[Consumed | Emission | Diagnostic | Fields]:
    """Translate one configuration, which goes away.

    To be called for every MeshConfig, and for the ConfigMaps of which
    ``source.mesh_config.is_written_by_osm`` is true.

    Raises:
        Refusal: S2I102, S2I106, S2I129, S2I512.
    """
    yield Consumed(document)
    is_text = document.kind != mesh_config.KIND
    if document.name != (mesh_config.CONFIG_MAP if is_text else mesh_config.NAME):
        yield catalog.other_mesh_config(Where(document), document.name)
        return
    config = context.bundle.parsed(document, mesh_config.parse)
    if config.authorization:
        yield from _authorization(config.authorization, config, context)
    if config.tracing:
        yield from _tracing(config.tracing, config, context)
    for one in config.settings:
        from smi2istio.translate import mesh_settings  # noqa: PLC0415 - few inputs have a MeshConfig

        yield from mesh_settings.translate(one, context.options.revision)
    if config.excluded:
        yield from _excluded_elsewhere(config, context)
    yield config.fields


def _authorization(
    server: ExternalAuthorization, config: MeshConfig, context: Context
) -> Iterator[Emission | Diagnostic]:
    host = _host(server.address, context)
    if why := _why_not(server, host, context):
        yield catalog.external_authorization_dropped(server.where, why, Witness(""))
        return
    fields: dict[str, object] = {"service": host, "port": server.port}
    # OSM took one second for what is no duration; Istio would refuse its whole configuration.
    fields["timeout"] = server.timeout if nanoseconds(server.timeout) else _TIMEOUT
    if server.lets_pass:
        fields["failOpen"] = True
    fields["includeRequestBodyInCheck"] = _BODY
    revision = context.options.revision
    setting = installation.provider(revision, AUTHORIZATION, "envoyExtAuthzGrpc", fields)
    yield catalog.external_authorization_moved(server.where, AUTHORIZATION, (setting,))
    if server.prefix not in ("", _PREFIX):
        yield catalog.setting_dropped(server.where, "Istio names the statistics of providers")
    for name in context.mesh.members:
        http, tcp = _ports(name, context)
        if shared := tuple(sorted(http & tcp)):
            yield catalog.asked_about_connections(server.where, name, shared)
        body = security.custom_policy(AUTHORIZATION, name, AUTHORIZATION, tcp - http)
        yield Emission(body, config.document, (config.document,))


def _why_not(server: ExternalAuthorization, host: str, context: Context) -> str:
    if not server.address or not server.port:
        return "has no address or no port"
    if not host:
        return f"Istio finds no server by {server.address!r}, which is no full name of a host"
    if not context.mesh.members:
        return "there is no member that could get a policy"
    return ""


def _host(address: str, context: Context) -> str:
    """The full name of a host that OSM found by DNS; "" where Istio cannot find it.

    Two labels are a Service and its namespace, as the cluster's DNS reads them first.
    """
    name = split.service_name(address, context.options.cluster_domain)
    if name is None:
        last = address.rpartition(".")[2]
        return address if last.isalpha() and "." in address else ""
    if not name.namespace:
        return ""
    return context.options.host(name.name, name.namespace)


def _ports(namespace: str, context: Context) -> tuple[frozenset[int], frozenset[int]]:
    """The workload ports of a namespace that speak HTTP, and those that speak TCP."""
    http, tcp = frozenset[int](), frozenset[int]()
    for workload in context.bundle.workloads(namespace):
        if injected(context.bundle, workload):
            ports = exposure(context, workload).ports
            http, tcp = http | ports.http, tcp | ports.tcp
    return http, tcp


def _tracing(
    tracing: Tracing, config: MeshConfig, context: Context
) -> Iterator[Emission | Diagnostic]:
    options = context.options
    address = tracing.address or f"jaeger.{context.bundle.namespace_of(config.document)}.svc"
    host = _host(address, context)
    if not host:
        why = f"Istio finds no collector by {address!r}, which is no full name of a host"
        yield catalog.setting_dropped(tracing.where, why)
        return
    fields = yield from _collector(tracing, host, options.istio_version)
    settings = (
        installation.mesh_setting(options.revision, ("enableTracing",), value=True),
        installation.provider(options.revision, TRACING, "zipkin", fields),
    )
    yield catalog.tracing_moved(tracing.where, TRACING, settings)
    for document in context.bundle.of_kind("telemetry.istio.io", "Telemetry"):
        member = context.bundle.namespace_of(document) in context.mesh.members
        if member and not standing.selector(document):
            yield catalog.telemetry_taken(tracing.where, str(Where(document)).strip())
    from smi2istio.istio import telemetry  # noqa: PLC0415 - few meshes trace

    for name in context.mesh.members:
        body = telemetry.tracing(TRACING, name, TRACING)
        yield Emission(body, config.document, (config.document,))


def _collector(
    tracing: Tracing, host: str, istio_version: str
) -> Generator[Diagnostic, None, Json]:
    """The provider that spans are sent to."""
    fields: Json = {"service": host, "port": tracing.port or _ZIPKIN_PORT}
    if tracing.endpoint not in ("", _ZIPKIN_PATH):
        if installation.minor(istio_version) >= _PATH_SINCE:
            fields["path"] = tracing.endpoint
        else:
            why = f"before Istio 1.{_PATH_SINCE} the path of spans is always {_ZIPKIN_PATH}"
            yield catalog.setting_dropped(tracing.where.at("endpoint"), why)
    return fields


def _excluded_elsewhere(config: MeshConfig, context: Context) -> Iterator[Diagnostic]:
    """Members to whose pods the exclusion lists could not be written."""
    without = tuple(name for name in context.mesh.members if not context.bundle.workloads(name))
    if without:
        keys = tuple(exclusion.istio for exclusion in config.excluded)
        yield catalog.excluded_elsewhere(Where(config.document), without, keys)
