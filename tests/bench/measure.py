"""Run programs and take their times and peaks."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
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
    """The medians of several runs of a whole process; *peak* in MB."""

    seconds: float
    peak: float


def build_noop() -> None:
    """Build the Go function that does nothing, from its pinned module.

    Raises:
        SystemExit: there is no Go.
    """
    go = shutil.which("go")
    if go is None:
        sys.exit("the benchmark compares with a Go function: Go 1.24 or newer is needed")
    subprocess.run([go, "build", "-o", NOOP, "."], cwd=Path(__file__).with_name("noop"), check=True)


def costs(programs: Mapping[str, Sequence[str]], given: Path, *, runs: int) -> Mapping[str, Cost]:
    """Run each program on a file, in turn, so that a busy minute hits all of them alike."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            taken[name].append(_run(program, given))
    return {
        name: Cost(median(seconds for seconds, _ in runs), median(peak for _, peak in runs))
        for name, runs in taken.items()
    }


def _run(program: Sequence[str], given: Path) -> tuple[float, float]:
    """Seconds and MB of one run; Linux counts the peak in KiB.

    The peak cannot come out below that of this process, from which the other one was
    started, so this one stays small: it writes its inputs piece by piece.

    Raises:
        SystemExit: the program failed; what it says is on standard error.
    """
    with given.open("rb") as stdin:
        began = perf_counter()
        process = subprocess.Popen(program, stdin=stdin, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{program[0]} ended with status {process.returncode}")
    return seconds, usage.ru_maxrss * 1024 / 1e6
