"""Looking for words in the input, without parsing what holds none of them."""

import pytest

from smi2istio.bundle import Bundle
from smi2istio.documents import read_stream
from smi2istio.options import DEFAULTS

#: The second document says the same as the first, with an escape.
_INPUT = rb"""{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}, data: {a: TCPRoute}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: escaped}, data: {a: "\x54CPRoute"}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: other}, data: {a: b}}
"""


@pytest.mark.parametrize(
    ("data", "names"),
    [(_INPUT, ["plain", "escaped"]), (_INPUT.partition(b"---\n")[2], ["escaped"])],
    ids=["somewhere in the input", "nowhere as it stands"],
)
def test_a_word_is_found_as_it_stands_and_in_disguise(data: bytes, names: list[str]) -> None:
    bundle = Bundle(read_stream(data), DEFAULTS)
    for _ in range(2):  # the second time from memory
        assert [one.name for one in bundle.mentioning("TCPRoute")] == names
