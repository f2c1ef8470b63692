"""The configuration: a file, found or named, and each option by its name."""

from pathlib import Path

import pytest
import yaml
from tests.cli.program import OTHER, SPLIT, run

from smi2istio import options

FILE = """\
apiVersion: smi2istio.dev/v1alpha1
kind: SmiToIstio
metadata: {name: shop}
spec: {sourceMesh: smi, namespace: shop}
"""
WITHOUT_NAMESPACE = SPLIT.replace("  namespace: shop\n", "")


def test_a_file_that_is_there_is_used_and_named(tmp_path: Path) -> None:
    (tmp_path / "smi2istio.yaml").write_text(FILE)
    done = run("render", given=WITHOUT_NAMESPACE, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("; configured by smi2istio.yaml\n")


def test_a_file_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(FILE)
    arguments = ("render", "--config", "other.yaml")

    assert run(*arguments, given=WITHOUT_NAMESPACE, cwd=tmp_path).returncode == 0
    assert run("render", given=WITHOUT_NAMESPACE, cwd=tmp_path).returncode == 1


def test_an_option_stands_above_the_file(tmp_path: Path) -> None:
    (tmp_path / "smi2istio.yaml").write_text(FILE)
    done = run("render", "--mode", "permissive", given=SPLIT, cwd=tmp_path)

    assert done.returncode == 2
    assert "--mode: 'permissive' is a mode of OSM, and sourceMesh is 'smi'" in done.stderr


@pytest.mark.parametrize("number", [0, 2])
def test_a_file_without_one_document_is_an_error(number: int, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("---\n".join([FILE] * number))
    done = run("render", "--config", "other.yaml", given=SPLIT, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: other.yaml must hold one document, and holds {number}\n"


def test_a_mistake_in_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "smi2istio.yaml").write_text(FILE.replace("smi,", "istio,"))
    done = run("render", given=SPLIT, cwd=tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "error[S2I106] SmiToIstio shop spec.sourceMesh" in done.stderr
    assert "(smi2istio.yaml:4)" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--istio-version", "1.3"), "--istio-version: '1.3' is not a minor version"),
        (("--patterns", "{"), "--patterns: line 2, column 1: "),
        (("--patterns", "[{regex: a}]"), "--patterns[0]: needs exactly one of"),
        (("--workloads", "- 1"), "--workloads[0]: expected a mapping"),
        (("--splits-to", "subsets"), "No such option"),
        (("--source-mesh", "linkerd2"), "'--source-mesh': 'linkerd2' is not one of"),
        (("--namespaces", ""), "--namespaces[0]: '' is no name"),
        (("--accept", "S2I3"), "--accept: 'S2I3' begins with no known code"),
        (("--accept", "S2I352"), "--accept: 'S2I352' cannot be accepted"),
        (("--gateways", "[{service: a}]"), "--gateways[0].namespace: required"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_of_usage(
    arguments: tuple[str, ...], complaint: str
) -> None:
    done = run("render", *arguments, given=SPLIT)

    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_every_option_has_a_name_of_its_own() -> None:
    text = run("render", "--help").stdout

    for name in options.NAMES:
        flag = "".join(f"-{char.lower()}" if char.isupper() else char for char in name)
        assert f"--{flag} " in text


def test_options_reach_the_translation() -> None:
    arguments = ("--namespaces", "shop", "--namespaces", "store", "--mode", "enforcing")
    done = run("render", *arguments, "--create-namespaces", given=OTHER)

    assert done.returncode == 0, done.stderr
    made = list(yaml.safe_load_all(done.stdout))
    assert [one["metadata"]["name"] for one in made if one["kind"] == "Namespace"] == [
        "shop",
        "store",
    ]
