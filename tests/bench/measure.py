"""Run programs and take their times and peaks."""

import compileall
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from time import perf_counter
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
NOOP: Final = ROOT / ".tools" / "noop"

START: Final = (sys.executable, "-c", "pass")
FUNCTION: Final = (str(Path(sys.executable).with_name("smi2istio")),)
PYYAML: Final = (
    sys.executable,
    "-c",
    "import sys; from yaml import *; dump(load(sys.stdin, CSafeLoader), sys.stdout, CSafeDumper)",
)


class Cost(NamedTuple):
    """The medians of several runs of a whole process.

    Attributes:
        seconds: until the process has ended.
        busy: seconds that the processors worked on it; other work on the machine does
            not count.
        peak: MB.
    """

    seconds: float
    busy: float
    peak: float


def prepare() -> None:
    """Compile the package to bytecode, as an installer does.

    Raises:
        SystemExit: the Go function is not there.
    """
    compileall.compile_dir(ROOT / "plugin", quiet=1)
    if not NOOP.exists():
        sys.exit("the Go function to compare with is built by `make bench`")


def costs(programs: Mapping[str, Sequence[str]], given: Path, *, runs: int) -> Mapping[str, Cost]:
    """Run each program on a file, in turn, so that a busy minute hits all of them alike."""
    taken: dict[str, list[Cost]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            taken[name].append(_run(program, given))
    return {name: Cost(*map(median, zip(*costs, strict=True))) for name, costs in taken.items()}


def _run(program: Sequence[str], given: Path) -> Cost:
    """One run; Linux counts the peak in KiB.

    The peak cannot come out below that of this process, from which the other one was
    started, so this one stays small: it writes its inputs piece by piece.

    Raises:
        SystemExit: the program failed.
    """
    with given.open("rb") as stdin, TemporaryFile() as said:
        began = perf_counter()
        process = subprocess.Popen(program, stdin=stdin, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{program[0]} has failed:\n{said.read().decode()}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)
