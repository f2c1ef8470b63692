"""Where the parts of a document are in its text.

PyYAML's composer is not used: it puts the node of an anchor where an alias stands, and
refuses two anchors of one name.
"""

from typing import Any, Literal

from smi2istio.documents.parsers import PARSER
from smi2istio.documents.pyyaml import yaml

Kind = Literal["mapping", "sequence", "scalar", "alias"]
_KINDS: dict[type[yaml.Event], Kind] = {
    yaml.MappingStartEvent: "mapping",
    yaml.SequenceStartEvent: "sequence",
    yaml.ScalarEvent: "scalar",
    yaml.AliasEvent: "alias",
}
_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


class Node:
    """A value and its place.

    Attributes:
        text: of a scalar.
        children: elements, or keys and values by turns.
        flow: in brackets.
        style: of a scalar: its quote, | or >.
        start, end: in characters.
        line, column: of the start, 0-based.
    """

    __slots__ = (
        "children", "column", "end", "flow", "kind", "last_line", "line", "start", "style", "text",
    )  # fmt: skip

    def __init__(self, kind: Kind, event: Any) -> None:
        self.kind = kind
        self.children: list[Node] = []
        self.text: str = event.value if kind == "scalar" else ""
        self.style: str = (kind == "scalar" and event.style) or ""
        self.flow: bool = bool(getattr(event, "flow_style", False))
        self.start: int = event.start_mark.index
        self.line: int = event.start_mark.line
        self.column: int = event.start_mark.column
        self.finish(event)

    def finish(self, event: Any) -> None:
        """Note where it ends."""
        self.end: int = event.end_mark.index
        self.last_line: int = event.end_mark.line

    @property
    def entries(self) -> "list[tuple[Node, Node]]":
        """Keys and values of a mapping."""
        return list(zip(self.children[::2], self.children[1::2], strict=True))

    def entry(self, step: str | int) -> "tuple[Node, Node] | None":
        """Key and value (an element twice); None where there is none."""
        if self.kind == "mapping":
            return next((one for one in self.entries if one[0].text == step), None)
        if self.kind == "sequence" and isinstance(step, int) and step < len(self.children):
            return self.children[step], self.children[step]
        return None


def compose(text: str) -> Node:
    """The nodes of a document that :func:`smi2istio.documents.reader.load` has read."""
    events = PARSER(text)
    open_nodes: list[Node] = []
    while True:
        event = events.get_event()
        if isinstance(event, _ENDS):
            node = open_nodes.pop()
            node.finish(event)
        elif kind := _KINDS.get(type(event)):  # type: ignore[arg-type]  # any type may be asked for
            node = Node(kind, event)
            if open_nodes:
                open_nodes[-1].children.append(node)
            if kind in {"mapping", "sequence"}:
                open_nodes.append(node)
        else:
            continue
        if not open_nodes:
            return node


def line_of(root: Node, path: str) -> int:
    """0-based line of a field, or of the nearest thing above it that exists."""
    return _nearest(root, path)[0].line


def is_plain(root: Node, path: str, text: str) -> bool:
    """Whether a field holds just what is *text* in YAML: no quotes, tag, anchor or alias."""
    node = _nearest(root, path)[1]
    return node.text == text and node.end - node.start == len(text)


def _nearest(root: Node, path: str) -> tuple[Node, Node]:
    """Key and value of a field, or of the nearest thing above it that exists."""
    found, rest = (root, root), path
    while rest:
        step, rest = _next_step(found[1], rest)
        inner = found[1].entry(step) if step is not None else None
        if inner is None:
            break
        found = inner
    return found


def _next_step(node: Node, path: str) -> tuple[str | int | None, str]:
    """The first step of a path; keys may contain dots, so the longest one that fits counts."""
    if path.startswith("["):
        index, _, rest = path[1:].partition("]")
        return (int(index) if index.isdecimal() else None), rest.removeprefix(".")
    keys = [key.text for key, _ in node.entries] if node.kind == "mapping" else []
    fitting = [key for key in keys if path == key or path.startswith((f"{key}.", f"{key}["))]
    key = max(fitting, key=len, default=None)
    return key, path[len(key) :].removeprefix(".") if key else ""
