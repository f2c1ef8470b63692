"""Edits change what they name and nothing else of the text."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from smi2istio.documents import REMOVED, Document, Edit, Extent, edit, load

LABELS = ("metadata", "labels")
NOTES = ("metadata", "annotations")

NAMESPACE = """\
apiVersion: v1
kind: Namespace # a namespace
metadata:
  name: shop   # the shop
  labels: # who and what
    # of the mesh
    openservicemesh.io/monitored-by: osm # mesh
    team: "a"

  annotations: {openservicemesh.io/sidecar-injection: enabled, "b": 'c'}
spec: {}
"""


def edited(text: str, *edits: tuple[tuple[str | int, ...], object], item: bool = False) -> str:
    document = Document(Extent.of(text), item=item)
    return edit(document, [Edit(path, value) for path, value in edits])


def test_one_label_for_another_leaves_the_rest_as_it_was() -> None:
    found = edited(
        NAMESPACE,
        ((*LABELS, "openservicemesh.io/monitored-by"), REMOVED),
        ((*LABELS, "istio-injection"), "enabled"),
    )

    assert found == NAMESPACE.replace(
        "    openservicemesh.io/monitored-by: osm # mesh\n", ""
    ).replace('    team: "a"\n', '    team: "a"\n    istio-injection: enabled\n')


def test_a_map_that_gets_another_key_for_its_last_one_stays_where_it_is() -> None:
    text = "kind: A\nmetadata:\n  labels: # c\n    a: b\n  name: x\n"

    found = edited(text, ((*LABELS, "a"), REMOVED), ((*LABELS, "c"), "d"))

    assert found == text.replace("a: b", "c: d")


def test_a_map_in_flow_style_stays_in_flow_style() -> None:
    found = edited(
        NAMESPACE,
        ((*NOTES, "openservicemesh.io/sidecar-injection"), REMOVED),
        ((*NOTES, "x"), "a, b"),
    )

    assert found == NAMESPACE.replace(
        "{openservicemesh.io/sidecar-injection: enabled, \"b\": 'c'}", "{\"b\": 'c', x: 'a, b'}"
    )


def test_the_last_of_a_flow_map_goes_with_its_comma() -> None:
    assert edited(NAMESPACE, ((*NOTES, "b"), REMOVED)) == NAMESPACE.replace(", \"b\": 'c'", "")


def test_a_map_without_keys_vanishes() -> None:
    found = edited(
        NAMESPACE,
        ((*NOTES, "b"), REMOVED),
        ((*NOTES, "openservicemesh.io/sidecar-injection"), REMOVED),
    )

    assert found == "".join(
        line for line in NAMESPACE.splitlines(keepends=True) if "annotations" not in line
    )


def test_maps_that_lose_their_last_key_vanish_all_the_way_up() -> None:
    text = "kind: A\nspec:\n  template: # t\n    metadata:\n      labels: {a: b}\n  x: y\n"

    found = edited(text, (("spec", "template", "metadata", "labels", "a"), REMOVED))

    assert found == "kind: A\nspec:\n  x: y\n"


def test_maps_that_were_empty_before_stay() -> None:
    text = "kind: A\nmetadata:\n  labels: {}\n  name: x\n"

    assert edited(text, (("metadata", "name"), REMOVED)) == "kind: A\nmetadata:\n  labels: {}\n"


@pytest.mark.parametrize(
    ("text", "edits", "expected"),
    [
        pytest.param(
            "kind: A\nmetadata:\n  name: x\nspec: {}\n", [((*LABELS, "a"), "b")],
            "kind: A\nmetadata:\n  name: x\n  labels:\n    a: b\nspec: {}\n", id="no parent",
        ),
        pytest.param(
            "kind: A\nmetadata:\n  name: x", [((*LABELS, "a"), "b")],
            "kind: A\nmetadata:\n  name: x\n  labels:\n    a: b\n", id="no line feed at the end",
        ),
        pytest.param(
            "kind: A\nmetadata:\n  labels:\n  name: x\n", [((*LABELS, "a"), "b")],
            "kind: A\nmetadata:\n  labels:\n    a: b\n  name: x\n", id="a null parent",
        ),
        pytest.param(
            "kind: A\nmetadata:\n  labels: {}\n  name: x\n", [((*LABELS, "a"), "b")],
            "kind: A\nmetadata:\n  labels: {a: b}\n  name: x\n", id="an empty parent",
        ),
        pytest.param(
            "kind: A\nmetadata: {name: x}\n", [((*LABELS, "a"), "y")],
            "kind: A\nmetadata: {name: x, labels: {a: 'y'}}\n", id="a parent in flow style",
        ),
        pytest.param(
            "kind: A\r\nmetadata:\r\n  name: x\r\n  labels:\r\n    z: w\r\n",
            [((*LABELS, "a"), "b"), ((*LABELS, "z"), REMOVED)],
            "kind: A\r\nmetadata:\r\n  name: x\r\n  labels:\r\n    a: b\r\n", id="CRLF",
        ),
        pytest.param(
            '{"kind": "A", "metadata": {"name": "x"}}\n', [((*LABELS, "a"), "true")],
            '{"kind": "A", "metadata": {"name": "x", "labels": {"a": "true"}}}\n', id="JSON",
        ),
        pytest.param(
            '{\n  "kind": "A",\n  "metadata": {\n    "name": "x",\n    "uid": "u"\n  }\n}\n',
            [((*LABELS, "a"), "b"), (("metadata", "uid"), REMOVED)],
            '{\n  "kind": "A",\n  "metadata": {\n    "name": "x",\n    "labels": {"a": "b"}\n'
            "  }\n}\n",
            id="JSON on several lines",
        ),
        pytest.param(
            "kind: A\nmetadata:\n    name: x\n    labels:\n        a: b\n", [((*LABELS, "c"), "d")],
            "kind: A\nmetadata:\n    name: x\n    labels:\n        a: b\n        c: d\n", id="wide",
        ),
        pytest.param(
            "kind: A\nspec:\n  ports:\n    - name: http\n      port: 80 # web\n    - port: 81\n",
            [(("spec", "ports", 0, "appProtocol"), "http"), (("spec", "ports", 1, "name"), "x")],
            "kind: A\nspec:\n  ports:\n    - name: http\n      port: 80 # web\n"
            "      appProtocol: http\n    - port: 81\n      name: x\n", id="elements of a list",
        ),
        pytest.param(
            "kind: A\nspec:\n- a: 1\n  # of b\n  b: 2\n", [(("spec", 0, "a"), REMOVED)],
            "kind: A\nspec:\n- # of b\n  b: 2\n", id="the first key behind a dash",
        ),
        pytest.param(
            "kind: A\na: 'x' # c\nb: \"x\"\nc: x\nd: x\n",
            [(("a",), "y"), (("b",), "yes"), (("c",), "e f"), (("d",), 7)],
            "kind: A\na: 'y' # c\nb: \"yes\"\nc: e f\nd: 7\n", id="scalars",
        ),
        pytest.param(
            "kind: A\na: |\n  x\n\nb: c\n", [(("a",), "y: z\nw\n"), (("b",), {"d": ["e"]})],
            "kind: A\na: |\n  y: z\n  w\nb:\n  d:\n  - e\n", id="blocks",
        ),
        pytest.param(
            "kind: A\nmetadata:\n  annotations:\n    a: |\n      x\n      y\n  # end\n",
            [((*NOTES, "b"), "c")],
            "kind: A\nmetadata:\n  annotations:\n    a: |\n      x\n      y\n    b: c\n  # end\n",
            id="after a literal",
        ),
        pytest.param(
            "kind: A\nmetadata:\n  name: x\n  annotations:\n    a: b\n# end\n",
            [((*NOTES, "a"), REMOVED)],
            "kind: A\nmetadata:\n  name: x\n# end\n", id="a comment after what goes",
        ),
        pytest.param(
            "kind: A\nlist:\n- x\n- z # c\n", [(("list", 1), "w")],
            "kind: A\nlist:\n- x\n- w # c\n", id="an element",
        ),
        pytest.param(
            "kind: A\n", [(("b", "c"), REMOVED), (("kind",), "A")], "kind: A\n", id="nothing",
        ),
    ],
)  # fmt: skip
def test_an_edit_keeps_the_form_it_finds(
    text: str, edits: Sequence[tuple[tuple[str | int, ...], object]], expected: str
) -> None:
    assert edited(text, *edits) == expected


def test_an_item_stays_an_item() -> None:
    text = "  - # head\n    kind: A\n    metadata:\n      labels:\n        a: b\n  # end\n"
    document = Document(Extent.of(text), item=True, column=2)

    found = edit(document, [Edit((*LABELS, "c"), "d"), Edit((*LABELS, "a"), REMOVED)])

    assert found == text.replace("a: b", "c: d")


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("kind: A\nx: &x {a: b}\ny: *x\n", ("x", "a"), "c"),
        ("kind: A\nx: &x {a: b}\ny: *x\n", ("y", "a"), "c"),
        ("kind: A\nx: &x\n  a: b\ny:\n  <<: *x\n", ("y", "a"), REMOVED),
        ("kind: A\nx: &x\n  a: b\ny:\n  <<: *x\n  c: d\n", ("x", "a"), "z"),
        ("kind: A\nx:\n- a: b\n", ("x", 0, "a"), REMOVED),
        ("kind: A\n? x\n: b\n", ("x",), {"c": "d"}),
        ("kind: A\nx:\n- a\n", ("x", 0), {"c": "d"}),
    ],
)
def test_what_cannot_be_done_in_the_text_is_written_anew(
    text: str, path: tuple[str | int, ...], value: object
) -> None:
    found = load(edited(text, (path, value)))

    assert isinstance(found, dict)
    assert found["kind"] == "A"
    whole = load(text)
    assert isinstance(whole, dict)
    other = "x" if path[0] == "y" else "y"
    assert found.get(other) == whole.get(other)
    assert found.get(str(path[0])) != whole[str(path[0])]


def test_what_is_written_anew_keeps_the_ends_of_lines() -> None:
    text = "kind: A\r\nx: &a\r\n  b: c\r\ny: *a\r\n"
    written = edited(text, (("y", "d"), "e"))

    assert load(written) == {"kind": "A", "x": {"b": "c"}, "y": {"b": "c", "d": "e"}}
    assert written.count("\n") == written.count("\r\n")


TEXTS = st.sampled_from(
    ["a", "b: c", "on", "# x", "'", "1e3", "a, b", "{", "x\ny\n", "", "é", "- a"]
)
KEYS = st.sampled_from(["a", "b", "c.d/e", "on", "x y"])
VALUES = st.recursive(
    TEXTS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2)
)
BODIES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)


@st.composite
def written(draw: st.DrawFn, value: object, indent: str = "") -> str:
    """A value in one of the ways to write it, with comments."""
    comment = draw(st.sampled_from(["", " # note"]))
    if isinstance(value, dict) and value and draw(st.booleans()):
        lines = [
            f"{indent}{quoted(key)}:{draw(written(one, indent + '  '))}"
            for key, one in value.items()
        ]
        return f"{comment}\n" + "".join(lines)
    return f" {flow(value)}{comment}\n"


def quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


def flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return quoted(str(value))


@settings(max_examples=400, deadline=None)
@given(st.data(), BODIES)
def test_an_edit_does_to_the_text_what_it_does_to_the_values(
    data: st.DataObject, body: dict[str, object]
) -> None:
    text = "kind: A\nbody:" + data.draw(written(body, "  "))
    path = ("body", *data.draw(st.lists(KEYS, min_size=1, max_size=3)))
    value = data.draw(VALUES | st.just(REMOVED))
    whole = load(text)
    assume(isinstance(whole, dict) and whole["body"] == body)

    found = load(edited(text, (path, value)))

    assert isinstance(found, dict)
    assert found["kind"] == "A"
    assert look(found, path) == (None if value is REMOVED else value)
    for key, same in body.items():
        if key != path[1]:
            assert found["body"][key] == same


def look(value: object, path: Sequence[str]) -> object:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
