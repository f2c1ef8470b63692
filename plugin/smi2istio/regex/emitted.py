"""The language of what is emitted, read back from the strings as Istio reads them."""

from collections.abc import Iterable
from re import split

from smi2istio.istio.patterns import SEGMENT, Field, read
from smi2istio.regex.charset import union
from smi2istio.regex.language import MAX_STEPS, Language
from smi2istio.regex.nfa import Budget
from smi2istio.regex.tree import ANYTHING, Alternate, Chars, Node, Repeat, concat, literal

_SEGMENT = Chars(union((ord(char), ord(char)) for char in SEGMENT))
_SEGMENTS = Chars(union((*_SEGMENT.ranges, (0x2F, 0x2F))))
_OPERATORS = {"{*}": Repeat(_SEGMENT, 1, None), "{**}": Repeat(_SEGMENTS, 0, None)}


def written(field: Field, values: Iterable[str], budget: Budget | None = None) -> Language:
    """What Istio accepts where one of these values has to match."""
    tree = Alternate(tuple(_meaning(field, value) for value in values))
    return Language(tree, field, budget or Budget(MAX_STEPS))


def _meaning(field: Field, value: str) -> Node:
    kind, text = read(field, value)
    if kind == "template":
        parts = split(r"(\{\*\*?\})", text)
        return concat([_OPERATORS.get(part) or literal(part) for part in parts])
    plain = literal(text.lower() if field == "host" else text)
    before = [ANYTHING] if kind in ("present", "suffix") else []
    after = [ANYTHING] if kind == "prefix" else []
    return concat([*before, plain, *after])
