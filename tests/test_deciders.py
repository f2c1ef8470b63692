"""The two deciders prove something only as long as they share nothing that could be wrong."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ACCESS = Path(__file__).parents[1] / "plugin" / "smi2istio" / "access"
MODULES = sorted(ACCESS.glob("*.py"))

#: What both may read with: documents, their parsers, regexes, and the meaning of a pattern.
COMMON = {"documents", "diagnostics", "kinds", "source_mesh", "source", "bundle", "regex", "istio"}
OF_SOURCE = {"source", "setting", "targets", "routes", "entrances"}
OF_TARGET = {"target", "sidecars", "policies", "bridges", "truth"}


def imported(path: Path) -> Iterator[tuple[str, ...]]:
    """The modules of ours that a module imports from, below the package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("smi2istio."):
            yield tuple(str(node.module).split(".")[1:])


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_decider_knows_the_translator(path: Path) -> None:
    assert {module[0] for module in imported(path)} <= COMMON | {"access"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_decider_knows_the_other(path: Path) -> None:
    own = {module[1] for module in imported(path) if module[0] == "access"}

    assert path.stem in OF_SOURCE | OF_TARGET | {"__init__", "request"}
    assert not (path.stem in OF_SOURCE and own & OF_TARGET)
    assert not (path.stem in OF_TARGET and own & OF_SOURCE)
    assert not (path.stem == "request" and own)
