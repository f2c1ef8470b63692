"""What the promise does not cover, each with the requests that it excludes.

The names are the README's, word for word; the tests show the difference for every entry, so that
the list cannot grow in silence.
Source: the specification, §1.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.conformance.examine import Examination
from tests.conformance.services import called, per_pod, selects, targets
from tests.meshes.mesh import Body
from tests.meshes.requests import Request

Covers = Callable[[Examination, Request], bool]


class Exclusion(NamedTuple):
    """A reason not to compare.

    Attributes:
        covers: the requests that are not compared; None where verdicts are the same.
    """

    name: str
    covers: Covers | None = None


def normalised(_one: Examination, request: Request) -> bool:
    """Istio normalises dot segments, escapes and backslashes; OSM compares what was sent."""
    path = request.path.partition("?")[0]
    return bool({".", ".."} & set(path.split("/"))) or bool(set(path) & set("%\\#"))


def of_another_case(_one: Examination, request: Request) -> bool:
    """The value of a `host` was compared as it is; Istio's `hosts` ignore case."""
    return request.host != request.host.lower()


def unexposed_in_permissive_mode(one: Examination, request: Request) -> bool:
    """A port that no Service exposes, where everybody may do everything."""
    return one.mesh.permissive and request.port not in _exposed(one, request)


def bytes_in_permissive_mode(one: Examination, request: Request) -> bool:
    """Bytes that are not HTTP, where everybody may do everything.

    Istio reads the protocol of an undeclared port off what is sent; OSM's HTTP parser answers 400.
    """
    return one.mesh.permissive and not request.method


def newcomers_in_permissive_mode(one: Examination, request: Request) -> bool:
    """A caller that Istio's mesh has and OSM's had not, where every member may do everything."""
    return one.mesh.permissive and bool(request.outside)


def unaddressed(one: Examination, request: Request) -> bool:
    """A pod behind a headless Service of a StatefulSet, called by the Service's own name."""
    pod, services = one.cluster.pod(request.pod), list(_in_front(one, request))
    names = {
        called(service, pod)
        for service in services
        if per_pod(service, pod) or not any(per_pod(service, it) for it in one.cluster.pods)
    }
    return bool(services) and request.service not in names


def of_several_numbers(one: Examination, request: Request) -> bool:
    """A pod behind a Service whose named targetPort is another number in another pod."""
    for service in _in_front(one, request):
        pods = [pod for pod in one.cluster.pods if selects(service, pod)]
        if len({targets(service, pod) for pod in pods}) > 1:
            return True
    return False


def unserved(one: Examination, request: Request) -> bool:
    """A pod with no Service in front of it, all of whose ports OSM closed."""
    return not list(_in_front(one, request))


def never_sent(one: Examination, request: Request) -> bool:
    """A caller that OSM's server lets in though no target has told its own proxy so."""
    pod = one.cluster.pod(request.pod)
    targets_of_pod = one.source.targets.get(f"{pod.namespace}/{pod.account}", [])
    let_in = any(it.admits(request.source) for it in targets_of_pod)
    return let_in and not any(request.source in it.callers for it in targets_of_pod)


def other_authority(one: Examination, request: Request) -> bool:
    """OSM knows ten names of a Service; the authority counts only where a document names it."""
    host, _, number = request.host.partition(":")
    names = {request.service, request.service.rpartition(".")[0]}
    names |= {f"{request.service}.{suffix}" for suffix in _SUFFIXES}
    ports = {
        str(target.port)
        for service in _in_front(one, request)
        for target in targets(service, one.cluster.pod(request.pod))
        if target.number == request.port
    }
    return host not in names or bool(number and number not in ports)


_SUFFIXES = ("svc", "svc.cluster", "svc.cluster.local")
# OSM opens no port of another protocol. Source: OSM 1.2.4, pkg/envoy/lds/inmesh.go.
_CHAINS = {"http", "grpc", "tcp", "tcp-server-first"}


def several_lines(_one: Examination, request: Request) -> bool:
    """A header sent on several lines, which versions of Envoy read differently."""
    names = [header[0].lower() for header in request.headers]
    return len(names) != len(set(names))


def refused_by_envoy(one: Examination, request: Request) -> bool:
    """OSM generated what its Envoy refused, so that the pod lost some or all of it."""
    return one.osm is not None and request.pod in one.osm.refused


def unprintable(_one: Examination, request: Request) -> bool:
    """Bytes that are not UTF-8, which are surrogates here, and control characters."""
    texts = (request.path, *(value for _, value in request.headers))
    return any(char < " " or "\ud800" <= char <= "\udfff" for text in texts for char in text)


EXCLUSIONS = (
    Exclusion("status codes: where OSM answered 404 or closed the connection, Istio answers 403"),
    Exclusion(
        "Istio's normalisation of paths: dot segments, `%`-encodings, backslashes", normalised
    ),
    Exclusion("Istio's default retries"),
    Exclusion("the case of the authority", of_another_case),
    Exclusion("in permissive mode, ports that no Service exposes", unexposed_in_permissive_mode),
    Exclusion(
        "in permissive mode, connections that do not speak HTTP on ports that OSM read as HTTP",
        bytes_in_permissive_mode,
    ),
    Exclusion(
        "in permissive mode, callers from outside OSM's mesh that are in Istio's, such as gateways",
        newcomers_in_permissive_mode,
    ),
    Exclusion("pods behind a headless Service that OSM could not address", unaddressed),
    Exclusion(
        "a named targetPort that means different numbers in different pods (warned of)",
        of_several_numbers,
    ),
    Exclusion("destinations whose Services are not in the input (warned of)", unserved),
    Exclusion("OSM's denial at the client", never_sent),
    Exclusion("OSM's check of the authority against a Service's ten names", other_authority),
    Exclusion("a header sent on several lines", several_lines),
    Exclusion(
        "what OSM's own proxies lost because Envoy refused their configuration"
        " (each such case has a diagnostic)",
        refused_by_envoy,
    ),
    Exclusion("invalid UTF-8 and control bytes", unprintable),
)


def outside(one: Examination, request: Request) -> str | None:
    """Why *request* is not compared; None if it is."""
    for exclusion in EXCLUSIONS:
        if exclusion.covers and exclusion.covers(one, request):
            return exclusion.name
    return None


def _in_front(one: Examination, request: Request) -> Iterator[Body]:
    pod = one.cluster.pod(request.pod)
    return (service for service in one.cluster.services if selects(service, pod))


def _exposed(one: Examination, request: Request) -> set[int]:
    pod = one.cluster.pod(request.pod)
    return {
        target.number
        for service in _in_front(one, request)
        for target in targets(service, pod)
        if str(target.app_protocol or "http").lower() in _CHAINS
    }
