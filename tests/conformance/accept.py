"""What istiod's validation and the analyzers of ``istioctl analyze`` find in what we write.

The analyzers also see what runs beside it: pods and their sidecars, Services, Namespaces.  What
they say of these, and of documents of Istio that were in the input, was so before.
"""

import json
import re
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from tests.conformance.cluster import Cluster
from tests.conformance.injection import running
from tests.conformance.programs import ACCEPT, ask
from tests.conformance.static import Json
from tests.meshes.mesh import bodies

from smi2istio.emit import SOURCE

_WEBHOOK = (ACCEPT[0], "validate")
_EVERY_ADDRESS = "OSM's Egress without hosts opens a port of every address"
_ELSEWHERE = "kept in other repositories"

# What the analyzers say and we let stand, by code and a pattern of the text.
EXPECTED = {
    ("IST0101", "Referenced (gateway|host) not found"): _ELSEWHERE,
    ("IST0101", "Referenced namespace not found"): "a role names it",
    ("IST0127", "labels: $"): f"the pods of the namespace are {_ELSEWHERE}",
    ("IST0127", "labels: app=(reviews|cart),version=v[12]$"): "a role names their labels",
    ("IST0127", "labels: app=(bookstore|website)(,tier=batch)?$"): "`workloads` has their labels",
    ("IST0127", "labels: app=website,role=pages$"): "they are in a DeploymentList",
    ("IST0127", "labels: app=website-primary$"): "Flagger makes these pods",
    ("IST0132", "not found in Gateway"): f"Gateways are {_ELSEWHERE}",
    ("IST0133", "EnvoyFilter exposes internal implementation"): "said of every EnvoyFilter",
    ("IST0133", "using legacy gatewayName format"): "the user's annotation, copied as it is",
    ("IST0133", "addresses are required for ports serving TCP"): _EVERY_ADDRESS,
    ("IST0134", "addresses are required"): _EVERY_ADDRESS,
    ("IST0151", "relative patch operation"): "relative to filters that istiod puts everywhere",
}


class Acceptance(NamedTuple):
    """What istiod said of a stream.

    Attributes:
        refusals: they keep a document out of the cluster.
        messages: of the analyzers, ``CODE level resource: text``, without those that stand.
        stand: the entries of the list that some message is about.
    """

    refusals: tuple[str, ...]
    messages: tuple[str, ...]
    stand: frozenset[tuple[str, str]] = frozenset()

    @property
    def objections(self) -> tuple[str, ...]:
        return (*self.refusals, *self.messages)


async def refusals(documents: Iterable[Json]) -> list[list[str]]:
    """Why the admission webhook alone would keep each document out."""
    questions = [
        {"id": "", "objects": [], "documents": json.dumps(document)} for document in documents
    ]
    return [answer["refusals"] for answer in await ask(_WEBHOOK, questions)]


async def accepted(outputs: Iterable[tuple[str, Cluster]]) -> list[Acceptance]:
    """What istiod objects to in each stream, in sight of its cluster."""
    asked = [(text, list(running(cluster))) for text, cluster in outputs]
    questions = [{"id": "", "objects": objects, "documents": text} for text, objects in asked]
    answers = await ask(ACCEPT, questions)
    return [
        _acceptance(answer, set(_written(text)))
        for (text, _), answer in zip(asked, answers, strict=True)
    ]


def _written(text: str) -> Iterator[str]:
    """What we wrote, as istiod's messages name it."""
    for body in bodies(text):
        metadata = body.get("metadata") or {}
        if SOURCE in (metadata.get("annotations") or {}):
            names = (metadata.get("namespace"), metadata["name"])
            yield f"{body['kind']} {'/'.join(filter(None, names))}"


def _acceptance(answer: Json, written: Container[str]) -> Acceptance:
    messages: list[str] = []
    stand: set[tuple[str, str]] = set()
    for one in answer["messages"]:
        if one["resource"] not in written:
            continue
        found = {
            (code, pattern)
            for code, pattern in EXPECTED
            if code == one["code"] and re.search(pattern, one["text"])
        }
        stand |= found
        if not found:
            messages.append(f"{one['code']} {one['level']} {one['resource']}: {one['text']}")
    return Acceptance(tuple(answer["refusals"]), tuple(messages), frozenset(stand))
