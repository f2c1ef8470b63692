"""UpstreamTrafficSetting of policy.openservicemesh.io.

Source: osm v1.2.4, pkg/apis/policy/v1alpha1; reference/osm-semantics.md §6.4.
"""

from collections.abc import Mapping

from smi2istio.catalog import osm_config as catalog
from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.records import Record
from smi2istio.source.durations import duration

_FIRST_ERROR, _LAST_ERROR = 400, 599
_UNITS = {"second": "1s", "minute": "60s", "hour": "3600s"}
_TCP = {"maxConnections": "maxConnections"}
_HTTP = {
    "maxPendingRequests": "http1MaxPendingRequests",
    "maxRequests": "http2MaxRequests",
    "maxRequestsPerConnection": "maxRequestsPerConnection",
    "maxRetries": "maxRetries",
}


class Number(Record):
    """A limit, by Istio's name for it."""

    name: str
    value: int
    where: Where


class RateLimit(Record):
    """A bucket of tokens that is filled again and again.

    Attributes:
        tokens: how many are added each *interval*.
        most: how many it holds.
        status: of the answer; 0 where it is not written.
        headers: of the answer.
    """

    tokens: int
    most: int
    interval: str
    status: int
    headers: tuple[tuple[str, str], ...]
    where: Where


class UpstreamTrafficSetting(Record):
    """What is limited; None where a limit is not written.

    Attributes:
        timeout: for connecting; "" where it is not written.
        routes: places of limits of single routes.
        shared: places of limits that a service of their own counts.
    """

    host: str
    tcp: tuple[Number, ...]
    http: tuple[Number, ...]
    timeout: str
    connections: RateLimit | None
    requests: RateLimit | None
    routes: tuple[Where, ...]
    shared: tuple[Where, ...]
    fields: Fields


def upstream_traffic_setting(document: Document) -> UpstreamTrafficSetting:
    """Parse one.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I418, S2I419.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    pool, limits = spec.mapping("connectionSettings"), spec.mapping("rateLimit")
    local = limits.mapping("local")
    tcp = pool.mapping("tcp")
    routes = [one.where for one in spec.mappings("httpRoutes") if _limits_route(one)]
    limits.skip("global")
    return UpstreamTrafficSetting(
        spec.text("host"),
        _numbers(tcp, _TCP),
        _numbers(pool.mapping("http"), _HTTP),
        duration(tcp, "connectTimeout"),
        _rate(local.mapping("tcp"), "connections") if local.has("tcp") else None,
        _rate(local.mapping("http"), "requests") if local.has("http") else None,
        tuple(routes),
        (limits.at("global"),) if limits.has("global") else (),
        fields,
    )


def _limits_route(route: Fields) -> bool:
    """Whether a route has a limit; such a document is refused, so nothing of it is read."""
    route.skip("path", "rateLimit")
    return route.has("rateLimit")


def _numbers(fields: Fields, names: Mapping[str, str]) -> tuple[Number, ...]:
    found = []
    for key, name in names.items():
        value = fields.get(key, int)
        if value is not None:
            found.append(Number(name, _natural(fields, key, value), fields.at(key)))
    return tuple(found)


def _rate(fields: Fields, key: str) -> RateLimit:
    tokens, burst = fields.get(key, int), fields.get("burst", int) or 0
    if not tokens:
        raise Refusal(reading.missing(fields.at(key)))
    unit, status = fields.one_of("unit", *_UNITS), 0
    headers: tuple[tuple[str, str], ...] = ()
    if key == "requests":
        status = _status(fields)
        headers = tuple(
            (header.required("name"), header.required("value"))
            for header in fields.mappings("responseHeadersToAdd")
        )
    most = _natural(fields, key, tokens) + _natural(fields, "burst", burst)
    return RateLimit(tokens, most, _UNITS[unit], status, headers, fields.where)


def _status(fields: Fields) -> int:
    """The status of the answer; Envoy would send 429 in place of one that is no error."""
    status = fields.get("responseStatusCode", int)
    if status is not None and not _FIRST_ERROR <= status <= _LAST_ERROR:
        known = (f"{_FIRST_ERROR} to {_LAST_ERROR}",)
        raise Refusal(reading.not_one_of(fields.at("responseStatusCode"), str(status), known))
    return status or 0


def _natural(fields: Fields, key: str, value: int) -> int:
    if value < 0:
        raise Refusal(catalog.negative(fields.at(key), value))
    return value
