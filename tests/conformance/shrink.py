"""Makes a finding small: takes parts of its mesh and of its request away while it stays one."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from copy import deepcopy
from typing import Any

from tests.conformance.aim import sendable
from tests.conformance.cluster import synthesise
from tests.conformance.compare import Finding, findings
from tests.conformance.examine import Examination, examine
from tests.conformance.outcomes import RigError
from tests.meshes.mesh import Body, Mesh
from tests.meshes.requests import Request

Examine = Callable[[Sequence[Mesh]], Awaitable[list[Examination]]]

_ROUNDS = 60
_AT_ONCE = 60  # candidates that one Envoy tries together


async def shrink(finding: Finding, examined: Examine = examine) -> Finding:
    """The smallest finding of the same sort that leaving things out leads to."""
    smallest = _alone(finding)
    for step in (_smaller, _simpler):
        for _ in range(_ROUNDS):
            found = await step(smallest, examined)
            if found is None:
                break
            smallest = _alone(found)
    return smallest


def _alone(finding: Finding) -> Finding:
    """A finding whose mesh is asked nothing else."""
    requests = (finding.request,) if finding.request else ()
    return finding._replace(mesh=finding.mesh._replace(requests=requests))


async def _smaller(finding: Finding, examined: Examine) -> Finding | None:
    """The same in a smaller mesh."""
    candidates = [one for one in _candidates(finding.mesh) if _still_asks(one)]
    for start in range(0, len(candidates), _AT_ONCE):
        for one in await _possible(candidates[start : start + _AT_ONCE], examined):
            for found in findings(one):
                if (found.how, found.request) == (finding.how, finding.request):
                    return found
    return None


async def _simpler(finding: Finding, examined: Examine) -> Finding | None:
    """The same with less in the request; all that may be left out is asked of one mesh."""
    less = tuple(filter(sendable, _less(finding.request))) if finding.request else ()
    if not less:
        return None
    (one,) = await examined([finding.mesh._replace(requests=less)])
    same = (it for it in findings(one) if it.how == finding.how and it.request in less)
    return min(same, key=lambda it: len(str(it.request)), default=None)


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
    """Meshes with something less: some of the documents, or parts of one."""
    documents = mesh.documents
    for start, end in _shares(len(documents)):
        yield mesh._replace(documents=documents[:start] + documents[end:])
    for key in mesh.config:
        yield mesh._replace(config={one: mesh.config[one] for one in mesh.config if one != key})
    for index, document in enumerate(documents):
        for smaller in _parts(document):
            changed = (*documents[:index], smaller, *documents[index + 1 :])
            yield mesh._replace(documents=changed)


def _shares(length: int) -> Iterator[tuple[int, int]]:
    """What to leave out of a sequence: each half of it, then smaller shares."""
    size = length // 2
    while size:
        yield from ((start, start + size) for start in range(0, length, size))
        size //= 2


def _less(request: Request) -> Iterator[Request]:
    """Requests with something less."""
    if request.authority:
        yield request._replace(authority="")
    if request.method not in ("", "GET"):
        yield request._replace(method="GET")
    for index, (name, value) in enumerate(request.headers):
        before, after = request.headers[:index], request.headers[index + 1 :]
        yield request._replace(headers=(*before, *after))
        for start, end in _shares(len(value)):
            shorter = (name, value[:start] + value[end:])
            yield request._replace(headers=(*before, shorter, *after))
    path = request.path
    for start, end in _shares(len(path)):
        yield request._replace(path=path[:start] + path[end:])


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
