"""The Dockerfiles, as they are written; what they build is in the tests of each image."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.packaging.conftest import ROOT
from tests.packaging.dockerfile import instructions

#: Each with the name and the user of its image.
DOCKERFILES = {
    ROOT / "plugin" / "image" / "Dockerfile": ("smi2istio", "65534:65534"),
    ROOT / "argocd" / "Dockerfile": ("smi2istio-argocd", "999"),
}
each = pytest.mark.parametrize("place", DOCKERFILES, ids=[name for name, _ in DOCKERFILES.values()])


def read(place: Path) -> list[tuple[str, str]]:
    return instructions(place.read_text("utf-8"))


def test_all_are_looked_at() -> None:
    assert {*ROOT.glob("*/Dockerfile"), *ROOT.glob("*/*/Dockerfile")} == set(DOCKERFILES)


@each
def test_the_linter_has_nothing_to_say(place: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--no-color", place],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


@each
def test_it_is_pinned_slim_and_without_privileges(place: Path) -> None:
    found = read(place)
    bases = [rest.split()[0] for word, rest in found if word == "FROM"]
    last = found[max(number for number, (word, _) in enumerate(found) if word == "FROM") :]

    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+(-[a-z]+)+", base) for base in bases)
    assert "-slim-" in bases[-1]
    assert ("USER", DOCKERFILES[place][1]) in last
    assert ("ENTRYPOINT", '["smi2istio"]') in last
    assert "RUN" not in dict(last)  # what builds stays behind


@each
def test_labels_are_those_of_the_package(place: Path) -> None:
    text = place.read_text("utf-8")
    labels = dict(re.findall(r'org\.opencontainers\.image\.([\w.]+)="([^"]*)"', text))
    project = (ROOT / "pyproject.toml").read_text("utf-8")

    assert set(labels) == {"title", "description", "version", "licenses", "base.name"}
    assert labels["title"] == DOCKERFILES[place][0]
    assert f'\nversion = "{labels["version"]}"' in project
    assert f'license = "{labels["licenses"]}"' in project
    assert ("FROM", labels["base.name"]) in read(place)


@each
def test_what_is_copied_is_not_ignored(place: Path) -> None:
    """And nothing else goes to the builder."""
    ignored = place.with_suffix(".dockerignore").read_text("utf-8").splitlines()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    copied = {
        name
        for word, rest in read(place)
        if word == "COPY" and "--from" not in rest
        for name in rest.split()[:-1]
    }

    assert kept == copied
