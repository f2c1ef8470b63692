"""Compares where both meshes send requests, how often they try, and how many at a time.

A way is host, port and match; it leads to Services, each with a share.
"""

from collections.abc import Container, Iterator
from fractions import Fraction
from typing import NamedTuple

from tests.conformance.cluster import Cluster
from tests.conformance.services import selects, targets
from tests.conformance.sides import Generated
from tests.conformance.static import Json


class Way(NamedTuple):
    """What a client's sidecar is asked for."""

    pod: str
    protocol: str
    service: str
    port: int
    match: str


Shares = dict[tuple[str, int], Fraction]  # (Service, workload port) → share


class Leads(NamedTuple):
    """Where a way leads; without *retries* each mesh does what it always does."""

    shares: Shares
    retries: Json | None


def disagreements(
    before: Generated, after: Generated, untried: Container[tuple[str, int]] = ()
) -> Iterator[str]:
    """Every way that OSM knows, and that Istio serves otherwise.

    Istio knows more ways, because OSM's clients see only what they may call, and takes some ports
    for TCP.  Where OSM finds no backend, Envoy refuses what it generates.

    Args:
        untried: ports of Services where, as the program said, Istio tries nothing again.
    """
    numbers = _workload_ports(after.cluster)
    known = dict(_ways(after, numbers))
    headless = set(_headless(after.cluster))
    unlike = {key for key, ports in _served(after.cluster).items() if len(ports) > 1}
    for way, (shares, retries) in _ways(before, {}):
        if not shares or _per_pod(way) or (way.service, way.port) not in numbers:
            continue
        if way.protocol == "tcp" and way.service in headless:
            continue
        found = known.get(way, known.get(way._replace(protocol="tcp")))
        if found and unlike & found.shares.keys():
            continue  # the named targetPort that means different numbers, as outside.py has it
        if found is None or found.shares != shares:
            yield f"{way}: osm {_text(shares)}, istio {_text(found and found.shares)}"
        elif retries and found.retries != retries and (way.service, way.port) not in untried:
            yield f"{way}: osm tries {retries}, istio {found.retries}"


def unlimited(before: Generated, after: Generated) -> Iterator[str]:
    """Every limit of a client of OSM's that Istio's does not have."""
    numbers = _workload_ports(after.cluster)
    known = {
        (pod, one["service"], numbers.get((one["service"], one["port"]))): one
        for pod, sidecar in after.sidecars.items()
        for one in sidecar.limits
    }
    for pod, sidecar in before.sidecars.items():
        for one in sidecar.limits:
            found = known.get((pod, one["service"], one["port"]))
            if one["most"] and found and _limits(one, one) != _limits(found, one):
                yield f"{pod} to {one['service']}: osm {one}, istio {found}"


def _limits(one: Json, by: Json) -> Json:
    """The limits that *by* has; without a word each mesh takes its own time to connect."""
    return {**one["most"], "connect": one["connect"] if by["connect"] != _NEVER else ""}


_NEVER = "0s"


def _headless(cluster: Cluster) -> Iterator[str]:
    """Services without an address, for which Istio listens at the address of each pod."""
    for service in cluster.services:
        if service["spec"].get("clusterIP") == "None":
            yield f"{service['metadata']['name']}.{service['metadata']['namespace']}"


def _per_pod(way: Way) -> bool:
    """OSM 1.2 calls each pod behind a headless Service of a StatefulSet by a name of its own."""
    return way.service.count(".") > 1


def _ways(mesh: Generated, numbers: dict[tuple[str, int], int]) -> Iterator[tuple[Way, Leads]]:
    for pod, sidecar in mesh.sidecars.items():
        for one in sidecar.outbound:
            way = Way(pod, one["protocol"], one["service"], one["port"], one["match"])
            yield way, Leads(_shares(one, numbers), one["retries"])


def _shares(distribution: Json, numbers: dict[tuple[str, int], int]) -> Shares:
    """Shares of the whole; what has none is left out."""
    backends = distribution["backends"] or ()
    weights: dict[tuple[str, int], int] = {}
    for one in backends:
        key = (one["service"], one["port"])
        key = (key[0], numbers.get(key, key[1]))
        weights[key] = weights.get(key, 0) + int(one["weight"])
    total = sum(weights.values())
    return {key: Fraction(weight, total) for key, weight in weights.items() if weight}


def _workload_ports(cluster: Cluster) -> dict[tuple[str, int], int]:
    """The workload port of each Service port: Istio's clusters are named by the latter.

    Ports that pods serve differently are left out: OSM took one pod's port for all.
    Source: OSM 1.2.4 `k8s.GetTargetPortFromEndpoints`.
    """
    return {
        key: number
        for key, numbers in _served(cluster).items()
        if len(numbers) == 1
        for number in numbers
        if number
    }


def _served(cluster: Cluster) -> dict[tuple[str, int], set[int]]:
    """All that the pods behind a Service port have for it, 0 for nothing.

    Of ports that are not TCP neither proxy sees anything.
    """
    found: dict[tuple[str, int], set[int]] = {}
    for service in cluster.services:
        name = f"{service['metadata']['name']}.{service['metadata']['namespace']}"
        ports = [
            one["port"] for one in service["spec"]["ports"] if one.get("protocol", "TCP") == "TCP"
        ]
        for pod in (pod for pod in cluster.pods if selects(service, pod)):
            here = {one.port: one.number for one in targets(service, pod) if one.protocol == "TCP"}
            for port in ports:
                found.setdefault((name, port), set()).add(here.get(port, 0))
    return found


def _text(shares: Shares | None) -> str:
    if shares is None:
        return "nowhere"
    return ", ".join(f"{name}:{port} {share}" for (name, port), share in sorted(shares.items()))
