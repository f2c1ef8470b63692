"""``smi2istio init``: the configuration, asked for and answered."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from tests.cli.program import PROGRAM, REFUSED, SERVICES, SPLIT, kinds, run

TARGET = """\
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {name: website, namespace: shop}
spec:
  destination: {kind: ServiceAccount, name: website, namespace: shop}
  rules: [{kind: HTTPRouteGroup, name: pages, matches: [new]}]
  sources: [{kind: ServiceAccount, name: client, namespace: shop}]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: pages, namespace: shop}
spec:
  matches:
  - {name: new, pathRegex: ".*a-book.*new", methods: [GET]}
"""


def test_the_whole_way(directory: Path) -> None:
    """Print, take the marks off with an editor, convert."""
    (directory / "manifests/mesh/target.yaml").write_text(TARGET)
    shell = f"{PROGRAM} init manifests > smi2istio.yaml"
    asked = subprocess.run(
        ["/bin/sh", "-c", shell], cwd=directory, capture_output=True, text=True, check=False
    )

    assert asked.returncode == 0, asked.stderr
    assert asked.stderr == (
        "smi2istio: to decide: mode, namespaces, createNamespaces, patterns (1), workloads (1);"
        " 3 files passed over\n"
    )
    assert run("render", "manifests", cwd=directory).returncode == 1

    file = directory / "smi2istio.yaml"
    answered = re.sub(r"(?m)^  # (?!mode: permissive)", "  ", file.read_text())
    file.write_text(answered)
    done = run("render", "manifests", cwd=directory)
    again = run("init", "manifests", cwd=directory)

    assert done.returncode == 0, done.stderr
    assert "AuthorizationPolicy" in kinds(done.stdout)
    assert "EnvoyFilter" not in kinds(done.stdout)
    assert again.stderr == (
        "smi2istio: nothing to decide; 3 files passed over; configured by smi2istio.yaml\n"
    )
    assert yaml.safe_load(again.stdout) == yaml.safe_load(answered)


def test_options_given_by_name_are_decided() -> None:
    decided = ("--mode", "enforcing", "--namespaces", "shop", "--create-namespaces")
    done = run("init", *decided, given=TARGET)

    spec = yaml.safe_load(done.stdout)["spec"]
    assert spec["mode"] == "enforcing"
    assert spec["namespaces"] == ["shop"]
    assert done.stderr == "smi2istio: to decide: patterns (1), workloads (1)\n"


def test_nothing_to_decide() -> None:
    done = run("init", given=f"{SERVICES}---\n{SPLIT}")

    assert (done.returncode, done.stderr) == (0, "smi2istio: nothing to decide\n")
    assert yaml.safe_load(done.stdout) == {
        "apiVersion": "smi2istio.dev/v1alpha1",
        "kind": "SmiToIstio",
        "metadata": {"name": "smi-to-istio"},
        "spec": {"sourceMesh": "osm"},
    }
    assert "#" not in done.stdout


def test_what_no_option_settles_is_said_beside_it() -> None:
    done = run("init", given=f"{REFUSED}---\n{TARGET}")

    assert done.returncode == 1
    assert "# - serviceAccount: website" in done.stdout
    said, summary = done.stderr.splitlines()
    assert said.startswith("error[S2I202] TrafficSplit shop/canary")
    assert summary.endswith("; 1 error that no option settles")


@pytest.mark.parametrize("given", ["a: [", "", "\0", "kind: {{ .Values.kind }}"])
def test_what_cannot_be_read_is_said_in_a_sentence(given: str) -> None:
    done = run("init", "-q", given=given)

    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"error\[S2I1(01|16)\] .*\n", done.stderr)


def test_a_mistake_in_the_configuration_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "smi2istio.yaml").write_text("kind: ConfigMap\napiVersion: v1\ndata: {a: b}\n")
    done = run("init", given=TARGET, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[S2I120] ConfigMap")
