"""An automaton followed from the last character to the first: exact values and suffixes.

The set of states from which a suffix is accepted takes the place of a state. Where that
set holds every state in which the suffix can occur at all, what stands before it is
arbitrary.
"""

from smi2istio.istio.patterns import Field, spell
from smi2istio.regex.charset import members, size
from smi2istio.regex.expansion import MAX_PATTERNS
from smi2istio.regex.language import Language
from smi2istio.regex.nfa import Budget, bits

_MAX_STATES = 300  # a suffix has at most as many characters, so longer ones are no loss


def from_end(language: Language, field: Field, budget: Budget) -> tuple[str, ...] | None:
    """Return exact values and suffixes; None where they are no solution."""
    if len(language.dfa.rows) > _MAX_STATES:
        return None
    walk = _Walk(language, budget)
    found: list[str] = []
    stack = [walk.start()]
    while stack:
        states, places, text = stack.pop()
        full = states == walk.possible(places)
        value: str | None = ""
        if full:
            value = spell(field, "suffix", text)
        elif states & 1:
            value = spell(field, "exact", text)
        if value is None or len(text) > len(language.dfa.rows):
            return None
        found += [value] if value else []
        if not full:
            previous = walk.previous(states, places, text)
            if previous is None or len(found) + len(stack) + len(previous) > MAX_PATTERNS:
                return None
            stack += reversed(previous)
    return tuple(sorted(found))


# States of the automaton as bits, states of the alphabet, and the suffix accepted from both.
_Suffix = tuple[int, frozenset[int], str]


class _Walk:
    def __init__(self, language: Language, budget: Budget) -> None:
        dfa = language.dfa
        budget.spend(len(dfa.rows) * len(dfa.classes.ranges) // 2)
        self.dfa = dfa
        self.budget = budget
        # Per class and state the states from which a character of the class leads there.
        self.sources: list[dict[int, int]] = [{} for _ in dfa.classes.ranges]
        self.standing: dict[int, int] = {}  # per state of the alphabet those of the automaton
        for state in _reachable(dfa.rows):
            row = dfa.rows[state]
            bit = 1 << state
            self.standing[dfa.places[state]] = self.standing.get(dfa.places[state], 0) | bit
            for sources, after in zip(self.sources, row, strict=True):
                if after >= 0:
                    sources[after] = sources.get(after, 0) | bit

    def start(self) -> _Suffix:
        places = enumerate(self.dfa.alphabet.accepting)
        states = sum(1 << state for state, accepts in enumerate(self.dfa.accepts) if accepts)
        return states, frozenset(place for place, accepting in places if accepting), ""

    def possible(self, places: frozenset[int]) -> int:
        """The states in which a suffix can occur that the alphabet allows from these places."""
        return sum(self.standing.get(place, 0) for place in places)

    def previous(self, states: int, places: frozenset[int], text: str) -> list[_Suffix] | None:
        """Every suffix that is one character longer; None if there are too many."""
        found: list[_Suffix] = []
        self.budget.spend(len(self.sources) * (1 + states.bit_count()))
        for index, ranges in enumerate(self.dfa.classes.ranges):
            before = 0
            for state in bits(states):
                before |= self.sources[index].get(state, 0)
            if before:
                if size(ranges) > MAX_PATTERNS:
                    return None
                group = self.dfa.classes.groups[index]
                moves = enumerate(self.dfa.alphabet.moves)
                longer = frozenset(place for place, move in moves if move[group] in places)
                found += [(before, longer, char + text) for char in members(ranges)]
        return sorted(found, key=lambda suffix: suffix[2])


def _reachable(rows: list[list[int]]) -> set[int]:
    """Without the states that stand for a dead end which no text runs into."""
    found, stack = {0}, [0]
    while stack:
        following = set(rows[stack.pop()]) - found - {-1}
        found |= following
        stack += following
    return found
