"""The annotations in which hosts keep what they know of an item.

kpt finds the file of an item by its path and index, and refuses two items at one
place; kustomize finds an object by the names it had before.  So what replaces an item
takes over its place and its names.

Source: the specification, §10; reference/krm-hosts.md §1.5 and §1.6.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from smi2istio.assemble.placing import Output
from smi2istio.documents import REMOVED, Document, Edit
from smi2istio.krm.results import INDEX, LEGACY_INDEX
from smi2istio.names import number

_INTERNAL = "internal.config.kubernetes.io/"
_PATHS = (f"{_INTERNAL}path", "config.kubernetes.io/path")
_INDEXES = (INDEX, LEGACY_INDEX)
_FORMAT = (f"{_INTERNAL}seqindent", f"{_INTERNAL}package-path")
_IDS = (f"{_INTERNAL}id", "config.k8s.io/id")
_NAMES = tuple(
    _INTERNAL + key for key in ("previousNames", "previousNamespaces", "prefixes", "suffixes")
)
_KINDS = f"{_INTERNAL}previousKinds"
#: What only means something between a host and a function.
_BOOKS = (*_PATHS, *_INDEXES, *_IDS, "kustomize.config.k8s.io/id")


def booked(documents: Sequence[Document], outputs: Iterable[Output]) -> Iterator[Output]:
    """The outputs, with the annotations that new items need to take their place."""
    free = _FreeIndexes(documents)
    named: set[tuple[int, str]] = set()
    replaced: set[int] = set()
    for output in outputs:
        source, body = output.at, output.body
        if source is None or body is None:
            yield output
            continue
        books = _copied(source, _FORMAT)
        if output.replaces:
            replaced.add(source.position)
            books |= _copied(source, (*_PATHS, *_INDEXES, *_IDS))
        elif source.path:
            books |= _copied(source, _PATHS)
            books |= dict.fromkeys(_INDEXES, str(free.take(source.path)))
        kind = str(body["kind"])
        if source.position in replaced and (source.position, kind) not in named:
            named.add((source.position, kind))  # two of one kind must not share a name
            books |= previous(source, kind)
        yield output._replace(body=_annotated(body, books)) if books else output


def previous(source: Document, kind: str) -> dict[str, str]:
    """The names that *source* had before, for an object of another kind that replaces it."""
    found = _copied(source, _NAMES)
    kinds = source.annotation(_KINDS)
    if kinds:
        found[_KINDS] = ",".join(kind for _ in kinds.split(","))
    return found


def unbooked(outputs: Iterable[Output]) -> Iterator[Output]:
    """The outputs without what hosts wrote, for a stream that no host reads back."""
    for output in outputs:
        document = output.at
        if document is None or output.body is not None:
            yield output
            continue
        keys = [key for key in _annotations(document) if key in _BOOKS or key.startswith(_INTERNAL)]
        edits = tuple(Edit(("metadata", "annotations", key), REMOVED) for key in keys)
        yield output._replace(edits=(*output.edits, *edits))


def _annotations(document: Document) -> Mapping[str, str]:
    marks = ("config.kubernetes.io/", "config.k8s.io/")
    return document.annotations if any(map(document.mentions, marks)) else {}


def _copied(document: Document, keys: Iterable[str]) -> dict[str, str]:
    found = {key: document.annotation(key) for key in keys}
    return {key: value for key, value in found.items() if value}


def _annotated(body: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, object]:
    metadata = body["metadata"]
    annotations = {**metadata.get("annotations", {}), **more}
    return {**body, "metadata": {**metadata, "annotations": annotations}}


class _FreeIndexes:
    """Places behind the last object of each file."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._last: dict[str, int] = {}

    def take(self, path: str) -> int:
        """The next free index of a file."""
        if path not in self._last:
            self._last[path] = max(self._indexes(path), default=-1)
        self._last[path] += 1
        return self._last[path]

    def _indexes(self, path: str) -> Iterator[int]:
        for document in self._documents:
            if document.mentions(_PATHS[1]) and document.path == path:
                index = number(document.annotation(INDEX) or document.annotation(LEGACY_INDEX))
                if index is not None:
                    yield index
