"""The two control planes as programs: a line of JSON for each mesh in, a line for each answer out.

They are built from ``osm/`` and ``istio/`` into ``.tools/``.
"""

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conformance.outcomes import RigError

ROOT = Path(__file__).parents[2]
OSM = (str(ROOT / ".tools/osm"),)
ISTIO = (str(ROOT / ".tools/istio"), "generate")
ACCEPT = (str(ROOT / ".tools/istio"), "accept")

_SECONDS = 600  # a batch of a hundred meshes takes about ten


async def ask(
    program: tuple[str, ...], questions: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The answers in the order of the questions.

    Raises:
        RigError: the program failed, or did not answer.
    """
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            output, errors = await process.communicate(lines.encode())
    except TimeoutError:
        process.kill()
        await process.wait()
        raise RigError(f"{program[0]} did not answer within {_SECONDS} s") from None
    if process.returncode:
        raise RigError(f"{program[0]} exited with {process.returncode}: {errors.decode()[-2000:]}")
    return [json.loads(line) for line in output.splitlines()]
