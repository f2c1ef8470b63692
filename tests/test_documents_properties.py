"""Whatever the text: bytes come back, and what is read without parsing is what the parser reads."""

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from smi2istio.documents import Document, Extent, Stream, Unreadable, listing, load
from smi2istio.documents.parsed_lists import by_nodes
from smi2istio.documents.parsers import PureParser

# Lines that mean something else in the company of others.
NASTY = """\
apiVersion: v1
apiVersion: apps/v1
apiVersion: 1.0
apiVersion: &v v1
kind: Pod
kind: "Quoted"
'kind': Z
kind : Pod
kind: Pod # c
kind: on
kind: true
kind: &k Pod
kind: *k
kind: !!str Pod
kind: 'a''b'
kind: "a\\x41"
kind:
  Pod
  more

? kind
: V
<<: *a
<<: {kind: M}
metadata:
metadata: # c
metadata: {name: x}
  name: a
  name: 1e3
  name: true
  "name": c
  name:   spaced
  namespace: 'b'
  annotations: {name: z}
  labels:
    name: inner
data: |
b: >-
l: |2
   kind: lit
    folded
  ---
 ---
---
--- # c
--- |
--- {kind: In}
...
text: "open
d: "multi
text: 'it''s
close"
name: "
end'
- apiVersion: v1
- kind: Z
- a
  - kind: Y
  - name: x
  ? name
# comment
 # comment
a: &a b
c: *a
flow: {a: b,
f: [
  c: d}
]
list: [a, "b", 'c']
map: {a: "b", 'c': d e}
x: "a\\"b"
h: "k": v
"quoted key": "v"
p: plain "q
p: a 'b
e: {}
g: []
spec:
  kind: Deep
items:
  items:
""".splitlines()
NASTY += [
    "k: v\r",
    "n: x\u2028kind: Odd",
    "n: x\x85apiVersion: v9",
    "\t",
    "  \tx",
    "apiVersion: v1 \t",
]

USUAL = [
    "apiVersion: v1",
    "kind: Pod",
    "metadata:",
    "  name: a",
    "  namespace: b",
    "spec:",
    "  x: y",
]


@st.composite
def objects(draw: st.DrawFn) -> list[str]:
    """The lines of an object that something happened to."""
    lines = list(USUAL)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines)))
        if draw(st.integers(0, 3)):
            lines.insert(at, draw(st.sampled_from(NASTY)))
        else:
            del lines[at : at + 1]
    return lines


@st.composite
def streams(draw: st.DrawFn) -> str:
    lines = list(draw(objects()))
    for more in draw(st.lists(objects(), max_size=2)):
        lines += [draw(st.sampled_from(["---", "--- # c", "...", "---\t"])), *more]
    line_feed = draw(st.sampled_from(["\n"] * 7 + ["\r\n", "\r"]))
    return line_feed.join(lines) + draw(st.sampled_from([line_feed, ""]))


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A ResourceList, dashes in any column, other keys before and after its items."""
    pad = " " * draw(st.sampled_from([0, 0, 0, 2, 1]))
    items: list[str] = []
    for first, *rest in draw(st.lists(objects().filter(bool), max_size=3)):
        lead = draw(st.sampled_from(["- ", "- ", "- ", "-   ", f"-\n{pad}  ", f"- # c\n{pad}  "]))
        indent = pad + " " * (4 if lead == "-   " else 2)
        items += [pad + lead + first, *(indent + line for line in rest)]
        if not draw(st.integers(0, 6)):
            stray = ["# c", 'text"', "- kind: Fake", f"{pad}# c", "", "  ", "'", " x", "}", "q: r"]
            items.insert(draw(st.integers(0, len(items))), draw(st.sampled_from(stray)))
    parts = [
        ["apiVersion: config.kubernetes.io/v1", "kind: ResourceList"],
        ["items:", *items] if items else ["items: []"],
        ["functionConfig:", "  data: {a: b}"],
        draw(st.sampled_from([[], ["x: |", "  items:", "  - a: b"], ['y: "open', '  close"']])),
    ]
    order = draw(st.permutations(parts))
    return "\n".join(line for part in order for line in part) + "\n"


def by_parser(text: str) -> tuple[str, str, str, str] | None:
    """Version, kind, name and namespace; None for what is not one object."""
    try:
        body = load(text)
    except Unreadable:
        return None
    if not isinstance(body, dict):
        return None
    metadata = body.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    found = (body.get("apiVersion"), body.get("kind"), inner.get("name"), inner.get("namespace"))
    version, kind, name, namespace = (one if isinstance(one, str) else "" for one in found)
    return version, kind, name, namespace


def looked_at(document: Document) -> tuple[str, str, str, str]:
    return document.api_version, document.kind, document.name, document.namespace


@pytest.mark.parametrize("separator", ["\n", "\r\n"])
def test_what_is_certain_is_mostly_not_parsed(separator: str) -> None:
    document = Document(Extent.of(separator.join(USUAL)))

    assert looked_at(document) == ("v1", "Pod", "a", "b")
    assert document.extent.data.count(b"\n") == 6


@settings(max_examples=400, deadline=None)
@given(streams())
def test_a_look_at_the_lines_says_what_the_parser_says(text: str) -> None:
    try:
        documents = Stream(text.encode()).documents
    except Unreadable:
        return

    for document in documents:
        parsed = by_parser(document.text)
        assert parsed is None or parsed == looked_at(document)


@settings(max_examples=400, deadline=None)
@given(streams())
def test_a_stream_has_as_many_documents_as_the_parser_finds(text: str) -> None:
    try:
        nodes = list(yaml.compose_all(text, Loader=yaml.CSafeLoader))
        documents = Stream(text.encode()).documents
    except (yaml.YAMLError, Unreadable):
        return

    assert len(documents) == sum(1 for node in nodes if not is_nothing(node))


def is_nothing(node: yaml.Node) -> bool:
    """A document without text, which is none of ours."""
    return isinstance(node, yaml.ScalarNode) and node.start_mark.index == node.end_mark.index


@settings(max_examples=200, deadline=None)
@given(streams())
def test_a_stream_comes_back_byte_for_byte(text: str) -> None:
    try:
        stream = Stream(text.encode())
    except Unreadable:
        return

    assert stream.write({}) == text.encode()
    assert stream.write({one.position: [one] for one in stream.documents}) == text.encode()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_come_back_or_are_refused(data: bytes) -> None:
    try:
        stream = Stream(data)
    except Unreadable:
        return

    assert stream.write({}) == data


@settings(max_examples=400, deadline=None)
@given(lists())
def test_items_cut_by_lines_are_those_of_the_parser(text: str) -> None:
    try:
        parsed = by_nodes(Extent.of(text, 1))
        found = listing(Extent.of(text, 1))
    except Unreadable:
        return

    assert found.rest == parsed.rest
    assert list(shapes(found.documents)) == list(shapes(parsed.documents))
    assert (found.sections, found.column) == (parsed.sections, parsed.column)


def shapes(documents: tuple[Document, ...]) -> Iterator[tuple[object, ...]]:
    for one in documents:
        yield one.text, one.line, one.item, one.column, looked_at(one)


@settings(max_examples=200, deadline=None)
@given(streams())
def test_both_parsers_read_the_same_text(text: str) -> None:
    if "\t" in text:  # PyYAML's own parser refuses some of the tabs that libyaml takes
        return

    assert outcome(text, pure=True) == outcome(text, pure=False)


def outcome(text: str, *, pure: bool) -> str:
    try:
        return repr(load(text, PureParser) if pure else load(text))
    except Unreadable:
        return "unreadable"
