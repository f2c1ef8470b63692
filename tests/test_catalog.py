"""The catalogue of diagnostics is complete, documented and exercised."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from inspect import cleandoc
from pathlib import Path

import pytest

from smi2istio.cli.explain import rules
from smi2istio.diagnostics import Fidelity, Rule, Severity

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "plugin" / "smi2istio"
CATALOGUE = PACKAGE / "catalog"
RULES = rules()
REPORTS = sorted((ROOT / "fixtures").glob("*/*/report.txt"))
CODE = re.compile(r"\[(S2I\d{3})\]")
REPORTED = {code for path in REPORTS for code in CODE.findall(path.read_text(encoding="utf-8"))}

#: Wider, and yet warnings: the promise leaves them out (the specification, §1, §6.7, §9).
OUTSIDE_THE_PROMISE = {
    "S2I331",
    "S2I332",
    "S2I338",
    "S2I339",
    "S2I364",
    "S2I365",
    "S2I616",
    "S2I654",
}
#: What no fixture can show, and what shows it: the input is no stream, or our output is wrong.
ELSEWHERE = {
    **dict.fromkeys(("S2I115", "S2I116"), "cli/test_function.py"),
    "S2I118": "cli/test_check.py",
    **dict.fromkeys(("S2I902", "S2I905", "S2I906"), "test_validate.py"),
}
#: The first digit of a code → the modules that may define it.
RANGES = {
    "reading": "1",
    "split": "2",
    "access": "3",
    "osm_config": "4",
    "osm_policies": "4",
    "namespaces": "5",
    "neighbours": "5",
    "legacy": "6",
    "assembling": "8",
    "checking": "9",
}


def wordings() -> Iterator[tuple[str, str, str]]:
    """Module, function and code of every entry, read from the source."""
    for path in sorted(CATALOGUE.glob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.decorator_list:
                (decorator,) = node.decorator_list
                assert isinstance(decorator, ast.Call)
                (code, *_) = decorator.args
                assert isinstance(code, ast.Constant)
                yield path.stem, node.name, str(code.value)


WORDINGS = sorted(wordings(), key=lambda entry: entry[2])
PROGRAM = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.parent != CATALOGUE
)


def test_a_module_is_imported_when_it_is_needed() -> None:
    program = (
        "import sys; from smi2istio.catalog import legacy; name = 'smi2istio.catalog.legacy'\n"
        "print(name in sys.modules); legacy.invalid; print(name in sys.modules)"
    )
    run = subprocess.run((sys.executable, "-c", program), capture_output=True, check=True)
    assert run.stdout.split() == [b"False", b"True"]


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
class TestEveryRule:
    def test_has_a_one_sentence_title(self, rule: Rule) -> None:
        assert re.fullmatch(r"[A-Za-z].{10,70}\.", rule.title)
        assert ". " not in rule.title

    def test_tells_the_user_what_to_do(self, rule: Rule) -> None:
        title, _, text = cleandoc(rule.page).partition("\n\n")

        assert "\n" not in title
        assert len(text) > 20

    def test_is_shown_by_a_fixture(self, rule: Rule) -> None:
        test = ELSEWHERE.get(rule.code)
        if test is None:
            assert rule.code in REPORTED
        else:
            assert rule.code in (ROOT / "tests" / test).read_text(encoding="utf-8")


def test_what_allows_more_is_an_error() -> None:
    wider = [rule for rule in RULES.values() if rule.fidelity is Fidelity.WIDER]
    warnings = {rule.code for rule in wider if rule.severity is not Severity.ERROR}

    assert warnings == OUTSIDE_THE_PROMISE


def test_nothing_comes_out_of_errors_but_what_is_accepted() -> None:
    errors = [rule for rule in RULES.values() if rule.severity is Severity.ERROR]

    assert {rule.fidelity for rule in errors} == {Fidelity.NONE, Fidelity.WIDER}


@pytest.mark.parametrize(("module", "name", "code"), WORDINGS, ids=str)
class TestEveryWording:
    def test_stands_in_the_module_of_its_range(self, module: str, name: str, code: str) -> None:
        assert re.fullmatch(rf"S2I{RANGES[module]}\d\d", code), name

    def test_is_uttered_somewhere(self, module: str, name: str, code: str) -> None:
        assert re.search(rf"\b(catalog|{module})\.{name}\b", PROGRAM), code


def test_the_source_and_the_catalogue_agree() -> None:
    assert [code for _, _, code in WORDINGS] == list(RULES)


def test_every_reported_code_exists() -> None:
    assert not REPORTED - set(RULES)


def test_no_code_of_a_range_stands_out_of_order() -> None:
    """A reader finds a code where its number says."""
    by_module: dict[str, list[str]] = {}
    for module, _, code in wordings():
        by_module.setdefault(module, []).append(code)

    assert by_module == {module: sorted(codes) for module, codes in by_module.items()}
