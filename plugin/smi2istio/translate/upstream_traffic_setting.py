r"""UpstreamTrafficSetting → connectionPool of a DestinationRule, and an EnvoyFilter for rates.

| field of ``spec`` | result | limit |
|---|---|---|
| host | the DestinationRule's host | only a full name was in force (S2I430); "" was for all (S2I431) |
| connectionSettings.tcp.maxConnections | connectionPool.tcp.maxConnections | 0: S2I432; over int32: S2I433 |
| connectionSettings.tcp.connectTimeout | connectionPool.tcp.connectTimeout | absent: OSM 5 s, Istio 10 s |
| connectionSettings.http.maxRequests | connectionPool.http.http2MaxRequests | as above |
| connectionSettings.http.maxPendingRequests | connectionPool.http.http1MaxPendingRequests | as above |
| connectionSettings.http.maxRequestsPerConnection, maxRetries | the same in connectionPool.http | as above |
| rateLimit.local.tcp, rateLimit.local.http | EnvoyFilter on the Service's pods, for each port | S2I436 to S2I439 |
| rateLimit.local.\*.burst, unit | max_tokens, fill_interval of the bucket | |
| rateLimit.local.http.responseStatusCode, responseHeadersToAdd | of the filter's answer | |
| httpRoutes[].rateLimit | nothing | S2I440 |
| rateLimit.global (unreleased OSM) | nothing | S2I441 |

A setting that an Egress names is read there, whatever its host.

Source: the specification, §9; reference/osm-semantics.md §6.4, osm-verified.md §4;
reference/istio-target.md §2.5, istio-verified.md (n).
"""  # noqa: E501 - a row of a table is one line

from collections.abc import Generator, Iterator

from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where, Witness
from smi2istio.documents import Document
from smi2istio.emit import Emission, Json
from smi2istio.exposure import exposure
from smi2istio.fields import Fields
from smi2istio.istio import limits
from smi2istio.kinds import OSM_POLICY
from smi2istio.lenient import items, mapping, spec_of
from smi2istio.routes import Limits
from smi2istio.source import upstream
from smi2istio.source.core import Service, selects
from smi2istio.source.upstream import Number, UpstreamTrafficSetting
from smi2istio.translate import policies

KIND = "UpstreamTrafficSetting"
_INT32 = 2**31 - 1


def translate(
    document: Document, context: Context
) -> Iterator[Limits | Emission | Diagnostic | Fields]:
    """Read one setting.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I113, S2I418, S2I419, S2I431, S2I436, S2I437,
            S2I440, S2I441.
    """
    read = context.bundle.parsed(document, upstream.upstream_traffic_setting)
    yield read.fields
    namespace = policies.namespace_of(document, context)
    if is_named(document, context):
        return
    where = Where(document, "spec.host")
    if not read.host:
        raise Refusal(catalog.limits_for_all(where))
    name = read.host.partition(".")[0]
    if read.host != f"{name}.{namespace}.svc.cluster.local":
        yield catalog.limits_not_in_force(where, read.host, namespace)
    elif (yield from policies.in_force(document, context)):
        refuse_unknown_rates(read)
        service = context.bundle.service(name, namespace)
        pool = yield from connection_pool(read)
        if pool:
            host = context.options.host(service.name if service else name, namespace)
            yield Limits(host, pool, where, document)
        if read.connections or read.requests:
            yield from _rates(read, service, document, context)


def is_named(document: Document, context: Context) -> bool:
    """Whether an Egress of its namespace refers to a setting."""
    namespace = context.bundle.namespace_of(document)
    matches = (
        mapping(match)
        for egress in context.bundle.of_kind(OSM_POLICY, "Egress")
        if context.bundle.namespace_of(egress) == namespace
        for match in items(spec_of(egress).get("matches"))
    )
    return any((one.get("kind"), one.get("name")) == (KIND, document.name) for one in matches)


def refuse_unknown_rates(read: UpstreamTrafficSetting) -> None:
    """Refuse limits that nothing of Istio's can count.

    Raises:
        Refusal: S2I440, S2I441.
    """
    for where in read.routes:
        raise Refusal(catalog.route_limited(where))
    for where in read.shared:
        raise Refusal(catalog.limited_together(where))


def connection_pool(read: UpstreamTrafficSetting) -> Generator[Diagnostic, None, Json]:
    """The connectionPool of a DestinationRule; nothing where no limit is left."""
    tcp: Json = {}
    http: Json = {}
    for numbers, built in ((read.tcp, tcp), (read.http, http)):
        for number in numbers:
            yield from _number(number)
            if number.value:
                built[number.name] = min(number.value, _INT32)
    if read.timeout:
        tcp["connectTimeout"] = read.timeout
    return {key: built for key, built in (("tcp", tcp), ("http", http)) if built}


def _number(number: Number) -> Iterator[Diagnostic]:
    if not number.value:
        yield catalog.zero_is_no_limit(number.where, number.name)
    elif number.value > _INT32:
        yield catalog.limit_too_large(number.where, number.value, _INT32)


def _rates(
    read: UpstreamTrafficSetting, service: Service | None, document: Document, context: Context
) -> Iterator[Emission | Diagnostic]:
    where, name = Where(document, "spec.rateLimit.local"), read.host.partition(".")[0]
    if context.options.envoy_filters != "allow":
        raise Refusal(catalog.rate_without_filter(where))
    if service is None or not service.selector:
        raise Refusal(catalog.limited_service_unknown(where, name))
    http, tcp, others = _ports(service, context)
    patches = [
        patch for port in sorted(http | tcp) for patch in _patches(port, read, is_http=port in http)
    ]
    if not patches:
        raise Refusal(catalog.limited_service_unknown(where, name))
    yield catalog.rate_by_filter(where)
    if others and read.requests:
        port, other = min(others)
        yield catalog.other_names_limited(where, name, other, Witness("", port=port))
    body = limits.envoy_filter(document.name, document.namespace, service.selector, patches)
    yield Emission(body, document, (document,), document)


def _patches(port: int, read: UpstreamTrafficSetting, *, is_http: bool) -> Iterator[Json]:
    if one := read.connections:
        yield from limits.of_connections(port, limits.bucket(one.tokens, one.most, one.interval))
    if (one := read.requests) and is_http:
        filled = limits.bucket(one.tokens, one.most, one.interval)
        yield from limits.of_requests(port, filled, one.status, one.headers)


def _ports(
    service: Service, context: Context
) -> tuple[frozenset[int], frozenset[int], frozenset[tuple[int, str]]]:
    """The workload ports that a Service opens, HTTP and TCP, and who opens them as well."""
    http, tcp, others = set(), set(), set()
    for workload in context.bundle.workloads(service.namespace):
        if not selects(service.selector, workload.labels):
            continue
        exposed = exposure(context, workload).exposed
        own = [one for one in exposed if one.service is service]
        http |= {one.target for one in own if "http" in one.protocols}
        tcp |= {one.target for one in own if "tcp" in one.protocols}
        others |= {(one.target, one.service.name) for one in exposed if one not in own}
    return frozenset(http), frozenset(tcp), frozenset(pair for pair in others if pair[0] in http)
