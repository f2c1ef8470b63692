"""The smallest mesh that still shows something: whatever can be left out is left out."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.meshes.generator import Mesh

Path = tuple[str | int, ...]


def smallest(mesh: Mesh, shows: Callable[[Mesh], bool]) -> Mesh:
    """Leave out documents, fields and elements of lists as long as *shows* holds."""
    whole: dict[str, Any] = {"documents": list(mesh.documents), "config": mesh.config}
    found = True
    while found:
        found = False
        for path in list(_paths(whole, ())):
            smaller = _without(whole, path)
            if smaller is not None and shows(_mesh(smaller)):
                whole, found = smaller, True
    return _mesh(whole)


def _mesh(whole: dict[str, Any]) -> Mesh:
    return Mesh(tuple(whole["documents"]), whole["config"])


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """The places that may be left out, the largest and the last first."""
    if isinstance(value, dict):
        keys: list[str | int] = list(value)
    elif isinstance(value, list):
        keys = list(reversed(range(len(value))))
    else:
        return
    yield from ((*path, key) for key in keys if path)
    for key in keys:
        yield from _paths(value[key], (*path, key))


def _without(value: Any, path: Path) -> Any:
    """A copy without a place; None if it is gone already."""
    key, *rest = path
    if isinstance(value, dict):
        if key not in value:
            return None
        copy: Any = dict(value)
    else:
        if not isinstance(key, int) or key >= len(value):
            return None
        copy = list(value)
    if not rest:
        del copy[key]
        return copy
    inner = _without(value[key], tuple(rest))
    if inner is None:
        return None
    copy[key] = inner
    return copy
