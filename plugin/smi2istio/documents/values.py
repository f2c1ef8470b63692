"""The events of a YAML parser → Python values, as Kubernetes makes them.

PyYAML's constructors are not used: they know YAML 1.1 only, recurse once per level, and
keep the last of two equal keys in silence.  Anchors are shared, never copied, and what
they would expand to is bounded, because everything downstream walks the values as a tree.

Source: go-yaml v3, decode.go (merge keys, duplicate keys, tags).
"""

from collections.abc import Callable
from typing import Any

from smi2istio.documents.parsers import Events
from smi2istio.documents.pyyaml import yaml
from smi2istio.documents.scalars import plain
from smi2istio.documents.unreadable import Unreadable

#: Levels of lists and maps; deeper than any Kubernetes schema, well below Python's own limit.
MAX_DEPTH = 200
#: Values that all aliases of a document may stand for together.
MAX_ALIASED = 100_000

_STANDARD = "tag:yaml.org,2002:"
_TYPES: dict[str, Any] = {"int": int, "float": (int, float), "bool": bool, "null": type(None)}


_AWAITED: Any = object()  # the mapping's next event is a key
_MERGE: Any = object()  # stands for the plain key << until its mapping is complete


class Duplicate(Unreadable):
    """A key that is there twice, by a reader that does not know the lines."""


class Values:
    """Builds the values of one document, event by event."""

    __slots__ = (
        "_aliased", "_anchors", "_container", "_event", "_key", "_lines", "_parser", "_stack",
    )  # fmt: skip

    def __init__(self, parser: Events, lines: dict[tuple[int, str], int] | None = None) -> None:
        """Prepare to read.

        Args:
            parser: of one document.
            lines: where to note the lines of keys, which only a message needs.
        """
        self._parser, self._lines = parser, lines
        self._container: Any = []
        self._key: Any = _AWAITED
        self._stack: list[tuple[Any, Any]] = []
        self._anchors: dict[str, object] = {}
        self._aliased = 0
        self._event: Any = None

    def read(self) -> object:
        root = self._container
        next_event, handler, end = self._parser.get_event, _HANDLERS.get, yaml.StreamEndEvent
        while (event := next_event()) is not None and (kind := type(event)) is not end:
            self._event = event
            handle = handler(kind)
            if handle:
                handle(self, event)
        return root[0] if root else None

    def on_document(self, _event: yaml.DocumentStartEvent) -> None:
        if self._container:
            raise self._problem("a second document; write '---' between documents")

    def on_scalar(self, event: yaml.ScalarEvent) -> None:
        if event.tag is not None:
            value = self._tagged(event)
        elif event.implicit[0]:
            value = plain(event.value)
            if value == "<<" and self._key is _AWAITED and type(self._container) is dict:
                value = _MERGE
        else:
            value = event.value
        if event.style == '"' and not event.value.isascii():
            self._refuse_surrogates(event.value)
        if event.anchor:
            self._anchors[event.anchor] = event.value if value is _MERGE else value
        self._place(value)

    def _tagged(self, event: yaml.ScalarEvent) -> object:
        """A scalar with a tag: what is not a standard type is a string, as for Go."""
        name = str(event.tag).removeprefix(_STANDARD)
        if name == "binary":
            return self._binary(event.value)
        if name not in _TYPES:
            return event.value
        value = plain(event.value)
        if not isinstance(value, _TYPES[name]) or (name == "int" and isinstance(value, bool)):
            raise self._problem(f"{event.value!r} is not of type {name}")
        return float(value) if name == "float" and isinstance(value, int) else value

    def _binary(self, text: str) -> str:
        import base64  # noqa: PLC0415 - hardly any document has binary values

        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except ValueError:
            raise self._problem("a !!binary value that is not base64 of UTF-8 text") from None

    def _refuse_surrogates(self, text: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self._problem("invalid Unicode character escape code") from None

    def on_alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise self._problem(f"undefined alias {event.anchor!r}")
        value = self._anchors[event.anchor]
        if value is self._container or any(value is open_ for open_, _ in self._stack):
            raise self._problem(f"anchor {event.anchor!r} contains itself")
        self._measure(value)
        self._place(value)

    def _measure(self, value: object) -> None:
        """Count what an alias stands for, as a tree."""
        level, depth = [value], len(self._stack)
        while level:
            self._aliased += len(level)
            depth += 1
            if self._aliased > MAX_ALIASED:
                raise self._problem(f"aliases stand for more than {MAX_ALIASED} values")
            if depth > MAX_DEPTH:
                raise self._problem(f"nested deeper than {MAX_DEPTH} levels")
            level = [
                child
                for one in level
                if type(one) in (dict, list)
                for child in (one.values() if type(one) is dict else one)  # type: ignore[attr-defined]  # mypy narrows by isinstance only
            ]

    def _open(self, value: Any, anchor: str | None) -> None:
        if type(self._container) is dict and self._key is _AWAITED:
            raise self._problem("a mapping key must be a scalar")
        if len(self._stack) >= MAX_DEPTH:
            raise self._problem(f"nested deeper than {MAX_DEPTH} levels")
        if anchor:
            self._anchors[anchor] = value
        self._place(value)
        self._stack.append((self._container, self._key))
        self._container, self._key = value, _AWAITED

    def on_mapping(self, event: yaml.MappingStartEvent) -> None:
        self._open({}, event.anchor)

    def on_sequence(self, event: yaml.SequenceStartEvent) -> None:
        self._open([], event.anchor)

    def on_close(self, _event: yaml.Event) -> None:
        if type(self._container) is dict and _MERGE in self._container:
            self._merge(self._container)
        self._container, self._key = self._stack.pop()

    def _merge(self, target: dict[Any, object]) -> None:
        merged = target.pop(_MERGE)
        for source in merged if isinstance(merged, list) else [merged]:
            if not isinstance(source, dict):
                raise self._problem("'<<' needs a mapping or a list of mappings")
            for key, value in source.items():
                target.setdefault(key, value)

    def _place(self, value: Any) -> None:
        container = self._container
        if type(container) is list:
            container.append(value)
        elif self._key is not _AWAITED:
            container[self._key] = value
            self._key = _AWAITED
        else:
            self._key = value if type(value) is str or value is _MERGE else self._as_key(value)
            if self._key in container:
                raise self._duplicate()
            if self._lines is not None:
                self._lines[id(container), self._key] = self._event.start_mark.line + 1

    def _as_key(self, value: object) -> str:
        """A key is text in Kubernetes, whatever it looks like."""
        if isinstance(value, (dict, list)):
            raise self._problem("a mapping key must be a scalar")
        if isinstance(value, bool):
            return "true" if value else "false"
        return "null" if value is None else str(value)

    def _duplicate(self) -> Unreadable:
        if self._lines is None:
            return Duplicate("")
        key = "<<" if self._key is _MERGE else self._key
        line = self._lines[id(self._container), self._key]
        return self._problem(f"the key {key!r} is already there", line)

    def _problem(self, text: str, earlier: int = 0) -> Unreadable:
        mark = self._event.start_mark
        return Unreadable(text, mark.line + 1, mark.column + 1, earlier=earlier)


_HANDLERS: dict[type[yaml.Event], Callable[[Values, Any], None]] = {
    yaml.DocumentStartEvent: Values.on_document,
    yaml.ScalarEvent: Values.on_scalar,
    yaml.AliasEvent: Values.on_alias,
    yaml.MappingStartEvent: Values.on_mapping,
    yaml.SequenceStartEvent: Values.on_sequence,
    yaml.MappingEndEvent: Values.on_close,
    yaml.SequenceEndEvent: Values.on_close,
}
