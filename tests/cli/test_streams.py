"""Standard output is all or nothing, and a failure to write is a failure."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.program import (
    OTHER,
    PROGRAM,
    SERVICES,
    SPLIT,
    resource_list,
)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "list.yaml"
    path.write_text(resource_list(SPLIT, *SERVICES.split("---\n"), *[OTHER] * 3000))
    return path


@pytest.mark.parametrize(
    "command", [f"{PROGRAM} <", f"{PROGRAM} render", f"{PROGRAM} check --format json", "--help"]
)
def test_a_full_disk(command: str, given: Path) -> None:
    line = f"{PROGRAM} --help" if command == "--help" else f"{command} {given}"
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line} >/dev/full"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("smi2istio: ")
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    ["< {given}", "render {given}", "explain", "explain S2I101", "schema", "init {given}"],
)
def test_a_closed_output(command: str, given: Path) -> None:
    line = f"{PROGRAM} {command.format(given=given)} >&-"
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "could not be written" in done.stderr


def test_a_reader_that_goes_away(given: Path) -> None:
    with (
        given.open("rb") as stdin,
        subprocess.Popen(
            [PROGRAM], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
    ):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        said = process.stderr.read().decode()

    assert process.returncode == 1
    assert said.endswith("could not be written: Broken pipe\n")


def test_closed_standard_error_and_input(given: Path) -> None:
    # Only a shell closes them.
    assert os.system(f"{PROGRAM} render {given} >/dev/null 2>&-") == 0  # noqa: S605
    assert os.system(f"{PROGRAM} <&- >/dev/null 2>&1") != 0  # noqa: S605
