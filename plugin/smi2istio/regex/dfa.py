"""Nondeterministic to deterministic automaton, within an alphabet.

Characters that no set of the regex tells apart form a class, and a state has one
transition for each class. Every text of the alphabet has a path through the
automaton, so that "accepts everything" can be asked of a state.
"""

from bisect import bisect_right

from smi2istio.records import Record
from smi2istio.regex.alphabet import Alphabet
from smi2istio.regex.nfa import EDGE, MATCH, OTHER, WORD, WORD_CHARS, Budget, Nfa, bits
from smi2istio.regex.tree import Ranges


class Classes:
    """A partition of an alphabet's characters.

    Attributes:
        bounds: the first code point of each interval.
        class_of: per interval the index of its class, -1 outside the alphabet.
        ranges: per class its members.
        groups: per class the index of the alphabet's group it lies in.
        marks: per class a number whose bits are the sets of the regex that hold it.
    """

    __slots__ = ("bounds", "class_of", "groups", "marks", "ranges")

    def __init__(self, sets: list[Ranges], alphabet: Alphabet) -> None:
        changes: dict[int, int] = {0: 0}
        for index, ranges in enumerate((*alphabet.groups, *sets)):
            for low, high in ranges:
                changes[low] = changes.get(low, 0) ^ 1 << index
                changes[high + 1] = changes.get(high + 1, 0) ^ 1 << index
        self.bounds = sorted(changes)
        self.class_of: list[int] = []
        self.ranges: list[list[tuple[int, int]]] = []
        self.groups: list[int] = []
        self.marks: list[int] = []
        width = len(alphabet.groups)
        known: dict[int, int] = {}
        mark = 0
        for low, end in zip(self.bounds, (*self.bounds[1:], 0), strict=True):
            mark ^= changes[low]
            group = mark & ((1 << width) - 1)
            index = known.setdefault(mark, len(known)) if group else -1
            if index == len(self.ranges):
                self.ranges.append([])
                self.groups.append(group.bit_length() - 1)
                self.marks.append(mark >> width)
            self.class_of.append(index)
            if group:
                self.ranges[index].append((low, end - 1))

    def at(self, point: int) -> int:
        """The class of a code point, -1 outside the alphabet."""
        return self.class_of[bisect_right(self.bounds, point) - 1]


class Dfa(Record):
    """A deterministic automaton.

    Attributes:
        alphabet: what texts there are.
        classes: the characters it tells apart.
        rows: per state and class the next state, -1 where the alphabet has no such text.
        places: per state the state of the alphabet.
        accepts: per state whether regex and alphabet accept a text that ends there.
    """

    alphabet: Alphabet
    classes: Classes
    rows: list[list[int]]
    places: list[int]
    accepts: list[bool]


# Positions of the regex, what stood before, state of the alphabet.
_Key = tuple[int, int, int]


def determinise(nfa: Nfa, alphabet: Alphabet, budget: Budget) -> Dfa:
    """Build the automaton.

    Raises:
        TooComplex: the budget is exceeded.
    """
    return _Subsets(nfa, alphabet, budget).build()


class _Subsets:
    def __init__(self, nfa: Nfa, alphabet: Alphabet, budget: Budget) -> None:
        self.nfa = nfa
        self.alphabet = alphabet
        self.budget = budget
        sets = nfa.sets
        self.classes = Classes([*sets, WORD_CHARS] if nfa.guards else sets, alphabet)
        marks = self.classes.marks
        self.before = [OTHER] * len(marks)
        if nfa.guards:
            self.before = [WORD if mark >> len(sets) & 1 else OTHER for mark in marks]
        self.members: list[list[int]] = [[] for _ in sets]
        for index, mark in enumerate(marks):
            for chars in bits(mark & ((1 << len(sets)) - 1)):
                self.members[chars].append(index)
                budget.spend(1)
        self.keys: list[_Key] = []
        self.numbers: dict[_Key, int] = {}
        self.idle: dict[int, list[int]] = {}

    def build(self) -> Dfa:
        self.number((self.nfa.start, EDGE if self.nfa.guards else OTHER, 0))
        rows: list[list[int]] = []
        while len(rows) < len(self.keys):
            rows.append(self.row(*self.keys[len(rows)]))
        accepting = self.alphabet.accepting
        accepts = [
            accepting[place] and bool(self.nfa.enter(positions, before, EDGE) & MATCH)
            for positions, before, place in self.keys
        ]
        places = [place for _, _, place in self.keys]
        return Dfa(self.alphabet, self.classes, rows, places, accepts)

    def number(self, key: _Key) -> int:
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.keys)
            self.keys.append(key)
        return found

    def row(self, positions: int, before: int, state: int) -> list[int]:
        moves = self.alphabet.moves[state]
        groups = self.classes.groups
        row = self.idle_row(state).copy()
        for index, after in self.targets(positions, before).items():
            following = moves[groups[index]]
            if following >= 0:
                row[index] = self.number((after, self.before[index], following))
        self.budget.spend(7 + len(row) // 8)
        return row

    def idle_row(self, state: int) -> list[int]:
        """The transitions of a state from which the regex can no longer match."""
        row = self.idle.get(state)
        if row is None:
            row = self.idle[state] = [
                following if following < 0 else self.number((0, OTHER, following))
                for following in map(self.alphabet.moves[state].__getitem__, self.classes.groups)
            ]
        return row

    def targets(self, positions: int, before: int) -> dict[int, int]:
        """Per class the positions that its characters lead to."""
        found: dict[int, int] = {}
        for after in (WORD, OTHER) if self.nfa.guards else (OTHER,):
            for chars, positions_after in self.moves(positions, before, after).items():
                for index in self.members[chars]:
                    if self.before[index] == after:
                        found[index] = found.get(index, 0) | positions_after
                self.budget.spend(len(self.members[chars]))
        return found

    def moves(self, positions: int, before: int, after: int) -> dict[int, int]:
        """Per set of characters the positions that its characters lead to."""
        set_of, follow = self.nfa.set_of, self.nfa.follow
        found: dict[int, int] = {}
        entered = self.nfa.enter(positions, before, after) & ~MATCH
        self.budget.spend(entered.bit_count())
        while entered:
            lowest = entered & -entered
            entered ^= lowest
            position = lowest.bit_length() - 1
            chars = set_of[position]
            found[chars] = found.get(chars, 0) | follow[position]
        return found


def joint(partitions: list[Classes]) -> tuple[list[list[int]], list[str]]:
    """Intersect partitions: per partition each joint class's class, and the least characters."""
    bounds = sorted({bound for classes in partitions for bound in classes.bounds})
    found: dict[tuple[int, ...], int] = {}
    for bound in bounds:
        found.setdefault(tuple(classes.at(bound) for classes in partitions), bound)
    inside = [(key, point) for key, point in found.items() if key[0] >= 0]
    return [list(column) for column in zip(*(key for key, _ in inside), strict=True)], [
        chr(point) for _, point in inside
    ]


def reaching(rows: list[list[int]], goals: list[bool]) -> list[bool]:
    """Per state whether one of the goals can be reached from it."""
    sources: list[list[int]] = [[] for _ in rows]
    for state, row in enumerate(rows):
        for following in set(row):
            if following >= 0:
                sources[following].append(state)
    reached = goals.copy()
    queue = [state for state, goal in enumerate(goals) if goal]
    while queue:
        for state in sources[queue.pop()]:
            if not reached[state]:
                reached[state] = True
                queue.append(state)
    return reached
