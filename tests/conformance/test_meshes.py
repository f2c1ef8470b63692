"""A share of `make conformance`: random meshes of fixed seeds, and all that people are shown."""

import asyncio
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable

from tests.conformance.accept import EXPECTED, accepted
from tests.conformance.aim import aimed
from tests.conformance.cluster import synthesise
from tests.conformance.compare import findings
from tests.conformance.examine import Examination, examine
from tests.conformance.fixtures import FIXTURES, ROOT, kustomizations, wanted
from tests.conformance.fixtures import meshes as fixtures
from tests.conformance.shrink import shrink
from tests.meshes.generator import mesh
from tests.meshes.mesh import bodies

MESHES, REQUESTS = 100, 100


def explained(examined: Iterable[Examination]) -> list[str]:
    """All findings, and the first one made small."""
    found = [it for one in examined for it in findings(one)]
    return [asyncio.run(shrink(it)).whole for it in found[:1]] + [str(it) for it in found]


def test_random_meshes_are_decided_alike() -> None:
    meshes = [aimed(mesh(seed, served=True), seed, REQUESTS) for seed in range(MESHES)]
    examined = asyncio.run(examine(meshes))

    assert explained(examined) == []
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

    assert explained(examined) == []
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


def test_istiod_accepts_what_fixtures_and_examples_expect() -> None:
    files = [*FIXTURES.glob("*/*/expected.yaml"), *ROOT.glob("kustomize/**/want.yaml")]
    outputs = [path.read_text() for path in files]
    found = asyncio.run(accepted((text, synthesise(bodies(text))) for text in outputs))

    objections = {
        str(path.relative_to(ROOT)): one.objections
        for path, one in zip(files, found, strict=True)
        if one.objections
    }
    assert objections == {}
    assert set().union(*(one.stand for one in found)) == set(EXPECTED), "a message is said no more"


def test_the_program_examines_the_meshes_of_some_seeds() -> None:
    """As the README says, of fewer meshes."""
    readme = (ROOT / "tests" / "conformance" / "README.md").read_text("utf-8")
    (arguments,) = re.findall(r"python -m tests.conformance (--.*)", readme)
    done = subprocess.run(
        [sys.executable, "-m", "tests.conformance", *arguments.split(), "--meshes=3"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert re.search(r"^meshes played +[1-3]$", done.stdout, re.MULTILINE), done.stdout
    assert re.search(r"^requests allowed by both +[1-9]", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("\n0 findings\n")
