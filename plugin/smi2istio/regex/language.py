"""Languages: the texts that a regex, or a set of Istio patterns, accepts.

All questions come down to one: is there a text that these accept and those refuse, and
which is the shortest? The answer is the witness that a diagnostic shows.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from heapq import heappop, heappush
from operator import gt, ne
from typing import Literal

from smi2istio.regex.alphabet import ALPHABETS, Texts
from smi2istio.regex.dfa import Dfa, determinise, joint, reaching
from smi2istio.regex.nfa import Budget, Nfa
from smi2istio.regex.syntax import parse
from smi2istio.regex.tree import (
    ANYTHING,
    Alternate,
    Node,
    Rejected,
    TooComplex,
    Undecidable,
    Unsupported,
    concat,
)

# How much of a text a regex has to match: all, the beginning, or some part.
Reading = Literal["full", "start", "unanchored"]

MAX_STEPS = 25_000  # for one automaton or one comparison; a step takes about 0.3 µs
_MAX_REMEMBERED = 20_000  # states of all automata that are kept


class Language:
    """A set of texts within the alphabet of a field."""

    def __init__(self, tree: Node, texts: Texts, budget: Budget) -> None:
        self.tree = tree
        self.texts: Texts = texts
        self.dfa: Dfa = determinise(Nfa(tree, budget), ALPHABETS[texts], budget)

    @cached_property
    def live(self) -> list[bool]:
        """Per state whether anything is accepted from there on."""
        return reaching(self.dfa.rows, self.dfa.accepts)

    @cached_property
    def full_from(self) -> list[bool]:
        """Per state whether everything is accepted from there on."""
        accepting = self.dfa.alphabet.accepting
        pairs = zip(self.dfa.places, self.dfa.accepts, strict=True)
        refused = [accepting[place] and not accepts for place, accepts in pairs]
        refusing = reaching(self.dfa.rows, refused)
        return [not state for state in refusing]

    @property
    def empty(self) -> bool:
        return not self.live[0]

    @property
    def full(self) -> bool:
        return self.full_from[0]

    def accepts(self, text: str) -> bool:
        state = 0
        for char in text:
            index = self.dfa.classes.at(ord(char))
            state = self.dfa.rows[state][index] if index >= 0 else -1
            if state < 0:
                return False
        return self.dfa.accepts[state]


def read_as(tree: Node, reading: Reading) -> Node:
    """The tree that has to match the whole text."""
    if reading == "full":
        return tree
    if isinstance(tree, Alternate):
        return Alternate(tuple(read_as(branch, reading) for branch in tree.items))
    return concat([tree, ANYTHING] if reading == "start" else [ANYTHING, tree, ANYTHING])


def anchored(regex: str, reading: Reading) -> str:
    r"""Write RE2 text that has to match the whole text, as in a VirtualService.

        >>> anchored("/api|/v1", "start")
        '(?:/api|/v1).*'

    Raises:
        Rejected: RE2 refuses the regex.
    """
    _check(regex)
    if reading == "full":
        return regex
    try:
        _check(regex + r"\E")
    except Rejected:
        pass
    else:
        regex += r"\E"  # it ends within \Q, which would quote what follows
    if any(char in regex for char in "|(\\"):
        regex = f"(?:{regex})"
    return f"{regex}.*" if reading == "start" else f".*{regex}.*"


def _check(regex: str) -> None:
    try:  # noqa: SIM105 - contextlib would be imported for this alone
        parse(regex)
    except (Unsupported, TooComplex):
        pass  # RE2 accepts it, which is all that counts here


class _Memory:
    """Answers by question; all are forgotten when together they would take too much."""

    def __init__(self) -> None:
        self.answers: dict[tuple[Texts, str, Reading], Language | Undecidable] = {}
        self.states = 0

    def keep(self, key: tuple[Texts, str, Reading], found: Language | Undecidable) -> None:
        self.states += len(found.dfa.rows) if isinstance(found, Language) else 1
        if self.states > _MAX_REMEMBERED:
            self.forget()
        self.answers[key] = found

    def forget(self) -> None:
        self.answers.clear()
        self.states = 0


_memory = _Memory()


def language(texts: Texts, regex: str, reading: Reading = "full") -> Language:
    """The texts that a regex accepts.

    Raises:
        Rejected: RE2 refuses the regex.
        Unsupported: it is not understood.
        TooComplex: its automaton would be too large.
    """
    key = texts, regex, reading
    found = _memory.answers.get(key)
    if found is None:
        try:
            found = Language(read_as(parse(regex), reading), texts, Budget(MAX_STEPS))
        except Undecidable as reason:
            found = reason
        _memory.keep(key, found)
    if isinstance(found, Undecidable):
        raise found.with_traceback(None)
    return found


def shortest(
    inside: Sequence[Language], outside: Sequence[Language] = (), budget: Budget | None = None
) -> str | None:
    """Find the shortest text that all of ``inside`` accept and none of ``outside``.

    Shortest in bytes, and of those the first in byte order. All are of one alphabet.

    Raises:
        TooComplex: the comparison takes too many steps.
    """
    languages = (*inside, *outside)
    indexes, chars = joint([one.dfa.classes for one in languages])
    dead = [
        *([not state for state in one.live] for one in inside),
        *(one.full_from for one in outside),
    ]
    tables = [one.dfa.rows for one in languages]
    wanted = (True,) * len(inside) + (False,) * len(outside)
    budget = budget or Budget(MAX_STEPS)
    queue = [(0, "", (0,) * len(languages))]
    seen = set()
    while queue:
        length, text, states = heappop(queue)
        if states in seen or any(map(list.__getitem__, dead, states)):
            continue
        seen.add(states)
        if _exists(languages[0], states[0]) and all(
            one.dfa.accepts[state] == want
            for one, state, want in zip(languages, states, wanted, strict=True)
        ):
            return text
        budget.spend(16 + len(chars) // 4)
        rows = map(list.__getitem__, tables, states)
        for following, char in _moves(rows, indexes, chars):
            if following not in seen and following[0] >= 0:
                heappush(queue, (length + len(char.encode()), text + char, following))
    return None


def equal(one: Language, other: Language, budget: Budget) -> bool:
    """Whether two languages are the same; faster than asking for the difference.

    Raises:
        TooComplex: the comparison takes too many steps.
    """
    return not _finds(ne, one, other, budget)


def included(one: Language, other: Language, budget: Budget) -> bool:
    """Whether all texts of one are in the other; faster than asking for the first that is not.

    Raises:
        TooComplex: the comparison takes too many steps.
    """
    return not _finds(gt, one, other, budget)


def _finds(
    contrast: Callable[[bool, bool], bool], one: Language, other: Language, budget: Budget
) -> bool:
    """Whether there is a text about which the two languages stand in such a contrast."""
    (first, second), chars = joint([one.dfa.classes, other.dfa.classes])
    seen = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        left, right = stack.pop()
        if left < 0:
            continue
        if contrast(one.dfa.accepts[left], other.dfa.accepts[right]):
            return True
        budget.spend(8 + len(chars) // 4)
        lefts = map(one.dfa.rows[left].__getitem__, first)
        rights = map(other.dfa.rows[right].__getitem__, second)
        following = set(zip(lefts, rights, strict=True)) - seen
        seen |= following
        stack += following
    return False


def _exists(language: Language, state: int) -> bool:
    """Whether the alphabet has texts that lead to a state and end there."""
    return language.dfa.alphabet.accepting[language.dfa.places[state]]


def _moves(
    rows: Iterable[list[int]], indexes: list[list[int]], chars: list[str]
) -> Iterable[tuple[tuple[int, ...], str]]:
    """The distinct next states, each with the least character that leads there."""
    columns = [[row[index] for index in column] for row, column in zip(rows, indexes, strict=True)]
    following = reversed(list(zip(*columns, strict=True)))
    return dict(zip(following, reversed(chars), strict=True)).items()
