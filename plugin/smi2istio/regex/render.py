"""A tree as RE2 text that means the same under ``(?s)`` and no other flag."""

from types import UnionType

from smi2istio.regex.charset import LAST, complement, contains, difference, union
from smi2istio.regex.tree import Alternate, Assert, Chars, Concat, Node, Ranges, Repeat

_PLACES = {"start": "^", "end": "$", "boundary": r"\b", "inside": r"\B"}
_SPECIAL = frozenset(r"\.+*?()|[]{}^$")
_SPECIAL_IN_CLASS = frozenset(r"\[]^-")


def render(node: Node, excluded: str = "") -> str:
    """Write a tree; ``excluded``: characters that no set of it holds, written last."""
    match node:
        case Chars():
            return _chars(node, excluded)
        case Concat(items):
            return "".join(_grouped(item, excluded, Alternate) for item in items)
        case Alternate(items):
            return "|".join(render(item, excluded) for item in items)
        case Repeat(item, least, most):
            inner = _grouped(item, excluded, Alternate | Concat | Repeat | Assert)
            return inner + _counts(least, most)
        case Assert(place):
            return _PLACES[place]


def _grouped(node: Node, excluded: str, kinds: UnionType | type) -> str:
    text = render(node, excluded)
    return f"(?:{text})" if isinstance(node, kinds) else text


def _counts(least: int, most: int | None) -> str:
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
    if short:
        return short
    if most == least:
        return f"{{{least}}}"
    return f"{{{least},{'' if most is None else most}}}"


def _chars(node: Chars, excluded: str) -> str:
    low = node.ranges[0][0] if node.ranges else 0
    if node.ranges == ((low, low),):
        return _escaped(low, _SPECIAL)
    if not contains(node.ranges, LAST):
        return f"[{_members(node.ranges)}]"
    points = union((ord(char), ord(char)) for char in excluded)
    missing = () if node.dot else difference(complement(node.ranges), points)
    if not missing and not excluded:
        return "."
    return f"[^{_members(missing)}{excluded}]"


def _members(ranges: Ranges) -> str:
    text = ""
    for low, high in ranges:
        text += _escaped(low, _SPECIAL_IN_CLASS)
        if high > low:
            text += "-" if high > low + 1 else ""
            text += _escaped(high, _SPECIAL_IN_CLASS)
    return text


def _escaped(point: int, special: frozenset[str]) -> str:
    char = chr(point)
    if not "!" <= char <= "~" and char != " ":
        return f"\\x{{{point:x}}}"
    return f"\\{char}" if char in special else char
