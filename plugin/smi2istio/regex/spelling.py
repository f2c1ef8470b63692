"""Candidates: sets of Istio patterns that may accept what a regex accepts.

Two ways lead from the automaton: following it from the first character on gives exact
values and prefixes, from the last one back exact values and suffixes. Each ends where
the rest is arbitrary, and gives up where the values would not end. The third reads
templates and mixtures off the syntax tree. None of them proves anything.
"""

from collections.abc import Iterator

from smi2istio.istio.patterns import Field, spell
from smi2istio.regex.anchors import settle
from smi2istio.regex.backwards import from_end
from smi2istio.regex.charset import members, size
from smi2istio.regex.expansion import MAX_PATTERNS, expand
from smi2istio.regex.language import Language
from smi2istio.regex.nfa import Budget
from smi2istio.regex.shapes import both_ends, each_sequence
from smi2istio.regex.tree import Unsupported

# Lists of values, all of which have to match: one, or for a header perhaps two.
Values = tuple[tuple[str, ...], ...]


def candidates(language: Language, field: Field, budget: Budget) -> Iterator[Values]:
    """Yield the likely ones first.

    Raises:
        TooComplex: the budget is spent.
    """
    for follow in (from_beginning, from_end):
        found = follow(language, field, budget)
        if found:
            yield (found,)
    try:
        sequences = expand(settle(language.tree), field)
    except Unsupported:
        return
    budget.spend(4 * sum(map(len, sequences)))
    one_list = each_sequence(sequences, field)
    if one_list:
        yield (one_list,)
    two_lists = both_ends(sequences, field)
    if two_lists:
        yield two_lists


def from_beginning(language: Language, field: Field, budget: Budget) -> tuple[str, ...] | None:
    """Exact values and prefixes, in byte order; None where they are no solution."""
    dfa = language.dfa
    found: list[str] = []
    stack = [(0, "")]
    while stack:
        state, text = stack.pop()
        budget.spend(8 + len(dfa.rows[state]) // 4)
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
