"""The rewritten pattern of a regex that no value says, and the filter that evaluates it."""

import hashlib

import pytest
import re2
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smi2istio.istio.bridge import condition, envoy_filter, request_rule
from smi2istio.istio.patterns import Field
from smi2istio.regex.anchors import settle
from smi2istio.regex.decision import decide
from smi2istio.regex.language import Language, Reading, equal, language
from smi2istio.regex.nfa import Budget
from smi2istio.regex.rewrite import bridge, is_faithful
from smi2istio.regex.suggestion import Suggestion, suggest
from smi2istio.regex.syntax import parse
from smi2istio.regex.tree import Undecidable, Unsupported

OPTIONS = re2.Options()
OPTIONS.log_errors = False
STEPS = 100_000

FILTER = r"""
workloadSelector: {labels: {app: bookstore}}
configPatches:
- applyTo: HTTP_FILTER
  match: {context: SIDECAR_INBOUND}
  patch:
    operation: INSERT_FIRST
    value:
      name: envoy.filters.http.header_to_metadata
      typed_config:
        "@type":
          type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config
        request_rules:
        - header: ":path"
          on_header_present:
            metadata_namespace: envoy.filters.smi2istio
            key: path-7e1480cc
            regex_value_rewrite: {pattern: {regex: "(?s)^x$"}, substitution: /a-booknew}
        - header: user-agent
          on_header_present:
            metadata_namespace: envoy.filters.smi2istio
            key: user-agent-421503cc
            regex_value_rewrite: {pattern: {regex: '(?s)^\\d$'}, substitution: '\\d'}
"""


@pytest.mark.parametrize(
    ("field", "regex", "pattern", "member"),
    [
        (
            "path",
            ".*a-book.*new",
            r"(?s)^[^?#]*a-book[^?#]*new(?:[?#].*)?$",
            "/a-booknew",
        ),
        ("path", "/[^/]+/[0-9]+", r"(?s)^/[^/?#]+/[0-9]+(?:[?#].*)?$", "/!/0"),
        ("path", "/[0-9]+|/x[0-9]*y", r"(?s)^(?:/[0-9]+|/x[0-9]*y)(?:[?#].*)?$", "/0"),
        ("path", r"/a\?b=.*[0-9]|/c[0-9]+", r"(?s)^/c[0-9]+(?:[?#].*)?$", "/c0"),
        ("path", r"/[\x23\x3f\d]+", r"(?s)^/[0-9]+(?:[?#].*)?$", "/0"),
        ("path", r"(?i)/ab[\w]+", None, "/AB0"),
        ("path", r"/\w+[#]*", r"(?s)^/[0-9A-Z_a-z]+(?:[?#].*)?$", "/0"),
        ("path", r"/(\#[0-9])*[a-b]{2,}", r"(?s)^/[ab]{2,}(?:[?#].*)?$", "/aa"),
        ("path", r"/x\b.*y", r"(?s)^/x\b[^?#]*y(?:[?#].*)?$", "/x!y"),
        ("path", r"^/[0-9]+$", r"(?s)^/[0-9]+(?:[?#].*)?$", "/0"),
        ("path", r"/[0-9]+\.[^\d]", r"(?s)^/[0-9]+\.[^0-9?#](?:[?#].*)?$", "/0.!"),
        ("path", r"(?s)/.[0-9]+", r"(?s)^/[^?#][0-9]+(?:[?#].*)?$", "/!0"),
        ("path", r"/(?:ab){2}(?:[0-9]{3})*(?:a|)", None, "/abab"),
        ("header", ".*-http-client/*.*", r"(?s)^.*-http-client/*.*$", "-http-client"),
        ("header", ".+", "(?s)^.+$", "!"),
        ("header", "|a", "(?s)^(?:|a)$", "a"),
        ("header", "a?b?", "(?s)^a?b?$", "a"),
        ("header", "[0-9]+|b^a", "(?s)^[0-9]+$", "0"),
    ],
)
def test_the_pattern_is_the_regex_with_its_flags_resolved_and_without_the_query(
    field: Field, regex: str, pattern: str | None, member: str
) -> None:
    found = bridge(field, language(field, regex), Budget(STEPS))

    assert found
    assert found.member == member
    assert pattern is None or found.pattern == pattern


@pytest.mark.parametrize(
    ("pattern", "faithful"),
    [
        (r"(?s)^[^?#]*a-book[^?#]*new(?:[?#].*)?$", True),
        (r"(?s)^[^?#]*?a-book[^?#]*?new(?:\?.*|#.*)?$", True),
        (r"(?s)^.*a-book.*new(?:[?#].*)?$", False),  # the hole: /admin/wipe?a-book=new
        (r"(?s)^.*a-book[^?#]*new(?:[?#].*)?$", False),
        (r"(?s)^[^?]*a-book[^?]*new(?:[?#].*)?$", False),
        (r"(?s)^[^?#]*a-book[^?#]*new$", False),  # refuses every query
        (r"(?s)^[^?#]*a-book[^?#]*new(?:[?#].*)$", False),  # demands one
        (r"(?s)^[^?#]*a-book[^?#]*new(?:\?.*)?$", False),
        (r"(?s)^[^?#]*a-book[^?#]*new(?:[?#][^?]*)?$", False),
        (r"(?s)[^?#]*a-book[^?#]*new(?:[?#].*)?$", False),  # also finds #?a-book=new
        (r"(?s)^[^?#]*a-book[^?#]*new(?:[?#].*)?", False),
        (r"(?s)^[^?#]*a-book[^?#]*ne(?:[?#].*)?$", False),
    ],
)
def test_a_pattern_is_proved_on_the_raw_path(pattern: str, *, faithful: bool) -> None:
    accepted = language("path", ".*a-book.*new")

    assert is_faithful(pattern, "path", accepted, Budget(STEPS)) is faithful


PARTS = st.sampled_from(
    ["/", "/a", "a", "b", ".*", ".+", "[^/]+", "[^a]", "[ab]*", "(a|b)+", "x?", r"\?", "#", r"\x3f",
     "[#-?]", "(?i:k+)", r"\b", "^", "$", "[0-9]+", "(|/a){2}", "(?:/[^b]*|a)+", r"\W", "|"]
)  # fmt: skip
REGEXES = st.lists(PARTS, min_size=1, max_size=5).map("".join)
READINGS: tuple[Reading, ...] = ("full", "start", "unanchored")


ANCHORED = st.lists(PARTS | st.sampled_from(["(^|/a)", "(b$|a)", "(?:^/)?"]), max_size=6)


@given(ANCHORED.map("".join), st.sampled_from(["path", "header"]))
@settings(max_examples=2_000)
@example("/?^/a", "path")
@example("/a$b?", "path")
@example("/a^b", "path")
@example("x*^$", "header")
def test_a_tree_without_its_anchors_accepts_the_same(regex: str, field: Field) -> None:
    tree = parse(regex)
    try:
        settled = settle(tree)
    except Unsupported:
        return

    one, other = (Language(each, field, Budget(STEPS)) for each in (tree, settled))
    assert equal(one, other, Budget(STEPS))


@given(REGEXES, st.text("/ab?#k1", max_size=7), st.sampled_from(READINGS))
@settings(max_examples=3_000)
@example("/.*a+", "?a", "full")
@example("/[^b]+", "a?b", "full")
def test_the_pattern_finds_what_re2_matches_in_the_path(
    regex: str, rest: str, reading: Reading
) -> None:
    raw = f"/{rest}"
    path = raw.partition("?")[0].partition("#")[0]
    try:
        found = bridge("path", language("path", regex, reading), Budget(STEPS))
    except Undecidable:
        return
    if found is None:
        return

    matches = {"full": re2.fullmatch, "start": re2.match, "unanchored": re2.search}[reading]
    expected = matches(regex, path, OPTIONS) is not None
    replaced = re2.sub(found.pattern, "!", raw)
    assert (replaced == "!") is expected
    assert expected or replaced == raw
    assert re2.search(found.pattern, found.member)


@given(REGEXES, st.sampled_from(["path", "header"]))
@settings(max_examples=1_000)
@example(r"\[[ab]+\]", "header")
@example(r"[*]+a+|aa+", "header")
@example("(?:ab+)?[*]", "header")
def test_istio_reads_the_member_as_itself(regex: str, field: Field) -> None:
    found = decide(field, regex).bridge

    if found:
        assert found.member
        assert not found.member.startswith("*")
        assert not found.member.endswith("*")
        assert not (found.member.startswith("[") and found.member.endswith("]"))
        assert not set(found.member) & set("\0\r\n")
        assert re2.fullmatch(regex, found.member, OPTIONS)


@pytest.mark.parametrize(
    ("header", "stem", "name"),
    [
        (":path", "path", ":path"),
        ("User-Agent", "user-agent", "user-agent"),
        ("path", "header-path", "path"),
        (":authority", "host", ":authority"),
        ("Host", "host", ":authority"),
    ],
)
def test_a_key_names_the_header_and_the_regex_as_written(header: str, stem: str, name: str) -> None:
    rule = request_rule(header, "a.+é", "(?s)^a.+é$", "aaé")

    assert rule.key == f"{stem}-{hashlib.sha256('a.+é'.encode()).hexdigest()[:8]}"
    assert rule.header == name


def test_the_filter_is_one_document_for_all_rules_of_its_workloads() -> None:
    path = request_rule(":path", ".*a-book.*new", "(?s)^x$", "/a-booknew")
    agent = request_rule("User-Agent", r"\\d", r"(?s)^\\d$", r"\d")

    assert envoy_filter("bookstore", "shop", {"app": "bookstore"}, [agent, path, agent]) == {
        "apiVersion": "networking.istio.io/v1alpha3",
        "kind": "EnvoyFilter",
        "metadata": {"name": "bookstore", "namespace": "shop"},
        "spec": yaml.safe_load(FILTER),
    }
    assert condition(path) == {
        "key": "experimental.envoy.filters.smi2istio[path-7e1480cc]",
        "values": ["/a-booknew"],
    }


@pytest.mark.parametrize(
    ("field", "regex", "expected"),
    [
        (
            "path",
            ".*a-book.*new",
            (
                Suggestion(("*a-booknew", "*a-book/new"), "narrower", "/a-book!new"),
                Suggestion(("*new",), "wider", "/new"),
            ),
        ),
        (
            "header",
            ".*-http-client/*.*",
            (
                Suggestion(
                    ("*-http-client", "*-http-client/", "-http-client*", "/-http-client*"),
                    "narrower",
                    "!-http-client!",
                ),
                Suggestion(("*",), "wider", ""),
            ),
        ),
        (
            "path",
            "/x/.*/y/.*z",
            (
                Suggestion(("/x/{**}/y/z",), "narrower", "/x//y/!z"),
                Suggestion(("/x/*",), "wider", "/x/"),
            ),
        ),
        ("path", "/x/.*/[0-9]", (Suggestion(("/x/*",), "wider", "/x/"),)),  # ten are too many
        ("path", "/users/[0-9]+", (Suggestion(("/users/{*}",), "wider", "/users/!"),)),
        ("path", "/api.+", (Suggestion(("/api*",), "wider", "/api"),)),
        ("path", "/api(/[^/]+)+", (Suggestion(("/api/*",), "wider", "/api/"),)),
        ("header", ".+", (Suggestion(("*",), "wider", ""),)),
        ("header", "x.*y.*z", (Suggestion(("x*",), "wider", "x"),)),
        ("path", "(/[^/]+)+x", ()),
        ("path", r"/\pL", ()),
        ("path", "(?=a)", ()),
    ],
)
def test_what_comes_close_is_suggested(
    field: Field, regex: str, expected: tuple[Suggestion, ...]
) -> None:
    assert suggest(field, regex) == expected


@given(REGEXES, st.sampled_from(["path", "header"]))
def test_a_suggestion_is_what_it_says(regex: str, field: Field) -> None:
    for suggestion in suggest(field, regex):
        decision = decide(field, regex, chosen=suggestion.values)

        assert decision.fidelity == suggestion.fidelity
        assert suggestion.witness in (decision.missing, decision.excess)
