"""A share of `make conformance`: random meshes of fixed seeds, and every fixture before istiod."""

import asyncio

from tests.conformance.accept import Acceptance, accepted
from tests.conformance.compare import findings
from tests.conformance.examine import examine
from tests.conformance.fixtures import FIXTURES, meshes
from tests.conformance.meshes import mesh

MESHES = 100


def test_random_meshes_are_decided_alike() -> None:
    examined = asyncio.run(examine([mesh(seed) for seed in range(MESHES)]))

    assert [str(found) for one in examined for found in findings(one)] == []
    played = [one.istio for one in examined if one.istio is not None]
    allowed = sum(outcome.allowed for one in played for (outcome,) in one.outcomes)
    # Meshes that the program refuses, or in which nothing is allowed, would show nothing.
    assert len(played) > MESHES * 0.8
    assert allowed > MESHES * 10


def test_fixtures_are_decided_alike() -> None:
    examined = asyncio.run(examine(list(meshes())))

    assert [str(found) for one in examined for found in findings(one)] == []
    assert sum(one.istio is not None for one in examined) > 50


def test_istiod_accepts_what_the_fixtures_expect() -> None:
    outputs = sorted(FIXTURES.glob("*/*/expected.yaml"))
    found = asyncio.run(accepted([path.read_text() for path in outputs]))

    objections = {
        str(path.relative_to(FIXTURES)): one
        for path, one in zip(outputs, found, strict=True)
        if one != Acceptance((), ())
    }
    assert objections == {}
