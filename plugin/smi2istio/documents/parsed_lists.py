"""Items of an object, cut out where the parser says that they begin and end.

Items that share anchors cannot stand alone, so those that use another one's are written
anew, with the values that the anchors stand for.
"""

from collections.abc import Mapping
from contextlib import suppress
from itertools import pairwise
from typing import Any

from smi2istio.documents.document import Document
from smi2istio.documents.extent import Extent
from smi2istio.documents.nodes import Node, compose
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.writer import dump, dump_item
from smi2istio.records import Record


class Section(Record):
    """A key of the outer object with its value, in whole lines."""

    key: str
    start: int
    end: int


class Listing(Record):
    """An object with items.

    Attributes:
        documents: its items.
        rest: its keys with their values, but without those of the items.
        column: 0-based column of the dashes of its items.
        sections: its keys in order; none where they are not whole lines, as in JSON.
        first: offset of the first item; -1 where the items are not whole lines.
    """

    documents: tuple[Document, ...]
    rest: Mapping[str, Any]
    column: int = 0
    sections: tuple[Section, ...] = ()
    first: int = -1


def by_nodes(extent: Extent) -> Listing:
    """Parse an object that has items, and take it apart.

    Raises:
        Unreadable: with the line in the extent.
    """
    text = extent.text
    body: Any = load(text)
    root = compose(text)
    if isinstance(body, list):  # the object is an item itself
        body, root = body[0], root.children[0]
    items = _items(body, root)
    sections = _sections(text, root, extent.start)
    rest = {key: None if key == "items" else value for key, value in body.items()}
    if not items:
        return Listing((), rest, 0, sections)
    pieces, column = _pieces(text, root, len(items))
    documents: list[Document] = []
    line, counted = extent.line, 0
    for (begin, piece), item in zip(pieces, items, strict=True):
        line += text.count("\n", counted, begin) if line else 0
        counted = begin
        document = _document(piece, item, column, (line, extent.file))
        document.position = len(documents)
        documents.append(document)
    first = -1 if column < 0 else extent.start + len(text[: pieces[0][0]].encode())
    return Listing(tuple(documents), rest, max(column, 0), sections, first)


def _items(body: Mapping[str, Any], root: Node) -> list[Any]:
    """The items as values; none where there is nothing.

    Raises:
        Unreadable: no list, or one with something else than objects, with its line.
    """
    items = body.get("items")
    if items is None:
        return []
    key, node = root.entry("items") or (root, root)
    if not isinstance(items, list):
        raise Unreadable("items: expected a list of Kubernetes objects", key.line + 1)
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            place = (node.entry(index) or (key, key))[0]
            raise Unreadable(f"items[{index}]: expected a Kubernetes object", place.line + 1)
    return items


def _pieces(text: str, root: Node, number: int) -> tuple[list[tuple[int, str]], int]:
    """Offset and text of each item, and the column of their dashes; -1 without dashes."""
    found = root.entry("items")
    if found is None or found[1].kind == "alias":  # what the items are stands elsewhere
        return [(root.start, "")] * number, -1
    if found[1].flow:
        return [(one.start, text[one.start : one.end]) for one in found[1].children], -1
    return _lines(text, root, found[1]), found[1].column


def _lines(text: str, root: Node, node: Node) -> list[tuple[int, str]]:
    """Offset and text of the elements of a list in block style: whole lines, dash first."""
    dash = "\n" + " " * node.column + "-"
    begins = [text.rfind(dash, 0, one.start) + 1 for one in node.children]
    later = [key.start for key, _ in root.entries if key.start > begins[-1]]
    end = text.rfind("\n", 0, min(later)) + 1 if later else len(text)
    return [(begin, text[begin:stop]) for begin, stop in pairwise([*begins, end])]


def _document(text: str, body: object, column: int, place: tuple[int, str]) -> Document:
    """An item with its text; with a new one if the text needs what stands elsewhere."""
    item = column >= 0
    with suppress(Unreadable):
        document = Document(Extent.of(text, *place), item=item, column=max(column, 0))
        if document.body == body:
            return document
    text = dump_item(body, column) if item else dump(body)
    return Document(Extent.of(text, *place), item=item, column=max(column, 0))


def _sections(text: str, root: Node, offset: int) -> tuple[Section, ...]:
    """The keys with their lines; none if the object is not in whole lines of its own."""
    if root.flow or root.column:
        return ()
    begins = [text.rfind("\n", 0, key.start) + 1 for key, _ in root.entries]
    begins[0] = 0
    places = [offset + len(text[:index].encode()) for index in (*begins, len(text))]
    names = [key.text for key, _ in root.entries]
    return tuple(map(Section, names, places, places[1:]))
