"""Values read off the sequences of a tree by their shape.

``x``, ``x.*``, ``.*x``, ``/x/[^/]+/y``, and for a header ``x.*y``, which two conditions
on one header say.
"""

from functools import lru_cache

from smi2istio.istio.patterns import SEGMENT, Field, accepts, read, spell
from smi2istio.regex.alphabet import ALPHABETS
from smi2istio.regex.charset import contains, difference, union
from smi2istio.regex.expansion import Many, Sequence
from smi2istio.regex.tree import Ranges

_SLASH = ord("/")
_SEGMENT = union((ord(char), ord(char)) for char in SEGMENT)


def each_sequence(sequences: list[Sequence], field: Field) -> tuple[str, ...] | None:
    """One value for each sequence; None if one has none."""
    found: list[str] = []
    for sequence in sequences:
        for variant in _variants(sequence, field):
            value = value_of(variant, field)
            if value is None:
                return None
            found.append(value)
    return without_redundant(found, field)


def both_ends(
    sequences: list[Sequence], field: Field
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Prefixes and suffixes, of each of which one has to match."""
    before: dict[str, None] = {}
    after: dict[str, None] = {}
    for sequence in sequences:
        middle = [index for index, item in enumerate(sequence) if is_any(item, field)]
        if field != "header" or len(middle) != 1:
            return None
        prefix = value_of(sequence[: middle[0] + 1], field)
        suffix = value_of(sequence[middle[0] :], field)
        if prefix is None or suffix is None:
            return None
        before[prefix] = after[suffix] = None
    return tuple(before), tuple(after)


def value_of(sequence: Sequence, field: Field) -> str | None:
    """The value for a sequence of one of the shapes; None where there is none."""
    anything = [is_any(item, field) for item in sequence]
    text = "".join(item for item in sequence if isinstance(item, str))
    if len(text) == len(sequence):
        return spell(field, "exact", text)
    if len(text) == len(sequence) - 1 and anything[-1]:
        return spell(field, "prefix", text)
    if len(text) == len(sequence) - 1 and anything[0]:
        return spell(field, "suffix", text)
    return _template(sequence) if field == "path" else None


def _template(sequence: Sequence) -> str | None:
    parts: list[str] = []
    for item in sequence:
        if isinstance(item, str):
            parts.append(item)
        elif is_any(item, "path"):
            parts.append("{**}")
        elif _is_segment(item):
            parts.append("{*}")
        else:
            return None
    return spell("path", "template", "".join(parts))


def is_any(item: str | Many, field: Field) -> bool:
    """Whether an item is ``.*``."""
    if isinstance(item, str) or item.least or item.most is not None:
        return False
    return _holds(item.ranges, ALPHABETS[field].chars)


def _is_segment(item: Many) -> bool:
    """Whether an item is ``[^/]+``, but for characters that a template refuses anyway."""
    if item.least != 1 or item.most is not None:
        return False
    return _holds(item.ranges, _SEGMENT) and not contains(item.ranges, _SLASH)


@lru_cache(maxsize=64)
def _holds(ranges: Ranges, chars: Ranges) -> bool:
    return not difference(chars, ranges)


def _variants(sequence: Sequence, field: Field) -> list[Sequence]:
    """Replace ``[^/]*`` by nothing and by ``[^/]+``."""
    variants: list[Sequence] = [()]
    for item in sequence:
        choices: list[Sequence] = [(item,)]
        if isinstance(item, Many) and not is_any(item, field) and _may_be_missing(item):
            choices = [(), (item._replace(least=1),)]
        variants = [variant + choice for variant in variants for choice in choices]
    return variants


def _may_be_missing(item: Many) -> bool:
    return item.least == 0 and item.most is None


def without_redundant(values: list[str], field: Field) -> tuple[str, ...]:
    """Drop repetitions, and what a prefix or a suffix among the values accepts already."""
    distinct = list(dict.fromkeys(values))
    return tuple(
        value
        for value in distinct
        if not any(other != value and _covers(field, other, value) for other in distinct)
    )


def _covers(field: Field, wide: str, value: str) -> bool:
    kind, text = read(field, value)
    if kind == "exact":
        return accepts(field, wide, text)
    return kind == read(field, wide).kind != "template" and accepts(field, wide, text)
