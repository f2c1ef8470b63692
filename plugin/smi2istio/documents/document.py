"""A Kubernetes object in the text it came in."""

import re
from collections.abc import Mapping
from typing import Any

from smi2istio.documents import facts
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable

_HEAD = frozenset((b"apiVersion", b"kind", b"metadata"))
_NAMES = frozenset((b"name", b"namespace"))
#: What may stand for other characters in a scalar: escapes, folded words, encoded text.
_DISGUISE = re.compile(rb"\\[xuU/\r\n]|!!binary|!<|%TAG")
#: A dash and what lies between it and the first key: blanks, or the rest of the line.
_DASH = re.compile(rb"-(?: +(?=[^ \t\r\n#])|[ \t]*(?:[ \t]#[^\n]*)?\r?\n)")

PATH = "internal.config.kubernetes.io/path"
LEGACY_PATH = "config.kubernetes.io/path"


class Document:
    """One object; the text is kept as bytes of the input and parsed at first use.

    Attributes:
        item: the text is one element of a block sequence, from its dash to the next.
        column: 0-based column of that dash; of the text otherwise.
        line: 1-based line of the input where the text begins; 0 unknown.
        position: 0-based place in the input.
    """

    __slots__ = (
        "_block", "_body", "_file", "_first", "_names", "api_version", "column", "data", "end",
        "item", "key_column", "kind", "line", "position", "start",
    )  # fmt: skip

    def __init__(  # noqa: PLR0913 - a slice of a text and its place
        self,
        data: bytes,
        start: int,
        end: int,
        *,
        item: bool = False,
        column: int = 0,
        file: str = "",
        line: int = 0,
        position: int = 0,
    ) -> None:
        """Look at the text.

        Raises:
            Unreadable: it had to be parsed, and it is not YAML or not an object.
        """
        self.data, self.start, self.end = data, start, end
        self.item, self.column, self._file = item, column, file
        self.line, self.position = line, position
        self._body: Mapping[str, Any] | None = None
        self._names: tuple[str, str] | None = None
        self._block = False  # the metadata is a block mapping, to be read by its lines
        self._first, self.key_column = self._find_first()
        found = self._look()
        if found is None:
            self.api_version = _text(self.body.get("apiVersion"))
            self.kind = _text(self.body.get("kind"))
        else:
            self.api_version, self.kind = found

    def _find_first(self) -> tuple[int, int]:
        if not self.item:
            return facts.first_key(self.data, self.start, self.end)
        dash = _DASH.match(self.data, self.start + self.column, self.end)
        if not dash:
            return self.end, 0
        if dash[0].endswith(b"\n"):
            return facts.first_key(self.data, dash.end(), self.end)
        return dash.end(), self.column + len(dash[0])

    def _look(self) -> tuple[str, str] | None:
        """Version and kind without parsing; None where not certain."""
        if not facts.is_certain(self.data, self.start, self.end):
            return None
        found = facts.values(self.data, self._first, self.end, self.key_column, _HEAD)
        if (
            not found
            or not {b"apiVersion", b"kind"} <= found.keys()
            or "\n" in (found[b"apiVersion"], found[b"kind"])
        ):
            return None
        self._block = found.get(b"metadata") == "\n"
        if b"metadata" not in found:
            self._names = "", ""
        return found[b"apiVersion"], found[b"kind"]

    def _look_for_names(self) -> tuple[str, str] | None:
        place = facts.block(self.data, self._first, self.end, self.key_column, b"metadata")
        found = facts.values(self.data, *place, _NAMES) if place[2] >= 0 else None
        if found is None or "\n" in found.values():
            return None
        return found.get(b"name", ""), found.get(b"namespace", "")

    @property
    def text(self) -> str:
        """Exactly the characters of the input."""
        return self.data[self.start : self.end].decode()

    @property
    def group(self) -> str:
        """The API group; "" for the core."""
        group, slash, _ = self.api_version.partition("/")
        return group if slash else ""

    @property
    def name(self) -> str:
        return self._named[0]

    @property
    def namespace(self) -> str:
        return self._named[1]

    @property
    def _named(self) -> tuple[str, str]:
        if self._names is None and self._block:
            self._names = self._look_for_names()
        if self._names is None:
            metadata = self._metadata
            self._names = _text(metadata.get("name")), _text(metadata.get("namespace"))
        return self._names

    @property
    def body(self) -> Mapping[str, Any]:
        """The object as Kubernetes reads it.

        Raises:
            Unreadable: not YAML, or not an object.
        """
        if self._body is None:
            self._body = self._parse()
        return self._body

    def _parse(self) -> Mapping[str, Any]:
        try:
            value = load(self.data[self.start : self.end])
            if self.item and isinstance(value, list) and len(value) == 1:
                value = value[0]
            if value is not None and not isinstance(value, dict):
                raise _no_object(value)
        except Unreadable as error:
            raise error.moved(max(self.line - 1, 0), self._file) from None
        return value or {}

    @property
    def _metadata(self) -> Mapping[str, Any]:
        metadata = self.body.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def labels(self) -> Mapping[str, str]:
        return _texts(self._metadata.get("labels"))

    @property
    def annotations(self) -> Mapping[str, str]:
        return _texts(self._metadata.get("annotations"))

    @property
    def file(self) -> str:
        """Where the object comes from: kpt's annotation, else the input; "" unknown."""
        if self.item and self.mentions(LEGACY_PATH):
            annotations = self.annotations
            return annotations.get(PATH) or annotations.get(LEGACY_PATH) or self._file
        return self._file

    def line_of(self, path: str) -> int:
        """1-based line of a field like "spec.backends[0].weight", or of what is nearest above.

        The line of :attr:`file`, as far as :attr:`line` is known.
        """
        from smi2istio.documents import nodes  # only needed for a message  # noqa: PLC0415

        if not self.body:
            return self.line
        root = nodes.compose(self.text)
        return self.line + nodes.line_of(root.value[0] if self.item else root, path)

    def replaced(self, text: str) -> "Document":
        """The same document with another text of the same form."""
        data = text.encode()
        return Document(
            data, 0, len(data), item=self.item, column=self.column,
            file=self._file, line=self.line, position=self.position,
        )  # fmt: skip

    def mentions(self, word: str) -> bool:
        """Whether a scalar may contain *word*; False is certain.

        Args:
            word: printable ASCII without blanks, quotes and backslashes, which YAML may
                write in more ways than one.
        """
        if self.data.find(word.encode(), self.start, self.end) >= 0:
            return True
        return bool(_DISGUISE.search(self.data, self.start, self.end))


def _no_object(value: object) -> Unreadable:
    found = "a list" if isinstance(value, list) else f"{value!r}"
    return Unreadable(f"expected a Kubernetes object, found {found[:80]}", 1)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> Mapping[str, str]:
    """The entries that are text; others are no labels for Kubernetes either."""
    if not isinstance(value, dict):
        return {}
    return {key: text for key, text in value.items() if isinstance(text, str)}
