"""Makes a finding small: takes documents and parts of documents away while it stays a finding."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from tests.conformance.cluster import synthesise
from tests.conformance.compare import Finding, findings
from tests.conformance.examine import Examination, examine
from tests.conformance.outcomes import RigError
from tests.meshes.mesh import Body, Mesh

Examine = Callable[[Sequence[Mesh]], Awaitable[list[Examination]]]

_ROUNDS = 60
_AT_ONCE = 60  # candidates that one Envoy tries together


async def shrink(finding: Finding, examined: Examine = examine) -> Finding:
    """The smallest finding of the same sort that leaving things out leads to."""
    requests = (finding.request,) if finding.request else ()
    smallest = finding._replace(mesh=finding.mesh._replace(requests=requests))
    for _ in range(_ROUNDS):
        smaller = await _smaller(smallest, examined)
        if smaller is None:
            break
        smallest = smaller._replace(mesh=smaller.mesh._replace(requests=requests))
    return smallest


async def _smaller(finding: Finding, examined: Examine) -> Finding | None:
    candidates = [one for one in _candidates(finding.mesh) if _still_asks(one)]
    for start in range(0, len(candidates), _AT_ONCE):
        for one in await _possible(candidates[start : start + _AT_ONCE], examined):
            for found in findings(one):
                if (found.how, found.request) == (finding.how, finding.request):
                    return found
    return None


async def _possible(meshes: Sequence[Mesh], examined: Examine) -> list[Examination]:
    """Without those that are no meshes any more."""
    try:
        return await examined(meshes)
    except RigError:
        if len(meshes) == 1:
            return []
        half = len(meshes) // 2
        return [
            *await _possible(meshes[:half], examined),
            *await _possible(meshes[half:], examined),
        ]


def _candidates(mesh: Mesh) -> Iterator[Mesh]:
    """Meshes with something less: halves of the documents, smaller shares, and parts of one."""
    documents = mesh.documents
    size = len(documents) // 2
    while size:
        for start in range(0, len(documents), size):
            rest = documents[:start] + documents[start + size :]
            yield mesh._replace(documents=rest)
        size //= 2
    for key in mesh.config:
        yield mesh._replace(config={one: mesh.config[one] for one in mesh.config if one != key})
    for index, document in enumerate(documents):
        for smaller in _parts(document):
            changed = (*documents[:index], smaller, *documents[index + 1 :])
            yield mesh._replace(documents=changed)


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
    """Whether what is asked about is there; a mesh that nobody asks must have its members."""
    pods = {pod.key for pod in synthesise(mesh.applied).pods}
    return all(request.pod in pods for request in mesh.requests)
