"""A tree as the alternatives it stands for, each a plain sequence.

``/(a|b)/[^/]+`` is ``/a/`` or ``/b/``, each with an unbounded part. From such a sequence
a pattern can be read off; whether it is the right one is proved elsewhere.
"""

from smi2istio.records import Record
from smi2istio.regex.alphabet import ALPHABETS, Texts
from smi2istio.regex.charset import difference, intersection, members, size
from smi2istio.regex.tree import Alternate, Chars, Concat, Node, Ranges, Repeat, Unsupported

MAX_PATTERNS = 64  # alternatives, and values of one list
_MAX_ITEMS = 8192  # of all alternatives together


class Many(Record):
    """Characters of a set too large to enumerate, ``least`` to ``most`` of them."""

    ranges: Ranges
    least: int
    most: int | None


Sequence = tuple[str | Many, ...]


def expand(tree: Node, texts: Texts) -> list[Sequence]:
    """List the alternatives of a tree without anchors.

    Raises:
        Unsupported: there are more than ``MAX_PATTERNS``, or not all are sequences.
    """
    return [_merged(sequence) for sequence in _expand(tree, ALPHABETS[texts].chars)]


def _expand(node: Node, chars: Ranges) -> list[Sequence]:
    match node:
        case Chars(ranges):
            return _expand_chars(intersection(ranges, chars))
        case Concat(items):
            return _chained([_expand(item, chars) for item in items])
        case Alternate(items):
            return _limited([found for item in items for found in _expand(item, chars)])
        case Repeat(Chars(ranges), least, None):
            inside = intersection(ranges, chars)
            if inside:
                return [(Many(inside, least, None),)]
            return [] if least else [()]
        case Repeat(item, least, most) if most is not None:
            once = _expand(item, chars) if most else []
            counts = range(least, most + 1)
            return _limited([found for n in counts for found in _chained([once] * n)])
    raise Unsupported("it is no alternative of sequences")


def _expand_chars(ranges: Ranges) -> list[Sequence]:
    if size(ranges) > MAX_PATTERNS:
        return [(Many(ranges, 1, 1),)]
    return [(char,) for char in members(ranges)]


def _chained(parts: list[list[Sequence]]) -> list[Sequence]:
    found: list[Sequence] = [()]
    for part in parts:
        found = _limited([before + after for before in found for after in part])
    return found


def _limited(found: list[Sequence]) -> list[Sequence]:
    if len(found) > MAX_PATTERNS or sum(map(len, found)) > _MAX_ITEMS:
        raise Unsupported(f"it stands for more than {MAX_PATTERNS} alternatives")
    return found


def _merged(sequence: Sequence) -> Sequence:
    """Unite neighbours such as ``/*.*``, which is ``.*``."""
    merged: list[str | Many] = []
    for item in sequence:
        before = merged[-1] if merged else ""
        if isinstance(item, Many) and isinstance(before, Many):
            united = _united(before, item) or _united(item, before)
            if united:
                merged[-1] = united
                continue
        merged.append(item)
    return tuple(merged)


def _united(one: Many, other: Many) -> Many | None:
    if one.ranges == other.ranges:
        most = None if one.most is None or other.most is None else one.most + other.most
        return Many(one.ranges, one.least + other.least, most)
    if one.least == 0 and other.most is None and not difference(one.ranges, other.ranges):
        return other
    return None
