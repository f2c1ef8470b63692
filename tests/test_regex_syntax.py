"""The parser accepts what RE2 accepts, and says why it does not accept the rest."""

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smi2istio.regex import unicode
from smi2istio.regex.syntax import MAX_LENGTH, parse
from smi2istio.regex.tree import Rejected, TooComplex, Undecidable, Unsupported

OPTIONS = re2.Options()
OPTIONS.log_errors = False
# Pieces of which most combinations are nearly valid.
PIECES = (
    *"ab/.*+?()|[]^$-\\{},:<>=!01~ékS",
    "{2}", "{1,3}", "{2,}", "{,3}", "{1000}", "{1001}", "{30}", "{0}", "{01}", "{2,1}", "(?:",
    "[^", "\\d", "\\W", "\\s", "[:alpha:]", "[:^digit:]", "[[:", "\\Q", "\\E", "(?i)", "(?s:",
    "(?i-s:", "(?-", "(?U)", "(?P<n>", "(?<m>", "(?=", "\\b", "\\B", "\\A", "\\z", "\\Z",
    "\\x41", "\\x{e9}", "\\x{", "\\07", "\\1", "\\p{Greek}", "\\p{^Lu}", "\\pN", "\\p", "\\-",
    "\\.", "\\C", "\n",
)  # fmt: skip


def re2_accepts(regex: str) -> bool:
    """Whether RE2 of 2022 does, which OSM's Envoy had: no name without a P."""
    try:
        re2.compile(regex.replace("(?<", "(?<<"), OPTIONS)
    except re2.error as error:
        # Its program would be too large: a limit of memory, not of syntax. Ours is lower.
        return "pattern too large" in str(error)
    return True


def we_accept(regex: str) -> bool:
    try:
        parse(regex)
    except Rejected:
        return False
    except Unsupported:
        pass
    return True


@given(st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
@settings(max_examples=5_000)
@example("a{1000000000}")  # ten digits: literal text to RE2
@example("a{100000000}")
@example("(?:a{2}){500}")
@example("(?:a{2}){501}")
@example("(?:a{2,}){501}")
@example("((a{99}){10}){2}")
@example("(a{500}){0}")
@example("(?P<n>a)(?P<n>b)")
@example("a\\Q\\E*")
@example("a*\\Q\\E*")
@example("[]a]")
@example("[^]]")
@example("[--a]")
@example("[a-\\d]")
@example("[\\d-z]")
def test_we_accept_what_re2_accepts(regex: str) -> None:
    assert we_accept(regex) is re2_accepts(regex)


@pytest.mark.parametrize(
    ("regex", "words"),
    [
        ("/(?=a)", "lookahead"),
        ("/(?!a)", "lookahead"),
        ("/(?<=a)b", "lookbehind"),
        ("/(?<!a)b", "lookbehind"),
        ("/(?>a)", "atomic"),
        ("/(?#a)", "comments"),
        (r"(/a)\1", "back-references"),
        ("(?P<n>a)(?P=n)", "back-references"),
        ("/a++", "repeats a repetition"),
        ("/a**", "repeats a repetition"),
        ("/a{2}{3}", "repeats a repetition"),
        ("*", "nothing to repeat"),
        ("/(|*a)", "nothing to repeat"),
        ("/a{1001}", "1000"),
        ("/a{2,1}", "no valid count"),
        ("/(a{40}){40}", "nested counts"),
        ("/(a", "')' is missing"),
        ("/a)", "')' has no '('"),
        ("/[a", "']' is missing"),
        ("/[b-a]", "backwards"),
        ("/[[:nope:]]", "[:nope:]"),
        (r"/\p{Nope}", "not a class"),
        ("(?P<>a)", "name of a group"),
        ("(?P<a b>c)", "name of a group"),
        ("(?<a>b)", "names of groups without the P of '(?P<'"),
        ("(?x)a", "(?x"),
        (r"/\Z", r"\Z"),
        (r"/\x{110000}", r"\x"),
        (r"/\é", "not an escape"),
        ("/a\\", "ends in a backslash"),
        ("/\ud800", "UTF-8"),
    ],
)
def test_a_refusal_says_why(regex: str, words: str) -> None:
    with pytest.raises(Rejected) as refusal:
        parse(regex)

    assert words in str(refusal.value)


@pytest.mark.parametrize(
    "regex", [r"/\pL", r"/\p{Greek}+", r"[^\PN]", r"/\C", "(?i)é", "(?i)[à-ý]"]
)
def test_what_depends_on_the_version_of_unicode_is_not_understood(regex: str) -> None:
    assert re2_accepts(regex)
    with pytest.raises(Unsupported):
        parse(regex)


def test_what_re2_refuses_is_refused_even_after_what_is_not_understood() -> None:
    with pytest.raises(Rejected):
        parse(r"\pL(?=a)")


def test_the_names_of_unicode_classes_are_those_of_re2() -> None:
    assert [name for name in unicode.CLASSES if not re2_accepts(rf"\p{{{name}}}")] == []
    assert not re2_accepts(r"\p{Klingon}")


def test_a_regex_of_any_length_and_depth_ends() -> None:
    assert we_accept("(" * 5_000 + "a" + ")" * 5_000)
    assert we_accept("a|bc" * 2_500)
    with pytest.raises(TooComplex):
        parse("a" * (MAX_LENGTH + 1))


@given(st.text(max_size=30))
def test_any_text_at_all_is_read_or_refused_in_words(text: str) -> None:
    words = "read"
    try:
        parse(text)
    except Undecidable as reason:
        words = str(reason)

    assert words
