"""Constructors of networking.istio.io: plain dicts, in the order in which people read them.

Target: https://istio.io/latest/docs/reference/config/networking/virtual-service/
"""

from collections.abc import Mapping, Sequence

from smi2istio.emit import istio_object

API_VERSION = "networking.istio.io/v1"
MESH = "mesh"  # the gateway that stands for all sidecars

Json = dict[str, object]


def virtual_service(
    name: str,
    namespace: str,
    host: str,
    routes: Mapping[str, Sequence[Json]],
    gateways: Sequence[str] = (),
) -> Json:
    """The routes to one host, by "http" and "tcp"; without gateways it counts in the mesh alone."""
    spec: Json = {"hosts": [host]}
    for key, values in {"gateways": gateways, **routes}.items():
        if values:
            spec[key] = list(values)
    return istio_object(API_VERSION, "VirtualService", name, namespace, spec)


def destination_rule(
    name: str, namespace: str, host: str, subsets: Sequence[tuple[str, Mapping[str, str]]]
) -> Json:
    """A host's pods by labels; a subset narrows the Service's own selector."""
    spec = {
        "host": host,
        "subsets": [{"name": subset, "labels": dict(labels)} for subset, labels in subsets],
    }
    return istio_object(API_VERSION, "DestinationRule", name, namespace, spec)


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
