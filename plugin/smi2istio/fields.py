"""A view of one mapping of a document that remembers what was read.

Losing a field silently must be impossible, not forbidden: a parser reads through
``Fields``, and what nobody asked for is what :meth:`Fields.unread` yields.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document

T = TypeVar("T")

#: What YAML 1.1, and kubectl with it, reads as a truth value where it stands without quotes.
_TRUTHS: Mapping[str, bool] = {
    spelling: truth
    for truth, words in ((True, ("y", "yes", "on")), (False, ("n", "no", "off")))
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
}

_NAMES: Mapping[type, str] = {
    dict: "a mapping",
    list: "a list",
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    float: "a number",
    type(None): "nothing",
}


def in_words(value: object) -> str:
    """Name the type of a YAML value: "a string", "a list"."""
    return _NAMES.get(type(value), type(value).__name__)


def _is_truth(word: str, where: Where) -> bool:
    """Whether kubectl sends true or false for a word: in quotes it is a string to the cluster."""
    if word not in _TRUTHS or where.document is None:
        return False
    from smi2istio.documents import nodes  # noqa: PLC0415 - only needed for such a word

    root = nodes.compose(where.document.text)
    root = root.children[0] if where.document.item else root
    return nodes.is_plain(root, where.path, word)


class Fields:
    """One mapping, its place, and the keys that were asked for."""

    __slots__ = ("_children", "_read", "_value", "where")

    def __init__(self, value: Mapping[str, object], where: Where) -> None:
        self._value = value
        self._read: set[str] = set()
        self._children: list[Fields] = []
        self.where = where

    @classmethod
    def of(cls, document: Document) -> "Fields":
        """The document's fields; what every object has (and ``status``) counts as read."""
        fields = cls(document.body, Where(document))
        fields.skip("apiVersion", "kind", "metadata", "status")
        return fields

    def at(self, key: str) -> Where:
        return self.where.at(key)

    def has(self, key: str) -> bool:
        """Whether *key* is there and not null; does not count as reading it."""
        return self._value.get(key) is not None

    def written(self, key: str) -> bool:
        """Whether *key* is there, even as null; for the few fields where null has a meaning."""
        return key in self._value

    def skip(self, *keys: str) -> None:
        """Count *keys* as read: they are known and have no meaning here."""
        self._read.update(keys)

    def get(self, key: str, kind: type[T]) -> T | None:
        """Read *key*; null counts as absent, as Kubernetes counts it.

        Raises:
            Refusal: S2I102 if the value is not of type *kind*.
        """
        self._read.add(key)
        value = self._value.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            if kind is bool and isinstance(value, str) and _is_truth(value, self.at(key)):
                return cast("T", _TRUTHS[value])
            raise Refusal(reading.wrong_type(self.at(key), _NAMES[kind], in_words(value)))
        return value

    def text(self, key: str) -> str:
        """Read a string; "" where absent."""
        return self.get(key, str) or ""

    def required(self, key: str) -> str:
        """Read a string that must be there.

        Raises:
            Refusal: S2I102, or S2I105 if it is absent or empty.
        """
        value = self.text(key)
        if not value:
            raise Refusal(reading.missing(self.at(key)))
        return value

    def need(self, *keys: str) -> None:
        """Demand keys whose values may be empty; does not count as reading them.

        Raises:
            Refusal: S2I105 for the first that is absent.
        """
        for key in keys:
            if not self.has(key):
                raise Refusal(reading.missing(self.at(key)))

    def one_of(self, key: str, *allowed: str) -> str:
        """Read a string that is one of a few.

        Raises:
            Refusal: S2I102, S2I106.
        """
        value = self.text(key)
        if value not in allowed:
            raise Refusal(reading.not_one_of(self.at(key), value, allowed))
        return value

    def raw(self, key: str) -> object:
        """Read a value of any type."""
        self._read.add(key)
        return self._value.get(key)

    def mapping(self, key: str) -> "Fields":
        """Read a mapping; an absent one is empty."""
        return self._child(self.get(key, dict) or {}, self.at(key))

    def mappings(self, key: str) -> "tuple[Fields, ...]":
        """Read a list of mappings; an absent one is empty.

        Raises:
            Refusal: S2I102 for the list or one of its elements.
        """
        here = self.at(key)
        found = []
        for index, value in enumerate(self.get(key, list) or ()):
            if not isinstance(value, dict):
                raise Refusal(reading.wrong_type(here.at(index), _NAMES[dict], in_words(value)))
            found.append(self._child(value, here.at(index)))
        return tuple(found)

    def values(self, key: str, kind: type[T]) -> tuple[T, ...]:
        """Read a list of scalars of one type; an absent one is empty.

        Raises:
            Refusal: S2I102 for the list or one of its elements.
        """
        here = self.at(key)
        found = []
        for index, value in enumerate(self.get(key, list) or ()):
            if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
                raise Refusal(reading.wrong_type(here.at(index), _NAMES[kind], in_words(value)))
            found.append(value)
        return tuple(found)

    def names(self) -> tuple[str, ...]:
        """Read all keys, for maps whose keys are the user's (headers, labels)."""
        self._read.update(self._value)
        return tuple(self._value)

    def unread(self, *, nulls: bool = False) -> Iterator[tuple[Where, str, tuple[str, ...]]]:
        """What nobody read: place, key, and the keys that are known there.

        Args:
            nulls: they count; in a document they are nothing, as to Kubernetes.
        """
        for key, value in self._value.items():
            if key not in self._read and (nulls or value is not None):
                yield self.at(key), key, tuple(sorted(self._read))
        for child in self._children:
            yield from child.unread(nulls=nulls)

    def _child(self, value: Mapping[str, object], where: Where) -> "Fields":
        child = Fields(value, where)
        self._children.append(child)
        return child
