"""Constructors of networking.istio.io: plain dicts, in the order in which people read them.

Target: https://istio.io/latest/docs/reference/config/networking/virtual-service/
"""

from collections.abc import Mapping, Sequence

from smi2istio.emit import Json, istio_object
from smi2istio.records import Record

API_VERSION = "networking.istio.io/v1"
MESH = "mesh"  # the gateway that stands for all sidecars
LONGEST_REGEX = 1024  # bytes; Istio's webhook refuses more, lest Envoy's limit on programs is hit
#: What ``retryOn`` may name, beside statuses.
RETRY_ON = frozenset(
    ("5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "retriable-4xx",
     "refused-stream", "retriable-status-codes", "retriable-headers", "envoy-ratelimited",
     "http3-post-connect-failure", "cancelled", "deadline-exceeded", "internal",
     "resource-exhausted", "unavailable")
)  # fmt: skip


class Own(Record):
    """What an object is called, and who sees it: some namespaces, or all without any."""

    name: str
    namespace: str
    export_to: tuple[str, ...] = ()


def virtual_service(
    own: Own, host: str, routes: Mapping[str, Sequence[Json]], gateways: Sequence[str] = ()
) -> Json:
    """The routes to one host, by "http" and "tcp"; without gateways it counts in the mesh alone."""
    spec: Json = {"hosts": [host]}
    for key, values in {"gateways": gateways, "exportTo": own.export_to, **routes}.items():
        if values:
            spec[key] = list(values)
    return istio_object(API_VERSION, "VirtualService", own.name, own.namespace, spec)


def destination_rule(
    own: Own,
    host: str,
    subsets: Sequence[tuple[str, Mapping[str, str]]],
    pool: Mapping[str, object],
) -> Json:
    """A host's limits, and its pods by labels; a subset narrows the Service's own selector."""
    spec: Json = {"host": host}
    if own.export_to:
        spec["exportTo"] = list(own.export_to)
    if pool:
        spec["trafficPolicy"] = {"connectionPool": dict(pool)}
    if subsets:
        spec["subsets"] = [{"name": subset, "labels": dict(labels)} for subset, labels in subsets]
    return istio_object(API_VERSION, "DestinationRule", own.name, own.namespace, spec)


def service_entry(
    own: Own,
    hosts: Sequence[str],
    addresses: Sequence[str],
    ports: Sequence[tuple[int, str]],
    *,
    resolved: bool,
) -> Json:
    """Hosts outside the mesh: looked up by Istio, or reached at the address that a client asked.

    Args:
        ports: numbers and protocols.
    """
    spec: Json = {"hosts": list(hosts)}
    if addresses:
        spec["addresses"] = list(addresses)
    spec["ports"] = [
        {"number": number, "name": f"{protocol.lower()}-{number}", "protocol": protocol}
        for number, protocol in ports
    ]
    spec["location"] = "MESH_EXTERNAL"
    spec["resolution"] = "DNS" if resolved else "NONE"
    spec["exportTo"] = list(own.export_to)
    return istio_object(API_VERSION, "ServiceEntry", own.name, own.namespace, spec)


def destination(host: str, subset: str = "", port: int = 0) -> Json:
    """Without a port HTTP goes to the listener's own (reference/istio-verified.md, finding 4)."""
    built: Json = {"host": host}
    if subset:
        built["subset"] = subset
    if port:
        built["port"] = {"number": port}
    return built


def weighted(target: Json, weight: int) -> Json:
    return {"destination": target, "weight": weight}


def route(matches: Sequence[Json], destinations: Sequence[Json]) -> Json:
    """One route; without matches it takes everything, and nothing after it is looked at."""
    return {**({"match": list(matches)} if matches else {}), "route": list(destinations)}
