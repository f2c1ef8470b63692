"""Streams and lists are cut into documents without touching them, and put together again."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from smi2istio.documents import (
    Document,
    Extent,
    Stream,
    Unreadable,
    joined,
    listing,
    load,
    read_stream,
)

POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  namespace: b\n"
PODS = f"{POD}---\n{POD}"


def facts(text: str) -> list[tuple[str, str, str, str]]:
    """Version, kind, name and namespace of each document."""
    found = read_stream(text.encode())
    return [(one.api_version, one.kind, one.name, one.namespace) for one in found]


def document(text: str, *, item: bool = False) -> Document:
    return Document(Extent.of(text, 1, "a.yaml"), item=item)


# What a stream holds, by kind; every entry could fool a reader of lines.
STREAMS = {
    "nothing": ("", []),
    "a comment": ("# nothing\n", []),
    "separators": ("---\n---\n--- # c\n", []),
    "two": (PODS, ["Pod", "Pod"]),
    "no line feed at the end": (PODS.rstrip(), ["Pod", "Pod"]),
    "a leading separator": (f"---\n{POD}", ["Pod"]),
    "a trailing separator": (f"{POD}---\n", ["Pod"]),
    "a comment document": (f"# licence\n---\n{POD}", ["Pod"]),
    "separators with comments": (f"{POD}--- # next\n{POD}---\t\n{POD}", ["Pod"] * 3),
    "a document on the separator": ('--- {kind: A}\n--- {"kind": B}\n', ["A", "B"]),
    "document ends": (f"{POD}...\n---\n{POD}...\n", ["Pod", "Pod"]),
    "directives": (f"%YAML 1.1\n---\n{POD}...\n# c\n%YAML 1.1\n--- # d\n{POD}", ["Pod", "Pod"]),
    "a tag directive": ("%TAG ! tag:a.b,2002:\n---\nkind: !x A\n", ["A"]),
    "CRLF": (PODS.replace("\n", "\r\n"), ["Pod", "Pod"]),
    "CR alone": (PODS.replace("\n", "\r"), ["Pod", "Pod"]),
    "a byte order mark": (f"\ufeff{PODS}", ["Pod", "Pod"]),
    "a byte order mark before a separator": (f"\ufeff---\n{POD}", ["Pod"]),
    "byte order marks of joined files": (f"{POD}---\n\ufeff{POD}", ["Pod", "Pod"]),
    "JSON": ('{\n"apiVersion": "v1",\n"kind": "Pod"\n}\n', ["Pod"]),
    "flow style": ("{apiVersion: v1,\nkind: Pod}\n---\n{kind: B}", ["Pod", "B"]),
    "a separator in a literal": (f"{POD}data: |\n  ---\n  kind: B\n", ["Pod"]),
    "a separator in quotes, indented": (f'{POD}data: "a\n  ---\n  b"\n', ["Pod"]),
    "kind in a literal, as far left as it gets": (f"data: |\n kind: B\n{POD}", ["Pod"]),
    "kind in quotes, in the first column": (f'text: "a\nkind: B\n"\n{POD}', ["Pod"]),
    "kind in single quotes": (f"text: 'it''s\nkind: B\n'\n{POD}", ["Pod"]),
    "kind in a flow map, in the first column": (f"text: {{a: b,\nkind: B}}\n{POD}", ["Pod"]),
    "kind in a flow list": (f"text: [a,\n kind: B\n]\n{POD}", ["Pod"]),
    "kind in a plain scalar": ("apiVersion: v1\nkind: A\n  kind B\n", ["A kind B"]),
    "kind after a blank line": ("apiVersion: v1\nkind: A\n\n  B\n", ["A\nB"]),
    "kind on the next line": ("apiVersion: v1\nkind:\n  A\n", ["A"]),
    "kind deeper": ("apiVersion: v1\nspec:\n  kind: B\n", [""]),
    "quoted keys": ("\"apiVersion\": v1\n'kind': A\n", ["A"]),
    "quoted values": ("apiVersion: \"v1\"\nkind: 'A'\n", ["A"]),
    "escapes": ('apiVersion: v1\nkind: "\\x41"\n', ["A"]),
    "a complex key": ("apiVersion: v1\n? kind\n: A\n", ["A"]),
    "a blank before the colon": ("apiVersion: v1\nkind : A\n", ["A"]),
    "tabs": ("apiVersion:\tv1\t\nkind:\t A # c\n", ["A"]),
    "an anchor": ("apiVersion: &v v1\nkind: A\nb: *v\n", ["A"]),
    "an alias": ("a: &k A\napiVersion: v1\nkind: *k\n", ["A"]),
    "a merge key": ("a: &k {kind: A}\n<<: *k\napiVersion: v1\n", ["A"]),
    "an anchored document": ("&a\napiVersion: v1\nkind: A\n", ["A"]),
    "a tag": ("apiVersion: v1\nkind: !!str A\n", ["A"]),
    "a tagged document": ("--- !!map\nkind: A\n", ["A"]),
    "a kind that is no text": ("apiVersion: v1\nkind: true\n", [""]),
    "a kind that PyYAML would not take for text": ("apiVersion: v1\nkind: on\n", ["on"]),
    "kind: null": ("apiVersion: v1\nkind:\nmetadata: {}\n", [""]),
    "a line separator": ("apiVersion: v1\na: b\u2028kind: A\n", ["A"]),
    "a next line": ("apiVersion: v1\na: b # c\x85kind: A\n", ["A"]),
    "a document in a comment, for readers of odd line ends": ("# c\u2029kind: A\n", ["A"]),
    "a separator after an odd line end": ("kind: A\x85---\x85kind: B\n", ["A", "B"]),
    "a comment with an odd end on a separator": ("--- # c\rkind: A\r", ["A"]),
    "null": ("---\nnull\n---\n~\n", ["", ""]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "kinds"), STREAMS.values(), ids=STREAMS)
def test_a_stream_is_cut_where_the_parser_would_cut_it(text: str, kinds: list[str]) -> None:
    assert [kind for _, kind, _, _ in facts(text)] == kinds


@pytest.mark.parametrize("text", [text for text, _ in STREAMS.values()], ids=STREAMS)
def test_a_stream_comes_back_byte_for_byte(text: str) -> None:
    stream = Stream(text.encode())

    assert stream.write({}) == text.encode()


@pytest.mark.parametrize("text", [text for text, _ in STREAMS.values()], ids=STREAMS)
def test_a_document_written_in_its_own_place_changes_nothing(text: str) -> None:
    stream = Stream(text.encode())
    own = {one.position: [one] for one in stream.documents}

    assert stream.write(own) == text.replace("\n\ufeff", "\n").encode()


METADATA = {
    "block": ("metadata:\n  name: a\n  namespace: b\n", "a", "b"),
    "wide": ("metadata:\n      name: a\n      namespace: b\n", "a", "b"),
    "quoted": ("metadata:\n  name: \"a\"\n  namespace: 'b'\n", "a", "b"),
    "flow": ("metadata: {name: a, namespace: b}\n", "a", "b"),
    "comments": ("metadata: # c\n  # name: x\n  name: a # c\n# d\n  namespace: b\n", "a", "b"),
    "blank lines": ("metadata:\n\n  name: a\n\n  namespace: b\n", "a", "b"),
    "deeper names": ("metadata:\n  labels:\n    name: x\n  name: a\n", "a", ""),
    "names in a literal": ("metadata:\n  labels:\n    x: |\n      name: y\n  name: a\n", "a", ""),
    "names elsewhere": ("spec:\n  name: x\n", "", ""),
    "numbers": ("metadata:\n  name: 12\n  namespace: 1e3\n", "", ""),
    "words": ("metadata:\n  name: 'on'\n  namespace: on\n", "on", "on"),
    "digits": ("metadata:\n  name: 1a\n  namespace: '1'\n", "1a", "1"),
    "a long scalar": ("metadata:\n  name: a\n    b\n", "a b", ""),
    "the next line": ("metadata:\n  name:\n    a\n", "a", ""),
    "nothing": ("metadata:\nspec: {}\n", "", ""),
    "a list": ("metadata:\n- name: a\n", "", ""),
    "a quoted key": ('metadata:\n  "name": a\n', "a", ""),
    "the end": ("metadata:\n  name: a", "a", ""),
    "a merge": ("metadata: &m\n  name: a\nspec: *m\n", "a", ""),
}  # fmt: skip


@pytest.mark.parametrize(("metadata", "name", "namespace"), METADATA.values(), ids=METADATA)
def test_names_are_those_of_the_metadata(metadata: str, name: str, namespace: str) -> None:
    head = "apiVersion: apps/v1\nkind: A\n"
    as_item = "- " + (head + metadata).replace("\n", "\n  ").rstrip(" ")

    assert facts(head + metadata) == [("apps/v1", "A", name, namespace)]
    assert facts(metadata.rstrip() + "\n" + head) == [("apps/v1", "A", name, namespace)]
    found = document(as_item, item=True)
    assert (found.name, found.namespace) == (name, namespace)


def test_an_odd_line_end_may_hide_a_name() -> None:
    assert facts(f"{POD}  uid: c\u2028".replace("  namespace: b\n", "") + "  namespace: d\n") == [
        ("v1", "Pod", "a", "d")
    ]


def test_what_is_certain_is_not_parsed() -> None:
    (found,) = read_stream(f"{POD}spec:\n  a: b: this is not YAML\n".encode(), "a.yaml")

    assert (found.kind, found.namespace) == ("Pod", "b")
    with pytest.raises(Unreadable, match=r"a\.yaml, line 7"):
        _ = found.body


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a: b\n\0", "a.yaml, line 2, byte 5: a NUL byte"),
        (b"a: b\nc: \xff\n", "a.yaml, line 2, byte 8: not UTF-8"),
        ("é: ".encode() * 600_000 + b"\n\xc3", "a.yaml, line 2, byte 2400001: not UTF-8"),
        (b"a: \xed\xa0\x80\n", "a.yaml, line 1, byte 3: not UTF-8"),
        (b"\xff\xfea\0", "a.yaml, line 1, byte 0: UTF-16 text; save it as UTF-8"),
        (b"a: b\n---\n- c\n", "a.yaml, line 3: expected a Kubernetes object, found a list"),
        (b"hello\n", "a.yaml, line 1: expected a Kubernetes object, found 'hello'"),
        (b"a: b\n...\nc: d\n", "a.yaml, line 3: text after '...'; write '---' between documents"),
        (b"a: b\n---\n{c: \n", "a.yaml, line 4, column 1: "),
        (b"a: 'b\n---\nc'\n", "a.yaml, line 2, column 1: "),
        (
            b"a: b\n---\na: b\na: c\n",
            "a.yaml, line 4, column 1: the key 'a' is already there, on line 3",
        ),
        (
            b"apiVersion: v1\nkind: A\nkind: B\n",
            "a.yaml, line 3, column 1: the key 'kind' is already there, on line 2",
        ),
        (b"a: b\n...\nc: d\n---\ne: f\n", "a.yaml, line 3: text after '...'"),
    ],
)
def test_what_is_no_stream_is_refused_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_stream(data, "a.yaml")

    assert str(caught.value).startswith(message)


def test_documents_know_their_place() -> None:
    documents = read_stream(f"# c\n---\n{POD}---\n# d\n{{a: b}}\n".encode(), "a.yaml")

    assert [(one.file, one.line, one.position) for one in documents] == [
        ("a.yaml", 3, 0), ("a.yaml", 9, 1),
    ]  # fmt: skip
    assert documents[1].text == "# d\n{a: b}\n"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("metadata.name", 4),
        ("metadata.annotations.a.b/c", 6),
        ("metadata.annotations.a.b/c.d", 6),
        ("metadata.annotations.nothing", 5),
        ("spec.list[0].x", 10),
        ("spec.list[0].y.z", 9),
        ("spec.list[1].x", 11),
        ("spec.list[7]", 8),
        ("spec.list[x]", 8),
        ("kind", 2),
        ("nothing", 1),
        ("", 1),
    ],
)
def test_a_field_has_a_line(path: str, line: int) -> None:
    text = """\
apiVersion: v1
kind: A
metadata:
  name: a
  annotations:
    a.b/c: d
spec:
  list:
  - y: {}
    x: 1
  - {x: 2}
"""
    assert document(text).line_of(path) == line


def test_mentions_is_wrong_only_on_one_side() -> None:
    assert document("kind: A\na: b.c/d\n").mentions("b.c/")
    assert not document("kind: A\na: b.c/d\n").mentions("b.d")


@pytest.mark.parametrize(
    "text",
    [
        'kind: A\na: "b\\x2ed"\n',
        'kind: A\na: "b\\u002ed"\n',
        'kind: A\na: "b.\\\n  d"\n',
        "kind: A\na: !!binary Yi5k\n",
        "kind: A\na: !<tag:yaml.org,2002:binary> Yi5k\n",
        "%TAG !y! tag:yaml.org,2002:\n---\nkind: A\na: !y!binary Yi5k\n",
    ],
)
def test_a_text_in_disguise_counts_as_mentioned(text: str) -> None:
    plain, disguised = read_stream(f"kind: B\n---\n{text}".replace("---\n%", "...\n%").encode())

    assert disguised.body["a"] == "b.d"
    assert disguised.mentions("b.d")
    assert not plain.mentions("b.d")


def test_labels_and_annotations_are_text() -> None:
    found = document("kind: A\nmetadata:\n  labels: {a: b, c: 1}\n  annotations:\n")

    assert found.labels == {"a": "b"}
    assert found.annotations == {}


def test_one_annotation_is_read_without_parsing() -> None:
    text = f"{POD}  annotations:\n    a.b/c: 'd'\n    e: |\n      a.b/d: x\nspec:\n  a: b: c\n"
    certain = document(text)

    assert certain.annotation("a.b/c") == "d"
    assert certain.annotation("a.b/d") == ""
    assert certain.annotation("nothing") == ""


def test_one_annotation_is_read_by_the_parser_where_that_is_not_certain() -> None:
    flow = document("kind: A\nmetadata: {annotations: {a.b/c: d}}\n")
    literal = document(f"{POD}  annotations:\n    a.b/c: |\n      d\n")

    assert flow.annotation("a.b/c") == "d"
    assert literal.annotation("a.b/c") == "d\n"


NEW = {"kind": "New"}


@pytest.mark.parametrize(
    ("text", "position", "new", "expected"),
    [
        (PODS, 0, [NEW], f"kind: New\n---\n{POD}"),
        (PODS, 1, [NEW], f"{POD}---\nkind: New\n"),
        (PODS, 1, [NEW, NEW], f"{POD}---\nkind: New\n---\nkind: New\n"),
        (PODS, 0, [], POD),
        (PODS, 1, [], POD),
        (f"---\n{PODS}", 0, [], f"---\n{POD}"),
        (f"# c\n---\n{PODS}", 0, [], f"# c\n---\n{POD}"),
        (PODS.rstrip(), 1, [NEW], f"{POD}---\nkind: New\n"),
        (POD.rstrip(), 0, ["own", NEW], f"{POD}---\nkind: New\n"),
        (f"{POD}---\n# of the second\n{POD}", 1, [NEW], f"{POD}---\nkind: New\n"),
        (f"{POD}...\n---\n{POD}...\n", 0, [NEW], f"kind: New\n...\n---\n{POD}...\n"),
        (f"{POD}...\n%YAML 1.1\n---\n{POD}", 1, [NEW, "own"],
         f"{POD}...\n---\nkind: New\n...\n%YAML 1.1\n---\n{POD}"),
        (f"--- {{kind: A}}\n---\n{POD}", 0, [NEW, "own"],
         f"kind: New\n--- {{kind: A}}\n---\n{POD}"),
        (PODS.replace("\n", "\r\n"), 0, [NEW], f"kind: New\n---\n{POD}".replace("\n", "\r\n")),
        (f"\ufeff{PODS}", 0, [NEW], f"\ufeffkind: New\n---\n{POD}"),
    ],
)  # fmt: skip
def test_a_document_is_replaced_and_nothing_else(
    text: str, position: int, new: list[object], expected: str
) -> None:
    stream = Stream(text.encode())
    own = stream.documents[position]
    elements = [own if one == "own" else NEW for one in new]

    assert stream.write({position: elements}).decode() == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "kind: New\n"),
        (POD, f"{POD}---\nkind: New\n"),
        (f"{POD}---\n", f"{POD}---\nkind: New\n"),
    ],
)
def test_documents_are_appended(text: str, expected: str) -> None:
    assert Stream(text.encode()).write({}, [NEW]).decode() == expected


LIST = """\
apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: a
# about b
- # b
  apiVersion: v1
  kind: Secret
  metadata: {name: b}
  data: |
    - apiVersion: v1
kind: List
metadata:
  resourceVersion: ""
"""


def opened(text: str, kind: str) -> Stream:
    stream = Stream(text.encode(), "a.yaml")
    stream.open_lists(lambda one: one.kind == kind)
    return stream


def test_a_list_without_anything_wanted_is_one_document() -> None:
    stream = opened(f"{LIST}---\n{POD}", "Service")

    assert [one.kind for one in stream.documents] == ["List", "Pod"]
    assert stream.write({1: []}).decode() == LIST


def test_a_list_with_something_wanted_is_opened() -> None:
    stream = opened(f"{POD}---\n{LIST}", "Secret")

    assert [(one.position, one.kind, one.name, one.line) for one in stream.documents] == [
        (0, "Pod", "a", 1), (1, "Pod", "a", 9), (2, "Secret", "b", 14),
    ]  # fmt: skip
    assert stream.write({}).decode() == f"{POD}---\n{LIST}"
    assert stream.write({2: [NEW]}).decode() == (
        f"{POD}---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n# about b\n---\nkind: New\n"
    )
    assert stream.write({1: []}).decode() == (
        f"{POD}---\n# b\napiVersion: v1\nkind: Secret\nmetadata: {{name: b}}\n"
        "data: |\n  - apiVersion: v1\n"
    )


def test_an_item_that_cannot_move_to_the_left_is_written_anew() -> None:
    text = 'apiVersion: v1\nkind: List\nitems:\n- kind: A\n- kind: B # c\n  a: "x\n  --- y"\n'

    assert opened(text, "B").write({0: []}).decode() == "kind: B\na: x --- y\n"


INNER_ITEMS = "  items:\n  - kind: Pod\n  - kind: Secret\n"


@pytest.mark.parametrize(
    "text",
    [
        LIST,
        "apiVersion: v1\nkind: List\nitems:\n    - kind: Pod\n    - kind: Secret\n",
        '{"apiVersion": "v1", "kind": "List", "items": [\n{"kind": "Pod"},\n{"kind": "Secret"}]}',
        "apiVersion: v1\nkind: List\nitems: [{kind: Pod}, {kind: Secret}]\n",
        "apiVersion: v1\nkind: List\nx: &s {kind: Secret}\nitems:\n- kind: Pod\n- *s\n",
        "apiVersion: v1\nkind: List\nx: &i [{kind: Pod}, {kind: Secret}]\nitems: *i\n",
        "x: &i\n  items: [{kind: Pod}, {kind: Secret}]\n<<: *i\napiVersion: v1\nkind: List\n",
        f"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n{INNER_ITEMS}",
    ],
)  # fmt: skip
def test_every_way_to_write_a_list_can_be_opened(text: str) -> None:
    stream = opened(text, "Secret")

    assert [one.kind for one in stream.documents] == ["Pod", "Secret"]
    assert [load(one) for one in stream.write({0: []}).decode().split("---\n")] == [
        dict(stream.documents[1].body)
    ]


@pytest.mark.parametrize("items", ["  - kind: Pod\n- kind: Secret\n", "  - kind: Pod\n x: y\n"])
def test_items_are_refused_if_their_lines_are_in_disorder(items: str) -> None:
    with pytest.raises(Unreadable, match=r"a\.yaml, line [45]"):
        opened(f"apiVersion: v1\nkind: List\nitems:\n{items}", "Secret")


def test_items_are_refused_if_they_are_no_objects() -> None:
    with pytest.raises(Unreadable, match=r"a\.yaml, line 3: items\[0\]: expected a Kubernetes"):
        opened("apiVersion: v1\nkind: List\nitems: [a]\n", "Secret")


def test_a_list_of_one_kind_is_opened_and_its_items_get_the_kind_that_they_lack() -> None:
    items = "items:\n- metadata:\n    name: a\n- apiVersion: v1\n  kind: Secret\n"
    text = f"apiVersion: apps/v1\nkind: DeploymentList\n{items}"
    stream = opened(text, "Deployment")

    assert [(one.api_version, one.kind, one.name) for one in stream.documents] == [
        ("apps/v1", "Deployment", "a"), ("v1", "Secret", ""),
    ]  # fmt: skip
    assert stream.write({}).decode() == text
    assert load(stream.write({1: []})) == {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
    }  # fmt: skip


@pytest.mark.parametrize("rest", ["spec: {items: [a]}\n", "items: [a]\n", "items: {a: b}\n"])
def test_a_kind_that_only_ends_like_a_list_is_one_document(rest: str) -> None:
    stream = opened(f"apiVersion: example.com/v1\nkind: AllowList\n{rest}", "Allow")

    assert [one.kind for one in stream.documents] == ["AllowList"]


# Items that could fool a reader of lines; the parser finds an A and a B in each.
A, B, FAKE = ("kind: A\n  version: 1", "kind: B\n  version: 1", "kind: C\n  version: 1")
ITEMS = {
    "compact": f"items:\n- {A}\n- {B}\n",
    "wide": "items:\n  - kind: A\n    version: 1\n  - kind: B\n    version: 1\n",
    "one column": "items:\n - kind: A\n   version: 1\n - kind: B\n   version: 1\n",
    "a wide dash": "items:\n-   kind: A\n    version: 1\n-   kind: B\n    version: 1\n",
    "a dash alone": f"items:\n-\n  {A}\n-\n  {B}\n",
    "head comments": f"items:\n# c\n- # d\n  {A}\n# e\n- {B}\n",
    "comments to the left": "items:\n  - # c\n# d\n    kind: A\n    a: b\n # e\n  - kind: B\n",
    "a literal with items": f"items:\n- {A}\n  a: |\n   - kind: C\n     version: 1\n- {B}\n",
    "items in quotes": f'items:\n- {A}\n  a: "x\n- {FAKE}\n  "\n- {B}\n',
    "items in single quotes": f"items:\n- {A}\n  a: 'it''s\n- {FAKE}\n  '\n- {B}\n",
    "items in a flow": f"items:\n- {A}\n  a: [b\n- c\n  ]\n- {B}\n",
    "quotes over two items": f"items:\n- {A}\n  b: 'x\n- {FAKE}\n  y: '\n- {B}\n",
    "a quote in a plain scalar": f'items:\n- {A}\n  b: x "y\n- {B}\n  b: z"\n',
    "an alias of another item": f"items:\n- {A}\n  a: &k x\n- {B}\n  a: *k\n",
    "lists inside": f"items:\n- {A}\n  a:\n  - kind: C\n    version: 1\n- {B}\n",
    "keys after": f"items:\n- {A}\n- {B}\nz: |\n  - {FAKE}\nmore: [a,\nb]\n",
    "keys before": f"z: 'a\n  items:'\nitems:\n- {A}\n- {B}\n",
    "a key before that holds the next": f"z: 'a\nitems:\n- {FAKE}\n  '\nitems:\n- {A}\n- {B}\n",
    "a key in an item": f"items:\n- {A}\n  z: 'a\nitems:\n- {FAKE}\n  '\n- {B}\n",
    "CRLF": f"items:\n- {A}\n- {B}\n".replace("\n", "\r\n"),
    "no line feed at the end": f"items:\n- {A}\n- {B}",
    "a quoted key": f'"items":\n- {A}\n- {B}\n',
    "JSON": '{"items": [{"kind": "A", "version": 1}, {"kind": "B", "version": 1}]}',
    "flow items": "items: [{kind: A}, {kind: B}]\n",
    "odd line ends": f"items:\n- {A}\u2028- {B}\n",
    "an odd line end in an item": f"items:\n- {A}\n  a: b\u2028  c: d\n- {B}\n",
}
ITEMS = {name: text.replace("version: 1", "apiVersion: v1") for name, text in ITEMS.items()}


@pytest.mark.parametrize("text", ITEMS.values(), ids=ITEMS)
def test_items_are_cut_where_the_parser_would_cut_them(text: str) -> None:
    found = listing(Extent.of(text, 1, "a.yaml"))

    whole = load(text)
    assert isinstance(whole, dict)
    assert [dict(one.body) for one in found.documents] == whole["items"]
    assert [one.kind for one in found.documents] == ["A", "B"]


def test_items_are_the_lines_they_came_in_unless_they_need_those_of_others() -> None:
    changed = {
        name
        for name, text in ITEMS.items()
        for one in listing(Extent.of(text)).documents
        if one.text not in text
    }

    assert changed == {"an alias of another item", "odd line ends"}


def test_nothing_above_the_names_of_items_is_parsed_where_that_is_certain() -> None:
    text = f"items:\n- {A}\n  a: b: no YAML\n- {B}\n".replace("version: 1", "apiVersion: v1")

    assert [one.kind for one in listing(Extent.of(text)).documents] == ["A", "B"]


def test_joined_documents_are_a_stream() -> None:
    first, second = read_stream(f"%YAML 1.1\n---\n{POD}---\n{POD}".encode())

    assert joined([first, NEW, second, first]).decode() == (
        f"%YAML 1.1\n---\n{POD}---\nkind: New\n---\n{POD}...\n%YAML 1.1\n---\n{POD}"
    )


FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").rglob("*.yaml"))
FORMS: list[tuple[str, Callable[[str], str]]] = [
    ("as it is", str),
    ("CRLF", lambda text: text.replace("\n", "\r\n")),
    ("without a line feed at the end", str.rstrip),
    ("with a byte order mark", lambda text: f"\ufeff{text}"),
]


@pytest.mark.parametrize(
    ("path", "form"),
    list(itertools.product(FIXTURES, FORMS)),
    ids=lambda one: one.parent.name if isinstance(one, Path) else one[0],
)
def test_every_fixture_comes_back_byte_for_byte(
    path: Path, form: tuple[str, Callable[[str], str]]
) -> None:
    data = form[1](path.read_text(encoding="utf-8")).encode()
    stream = Stream(data)

    assert stream.write({one.position: [one] for one in stream.documents}) == data
