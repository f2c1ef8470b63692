"""What tests of installing share: the packages, built once, and an environment with no more.

Packages that ours needs come from where pip finds them on this machine.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Where pip gets packages from, which is not the business of what runs it.
INDEX = {
    name: value
    for name, value in os.environ.items()
    if name.startswith("PIP_") or name.lower().endswith("_proxy")
}

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds the wheel and the source distribution."""
    directory = tmp_path_factory.mktemp("packages")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", directory],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return directory


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """An environment in which only Python and the system's programs can be found."""
    python = Path(sys.base_prefix, "bin")
    home = tmp_path_factory.mktemp("home")
    return {
        "PATH": f"{python}:/usr/bin:/bin",
        "HOME": str(home),
        "TMPDIR": tempfile.gettempdir(),
        "PIP_CONSTRAINT": str(ROOT / "tests" / "constraints.txt"),
        **_cache(),
        **INDEX,
    }


def _cache() -> Mapping[str, str]:
    """The cache of pip itself, so that nothing is fetched twice; some switch it off."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "cache", "dir"], capture_output=True, text=True, check=False
    )
    return {} if asked.returncode else {"PIP_CACHE_DIR": asked.stdout.strip()}


@pytest.fixture(scope="session")
def installed(
    packages: Path, empty: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The programs of an environment into which the wheel was installed, and nothing else."""
    (wheel,) = packages.glob("*.whl")
    return install(wheel, empty, tmp_path_factory.mktemp("installed"))


def install(package: Path, environment: Mapping[str, str], directory: Path) -> Path:
    """Install a package into a new environment; the directory of its programs."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", directory], env=environment, check=True
    )
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--python", directory / "bin" / "python"),
            *("install", "--quiet", "--no-compile", package),
        ],
        env=environment,
        check=True,
    )
    return directory / "bin"
