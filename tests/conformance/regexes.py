"""Random regexes together with strings that they match, and strings that they nearly match.

A regex is built from its parts, and each part knows how to make a member: no regex engine is asked.
"""

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple


class Regex(NamedTuple):
    """A regex and a function that makes one of its members."""

    text: str
    member: Callable[[Random], str]


_LETTERS = "abx01-_"
_WORDS = ("a", "b", "ab", "api", "v1", "new", "x0", "a-b", "one")


def _literal(text: str) -> Regex:
    return Regex(text, lambda _: text)


def _of(text: str, *members: str) -> Regex:
    return Regex(text, lambda random: random.choice(members))


def _classes(random: Random) -> Regex:
    return random.choice(
        (
            _of("[ab]", "a", "b"),
            _of("[a-c]", "a", "c"),
            _of("[^/]", "a", "-", "~"),
            _of("[0-9]", "0", "9"),
            _of(r"\d", "0", "7"),
            _of(r"\w", "a", "_", "Z"),
            _of(".", "a", ".", "/"),
            _of(r"\.", "."),
            _of(r"\*", "*"),
            _of("(?i:a)", "a", "A"),
        )
    )


def _repeated(random: Random, part: Regex) -> Regex:
    mark, low, high = random.choice(
        (("*", 0, 3), ("+", 1, 3), ("?", 0, 1), ("{2}", 2, 2), ("{1,3}", 1, 3))
    )

    def member(random: Random) -> str:
        return "".join(part.member(random) for _ in range(random.randint(low, high)))

    return Regex(f"({part.text}){mark}", member)


def _joined(parts: list[Regex]) -> Regex:
    return Regex(
        "".join(part.text for part in parts),
        lambda random: "".join(part.member(random) for part in parts),
    )


def _either(parts: list[Regex]) -> Regex:
    text = "(" + "|".join(part.text for part in parts) + ")"
    return Regex(text, lambda random: random.choice(parts).member(random))


def _part(random: Random, depth: int) -> Regex:
    kind = random.random()
    if depth == 0 or kind < 0.5:
        return _literal(random.choice(_WORDS))
    if kind < 0.7:
        part = _classes(random)
        return part if random.random() < 0.7 else _repeated(random, part)
    if kind < 0.85:
        return _repeated(random, _part(random, depth - 1))
    return _either([_part(random, depth - 1) for _ in range(random.randint(2, 3))])


_ANYTHING = Regex(".*", lambda random: random.choice(("", "x", "/x", "a/b")))
_SOMETHING = Regex(".+", lambda random: random.choice(("x", "/", "a/b")))
_SEGMENT = Regex("[^/]+", lambda random: random.choice(("x", "a-b", "1.2", "a=b")))


def path(random: Random) -> Regex:
    """A pathRegex: mostly a few segments, at times with something open at an end."""
    segments: list[Regex] = []
    for _ in range(random.randint(1, 3)):
        part = random.choice((_part(random, 0), _part(random, 0), _part(random, 2), _SEGMENT))
        segments += [_literal("/"), part]
    tail = random.random()
    if tail < 0.2:
        segments.append(_ANYTHING)
    elif tail < 0.3:
        segments += [_literal("/"), _ANYTHING]
    elif tail < 0.35:
        segments += [_literal("/"), _SOMETHING]
    elif tail < 0.45:
        segments = [_ANYTHING, *segments[1 if random.random() < 0.5 else 0 :]]
    elif tail < 0.5:
        segments = [_either([_joined(segments), _literal("/b")])]
    elif tail < 0.55:
        segments = [random.choice((_ANYTHING, _SOMETHING))]
    return _anchored(random, _joined(segments))


def value(random: Random) -> Regex:
    """A regex for a header's value."""
    parts = [_part(random, 2) for _ in range(random.randint(1, 2))]
    kind = random.random()
    if kind < 0.2:
        parts.append(_ANYTHING)
    elif kind < 0.35:
        parts.insert(0, _ANYTHING)
    elif kind < 0.45:
        parts = [random.choice((_ANYTHING, _SOMETHING))]
    return _anchored(random, _joined(parts))


def _anchored(random: Random, regex: Regex) -> Regex:
    """Anchors say nothing where everything must match, and people write them."""
    if random.random() < 0.1 and not regex.text.startswith("("):
        return Regex(f"^{regex.text}$", regex.member)
    return regex


def guessed(text: str) -> Regex:
    """A regex that somebody wrote; what is near to a member is as good a request as a member."""
    rough = re.sub(r"\(\?\w+\)|[\^$]|\\[bBAz]", "", text)
    rough = re.sub(r"\[[^]]*\]|\\[dw]|(?<!\\)\.", "a", rough)
    rough = re.sub(r"\(([^()|]*)[^()]*\)", r"\1", rough)
    rough = re.sub(r"[*+?\\()]|\{[0-9,]*\}", "", rough).partition("|")[0]
    return Regex(text, lambda _: rough)


def near(text: str, random: Random) -> str:
    """A string that differs a little from *text*."""
    place = random.randrange(len(text) + 1)
    return random.choice(
        (
            text + "/",
            text + random.choice(_LETTERS),
            text[:-1],
            text[:place] + random.choice(_LETTERS + "/.") + text[place:],
            text[: max(0, place - 1)] + text[place:],
            text.swapcase(),
            text.replace("/", "//", 1),
            random.choice(_LETTERS) + text,
        )
    )
