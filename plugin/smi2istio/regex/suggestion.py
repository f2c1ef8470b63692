"""Values that come close to a regex which no value says, for the user to decide.

Narrower ones keep one unbounded part, which has to stand where a pattern can have one,
and collapse the others to their shortest member, once plain and once with a slash:
``.*a-book.*new`` was probably written for ``/buy-a-book/new``. Wider ones keep what all
accepted texts begin or end with. What is narrower or wider is proved, not assumed.
"""

from collections.abc import Iterator
from os.path import commonprefix
from typing import Literal, TypeGuard

from smi2istio.istio.patterns import Field, spell
from smi2istio.records import Record
from smi2istio.regex.anchors import settle
from smi2istio.regex.charset import contains, size
from smi2istio.regex.emitted import written
from smi2istio.regex.expansion import Many, Sequence, expand
from smi2istio.regex.language import Language, Reading, included, language, shortest
from smi2istio.regex.nfa import Budget
from smi2istio.regex.shapes import value_of, without_redundant
from smi2istio.regex.tree import Undecidable, Unsupported

_MAX_STEPS = 25_000
_MAX_VALUES = 8  # more are nothing to choose among


class Suggestion(Record):
    """Values to choose, and the shortest text about which they and the regex disagree."""

    values: tuple[str, ...]
    fidelity: Literal["narrower", "wider"]
    witness: str


def suggest(field: Field, regex: str, reading: Reading = "full") -> tuple[Suggestion, ...]:
    """Suggest values for a regex: narrower ones, if there are, then the tightest wider one."""
    budget = Budget(_MAX_STEPS)
    found: list[Suggestion | None] = []
    try:
        accepted = language(field, regex, reading)
        if accepted.empty:
            return ()
        sequences = _sequences(field, accepted)
        found.append(_narrower(field, accepted, sequences, budget))
        found.append(_wider(field, accepted, sequences, budget))
    except Undecidable:
        pass  # what was found before is worth showing
    return tuple(suggestion for suggestion in found if suggestion)


def _sequences(field: Field, accepted: Language) -> list[Sequence]:
    try:
        return expand(settle(accepted.tree), field)
    except Unsupported:
        return []


def _narrower(
    field: Field, accepted: Language, sequences: list[Sequence], budget: Budget
) -> Suggestion | None:
    collapsed = (one for sequence in sequences for one in _collapsed(sequence, budget))
    values = dict.fromkeys(value for one in collapsed if (value := value_of(one, field)))
    found = {value: written(field, [value], budget) for value in values}
    narrower = [value for value, one in found.items() if included(one, accepted, budget)]
    chosen = without_redundant(narrower, field)
    if len(chosen) > _MAX_VALUES:
        return None  # a part of them would refuse what nobody wants refused
    refused = [found[value] for value in chosen]
    witness = shortest((accepted,), refused, budget) if chosen else None
    return None if witness is None else Suggestion(chosen, "narrower", witness)


def _collapsed(sequence: Sequence, budget: Budget) -> Iterator[Sequence]:
    """Keep one unbounded part of a sequence, each in turn, and collapse the others."""
    for kept, item in enumerate(sequence):
        if _is_unbounded(item):
            for slash in (False, True):
                budget.spend(4 * len(sequence))
                parts = [
                    (part,)
                    if index == kept or not _is_unbounded(part)
                    else _member(part, slash=slash)
                    for index, part in enumerate(sequence)
                ]
                yield tuple(item for part in parts for item in part)


def _is_unbounded(item: str | Many) -> TypeGuard[Many]:
    return isinstance(item, Many) and item.most is None


def _member(part: Many, *, slash: bool) -> tuple[str, ...]:
    if slash and contains(part.ranges, ord("/")):
        return ("/",) * max(part.least, 1)
    return (chr(part.ranges[0][0]),) * part.least


def _wider(
    field: Field, accepted: Language, sequences: list[Sequence], budget: Budget
) -> Suggestion | None:
    best: tuple[tuple[str, ...], Language] | None = None
    for values in _surroundings(field, accepted, sequences):
        around = written(field, values, budget)
        if not included(accepted, around, budget):
            continue
        if best is None or included(around, best[1], budget):
            best = values, around
    if best is None or (best[1].full and field != "header"):
        return None
    witness = shortest((best[1],), (accepted,), budget)
    return None if witness is None else Suggestion(best[0], "wider", witness)


def _surroundings(
    field: Field, accepted: Language, sequences: list[Sequence]
) -> Iterator[tuple[str, ...]]:
    """Yield sets of values that may accept all that is accepted."""
    endings = [_ending(sequence) for sequence in sequences]
    ends = commonprefix(endings)[::-1]  # noqa: RUF071 - character by character is right
    templates = [_template(sequence) for sequence in sequences]
    if field == "path" and templates and all(templates):
        yield without_redundant([value for value in templates if value], field)
    for value in (spell(field, "prefix", _beginning(accepted)), spell(field, "suffix", ends)):
        if value:
            yield (value,)
    yield ("*",)


def _beginning(accepted: Language) -> str:
    """What all accepted texts begin with."""
    text, state = "", 0
    while not accepted.dfa.accepts[state]:
        live = [
            index
            for index, after in enumerate(accepted.dfa.rows[state])
            if after >= 0 and accepted.live[after]
        ]
        ranges = accepted.dfa.classes.ranges[live[0]]
        if len(live) != 1 or size(ranges) != 1:
            break
        text += chr(ranges[0][0])
        state = accepted.dfa.rows[state][live[0]]
    return text


def _ending(sequence: Sequence) -> str:
    """What all texts of a sequence end with, backwards."""
    text = ""
    for item in reversed(sequence):
        if isinstance(item, Many):
            break
        text += item
    return text


def _template(sequence: Sequence) -> str | None:
    """Widen every part of a path that is not literal to the whole segment."""
    segments: list[str] = []
    for item in sequence:
        if item == "/":
            segments.append("")
        elif isinstance(item, Many) and contains(item.ranges, ord("/")):
            return None
        elif segments:
            partial = isinstance(item, str) and segments[-1] != "{*}"
            segments[-1] = f"{segments[-1]}{item}" if partial else "{*}"
    return spell("path", "template", "/" + "/".join(segments))
