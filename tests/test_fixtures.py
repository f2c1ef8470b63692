"""Each directory under fixtures/ is one test: input.yaml in, expected.yaml and report.txt out.

A second run over the output changes nothing and has nothing new to say.  Expectations are
derived from the specification by hand; `--update-fixtures` rewrites them, for a diff to be
read line by line.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from smi2istio import krm
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Refusal
from smi2istio.documents import Stream, Unreadable, read_stream
from smi2istio.options import DEFAULTS, Options, of_document

FIXTURES = Path(__file__).parents[1] / "fixtures"
# What a second run says again, because it is about documents that were left as they are:
# another mesh's namespaces, groups that others need, Canaries and Rollouts, Mixer, and what
# other meshes have beside SMI's documents.
SAID_AGAIN = {
    *("S2I502", "S2I514", "S2I516", "S2I341", "S2I230", "S2I231", "S2I233", "S2I690"),
    *("S2I550", "S2I551", "S2I552", "S2I553", "S2I554", "S2I555"),
    *("S2I558", "S2I559"),
}
CODE = re.compile(r"\[(S2I\d{3})\]")
CASES = sorted(path.parent for path in FIXTURES.glob("*/*/input.yaml"))
CONVERTED = [case for case in CASES if (case / "expected.yaml").exists()]


def test_there_are_fixtures() -> None:
    assert len(CASES) > 400
    assert len(CONVERTED) > 200


def configuration(case: Path) -> Options:
    config = case / "config.yaml"
    return of_document(read_stream(config.read_bytes())[0]) if config.exists() else DEFAULTS


def compiled(source: bytes, options: Options) -> tuple[bytes | None, list[str]]:
    """The output, None where the input is refused, and the lines of the report."""
    stream = Stream(source)
    stream.open_lists(lambda _: True)
    compilation = compile_documents(stream.documents, options)
    report = [str(one) for one in compilation.diagnostics]
    if compilation.failed:
        return None, report
    return stream.write(*krm.changes(stream.documents, compilation.outputs)), report


def run(case: Path) -> tuple[bytes | None, list[str]]:
    try:
        return compiled((case / "input.yaml").read_bytes(), configuration(case))
    except Refusal as refusal:
        return None, [str(refusal.diagnostic)]
    except Unreadable as error:
        return None, [str(error)]


def name(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_fixture(case: Path, golden: Callable[[Path, str], None]) -> None:
    output, report = run(case)

    if output is not None:
        golden(case / "expected.yaml", output.decode())
    else:
        assert not (case / "expected.yaml").exists(), report
    status = 1 if output is None else 0
    golden(case / "report.txt", "".join(f"{line}\n" for line in [*report, f"exit {status}"]))


@pytest.mark.parametrize("case", CONVERTED, ids=name)
def test_a_second_run_changes_nothing(case: Path) -> None:
    expected = (case / "expected.yaml").read_bytes()
    output, report = compiled(expected, configuration(case))

    assert output == expected, report
    assert set(CODE.findall("\n".join(report))) <= SAID_AGAIN


@pytest.mark.parametrize("case", CONVERTED, ids=name)
def test_the_order_of_documents_does_not_matter(case: Path) -> None:
    """Each document has its replacements at its place, but they are the same."""
    source = (case / "input.yaml").read_text()
    backwards = "\n---\n".join(reversed(source.rstrip("\n").split("\n---\n"))) + "\n"

    output, _ = compiled(backwards.encode(), configuration(case))

    assert output is not None
    assert bodies(output) == bodies((case / "expected.yaml").read_bytes())


def bodies(stream: bytes) -> list[str]:
    return sorted(repr(document.body) for document in read_stream(stream))
