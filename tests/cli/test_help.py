"""Help, version and completion."""

import os
import subprocess

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.cli.program import PROGRAM, run


@pytest.mark.parametrize(
    "command",
    ["", "render", "generate", "check", "init", "explain", "schema", "install-plugin"],
)
def test_help(command: str, snapshot: SnapshotAssertion) -> None:
    done = run(*filter(None, [command]), "--help")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == snapshot


def test_help_on_a_terminal() -> None:
    terminal, other = os.openpty()
    try:
        done = subprocess.run([PROGRAM], stdin=other, capture_output=True, check=False)
    finally:
        os.close(terminal)
        os.close(other)

    assert done.returncode == 0
    assert done.stdout.startswith(b"Usage: smi2istio")


def test_version() -> None:
    assert run("--version").stdout.startswith("smi2istio ")


def test_completion() -> None:
    """Asked for without arguments, where the function would read its input."""
    script = run(env={"_SMI2ISTIO_COMPLETE": "bash_source"})
    words = {"_SMI2ISTIO_COMPLETE": "bash_complete", "COMP_WORDS": "smi2istio explain S2I11"}
    codes = run(env={**words, "COMP_CWORD": "2"})

    assert "complete" in script.stdout
    assert "plain,S2I110" in codes.stdout.splitlines()


def test_completion_knows_the_values_of_options() -> None:
    words = {"COMP_WORDS": "smi2istio render --mode per", "COMP_CWORD": "3"}
    values = run(env={"_SMI2ISTIO_COMPLETE": "bash_complete", **words})

    assert values.stdout.splitlines() == ["plain,permissive"]
