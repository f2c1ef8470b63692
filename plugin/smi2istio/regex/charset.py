"""Sets of characters, as sorted, disjoint, non-adjacent ranges of code points.

A regex over Unicode has 1,114,112 possible characters and tells apart a few dozen
groups of them, so characters are never enumerated where a range will do.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from smi2istio.regex.tree import Ranges, Unsupported

LAST = 0x10FFFF
EVERYTHING: Ranges = ((0, LAST),)
_BEYOND_ASCII: Ranges = ((0x80, LAST),)

# What differs only in case from an ASCII letter. Two characters outside ASCII do: the Kelvin
# sign and the long s.
_CASES = [
    (ord(letter), ord(letter.upper()), *map(ord, {"k": "\u212a", "s": "\u017f"}.get(letter, "")))
    for letter in "abcdefghijklmnopqrstuvwxyz"
]


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Ranges) -> Ranges:
    gaps, start = [], 0
    for low, high in ranges:
        if start < low:
            gaps.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        gaps.append((start, LAST))
    return tuple(gaps)


@lru_cache(maxsize=256)  # a long regex has few sets, and each of them often
def intersection(one: Ranges, other: Ranges) -> Ranges:
    return complement(union((*complement(one), *complement(other))))


@lru_cache(maxsize=256)
def difference(one: Ranges, other: Ranges) -> Ranges:
    return complement(union((*complement(one), *other)))


def contains(ranges: Ranges, point: int) -> bool:
    return any(low <= point <= high for low, high in ranges)


def size(ranges: Iterable[tuple[int, int]]) -> int:
    return sum(high - low + 1 for low, high in ranges)


def members(ranges: Iterable[tuple[int, int]]) -> Iterator[str]:
    for low, high in ranges:
        yield from map(chr, range(low, high + 1))


def folded(ranges: Ranges) -> Ranges:
    """Add every character that differs from a member only in case, as RE2 does for ``(?i)``.

    Raises:
        Unsupported: some characters outside ASCII, because which of those are pairs depends
            on the version of Unicode that an Envoy was built with.
    """
    if intersection(ranges, _BEYOND_ASCII) not in ((), _BEYOND_ASCII):
        raise Unsupported("(?i) is applied to characters outside ASCII")
    extra = [
        (point, point)
        for case in _CASES
        if any(contains(ranges, point) for point in case)
        for point in case
    ]
    return union((*ranges, *extra))
