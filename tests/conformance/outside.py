"""What the promise does not cover, each with the request that it excludes.

The tests show the difference for every entry, so that the list cannot grow in silence.
Source: the specification, §1.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.conformance.examine import Examination
from tests.conformance.requests import Request
from tests.conformance.services import called, per_pod, selects, targets


class Exclusion(NamedTuple):
    """A reason not to compare."""

    name: str
    covers: Callable[[Examination, Request], bool]


def normalised(_one: Examination, request: Request) -> bool:
    """Istio normalises dot segments, escapes and backslashes; OSM compares what was sent."""
    path = request.path.partition("?")[0]
    return bool({".", ".."} & set(path.split("/"))) or bool(set(path) & set("%\\#"))


def several_lines(_one: Examination, request: Request) -> bool:
    """A header sent on several lines, which versions of Envoy read differently."""
    names = [header[0].lower() for header in request.headers]
    return len(names) != len(set(names))


def other_authority(_one: Examination, request: Request) -> bool:
    """OSM knows ten names of a Service; the authority counts only where a document names it."""
    host, _, _ = request.host.partition(":")
    names = {request.service}
    for suffix in ("svc", "svc.cluster", "svc.cluster.local"):
        names.add(f"{request.service}.{suffix}")
    names.add(request.service.rpartition(".")[0])
    return host not in names


def unexposed_in_permissive_mode(one: Examination, request: Request) -> bool:
    """A port that no Service exposes, where everybody may do everything."""
    return one.mesh.permissive and request.port not in _exposed(one, request)


def bytes_in_permissive_mode(one: Examination, request: Request) -> bool:
    """Bytes that are not HTTP, where everybody may do everything.

    Istio reads the protocol of an undeclared port off what is sent; OSM's HTTP parser answers 400.
    """
    return one.mesh.permissive and not request.method


def _exposed(one: Examination, request: Request) -> set[int]:
    if one.before is None:
        raise ValueError(f"{one.mesh.name} was not generated")
    pod = one.before.cluster.pod(request.pod)
    return {
        target.number
        for service in one.before.cluster.services
        if selects(service, pod)
        for target in targets(service, pod)
    }


def unaddressed(one: Examination, request: Request) -> bool:
    """A pod behind a headless Service of a StatefulSet, called by the Service's own name."""
    if one.before is None:
        raise ValueError(f"{one.mesh.name} was not generated")
    cluster = one.before.cluster
    pod = cluster.pod(request.pod)
    names = {
        called(service, pod)
        for service in cluster.services
        if selects(service, pod)
        and (per_pod(service, pod) or not any(per_pod(service, it) for it in cluster.pods))
    }
    return request.service not in names


def refused_by_envoy(one: Examination, request: Request) -> bool:
    """OSM generated what its Envoy refused, so that the pod lost some or all of it."""
    return one.osm is not None and request.pod in one.osm.refused


EXCLUSIONS = (
    Exclusion("Istio's path normalisation", normalised),
    Exclusion("a header on several lines", several_lines),
    Exclusion("OSM's check of the authority", other_authority),
    Exclusion("pods that OSM could not address behind a headless Service", unaddressed),
    Exclusion("permissive mode: ports that no Service exposes", unexposed_in_permissive_mode),
    Exclusion("permissive mode: bytes that are not HTTP", bytes_in_permissive_mode),
    Exclusion("what OSM's proxies lost because Envoy refused it", refused_by_envoy),
)


def outside(one: Examination, request: Request) -> str | None:
    """Why *request* is not compared; None if it is."""
    for exclusion in EXCLUSIONS:
        if exclusion.covers(one, request):
            return exclusion.name
    return None
