"""The examples under kustomize/, built by the real kustomize.

Each directory with a want.yaml is one test: what kustomize prints, byte for byte, and
what the function says on the terminal meanwhile (want.txt).
A missing kustomize is a failure, never a skip: `make .tools/kustomize` builds it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "kustomize" / "README.md").read_text(encoding="utf-8")
EXAMPLES = sorted(path.parent for path in (ROOT / "kustomize").glob("**/want.yaml"))
BOTH_FLAGS = ("--enable-alpha-plugins", "--enable-exec")
PATH = os.pathsep.join([str(Path(sys.executable).parent), str(ROOT / ".tools"), os.environ["PATH"]])


def run(*command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which(command[0], path=PATH) or command[0], *command[1:]],
        env={**os.environ, "PATH": PATH},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def ids(stream: str) -> dict[tuple[str, str, str], object]:
    return {
        (body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]): body
        for body in yaml.safe_load_all(stream)
    }


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_builds_what_it_says(example: Path, golden: Callable[[Path, str], None]) -> None:
    build = run("kustomize", "build", *BOTH_FLAGS, example)

    assert build.returncode == 0, build.stderr
    golden(example / "want.yaml", build.stdout)
    golden(example / "want.txt", build.stderr)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_what_kustomize_built_passes_the_gate_without_smi(example: Path) -> None:
    gate = run("smi2istio", "check", "--no-smi", str(example / "want.yaml"))

    assert gate.returncode == 0, gate.stderr


def test_the_readme_can_be_followed() -> None:
    """Its transformer is that of an example, and its flags are those that build them."""
    section = README.partition("## Use it")[2].partition("\n## ")[0]
    (transformer,) = re.findall(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"^\$ kustomize build (.*) bookstore$", section, re.MULTILINE)
    name = "component/smi-to-istio/smi-to-istio.yaml"

    assert command.split() == list(BOTH_FLAGS)
    assert transformer == (ROOT / "kustomize" / name).read_text(encoding="utf-8")


def test_stream_and_kustomize_give_the_same_documents() -> None:
    example = ROOT / "kustomize" / "bookstore"
    untouched = run("kustomize", "build", ROOT / "fixtures" / "scenarios" / "bookstore")
    rendered = run("smi2istio", "render", "-", stdin=untouched.stdout)

    assert rendered.returncode == 0, rendered.stderr
    assert ids(rendered.stdout) == ids((example / "want.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """An overlay whose backends all have weight 0: Istio has no such route."""
    shutil.copytree(ROOT / "kustomize" / "canary", tmp_path, dirs_exist_ok=True)
    overlay = tmp_path / "90-10" / "kustomization.yaml"
    text = overlay.read_text(encoding="utf-8")
    overlay.write_text(
        text.replace("value: 90", "value: 0").replace("value: 10", "value: 0"), encoding="utf-8"
    )
    return overlay.parent


def test_a_refused_input_fails_the_build_with_our_sentence(refused: Path) -> None:
    build = run("kustomize", "build", *BOTH_FLAGS, refused)

    assert build.returncode == 1
    assert build.stdout == ""
    assert build.stderr.startswith("error[S2I2")
    assert " TrafficSplit shop/website " in build.stderr.splitlines()[0]
    assert build.stderr.splitlines()[-1].startswith("Error: couldn't execute function: exit status")


def test_with_only_the_first_flag_kustomize_skips_the_function_in_silence(refused: Path) -> None:
    """The trap of the README: exit status 0, and SMI documents reach the cluster."""
    build = run("kustomize", "build", "--enable-alpha-plugins", refused)
    gate = run("smi2istio", "check", "--no-smi", "-", stdin=build.stdout)

    assert build.returncode == 0
    assert "kind: TrafficSplit" in build.stdout
    assert gate.returncode == 1


def test_without_flags_kustomize_refuses(refused: Path) -> None:
    build = run("kustomize", "build", refused)

    assert build.returncode == 1
    assert "external plugins disabled" in build.stderr


def test_among_validators_kustomize_fails_on_the_function(tmp_path: Path) -> None:
    """Even if it changes nothing, as here, where there is nothing of SMI."""
    shutil.copy(ROOT / "kustomize" / "bookstore" / "smi-to-istio.yaml", tmp_path)
    (tmp_path / "a.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", encoding="utf-8"
    )
    kustomization = tmp_path / "kustomization.yaml"
    kustomization.write_text("resources: [a.yaml]\nvalidators: [smi-to-istio.yaml]\n", "utf-8")
    build = run("kustomize", "build", *BOTH_FLAGS, tmp_path)

    assert build.returncode == 1
    assert "validator" in build.stderr
