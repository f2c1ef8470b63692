"""The two deciders of the package, beside the proxies or in their place.

`access` and `can` answer from documents alone.  What they say of a request is held to what an
Envoy did with it; and because it is the same, meshes can be compared by the deciders alone, which
takes a hundredth of the time and knows source meshes that are not OSM's.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from tests.conformance.examine import Examination, begun
from tests.conformance.outcomes import Answers, Outcome
from tests.meshes.mesh import Mesh
from tests.meshes.requests import Request

from smi2istio.access.request import Answer, Verdict, destination
from smi2istio.access.request import Request as Asked

UNTOLD = (Outcome(allowed=False, how="the documents do not tell"),)
ALLOWED = {Answer.ALLOW: (True,), Answer.DENY: (False,), Answer.EITHER: (False, True)}


def decided(mesh: Mesh) -> Examination:
    """A mesh, examined by the deciders."""
    one = begun(mesh)
    if one.translation.text is None:
        return one
    pairs = [_pair(*verdicts(one, request)) for request in one.mesh.requests]
    return replace(
        one,
        osm=Answers(tuple(before for before, _ in pairs), {}),
        istio=Answers(tuple(after for _, after in pairs), {}),
    )


def _pair(before: Verdict, after: Verdict) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """The outcomes on both sides; the same where the documents do not tell."""
    if Answer.UNKNOWN in (before.answer, after.answer):
        return UNTOLD, UNTOLD
    return _outcomes(before), _outcomes(after)


def _outcomes(verdict: Verdict) -> tuple[Outcome, ...]:
    said = "; ".join(map(str, verdict.reasons))
    return tuple(Outcome(allowed, said) for allowed in ALLOWED[verdict.answer])


class Disagreement(NamedTuple):
    """A decider that says otherwise than the proxies did."""

    request: Request
    side: str
    verdict: Verdict
    outcomes: tuple[Outcome, ...]

    def __str__(self) -> str:
        did = "/".join(sorted({one.how for one in self.outcomes}))
        said = "; ".join(map(str, self.verdict.reasons))
        return f"{self.side} {did}, its decider: {self.verdict.answer}: {said}"


def disagreements(one: Examination) -> Iterator[tuple[int, Disagreement]]:
    """Where a decider is wrong, by the position of the request."""
    for position, request in enumerate(one.mesh.requests):
        before, after = one.outcomes(position)
        for side, verdict, outcomes in zip(
            ("osm", "istio"), verdicts(one, request), (before, (after,)), strict=True
        ):
            found = {it.allowed for it in outcomes}
            if verdict.answer not in ALLOWED or set(ALLOWED[verdict.answer]) == found:
                continue
            if side == "istio" or True not in ALLOWED[verdict.answer] or not shared(one, request):
                yield position, Disagreement(request, side, verdict, outcomes)


def shared(one: Examination, request: Request) -> bool:
    """Whether Services open a port as HTTP and as TCP.

    A decider says what the best of OSM's ways in says; Istio takes one of both.
    """
    workload = destination(one.source.bundle, asked(one, request))
    fronts = one.source.setting.fronts(workload, request.port)
    return len({front.spoken for front in fronts}) > 1


def protected(one: Examination, request: Request) -> bool:
    """Whether a request passes a sidecar of OSM's at all."""
    workload = destination(one.source.bundle, asked(one, request))
    setting = one.source.setting
    return setting.has_sidecar(workload) and not setting.passes_by(workload, request.port)


def verdicts(one: Examination, request: Request) -> tuple[Verdict, Verdict]:
    """What the deciders of the old mesh and of Istio say."""
    return (
        one.source.decide(asked(one, request)),
        one.target.decide(asked(one, request, of_istio=True)),
    )


def asked(one: Examination, request: Request, *, of_istio: bool = False) -> Asked:
    """The same request in the words of one of the deciders."""
    path, mark, query = request.path.partition("?")
    named = of_istio or request.outside != "address"
    return Asked(
        (request.source or None) if named else None,
        one.cluster.pod(request.pod).workload,
        request.port,
        request.method or "GET",
        path,
        mark + query,
        request.headers,
        request.host,
        tcp=not request.method,
    )
