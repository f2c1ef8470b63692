"""No mutation of any fixture ends in a traceback, in half an output or in a false success."""

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smi2istio.cli.inputs import Inputs, Text
from smi2istio.compiler import compile_documents
from smi2istio.documents import REMOVED, Unreadable, dump, load, read_stream
from smi2istio.function import answer
from smi2istio.options import DEFAULTS

FIXTURES = Path(__file__).parents[1] / "fixtures"
INPUTS: Final = tuple(path.read_bytes() for path in sorted(FIXTURES.glob("*/*/input.yaml")))
CONFIGURATIONS: Final = tuple(
    path.read_bytes() for path in sorted(FIXTURES.glob("*/*/config.yaml"))
)

#: What stands in for a value, a key or a line: each has once been somebody's bug.
PAYLOADS: Final = (
    b"", b"null", b"~", b"[]", b"{}", b"[[]]", b"- ", b"true", b"'true'", b"0", b"-1", b"1e3",
    b"0644", b"12:30", b"2024-01-01", b".nan", b"9" * 5000, b"a" * 300, b"'", b'"', b"&a b",
    b"*a", b"<<: {}", b"!!binary x", b"!x y", b"|", b">-", b"---", b"...", b"\t", b"\x00",
    b"\x1b[2J", b"\xff", b"\xef\xbb\xbf", "é".encode(), "\u2028".encode(), b'"\\ud800"',
    b"%YAML 1.1", b"{{ .Values.x }}", b"? a", b"#", b"(", b"[a", b"a**", b"(?<n>a)", b"(?=a)",
    b"(a|aa)*b{1,1000}", b"((a{1,99}){1,99}){1,99}", b"\\pL+", b"*", b"/{**}", b"/*", b".*",
    b"svc.ns.svc.cluster.local", b"ns/svc", b"a:b", b"kind: List", b"items:", b"apiVersion: v1",
    b"metadata: []", b"spec: null", b"namespace: ''", b"name: 7", b"weight: 500m", b"- - a",
)  # fmt: skip

Lines = list[bytes]


def drop(lines: Lines, at: int, number: int, _payload: bytes) -> None:
    del lines[at : at + 1 + number % 3]


def double(lines: Lines, at: int, number: int, _payload: bytes) -> None:
    lines[at:at] = lines[at : at + 1 + number % 5]


def swap(lines: Lines, at: int, number: int, _payload: bytes) -> None:
    other = number % len(lines)
    lines[at], lines[other] = lines[other], lines[at]


def indent(lines: Lines, at: int, number: int, _payload: bytes) -> None:
    lines[at] = b" " * (number % 5) + lines[at].lstrip()


def set_value(lines: Lines, at: int, _number: int, payload: bytes) -> None:
    lines[at] = lines[at].partition(b":")[0] + b": " + payload


def set_key(lines: Lines, at: int, _number: int, payload: bytes) -> None:
    key, colon, value = lines[at].partition(b":")
    lines[at] = key[: len(key) - len(key.lstrip())] + payload + colon + value


def insert_line(lines: Lines, at: int, number: int, payload: bytes) -> None:
    lines.insert(at, b" " * (number % 9) + payload)


def insert_text(lines: Lines, at: int, number: int, payload: bytes) -> None:
    place = number % (len(lines[at]) + 1)
    lines[at] = lines[at][:place] + payload + lines[at][place:]


def cut(lines: Lines, at: int, _number: int, _payload: bytes) -> None:
    del lines[at:]


def graft(lines: Lines, at: int, number: int, _payload: bytes) -> None:
    lines[at:at] = INPUTS[number % len(INPUTS)].split(b"\n")


Mutation = tuple[Callable[[Lines, int, int, bytes], None], int, int, bytes]
mutations = st.lists(
    st.tuples(
        st.sampled_from(
            (drop, double, swap, indent, set_value, set_key, insert_line, insert_text, cut, graft)
        ),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.sampled_from(PAYLOADS),
    ),
    min_size=1,
    max_size=6,
)


def mutate(text: bytes, changes: Sequence[Mutation]) -> bytes:
    lines = text.split(b"\n")
    for change, at, number, payload in changes:
        change(lines, at % len(lines), number, payload)
        lines = lines or [b""]
    return b"\n".join(lines)


def as_resource_list(text: bytes, configuration: bytes) -> bytes:
    """The documents of a stream as items, cut at the separators and not looked at."""
    items = b"".join(
        b"- " + part.strip(b"\n").replace(b"\n", b"\n  ") + b"\n"
        for part in text.split(b"\n---\n")
        if part.strip()
    )
    config = configuration.strip().replace(b"\n", b"\n  ")
    return (
        b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n"
        + items
        + b"functionConfig:\n  "
        + config
        + b"\n"
    )


def is_readable(data: bytes) -> bool:
    """Whether all documents are YAML; what passes through is not looked at."""
    try:
        return all(document.body is not None for document in read_stream(data))
    except Unreadable:
        return False


@pytest.mark.fuzz
@given(
    text=st.sampled_from(INPUTS),
    configuration=st.sampled_from(CONFIGURATIONS),
    changes=mutations,
    whole=st.booleans(),
)
def test_the_function_answers_every_mutation(
    *, text: bytes, configuration: bytes, changes: list[Mutation], whole: bool
) -> None:
    """Mutated after it has become a ResourceList (*whole*), or before."""
    if whole:
        data = mutate(as_resource_list(text, configuration), changes)
    else:
        data = as_resource_list(mutate(text, changes), configuration)
    output, report, status = answer(data)

    assert report.replace("\n", "").isprintable()
    assert report.startswith("error[S2I") == bool(status)
    assert output or status
    if output and is_readable(data):
        resource_list = load(output)
        assert isinstance(resource_list, dict)
        assert resource_list["kind"] == "ResourceList"


#: What stands in for any value of a document; the document stays YAML.
VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 70_000, 2**63, 0.5, "", "*", "/*", "/a*b", "/{**}/a", "{*}", ".*", "a|", "(",
    "\\", "(?i)a", "(a|aa)*b{1,1000}", "((a{1,99}){1,99}){1,99}", "[^/]+", "x" * 2000, "1e3", "on",
    "a.b.c.d", "ns/name", "name:80", "500m", "kube-system", "istio-system", "ServiceAccount",
    "HTTPRouteGroup", "TCPRoute", "\x1b[31m", "\u2028", [], {}, [None], [[]], [{}], {"a": None},
    {"": []}, ["a", "a"], [{"name": "a"}, {"name": "a"}], REMOVED,
)  # fmt: skip


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every collection within a value, with each of its keys or indexes."""
    for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)


@pytest.mark.fuzz
@given(
    text=st.sampled_from([text for text in INPUTS if is_readable(text)]),
    configuration=st.sampled_from(CONFIGURATIONS),
    changes=st.lists(
        st.tuples(st.integers(0, 100_000), st.sampled_from(VALUES)), min_size=1, max_size=4
    ),
)
def test_any_value_may_stand_anywhere(
    text: bytes, configuration: bytes, changes: list[tuple[int, Any]]
) -> None:
    bodies = [load(part) for part in text.split(b"\n---\n") if part.strip()]
    for number, value in changes:
        found = list(places(bodies))
        collection, key = found[number % len(found)]
        if value is REMOVED:
            del collection[key]
        else:
            collection[key] = deepcopy(value)
        bodies = bodies or [{}]
    stream = "\n---\n".join(map(dump, bodies)).encode()
    output, report, status = answer(as_resource_list(stream, configuration))

    assert report.replace("\n", "").isprintable()
    assert report.startswith("error[S2I") == bool(status)
    assert output or status


@pytest.mark.fuzz
@given(text=st.sampled_from(INPUTS), changes=mutations)
def test_a_stream_is_refused_or_converted_whole(text: bytes, changes: list[Mutation]) -> None:
    data = mutate(text, changes)
    try:
        inputs = Inputs({"": Text(data)})
    except Unreadable:
        return
    compilation = compile_documents(inputs.documents, DEFAULTS)
    output = inputs.written(compilation)[""]

    if compilation.failed or not compilation.changed:
        assert output == data
    assert is_readable(output) or not is_readable(data)


@pytest.mark.fuzz
@given(configuration=st.sampled_from(CONFIGURATIONS), changes=mutations)
def test_every_mutation_of_a_configuration_is_read_or_refused(
    configuration: bytes, changes: list[Mutation]
) -> None:
    _, report, status = answer(as_resource_list(INPUTS[0], mutate(configuration, changes)))

    assert report.startswith("error[S2I") == bool(status)
