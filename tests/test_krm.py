"""ResourceLists: what nobody translates leaves as it came, and replacements take its place.

The captures are what kustomize 5.8.1 and kpt 1.0.0-beta.56 sent to a function.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from smi2istio import krm
from smi2istio.assemble.placing import Output
from smi2istio.catalog import reading
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents import Document, Edit, Unreadable, load

CAPTURES = sorted((Path(__file__).parent / "captures").glob("*.yaml"))
KUSTOMIZE = next(path for path in CAPTURES if "kustomize" in path.name)
KPT = next(path for path in CAPTURES if "eval" in path.name)

LIST = """\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: A # of the first
  metadata: {name: a}
# between
- apiVersion: v1
  kind: B
  metadata:
    name: b
functionConfig: {kind: ConfigMap, data: {a: on}}
unknown: [x]
"""
FIRST, SECOND = (
    LIST[LIST.index("- ") : LIST.index("- apiVersion: v1\n  kind: B")],
    LIST[LIST.index("- apiVersion: v1\n  kind: B") : LIST.index("functionConfig")],
)
NEW: dict[str, object] = {"kind": "New", "metadata": {"name": "new"}}
NEW_ITEM = "- kind: New\n  metadata:\n    name: new\n"
RESULT = {"message": "m", "severity": "info"}
RESULTS = "results:\n- message: m\n  severity: info\n"


def read(text: str) -> krm.ResourceList:
    found = krm.read(text.encode())
    assert found is not None
    return found


@pytest.fixture(params=CAPTURES, ids=lambda path: path.stem, name="capture")
def _capture(request: pytest.FixtureRequest) -> str:
    return str(request.param.read_text(encoding="utf-8"))


def test_a_list_comes_back_byte_for_byte(capture: str) -> None:
    resource_list = read(capture)
    own = {one.position: [one] for one in resource_list.documents}

    assert resource_list.write({}).decode() == capture
    assert resource_list.write(own).decode() == capture


def test_items_are_what_the_parser_finds(capture: str) -> None:
    whole = load(capture)
    assert isinstance(whole, dict)

    assert [dict(one.body) for one in read(capture).documents] == whole["items"]


def test_kpt_says_which_file_an_item_is_of() -> None:
    found = read(KPT.read_text(encoding="utf-8")).documents

    assert [(one.kind, one.file, one.line) for one in found] == [
        ("Kptfile", "Kptfile", 0),
        ("Deployment", "dep.yaml", 0),
        ("TrafficSplit", "smi.yaml", 0),
        ("ConfigMap", "smi.yaml", 0),
    ]


def test_the_function_config_is_an_object() -> None:
    config = read(LIST).function_config

    assert config is not None
    assert config.body == {"kind": "ConfigMap", "data": {"a": "on"}}


@pytest.mark.parametrize("text", [LIST.replace("{kind: ConfigMap, data: {a: on}}", "null"),
                                  "kind: ResourceList\nitems: []\n"])  # fmt: skip
def test_there_may_be_no_function_config(text: str) -> None:
    assert read(text).function_config is None


@pytest.mark.parametrize(
    "text",
    [
        LIST.replace("config.kubernetes.io/v1\n", "config.kubernetes.io/v1beta1\n"),
        LIST.replace("apiVersion: config.kubernetes.io/v1\n", ""),
        LIST.replace("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n", "")
        + "kind: ResourceList\n",
        LIST.replace("\n", "\r\n"),
        LIST.rstrip(),
        json.dumps(yaml.safe_load(LIST)),
        json.dumps(yaml.safe_load(LIST), indent=2),
        LIST.replace("items:\n- ", "items:\n\n# c\n- "),
        LIST.replace("items:", '"items":'),
        "kind: ResourceList\nitems: [{kind: A}, {kind: B}]\n",
    ],
)
def test_every_way_to_write_a_list_is_read_and_comes_back(text: str) -> None:
    found = read(text)

    assert [one.kind for one in found.documents] == ["A", "B"]
    assert found.write({}).decode() == text


@pytest.mark.parametrize(
    "text",
    ["", "kind: A\n", f"{LIST}---\n{LIST}", "- a\n", "kind: ConfigMap\ndata: {a: ResourceList}\n",
     "# ResourceList\n"],
)  # fmt: skip
def test_what_is_no_list_is_none(text: str) -> None:
    assert krm.read(text.encode()) is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (f"{LIST}x: \0".encode(), "a NUL byte"),
        (f"{LIST}items: []\n".encode(), "the key 'items' is already there, on line 3"),
        (
            LIST.replace("kind: B", "kind: B: C").encode() + b"y: [",
            "mapping values are not allowed",
        ),
        (b"kind: ResourceList\nitems:\n- kind: A\n- a\n", r"line 4: items\[1\]: expected a Kub"),
        (
            b"kind: ResourceList\nitems: {}\n",
            "line 2: items: expected a list of Kubernetes objects",
        ),
        (b"kind: ResourceList\nitems: {a: b}\n", "items: expected a list of Kubernetes objects"),
    ],
)
def test_a_list_that_is_no_yaml_is_refused(data: bytes, problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        krm.read(data)


def test_what_hosts_send_around_a_list_does_not_come_back() -> None:
    assert read(f"# c\n---\n{LIST}---\n").write({}).decode() == LIST


@pytest.mark.parametrize(
    ("changes", "items"),
    [
        ({0: [NEW]}, NEW_ITEM + SECOND),
        ({1: [NEW, NEW]}, FIRST + NEW_ITEM + NEW_ITEM),
        ({0: []}, SECOND),
        ({1: []}, FIRST),
    ],
)
def test_an_item_is_replaced_and_nothing_else(
    changes: Mapping[int, Sequence[Mapping[str, object]]], items: str
) -> None:
    assert read(LIST).write(changes).decode() == LIST.replace(FIRST + SECOND, items)


def test_a_list_without_items_is_an_empty_list() -> None:
    assert read(LIST).write({0: [], 1: []}).decode() == LIST.replace(
        f"items:\n{FIRST}{SECOND}", "items: []\n"
    )


@pytest.mark.parametrize("items", ["items: []\n", "items:\n", "items: null # none\n", ""])
def test_a_list_without_items_can_take_some(items: str) -> None:
    head = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"

    found = read(head + items).write({}, [NEW])

    assert found.decode() == f"{head}items:\n{NEW_ITEM}"


def test_new_items_stand_in_the_column_of_the_others() -> None:
    wide = "kind: ResourceList\nitems:\n   - kind: A\n   - kind: B"

    assert read(wide).write({0: [NEW]}, [NEW]).decode() == (
        "kind: ResourceList\nitems:\n   - kind: New\n     metadata:\n       name: new\n"
        "   - kind: B\n   - kind: New\n     metadata:\n       name: new\n"
    )


def test_an_edited_item_keeps_its_comments() -> None:
    found = read(LIST)
    output = Output(found.documents[0], edits=(Edit(("metadata", "labels"), {"x": "y"}),))
    changes = krm.changes(found.documents, [output, Output(found.documents[1])])

    assert found.write(*changes).decode() == LIST.replace(
        "{name: a}", "{name: a, labels: {x: 'y'}}"
    )


def test_lines_end_as_they_do_in_the_list() -> None:
    assert read(LIST.replace("\n", "\r\n")).write({0: [NEW]}, results=[RESULT]).decode() == (
        LIST.replace(FIRST, NEW_ITEM) + RESULTS
    ).replace("\n", "\r\n")


def test_json_items_stay_the_json_they_were() -> None:
    found = read('{"kind": "ResourceList", "items": [\n{"a":\n"b"}, {"c": "d"}], "x": 1}')

    written = found.write({0: [found.documents[0], NEW]}, results=[RESULT]).decode()

    assert written == (
        'kind: ResourceList\nitems:\n- {"a":\n  "b"}\n'
        + NEW_ITEM
        + '- {"c": "d"}\nx: 1\n'
        + RESULTS
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LIST, LIST + RESULTS),
        (LIST.rstrip(), LIST + RESULTS),
        (LIST + "results:\n- message: old\n", LIST + RESULTS.replace("- ", "- message: old\n- ")),
        ("results: # c\n- message: old\n" + LIST,
         RESULTS.replace("- ", "- message: old\n- ") + LIST),
        (LIST + "results:\n  items:\n  - message: old\n",
         LIST + RESULTS.replace("- ", "- message: old\n- ")),
        (LIST + "results:\n", LIST + RESULTS),
    ],
)  # fmt: skip
def test_results_follow_those_that_are_there(before: str, after: str) -> None:
    assert read(before).write({}, results=[RESULT]).decode() == after


def test_the_function_config_may_be_the_only_item() -> None:
    text = "kind: ResourceList\nitems:\n- &c\n  kind: SmiToIstio\nfunctionConfig: *c\n"

    found = read(text)

    assert found.write({}).decode() == text
    assert found.function_config is not None
    assert found.function_config.kind == "SmiToIstio"


def test_a_list_of_kind_list_inside_is_opened_in_its_place() -> None:
    text = LIST.replace(
        SECOND, "- apiVersion: v1\n  kind: List\n  items:\n  - kind: C\n  - kind: D\n"
    )
    found = read(text)
    found.open_lists(lambda one: one.kind == "D")

    assert [one.kind for one in found.documents] == ["A", "C", "D"]
    assert found.write({}).decode() == text
    assert found.write({2: [NEW]}).decode() == LIST.replace(SECOND, f"- kind: C\n{NEW_ITEM}")


# What a host knows of an item goes to what replaces it.

VIRTUAL_SERVICE: dict[str, object] = {
    "kind": "VirtualService",
    "metadata": {"name": "v", "annotations": {"a": "b"}},
}
DESTINATION_RULE: dict[str, object] = {"kind": "DestinationRule", "metadata": {"name": "d"}}
INTERNAL = "internal.config.kubernetes.io/"


def booked(path: Path, outputs: Callable[[Document], list[Output]]) -> list[dict[str, str]]:
    """The annotations of new items, where the TrafficSplit of a capture becomes *outputs*."""
    documents = read(path.read_text(encoding="utf-8")).documents
    all_outputs: list[Output] = []
    for one in documents:
        all_outputs += outputs(one) if one.kind == "TrafficSplit" else [Output(one)]
    found: list[Any] = [one.body for one in krm.booked(documents, all_outputs) if one.body]
    return [body["metadata"].get("annotations", {}) for body in found]


def replaced(source: Document) -> list[Output]:
    second = {**VIRTUAL_SERVICE, "metadata": {"name": "w"}}
    return [
        Output(source, VIRTUAL_SERVICE, replaces=True),
        Output(source, second),
        Output(source, DESTINATION_RULE),
    ]


def test_the_first_replacement_takes_the_place_of_its_source_in_kpt() -> None:
    first, second, third = booked(KPT, replaced)

    assert first == {
        "a": "b",
        f"{INTERNAL}path": "smi.yaml", "config.kubernetes.io/path": "smi.yaml",
        f"{INTERNAL}index": "0", "config.kubernetes.io/index": "0",
        f"{INTERNAL}seqindent": "wide",
        f"{INTERNAL}id": "3", "config.k8s.io/id": "3",
    }  # fmt: skip
    # The last object of smi.yaml has the index 1.
    for number, one in (("2", second), ("3", third)):
        assert one == {
            f"{INTERNAL}path": "smi.yaml", "config.kubernetes.io/path": "smi.yaml",
            f"{INTERNAL}index": number, "config.kubernetes.io/index": number,
            f"{INTERNAL}seqindent": "wide",
        }  # fmt: skip


def test_what_is_added_beside_an_item_stands_at_the_end_of_its_file() -> None:
    (found,) = booked(KPT, lambda source: [Output(source), Output(source, DESTINATION_RULE)])

    assert found[f"{INTERNAL}index"] == "2"
    assert f"{INTERNAL}id" not in found


def test_the_first_replacement_of_each_kind_has_the_names_of_its_source_in_kustomize() -> None:
    first, second, third = booked(KUSTOMIZE, replaced)

    names = {
        f"{INTERNAL}previousNames": "web,web",
        f"{INTERNAL}previousNamespaces": "default,ns1",
        f"{INTERNAL}prefixes": "pre-",
    }
    ids = {
        "a": "b", f"{INTERNAL}index": "0", "config.kubernetes.io/index": "0",
        f"{INTERNAL}id": "1", "config.k8s.io/id": "1",
    }  # fmt: skip
    kinds = f"{INTERNAL}previousKinds"
    assert first == {**ids, **names, kinds: "VirtualService,VirtualService"}
    assert second == {}
    assert third == {**names, kinds: "DestinationRule,DestinationRule"}


def test_what_is_appended_has_no_place() -> None:
    documents = read(KPT.read_text(encoding="utf-8")).documents

    assert list(krm.booked(documents, [Output(None, DESTINATION_RULE)])) == [
        Output(None, DESTINATION_RULE)
    ]


def test_a_stream_has_nothing_of_what_hosts_wrote(capture: str) -> None:
    found = read(capture)
    outputs = krm.unbooked(Output(one) for one in found.documents)

    written = found.write_stream(*krm.changes(found.documents, outputs)).decode()

    assert "internal.config" not in written
    assert "config.k8s.io/id" not in written
    assert "config.kubernetes.io/index" not in written
    assert len(list(yaml.safe_load_all(written))) == len(found.documents)
    comments = [line.partition("#")[2] for line in capture.splitlines() if "#" in line]
    assert all(f"#{comment}" in written for comment in comments)
    assert ('local-config: "true"' in written) == ('local-config: "true"' in capture)


# Diagnostics as results.


def about(document: Document | None, path: str = "") -> Diagnostic:
    return reading.wrong_type(Where(document, path), "a string", "a list")


def test_a_diagnostic_without_a_document_is_a_result_without_a_place() -> None:
    assert krm.result(about(None)) == {
        "message": "[S2I102] expected a string, found a list",
        "severity": "error",
        "tags": {"code": "S2I102", "fidelity": "none"},
    }


def test_a_result_says_what_it_is_about() -> None:
    split = read(KPT.read_text(encoding="utf-8")).documents[2]

    found = krm.result(about(split, "spec.service"))

    assert found["resourceRef"] == {
        "apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "name": "web",
    }  # fmt: skip
    assert found["field"] == {"path": "spec.service"}
    assert found["file"] == {"path": "smi.yaml", "index": 0}


def test_a_namespace_is_part_of_the_reference_and_a_file_only_where_it_is_known() -> None:
    split = read(KUSTOMIZE.read_text(encoding="utf-8")).documents[0]

    found = krm.result(about(split))

    assert found["resourceRef"] == {
        "apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "name": "pre-web",
        "namespace": "ns1",
    }  # fmt: skip
    assert "field" not in found
    assert "file" not in found


def test_an_object_without_a_name_cannot_be_referred_to() -> None:
    (nameless,) = read("kind: ResourceList\nitems:\n- apiVersion: v1\n  kind: A\n").documents

    assert "resourceRef" not in krm.result(about(nameless, "kind"))
    assert "field" not in krm.result(about(nameless, "kind"))


def test_notes_are_infos_and_witnesses_are_tags() -> None:
    note = reading.twin(Where(), "document 1")._replace(witness=Witness("a/b", path="/c"))

    found = krm.result(note)

    assert found["severity"] == "info"
    assert found["tags"] == {
        "code": note.code, "fidelity": "equal", "witness": "GET /c from a/b",
    }  # fmt: skip
