"""Compares what the two sides did with what the program said that they would do.

A result may be narrower or wider than its source only where a diagnostic tells of it, and then the
request that it shows must show it.  Anything else is a finding, and a finding is a failure.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tests.conformance.announced import Announcements
from tests.conformance.deciders import disagreements, protected, shared
from tests.conformance.distributions import disagreements as distributed
from tests.conformance.distributions import unlimited
from tests.conformance.examine import Examination
from tests.conformance.outside import outside
from tests.conformance.sides import Generated
from tests.conformance.witnesses import unreachable
from tests.meshes.mesh import Mesh
from tests.meshes.requests import Request

from smi2istio.diagnostics import Diagnostic, Fidelity

# What is said of what OSM generated and its Envoy refused, or opened to some of the pods only.
_OF_ENVOY = {"S2I331", "S2I364", "S2I365"}
# What is said of backends that are unknown or that nobody serves, and of limits that Istio ignores
# or cannot write.
_OF_SHARES = {"S2I214", "S2I225"}
_OF_LIMITS = {"S2I432", "S2I433"}


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

    @property
    def whole(self) -> str:
        """Itself, and what it takes to see it again."""
        return f"{self}\nconfiguration {self.mesh.config}\n{self.mesh.text}"


def findings(one: Examination) -> Iterator[Finding]:
    """What is wrong with one mesh."""
    for objection in one.objections:
        yield Finding(one.mesh, "istiod objects to the output", None, objection)
    if one.istio is None:
        return
    for pod, reason in one.istio.refused.items():
        yield Finding(one.mesh, f"Envoy refuses the output for {pod}", None, reason)
    if one.before is not None and one.after is not None:
        yield from _sent(one, one.before, one.after)
        yield from _misjudged(one)
        yield from _bypassed(one)
    yield from _differences(one)
    for said in untrue(one):
        yield Finding(one.mesh, f"the witness of {said.code} shows nothing", None, str(said))


def _sent(one: Examination, before: Generated, after: Generated) -> Iterator[Finding]:
    """What clients do otherwise than with OSM, but where it was said."""
    said = {it.code for it in one.translation.diagnostics}
    if not said & _OF_SHARES:
        for disagreement in distributed(before, after, set(_untried(one))):
            yield Finding(one.mesh, "sent elsewhere", None, disagreement)
    if not said & _OF_LIMITS:
        for limit in unlimited(before, after):
            yield Finding(one.mesh, "limited otherwise", None, limit)


def _untried(one: Examination) -> Iterator[tuple[str, int]]:
    """Ports of Services where, as was said, nothing is tried again."""
    for said in one.translation.diagnostics:
        found = re.match(r"port (\d+) of Service '(.+)/(.+)' is TCP", said.message)
        if said.code == "S2I428" and found:
            yield f"{found[3]}.{found[2]}", int(found[1])


def _bypassed(one: Examination) -> Iterator[Finding]:
    """Spellings of a path of which Istio says something else than of the path."""
    positions = {request: position for position, request in enumerate(one.mesh.requests)}
    for request, position in positions.items():
        plain = positions.get(request.normalised, position)
        found, wanted = one.outcomes(position)[1], one.outcomes(plain)[1]
        if found.allowed != wanted.allowed:
            detail = f"istio {found.how}, and {wanted.how} for {request.normalised.path}"
            yield Finding(one.mesh, "decided before it is normalised", request, detail)


def _misjudged(one: Examination) -> Iterator[Finding]:
    """What the deciders say otherwise than the proxies did."""
    for position, found in disagreements(one):
        if not outside(one, one.mesh.requests[position]):
            how = f"the decider of {found.side} is wrong"
            yield Finding(one.mesh, how, found.request, str(found))


def _differences(one: Examination) -> Iterator[Finding]:
    announcements = Announcements(one)
    for position, request in enumerate(one.mesh.requests):
        how = difference(one, position)
        if how is None or outside(one, request) or announcements.tell(request, how):
            continue
        before, after = one.outcomes(position)
        detail = f"osm {'/'.join(sorted({it.how for it in before}))}, istio {after.how}"
        yield Finding(one.mesh, how.value, request, detail)


def untrue(one: Examination) -> Iterator[Diagnostic]:
    """Diagnostics whose witness, wherever it could be sent, shows no such difference."""
    for said, positions in one.witnesses:
        compared = [it for it in positions if not outside(one, one.mesh.requests[it])]
        if not compared or _open(one, said, positions):
            continue
        if all(difference(one, it) != said.rule.fidelity for it in compared):
            yield said


def _open(one: Examination, said: Diagnostic, positions: Iterable[int]) -> bool:
    """Whether there may be nothing to show.

    OSM protected nothing, or opened a port as HTTP and as TCP, of which Istio does one; or no
    Service leads to the pods that it is about; or OSM's Envoy refused the configuration of a pod,
    which only Envoy can tell.
    """
    if said.witness and unreachable(said, said.witness, one.mesh, one.cluster):
        return True
    asked = [one.mesh.requests[position] for position in positions]
    if any(not protected(one, request) or shared(one, request) for request in asked):
        return True
    if one.before is None:
        return said.code in _OF_ENVOY
    return one.osm is not None and any(request.pod in one.osm.refused for request in asked)


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
