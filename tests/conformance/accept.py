"""What istiod's validation and the analyzers of ``istioctl analyze`` find in Istio documents."""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.conformance.programs import ACCEPT, ask
from tests.conformance.static import Json

_WEBHOOK = (ACCEPT[0], "validate")
_EVERY_ADDRESS = "OSM's Egress without hosts opens a port of every address"

# What the analyzers say and we let stand, by code and a part of the text.
EXPECTED = {
    ("IST0133", "EnvoyFilter exposes internal implementation"): "said of every EnvoyFilter",
    ("IST0133", "due to the use of only HTTP attribute"): "a policy of the user's own",
    ("IST0133", "using legacy gatewayName format"): "the user's annotation, copied as it is",
    ("IST0133", "addresses are required for ports serving TCP"): _EVERY_ADDRESS,
    ("IST0134", "addresses are required"): _EVERY_ADDRESS,
    ("IST0151", "relative patch operation"): "relative to filters that istiod puts everywhere",
    ("IST0101", "Referenced gateway not found"): "Gateways are kept in other repositories",
    ("IST0132", "not found in Gateway"): "Gateways are kept in other repositories",
}


class Acceptance(NamedTuple):
    """Refusals keep a document out of the cluster; messages are ``CODE level resource: text``."""

    refusals: tuple[str, ...]
    messages: tuple[str, ...]


async def refusals(documents: Iterable[Json]) -> list[list[str]]:
    """Why the admission webhook alone would keep each document out."""
    questions = [
        {"id": "", "objects": [], "documents": json.dumps(document)} for document in documents
    ]
    return [answer["refusals"] for answer in await ask(_WEBHOOK, questions)]


async def accepted(streams: Sequence[str]) -> list[Acceptance]:
    """What istiod objects to in each stream; expected messages are left out."""
    questions = [{"id": "", "objects": [], "documents": text} for text in streams]
    return [
        Acceptance(
            tuple(answer["refusals"]),
            tuple(
                f"{one['code']} {one['level']} {one['resource']}: {one['text']}"
                for one in answer["messages"]
                if not _expected(one)
            ),
        )
        for answer in await ask(ACCEPT, questions)
    ]


def _expected(message: Json) -> bool:
    return any(message["code"] == code and text in message["text"] for code, text in EXPECTED)
