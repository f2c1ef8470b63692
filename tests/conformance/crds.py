"""What the API server says to Istio documents: its own library, with the CRDs of each minor.

The program is built from ``crdcheck/`` into ``.tools/``; the CRDs are those from which
``schemas/`` was derived, but whole.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.derive import ISTIO
from tests.conformance.programs import ROOT, ask

MINORS = tuple(module.minor for module in ISTIO)

_CRDCHECK = str(ROOT / ".tools/crdcheck")


def since(minor: str) -> tuple[str, ...]:
    """*minor* and all newer ones, oldest first."""
    return MINORS[MINORS.index(minor) :]


async def refusals(
    questions: Iterable[tuple[dict[str, Any], Sequence[str]]],
) -> list[dict[str, list[str]]]:
    """For each document and the minors to ask: minor → errors, without those that take it."""
    sets = [f"{module.minor}={file}" for module in ISTIO for file in module.files()]
    lines = [{"document": document, "sets": minors} for document, minors in questions]
    answers = await ask((_CRDCHECK, *sets), lines)
    return [{minor: errors for minor, errors in one.items() if errors} for one in answers]
