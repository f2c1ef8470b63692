"""SARIF: valid against its schema, and every result at a file and a line.

The schema and where it is from: tests/sarif/SOURCES.md.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator

from smi2istio import intake
from smi2istio.catalog import reading
from smi2istio.cli import check, explain
from smi2istio.compiler import Compilation, compile_documents, unchanged
from smi2istio.diagnostics import Diagnostic, Severity, Where
from smi2istio.documents import Unreadable, read_stream
from smi2istio.options import DEFAULTS
from smi2istio.report.text import Manner

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
SCHEMA = Draft4Validator(json.loads((HERE / "sarif" / "sarif-2.1.0.json").read_text("utf-8")))
PROGRAM = str(Path(sys.executable).with_name("smi2istio"))
ALL = Manner(tuple(Severity))

BAD = """\
apiVersion: v1
kind: List
items:
- apiVersion: split.smi-spec.io/v1alpha2
  kind: TrafficSplit
  metadata: {name: canary, namespace: shop}
  spec:
    service: website
    backends:
    - service: website-v1
      weight: many
"""


def log(compilation: Compilation, manner: Manner = ALL) -> dict[str, Any]:
    """The one run, after the schema has judged it."""
    report = json.loads(check.FORMATS["sarif"](compilation, manner))
    SCHEMA.validate(report)
    (run,) = report["runs"]
    assert isinstance(run, dict)
    return run


def said(*diagnostics: Diagnostic) -> Compilation:
    return unchanged((), diagnostics)


def result(*arguments: str | Path, cwd: Path, given: str = "") -> dict[str, Any]:
    """The first result of `check`, as the program writes it."""
    done = subprocess.run(
        [PROGRAM, "check", "--format", "sarif", *arguments],
        cwd=cwd,
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    report = json.loads(done.stdout)
    SCHEMA.validate(report)
    found = report["runs"][0]["results"][0]
    assert isinstance(found, dict)
    return found


def place(found: dict[str, Any]) -> tuple[str, int]:
    (location,) = found["locations"]
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical.get("region", {}).get("startLine", 0)


def compilations() -> Iterator[Compilation]:
    for path in sorted(FIXTURES.glob("*/*/input.yaml")):
        try:
            yield compile_documents(read_stream(path.read_bytes(), str(path)), DEFAULTS)
        except Unreadable as error:
            yield said(intake.unreadable(error))


def test_the_schema_refuses_what_is_not_sarif() -> None:
    report = json.loads(check.FORMATS["sarif"](said(reading.empty_input(Where())), ALL))
    report["runs"][0]["results"][0]["level"] = "fatal"

    assert not SCHEMA.is_valid(report)


def test_every_fixture_is_valid_and_whole() -> None:
    """Each diagnostic is a result at its file and line, and finds its own rule."""
    number = 0
    for compilation in compilations():
        run = log(compilation)
        rules = run["tool"]["driver"]["rules"]
        assert len(run["results"]) == len(compilation.diagnostics)
        assert {rule["id"] for rule in rules} == {one.code for one in compilation.diagnostics}
        for diagnostic, found in zip(compilation.diagnostics, run["results"], strict=True):
            rule = rules[found["ruleIndex"]]
            assert rule["id"] == found["ruleId"]
            file, line = place(found)
            assert file.endswith("/input.yaml")
            assert line or not diagnostic.where.file
            number += 1

    assert number > 100


def test_a_severity_that_was_changed_is_that_of_the_result_alone() -> None:
    run = log(said(reading.missing(Where())._replace(severity=Severity.WARNING)))

    assert run["results"][0]["level"] == "warning"
    assert run["tool"]["driver"]["rules"][0]["defaultConfiguration"]["level"] == "error"


def test_rules_carry_their_pages() -> None:
    catalogue = explain.rules()
    for rule in log(said(*map(_example, catalogue)))["tool"]["driver"]["rules"]:
        page = explain.page(catalogue[rule["id"]])
        assert rule["shortDescription"]["text"] in page
        assert rule["help"]["text"] in page
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"][:10])


def _example(code: str) -> Diagnostic:
    rule = explain.rules()[code]
    return Diagnostic(rule, Where(), "something", rule.severity)


def test_the_place_is_the_line_of_the_field(tmp_path: Path) -> None:
    """Of an item of a List too."""
    (tmp_path / "split.yaml").write_text(BAD, encoding="utf-8")
    found = result("split.yaml", cwd=tmp_path)

    assert (found["ruleId"], found["level"]) == ("S2I202", "error")
    assert place(found) == ("split.yaml", 11)
    assert "many" in BAD.splitlines()[10]
    assert found["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "TrafficSplit shop/canary spec.backends[0].weight"}
    ]


def test_a_file_that_is_not_yaml_has_its_place_too(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: b\n---\n{c: \n", encoding="utf-8")

    assert place(result("a.yaml", cwd=tmp_path)) == ("a.yaml", 4)


def test_names_of_files_are_uris(tmp_path: Path) -> None:
    file = tmp_path / "my split #1.yaml"
    file.write_text(BAD, encoding="utf-8")
    relative = result(".", cwd=tmp_path)["locations"][0]["physicalLocation"]["artifactLocation"]

    assert relative == {"uri": "my%20split%20%231.yaml", "uriBaseId": "%SRCROOT%"}
    assert place(result(file, cwd=tmp_path))[0] == file.as_uri()


@pytest.mark.parametrize(
    ("manner", "uri"), [(ALL, "a.yaml"), (ALL._replace(configuration="smi2istio.yaml"), None)]
)
def test_what_concerns_the_run_stands_at_a_file_of_it(manner: Manner, uri: str | None) -> None:
    documents = read_stream(BAD.encode(), "a.yaml")
    run = log(unchanged(documents, (reading.old_version(Where(), ("v1",)),)), manner)

    assert place(run["results"][0]) == (uri or manner.configuration, 0)


def test_standard_input_has_a_name_and_lines(tmp_path: Path) -> None:
    assert place(result("-", cwd=tmp_path, given=BAD)) == ("stdin", 11)


def test_a_regex_is_no_link() -> None:
    """SARIF has links in plain text, as Markdown has."""
    regex = reading.missing(Where())._replace(message="no Istio pattern says '[ab](c)'")

    assert log(said(regex))["results"][0]["message"]["text"] == (
        r"no Istio pattern says '\[ab\](c)'"
    )


def test_a_witness_is_a_property() -> None:
    for compilation in compilations():
        run = log(compilation)
        for diagnostic, found in zip(compilation.diagnostics, run["results"], strict=True):
            witness = diagnostic.witness
            assert found.get("properties") == ({"witness": str(witness)} if witness else None)
