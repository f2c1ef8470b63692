"""Random meshes, translated, and both deciders asked: the quick form of the proof.

A request on which they disagree must have been told of by a diagnostic that says narrower or
wider about what decides it.  What disagrees in silence is shown as the smallest mesh that
still does.
"""

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
import re2
from tests.meshes.comparing import Difference, compiled, difference, is_true, text
from tests.meshes.dice import UNUSUAL
from tests.meshes.generator import Mesh, mesh
from tests.meshes.probing import requests
from tests.meshes.shrinking import smallest
from tests.meshes.vocabulary import PATHS, VALUES, neighbour, sample

from smi2istio.access.request import Answer, Request
from smi2istio.documents import read_stream
from smi2istio.regex.alphabet import Texts
from smi2istio.regex.language import language

MESHES, REQUESTS = 300, 60


class Outcome(NamedTuple):
    """What came of one mesh."""

    refused: bool
    answers: Counter[tuple[Answer, Answer]]
    codes: frozenset[str]
    differences: tuple[Difference, ...] = ()
    untrue: tuple[str, ...] = ()


@cache
def outcome(seed: int) -> Outcome:
    made = mesh(seed)
    run, compilation = compiled(made)
    codes = frozenset(one.code for one in compilation.diagnostics)
    if run is None:
        return Outcome(refused=True, answers=Counter(), codes=codes)
    asked = list(requests(made, seed, REQUESTS))
    answers = Counter((run.source.decide(one).answer, run.target.decide(one).answer)
                      for one in asked)  # fmt: skip
    found = tuple(one for one in (difference(run, request) for request in asked) if one)
    untrue = tuple(
        str(one)
        for one in run.diagnostics
        if one.code in WITNESSES and "[host:" not in str(one).lower() and not is_true(run, one)
    )
    return Outcome(refused=False, answers=answers, codes=codes, differences=found, untrue=untrue)


def of_fixture(case: Path) -> Mesh:
    """The mesh of a fixture, with a baseline, on which the promise rests."""
    documents = tuple(dict(one.body) for one in read_stream((case / "input.yaml").read_bytes()))
    config = case / "config.yaml"
    body = read_stream(config.read_bytes())[0].body if config.exists() else {"spec": {}}
    options = dict(body["data"] if "data" in body else body["spec"])
    options.pop("baseline", None)
    return Mesh(documents, options)


def is_mesh(case: Path) -> bool:
    """Whether a fixture can be translated, and has pods that a target is about."""
    text = (case / "input.yaml").read_text(encoding="utf-8")
    about = "kind: TrafficTarget" in text and "kind: Deployment" in text
    return about and (case / "expected.yaml").exists() and not case.name.startswith(OWN)


#: A policy of the user's own also refuses what the old mesh allowed.
OWN = ("own-policies", "own-policies-without-default-deny")
ROOT = Path(__file__).parents[1] / "fixtures"
FIXTURES = [path.parent for path in sorted(ROOT.glob("*/*/input.yaml")) if is_mesh(path.parent)]

#: Codes whose witness is a request that the old mesh allowed by the match that they name; but
#: for a host, which may be no name of the destination.
WITNESSES = ("S2I338", "S2I348", "S2I353", "S2I354", "S2I355")


def explained(seed: int, found: Difference) -> str:
    """The smallest mesh on which the same request is decided differently for the same reasons."""

    def shows(candidate: Mesh) -> bool:
        there = again(candidate, found.request)
        return there is not None and there.nature == found.nature

    small = smallest(mesh(seed), shows)
    return (
        f"mesh {seed}: {again(small, found.request)}\n"
        f"configuration {small.config}\n{text(small.documents).decode()}"
    )


def again(candidate: Mesh, request: Request) -> Difference | None:
    try:
        run, _ = compiled(candidate)
        return difference(run, request) if run else None
    except Exception:  # noqa: BLE001 - what is no mesh any more shows nothing
        return None


@pytest.mark.parametrize("seed", range(MESHES))
def test_both_deciders_agree_on_what_the_translator_did_not_tell(seed: int) -> None:
    found = outcome(seed).differences

    assert not found, explained(seed, found[0])


@pytest.mark.parametrize("seed", range(MESHES))
def test_the_old_mesh_allowed_each_witness(seed: int) -> None:
    assert not outcome(seed).untrue


@pytest.mark.parametrize("case", FIXTURES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_both_deciders_agree_on_the_fixtures(case: Path) -> None:
    found = of_fixture(case)
    run, _ = compiled(found)

    assert run
    assert [
        str(one) for request in requests(found, 0, 200) if (one := difference(run, request))
    ] == []


def test_the_meshes_are_worth_asking() -> None:
    """Most are translated, and requests of every outcome come up in numbers."""
    outcomes = [outcome(seed) for seed in range(MESHES)]
    answers = sum((one.answers for one in outcomes), Counter[tuple[Answer, Answer]]())

    assert sum(not one.refused for one in outcomes) > MESHES * 0.75
    assert answers[Answer.ALLOW, Answer.ALLOW] > 1000
    assert answers[Answer.DENY, Answer.DENY] > 1000
    assert answers[Answer.EITHER, Answer.ALLOW] > 10
    assert answers[Answer.ALLOW, Answer.DENY] > 100  # told
    assert not any(Answer.UNKNOWN in pair for pair in answers)


def test_the_meshes_have_everything_unusual() -> None:
    """Each unusual thing that the translator has a word for is said in some mesh."""
    said = {code for seed in range(MESHES) for code in outcome(seed).codes}

    assert len(UNUSUAL) > 30
    assert {
        "S2I301", "S2I302", "S2I303", "S2I307", "S2I308", "S2I309", "S2I311", "S2I312", "S2I314",
        "S2I315", "S2I316", "S2I318", "S2I319", "S2I320", "S2I323", "S2I325", "S2I326", "S2I327",
        "S2I328", "S2I329", "S2I330", "S2I331", "S2I332", "S2I338", "S2I340", "S2I344", "S2I345",
        "S2I346", "S2I347", "S2I352", "S2I353", "S2I354", "S2I357", "S2I358", "S2I503", "S2I509",
        "S2I370", "S2I520", "S2I521", "S2I522", "S2I540", "S2I541",
    } <= said  # fmt: skip


REGEXES = [(field, regex) for field, classes in (("path", PATHS), ("header", VALUES))
           for regexes in classes.values() for regex in regexes]  # fmt: skip


@pytest.mark.parametrize(("field", "regex"), REGEXES)
def test_the_deciders_read_regexes_as_re2_does(field: Texts, regex: str) -> None:
    """Regexes are matched by our own automata, so these are held to RE2 itself."""
    random = Random(regex)
    members = [sample(regex, random) for _ in range(50)]
    texts = {*members, *(neighbour(member, random) for member in members)}
    if field == "path":
        texts = {f"/{text.lstrip('/')}".partition("?")[0].replace(" ", "") for text in texts}
    expected = {text.strip(): bool(re2.fullmatch(regex, text.strip())) for text in texts}

    assert {text: language(field, regex).accepts(text) for text in expected} == expected
