"""What the API server of any minor refuses, or istiod's webhook, never leaves the program.

Their own code reads what we expect ourselves to write, and thousands of documents with
mistakes, of which most are small.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any, NamedTuple

import pytest
from tests.conformance import accept, crds
from tests.conformance.programs import ROOT
from tests.test_fixtures import configuration
from tests.validate.mutations import OTHERS, VALID, grown, mutated

from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import read_stream
from smi2istio.emit import SOURCE
from smi2istio.options import Options
from smi2istio.validate import schemas, validate
from smi2istio.validate.acceptor import KINDS
from smi2istio.validate.emitted import Emitted
from smi2istio.validate.judge import judge

Body = dict[str, Any]

GROUPS = {"networking.istio.io", "security.istio.io", "telemetry.istio.io"}
SOUND = [*VALID, *OTHERS]
#: What our EnvoyFilter has Envoy do; istiod also decodes Envoy's own types, we only write them.
VALUE = str(
    next(body for body in VALID if body["kind"] == "EnvoyFilter")["spec"]["configPatches"][0][
        "patch"
    ]["value"]
)
#: Where our judge is stricter than the API server, by a part of its message.
STRICTER = {
    "metadata": "only the fields that are written, and namespaces have names",
    "is no http or https address": "no user, no fragment, and a host",
    "expected integer": "1.0 is none, as in CEL and for istiod",
    "is not a port": "istiod decodes no sign, and no zero in front",
}


#: The same for what istiod's webhook is said to refuse, and lets through.
STRICTER_THAN_ISTIOD = {
    "has no ports": "a ServiceEntry without them serves nothing",
    "is not a protocol": "only those that we write",
    "is not the name of a Gateway": "istiod stops at the first name without a namespace",
    "is not a host": "none of our routes is for everything, or for an address",
    "is not a label": "Kubernetes has no longer ones",
    "is not an attribute of a condition": "istiod looks at the beginning and at the brackets",
    "'0' is not a port": "nothing listens there",
    "is not a JSON Web Key Set": "istiod does not mind what follows",
    "'~' is not the name of a namespace": "what nobody may see is written in vain",
    "'' is not the name of a subset": "istiod takes it for none",
}


class Expectation(NamedTuple):
    """A document of Istio; *written* by us, and not in the input already."""

    place: str
    body: Body
    options: Options
    written: bool


def expectations() -> Iterator[Expectation]:
    """Istio's documents among what the fixtures and the examples of kustomize come to."""
    files = (*ROOT.glob("fixtures/*/*/expected.yaml"), *ROOT.glob("kustomize/**/want.yaml"))
    for path in sorted(files):
        options = configuration(path.parent)
        source = path.with_name("input.yaml")
        before = source.read_text(encoding="utf-8") if source.exists() else ""
        for document in read_stream(path.read_bytes()):
            if document.group in GROUPS:
                place = f"{path.relative_to(ROOT)} {document.kind} {document.name}"
                written = SOURCE in document.annotations and SOURCE not in before
                yield Expectation(place, dict(document.body), options, written)


def test_the_api_server_takes_every_expectation_in_its_minor_and_all_newer_ones() -> None:
    found = list(expectations())
    questions = [(one.body, crds.since(one.options.istio_version)) for one in found]

    answers = asyncio.run(crds.refusals(questions))

    assert {one.place: said for one, said in zip(found, answers, strict=True) if said} == {}
    assert len(found) > 300


def test_our_own_check_takes_every_expectation_that_we_write() -> None:
    written = [one for one in expectations() if one.written]
    refused = {one.place: said for one in written if (said := messages(one))}

    assert refused == {}
    assert len(written) > 200


def messages(one: Expectation) -> list[str]:
    minor, domain = one.options.istio_version, one.options.cluster_domain
    return [found.message for found in validate(Emitted(one.body, Where()), minor, domain)]


def test_the_api_server_takes_what_the_mistakes_are_made_from() -> None:
    answers = asyncio.run(crds.refusals((body, crds.MINORS) for body in SOUND))

    assert answers == [{}] * len(SOUND)


def mutants(number: int) -> Iterator[tuple[str, Body]]:
    """A minor, and a document with mistakes, of which some are of its schema."""
    for seed in range(number):
        dice = Random(seed)
        body, minor = SOUND[seed % len(SOUND)], dice.choice(crds.MINORS)
        if dice.random() < 0.5:
            body = grown(body, schemas.istio(body["kind"], minor), dice)
        if body in SOUND or dice.random() < 0.2:
            body = mutated(body, dice)
        yield minor, body


def objections(body: Body, minor: str) -> list[str]:
    """What stands in for the API server says: nothing if the acceptor knows it, else the judge."""
    if KINDS[body["kind"]](body):
        return []
    return [found.message for found in judge(Emitted(body, Where()), minor)]


def verdict(said: list[str], *, refused: bool) -> str:
    if refused:
        return "refused by both"
    if not said:
        return "taken by both"
    return next((why for part, why in STRICTER.items() if part in said[0]), said[0])


def test_whatever_the_api_server_refuses_we_refuse(request: pytest.FixtureRequest) -> None:
    """Each document is shown to the API server of every minor, and to us as the oldest and one."""
    verdicts = Counter[str]()
    documents = mutants(request.config.getoption("--documents"))
    while some := list(islice(documents, 5000)):
        answers = asyncio.run(crds.refusals((body, crds.MINORS) for _, body in some))
        for (made, body), answer in zip(some, answers, strict=True):
            for minor in {crds.MINORS[0], made}:
                refused = not answer.keys().isdisjoint(crds.since(minor))
                said = objections(body, minor)
                assert said or not refused, f"{minor} {body} {answer}"
                verdicts[verdict(said, refused=refused)] += 1

    assert verdicts["refused by both"] > 2000
    assert verdicts["taken by both"] > 2000
    assert set(verdicts) <= {"refused by both", "taken by both", *STRICTER.values()}


def slips(number: int) -> Iterator[Body]:
    """Documents as we write them, with mistakes; all have a namespace, as a request has."""
    for seed in range(number):
        body = mutated(VALID[seed % len(VALID)], Random(seed))
        if str(body).count("'value':") == str(body).count(VALUE):
            yield {**body, "metadata": {"namespace": "default", **body["metadata"]}}


def test_whatever_the_webhook_refuses_we_refuse(request: pytest.FixtureRequest) -> None:
    agreed = Counter[bool]()
    documents = slips(request.config.getoption("--documents"))
    while some := list(islice(documents, 5000)):
        for body, refused in zip(some, asyncio.run(accept.refusals(some)), strict=True):
            said = list(validate(Emitted(body, Where()), crds.MINORS[-1], "cluster.local"))
            assert said or not refused, f"{body} {refused}"
            assert refused or not any(map(unfounded, said)), f"{body} {said}"
            agreed[bool(refused)] += 1

    assert min(agreed.values()) > 2000


def unfounded(said: Diagnostic) -> str:
    """What we say of istiod though it says nothing, but for what is listed; else ""."""
    listed = any(part in said.message for part in STRICTER_THAN_ISTIOD)
    return said.message if said.code == "S2I904" and not listed else ""
