"""``python -m tests.conformance``: random meshes, until enough have been examined.

Prints what became of the requests as a table.  Exit status 1 where anything differs that the
program did not say; one finding of each sort is made small.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable

from tests.conformance.aim import aimed
from tests.conformance.compare import Finding, difference, findings
from tests.conformance.deciders import ALLOWED, verdicts
from tests.conformance.examine import Examination, examine
from tests.conformance.outside import outside
from tests.conformance.shrink import shrink
from tests.meshes.generator import mesh

_BATCH = 50  # meshes that one Envoy serves together
_SHRUNK = 5  # findings of different sorts that are made small


def main() -> int:
    parser = ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--meshes", type=int, default=1150)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    return asyncio.run(_run(range(arguments.first, arguments.first + arguments.meshes)))


async def _run(seeds: range) -> int:
    tally: Counter[str] = Counter()
    found: list[Finding] = []
    begun = time.monotonic()
    for start in range(seeds.start, seeds.stop, _BATCH):
        some = range(start, min(start + _BATCH, seeds.stop))
        for one in await examine([aimed(mesh(seed, served=True), seed) for seed in some]):
            tally.update(_counted(one))
            found += findings(one)
        done, seconds = some.stop - seeds.start, time.monotonic() - begun
        say(f"{done} meshes, {tally['requests']} requests, {len(found)} findings, {seconds:.0f} s")
    say(f"\n{_table(tally)}\n")
    for finding in _sorts(found):
        say(f"\n{(await shrink(finding)).whole}")
    say(f"{len(found)} findings")
    return 1 if found else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _counted(one: Examination) -> Counter[str]:
    if one.osm is None:
        return Counter({"meshes refused by the program": 1})
    counted: Counter[str] = Counter({"meshes played": 1, "requests": len(one.mesh.requests)})
    counted.update(f"requests {name}" for name in _became(one))
    counted["witnesses"] += len(one.witnesses)
    return counted


def _became(one: Examination) -> Iterable[str]:
    for position, request in enumerate(one.mesh.requests):
        if reason := outside(one, request):
            yield f"outside: {reason}"
            continue
        how = difference(one, position)
        allowed = one.outcomes(position)[1].allowed
        yield f"announced as {how}" if how else f"{'allowed' if allowed else 'refused'} by both"
        if any(verdict.answer not in ALLOWED for verdict in verdicts(one, request)):
            yield "that a decider leaves open"


def _table(tally: Counter[str]) -> str:
    width = max(map(len, tally))
    return "\n".join(f"{name:{width}}  {count:>7}" for name, count in sorted(tally.items()))


def _sorts(found: list[Finding]) -> list[Finding]:
    """One finding for each way to differ."""
    chosen: dict[str, Finding] = {}
    for finding in found:
        chosen.setdefault(finding.how, finding)
    return list(chosen.values())[:_SHRUNK]


sys.exit(main())
