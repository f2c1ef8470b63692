"""Objects inside an object: the items of a ResourceList and of a List.

Each item keeps its text.  A line with a dash in the column of the list begins an item
if everything above it is complete, and that is certain item by item: either by its
lines (:mod:`smi2istio.documents.facts`), or because the parser reads it on its own.
What does not come out of that is parsed as a whole and cut where the parser says.

kubectl and kustomize take any object for a list whose kind ends in List and that has items,
such as a DeploymentList, so its items count as those of a List do.

Source: the Kubernetes resource model, functions specification; kubectl get -o yaml;
apimachinery, unstructured/unstructured_list.go; kustomize, api/resource/factory.go.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from smi2istio.documents import facts
from smi2istio.documents.document import Document
from smi2istio.documents.editing import Edit, edit
from smi2istio.documents.extent import Extent
from smi2istio.documents.parsed_lists import Listing, Section, by_nodes
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable

#: A document as it is, or a new object.
Element = Document | Mapping[str, object]

_NEXT_KEY = re.compile(rb"\n(?=[^ \n\r#-])")
_KEY = re.compile(rb"([A-Za-z][A-Za-z0-9_.-]*):(?=[ \t\r\n]|\Z)")
_LINE_END = rb"[ \t]*+(?:(?<=[ \t])#[^\n]*+)?\r?+\n"
_FIRST_DASH = re.compile(
    rb"items:" + _LINE_END + rb"(?:[ \t]*+(?:#[^\n]*+)?\r?+\n)*+( *)-(?=[ \t\r\n])"
)
_EMPTY = rb"items:[ \t]*+(?:\[\]|null|~)?" + _LINE_END + rb"(?:[ \t]*+(?:#[^\n]*+)?\r?+\n)*+\Z"


def listing(extent: Extent) -> Listing:
    """Take an object that has items apart.

    Raises:
        Unreadable: with file and place.
    """
    found = _by_lines(extent)
    if found:
        return found
    try:
        return by_nodes(extent)
    except Unreadable as error:
        raise error.moved(max(extent.line - 1, 0), extent.file) from None


def _by_lines(extent: Extent) -> Listing | None:
    data, start, end, line = extent[:4]
    sections = _sections(data, start, end)
    if sections is None:
        return None
    documents: tuple[Document, ...] = ()
    column, first = 0, -1
    rest: dict[str, Any] = {}
    for section in sections:
        if section.key != "items":
            value = _alone(data, section)
            if value is None:
                return None
            rest |= value
            continue
        rest["items"] = None
        dash = _FIRST_DASH.search(data, section.start, section.end)
        if dash:
            column, first = len(dash[1]), dash.start(1)
            line += data.count(b"\n", start, first) if line else 0
            items = extent._replace(start=first, end=section.end, line=line)
            documents = _items(items, column)
        if not documents and (
            dash or not re.compile(_EMPTY).search(data, section.start, section.end)
        ):
            return None
    return Listing(documents, rest, column, sections, first)


def _sections(data: bytes, start: int, end: int) -> tuple[Section, ...] | None:
    first, column = facts.first_key(data, start, end)
    if column:
        return None
    begins = [first, *(found.end() for found in _NEXT_KEY.finditer(data, first, end))]
    keys = [_KEY.match(data, begin, end) for begin in begins]
    names = [key[1].decode() for key in keys if key]
    if len(set(names)) < len(begins):
        return None
    begins[0] = start
    return tuple(map(Section, names, begins, [*begins[1:], end]))


def _alone(data: bytes, section: Section) -> dict[str, Any] | None:
    """The section read on its own; None if it does not end where its lines say."""
    try:
        value = load(data[section.start : section.end])
    except Unreadable:
        return None
    return value if isinstance(value, dict) else None


@lru_cache(maxsize=16)
def _dash_in(column: int) -> re.Pattern[bytes]:
    """A line with the dash of an item, as the group, or another one that begins no later."""
    return re.compile(
        rb"\n {0,%d}+(?=[^ \n\r#])(?:(?<=\n {%d})(-)(?=[ \t\r\n]))?" % (column, column)
    )


def _items(extent: Extent, column: int) -> tuple[Document, ...]:
    """The items, of which each is certain or was parsed; none if that cannot be."""
    data, start, end, line, file, *hints = extent
    begins = [start]
    for found in _dash_in(column).finditer(data, start, end):
        if not found[1]:
            return ()
        begins.append(found.start() + 1)
    documents: list[Document] = []
    try:
        for begin, after in pairwise([*begins, end]):
            item = Extent(data, begin, after, line, file, *hints)
            documents.append(Document(item, item=True, column=column, position=len(documents)))
            line += data.count(b"\n", begin, after) if line else 0
    except Unreadable:
        return ()
    return tuple(documents)


class Contents:
    """Documents that may be replaced, among them Lists that may be opened."""

    def __init__(self, whole: Sequence[Document]) -> None:
        self._whole = whole
        self._groups: list[tuple[Document, ...]] = [(document,) for document in whole]

    @property
    def documents(self) -> list[Document]:
        """In order; each one's position is its place here."""
        return [document for group in self._groups for document in group]

    def open_lists(self, is_wanted: Callable[[Document], bool]) -> None:
        """Take the items of a List for documents if one of them is wanted."""
        self._groups = [_opened(document, is_wanted) for document in self._whole]
        for position, document in enumerate(self.documents):
            document.position = position

    def replaced(
        self, changes: Mapping[int, Sequence[Element]]
    ) -> Iterator[tuple[Document, Sequence[Element] | None]]:
        """What stood in the input, and what stands there now; None if nothing has changed."""
        for whole, group in zip(self._whole, self._groups, strict=True):
            if any(document.position in changes for document in group):
                new = (one for inner in group for one in changes.get(inner.position, (inner,)))
                yield whole, tuple(new)
            else:
                yield whole, None

    def elements(self, changes: Mapping[int, Sequence[Element]]) -> Iterator[Element]:
        """All that stands there now."""
        for whole, new in self.replaced(changes):
            yield from (whole,) if new is None else new


def _opened(document: Document, is_wanted: Callable[[Document], bool]) -> tuple[Document, ...]:
    if not document.kind.endswith("List") or not document.mentions("items"):
        return (document,)
    found = tuple(one for item in _items_of(document) for one in _opened(item, is_wanted))
    if any(one.kind != "List" and is_wanted(one) for one in found):
        return found
    return (document,)


def _items_of(document: Document) -> tuple[Document, ...]:
    """The items of a List, or of a list of one kind; none where it only has such a name.

    Raises:
        Unreadable: with file and place, for a List.
    """
    if (document.api_version, document.kind) == ("v1", "List"):
        return listing(document.extent).documents
    try:
        items = listing(document.extent).documents
    except Unreadable:  # an object of somebody's kind AllowList, say
        return ()
    return tuple(one if one.kind else _complete(one, document) for one in items)


def _complete(item: Document, outer: Document) -> Document:
    """An item as the API server lists it, without its kind, which the list has."""
    head = (
        Edit(("apiVersion",), outer.api_version),
        Edit(("kind",), outer.kind.removesuffix("List")),
    )
    return item.replaced(edit(item, head))
