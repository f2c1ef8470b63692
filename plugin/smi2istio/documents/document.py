"""A Kubernetes object in the text it came in."""

import re
from collections.abc import Mapping
from typing import Any

from smi2istio.documents import facts
from smi2istio.documents.extent import Extent
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable

_HEAD = frozenset((b"apiVersion", b"kind", b"metadata"))
_NAMES = frozenset((b"name", b"namespace"))
#: A dash and what lies between it and the first key: blanks, or the rest of the line.
_DASH = re.compile(rb"-(?: +(?=[^ \t\r\n#])|[ \t]*(?:[ \t]#[^\n]*)?\r?\n)")

PATH = "internal.config.kubernetes.io/path"
LEGACY_PATH = "config.kubernetes.io/path"


class Document:
    """One object; the text is kept as bytes of the input and parsed at first use.

    Attributes:
        item: the text is one element of a block sequence, from its dash to the next.
        column: 0-based column of that dash.
        position: 0-based place among all documents.
        api_version, kind: "" where absent or not text.
        group: the API group; "" for the core.
        is_disguised: a scalar may say something else than its characters.
    """

    __slots__ = (
        "_block", "_body", "_first", "_names", "_path", "api_version", "column", "extent",
        "group", "is_disguised", "item", "key_column", "kind", "position",
    )  # fmt: skip

    def __init__(
        self, extent: Extent, *, item: bool = False, column: int = 0, position: int = 0
    ) -> None:
        """Look at the text.

        Raises:
            Unreadable: it had to be parsed, and it is not YAML or not an object.
        """
        self.extent = extent
        self.item, self.column, self.position = item, column, position
        self._body: Mapping[str, Any] | None = None
        self._names: tuple[str, str] | None = None
        self._path: str | None = None
        self.is_disguised = extent.disguised and facts.is_disguised(*extent[:3])
        self._block = False  # the metadata is a block mapping, to be read by its lines
        self._first, self.key_column = self._find_first()
        found = self._look()
        if found is None:
            self.api_version = _text(self.body.get("apiVersion"))
            self.kind = _text(self.body.get("kind"))
        else:
            self.api_version, self.kind = found
        group, slash, _ = self.api_version.partition("/")
        self.group = group if slash else ""

    def _find_first(self) -> tuple[int, int]:
        """Offset and column of the first key."""
        data, start, end = self.extent[:3]
        if not self.item:
            return facts.first_key(data, start, end)
        dash = _DASH.match(data, start + self.column, end)
        if not dash:
            return end, 0
        if dash[0].endswith(b"\n"):
            return facts.first_key(data, dash.end(), end)
        return dash.end(), self.column + len(dash[0])

    def _look(self) -> tuple[str, str] | None:
        """Version and kind without parsing; None where not certain."""
        data, _, end = self.extent[:3]
        if not facts.is_certain(self.extent):
            return None
        found = facts.values(data, self._first, end, self.key_column, _HEAD)
        if found is None:
            return None
        version, kind = found.get(b"apiVersion", "\n"), found.get(b"kind", "\n")
        if "\n" in (version, kind):
            return None
        self._block = found.get(b"metadata") == "\n"
        if b"metadata" not in found:
            self._names = "", ""
        return version, kind

    def _look_up(self, key: bytes, wanted: frozenset[bytes]) -> dict[bytes, str] | None:
        """Texts below a key of the metadata, or of the metadata itself, without parsing."""
        if not self._block:
            return None
        data, _, end = self.extent[:3]
        place = facts.block(data, self._first, end, self.key_column, b"metadata")
        if key and place[2] >= 0:
            if (facts.values(data, *place, frozenset((key,))) or {}).get(key) != "\n":
                return None
            place = facts.block(data, *place, key)
        found = facts.values(data, *place, wanted) if place[2] >= 0 else None
        return None if found is None or "\n" in found.values() else found

    @property
    def text(self) -> str:
        """Exactly the characters of the input."""
        return self.extent.text

    @property
    def name(self) -> str:
        return (self._names or self._named)[0]

    @property
    def namespace(self) -> str:
        return (self._names or self._named)[1]

    @property
    def _named(self) -> tuple[str, str]:
        if self._names is None:
            names = self._look_up(b"", _NAMES)
            if names is not None:
                self._names = names.get(b"name", ""), names.get(b"namespace", "")
            else:
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
        data, start, end, line, file = self.extent[:5]
        try:
            value = load(data[start:end])
            if self.item and isinstance(value, list) and len(value) == 1:
                value = value[0]
            if value is not None and not isinstance(value, dict):
                raise _no_object(value)
        except Unreadable as error:
            raise error.moved(max(line - 1, 0), file) from None
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

    def annotation(self, key: str) -> str:
        """One annotation, without parsing where that is certain; "" where absent."""
        if not self.mentions(key):
            return ""
        found = self._look_up(b"annotations", frozenset((key.encode(),)))
        return self.annotations.get(key, "") if found is None else found.get(key.encode(), "")

    @property
    def path(self) -> str:
        """The file that a host's annotation names; "" where there is none.

        Asked for to say where something is wrong, so it is "" too where that cannot be read.
        """
        if self._path is None:
            try:
                self._path = self.annotation(PATH) or self.annotation(LEGACY_PATH)
            except Unreadable:
                self._path = ""
        return self._path

    @property
    def file(self) -> str:
        """Where the object comes from: what a host says, else the input; "" unknown."""
        return self.path or self.extent.file

    @property
    def line(self) -> int:
        """1-based line of :attr:`file` where the text begins; 0 unknown."""
        return 0 if self.path else self.extent.line

    def line_of(self, path: str) -> int:
        """1-based line of a field like "spec.backends[0].weight", or of what is nearest above.

        The line of :attr:`file`; 0 unknown.
        """
        from smi2istio.documents import nodes  # noqa: PLC0415 - only needed for a message

        try:
            if not self.line or not self.body:
                return self.line
        except Unreadable:
            return self.line
        root = nodes.compose(self.text)
        return self.line + nodes.line_of(root.children[0] if self.item else root, path)

    def replaced(self, text: str) -> "Document":
        """The same document with another text of the same form."""
        extent = Extent.of(text, self.extent.line, self.extent.file)
        return Document(extent, item=self.item, column=self.column, position=self.position)

    def mentions(self, word: str) -> bool:
        """Whether a scalar may contain *word*; False is certain.

        Args:
            word: printable ASCII without blanks, quotes and backslashes, which YAML may
                write in more ways than one.
        """
        data, start, end = self.extent[:3]
        return data.find(word.encode(), start, end) >= 0 or self.is_disguised


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
