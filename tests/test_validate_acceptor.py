"""The acceptor is never wrong, and it knows what we write.

It stands in front of the judge, so what it accepts nobody looks at again.  Here the judge
looks: at the documents that we write, with every single change, and with random ones.
"""

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from tests.validate.mutations import CHANGES, ROOT, VALID, changed, holders

from smi2istio.diagnostics import Where
from smi2istio.documents import read_stream
from smi2istio.validate import schemas
from smi2istio.validate.acceptor import KINDS
from smi2istio.validate.emitted import Emitted
from smi2istio.validate.judge import judge

#: What we wrote into the fixtures, as the provenance shows.
WRITTEN = [
    document
    for path in sorted(ROOT.glob("fixtures/*/*/expected.yaml"))
    for document in read_stream(path.read_bytes(), str(path.relative_to(ROOT)))
    if document.kind in KINDS and "smi2istio.dev/source" in document.annotations
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
            # The oldest minor, and the judge asks the newer ones too.
            assert [str(found) for found in judge(Emitted(other, Where()), "1.22")] == []

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
