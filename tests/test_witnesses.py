"""Each request that a diagnostic shows is decided by both deciders, and shows what is said.

A narrower result's witness was allowed by the old mesh and is refused by Istio, a wider one's
the other way round; where the old mesh's answer depended on the order of its routes, it is both.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest

from smi2istio import krm
from smi2istio.access.request import Answer, Request
from smi2istio.access.source import Source
from smi2istio.access.target import Target
from smi2istio.bundle import Bundle
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Diagnostic, Fidelity, Where
from smi2istio.documents import Stream, read_stream
from smi2istio.options import DEFAULTS, Options, of_texts
from smi2istio.source.core import Workload

FIXTURES = Path(__file__).parents[1] / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/expected.yaml"))

#: What is about more than the deciders know: configurations that Envoy refused, policies of
#: OSM, what a mesh never enforced, documents of old Istio.
UNKNOWN = ("S2I331", "S2I364", "S2I365", "S2I4", "S2I540", "S2I6")
#: What the old mesh did is not known: no Service in the input, or nobody asked for sidecars.
OUTSIDE = {"S2I332": "no Service opens", "S2I509": "has no sidecar"}


class Sides(NamedTuple):
    source: Source
    target: Target
    diagnostics: tuple[Diagnostic, ...]


def options(case: Path) -> Options:
    """The configuration of a fixture, with the baseline, on which the promise rests."""
    config = case / "config.yaml"
    if not config.exists():
        return DEFAULTS
    body = read_stream(config.read_bytes())[0].body
    texts = dict(body["data"] if "data" in body else body["spec"])
    texts.pop("baseline", None)
    return of_texts(texts, Where())


def sides(documents: Stream, options: Options) -> Sides:
    compilation = compile_documents(documents.documents, options)
    output = documents.write(*krm.changes(documents.documents, compilation.outputs))
    return Sides(
        Source(Bundle(documents.documents, options)),
        Target(Bundle(Stream(output).documents, options)),
        compilation.diagnostics,
    )


def is_decided(one: Diagnostic) -> bool:
    return one.witness is not None and not one.code.startswith(UNKNOWN)


def is_true(one: Diagnostic, two: Sides) -> bool:
    """Whether a witness shows, somewhere, what the diagnostic says."""
    shown = [_shows(one, request, two) for request in _requests(one, two)]
    return any(shown) or None in shown


def _shows(one: Diagnostic, request: Request, two: Sides) -> bool | None:
    """Whether a request is decided so; None where another diagnostic says that it cannot be."""
    before, after = two.source.decide(request), two.target.decide(request)
    codes = {told.code for told in two.diagnostics}
    if any(code in codes and words in str(before.reasons) for code, words in OUTSIDE.items()):
        return None
    if one.rule.fidelity is Fidelity.NARROWER:
        refused = (Answer.DENY, Answer.UNKNOWN) if "may refuse" in one.message else (Answer.DENY,)
        return before.allows and after.answer in refused
    return after.answer is Answer.ALLOW and before.answer is not Answer.ALLOW


def _requests(one: Diagnostic, two: Sides) -> Iterator[Request]:
    """A witness, to all that it may be sent to."""
    witness = one.witness
    assert witness is not None
    host = next((value for name, value in witness.headers if name == "host"), "")
    for workload in _workloads(two):
        sources = [witness.source] if witness.source else [None, *sorted(_callers(two))]
        ports = [witness.port] if witness.port else _ports(workload, two)
        for source, port in product(sources, ports):
            yield Request(
                source,
                f"{workload.kind}/{workload.namespace}/{workload.name}",
                port,
                witness.method,
                witness.path,
                headers=witness.headers,
                authority=host,
                tcp=not witness.method,
            )


def _workloads(two: Sides) -> Iterator[Workload]:
    for namespace in sorted(two.source.setting.members):
        yield from two.source.bundle.workloads(namespace)


def _callers(two: Sides) -> set[str]:
    return {name for few in two.source.targets.values() for one in few for name in one.sources}


def _ports(workload: Workload, two: Sides) -> list[int]:
    """Those of the containers, and those that a Service leads to."""
    services = two.source.bundle.services(workload.namespace)
    targets = {port.target for service in services for port in service.ports}
    return sorted({one for one in targets if isinstance(one, int)} | workload.declared)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_the_fixtures_show_true_requests(case: Path) -> None:
    two = sides(Stream((case / "input.yaml").read_bytes()), options(case))

    assert [str(one) for one in two.diagnostics if is_decided(one) and not is_true(one, two)] == []
