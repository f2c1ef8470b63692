"""The syntax tree of a regex, with flags already resolved, and why there may be none.

Groups, names and greediness leave no trace: they do not change which texts match.
"""

from typing import Any, Literal, NamedTuple

Ranges = tuple[tuple[int, int], ...]


class Undecidable(Exception):
    """A regex about which nothing can be proved; the text says why."""


class Rejected(Undecidable):
    """RE2 refuses it."""


class Unsupported(Undecidable):
    """RE2 accepts it, this program does not understand it."""


class TooComplex(Undecidable):
    """It would take more time or memory than one regex may have."""


class Chars(NamedTuple):
    """One character of a set; ``dot``: it was written as a dot."""

    ranges: Ranges
    dot: bool = False


class Concat(NamedTuple):
    items: tuple["Node", ...]


class Alternate(NamedTuple):
    items: tuple["Node", ...]


class Repeat(NamedTuple):
    """``item`` is a Node; ``most`` is None where there is no upper limit."""

    item: Any  # to name it ahead of its definition would cost the start-up a compilation
    least: int
    most: int | None


class Assert(NamedTuple):
    """A place in the text; no newline can occur in it, so ``(?m)`` changes nothing."""

    place: Literal["start", "end", "boundary", "inside"]


Node = Chars | Concat | Alternate | Repeat | Assert

EMPTY = Concat(())
NOTHING = Chars(())
ANYTHING = Repeat(Chars(((0, 0x10FFFF),), dot=True), 0, None)


def concat(items: list[Node]) -> Node:
    flat: list[Node] = []
    for item in items:
        if isinstance(item, Concat):
            flat += item.items
        else:
            flat.append(item)
    return flat[0] if len(flat) == 1 else Concat(tuple(flat))


def alternate(branches: list[Node]) -> Node:
    return branches[0] if len(branches) == 1 else Alternate(tuple(branches))


def literal(text: str) -> Node:
    return concat([Chars(((ord(char), ord(char)),)) for char in text])
