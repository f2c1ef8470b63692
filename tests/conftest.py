"""What all tests share: goldens that can be rewritten, how many random examples are tried."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every run of the tests, new ones on every run of `make fuzz`.
# Neither has a clock, because a busy machine is no reason to fail.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("test", UNTIMED, derandomize=True, database=None, max_examples=500)
settings.register_profile("fuzz", UNTIMED, derandomize=False, max_examples=20_000)
settings.load_profile("test")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-fixtures", action="store_true", help="rewrite expectations under fixtures/"
    )
    parser.addoption(
        "--documents", type=int, default=6000, help="how many documents with mistakes are checked"
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare text with a file under fixtures/ or kustomize/, or rewrite that file."""

    def check(path: Path, actual: str) -> None:
        if request.config.getoption("--update-fixtures"):
            path.write_text(actual, encoding="utf-8")
        assert actual == path.read_text(encoding="utf-8")

    return check


@pytest.fixture(scope="session", autouse=True)
def _surroundings() -> Iterator[None]:
    """Without the repository that a hook of git names, and without a proxy before loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
            patch.delenv(name, raising=False)
        direct = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, f"{direct},127.0.0.1")
        yield


@pytest.fixture(scope="session", autouse=True)
def _litter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Real hosts leave directories behind where temporary files go: one that is removed."""
    tmp_path_factory.getbasetemp()  # stays outside, for those who look at what failed
    # What a host has left running may still write there: that is no failure of a test.
    litter = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with litter as directory, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", directory)
        patch.setattr(tempfile, "tempdir", None)  # which remembers the other one
        yield
