"""Languages agree with RE2 on texts, and with another engine on containment."""

import greenery
import pytest
import re2
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from smi2istio.istio.patterns import Field
from smi2istio.regex.alphabet import ALPHABETS, Texts
from smi2istio.regex.charset import contains
from smi2istio.regex.emitted import written
from smi2istio.regex.language import Language, Reading, anchored, language, shortest
from smi2istio.regex.nfa import Budget
from smi2istio.regex.syntax import parse
from smi2istio.regex.tree import Rejected, Undecidable

OPTIONS = re2.Options()
OPTIONS.log_errors = False
SEARCH = {"full": re2.fullmatch, "start": re2.match, "unanchored": re2.search}
TEXTS: tuple[Texts, ...] = ("path", "raw", "header", "host")
READINGS: tuple[Reading, ...] = ("full", "start", "unanchored")

LETTERS = "ab/.-1 _kKsS?#é\u212a\u017f"
ATOMS = st.sampled_from(
    ["a", "b", "/", r"\.", "-", "1", "k", "S", ".", "[ab]", "[^/]", "[^a-z]", r"\d", r"\w", r"\W",
     "[[:upper:]]", "é", r"\x{212a}", "[^é]", "^", "$", r"\b", r"\B", r"\A", r"\z", "", "[a-é]"]
)  # fmt: skip
REPEATS = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{2,}", "{0}", "*?", "+?"])


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, REPEATS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda part: f"(?i:{part})"),
        inner.map(lambda part: f"((?s){part})"),
    )


REGEXES = st.recursive(ATOMS, compound, max_leaves=12)


def is_text(texts: Texts, text: str) -> bool:
    """Whether an alphabet has a text, asked of its definition alone."""
    if not all(contains(ALPHABETS[texts].chars, ord(char)) for char in text):
        return False
    if texts in ("path", "raw"):
        return text.startswith("/")
    return bool(text) if texts == "host" else text == text.strip(" ")


@given(REGEXES, st.text(LETTERS, max_size=6), st.sampled_from(READINGS), st.sampled_from(TEXTS))
@settings(max_examples=4_000)
@example(r"a\b", "a", "full", "header")
@example(r"\B", "", "full", "header")
@example("(?i)[^k]", "K", "full", "header")
@example("(a$|b)c?", "bc", "unanchored", "header")
@example("(|a)*^b", "b", "full", "header")
def test_a_language_holds_the_texts_that_re2_matches(
    regex: str, text: str, reading: Reading, texts: Texts
) -> None:
    text = text if texts in ("header", "host") else "/" + text
    assume(is_text(texts, text))
    try:
        accepted = language(texts, regex, reading).accepts(text)
    except Undecidable:
        return

    assert accepted is (SEARCH[reading](regex, text, OPTIONS) is not None)
    assert (re2.fullmatch(anchored(regex, reading), text, OPTIONS) is not None) is accepted


@given(REGEXES, st.sampled_from(TEXTS))
def test_the_shortest_text_is_one_that_re2_matches(regex: str, texts: Texts) -> None:
    try:
        accepted = language(texts, regex)
    except Undecidable:
        return
    text = shortest((accepted,))

    assert (text is None) is accepted.empty
    if text is not None:
        assert is_text(texts, text)
        assert re2.fullmatch(regex, text, OPTIONS)


@pytest.mark.parametrize(
    ("texts", "regex", "text"),
    [
        ("path", ".*a-book.*new", "/a-booknew"),
        ("path", ".+", "/"),
        ("path", "/é|/aé|/abc", "/é"),  # three bytes each, but é begins with a higher one than a
        ("path", "/ab|/é", "/ab"),
        ("header", "b|a|aa", "a"),
        ("header", "| |b", ""),
        ("header", " +", None),
        ("header", "a ", None),
        ("path", "a", None),
        ("path", r"/\?", None),
        ("raw", r"/\?", "/?"),
        ("host", "WEB|web", "web"),
        ("path", "/\x7f|/\t|/\x00|/ ", None),
    ],
)
def test_the_shortest_text_is_the_first_in_byte_order(
    texts: Texts, regex: str, text: str | None
) -> None:
    assert shortest((language(texts, regex),)) == text


# The common subset of both engines: ours reads RE2, greenery its own dialect.
PLAIN_ATOMS = st.sampled_from(["a", "b", "c", "/", ".", "[ab]", "[^a]", "[^/]", "[a-c]"])
PLAIN = st.recursive(
    PLAIN_ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from("*+?")).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


def theirs(regex: str) -> greenery.Fsm:
    return greenery.parse(regex).to_fsm()


PATHS = theirs("/[^\x00-\x20?#\x7f]*")


@given(PLAIN, PLAIN)
@settings(max_examples=1_000)
def test_containment_and_overlap_are_what_another_engine_says(one: str, other: str) -> None:
    ours = language("path", one), language("path", other)
    left, right = theirs(one) & PATHS, theirs(other)

    only_left, both = shortest(ours[:1], ours[1:]), shortest(ours)
    assert (only_left is None) is (left - right).empty()
    assert (both is None) is (left & right).empty()
    assert only_left is None or (left - right).accepts(only_left)
    assert both is None or (left & right).accepts(both)


@pytest.mark.parametrize(
    ("regex", "reading", "text"),
    [
        ("/api", "full", "/api"),
        ("/api", "start", "/api.*"),
        ("/api|/v1", "start", "(?:/api|/v1).*"),
        ("(?i)/api", "start", "(?:(?i)/api).*"),
        (r"\Q/a|b", "start", r"(?:\Q/a|b\E).*"),
        ("api", "unanchored", ".*api.*"),
    ],
)
def test_a_reading_can_be_written_as_a_full_match(regex: str, reading: Reading, text: str) -> None:
    assert anchored(regex, reading) == text


def test_a_regex_that_re2_refuses_is_not_written() -> None:
    with pytest.raises(Rejected):
        anchored("(?=a)", "start")


def test_what_is_not_understood_can_still_be_written() -> None:
    assert anchored(r"/\pL", "start") == r"(?:/\pL).*"


@pytest.mark.parametrize(
    ("field", "values", "inside", "outside"),
    [
        ("path", ["/a*"], ["/a", "/ab", "/a/b"], ["/", "/b"]),
        ("path", ["*.jpg", "/x"], ["/.jpg", "/x"], ["/jpg"]),
        ("path", ["*a*"], ["/a*"], ["/a", "/xax"]),
        ("path", ["*"], ["/", "/a"], []),
        ("path", ["/a/{*}/b"], ["/a/x/b", '/a/"/b'], ["/a//b", "/a/[/b", "/a/é/b", "/a/x/y/b"]),
        ("path", ["/a/{**}"], ["/a/", "/a/x/y"], ["/a", "/a/[", "/ax"]),
        ("header", ["*"], ["", "a"], []),
        ("header", ["{a}", "b*"], ["{a}", "b"], ["", "a"]),
        ("host", ["Web.D"], ["web.d"], ["web-d"]),
    ],
)
def test_emitted_values_are_read_as_istio_reads_them(
    field: Field, values: list[str], inside: list[str], outside: list[str]
) -> None:
    emitted = written(field, values)

    assert [text for text in inside if not emitted.accepts(text)] == []
    assert [text for text in outside if emitted.accepts(text)] == []


def test_an_automaton_has_a_path_for_every_text_and_no_other() -> None:
    accepted = Language(parse("/a*"), "path", Budget(1_000))

    assert accepted.full_from[0] is False
    assert not accepted.accepts("a")
    assert not accepted.accepts("/a?")
    assert not accepted.accepts("/a\n")
