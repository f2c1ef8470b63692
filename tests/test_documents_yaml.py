"""YAML is read as Kubernetes reads it, and written so that nobody can misread it."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.work import calls_of

from smi2istio.documents import Unreadable, dump, dump_item, load
from smi2istio.documents.parsers import PARSER, PureParser

Load = Callable[[str], Any]
MAX_CALLS = 100_000  # "at once": a few hundredths of a second


@pytest.fixture(params=[PARSER, PureParser], ids=["fastest", "pure"], name="read")
def _read(request: pytest.FixtureRequest) -> Load:
    """The reader on each of the two parsers; both must read the same."""
    return lambda text: load(text, request.param)


# go-yaml v3, resolve.go; the words of YAML 1.1 are strings there.
SCALARS = {
    "on": "on",
    "yes": "yes",
    "y": "y",
    "No": "No",
    "off": "off",
    "true": True,
    "True": True,
    "FALSE": False,
    "tRUE": "tRUE",
    "null": None,
    "~": None,
    "": None,
    "NULL": None,
    "nULL": "nULL",
    "0644": 420,
    "0o14": 12,
    "0x10": 16,
    "0b11": 3,
    "-0x1F": -31,
    "+1": 1,
    "1_000": 1000,
    "089": 89.0,
    "08": 8.0,
    "0": 0,
    "-0": 0,
    "1_": 1,
    "_1": "_1",
    "1e3": 1000.0,
    "12345e7": 123450000000.0,
    "1.": 1.0,
    ".5": 0.5,
    "-.5": -0.5,
    ".": ".",
    "1E5": 1e5,
    "1e999": "1e999",
    "1.2.3": "1.2.3",
    "0x": "0x",
    "0o8": "0o8",
    "1-2": "1-2",
    "+": "+",
    "9223372036854775807": 2**63 - 1,
    "18446744073709551615": 2**64 - 1,
    "18446744073709551616": float(2**64),
    "-9223372036854775809": -float(2**63),
    "12:30": "12:30",
    "1:20:30": "1:20:30",
    "2024-01-01": "2024-01-01",
    "2001-12-14t21:59:43.10-05:00": "2001-12-14t21:59:43.10-05:00",
    "=": "=",
    ".inf": math.inf,
    "-.INF": -math.inf,
    "inf": "inf",
    "nan": "nan",
    "v1": "v1",
    "10.0.0.0/8": "10.0.0.0/8",
    "٣": "٣",
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items())
def test_a_plain_scalar_is_what_go_takes_it_for(text: str, value: object, read: Load) -> None:
    assert repr(read(f"a: {text}\n")["a"]) == repr(value)


def test_not_a_number_is_read(read: Load) -> None:
    assert math.isnan(read(".nan"))


def test_quotes_make_a_string(read: Load) -> None:
    assert read('["1", \'0644\', "true", \'null\', ""]') == ["1", "0644", "true", "null", ""]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 1", 1.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("!!binary aGVsbG8=", "hello"),
        ("! 12", "12"),
        ("!mine 12", "12"),
        ("!mine {a: 1}", {"a": 1}),
        ("!!set {a: }", {"a": None}),
    ],
)
def test_tags_are_obeyed_if_they_are_standard(text: str, value: object, read: Load) -> None:
    assert repr(read(text)) == repr(value)


@pytest.mark.parametrize("text", ["!!int x", "!!int true", "!!bool 1", "!!binary x", "!!float a"])
def test_a_tag_that_lies_is_refused(text: str, read: Load) -> None:
    with pytest.raises(Unreadable, match="line 1"):
        read(text)


def test_keys_are_text_whatever_they_look_like(read: Load) -> None:
    text = "1: a\ntrue: b\n~: c\n0x10: d\n1.5: e\n'2': f\non: g\n"

    assert list(read(text)) == ["1", "true", "null", "16", "1.5", "2", "on"]


@pytest.mark.parametrize("text", ["{[a]: b}", "? {a: b}\n: c\n", "? - a\n: b\n", "? &x [a]\n: b\n"])
def test_a_key_that_is_no_scalar_is_refused(text: str, read: Load) -> None:
    with pytest.raises(Unreadable, match="a mapping key must be a scalar"):
        read(text)


def test_a_merge_key_adds_what_is_not_there(read: Load) -> None:
    text = """\
base: &base {a: 1, b: 1}
more: &more {b: 2, c: 2}
one: {<<: *base, b: 3}
two: {<<: [*more, *base], d: 4}
inline: {<<: {x: 1}}
quoted: {"<<": 1}
value: <<
"""
    found = read(text)

    assert found["one"] == {"b": 3, "a": 1}
    assert found["two"] == {"d": 4, "b": 2, "c": 2, "a": 1}
    assert found["inline"] == {"x": 1}
    assert found["quoted"] == {"<<": 1}
    assert found["value"] == "<<"


def test_merging_what_is_no_mapping_is_refused(read: Load) -> None:
    with pytest.raises(Unreadable, match="'<<' needs a mapping"):
        read("a: {<<: 1}")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' is already there, on line 1"),
        ("x:\n  - b: 1\n    'b': 2\n", "line 3, column 5: the key 'b' is already there, on line 2"),
        ("1: a\n'1': b\n", "line 2, column 1: the key '1' is already there, on line 1"),
        ("{a: 1, a: 2}", "line 1, column 8: the key 'a' is already there, on line 1"),
    ],
)
def test_a_duplicate_key_is_refused_with_both_places(text: str, place: str, read: Load) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)

    assert str(caught.value) == place


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "&a [", "!!seq ["])
def test_deep_nesting_is_refused_at_once(opening: str, read: Load) -> None:
    def refused() -> None:
        with pytest.raises(Unreadable, match="nested deeper than 200 levels"):
            read(opening * 100_000)

    assert calls_of(refused) <= MAX_CALLS


def test_nesting_through_aliases_is_bounded(read: Load) -> None:
    text = f"a: &a {'[' * 150}{']' * 150}\nb: {'[' * 100}*a{']' * 100}\n"

    with pytest.raises(Unreadable, match="line 2, column 104: nested deeper"):
        read(text)


def test_anchors_that_grow_exponentially_are_refused_at_once(read: Load) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]

    def refused() -> None:
        with pytest.raises(Unreadable, match="aliases stand for more than 100000 values"):
            read("\n".join(lines))

    assert calls_of(refused) <= MAX_CALLS


@pytest.mark.parametrize("text", ["a: &a [*a]", "a: &a {b: {c: *a}}", "a: &a {<<: *a}"])
def test_an_anchor_that_contains_itself_is_refused(text: str, read: Load) -> None:
    with pytest.raises(Unreadable, match="anchor 'a' contains itself"):
        read(text)


def test_aliases_are_the_values_of_their_anchors(read: Load) -> None:
    assert read("a: &x {b: [1]}\nc: *x\nd: &x 2\ne: *x\n") == {
        "a": {"b": [1]}, "c": {"b": [1]}, "d": 2, "e": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: *b", "line 1, column 4: undefined alias"),
        ("a: 'b", "line 1"),
        ("a: b\n\tc: d\n", "line 2"),
        ("a: \x07", "line 1, column 4: control character U+0007"),
        ("a: é\nb: \x9f", "line 2, column 4: control character U+009F"),
        ('a: "\\ud83d\\ude00"', "line 1"),
        ("a: 1\n--- \nb: 2\n", "line 2, column 1: a second document"),
        ("%YAML 2.0\n---\na: b\n", "line 1"),
        ("a: b: c", "line 1, column 5"),
        ("a: 1\n\ufeffb: 2\n", "line 2, column 1: a byte order mark inside a document"),
    ],
)
def test_what_is_not_yaml_is_refused_with_its_place(text: str, place: str, read: Load) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text)

    assert str(caught.value).startswith(place)


@pytest.mark.parametrize(
    "text",
    [
        "a:\tb\n",
        "a: [b,\tc]\n",
        "a: |\n  b\n  \tc\n",
        "a: 'b\n\n  c'\n",
        "a: >-\n  b\n  c\n\n  d\n",
        "\ufeffa: b\n",
        "a: b\r\nc: d\r\n",
        '{"a": "b\\/c", "d": [1, 2.5, true, null]}',
        "? a\n: b\n? c\n",
        "a: x y\n  z\n",
    ],
)
def test_both_parsers_read_the_same(text: str) -> None:
    assert load(text, PureParser) == load(text)


def test_a_document_of_20_megabytes_is_read() -> None:
    line = "x" * 99
    text = "data:\n  a: |\n" + f"    {line}\n" * 200_000

    found = load(text)

    assert isinstance(found, dict)
    assert len(found["data"]["a"]) == 20_000_000


TRICKY = [
    *SCALARS,
    "n",
    "N",
    "Y",
    "YES",
    "Off",
    "<<",
    "0o17",
    "012",
    "1_0.5",
    "+.5",
    "0b1",
    "190:20:30",
    "2024-1-1",
    "2024-01-01 12:00:00",
    "1e+3",
    "-1e-3",
    "0.",
    "6.8523015e+5",
    ".NaN",
    "+.inf",
    " a",
    "a ",
    "a: b",
    "a #b",
    "a#b",
    "#a",
    "- a",
    "-a",
    "-",
    "--",
    "? a",
    "?a",
    ": a",
    ":a",
    "a:",
    "a:b",
    "@a",
    "`a",
    "%a",
    "!a",
    "&a",
    "*a",
    "|",
    ">",
    "'a'",
    '"a"',
    "a'b",
    "[a",
    "]a",
    "{a",
    "}a",
    ",a",
    "---",
    "--- a",
    "...",
    "...a",
    "a\tb",
    "\ta",
    "é",
    "日本",
    "😀",
    "\u00a0",
    "\u2028",
    "\x85",
    "\ufeff",
    "\x00",
    "\x7f",
    "a\\b",
    "a\nb",
    "a\n",
    "\n",
    "\n\n",
    "a\n\n",
    "\na",
    " a\nb",
    "a\n b\n",
    "a\n  \nb",
    "a\r\nb",
    "a\n\tb",
    "---\na\n",
    "a: b\n# c\n",
    "a\n---\n...\n",
    "a \nb",
    "x" * 3000,
    "^/a(?:b|c)[^/]*$",
    "/*",
    "*",
    "cluster.local/ns/a/sa/b",
    "1,000",
    "0x1p-2",
    "1__0",
    "%s",
    "a|b",
]


@pytest.mark.parametrize("text", TRICKY)
def test_a_string_stays_that_string_for_every_reader(text: str) -> None:
    written = dump({"value": [text, {text: text}], "last": text})
    wanted = {"value": [text, {text: text}], "last": text}

    assert load(written) == wanted
    assert load(written, PureParser) == wanted
    assert yaml.safe_load(written) == wanted


@pytest.mark.parametrize(
    "text",
    ["y", "n", "on", "No", "1e3", "12345e7", "0o14", "012", "089", "12:30", "2024-01-01", "1_000",
     "0x10", ".", "~", "null", "=", "<<", ".inf", "+1", " a", "a ", "a #b", "", "true"],
)  # fmt: skip
def test_what_some_reader_could_misread_is_quoted(text: str) -> None:
    assert dump({"a": text}) == f"a: '{text}'\n"


@pytest.mark.parametrize(
    "text",
    ["v1", "apps/v1", "GET", "/books*", "-http-client", ":path", "a:b", "a#b", "10.0.0.0/8",
     "(?s)^[^?#]*a-book[^?#]*new(?:[?#].*)?$", "request.headers[client-app]", "1.26.1", "a b", "é"],
)  # fmt: skip
def test_what_nobody_could_misread_is_plain(text: str) -> None:
    assert dump({"a": text}) == f"a: {text}\n"


def test_objects_look_as_kubectl_prints_them() -> None:
    body = {
        "metadata": {"name": "a", "labels": {}, "annotations": None},
        "rules": [{"from": [{"source": {"principals": ["x", "y"]}}], "to": []}, [], [["a"], "b"]],
        "text": "one\ntwo\n",
        "list": ["one\n\n two"],
        "numbers": [1, -2.5, 1e3, 1e22, True, False],
    }

    assert (
        dump(body)
        == """\
metadata:
  name: a
  labels: {}
  annotations: null
rules:
- from:
  - source:
      principals:
      - x
      - 'y'
  to: []
- []
- - - a
  - b
text: |
  one
  two
list:
- |-
  one

   two
numbers:
- 1
- -2.5
- 1000.0
- 1.0e+22
- true
- false
"""
    )


def test_an_object_can_be_an_item_of_a_list() -> None:
    assert dump_item({"a": {"b": ["c\nd\n"]}, "e": []}, 2) == (
        "  - a:\n      b:\n      - |\n        c\n        d\n    e: []\n"
    )


def test_long_lines_are_not_folded_and_values_not_shared() -> None:
    shared = {"a": "word " * 100 + "end"}

    assert dump({"c": shared, "d": shared}) == f"c:\n  a: {shared['a']}\nd:\n  a: {shared['a']}\n"


def test_a_key_may_be_longer_than_a_simple_key() -> None:
    body = {"k" * 2000: {"a": "b"}, "c" * 2000: "d"}

    assert load(dump(body)) == body
    assert yaml.safe_load(dump([body])) == [body]


SCALAR_VALUES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(TRICKY)
VALUES = st.recursive(
    SCALAR_VALUES | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.dictionaries(TEXTS, VALUES, max_size=4))
def test_what_was_written_is_read_again(body: dict[str, object]) -> None:
    written = dump(body)

    assert repr(load(written)) == repr(body)
    assert repr(load(written, PureParser)) == repr(body)
    assert repr(load(dump_item(body, 3))) == repr([body])


@settings(max_examples=300)
@given(TEXTS)
def test_pyyaml_reads_the_same_strings(text: str) -> None:
    assert yaml.safe_load(dump({"a": text, "b": [text]})) == {"a": text, "b": [text]}
