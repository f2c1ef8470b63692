"""The benchmark: prints how the targets of the project are met, as a table in Markdown.

Ratios are taken of medians within one run, because machines differ and are busy; the
exit status says only whether it ran.

    make bench
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import inputs, measure
from tests.bench.measure import FUNCTION, NOOP, PYYAML, ROOT, START, costs

Files = Callable[[str, Iterator[str]], Path]


class Row(NamedTuple):
    what: str
    target: str
    measured: str
    met: bool


def start_up(file: Files) -> Iterator[Row]:
    """(a) What a build pays for the function when it is small, as it nearly always is."""
    given = file("bookstore", inputs.stream(ROOT / "fixtures/scenarios/bookstore/input.yaml"))
    taken = costs({"start": START, "function": FUNCTION}, given, runs=21)
    ratio = taken["function"].seconds / taken["start"].seconds
    yield Row("bookstore, against `python -c pass`", "≤ 6", _times(ratio, taken), ratio <= 6)


def throughput(file: Files) -> Iterator[Row]:
    """(b) What passes through should cost next to nothing."""
    given = file("mix", inputs.mix(40))
    taken = costs({"function": FUNCTION, "PyYAML": PYYAML, "Go": (str(NOOP),)}, given, runs=5)
    seconds = taken["function"].seconds
    what = f"{_megabytes(given):.1f} MB, 4,000 objects, 40 of them SMI"
    ratio = seconds / taken["PyYAML"].seconds
    yield Row(
        f"{what}, against PyYAML's C loader and dumper", "≤ 0.1", _times(ratio, taken), ratio <= 0.1
    )
    ratio = seconds / taken["Go"].seconds
    yield Row(
        f"{what}, against a Go function that does nothing", "< 1", _times(ratio, taken), ratio < 1
    )


def growth(file: Files) -> Iterator[Row]:
    """(c) Linear time, and memory that fits a build container."""
    given = [file(f"mix{namespaces}", inputs.mix(namespaces)) for namespaces in (10, 105, 525)]
    sizes = [_megabytes(path) for path in given]
    taken = [
        costs({"": FUNCTION}, path, runs=runs)[""]
        for path, runs in zip(given, (11, 5, 3), strict=True)
    ]
    growth = _slopes(sizes, [cost.busy for cost in taken])
    yield Row(
        f"{sizes[0]:.0f} to {sizes[2]:.0f} MB: time per MB above {sizes[1]:.0f} MB, against below",
        "≤ 1.2",
        f"{growth:.2f} ({', '.join(f'{cost.busy:.2f} s' for cost in taken)})",
        growth <= 1.2,
    )
    peaks = [cost.peak / (6 * size + 60) for cost, size in zip(taken, sizes, strict=True)]
    yield Row(
        "the same: peak memory, against 6 times the input + 60 MB",
        "≤ 1",
        f"{max(peaks):.2f} ({', '.join(f'{cost.peak:.0f} MB' for cost in taken)})",
        max(peaks) <= 1,
    )


def policies(file: Files) -> Iterator[Row]:
    """(d) Translation itself."""
    numbers = (100, 500, 1000)
    taken = [
        costs({"": FUNCTION}, file(f"targets{number}", inputs.targets(number)), runs=5)[""].busy
        for number in numbers
    ]
    each = taken[1] / 500 * 1000
    yield Row(
        "500 TrafficTargets, 500 workloads, 50 namespaces: time for each",
        "≤ 2 ms",
        f"{each:.2f} ms",
        each <= 2,
    )
    growth = _slopes(numbers, taken)
    yield Row(
        "100 to 1,000 TrafficTargets: time per target above 500, against below",
        "≤ 1.2",
        f"{growth:.2f} ({', '.join(f'{seconds:.2f} s' for seconds in taken)})",
        growth <= 1.2,
    )


def main() -> None:
    measure.prepare()
    with tempfile.TemporaryDirectory() as directory:

        def file(name: str, items: Iterator[str]) -> Path:
            path = Path(directory, f"{name}.yaml")
            inputs.write(path, items)
            return path

        _say(f"{_machine()}\n")
        _say("| what | target | measured | |\n|---|---|---|---|")
        for part in (start_up, throughput, growth, policies):
            for row in part(file):
                verdict = "met" if row.met else "missed"
                _say(f"| {row.what} | {row.target} | {row.measured} | {verdict} |")


def _say(line: str) -> None:
    """Print at once: the whole takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _slopes(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The growth per unit in the upper part, as a multiple of that in the lower part."""
    low, middle, high = sizes
    below, above = seconds[1] - seconds[0], seconds[2] - seconds[1]
    return (above / (high - middle)) / (below / (middle - low))


def _times(ratio: float, taken: Mapping[str, measure.Cost]) -> str:
    seconds = ", ".join(f"{name} {cost.seconds * 1000:.0f} ms" for name, cost in taken.items())
    return f"{ratio:.3g} ({seconds})"


def _megabytes(path: Path) -> float:
    return path.stat().st_size / 1e6


def _machine() -> str:
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    go = subprocess.run(["go", "version", NOOP], capture_output=True, text=True, check=True)
    return (
        f"{os.cpu_count()} cores, {gigabytes:.0f} GB, {platform.system()} {platform.machine()},"
        f" Python {platform.python_version()}, Go {go.stdout.strip().rpartition('go')[2]}"
    )


if __name__ == "__main__":
    main()
