"""Flux applies what CI has rendered, because its controller runs no function.

`flux` builds as kustomize-controller 1.6.0 does, by the same library (tests/hosts/flux).
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from schemas.derive import Module
from tests.hosts.cluster import Cluster

ROOT = Path(__file__).parents[2]
README = (ROOT / "kustomize" / "README.md").read_text("utf-8").partition("## With Flux")[2]
(KUSTOMIZATION,) = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
CONTROLLER = Module(
    "github.com/fluxcd/kustomize-controller",
    "v1.6.0",
    "h1:13S+wqCQ44njSg59DNgm1qMqVkK6+0eoZs+jv4+EWCs=",
    "config/crd/bases/*.yaml",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with the sources, and nothing rendered yet."""
    for name in ("kustomize", "fixtures/scenarios"):
        shutil.copytree(ROOT / name, tmp_path / name)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    return tmp_path


def run(
    *command: str | Path, cwd: Path, env: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def flux(checkout: Path, path: str, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """What the controller makes of the README's object, which points at *path*."""
    body = yaml.safe_load(KUSTOMIZATION)
    body["spec"]["path"] = path
    (checkout / "flux.yaml").write_text(yaml.safe_dump(body), "utf-8")
    return run("flux", "flux.yaml", checkout, cwd=checkout, env=env)


def documents(stream: str) -> list[str]:
    return sorted(yaml.safe_dump(body) for body in yaml.safe_load_all(stream) if body)


def test_the_controller_runs_no_function(checkout: Path, programs: Mapping[str, str]) -> None:
    done = flux(checkout, "./kustomize/bookstore", programs)

    assert (done.returncode, done.stdout) == (1, "")
    assert "unable to load external plugin 'SmiToIstio'" in done.stderr


def test_the_recipe_is_applied_as_it_was_rendered(
    checkout: Path, programs: Mapping[str, str]
) -> None:
    sources = checkout / "kustomize"
    for command in re.findall(r"^\$ (.*)", README, re.MULTILINE):
        ran = run("/bin/sh", "-c", command, cwd=sources, env=programs)
        assert ran.returncode == 0, ran.stderr
    built = flux(checkout, "./kustomize/rendered", programs)
    want = (ROOT / "kustomize" / "bookstore" / "want.yaml").read_text("utf-8")

    assert built.returncode == 0, built.stderr
    assert documents(built.stdout) == documents(want)


def test_the_check_of_pull_requests_finds_what_is_stale(
    checkout: Path, programs: Mapping[str, str]
) -> None:
    (check,) = re.findall(r"`(git diff .*?)`", README)
    *commands, add = re.findall(r"^\$ (.*)", README, re.MULTILINE)
    script = " && ".join([*commands, add, check])
    sources = checkout / "kustomize"
    commit = "git -c user.name=a -c user.email=a@example.com commit --quiet --message a"
    first = run("/bin/sh", "-c", script, cwd=sources, env=programs)
    run("/bin/sh", "-c", commit, cwd=sources, env=programs)
    second = run("/bin/sh", "-c", script, cwd=sources, env=programs)

    assert (first.returncode, second.returncode) == (1, 0)


def test_the_object_of_the_readme_is_one_of_flux(cluster: Cluster) -> None:
    for file in CONTROLLER.files():
        cluster.establish(file.read_text("utf-8"))
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}")

    assert not cluster.apply(KUSTOMIZATION).complaint
