"""``smi2istio explain``: pages, the list, and what is near to a code that is none."""

import re

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.cli.program import run

from smi2istio.cli.explain import rules


def test_a_page(snapshot: SnapshotAssertion) -> None:
    assert run("explain", "s2i103").stdout == snapshot


def test_the_list_has_every_code() -> None:
    lines = run("explain").stdout.splitlines()

    assert [line.split()[0] for line in lines] == list(rules())


def test_the_number_alone_is_enough() -> None:
    assert run("explain", "352").stdout == run("explain", "S2I352").stdout


@pytest.mark.parametrize(("code", "near"), [("S2I000", "S2I101"), ("999", "S2I910")])
def test_an_unknown_number_leads_to_the_nearest(code: str, near: str) -> None:
    done = run("explain", code)

    assert done.returncode == 2
    assert f"the nearest code is {near}\n" in done.stderr


@pytest.mark.parametrize("code", ["S2I1O3", "", "9" * 9])
def test_what_has_no_such_number_leads_to_one_that_is_written_alike(code: str) -> None:
    done = run("explain", code)
    near = re.search("the nearest code is (.*)", done.stderr)

    assert done.returncode == 2
    assert near
    assert near[1] in rules()
