"""Random meshes, translated, and both deciders asked: the quick form of the proof.

A request on which they disagree must have been told of by a diagnostic that says narrower or
wider about what decides it, and the request that such a diagnostic shows must show it.  What
disagrees is shown as the smallest mesh that still does.  `tests/conformance` asks the proxies.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import cache
from random import Random

import pytest
import re2
from tests.conformance.aim import aimed
from tests.conformance.compare import findings
from tests.conformance.deciders import UNTOLD, decided
from tests.conformance.examine import Examination
from tests.conformance.fixtures import every_fixture
from tests.conformance.shrink import shrink
from tests.meshes.dice import UNUSUAL
from tests.meshes.generator import mesh
from tests.meshes.mesh import Mesh
from tests.meshes.regexes import PATHS, VALUES, neighbour, sample

from smi2istio.regex.alphabet import Texts
from smi2istio.regex.language import language
from smi2istio.source_mesh import MESHES

NUMBER, REQUESTS = 400, 60

FIXTURES = [
    one
    for one in every_fixture()
    if "own-policies" not in one.name  # they also refuse what the old mesh allowed
    and not one.options.dry_run  # nothing is enforced
    and any(word in one.text for word in ("TrafficTarget", "openservicemesh.io"))
]


@cache
def outcome(seed: int) -> Examination:
    return decided(aimed(mesh(seed), seed, REQUESTS))


async def all_decided(meshes: Sequence[Mesh]) -> list[Examination]:
    return [decided(one) for one in meshes]


def explained(one: Examination) -> list[str]:
    """The first finding, on the smallest mesh that has it."""
    for found in findings(one):
        return [asyncio.run(shrink(found, all_decided)).whole]
    return []


@pytest.mark.parametrize("seed", range(NUMBER))
def test_both_deciders_agree_on_what_the_translator_did_not_tell(seed: int) -> None:
    assert explained(outcome(seed)) == []


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda one: str(one.name))
def test_both_deciders_agree_on_the_fixtures(fixture: Mesh) -> None:
    assert [str(found) for found in findings(decided(fixture))] == []


def test_the_meshes_are_worth_asking() -> None:
    """Most are translated, and requests of every outcome come up in numbers."""
    outcomes = [outcome(seed) for seed in range(NUMBER)]
    played = [one for one in outcomes if one.osm and one.istio]
    answers = Counter(
        (tuple(it.allowed for it in before), after.allowed)
        for one in played
        for before, after in map(one.outcomes, range(len(one.mesh.requests)))
        if before is not UNTOLD
    )

    assert len(played) > NUMBER * 0.75
    assert {one.mesh.options.source_mesh.name for one in played} == set(MESHES)
    assert answers[(True,), True] > 1000
    assert answers[(False,), False] > 1000
    assert answers[(False, True), True] > 10  # by the order of OSM's routes, and told
    assert answers[(True,), False] > 100  # told


def test_the_meshes_have_everything_unusual() -> None:
    """Each unusual thing that the translator has a word for is said in some mesh."""
    said = {one.code for seed in range(NUMBER) for one in outcome(seed).translation.diagnostics}

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
