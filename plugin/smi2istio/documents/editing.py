"""Changes inside the text of a document, with everything around them as it was.

An edit is made on the text, by the place of the nodes; then the text is parsed again
and compared with the values that should be there.  If they differ, the document is
written anew: a comment lost is better than a meaning.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import yaml

from smi2istio.documents.document import Document
from smi2istio.documents.nodes import compose, entry
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.writer import dump, dump_item, entry_lines, flow

Path = tuple[str | int, ...]
Node = Any  # PyYAML's types do not say that scalars have a style and collections a flow style

REMOVED: Final = object()
_BLOCK_STYLES = ("|", ">")


class Edit(NamedTuple):
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
    text = document.text
    body: object = document.body
    for change in sorted(edits, key=lambda one: one.value is REMOVED):
        after = _applied(body, change.path, change.value)
        if repr(after) == repr(body):
            continue
        text = _edited(document, text, after, change)
        body = after
    return text


def _edited(document: Document, text: str, wanted: object, change: Edit) -> str:
    try:
        spliced = _Splice(text, item=document.item).make(change)
        value = load(spliced)
    except (_Unspliceable, Unreadable):
        return _anew(document, wanted)
    if repr(value) != repr([wanted] if document.item else wanted):
        return _anew(document, wanted)
    return spliced


def _anew(document: Document, body: object) -> str:
    return dump_item(body, document.column) if document.item else dump(body)


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
        self._root = root.value[0] if item else root
        self._json = _has_quoted_keys(self._root)
        self._line_feed = "\r\n" if text[: text.find("\n") + 1].endswith("\r\n") else "\n"

    def make(self, change: Edit) -> str:
        """The text after the edit.

        Raises:
            _Unspliceable: it cannot be made in place.
        """
        parents = self._parents(change.path)
        depth = len(parents) - 1
        if change.value is REMOVED:
            while depth and len(parents[depth].value) == 1 and _is_map(parents[depth - 1]):
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
            found = entry(nodes[-1], step)
            if found is None or not isinstance(found[1], yaml.CollectionNode):
                break
            nodes.append(found[1])
        return nodes

    def _with(self, parent: Any, step: str | int, value: object) -> str:
        found = entry(parent, step)
        if found and _is_one_line(found[1]) and _is_one_line(value):
            start, end = _span(found[1])
            gap = " " if self._text[start - 1] == ":" else ""
            return self._cut(start, end, gap + flow(value, json=found[1].style == '"'))
        if not _is_map(parent) or isinstance(step, int):
            raise _Unspliceable
        if parent.flow_style:
            return self._with_in_flow(parent, found, flow({step: value}, json=self._json)[1:-1])
        column = parent.start_mark.column
        lines = self._line_feed.join(entry_lines(step, value, column)) + self._line_feed
        if found:
            return self._cut(found[0].start_mark.index, self._end(*found), lines[column:])
        end = self._end(*parent.value[-1])
        gap = self._line_feed if self._text[end - 1] != "\n" else ""
        return self._cut(end, end, gap + lines)

    def _with_in_flow(self, parent: Node, found: tuple[Node, Node] | None, new: str) -> str:
        if found:
            return self._cut(_span(found[0])[0], _span(found[1])[1], new)
        if not parent.value:
            return self._cut(parent.end_mark.index - 1, parent.end_mark.index - 1, new)
        end = _span(parent.value[-1][1])[1]
        comma = ", "
        if len(parent.value) > 1:  # one that is there already, for its line breaks
            comma = self._text[_span(parent.value[-2][1])[1] : _span(parent.value[-1][0])[0]]
        return self._cut(end, end, comma + new)

    def _without(self, parent: Node, step: str | int) -> str:
        found = entry(parent, step)
        if not found or not _is_map(parent) or len(parent.value) == 1:
            raise _Unspliceable
        index = parent.value.index(found)
        start = _span(found[0])[0]
        if parent.flow_style:
            if index + 1 < len(parent.value):
                return self._cut(start, _span(parent.value[index + 1][0])[0])
            return self._cut(_span(parent.value[index - 1][1])[1], _span(found[1])[1])
        line = self._text.rfind("\n", 0, start) + 1
        end = self._end(*found)
        if not self._text[line:start].strip():
            return self._cut(line, end)
        while self._text[end : end + 1] == " ":  # what follows moves up behind the dash
            end += 1
        return self._cut(start, end)

    def _end(self, key: Node, value: Node) -> int:
        """Where the line after an entry of a block mapping begins."""
        if value.start_mark.index < key.end_mark.index:
            raise _Unspliceable  # an alias: the node is that of its anchor
        if isinstance(value, yaml.CollectionNode) and not value.flow_style:
            last = value.value[-1]
            return self._end(*last) if isinstance(last, tuple) else self._end(last, last)
        end = value.end_mark.index
        in_block = isinstance(value, yaml.ScalarNode) and value.style in _BLOCK_STYLES
        if in_block and self._text[end - 1] == "\n":
            return int(end)
        return self._text.find("\n", end) + 1 or len(self._text)

    def _cut(self, start: int, end: int, new: str = "") -> str:
        return self._text[:start] + new + self._text[end:]


def _span(node: Node) -> tuple[int, int]:
    return node.start_mark.index, node.end_mark.index


def _is_map(node: Node) -> bool:
    return isinstance(node, yaml.MappingNode)


def _has_quoted_keys(node: Node) -> bool:
    """Whether the object is written as JSON."""
    return (
        _is_map(node) and bool(node.flow_style) and all(key.style == '"' for key, _ in node.value)
    )


def _is_one_line(value: Any) -> bool:
    if isinstance(value, yaml.Node):
        one_line = value.start_mark.line == value.end_mark.line
        return isinstance(value, yaml.ScalarNode) and value.style not in _BLOCK_STYLES and one_line
    return not isinstance(value, (Mapping, list)) and "\n" not in str(value)
