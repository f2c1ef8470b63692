"""What one emitted value means to Istio.

Expectations: reference measurements on istiod and Envoy; tests/hosts/test_envoy_bridge.py
asks a running Envoy the same.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smi2istio.istio.patterns import Field, Kind, Pattern, accepts, problem, read, spell
from smi2istio.regex.emitted import written


@pytest.mark.parametrize(
    ("field", "value", "kind", "text"),
    [
        ("path", "*", "present", ""),
        ("path", "/a", "exact", "/a"),
        ("path", "/a*", "prefix", "/a"),
        ("path", "*a", "suffix", "a"),
        ("path", "/a*b", "exact", "/a*b"),
        ("path", "*a*", "suffix", "a*"),
        ("path", "**", "suffix", "*"),
        ("path", "/a**", "prefix", "/a*"),
        ("path", "/files/*", "prefix", "/files/"),
        ("path", "/a/{*}/b", "template", "/a/{*}/b"),
        ("header", "{*}", "exact", "{*}"),
        ("host", "*.shop", "suffix", ".shop"),
    ],
)
def test_a_star_counts_at_one_end_only(field: Field, value: str, kind: Kind, text: str) -> None:
    assert read(field, value) == Pattern(kind, text)


@pytest.mark.parametrize(
    ("field", "kind", "text", "value"),
    [
        ("path", "exact", "/a", "/a"),
        ("path", "prefix", "/a", "/a*"),
        ("path", "suffix", ".jpg", "*.jpg"),
        ("path", "template", "/a/{*}", "/a/{*}"),
        ("path", "prefix", "/a*", "/a**"),
        ("header", "present", "", "*"),
        ("header", "exact", "a{2}", "a{2}"),
        # no spelling:
        ("path", "exact", "/files/*", None),
        ("path", "exact", "a", None),
        ("path", "exact", "/a{b", None),
        ("path", "prefix", "/a}", None),
        ("path", "template", "/a/{*}.jpg", None),
        ("header", "exact", "", None),
        ("header", "exact", "*a", None),
        ("header", "exact", "a*", None),
        ("header", "exact", "*", None),
        ("header", "prefix", "*a", None),
        ("header", "prefix", "", None),
    ],
)
def test_a_value_is_written_only_if_it_is_read_back_the_same(
    field: Field, kind: Kind, text: str, value: str | None
) -> None:
    assert spell(field, kind, text) == value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "empty"),
        ("a", "begins with '/'"),
        ("{*}", "begins with '/'"),
        ("/a/{*}.jpg", "each part"),
        ("/a{2}", "each part"),
        ("/a//{*}", "each part"),
        ("/*/{*}", "each part"),
        ("/a b/{*}", "each part"),
        ("/{**}/{*}", "last operator"),
        ("/{**}/a/{**}", "last operator"),
    ],
)
def test_a_path_that_istio_or_envoy_refuse_is_named(value: str, words: str) -> None:
    assert words in problem("path", value)


@pytest.mark.parametrize(
    "value",
    ["/", "*", "/a*", "*a", "/{*}", "/{**}", "/a/{*}/b", "/{*}/{**}/b", "/a/{**}/", "/{*}/"],
)
def test_a_path_that_istio_takes_has_no_problem(value: str) -> None:
    assert problem("path", value) == ""


def test_a_header_value_may_hold_anything_but_nothing() -> None:
    assert problem("header", "") != ""
    assert problem("header", "{*}a") == ""
    assert problem("host", "a") == ""


@pytest.mark.parametrize(
    ("value", "inside", "outside"),
    [
        (
            "/foo/{*}",
            "/foo/bar /foo/a=b /foo/a%2Fb /foo/%",
            "/foo /foo/ /foo/x/y /foo//bar /foo/[b",
        ),
        ("/a/{*}/b", "/a/x/b", "/a/b /a//b /a/x/y/b /a/x/b/"),
        ("/foo/{**}", "/foo/ /foo/x /foo/x/ /foo/x/y /foo//", "/foo /foox /foo/a/[b]/c"),
        ("/foo/{**}/", "/foo// /foo/x/ /foo/x/y/", "/foo/ /foo/x"),
        ("/a/{**}/b", "/a//b /a/x/b /a/x/y/b", "/a/b"),
        ("/{*}", "/x", "/ /x/ /x/y"),
        ("/{**}", "/ /x /x/y/", ""),
        ("/{*}/{**}", "/x/ /x/y /x/y/z", "/ /x"),
        ("/a*", "/a /ab /a/b", "/A /b"),
        ("*.jpg", "/.jpg /x/y.jpg", "/x.jpg/"),
    ],
)
def test_a_path_value_accepts_what_was_measured(value: str, inside: str, outside: str) -> None:
    assert [path for path in inside.split() if not accepts("path", value, path)] == []
    assert [path for path in outside.split() if accepts("path", value, path)] == []


def test_authorities_are_compared_without_regard_to_case() -> None:
    assert accepts("host", "Web.D", "wEB.d")
    assert accepts("host", "*.D", "web.d")
    assert not accepts("header", "Web.D", "web.d")


SEGMENTS = st.lists(st.sampled_from(["a", "b", "", "{*}", "[", "a[", "*", '"']), max_size=5)


@given(SEGMENTS, SEGMENTS, st.sampled_from(["", "/{**}", "/{**}/a", "/{**}/", "*"]))
def test_text_and_automaton_read_a_path_value_the_same(
    value: list[str], path: list[str], end: str
) -> None:
    spelled, text = "/" + "/".join(value) + end, "/" + "/".join(path)
    if problem("path", spelled) == "":
        assert accepts("path", spelled, text) is written("path", [spelled]).accepts(text)


@given(st.text("ab*", min_size=1, max_size=4), st.text("ab*", max_size=4))
def test_text_and_automaton_read_a_header_value_the_same(value: str, text: str) -> None:
    assert accepts("header", value, text) is written("header", [value]).accepts(text)
