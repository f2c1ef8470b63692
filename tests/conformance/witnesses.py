"""Diagnostics and the pods that they are about: whose requests they excuse, and must show."""

from collections.abc import Iterator
from itertools import product

from tests.conformance.cluster import Cluster
from tests.conformance.mesh import Mesh
from tests.conformance.requests import Request
from tests.conformance.services import Body, Pod, called, name_of, selects, targets

from smi2istio.diagnostics import Diagnostic


def access_documents(mesh: Mesh, pod: Pod) -> Iterator[str]:
    """The targets of a pod's account and the routes that they name, ``Kind/namespace/name``."""
    for name, spec in _targets_of(mesh, pod).items():
        yield f"TrafficTarget/{pod.namespace}/{name}"
        for rule in spec.get("rules") or spec.get("specs") or ():
            yield f"{rule['kind']}/{pod.namespace}/{rule['name']}"


def _targets_of(mesh: Mesh, pod: Pod) -> dict[str, Body]:
    """The specs of the TrafficTargets of a pod's account; before v1alpha3 they had no `spec`."""
    found = {}
    for body in mesh.documents:
        if body.get("kind") == "TrafficTarget":
            spec = body.get("spec") or body
            destination = spec.get("destination") or {}
            place = (destination.get("name"), body["metadata"].get("namespace"))
            if place == (pod.account, pod.namespace):
                found[name_of(body)] = spec
    return found


def requests(said: Diagnostic, mesh: Mesh, cluster: Cluster) -> Iterator[Request]:
    """The witness of a diagnostic about access, at each port that it may speak of.

    A witness that names no caller holds for all that the targets name.
    """
    witness = said.witness
    if witness is None:
        return
    authority = next((value for name, value in witness.headers if name == "host"), "")
    headers = tuple(pair for pair in witness.headers if pair[0] != "host")
    for pod in cluster.pods:
        if said.where.owner not in set(access_documents(mesh, pod)):
            continue
        sources = [witness.source] if witness.source else sorted(set(_sources(mesh, pod)))
        for (service, port), source in product(_doors(cluster, pod), sources):
            if witness.port in (0, port):
                what = (witness.method, witness.path, headers, authority)
                yield Request(source, pod.key, port, service, *what)


def _doors(cluster: Cluster, pod: Pod) -> list[tuple[str, int]]:
    """The Services in front of a pod, each with the workload ports that it opens."""
    return [
        (called(service, pod), target.number)
        for service in cluster.services
        if selects(service, pod)
        for target in targets(service, pod)
    ]


def _sources(mesh: Mesh, pod: Pod) -> Iterator[str]:
    for spec in _targets_of(mesh, pod).values():
        for source in spec.get("sources") or ():
            yield f"{source.get('namespace')}/{source['name']}"
