"""What the tests of hosts share: the programs on the PATH, helm in both of its majors."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
from schemas.derive import ISTIO, Module
from tests.hosts.cluster import Cluster, running

ROOT = Path(__file__).parents[2]
HELMS = ("helm3", "helm4")
#: How the names of variables begin that would configure a host: users' are not those of tests.
FOREIGN = ("ARGOCD_", "HELM_", "KUBE", "KUSTOMIZE_", "PARAM_", "XDG_")


def environment(directory: Path, helm: str = "helm4") -> dict[str, str]:
    """The environment of users, in which *directory* holds the link to one helm."""
    (directory / "helm").symlink_to(ROOT / ".tools" / helm)
    places = (Path(sys.executable).parent, directory, ROOT / ".tools", os.environ["PATH"])
    paths = os.pathsep.join(map(str, places))
    own = {name: one for name, one in os.environ.items() if not name.startswith(FOREIGN)}
    return {**own, "PATH": paths, "HOME": str(directory)}


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


@pytest.fixture(scope="session")
def clusters() -> Iterator[Callable[[Module], Cluster]]:
    """Clusters by the Istio whose CRDs they have, each started once."""
    with ExitStack() as stack:

        @cache
        def start(istio: Module) -> Cluster:
            cluster = stack.enter_context(running(istio.minor))
            for file in istio.files():
                cluster.establish(file.read_text("utf-8"))
            return cluster

        yield start


@pytest.fixture(params=(ISTIO[0], ISTIO[-1]), ids=lambda istio: istio.minor)
def cluster(
    request: pytest.FixtureRequest, clusters: Callable[[Module], Cluster]
) -> Iterator[Cluster]:
    """The cluster with the oldest, and that with the newest Istio that is known here."""
    cluster = clusters(request.param)
    yield cluster
    cluster.clear()
