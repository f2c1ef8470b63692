"""Diagnostics and the pods that they are about: whose requests they excuse, and must show."""

from collections.abc import Iterator
from itertools import product

from tests.conformance.cluster import Cluster
from tests.conformance.services import Pod, called, name_of, selects, targets
from tests.meshes.mesh import Body, Mesh
from tests.meshes.requests import Request

from smi2istio.diagnostics import Diagnostic, Witness


def access_documents(mesh: Mesh, pod: Pod) -> Iterator[str]:
    """The targets of a pod's account and the routes that they name, ``Kind/namespace/name``."""
    for namespace, name, spec in _targets_of(mesh, pod):
        yield f"TrafficTarget/{namespace}/{name}"
        for rule in spec.get("rules") or spec.get("specs") or ():
            yield f"{rule['kind']}/{namespace}/{rule['name']}"


def _targets_of(mesh: Mesh, pod: Pod) -> Iterator[tuple[str, str, Body]]:
    """The TrafficTargets of a pod's account; before v1alpha3 they had no `spec`."""
    for body in mesh.applied:
        if body.get("kind") == "TrafficTarget":
            spec = body.get("spec") or body
            destination = spec.get("destination") or {}
            namespace = body["metadata"].get("namespace")
            place = (destination.get("name"), destination.get("namespace") or namespace)
            if place == (pod.account, pod.namespace):
                yield namespace, name_of(body), spec


def requests(said: Diagnostic, witness: Witness, mesh: Mesh, cluster: Cluster) -> Iterator[Request]:
    """The witness of a diagnostic, at each pod and port that it may speak of.

    A witness that names no caller holds for all that the targets name.
    """
    authority = next((value for name, value in witness.headers if name.lower() == "host"), "")
    headers = tuple(pair for pair in witness.headers if pair[0].lower() != "host")
    for pod in cluster.pods:
        if not _about(said, mesh, pod, cluster):
            continue
        sources = [witness.source] if witness.source else sorted(set(_sources(mesh, pod)))
        for (service, port), source in product(sorted(set(_doors(cluster, pod))), sources):
            if witness.port in (0, port):
                what = (witness.method, witness.path, headers, authority)
                yield Request(source, pod.key, port, service, *what)


def unreachable(said: Diagnostic, witness: Witness, mesh: Mesh, cluster: Cluster) -> bool:
    """Whether a diagnostic may be about pods without a Service, by which nobody can call them."""
    return any(
        _about(said, mesh, pod, cluster) and witness.source in ("", *_sources(mesh, pod))
        for pod in cluster.pods
        if not any(_doors(cluster, pod))
    )


def _about(said: Diagnostic, mesh: Mesh, pod: Pod, cluster: Cluster) -> bool:
    """Whether a diagnostic is about access to a pod."""
    owner = said.where.owner
    services = (f"Service/{pod.namespace}/{name_of(one)}" for one in cluster.services
                if selects(one, pod))  # fmt: skip
    return owner in (pod.workload, *services, *access_documents(mesh, pod))


def _doors(cluster: Cluster, pod: Pod) -> Iterator[tuple[str, int]]:
    """The Services in front of a pod, each with the workload ports that it opens."""
    for service in cluster.services:
        if selects(service, pod):
            for target in targets(service, pod):
                if target.protocol == "TCP":
                    yield called(service, pod), target.number


def _sources(mesh: Mesh, pod: Pod) -> Iterator[str]:
    for _, _, spec in _targets_of(mesh, pod):
        for source in spec.get("sources") or ():
            yield f"{source.get('namespace')}/{source['name']}"
