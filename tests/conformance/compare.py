"""Compares what the two proxies did with what the program said that they would do.

A result may be narrower or wider than its source only where a diagnostic says so that is about a
document of that destination.  Anything else is a finding, and a finding is a failure.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tests.conformance.distributions import disagreements
from tests.conformance.examine import Examination
from tests.conformance.mesh import Mesh
from tests.conformance.outside import outside
from tests.conformance.requests import Request
from tests.conformance.services import selects
from tests.conformance.witnesses import access_documents

from smi2istio.diagnostics import Diagnostic, Fidelity


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
    if one.istio is None or one.before is None or one.after is None:
        return
    for pod, reason in one.istio.refused.items():
        yield Finding(one.mesh, f"Envoy refuses the output for {pod}", None, reason)
    said = {it.where.document.kind for it in one.translation.diagnostics if it.where.document}
    if "TrafficSplit" not in said:
        for disagreement in disagreements(one.before, one.after):
            yield Finding(one.mesh, "sent elsewhere", None, disagreement)
    yield from _differences(one)


def _differences(one: Examination) -> Iterator[Finding]:
    for position, request in enumerate(one.mesh.requests):
        how = difference(one, position)
        if how is None or outside(one, request) or how in excused(one, request):
            continue
        before, after = one.outcomes(position)
        detail = f"osm {'/'.join(sorted({it.how for it in before}))}, istio {after.how}"
        yield Finding(one.mesh, how.value, request, detail)


def overstated(one: Examination) -> Iterator[Diagnostic]:
    """Diagnostics whose witness, though it could be sent, shows no difference anywhere.

    That is not wrong of a match that another match of the same caller covers.
    """
    for said, positions in one.witnesses:
        sent = [one.mesh.requests[position] for position in positions]
        if not sent or any(outside(one, request) for request in sent):
            continue
        if all(difference(one, position) != said.rule.fidelity for position in positions):
            yield said


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
    pod = one.before.cluster.pod(request.pod)
    related = {pod.workload, f"Namespace/{pod.namespace}", "MeshConfig/osm-system/osm-mesh-config"}
    related |= {
        f"Service/{pod.namespace}/{service['metadata']['name']}"
        for service in one.before.cluster.services
        if selects(service, pod)
    }
    return related | set(access_documents(one.mesh, pod))
