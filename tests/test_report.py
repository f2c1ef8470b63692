"""What a run says: lines for people, JSON for programs."""

import json
from collections import Counter

import pytest
import yaml

from smi2istio.catalog import access, reading
from smi2istio.compiler import Compilation
from smi2istio.diagnostics import Diagnostic, Severity, Where, Witness
from smi2istio.documents import Document, read_stream
from smi2istio.report import as_json, text
from smi2istio.report.text import Manner, counted

ALL = tuple(Severity)


def compilation(
    *diagnostics: Diagnostic,
    consumed: dict[str, int] | None = None,
    emitted: dict[str, int] | None = None,
) -> Compilation:
    return Compilation((), diagnostics, Counter(consumed or {}), Counter(emitted or {}))


def split(file: str = "", name: str = "canary") -> Document:
    source = f"""\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: {name}
  namespace: shop
spec:
  backends:
  - service: a
    weight: many
"""
    return read_stream(source.encode(), file)[0]


def test_nothing_is_said_when_nothing_happened() -> None:
    assert text.report(compilation()) == ""


def test_nothing_is_said_of_notes_alone() -> None:
    assert text.report(compilation(reading.old_version(Where(), ("v1",)))) == ""


def test_a_conversion_is_summed_up_in_one_line() -> None:
    done = compilation(
        consumed={"TrafficSplit": 1, "HTTPRouteGroup": 2, "TrafficTarget": 4},
        emitted={"VirtualService": 1, "AuthorizationPolicy": 4},
    )

    assert text.report(done) == (
        "smi2istio: 4 TrafficTargets, 2 HTTPRouteGroups, 1 TrafficSplit"
        " → 4 AuthorizationPolicies, 1 VirtualService\n"
    )


def test_what_vanishes_becomes_nothing() -> None:
    assert text.report(compilation(consumed={"TrafficMetrics": 2})) == (
        "smi2istio: 2 TrafficMetrics → nothing\n"
    )


def test_errors_come_first_and_nothing_is_converted() -> None:
    report = text.report(
        compilation(
            reading.ignored_field(Where(split(), "spec.colour"), "colour", ()),
            reading.wrong_type(Where(split(), "spec.matches"), "a list", "text"),
        )
    )

    assert report.splitlines() == [
        "error[S2I102] TrafficSplit shop/canary spec.matches: expected a list, found text",
        "warning[S2I104] TrafficSplit shop/canary spec.colour: unknown field, ignored",
        "smi2istio: nothing is converted; 1 error; 1 warning",
    ]


def test_file_and_line_are_named_where_they_are_known() -> None:
    where = Where(split("shop/split.yaml"), "spec.backends[0].weight")

    assert text.line(reading.wrong_type(where, "a number", "a string")).endswith(
        "found a string (shop/split.yaml:9)"
    )


def test_what_is_asked_for_can_be_pasted() -> None:
    """Two entries of one key, one of them asked for twice, and a configuration that loads."""
    report = text.report(
        compilation(
            access.no_workload(Where(), "shop/till"),
            access.no_workload(Where(split()), "shop/till"),
            access.no_workload(Where(), "shop/store"),
        )
    )
    _, block = report.split("to decide, under 'spec' of the configuration:\n")
    lines = [line for line in block.splitlines() if line.startswith(" ")]

    assert yaml.safe_load("\n".join(lines))["workloads"] == [
        {"serviceAccount": name, "namespace": "shop", "labels": {"app": name}}
        for name in ("till", "store")
    ]
    assert report.splitlines()[-1] == "smi2istio: nothing is converted; 3 errors"


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\x07", "a\nerror[S2I101] b", "\u202egnp", "\u2028", "\x9b31m"]
)
def test_names_cannot_command_the_terminal(hostile: str) -> None:
    name = json.dumps(f"x{hostile}")
    said = text.line(reading.no_namespace(Where(split(name=name))))

    assert said.isprintable()
    assert "TrafficSplit shop/x" in said


def test_colours_do_not_change_the_words() -> None:
    said = reading.missing(Where(split(), "spec.service"))

    assert text.line(said, colour=True) == (
        "\x1b[1;31merror[S2I105]\x1b[m TrafficSplit shop/canary spec.service:"
        " required, but absent or empty"
    )


def test_the_summary_names_a_configuration_that_was_found_and_files_passed_over() -> None:
    manner = Manner(configuration="smi2istio.yaml", passed_over=2)

    assert text.report(compilation(consumed={"TrafficMetrics": 1}), manner) == (
        "smi2istio: 1 TrafficMetrics → nothing; 2 files passed over; configured by smi2istio.yaml\n"
    )


def test_quiet_leaves_only_the_errors() -> None:
    manner = Manner(severities=(Severity.ERROR,), brief=True)
    diagnostics = (reading.empty_input(Where()), reading.ignored_field(Where(), "a", ()))

    assert text.report(compilation(*diagnostics), manner) == "error[S2I116] the input is empty\n"


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (1, "Retry", "1 Retry"),
        (2, "Retry", "2 Retries"),
        (2, "Gateway", "2 Gateways"),
        (2, "Egress", "2 Egresses"),
        (3, "TrafficMetrics", "3 TrafficMetrics"),
        (0, "warning", "0 warnings"),
    ],
)
def test_kinds_have_plurals(number: int, noun: str, words: str) -> None:
    assert counted(number, noun) == words


def test_json_has_every_part() -> None:
    witness = Witness("shop/till", "GET", "/v1x0", (("host", "a"),), 80)
    where = Where(split("shop/split.yaml"), "spec.backends[0].weight")
    report = json.loads(
        as_json.report(
            compilation(
                access.literal_dot(where, "/v1.0", "/v1.0", str(witness), witness),
                consumed={"TrafficSplit": 1},
            ),
            Manner(ALL, configuration="smi2istio.yaml"),
        )
    )

    assert report["summary"] == {
        "failed": False,
        "errors": 0,
        "warnings": 0,
        "notes": 1,
        "consumed": {"TrafficSplit": 1},
        "emitted": {},
        "configuration": "smi2istio.yaml",
    }
    (said,) = report["diagnostics"]
    assert said.pop("message").startswith("'/v1.0' becomes '/v1.0'")
    assert said == {
        "code": "S2I353",
        "severity": "note",
        "fidelity": "narrower",
        "witness": {
            "source": "shop/till",
            "method": "GET",
            "path": "/v1x0",
            "headers": [{"name": "host", "value": "a"}],
            "port": 80,
        },
        "resourceRef": {
            "apiVersion": "split.smi-spec.io/v1alpha2",
            "kind": "TrafficSplit",
            "name": "canary",
            "namespace": "shop",
        },
        "field": "spec.backends[0].weight",
        "file": "shop/split.yaml",
        "line": 9,
        "paste": {},
        "settings": [],
        "answers": [],
    }


def test_json_of_a_run_as_a_whole_has_no_place() -> None:
    report = json.loads(as_json.report(compilation(reading.empty_input(Where())), Manner(ALL)))

    (said,) = report["diagnostics"]
    assert [said[key] for key in ("witness", "resourceRef", "field", "file", "line")] == [None] * 5
    assert report["summary"]["failed"]


def test_json_holds_the_configuration_to_paste() -> None:
    report = json.loads(
        as_json.report(compilation(access.no_workload(Where(), "shop/till")), Manner(ALL))
    )

    (entry,) = yaml.safe_load(report["diagnostics"][0]["paste"]["workloads"])
    assert (entry["namespace"], entry["serviceAccount"]) == ("shop", "till")
