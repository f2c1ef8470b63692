"""A share of `make conformance`: random meshes of fixed seeds, and all that people are shown."""

import asyncio
from collections import Counter

from tests.conformance.accept import Acceptance, accepted
from tests.conformance.aim import aimed
from tests.conformance.compare import findings
from tests.conformance.examine import examine
from tests.conformance.fixtures import FIXTURES, kustomizations, wanted
from tests.conformance.fixtures import meshes as fixtures
from tests.meshes.generator import mesh

MESHES, REQUESTS = 100, 100


def test_random_meshes_are_decided_alike() -> None:
    meshes = [aimed(mesh(seed, served=True), seed, REQUESTS) for seed in range(MESHES)]
    examined = asyncio.run(examine(meshes))

    assert [str(found) for one in examined for found in findings(one)] == []
    outcomes = Counter(
        outcome.allowed
        for one in examined
        if one.istio is not None
        for (outcome,) in one.istio.outcomes
    )
    # Meshes that the program refuses, or in which nothing is allowed, would show nothing.
    assert outcomes.total() > MESHES * REQUESTS * 0.7
    assert outcomes[True] > MESHES * 10


def test_fixtures_are_decided_alike() -> None:
    examined = asyncio.run(examine(list(fixtures())))

    assert [str(found) for one in examined for found in findings(one)] == []
    assert sum(one.istio is not None for one in examined) > 50
    sidecars = [it for one in examined if one.before for it in one.before.sidecars.values()]
    assert any(way["retries"] for it in sidecars for way in it.outbound)
    assert any(limit["most"] for it in sidecars for limit in it.limits)
    assert any(
        way["backends"] and len(way["backends"]) > 1 for it in sidecars for way in it.outbound
    )


def test_kustomizations_are_decided_alike() -> None:
    examined = asyncio.run(examine(list(kustomizations()), wanted))

    assert [str(found) for one in examined for found in findings(one)] == []
    assert all(one.istio is not None for one in examined)


def test_istiod_accepts_what_the_fixtures_expect() -> None:
    outputs = sorted(FIXTURES.glob("*/*/expected.yaml"))
    found = asyncio.run(accepted([path.read_text() for path in outputs]))

    objections = {
        str(path.relative_to(FIXTURES)): one
        for path, one in zip(outputs, found, strict=True)
        if one != Acceptance((), ())
    }
    assert objections == {}
