"""What the README says is so: its commands run, its documents and its table are the program's."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from smi2istio.compiler import compile_documents
from smi2istio.documents import read_stream
from smi2istio.options import of_document
from smi2istio.translate import TRANSLATORS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
YAML = [text for language, text in BLOCKS if language == "yaml"]
COMMANDS = [
    line.removeprefix("$ ")
    for language, text in BLOCKS
    if language == "console"
    for line in text.splitlines()
]
# `make` runs these tests, and `make demo` is the one command that a test of the build runs.
RUN = [command for command in COMMANDS if not command.startswith("make ")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what the commands read, with a directory of one's own manifests."""
    for name in ("fixtures", "kustomize"):
        (tmp_path / name).symlink_to(ROOT / name)
    manifests = tmp_path / "manifests"
    manifests.mkdir()
    manifests.joinpath("split.yaml").write_bytes(
        (ROOT / "kustomize" / "snapshot" / "manifests" / "split.yaml").read_bytes()
    )
    return tmp_path


def test_commands_run(checkout: Path) -> None:
    """One after the other, as a reader types them."""
    path = os.pathsep.join([str(Path(sys.executable).parent), str(ROOT / ".tools")])
    environment = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    for command in RUN:
        ended = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=checkout,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

        assert ended.returncode == 0, f"{command}: {ended.stderr}"


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    for command in set(COMMANDS) - set(RUN):
        assert f"\n{shlex.split(command)[1]}:" in makefile


def test_the_first_screen_is_what_comes_out() -> None:
    """The two documents on the left, beside the workload and Service that the text names."""
    target, routes, policy = (yaml.safe_load(text) for text in YAML[:3])
    fixture = ROOT / "fixtures" / "traffic-target" / "first-screen"
    stream = (fixture / "input.yaml").read_bytes()
    options = of_document(read_stream((fixture / "config.yaml").read_bytes())[0])
    compilation = compile_documents(read_stream(stream), options)
    given = list(yaml.safe_load_all(stream))

    assert target in given
    assert routes in given
    assert policy in [output.body for output in compilation.outputs]


def test_the_table_lists_what_is_translated() -> None:
    """In the order of the table of translators; what is only edited stands below."""
    table = README.partition("## What becomes what")[2].partition("\n\nEverything else")[0]
    kinds = re.findall(r"^\| (\w+)", table, re.MULTILINE)[1:]

    assert kinds == [*(kind for _, kind in TRANSLATORS), "Namespace", "workloads", "Service"]
