"""The wheel and the source distribution: complete, installable, and the same for everybody."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from email import message_from_bytes
from pathlib import Path

import pytest
from tests.packaging.conftest import ROOT, install

SPLIT = (ROOT / "kustomize" / "snapshot" / "manifests" / "split.yaml").read_bytes()
COMMIT = "1700000000"


def wheel(directory: Path) -> Path:
    (found,) = directory.glob("*.whl")
    return found


def source(directory: Path) -> Path:
    (found,) = directory.glob("*.tar.gz")
    return found


def run(*command: str | Path, environment: Mapping[str, str]) -> bytes:
    """Run in a directory that holds nothing of ours."""
    done = subprocess.run(
        command,
        input=SPLIT,
        env=environment,
        cwd=environment["HOME"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_the_wheel_holds_the_program_its_types_and_the_schemas(packages: Path) -> None:
    modules = {
        str(path.relative_to(ROOT / "plugin"))
        for path in (ROOT / "plugin" / "smi2istio").rglob("*.py")
    }
    schemas = {f"smi2istio/{path.relative_to(ROOT)}" for path in (ROOT / "schemas").rglob("*.json")}
    held = set(zipfile.ZipFile(wheel(packages)).namelist())

    assert modules | schemas | {"smi2istio/py.typed"} <= held
    assert not [name for name in held if not name.startswith(("smi2istio/", "smi2istio-0."))]


def test_what_the_index_shows(packages: Path) -> None:
    archive = zipfile.ZipFile(wheel(packages))
    (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    shown = message_from_bytes(archive.read(name))

    assert shown["License-Expression"] == "Apache-2.0"
    assert shown["Requires-Python"] == ">=3.11"
    assert shown["Description-Content-Type"] == "text/markdown"
    assert "Typing :: Typed" in shown.get_all("Classifier", [])
    assert str(shown.get_payload()).startswith("# smi2istio")


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("README.md", r"(?:rev: |smi2istio@)v([\d.]+\d)"),
        ("argocd/README.md", r"smi2istio-argocd:([\d.]+\d)"),
        ("argocd/Dockerfile", r"smi2istio-argocd:([\d.]+\d)"),
        ("argocd/sidecar.yaml", r"smi2istio-argocd:([\d.]+\d)"),
        ("plugin/helm/plugin.yaml", r"\nversion: (.+)"),
        ("plugin/image/Dockerfile", r"smi2istio:([\d.]+\d)"),
    ],
)
def test_recipes_are_of_the_version_that_is_built(file: str, named: str, packages: Path) -> None:
    found = set(re.findall(named, (ROOT / file).read_text("utf-8")))

    assert found == {wheel(packages).name.split("-")[1]}


def test_the_source_holds_no_more_than_it_takes_to_build(packages: Path) -> None:
    with tarfile.open(source(packages)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {name.partition("/")[0] for name in names} == {
        "plugin", "schemas", "pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", "PKG-INFO",
        ".gitignore",
    }  # fmt: skip
    assert not [name for name in names if "__pycache__" in name]


def test_the_program_is_on_the_path(installed: Path, empty: Mapping[str, str]) -> None:
    environment = {**empty, "PATH": str(installed)}

    assert run("smi2istio", "--version", environment=environment) == b"smi2istio 0.1.0\n"
    assert b"kind: VirtualService" in run("smi2istio", "render", "-", environment=environment)


def test_python_runs_it_as_a_module(installed: Path, empty: Mapping[str, str]) -> None:
    written = run(installed / "python", "-m", "smi2istio", "render", "-", environment=empty)

    assert written == run(installed / "smi2istio", "render", "-", environment=empty)


def test_pipx_puts_it_on_the_path(empty: Mapping[str, str], tmp_path: Path) -> None:
    """As the README says it, at the root of the repository."""
    (command,) = re.findall(r"`(pipx install .*?)`", (ROOT / "README.md").read_text("utf-8"))
    places = {"PIPX_HOME": str(tmp_path / "home"), "PIPX_BIN_DIR": str(tmp_path / "bin")}
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env={**empty, **places},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (program,) = (tmp_path / "bin").iterdir()

    assert run(program, "--version", environment=empty) == b"smi2istio 0.1.0\n"


def test_the_source_makes_the_same_program(
    packages: Path, installed: Path, empty: Mapping[str, str], tmp_path: Path
) -> None:
    built = install(source(packages), empty, tmp_path / "environment")
    written = run(built / "smi2istio", "render", "-", environment=empty)

    assert written == run(installed / "smi2istio", "render", "-", environment=empty)


def test_others_may_import_its_types(installed: Path, tmp_path: Path) -> None:
    """Without py.typed mypy takes all of them for Any."""
    program = tmp_path / "program.py"
    program.write_text(
        "from smi2istio.documents import read_stream\nreveal_type(read_stream)\n", encoding="utf-8"
    )
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache"),
            *("--python-executable", installed / "python", program),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert 'Revealed type is "def (data: bytes, file: str =) -> list[' in done.stdout


@pytest.mark.parametrize("find", [wheel, source], ids=["wheel", "source"])
def test_two_builds_are_the_same_bytes(tmp_path: Path, find: Callable[[Path], Path]) -> None:
    """Of two checkouts, with other times and other permissions."""
    first, second = tmp_path / "a", tmp_path / "elsewhere" / "b"
    for checkout, mask in ((first, 0o022), (second, 0o077)):
        before = os.umask(mask)
        for name in ("plugin", "schemas"):
            shutil.copytree(
                ROOT / name,
                checkout / name,
                ignore=shutil.ignore_patterns("__pycache__"),
                copy_function=shutil.copyfile,
            )
        for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore"):
            shutil.copyfile(ROOT / name, checkout / name)
        os.umask(before)
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build"],
            cwd=checkout,
            env={**os.environ, "SOURCE_DATE_EPOCH": COMMIT},
            capture_output=True,
            check=True,
        )

    assert find(first / "dist").read_bytes() == find(second / "dist").read_bytes()
