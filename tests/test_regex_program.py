"""A program is never smaller than we say; RE2 itself counts its instructions."""

from random import Random

import pytest
import re2

from smi2istio.regex.decision import decide
from smi2istio.regex.program import least_size
from smi2istio.regex.tree import Undecidable

#: What istiod's bootstrap sets, in place of Envoy's default.
ISTIO_LIMIT = 32_768
TEXTS = ("a", "b", "/", "-", "1", "A", "é", r"\.", "foo", "bar", "/api", "K", "s")
SETS = (
    ".", "[^/]", "[a-z]", "[A-Za-z0-9_]", r"\d", r"\w", "[^/?]", "[abc]", r"\s", "[^a]", "[à-é]",
    "(?i:ab)", r"\D", "(?i:K)",
)  # fmt: skip
COUNTS = ("", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "{0,2}")


def alternatives(random: Random, depth: int) -> str:
    branches = random.choice((1, 1, 2, 3, 6))
    return "|".join(
        "".join(counted(random, depth) for _ in range(random.randint(1, 5)))
        for _ in range(branches)
    )


def counted(random: Random, depth: int) -> str:
    choice = random.random()
    if choice < 0.5:
        one = random.choice(TEXTS)
    elif choice < 0.7 or not depth:
        one = random.choice(SETS)
    else:
        one = f"{random.choice(('(', '(?:', '(?i:'))}{alternatives(random, depth - 1)})"
    count = random.choice(COUNTS)
    return f"(?:{one}){count}" if count and len(one) > 1 else one + count


@pytest.mark.parametrize("seed", range(4))
def test_no_program_is_smaller(seed: int) -> None:
    random, compared = Random(seed), 0
    quiet = re2.Options()
    quiet.log_errors = False
    while compared < 150:
        regex = alternatives(random, 2)
        try:
            least = least_size(regex)
            size = re2.compile(regex, quiet).programsize
        except (Undecidable, re2.error):
            continue
        compared += 1
        assert least <= size, regex


@pytest.mark.parametrize(
    "regex",
    [
        "/sessions/[0-9a-f]{100}",
        "/api/(v1|v2)/users/[0-9]+/orders/[0-9]+/items/[0-9a-f-]{36}.*",
        "/" + "/".join(["[^/]+"] * 11),
        "/(" + "|".join(f"page{number:02}/.*" for number in range(20)) + ")",
    ],
)
def test_large_programs_are_found(regex: str) -> None:
    assert least_size(regex) > 100


@pytest.mark.parametrize(
    ("regex", "least"),
    [
        ("abc", 7),
        ("^abc", 6),
        ("(a)(?:b)(?P<c>c)", 11),
        ("(a){0}b", 4),
        ("ab|ac", 6),  # RE2 takes `a[bc]`
        ("a*a", 5),
        (r"\w", 7),
        (".", 12),
        ("a{2,4}", 8),
        ("[^\\x00-\\x{10FFFF}]a", 3),
        ("(?:" * 60 + "a" + "?)?" * 60, 4),
    ],
)
def test_what_is_counted(regex: str, least: int) -> None:
    assert least_size(regex) == least


@pytest.mark.parametrize(
    "regex", [".{1,250}/x.*y", "/[^/]{1,200}/x.*y", ".*(a|bc|d.*e)x.*[^/]{50}"]
)
def test_what_an_envoy_filter_gets_is_small_enough_for_istio(regex: str) -> None:
    bridge = decide("path", regex).bridge

    assert bridge
    assert re2.compile(bridge.pattern).programsize < ISTIO_LIMIT
