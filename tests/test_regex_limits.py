"""No regex takes long or much memory; the same limits on every machine."""

import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.work import calls_of

from smi2istio.istio.patterns import Field
from smi2istio.regex import decision, language
from smi2istio.regex.decision import Decision, decide
from smi2istio.regex.nfa import Budget
from smi2istio.regex.suggestion import suggest
from smi2istio.regex.syntax import parse
from smi2istio.regex.tree import TooComplex

MAX_CALLS = 400_000  # about 40 ms; 50 are what one regex may take
MAX_BYTES = 16 << 20

NASTY = {
    "one loop after another": "(a|aa)*b{1,1000}",
    "the same on a path": "/(a|aa)*b{1,1000}",
    "many wildcards": "/(.*a){30}",
    "more wildcards": "/(.*a.*b){30}",
    "nested counts within the limit": "/((a{1,9}){1,9}){1,9}",
    "nested counts beyond it": "((a{1,99}){1,99}){1,99}",
    "exponential": "/.*a.{30}",
    "nearly too many states": "/.*a.{9}",
    "10,000 characters of words": "/(" + "|".join(f"w{n:05}" for n in range(1400)) + ")",
    "10,000 characters of letters": "/(" + "|".join("abcdefghij" * 500) + ").*x",
    "10,000 characters": "/" + "a" * 10_000,
    "3,000 characters": "/" + "a" * 3_000,
    "1,400 characters": "/" + "a" * 1_400,
    "a long prefix and a long suffix": "/" + "a" * 600 + ".*" + "b" * 600,
    "deep groups": "(" * 4_000 + "/a" + ")" * 4_000,
    "deep loops": "(?:" * 400 + "a" + ")*" * 400,
    "loops of nothing": "((a*)*)*" * 300,
    "a thousand loops": "/(a*){1000}",
    "a thousand options": "/(a?){1000}",
    "options of options": "/((((a?){10}){10}){10})",
    "a thousand dots": ".{1000}",
    "dots by dots": "(.{1,30}){1,30}",
    "four hundred dots between letters": "/" + ".".join("a" * 400),
    "seven hundred dots between letters": "/" + ".".join("a" * 700),
    "two hundred segments with dots": "/" + "/".join(["v1.0"] * 200),
    "loops of options": r"/(?:(a?(a?){9}){9}(?:a*b)*(a(?:a|b)?(a?)\b){9}(a?(a?){9}){9})*",
    "ambiguous": "/(a|b|ab)*c(d|e|de){1,300}",
    "more ambiguous": "/(?:a|.b|..c|...d|....e){1,100}",
    "fifty segments": "/([^/]+/){1,50}x",
    "alternatives of alternatives": "/" + "(a|b)" * 60,
    "optional letters": "/" + "x?" * 300,
    "sixty containing": "|".join(f"/.*x{n}y.*" for n in range(60)),
    "without case": "(?i)/" + "[a-z]+/" * 20 + r"[\w-]{1,100}",
    "words without case": "(?i)/(" + "|".join(["bookstore", "skylark"] * 50) + ")/.*",
    "Unicode classes": r"/[\pL\p{Nd}]{1,500}",
    "large Unicode ranges": "/[\u0100-\uffff]{1,400}[^\u4e00-\u9fff]{1,400}",
    "boundaries": r"(?:\b/|\B[a-z]){1,300}",
    "more boundaries": "/" + r"\b".join("abcdefgh" * 100),
    "lookahead": "/(?=(a+)+)b" * 100,
    "back-references": r"(a*)\1" * 100,
    "open brackets": "[" * 10_000,
    "open braces": "/a{1" * 3_000,
    "named groups": "(?P<n>" * 2_000,
}


def forget() -> None:
    # What is remembered is private; the work is to be done again.
    decision._decide.cache_clear()  # noqa: SLF001
    language._memory.forget()  # noqa: SLF001


@pytest.mark.parametrize("field", ["path", "header"])
@pytest.mark.parametrize("name", NASTY)
def test_a_regex_is_decided_in_bounded_work_and_memory(name: str, field: Field) -> None:
    forget()
    calls = calls_of(lambda: decide(field, NASTY[name]))
    forget()
    tracemalloc.start()
    decide(field, NASTY[name])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert calls <= MAX_CALLS
    assert peak <= MAX_BYTES


@pytest.mark.parametrize("field", ["path", "header"])
@pytest.mark.parametrize("name", NASTY)
def test_suggestions_are_made_in_bounded_work(name: str, field: Field) -> None:
    forget()

    assert calls_of(lambda: suggest(field, NASTY[name])) <= MAX_CALLS


PIECES = st.sampled_from(
    ["a", "/", ".*", ".", "[^/]", "(?:a|b)", "|", "{1,99}", "{1,9}", "*", "+", "?", "(?:a*b)*",
     "[a-f]", r"\b", "(?i:k)", "(a?){9}", ".{5}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join), st.sampled_from(["path", "header"]))
@settings(max_examples=500)
def test_no_regex_exceeds_the_limits(regex: str, field: Field) -> None:
    forget()

    assert calls_of(lambda: decide(field, regex)) <= MAX_CALLS


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("exponential", "its automaton is too large"),
        ("deep loops", "it is nested more than 100 deep"),
    ],
)
def test_what_is_too_complex_says_so(name: str, why: str) -> None:
    assert decide("path", NASTY[name]) == Decision("inexpressible", detail=why)


def test_an_automaton_is_refused_rather_than_built_without_limit() -> None:
    with pytest.raises(TooComplex):
        language.Language(parse("/.*a.{20}"), "path", Budget(100_000))
    with pytest.raises(TooComplex):
        language.Language(parse("/a{500}"), "path", Budget(1_000))


def test_what_is_remembered_is_bounded() -> None:
    forget()
    for number in range(300):
        language.language("path", f"/{number}/a{{400}}")

    remembered = language._memory.answers.values()  # noqa: SLF001 - nobody else may see it
    kept = [one for one in remembered if isinstance(one, language.Language)]
    assert sum(len(one.dfa.rows) for one in kept) <= 25_000
    assert language.language("path", "/x") is language.language("path", "/x")
