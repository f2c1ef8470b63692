"""Makes a finding small: takes documents and parts of documents away while it stays a finding."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from tests.conformance.cluster import synthesise
from tests.conformance.compare import Finding, findings
from tests.conformance.examine import Translator, examine
from tests.conformance.mesh import Body, Mesh, stream, translate

_ROUNDS = 40
_AT_ONCE = 60  # candidates that one Envoy tries together


async def shrink(finding: Finding, translator: Translator = translate) -> Finding:
    """The smallest finding of the same sort that leaving things out leads to."""
    requests = (finding.request,) if finding.request else ()
    smallest = finding._replace(mesh=finding.mesh._replace(requests=requests))
    for _ in range(_ROUNDS):
        smaller = await _smaller(smallest, translator)
        if smaller is None:
            break
        smallest = smaller
    return smallest


async def _smaller(finding: Finding, translator: Translator) -> Finding | None:
    candidates = [one for one in _candidates(finding.mesh) if _still_asks(one)]
    for start in range(0, len(candidates), _AT_ONCE):
        for one in await examine(candidates[start : start + _AT_ONCE], translator):
            for found in findings(one):
                if _same(found, finding):
                    return found
    return None


def _same(one: Finding, other: Finding) -> bool:
    if one.request is None:  # then only the detail says what it is about
        return one.detail == other.detail
    return (one.how, one.request) == (other.how, other.request)


def _candidates(mesh: Mesh) -> Iterator[Mesh]:
    """Meshes with something less: halves of the documents, smaller shares, and parts of one."""
    documents = mesh.documents
    size = len(documents) // 2
    while size:
        for start in range(0, len(documents), size):
            rest = documents[:start] + documents[start + size :]
            yield mesh._replace(text=stream(rest))
        size //= 2
    for index, document in enumerate(documents):
        for smaller in _parts(document):
            changed = [*documents[:index], smaller, *documents[index + 1 :]]
            yield mesh._replace(text=stream(changed))


def _parts(document: Body) -> Iterator[Body]:
    """A document without one item of a list, or one field of a list's item."""
    for path, key in list(_removable(document.get("spec"), ("spec",))):
        smaller = deepcopy(document)
        place: Any = smaller
        for step in path:
            place = place[step]
        del place[key]
        yield smaller


def _removable(
    node: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str | int]]:
    if isinstance(node, list):
        for index in range(len(node)):
            yield path, index
        for index, item in enumerate(node):
            if isinstance(item, dict) and len(item) > 1:
                yield from (((*path, index), key) for key in item if key not in _NEEDED)
            yield from _removable(item, (*path, index))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _removable(value, (*path, key))


# Without these a document is no longer one that an API server takes.
_NEEDED = {"name", "kind", "namespace", "port", "service", "weight", "image", "containerPort"}


def _still_asks(mesh: Mesh) -> bool:
    pods = {pod.key for pod in synthesise(mesh.documents).pods}
    return all(request.pod in pods for request in mesh.requests)
