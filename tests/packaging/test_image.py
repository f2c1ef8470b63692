"""The image of the function, without a container engine: each line of its Dockerfile is run."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml
from tests.packaging.conftest import ROOT
from tests.packaging.dockerfile import build, instructions, kept_from_others

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


def test_it_is_the_function(image: Path) -> None:
    """Without a network, and without writing anything."""
    items = [*yaml.safe_load_all(SPLIT)]
    given = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": items}
    done = run(image, stdin=yaml.safe_dump(given).encode())

    assert done.returncode == 0, done.stderr
    kinds = [item["kind"] for item in yaml.safe_load(done.stdout)["items"]]
    assert kinds == [one["kind"].replace("TrafficSplit", "VirtualService") for one in items]


def test_it_documents_itself(image: Path) -> None:
    """`kpt fn doc` shows what comes out."""
    done = run(image, "--help")

    assert done.returncode == 0, done.stderr
    assert b"ResourceList" in done.stdout


def test_the_guard_is_real(image: Path) -> None:
    done = run(image, "render", "-o", "written.yaml", "-", stdin=SPLIT)

    assert done.returncode != 0
    assert not list(image.rglob("written.yaml"))


def test_everybody_may_read_it_and_it_holds_no_installer(image: Path) -> None:
    files = [path for path in (image / "opt").rglob("*") if not path.is_symlink()]

    assert kept_from_others(image) == []
    assert not [path for path in files if fnmatch(path.name, "pip*")]
    assert [path for path in files if path.suffix == ".pyc"]  # nobody can write them later
