"""The acceptor is never wrong, and it knows what we write.

It stands in front of the judge, so what it accepts nobody looks at again.  Here the judge
looks: at the documents that we write, with every single change, and with random ones.
"""

import operator
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import chain, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from smi2istio.diagnostics import Where
from smi2istio.documents import read_stream
from smi2istio.validate import schemas
from smi2istio.validate.acceptor import KINDS
from smi2istio.validate.emitted import Emitted
from smi2istio.validate.judge import judge

Change = Callable[[Any, Any], object]

ROOT = Path(__file__).parents[1]
VALID = [
    dict(document.body)
    for document in read_stream((ROOT / "tests/validate/valid.yaml").read_bytes())
]
#: What we wrote into the fixtures, as the provenance shows.
WRITTEN = [
    document
    for path in sorted(ROOT.glob("fixtures/*/*/expected.yaml"))
    for document in read_stream(path.read_bytes(), str(path.relative_to(ROOT)))
    if document.kind in KINDS and "smi2istio.dev/source" in document.annotations
]

#: Values that are wrong somewhere, or just right.
ODD: list[Any] = [
    None, True, 0, 1, -1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, -(2**31) - 1, 1.0, 0.5,
    "", "*", "a*", "A", "a.b", "a_b", "-a", "a/b", "a/b/c", "w" * 63, "w" * 64, "w" * 253,
    "w" * 254, "a\n", "ALLOW", "DENY", "STRICT", "DISABLE", "80", "1s",
    [], {}, [None], [""], [{}], ["x"] * 3, [{}] * 513, {"": ""}, {"a": "*"}, {"*": "a"},
    {"exact": "a", "regex": "b"}, {str(number): "x" for number in range(300)},
]  # fmt: skip


def fields(schema: Any) -> set[str]:
    """Every name of a field in a schema."""
    if isinstance(schema, list):
        return set().union(*map(fields, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(fields, schema.values()))


FIELDS = sorted(
    {"spec", "status", "metadata", "labels", "generateName", "x"}.union(
        *(fields(schemas.istio(kind, minor)) for kind in KINDS for minor in ("1.22", "1.31"))
    )
)


def holders(value: Any) -> list[Any]:
    """Every mapping and list in a document, the document first."""
    found = [value] if isinstance(value, (dict, list)) else []
    for inner in value.values() if isinstance(value, dict) else value if found else ():
        found += holders(inner)
    return found


def changed(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every copy of a document in which one value or key is another, absent, or new."""
    for number, original in enumerate(holders(body)):
        keys = list(original) if isinstance(original, dict) else list(range(len(original)))
        news = FIELDS if isinstance(original, dict) else ()
        for key, change in chain(product(keys, CHANGES), product(news, (become("x"), become({})))):
            if original is body and key in ("kind", "metadata"):
                continue  # without them there is nobody to judge, or no place to name
            copy = deepcopy(body)
            change(holders(copy)[number], key)
            yield copy


def become(value: Any) -> Change:
    return lambda holder, key: operator.setitem(holder, key, deepcopy(value))


def renamed(name: str) -> Change:
    def change(holder: Any, key: Any) -> None:
        if isinstance(holder, dict):
            holder[name] = holder.pop(key)

    return change


def repeat(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.extend([holder[key]] * 512)


CHANGES: list[Change] = [
    *(become(value) for value in ODD),
    *(renamed(value) for value in ODD if isinstance(value, str)),
    operator.delitem,
    repeat,
]


@pytest.mark.parametrize("body", VALID, ids=lambda body: str(body["kind"]))
def test_the_judge_finds_nothing_in_a_changed_document_that_the_acceptor_accepts(
    body: dict[str, Any],
) -> None:
    verdicts = Counter[bool]()
    for other in changed(body):
        accepted = KINDS[body["kind"]](other)
        verdicts[accepted] += 1
        if accepted:
            for minor in ("1.22", "1.31"):
                assert [str(found) for found in judge(Emitted(other, Where()), minor)] == []

    assert min(verdicts[True], verdicts[False]) > 20


@pytest.mark.fuzz
@given(st.data(), st.sampled_from(VALID), st.sampled_from(schemas.minors()))
def test_nor_after_several_changes(data: st.DataObject, body: dict[str, Any], minor: str) -> None:
    other = deepcopy(body)
    for _ in range(data.draw(st.integers(2, 4))):
        holder = data.draw(st.sampled_from([one for one in holders(other["spec"]) if one]))
        key = data.draw(st.sampled_from(list(holder) if isinstance(holder, dict) else [0]))
        data.draw(st.sampled_from(CHANGES))(holder, key)
        if not other["spec"]:
            break

    accepted = KINDS[body["kind"]](other)
    event("accepted" if accepted else "left to the judge")

    if accepted:
        assert [str(found) for found in judge(Emitted(other, Where()), minor)] == []


@pytest.mark.parametrize("body", VALID, ids=lambda body: str(body["kind"]))
def test_the_acceptor_knows_what_we_write(body: dict[str, Any]) -> None:
    assert KINDS[body["kind"]](body)


@pytest.mark.parametrize("body", VALID, ids=lambda body: str(body["kind"]))
@pytest.mark.parametrize("minor", schemas.minors())
def test_the_judge_agrees_in_every_minor(body: dict[str, Any], minor: str) -> None:
    assert [str(found) for found in judge(Emitted(body, Where()), minor)] == []


def test_the_acceptor_knows_every_document_of_the_fixtures() -> None:
    """One that it does not know would cost a run more than all of its work.

    Only a field that not every minor has goes to the judge.
    """
    unknown = [
        f"{document.file} {document.kind} {document.name}"
        for document in WRITTEN
        if not KINDS[document.kind](document.body) and "backoff:" not in document.text
    ]

    assert len(WRITTEN) > 100
    assert unknown == []
