"""What a regex becomes, sentence by sentence of the specification, and that it is right.

The tables were worked out by hand; the properties ask RE2 itself.
"""

import pytest
import re2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smi2istio.istio.patterns import Field, accepts, read
from smi2istio.regex.decision import Decision, decide, loses_only_forbidden_bytes
from smi2istio.regex.expansion import MAX_PATTERNS
from smi2istio.regex.language import Reading, language
from smi2istio.regex.nfa import Budget

OPTIONS = re2.Options()
OPTIONS.log_errors = False

EQUAL: list[tuple[Field, str, tuple[tuple[str, ...], ...]]] = [
    ("path", "/books-bought", (("/books-bought",),)),
    ("path", "/a.*", (("/a*",),)),
    ("path", "/a.*.*", (("/a*",),)),
    ("path", "/a(b|.*)", (("/a*",),)),
    ("path", "/(a.*)+", (("/a*",),)),
    ("path", "(/api/?.*)+|/b", (("/api*", "/b"),)),
    ("path", "^/a.*$", (("/a*",),)),
    ("path", r"\A/a.*\z", (("/a*",),)),
    ("path", r"\Q/a\E.*?", (("/a*",),)),
    ("path", ".*x", (("*x",),)),
    ("path", ".+x", (("*x",),)),  # a path has its slash before the x anyway
    ("path", r".*\.jpg", (("*.jpg",),)),
    ("path", r".*\.(jpg|png)", (("*.jpg", "*.png"),)),
    ("path", "/a/.*", (("/a/*",),)),
    ("path", "/api(/.*)?", (("/api", "/api/*"),)),
    ("path", "/a|/b.*", (("/a", "/b*"),)),
    ("path", "/(a|b)/c", (("/a/c", "/b/c"),)),
    ("path", "/v[12]/x?y{2}", (("/v1/xyy", "/v1/yy", "/v2/xyy", "/v2/yy"),)),
    ("path", "/static/.*|.*[.]css", (("/static/*", "*.css"),)),
    ("path", "/static/.*|.*[.]css|/static/x|/x[.]css", (("/static/*", "*.css"),)),
    ("path", "(?i)/v", (("/V", "/v"),)),
    ("path", "(?i)/k", (("/K", "/k", "/\u212a"),)),
    ("path", r"/a\*b", (("/a*b",),)),
    ("path", r"/a\*.*", (("/a**",),)),
    ("path", "/a|b", (("/a",),)),  # no path begins with b
    ("path", r"/a|/b\?c", (("/a",),)),  # nor does it hold a query
    ("path", "/[[:digit:]]", (tuple(f"/{digit}" for digit in range(10)),)),
    ("header", "bookbuyer", (("bookbuyer",),)),
    ("header", ".*", (("*",),)),
    ("header", "ab.*", (("ab*",),)),
    ("header", ".*ab", (("*ab",),)),
    ("header", "ab.*cd", (("ab*",), ("*cd",))),
    ("header", "(a|b).*(c|d)", (("a*", "b*"), ("*c", "*d"))),
    ("header", "{a}", (("{a}",),)),
    ("header", " a |b", (("b",),)),  # no blank stands at an end
    ("host", r"web\.d", (("web.d",),)),
    ("host", r".*\.svc", (("*.svc",),)),
]


@pytest.mark.parametrize(("field", "regex", "values"), EQUAL)
def test_a_regex_that_values_can_say(
    field: Field, regex: str, values: tuple[tuple[str, ...], ...]
) -> None:
    assert decide(field, regex) == Decision("patterns", values)


@pytest.mark.parametrize(
    ("field", "regex"),
    [
        *[("path", regex) for regex in (".*", ".+", "", "/.*", "[^?]*", r"/[^\n]*", "(/.*)+")],
        *[("host", regex) for regex in (".*", ".+")],
    ],
)
def test_a_regex_that_says_nothing(field: Field, regex: str) -> None:
    assert decide(field, regex) == Decision("anything")


@pytest.mark.parametrize(
    ("field", "regex"),
    [
        *[("path", regex) for regex in ("api.*", r"/a\?b=.*", "/a#b", "/a b", "/a^b", "/a$b")],
        *[("header", regex) for regex in ("a ", "a\n")],
        ("host", "WEB"),
    ],
)
def test_a_regex_that_nothing_can_match(field: Field, regex: str) -> None:
    assert decide(field, regex) == Decision("dead")


@pytest.mark.parametrize(
    ("field", "regex", "values", "reasons", "missing"),
    [
        ("path", "/v1.0", ("/v1.0",), ("dot",), "/v1!0"),
        ("path", "/v1.0/.*", ("/v1.0/*",), ("dot",), "/v1!0/"),
        ("path", "/a.b.c", ("/a.b.c",), ("dot",), "/a!b!c"),
        ("header", "web.d", ("web.d",), ("dot",), "web d"),
        ("host", "web.d", ("web.d",), ("dot",), "web!d"),
        ("path", "/a/[^/]+/b", ("/a/{*}/b",), ("template",), "/a/[/b"),
        ("path", "/a/[^/][^/]*", ("/a/{*}",), ("template",), "/a/["),
        ("path", "/a/[^/]*[^/]", ("/a/{*}",), ("template",), "/a/["),
        ("path", "/a/[^/]*", ("/a/", "/a/{*}"), ("template",), "/a/["),
        ("path", "/[^/]+/[^/]+", ("/{*}/{*}",), ("template",), "/!/["),
        ("path", "/a/[^/]+(/.*)?", ("/a/{*}", "/a/{*}/{**}"), ("template",), "/a/["),
        ("path", "/a/.*/b", ("/a/{**}/b",), ("template",), "/a/[/b"),
        ("path", "/a/(new|[^/]+/edit)", ("/a/new", "/a/{*}/edit"), ("template",), "/a/[/edit"),
        ("path", "/v1.0/[^/]+", ("/v1.0/{*}",), ("dot", "template"), "/v1!0/!"),
    ],
)
def test_a_regex_that_values_say_but_for_what_was_not_meant(
    field: Field, regex: str, values: tuple[str, ...], reasons: tuple[str, ...], missing: str
) -> None:
    decision = decide(field, regex)

    assert (decision.outcome, decision.values) == ("patterns", (values,))
    assert (decision.fidelity, decision.reasons) == ("narrower", reasons)
    assert (decision.missing, decision.excess) == (missing, None)


@pytest.mark.parametrize(
    ("field", "regex"),
    [
        ("path", ".*a-book.*new"),
        ("path", "/a.+"),  # `/a*` also accepts /a
        ("path", "/[0-9]+"),
        ("path", "/x[^/]+"),
        ("path", "/a/.+/b"),  # `{**}` also accepts /a//b
        ("path", "/a/[^/x]+"),
        ("path", "/a/[^/]+[.]jpg"),
        ("path", "(/[^/]+)+"),
        ("path", "/a-.-b"),  # no word characters around the dot
        ("path", "/a.?b"),
        ("path", "/a.{2}b"),
        ("path", r"/\{id\}"),
        ("path", "(?i)/bookstore"),  # 2^9 spellings, and more
        ("path", "/.{1,3}"),
        ("header", ".+"),  # `*` also accepts the empty value
        ("header", "ab.*bc"),  # `ab*` and `*bc` both accept abc
        ("header", "a.*c|b.*d"),
        ("header", "|a"),
        ("header", "[^/]+"),
    ],
)
def test_a_regex_that_no_values_can_say(field: Field, regex: str) -> None:
    decision = decide(field, regex)

    assert decision.outcome == "bridged"
    assert decide(field, regex, bridges=False) == Decision("inexpressible")


@pytest.mark.parametrize(
    ("field", "regex"), [("path", r"/files/\*"), ("header", r"\*a"), ("header", r"\[a+\]")]
)
def test_a_regex_whose_members_istio_would_misread_is_not_bridged_either(
    field: Field, regex: str
) -> None:
    assert decide(field, regex) == Decision("inexpressible")


def test_there_are_at_most_64_values() -> None:
    words = [f"/w{number}" for number in range(MAX_PATTERNS)]

    assert decide("path", "|".join(words)).values == (tuple(sorted(words)),)
    assert decide("path", "|".join([*words, "/x"])).outcome == "bridged"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("/a/{*}", True), ("/a/*", True), ("/a/x", False), ("/a/{*}/", False), ("/b/*", False)],
)
def test_only_bytes_that_a_path_may_not_hold_are_lost(value: str, *, expected: bool) -> None:
    accepted = language("path", "/a/[^/]+")

    assert loses_only_forbidden_bytes(accepted, ((value,),), Budget(10_000)) is expected


@pytest.mark.parametrize(
    ("regex", "reading", "values"),
    [
        ("/api", "full", ("/api",)),
        ("/api", "start", ("/api*",)),
        ("/api$", "start", ("/api",)),
        ("/a|/b", "start", ("/a*", "/b*")),
        ("^/api", "unanchored", ("/api*",)),
        ("[.]css$", "unanchored", ("*.css",)),
        ("^/a$|[.]css$", "unanchored", ("*.css", "/a")),
    ],
)
def test_how_much_has_to_match_is_the_source_meshs(
    regex: str, reading: Reading, values: tuple[str, ...]
) -> None:
    assert decide("path", regex, reading) == Decision("patterns", (values,))


def test_an_anchor_of_one_alternative_is_no_obstacle_to_a_bridge() -> None:
    found = decide("path", "^/[0-9]+|[0-9]+$", "unanchored").bridge

    assert found
    assert found.pattern == r"(?s)^(?:/[0-9]+[^?#]*|[^?#]*[0-9]+)(?:[?#].*)?$"


def test_what_re2_refuses_is_rejected_and_nothing_rescues_it() -> None:
    for chosen in ((), ("/a*",)):
        decision = decide("path", "/(?=a)", chosen=chosen)

        assert decision.outcome == "rejected"
        assert "lookahead" in decision.detail


@pytest.mark.parametrize(
    ("regex", "why"),
    [
        (r"/\pL", "it holds a Unicode class, which differs between versions"),
        (r"/\C", r"\C matches single bytes"),
        ("/.*a.{20}", "its automaton is too large"),
    ],
)
def test_what_is_not_understood_needs_a_decision(regex: str, why: str) -> None:
    decision = decide("path", regex)
    decided = decide("path", regex, chosen=("/a*",))

    assert decision == Decision("inexpressible", detail=why)
    assert decided == Decision("patterns", (("/a*",),), "unproved", detail=why)


@pytest.mark.parametrize(
    ("field", "regex", "chosen", "expected"),
    [
        ("path", "/a.*", ["/a*"], ("equal", None, None)),
        ("path", ".*a-book.*new", ["*a-book/new"], ("narrower", "/a-booknew", None)),
        ("path", ".*a-book.*new", ["*new"], ("wider", None, "/new")),
        ("path", ".*a-book.*new", ["/a-book*"], ("incomparable", "/!a-booknew", "/a-book")),
        ("path", "/[0-9]+", ["/{*}"], ("wider", None, "/!")),
        ("path", "/v1.0", ["/v1.0"], ("narrower", "/v1!0", None)),
        ("path", "api.*", ["/api*"], ("wider", None, "/api")),
        ("header", ".+", ["*"], ("wider", None, "")),
        ("header", "|a", ["a"], ("narrower", "", None)),
        ("header", ".*-http-client/*.*", ["Go-http-client*"], ("narrower", "-http-client", None)),
    ],
)
def test_what_the_user_has_chosen_is_compared(
    field: Field, regex: str, chosen: list[str], expected: tuple[str, str | None, str | None]
) -> None:
    decision = decide(field, regex, chosen=chosen)

    assert (decision.outcome, decision.values) == ("patterns", (tuple(chosen),))
    assert (decision.fidelity, decision.missing, decision.excess) == expected
    assert decision.reasons == (("user",) if expected[0] == "narrower" else ())


@pytest.mark.parametrize("regex", ["/a.*", r"/\pL"])
def test_a_choice_that_istio_refuses_is_no_choice(regex: str) -> None:
    decision = decide("path", regex, chosen=["/a*", "/{*}.jpg"])

    assert decision.outcome == "inexpressible"
    assert "'/{*}.jpg'" in decision.detail


PARTS = st.sampled_from(
    ["/", "/a", "/b", "a", "b", ".*", ".+", ".", "[^/]+", "[^/]*", "[ab]", "(a|b)", "x?", r"\.jpg",
     "v1.0", "(/.*)?", "a{1,2}", r"\*", r"\{", "(?i:k)", "$", "[0-9]+", "(a|.*)", "|/a"]
)  # fmt: skip
REGEXES = st.lists(PARTS, min_size=1, max_size=5).map("".join)
TEXTS = st.text('ab/x.v10[{*k"', max_size=7)


@given(REGEXES, TEXTS, st.sampled_from(["path", "header", "host"]))
@settings(max_examples=3_000)
@example("/a(b|.*)", "b", "path")
@example("/[^/]+", '"', "path")
def test_values_accept_only_what_re2_matches(regex: str, text: str, field: Field) -> None:
    text = f"/{text}" if field == "path" else text
    decision = decide(field, regex)
    exact = language(field, regex or ".*")
    if decision.outcome != "patterns" or not language(field, ".*").accepts(text):
        return

    matches = re2.fullmatch(regex, text, OPTIONS) is not None
    accepted = all(any(accepts(field, v, text) for v in values) for values in decision.values)
    assert matches is exact.accepts(text)
    assert matches or not accepted
    if decision.fidelity == "equal":
        assert matches is accepted


@given(REGEXES, st.sampled_from(["path", "header"]), st.text("ab/x", max_size=3))
@settings(max_examples=2_000)
def test_what_a_value_stands_for_is_matched_by_re2(regex: str, field: Field, rest: str) -> None:
    decision = decide(field, regex)
    if len(decision.values) != 1:
        return
    for value in decision.values[0]:
        kind, text = read(field, value)
        start = "/" if field == "path" and kind in ("suffix", "present") else ""
        filled = text.replace("{**}", rest).replace("{*}", "x")
        member = {
            "prefix": text + rest,
            "suffix": start + rest + text,
            "present": start + rest,
            "template": filled,
        }.get(kind, text)

        assert accepts(field, value, member)
        assert re2.fullmatch(regex, member, OPTIONS), (value, member)
