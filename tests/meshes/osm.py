"""Random documents of OSM's own policy: ingress, egress, retries, limits of connections."""

from collections.abc import Iterator

from tests.meshes import regexes
from tests.meshes.dice import Body, Dice, named, subject

_POLICY = "policy.openservicemesh.io/v1alpha1"
_SPECS = "specs.smi-spec.io/v1alpha4"


def beyond_access(dice: Dice) -> list[Body]:
    """What a mesh says besides who may call whom."""
    if not dice.osm:
        return []
    found = list(_ingress(dice))
    if "egress" in dice.odd:
        found += _egress(dice)
    if "retry" in dice.odd:
        found.append(_retry(dice))
    if "limits" in dice.odd:
        found.append(_limits(dice))
    return found


def _ingress(dice: Dice) -> Iterator[Body]:
    """At most one for each way to let somebody in."""
    sources: list[Body] = []
    if "ingress" in dice.odd:
        sources += dice.some([{"kind": "IPRange", "name": "10.2.0.0/16"}], 0, 1)
    if "ingress by gateway" in dice.odd:
        sources.append({"kind": "Service", "name": "nginx", "namespace": "ingress"})
    identities = "ingress of identities" in dice.odd
    if identities:
        sources.append({"kind": "AuthenticatedPrincipal", "name": "nginx.ingress.cluster.local"})
    if not sources and "ingress" not in dice.odd:
        return
    body = named(_POLICY, "IngressBackend", "entrance", "d")
    port = {"number": dice.random.choice((8080, 8080, 9090)), "protocol": "http"}
    backend: Body = {"name": "web", "port": port}
    if identities and dice.chance(0.8):
        port["protocol"] = "https"
    yield body | {"spec": {"backends": [backend], "sources": sources}}


def _egress(dice: Dice) -> list[Body]:
    """For every account of the namespace that has a workload, or a namespace would see more."""
    body = named(_POLICY, "Egress", "outside", "s")
    protocol = dice.random.choice(("http", "https", "tcp"))
    spec: Body = {
        "sources": [subject("s/c1")],
        "ports": [{"number": {"http": 80, "https": 443, "tcp": 5000}[protocol],
                   "protocol": protocol}],
    }  # fmt: skip
    if protocol == "tcp":
        spec["ipAddresses"] = ["192.0.2.7/32"]
    else:
        spec["hosts"] = dice.some(["one.example", "two.example"], 1, 2)
    if protocol != "http" or dice.chance(0.5):
        return [body | {"spec": spec}]
    group = named(_SPECS, "HTTPRouteGroup", "outgoing", "s")
    group["spec"] = {"matches": [{"name": "m", "pathRegex": regexes.path(dice.random)}]}
    spec["matches"] = [{"apiGroup": _SPECS, "kind": "HTTPRouteGroup", "name": "outgoing"}]
    return [group, body | {"spec": spec}]


def _retry(dice: Dice) -> Body:
    body = named(_POLICY, "Retry", "again", "s")
    policy: Body = {"retryOn": "5xx", "numRetries": dice.random.randint(1, 5)}
    if dice.chance(0.7):
        policy["perTryTimeout"] = "2s"
    if dice.chance(0.5):
        policy["retryBackoffBaseInterval"] = "1s"
    destination = {"kind": "Service", "name": "web", "namespace": "d"}
    spec = {"source": subject("s/c1"), "destinations": [destination], "retryPolicy": policy}
    return body | {"spec": spec}


def _limits(dice: Dice) -> Body:
    body = named(_POLICY, "UpstreamTrafficSetting", "limits", "d")
    http = {"maxRequests": 7, "maxRequestsPerConnection": 3, "maxPendingRequests": 5}
    settings = {
        "tcp": {"maxConnections": dice.random.randint(1, 9), "connectTimeout": "3s"},
        "http": dict(dice.some([*http.items()], 1, 3)),
    }
    host = dice.random.choice(("web.d.svc.cluster.local",) * 4 + ("web.d",))
    return body | {"spec": {"host": host, "connectionSettings": settings}}
