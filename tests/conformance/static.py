"""A generated listener, made to stand alone on loopback.

Only addresses, certificates and where route tables come from are changed: `original_dst` becomes
`proxy_protocol`, so that ports and addresses are still the pod's own, and the peer that rules ask
for is the one that this names; what would be fetched over xDS stands in files.  Everything that
decides is left as the control plane wrote it.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]

_PROXY_PROTOCOL = {
    "name": "envoy.filters.listener.proxy_protocol",
    "typed_config": {
        "@type": "type.googleapis.com/"
        "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol"
    },
}
_ROUTES = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"


class Identity(NamedTuple):
    """The files that a server shows and believes."""

    certificate: Path
    key: Path
    root: Path


class Static(NamedTuple):
    """A listener for Envoy, where it listens, and the clusters that it sends to."""

    name: str
    socket: Path
    config: Json
    clusters: set[str]


def static(
    generated: Json, name: str, socket: Path, identity: Identity, sends_to: set[str]
) -> Static:
    """The listener, at a Unix socket; the path of one may have no more than 107 characters."""
    filters = [
        one for one in generated.get("listener_filters", ()) if "original_dst" not in one["name"]
    ]
    config = {
        "name": name,
        "address": {"pipe": {"path": str(socket)}},
        "listener_filters": [_PROXY_PROTOCOL, *filters],
        "filter_chains": [
            _secured(_addressed(chain), identity) for chain in generated["filter_chains"]
        ],
    }
    for key in ("default_filter_chain", "continue_on_listener_filters_timeout"):
        if key in generated:
            config[key] = _addressed(generated[key])
    return Static(name, socket, config, sends_to)


def _addressed(node: Any) -> Any:
    """A copy of a tree in which rules look at the address of the PROXY line, not at the socket."""
    if isinstance(node, dict):
        return {
            "remote_ip" if key == "direct_remote_ip" else key: _addressed(value)
            for key, value in node.items()
        }
    return [_addressed(item) for item in node] if isinstance(node, list) else node


def _secured(chain: Json, identity: Identity) -> Json:
    socket = chain.get("transport_socket")
    if socket is None:
        return chain
    typed = socket["typed_config"]
    common = {
        key: value
        for key, value in typed["common_tls_context"].items()
        if not key.endswith(("sds_secret_config", "sds_secret_configs"))
    }
    combined = common.pop("combined_validation_context", {})
    common["validation_context"] = {
        **combined.get("default_validation_context", {}),
        "trusted_ca": {"filename": str(identity.root)},
    }
    common["tls_certificates"] = [
        {
            "certificate_chain": {"filename": str(identity.certificate)},
            "private_key": {"filename": str(identity.key)},
        }
    ]
    typed = {**typed, "common_tls_context": common}
    return {**chain, "transport_socket": {**socket, "typed_config": typed}}


def with_routes(generated: Json, routes: dict[str, Json]) -> Json:
    """The listener with its route tables inside, as one message.

    A table that OSM did not send is an empty one.
    Source: OSM 1.2.4 `rds.ensureRDSRequestCompletion`.
    """

    def inside(rds: Json) -> Json:
        table = _table(rds, routes)
        return {"route_config": {**table, "validate_clusters": False}}

    listener: Json = _routed(generated, inside)
    return listener


def with_route_files(generated: Json, routes: dict[str, Json], directory: Path) -> Json:
    """The listener with its route tables in files.

    A table that Envoy refuses then leaves the others in force, as it does when OSM sends it over
    RDS: a fresh pod has no routes on that port.  Each file costs Envoy one of the 128 inotify
    instances that Linux grants a user, so this is for the few listeners that Envoy has refused as
    one message.
    """

    def in_file(rds: Json) -> Json:
        path = directory / f"{rds['route_config_name']}.json"
        resource = {"@type": _ROUTES, **_table(rds, routes)}
        path.write_text(json.dumps({"version_info": "1", "resources": [resource]}))
        return {"rds": {**rds, "config_source": {"path_config_source": {"path": str(path)}}}}

    listener: Json = _routed(generated, in_file)
    return listener


def _table(rds: Json, routes: dict[str, Json]) -> Json:
    name = rds["route_config_name"]
    return routes.get(name) or {"name": name}


def _routed(node: Any, place: Callable[[Json], Json]) -> Any:
    """A copy of a tree in which every reference to a route table is what *place* makes of it."""
    if isinstance(node, dict):
        copied = {key: _routed(value, place) for key, value in node.items() if key != "rds"}
        return copied | place(node["rds"]) if "rds" in node else copied
    if isinstance(node, list):
        return [_routed(item, place) for item in node]
    return node


def clusters(node: Any) -> set[str]:
    """The names of all clusters that a configuration sends requests to."""
    found = set()
    for one in nodes(node):
        if isinstance(one.get("cluster"), str):
            found.add(one["cluster"])
        weighted = one.get("weighted_clusters")
        if weighted:
            found |= {entry["name"] for entry in weighted["clusters"]}
    return found


def nodes(node: Any) -> Iterator[Json]:
    """Every mapping in a tree."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from nodes(value)
    elif isinstance(node, list):
        for item in node:
            yield from nodes(item)
