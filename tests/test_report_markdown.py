"""Markdown: what a reader of a pull request sees, and nothing that the input could smuggle in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from smi2istio.catalog import access, reading
from smi2istio.cli import check
from smi2istio.compiler import compile_documents, unchanged
from smi2istio.diagnostics import Diagnostic, Severity, Where, printable
from smi2istio.documents import read_stream
from smi2istio.options import DEFAULTS
from smi2istio.report.text import Manner

ALL = Manner(tuple(Severity))
# HTML is markup too.
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def report(*diagnostics: Diagnostic, manner: Manner = ALL) -> str:
    return check.FORMATS["markdown"](unchanged((), diagnostics), manner)


def split(name: str = "canary", file: str = "shop/split.yaml") -> Where:
    source = f"""\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {{name: {json.dumps(name)}, namespace: shop}}
spec: {{service: website, backends: [{{service: a, weight: many}}]}}
"""
    return Where(read_stream(source.encode(), file)[0])


def inline(markdown: str) -> list[Token]:
    return [one for token in READER.parse(markdown) for one in token.children or ()]


def test_a_diagnostic_is_an_item() -> None:
    """The severity, the code, the place, the file and line, the message."""
    where = split().at("spec").at("backends").at(0).at("weight")

    assert report(reading.missing(where)) == (
        "**smi2istio**: `nothing is converted; 1 error`\n"
        "\n"
        "- **error** S2I105 `TrafficSplit shop/canary spec.backends[0].weight` `shop/split.yaml:4`:"
        " `required, but absent or empty`\n"
    )


def test_what_has_no_place_has_only_its_message() -> None:
    assert "\n- **error** S2I116 `the input is empty`\n" in report(reading.empty_input(Where()))


def test_a_run_with_nothing_to_say_says_so() -> None:
    config_map = read_stream(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
    compilation = compile_documents(config_map, DEFAULTS)

    assert check.FORMATS["markdown"](compilation, ALL) == "**smi2istio**: `nothing to convert`\n"


def test_what_is_to_be_pasted_is_yaml() -> None:
    tokens = READER.parse(report(access.no_workload(Where(), "shop/till")))
    (fence,) = [token for token in tokens if token.type == "fence"]

    assert fence.info == "yaml"
    assert fence.content.startswith("  workloads:\n")


def test_quiet_leaves_out_what_is_to_be_pasted() -> None:
    brief = Manner((Severity.ERROR,), brief=True)

    assert "```" not in report(access.no_workload(Where(), "shop/till"), manner=brief)


HOSTILE = "<img src=x>", "@everyone", "[a](//b)", "`x`", "``", "#1", "a|b", "\n# b", "</code>", " "


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_stay_names(hostile: str) -> None:
    """Each is inside a code span, whole."""
    written = report(reading.missing(split(hostile)), reading.missing(split(file=hostile)))
    spans = [token.content for token in inline(written) if token.type == "code_inline"]

    assert f"TrafficSplit shop/{printable(hostile)}" in spans
    assert f"{printable(hostile)}:1" in spans


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_no_text_of_the_input_is_markup(name: str) -> None:
    """Only our own words are, the same for every name."""
    message = reading.missing(Where())._replace(message=name or "-")
    kinds = [token.type for token in inline(report(message)) if token.type != "code_inline"]
    ours = [
        token.type
        for token in inline(report(reading.missing(Where())))
        if token.type != "code_inline"
    ]

    assert kinds == ours
