"""Modules import only from lower layers, stay short, and the function starts with few imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smi2istio.translate import TRANSLATORS, translator

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "plugin" / "smi2istio"
MODULES = sorted(PACKAGE.rglob("*.py"))
# In the catalogue the pages of a range of codes stay together, however many they are.
PROGRAM = [path for path in MODULES if path.parent.name != "catalog"]

# Lowest first. A package counts as one name; names on one line do not import each other.
LAYERS = (
    {"records", "names", "durations"},
    {"documents", "kinds"},
    {"diagnostics", "lenient"},
    {"catalog"},
    {"fields", "source_mesh", "emit", "yielded"},
    {"decisions"},
    {"options"},
    {"source", "istio", "routes", "entrances"},
    {"regex", "bundle", "protocols", "grants", "intake", "consent", "legacy"},
    {"members", "controllers"},
    {"membership"},
    {"context"},
    {"exposure", "split_services"},
    {"selectors"},
    {"workloads"},
    {"translate", "assemble", "validate"},
    {"compiler"},
    {"krm", "report", "access", "leftovers", "renderers"},
    {"function", "cli"},
    {"__init__", "__main__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

# Each costs a large part of what the whole function may (README, "Speed").
TOO_SLOW = (
    "argparse",
    "click",
    "dataclasses",
    "inspect",
    "json",
    "jsonschema",
    "logging",
    "pathlib",
)


def imported(path: Path) -> Iterator[str]:
    """The modules and packages of ours that a module names in its imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports are absolute"
            module = str(node.module)
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "smi2istio" and len(parts) > 1 and parts[1] in LEVEL:
                yield parts[1]


def own(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_module_has_a_layer_and_every_layer_its_modules() -> None:
    assert {own(path) for path in MODULES} == set(LEVEL)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_keeps_to_its_layer(path: Path) -> None:
    too_high = {
        name for name in set(imported(path)) - {own(path)} if LEVEL[name] >= LEVEL[own(path)]
    }

    assert not too_high


@pytest.mark.parametrize("path", PROGRAM, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_module_is_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250


@pytest.mark.parametrize("name", sorted(set(TRANSLATORS.values())))
def test_the_table_names_translators(name: str) -> None:
    assert callable(translator(name))


def test_the_function_imports_nothing_slow() -> None:
    """One SMI document through the whole function, in a fresh interpreter."""
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "from smi2istio.cli import streams\n"
        "from smi2istio.function import answer\n"
        "status = streams.finish(*answer(streams.read_input()))\n"
        f"slow = set({TOO_SLOW}) & (set(sys.modules) - before)\n"
        "assert not slow, slow\n"
        "sys.exit(status)\n"
    )
    split = (ROOT / "kustomize" / "canary" / "base" / "split.yaml").read_text(encoding="utf-8")
    item = "".join(f"  {line}\n" for line in split.splitlines()).replace("  ", "- ", 1)
    resource_list = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n{item}"
    function = subprocess.run(
        [sys.executable, "-c", program],
        input=resource_list,
        capture_output=True,
        text=True,
        check=False,
    )

    assert function.returncode == 0, function.stderr
    assert "kind: VirtualService" in function.stdout
