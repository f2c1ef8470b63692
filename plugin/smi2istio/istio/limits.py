"""EnvoyFilters that limit how often pods take connections and requests.

Istio has no field for this.  Each port has a bucket of its own in each pod, as in OSM.

Source: envoy.extensions.filters.{network,http}.local_ratelimit; reference/istio-target.md §3,
reference/istio-verified.md, "Also seen".
"""

from collections.abc import Mapping, Sequence

from smi2istio.emit import Json, istio_object

_NETWORK, _HTTP = "envoy.filters.network.local_ratelimit", "envoy.filters.http.local_ratelimit"
_TYPES = "type.googleapis.com/envoy.extensions.filters"
_MANAGER = "envoy.filters.network.http_connection_manager"
_TCP_PROXY, _ROUTER = "envoy.filters.network.tcp_proxy", "envoy.filters.http.router"
_ALWAYS = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}


def bucket(tokens: int, most: int, interval: str) -> Json:
    return {"max_tokens": most, "tokens_per_fill": tokens, "fill_interval": interval}


def of_connections(port: int, filled: Json) -> list[Json]:
    """Patches for a port, in front of what handles its connections, HTTP or not."""
    value = {
        "name": _NETWORK,
        "typed_config": {
            "@type": f"{_TYPES}.network.local_ratelimit.v3.LocalRateLimit",
            "stat_prefix": "smi2istio_tcp",
            "token_bucket": filled,
        },
    }
    return [
        _patch("NETWORK_FILTER", port, {"name": handler}, value)
        for handler in (_MANAGER, _TCP_PROXY)
    ]


def of_requests(
    port: int, filled: Json, status: int, headers: Sequence[tuple[str, str]]
) -> list[Json]:
    """The patch for a port's requests; without a status the answer is 429."""
    config: Json = {
        "@type": f"{_TYPES}.http.local_ratelimit.v3.LocalRateLimit",
        "stat_prefix": "smi2istio_http",
        "token_bucket": filled,
        "filter_enabled": _ALWAYS,
        "filter_enforced": _ALWAYS,
    }
    if status:
        config["status"] = {"code": status}
    if headers:
        config["response_headers_to_add"] = [
            {
                "header": {"key": name, "value": value},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
            for name, value in headers
        ]
    before = {"name": _MANAGER, "subFilter": {"name": _ROUTER}}
    return [_patch("HTTP_FILTER", port, before, {"name": _HTTP, "typed_config": config})]


def envoy_filter(
    name: str, namespace: str, labels: Mapping[str, str], patches: Sequence[Json]
) -> Json:
    """The EnvoyFilter of a setting; a TrafficTarget of its name may have one of that name."""
    name = f"{name}-rate-limit"
    spec = {"workloadSelector": {"labels": dict(labels)}, "configPatches": list(patches)}
    return istio_object("networking.istio.io/v1alpha3", "EnvoyFilter", name, namespace, spec)


def _patch(kind: str, port: int, before: Mapping[str, object], value: Mapping[str, object]) -> Json:
    return {
        "applyTo": kind,
        "match": {
            "context": "SIDECAR_INBOUND",
            "listener": {"portNumber": port, "filterChain": {"filter": before}},
        },
        "patch": {"operation": "INSERT_BEFORE", "value": value},
    }
