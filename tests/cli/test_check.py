"""``smi2istio check``: reports, exit statuses, and the gate after a build."""

import json
from pathlib import Path

import pytest
from tests.cli.program import (
    OTHER,
    SPLIT,
    run,
)


def test_text_goes_to_standard_output_with_notes() -> None:
    done = run("check", given=SPLIT.replace("v1alpha2", "v1alpha1"))

    assert (done.returncode, done.stderr) == (0, "")
    assert "note[S2I114] " in done.stdout
    assert "smi2istio: 1 TrafficSplit → 1 VirtualService; " in done.stdout


def test_json_is_complete_even_if_nothing_can_be_read() -> None:
    done = run("check", "--format", "json", given="a: [")

    assert done.returncode == 1
    assert [one["code"] for one in json.loads(done.stdout)["diagnostics"]] == ["S2I101"]


def test_warnings_count_if_they_shall() -> None:
    """Without the Services in the input there is a warning."""
    assert run("check", given=SPLIT).returncode == 0
    assert run("check", "--fail-on", "warning", given=SPLIT).returncode == 1


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1alpha2", "TrafficSplit"),
        ("spec.smi-spec.io/v1alpha1", "TCPRoute"),
        ("mesh.smi-spec.io/v9", "Later"),
        ("policy.openservicemesh.io/v1alpha1", "Egress"),
        ("rbac.istio.io/v1alpha1", "ServiceRole"),
    ],
)
def test_the_gate_knows_all_that_should_have_gone(version: str, kind: str) -> None:
    given = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"

    assert "error[S2I118]" in run("check", "--no-smi", given=given).stdout


@pytest.mark.parametrize("case", ["inert-marks", "marks", "marks-elsewhere"])
def test_the_gate_lets_through_what_render_made_of_marks(case: str) -> None:
    fixture = Path(__file__).parents[2] / "fixtures" / "workload" / case
    gate = run("check", "--no-smi", str(fixture / "expected.yaml"))

    assert gate.returncode == 0, gate.stdout
    assert ("S2I516" in gate.stdout) == (case == "marks-elsewhere")


def test_the_gate_finds_the_configuration_of_early_releases() -> None:
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: osm-config}\ndata: "

    ours = "{permissive_traffic_policy_mode: 'false'}\n"
    assert run("check", "--no-smi", given=head + ours).returncode == 1
    assert run("check", "--no-smi", given=head + "{color: blue}\n").returncode == 0


def test_the_gate_leaves_others_alone() -> None:
    """Groups that only end in the same letters, and the CRDs."""
    given = (
        "apiVersion: my-smi-spec.io/v1\nkind: A\nmetadata: {name: a}\n---\n"
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata: {name: trafficsplits.split.smi-spec.io}\n"
    )

    assert run("check", "--no-smi", given=given).returncode == 0


def test_the_gate_after_a_build() -> None:
    done = run("check", "--no-smi", "-", given=f"{OTHER}---\n{SPLIT}")

    assert done.returncode == 1
    assert done.stdout.startswith("error[S2I118] TrafficSplit shop/canary")
    marked = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    "
    assert (
        run("check", "--no-smi", given=f"{marked}openservicemesh.io/monitored-by: osm\n").returncode
        == 1
    )
    done = run("check", "--no-smi", given=f"{marked}openservicemesh.io/ignore: a\n")
    assert "metadata.labels.openservicemesh.io/ignore: the mark" in done.stdout
    assert run("check", "--no-smi", given=f"{marked}istio-injection: enabled\n").returncode == 0
    assert run("check", "--no-smi", given=OTHER).returncode == 0
    assert run("check", "--no-smi").returncode == 1, "nothing at all is no success"
