"""Candidates: sets of Istio patterns that may accept what a regex accepts.

Two ways lead from the automaton: following it from the first character on gives exact
values and prefixes, from the last one back exact values and suffixes. Each ends where
the rest is arbitrary, and gives up where the values would not end. The third reads
templates and mixtures off the syntax tree. None of them proves anything.
"""

from collections.abc import Iterator

from smi2istio.istio.patterns import Field, spell
from smi2istio.regex.anchors import settle
from smi2istio.regex.charset import members, size
from smi2istio.regex.expansion import MAX_PATTERNS, expand
from smi2istio.regex.language import Language
from smi2istio.regex.nfa import Budget, bits
from smi2istio.regex.shapes import both_ends, each_sequence
from smi2istio.regex.tree import TooComplex, Unsupported

# Lists of values, all of which have to match: one, or for a header perhaps two.
Values = tuple[tuple[str, ...], ...]

_MAX_STEPS = 20_000  # for following one automaton backwards


def candidates(language: Language, field: Field) -> Iterator[Values]:
    for follow in (from_beginning, from_end):
        try:
            found = follow(language, field)
        except TooComplex:
            continue
        if found:
            yield (found,)
    try:
        sequences = expand(settle(language.tree), field)
    except Unsupported:
        return
    one_list = each_sequence(sequences, field)
    if one_list:
        yield (one_list,)
    two_lists = both_ends(sequences, field)
    if two_lists:
        yield two_lists


def from_beginning(language: Language, field: Field) -> tuple[str, ...] | None:
    """Exact values and prefixes, in byte order; None where they are no solution."""
    dfa = language.dfa
    found: list[str] = []
    stack = [(0, "")]
    while stack:
        state, text = stack.pop()
        value: str | None = ""
        if language.full_from[state]:
            value = spell(field, "prefix", text)
        elif dfa.accepts[state]:
            value = spell(field, "exact", text)
        if value is None or len(text) > len(dfa.rows):
            return None
        found += [value] if value else []
        if not language.full_from[state]:
            following = _next(language, state)
            if following is None or len(found) + len(stack) + len(following) > MAX_PATTERNS:
                return None
            stack += [(after, text + char) for char, after in reversed(following)]
    return tuple(found)


def _next(language: Language, state: int) -> list[tuple[str, int]] | None:
    """Each character that may lead to acceptance, with the next state; None if too many."""
    following: list[tuple[str, int]] = []
    for index, after in enumerate(language.dfa.rows[state]):
        if after >= 0 and language.live[after]:
            ranges = language.dfa.classes.ranges[index]
            if size(ranges) > MAX_PATTERNS:
                return None
            following += [(char, after) for char in members(ranges)]
    return sorted(following)


def from_end(language: Language, field: Field) -> tuple[str, ...] | None:
    """Exact values and suffixes; None where they are no solution.

    The states from which a suffix is accepted take the place of a state.

    Raises:
        TooComplex: there are too many of them.
    """
    dfa, budget = language.dfa, Budget(_MAX_STEPS)
    budget.spend(len(dfa.rows) * len(dfa.classes.ranges))
    sources = _sources(language)
    found: list[str] = []
    stack = [(_where(dfa.accepts), _where(dfa.valid), "")]
    while stack:
        accepting, valid, text = stack.pop()
        value: str | None = ""
        if accepting == valid:
            value = spell(field, "suffix", text)
        elif accepting & 1:
            value = spell(field, "exact", text)
        if value is None or len(text) > len(dfa.rows):
            return None
        found += [value] if value else []
        if accepting != valid:
            following = _previous(language, sources, accepting)
            budget.spend(len(sources) * (1 + accepting.bit_count()) + valid.bit_count())
            if following is None or len(found) + len(stack) + len(following) > MAX_PATTERNS:
                return None
            stack += [
                (before, _before(sources[index], valid), char + text)
                for char, before, index in reversed(following)
            ]
    return tuple(found)


def _where(flags: list[bool]) -> int:
    return sum(1 << index for index, flag in enumerate(flags) if flag)


def _sources(language: Language) -> list[dict[int, int]]:
    """Per class and state the states from which a character of the class leads there."""
    sources: list[dict[int, int]] = [{} for _ in language.dfa.classes.ranges]
    for state, row in enumerate(language.dfa.rows):
        for index, after in enumerate(row):
            if after >= 0:
                sources[index][after] = sources[index].get(after, 0) | 1 << state
    return sources


def _before(sources: dict[int, int], states: int) -> int:
    found = 0
    for state in bits(states):
        found |= sources.get(state, 0)
    return found


def _previous(
    language: Language, sources: list[dict[int, int]], states: int
) -> list[tuple[str, int, int]] | None:
    """Each character that may stand before, with the states before it and its class."""
    found: list[tuple[str, int, int]] = []
    for index, ranges in enumerate(language.dfa.classes.ranges):
        before = _before(sources[index], states)
        if before:
            if size(ranges) > MAX_PATTERNS:
                return None
            found += [(char, before, index) for char in members(ranges)]
    return sorted(found)
