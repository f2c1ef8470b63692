"""Changes inside the text of a document, with everything around them as it was.

An edit is made on the text, by the place of the nodes; then the text is parsed again
and compared with the values that should be there.  If they differ, the document is
written anew: a comment lost is better than a meaning.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from smi2istio.documents.document import Document
from smi2istio.documents.nodes import Node, compose
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.writer import dump, dump_item, entry_lines, flow
from smi2istio.records import Record

Path = tuple[str | int, ...]

REMOVED: Final = object()
_BLOCK_STYLES = ("|", ">")
_COLLECTIONS = ("mapping", "sequence")


class Edit(Record):
    """A value to set or add at a path, or REMOVED for a key to take away.

    Maps on the way to it are made; maps that lose their last key go as well.
    """

    path: Path
    value: object


class _Unspliceable(Exception):
    """The text has a form that edits are not made in."""


def edit(document: Document, edits: Sequence[Edit]) -> str:
    """The text of the document after the edits, in the form it has now.

    What is set comes before what is removed, so that a map which gets one key for
    another stays where it is.
    """
    body: object = document.body
    changes: list[Edit] = []
    for change in sorted(edits, key=lambda one: one.value is REMOVED):
        after = _applied(body, change.path, change.value)
        if repr(after) != repr(body):
            changes.append(change)
            body = after
    spliced = _spliced(document, changes)
    if spliced is None or repr(_value(document, spliced)) != repr(body):
        return _anew(document, body)
    return spliced


def _spliced(document: Document, changes: Sequence[Edit]) -> str | None:
    text = document.text
    try:
        for change in changes:
            text = _Splice(text, item=document.item).make(change)
    except (_Unspliceable, Unreadable):
        return None
    return text


def _value(document: Document, text: str) -> object:
    """What another text of the document says; None if it is no longer one."""
    if text == document.text:
        return document.body
    try:
        value = load(text)
    except Unreadable:
        return None
    if document.item:
        return value[0] if isinstance(value, list) and len(value) == 1 else None
    return value


def _anew(document: Document, body: object) -> str:
    text = dump_item(body, document.column) if document.item else dump(body)
    return text.replace("\n", _line_feed(document.text))


def _line_feed(text: str) -> str:
    """How the first line ends, and so those that are written anew."""
    return "\r\n" if text[: text.find("\n") + 1].endswith("\r\n") else "\n"


def _applied(value: object, path: Path, new: object) -> object:
    """A copy of *value* with the change made; the parts that stay are shared."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        elements = value if isinstance(value, list) else []
        return [_applied(one, rest, new) if i == step else one for i, one in enumerate(elements)]
    old = value if isinstance(value, Mapping) else {}
    if step not in old and new is REMOVED:
        return value
    inner = _applied(old.get(step), rest, new)
    if inner is REMOVED or (new is REMOVED and inner == {} and old[step] != {}):
        return {key: one for key, one in old.items() if key != step}
    return {**old, step: inner}


class _Splice:
    """One edit of one text."""

    def __init__(self, text: str, *, item: bool) -> None:
        root = compose(text)
        self._text = text
        self._root = root.children[0] if item else root
        self._json = _has_quoted_keys(self._root)
        self._line_feed = _line_feed(text)

    def make(self, change: Edit) -> str:
        """The text after the edit.

        Raises:
            _Unspliceable: it cannot be made in place.
        """
        parents = self._parents(change.path)
        depth = len(parents) - 1
        if change.value is REMOVED:
            while depth and len(parents[depth].entries) == 1 and _is_map(parents[depth - 1]):
                depth -= 1
            return self._without(parents[depth], change.path[depth])
        value = change.value
        for step in reversed(change.path[len(parents) :]):
            value = {step: value}
        return self._with(parents[depth], change.path[depth], value)

    def _parents(self, path: Path) -> list[Node]:
        """The collections that exist on the way to the last step, outermost first."""
        nodes = [self._root]
        for step in path[:-1]:
            found = nodes[-1].entry(step)
            if found is None or found[1].kind not in _COLLECTIONS:
                break
            nodes.append(found[1])
        return nodes

    def _with(self, parent: Node, step: str | int, value: object) -> str:
        found = parent.entry(step)
        if found and _is_one_line(found[1]) and _fits_one_line(value):
            start, end = found[1].start, found[1].end
            gap = " " if self._text[start - 1] == ":" else ""
            return self._cut(start, end, gap + flow(value, json=found[1].style == '"'))
        if not _is_map(parent) or isinstance(step, int):
            raise _Unspliceable
        if parent.flow:
            return self._with_in_flow(parent, found, flow({step: value}, json=self._json)[1:-1])
        lines = self._line_feed.join(entry_lines(step, value, parent.column)) + self._line_feed
        if found:
            return self._cut(found[0].start, self._end(found[1]), lines[parent.column :])
        end = self._end(parent)
        gap = self._line_feed if self._text[end - 1] != "\n" else ""
        return self._cut(end, end, gap + lines)

    def _with_in_flow(self, parent: Node, found: tuple[Node, Node] | None, new: str) -> str:
        if found:
            return self._cut(found[0].start, found[1].end, new)
        if not parent.children:
            return self._cut(parent.end - 1, parent.end - 1, new)
        comma = ", "
        if len(parent.entries) > 1:  # one that is there already, for its line breaks
            comma = self._text[parent.children[-3].end : parent.children[-2].start]
        end = parent.children[-1].end
        return self._cut(end, end, comma + new)

    def _without(self, parent: Node, step: str | int) -> str:
        found = parent.entry(step)
        if not found or not _is_map(parent) or len(parent.entries) == 1:
            raise _Unspliceable
        start, end = found[0].start, found[1].end
        if parent.flow:
            index = parent.entries.index(found)
            if index + 1 < len(parent.entries):
                return self._cut(start, parent.entries[index + 1][0].start)
            return self._cut(parent.entries[index - 1][1].end, end)
        end = self._end(found[1])
        line = self._text.rfind("\n", 0, start) + 1
        if not self._text[line:start].strip():
            return self._cut(line, end)
        while self._text[end : end + 1] == " ":  # what follows moves up behind the dash
            end += 1
        return self._cut(start, end)

    def _end(self, value: Node) -> int:
        """Where the line after a value in block style begins."""
        if value.kind in _COLLECTIONS and not value.flow and value.children:
            return self._end(value.children[-1])
        if value.style in _BLOCK_STYLES and self._text[value.end - 1] == "\n":
            return value.end
        return self._text.find("\n", value.end) + 1 or len(self._text)

    def _cut(self, start: int, end: int, new: str = "") -> str:
        return self._text[:start] + new + self._text[end:]


def _is_map(node: Node) -> bool:
    return node.kind == "mapping"


def _has_quoted_keys(node: Node) -> bool:
    """Whether the object is written as JSON."""
    return _is_map(node) and node.flow and all(key.style == '"' for key, _ in node.entries)


def _is_one_line(node: Node) -> bool:
    one_line = node.line == node.last_line and node.style not in _BLOCK_STYLES
    return node.kind not in _COLLECTIONS and one_line


def _fits_one_line(value: object) -> bool:
    return not isinstance(value, (Mapping, list)) and "\n" not in str(value)
