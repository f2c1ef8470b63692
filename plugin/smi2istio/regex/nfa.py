"""Tree to nondeterministic automaton, one bit of an integer for each position.

A position stands for one character of the regex; ``follow`` says what may come after
it. Sets of positions are integers, which Python unites and compares in one step.
Loops and assertions are positions without a character, entered for free.
"""

from collections.abc import Iterator

from smi2istio.regex.tree import (
    Alternate,
    Assert,
    Chars,
    Concat,
    Node,
    Ranges,
    Repeat,
    TooComplex,
)

MAX_DEPTH = 100
_PER_POSITION = 6  # steps
MATCH = 1  # the set that holds only position 0: the end of the regex

# What stands before or after a place in the text.
EDGE, WORD, OTHER = 0, 1, 2
WORD_CHARS: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))


class Budget:
    """How many steps one question may still take; deterministic, unlike time."""

    __slots__ = ("steps",)

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooComplex("its automaton is too large")


def bits(positions: int) -> Iterator[int]:
    while positions:
        lowest = positions & -positions
        yield lowest.bit_length() - 1
        positions ^= lowest


class Nfa:
    """A nondeterministic automaton.

    Attributes:
        set_of: per position the index of its set, -1 where it has none.
        follow: per position the positions that may come next.
        guards: the positions that are assertions.
        start: the positions that may come first.
    """

    __slots__ = ("_budget", "_free", "_sets", "follow", "guards", "set_of", "start")

    def __init__(self, tree: Node, budget: Budget) -> None:
        self._budget = budget
        self._sets: dict[Ranges, int] = {}
        self.set_of = [-1]
        self.follow = [0]
        self.guards: dict[int, Assert] = {}
        self._free = 0  # positions without a character
        self.start = self._build(tree, MATCH, 0)
        if not self.guards:
            self.follow = [self.enter(after, OTHER, OTHER) for after in self.follow]
            self.start = self.enter(self.start, OTHER, OTHER)

    @property
    def sets(self) -> list[Ranges]:
        """The sets of characters that occur."""
        return list(self._sets)

    def enter(self, positions: int, before: int, after: int) -> int:
        """Replace positions without a character by what may follow them."""
        pending = positions & self._free
        if not pending:
            return positions
        seen = 0
        while pending:
            index = (pending & -pending).bit_length() - 1
            seen |= 1 << index
            guard = self.guards.get(index)
            if guard is None or _holds(guard, before, after):
                positions |= self.follow[index]
            pending = positions & self._free & ~seen
            self._budget.spend(1)
        return positions & ~self._free

    def _build(self, node: Node, after: int, depth: int) -> int:
        """Add the positions of a node; return those that may come first.

        Building from the end keeps ``follow`` short: the positions that come next are
        known when one is added.
        """
        if depth > MAX_DEPTH:
            raise TooComplex(f"it is nested more than {MAX_DEPTH} deep")
        self._budget.spend(_PER_POSITION)
        match node:
            case Chars(ranges):
                return self._add(self._sets.setdefault(ranges, len(self._sets)), after)
            case Concat(items):
                return self._concat(items, after, depth + 1)
            case Alternate(items):
                return self._alternate(items, after, depth + 1)
            case Repeat():
                return self._repeat(node, after, depth + 1)
            case Assert():
                self.guards[len(self.follow)] = node
                return self._add(-1, after)

    def _concat(self, items: tuple[Node, ...], after: int, depth: int) -> int:
        for item in reversed(items):
            after = self._build(item, after, depth)
        return after

    def _alternate(self, items: tuple[Node, ...], after: int, depth: int) -> int:
        first = 0
        for item in items:
            first |= self._build(item, after, depth)
        return first

    def _add(self, chars: int, after: int) -> int:
        position = 1 << len(self.follow)
        self.set_of.append(chars)
        self.follow.append(after)
        if chars < 0:
            self._free |= position
        return position

    def _repeat(self, node: Repeat, after: int, depth: int) -> int:
        first = after
        least = node.least
        if node.most is None:
            first = self._add(-1, 0)
            loop = len(self.follow) - 1
            again = self._build(node.item, first, depth)
            self.follow[loop] = after | again
            if least:
                first = again
                least -= 1
        else:
            for _ in range(node.most - least):
                first = after | self._build(node.item, first, depth)
        for _ in range(least):
            first = self._build(node.item, first, depth)
        return first


def _holds(guard: Assert, before: int, after: int) -> bool:
    if guard.place == "start":
        return before == EDGE
    if guard.place == "end":
        return after == EDGE
    return ((before == WORD) != (after == WORD)) == (guard.place == "boundary")
