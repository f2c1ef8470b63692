"""Compares what the two proxies did with what the program said that they would do.

A result may be narrower or wider than its source only where a diagnostic says so that is about a
document of that destination.  Anything else is a finding, and a finding is a failure.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from smi2istio.diagnostics import Diagnostic, Fidelity

from tests.conformance.cluster import Pod, selects
from tests.conformance.examine import Examination
from tests.conformance.mesh import Mesh
from tests.conformance.requests import Request


class Finding(NamedTuple):
    """A difference that nothing explains.

    Attributes:
        how: narrower, wider, or what failed.
        detail: what both sides did.
    """

    mesh: Mesh
    how: str
    request: Request | None
    detail: str

    def __str__(self) -> str:
        return f"{self.mesh.name}: {self.how}: {self.request or ''} {self.detail}"


def findings(one: Examination) -> Iterator[Finding]:
    """What is wrong with one mesh."""
    for refusal in one.refusals:
        yield Finding(one.mesh, "istiod refuses the output", None, refusal)
    if one.osm is None or one.istio is None:
        return
    for pod, reason in one.istio.refused.items():
        yield Finding(one.mesh, f"Envoy refuses the output for {pod}", None, reason)
    for position, request in enumerate(one.mesh.requests):
        how = difference(one, position)
        if how is not None and how not in excused(one, request):
            before, after = one.outcomes(position)
            detail = f"osm {'/'.join(sorted({it.how for it in before}))}, istio {after.how}"
            yield Finding(one.mesh, how.value, request, detail)


def difference(one: Examination, position: int) -> Fidelity | None:
    """How Istio's verdict differs; where OSM's depends on its random order, both are OSM's.

    What OSM allows in one order only, Istio allows always: that is wider, and has to be said.
    """
    before, after = one.outcomes(position)
    if after.allowed and not all(it.allowed for it in before):
        return Fidelity.WIDER
    if not after.allowed and any(it.allowed for it in before):
        return Fidelity.NARROWER
    return None


def excused(one: Examination, request: Request) -> set[Fidelity]:
    """The differences that the diagnostics about the destination of *request* announce."""
    related = _related(one, request)
    return {
        said.rule.fidelity
        for said in one.translation.diagnostics
        if said.where.document is None or said.where.owner in related
    }


def _related(one: Examination, request: Request) -> set[str]:
    """The documents that have to do with a pod, as ``Kind/namespace/name``."""
    if one.before is None:
        raise ValueError(f"{one.mesh.name} was not generated")
    pod = one.before.sidecars[request.pod].pod
    related = {pod.workload, f"Namespace/{pod.namespace}", "MeshConfig/osm-system/osm-mesh-config"}
    related |= {
        f"Service/{pod.namespace}/{service['metadata']['name']}"
        for service in one.before.cluster.services
        if selects(service, pod)
    }
    return related | set(_access(one.mesh, pod))


def _access(mesh: Mesh, pod: Pod) -> Iterator[str]:
    """The targets of a pod's account and the routes that they name."""
    for body in mesh.documents:
        if body.get("kind") != "TrafficTarget":
            continue
        spec = body.get("spec") or body
        destination = spec.get("destination") or {}
        if (destination.get("name"), body["metadata"].get("namespace")) == (
            pod.account,
            pod.namespace,
        ):
            yield f"TrafficTarget/{pod.namespace}/{body['metadata']['name']}"
            for rule in spec.get("rules") or spec.get("specs") or ():
                yield f"{rule['kind']}/{pod.namespace}/{rule['name']}"


def announced(one: Examination, diagnostics: Iterable[Diagnostic]) -> list[Request]:
    """The witnesses of *diagnostics* as requests to every pod that they may be about."""
    found = []
    for said in diagnostics:
        witness = said.witness
        if witness is None or one.before is None:
            continue
        for sidecar in one.before.sidecars.values():
            if said.where.owner in _access(one.mesh, sidecar.pod):
                found.append(
                    Request(
                        witness.source,
                        sidecar.pod.key,
                        witness.port,
                        "",
                        witness.method,
                        witness.path,
                        witness.headers,
                    )
                )
    return found
