"""The image of the function, without a container engine: linted, and each line of it run."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from tests.packaging.conftest import ROOT
from tests.packaging.dockerfile import build, instructions

PLACE = ROOT / "plugin" / "image" / "Dockerfile"
DOCKERFILE = PLACE.read_text("utf-8")
SPLIT = (ROOT / "kustomize" / "snapshot" / "manifests" / "split.yaml").read_bytes()
# Python runs it at its start: no program opens a connection, or writes a file.
GUARD = """\
import sys

def guard(event, arguments):
    if event.startswith("socket.") or event == "open" and set("wax+") & set(arguments[1] or ""):
        raise PermissionError(event, *map(str, arguments))

sys.addaudithook(guard)
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, empty: Mapping[str, str]) -> Path:
    """The root of the image, built in an environment with what its base image has."""
    return build(DOCKERFILE, tmp_path_factory.mktemp("image"), empty)


def run(image: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """ENTRYPOINT, found as the image's PATH says, in an environment without anything else."""
    said = dict(instructions(DOCKERFILE))
    (path,) = re.findall(r"PATH=([^:]+):\$PATH", said["ENV"])
    (entry,) = re.findall(r'"(.+?)"', said["ENTRYPOINT"])
    guard = image.parent / "guard"
    guard.mkdir(exist_ok=True)
    (guard / "sitecustomize.py").write_text(GUARD, "utf-8")
    return subprocess.run(
        [shutil.which(entry, path=f"{image}{path}") or entry, *arguments],
        input=stdin,
        cwd=image / said["WORKDIR"].lstrip("/"),
        env={"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(guard)},
        capture_output=True,
        check=False,
    )


def test_the_linter_has_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--no-color", PLACE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_pinned_slim_and_nobody_s() -> None:
    found = instructions(DOCKERFILE)
    bases = [rest.split()[0] for word, rest in found if word == "FROM"]
    last = found[max(number for number, (word, _) in enumerate(found) if word == "FROM") :]

    assert all(re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+", base) for base in bases)
    assert ("USER", "65534:65534") in last
    assert "RUN" not in dict(last)  # what builds stays behind


def test_labels_are_those_of_the_package() -> None:
    labels = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]*)"', DOCKERFILE))
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    assert set(labels) == {"title", "description", "version", "licenses", "base.name"}
    assert f'name = "{labels["title"]}"' in project
    assert f'\nversion = "{labels["version"]}"' in project
    assert f'license = "{labels["licenses"]}"' in project
    assert labels["base.name"] in [
        rest for word, rest in instructions(DOCKERFILE) if word == "FROM"
    ]


def test_what_is_copied_is_not_ignored() -> None:
    """And nothing else goes to the builder."""
    ignored = PLACE.with_suffix(".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        name
        for word, rest in instructions(DOCKERFILE)
        if word == "COPY" and "--from" not in rest
        for name in rest.split()[:-1]
    }

    assert kept == copied


def test_it_is_the_function(image: Path) -> None:
    """Without a network, and without writing anything."""
    items = [*yaml.safe_load_all(SPLIT)]
    given = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    done = run(image, stdin=yaml.safe_dump(given).encode())

    assert done.returncode == 0, done.stderr
    kinds = [item["kind"] for item in yaml.safe_load(done.stdout)["items"]]
    assert kinds == [one["kind"].replace("TrafficSplit", "VirtualService") for one in items]


def test_the_guard_is_real(image: Path) -> None:
    done = run(image, "render", "-o", "written.yaml", "-", stdin=SPLIT)

    assert done.returncode != 0
    assert not list(image.rglob("written.yaml"))


def test_everybody_may_read_it_and_it_holds_no_installer(image: Path) -> None:
    files = [path for path in (image / "opt").rglob("*") if not path.is_symlink()]

    assert all(path.stat().st_mode & 0o004 for path in files)
    assert not [path for path in files if fnmatch(path.name, "pip*")]
    assert [path for path in files if path.suffix == ".pyc"]  # nobody can write them later
