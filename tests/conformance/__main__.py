"""``python -m tests.conformance``: random meshes, until enough have been examined.

Exit status 1 where anything differs that the program did not say; one finding of each sort is
made small.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser
from collections import Counter

from tests.conformance.compare import Finding, difference, findings, overstated
from tests.conformance.examine import Examination, examine
from tests.conformance.meshes import mesh
from tests.conformance.outside import outside
from tests.conformance.shrink import shrink

_BATCH = 50  # meshes that one Envoy serves together
_SHRUNK = 5  # findings of different sorts that are made small


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--meshes", type=int, default=1100)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    return asyncio.run(_run(range(arguments.first, arguments.first + arguments.meshes)))


async def _run(seeds: range) -> int:
    tally: Counter[str] = Counter()
    found: list[Finding] = []
    begun = time.monotonic()
    for start in range(seeds.start, seeds.stop, _BATCH):
        batch = [mesh(seed) for seed in range(start, min(start + _BATCH, seeds.stop))]
        for one in await examine(batch):
            tally.update(_counted(one))
            found += findings(one)
        seconds = time.monotonic() - begun
        say(f"{start + len(batch) - seeds.start} meshes, {seconds:.0f} s, {_text(tally)}")
    for finding in _sorts(found):
        small = await shrink(finding)
        say(f"\n{small}\n\n{small.mesh.text}")
    say(f"{len(found)} findings")
    return 1 if found else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _counted(one: Examination) -> Counter[str]:
    if one.osm is None:
        return Counter({"meshes refused": 1})
    counted: Counter[str] = Counter({"requests": len(one.mesh.requests)})
    counted.update(f"overstated {said.code}" for said in overstated(one))
    for position, request in enumerate(one.mesh.requests):
        if reason := outside(one, request):
            counted[f"outside: {reason}"] += 1
        elif how := difference(one, position):
            counted[f"announced as {how.value}"] += 1
        else:
            allowed = one.outcomes(position)[1].allowed
            counted["allowed by both" if allowed else "refused by both"] += 1
    return counted


def _text(tally: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(tally.items()))


def _sorts(found: list[Finding]) -> list[Finding]:
    """One finding for each way to differ, from different meshes."""
    chosen: dict[str, Finding] = {}
    for finding in found:
        chosen.setdefault(finding.how, finding)
    return list(chosen.values())[:_SHRUNK]


sys.exit(main())
