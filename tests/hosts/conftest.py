"""What the tests of hosts share: the programs on the PATH, helm in both of its majors."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from schemas.derive import ISTIO
from tests.hosts.cluster import Cluster, running

ROOT = Path(__file__).parents[2]
HELMS = ("helm3", "helm4")


def environment(directory: Path, helm: str = "helm4") -> dict[str, str]:
    """The environment of users, in which *directory* holds the link to one helm."""
    (directory / "helm").symlink_to(ROOT / ".tools" / helm)
    own = (Path(sys.executable).parent, directory, ROOT / ".tools")
    paths = os.pathsep.join([*map(str, own), os.environ["PATH"]])
    return {**os.environ, "PATH": paths, "HOME": str(directory)}


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment with the helm of the sidecar."""
    return environment(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session", params=HELMS)
def helm(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The environment with each helm."""
    return environment(tmp_path_factory.mktemp("helm"), request.param)


@pytest.fixture(scope="session", params=(ISTIO[0], ISTIO[-1]), ids=lambda module: module.minor)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster with the CRDs of the oldest and of the newest Istio that is known here."""
    with running(request.param.minor) as cluster:
        for file in request.param.files():
            cluster.establish(file.read_text("utf-8"))
        yield cluster
