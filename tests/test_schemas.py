"""schemas/ is what its script derives, complete, without prose, and found at run time."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from smi2istio.validate import schemas

FOLDER = Path(__file__).parents[1] / "schemas"
FILES = sorted(FOLDER.glob("*/*/*.json"))
KINDS = (
    "AuthorizationPolicy",
    "DestinationRule",
    "EnvoyFilter",
    "PeerAuthentication",
    "RequestAuthentication",
    "ServiceEntry",
    "Sidecar",
    "Telemetry",
    "VirtualService",
)


def test_every_file_has_the_digest_that_the_script_recorded() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    recorded = {name: digest for digest, name in (line.split() for line in lines)}

    found = {str(path.relative_to(FOLDER)): sha256(path.read_bytes()).hexdigest() for path in FILES}

    assert found == recorded


def test_deriving_again_changes_nothing(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "derive.py", tmp_path], check=True)

    for name in ("SOURCES.md", "SHA256SUMS"):
        assert (tmp_path / name).read_text() == (FOLDER / name).read_text()


def test_no_schema_holds_prose() -> None:
    for path in FILES:
        for keyword, value in _keywords(json.loads(path.read_text())):
            assert keyword != "description", path
            if keyword == "x-kubernetes-validations":
                assert all(set(rule) == {"rule"} for rule in value), path


def _keywords(schema: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(schema, list):
        for element in schema:
            yield from _keywords(element)
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        yield keyword, value
        named = keyword == "properties"  # its keys are names of fields, not keywords
        yield from _keywords(list(value.values()) if named else value)


def test_there_is_a_set_for_each_minor_that_the_module_offers() -> None:
    assert schemas.minors() == tuple(f"1.{minor}" for minor in range(22, 32))
    for minor in schemas.minors():
        for kind in KINDS:
            assert schemas.istio(kind, minor)["properties"]["spec"]["properties"]


def test_a_kind_that_did_not_change_is_stored_once() -> None:
    assert not (FOLDER / "istio/1.26/AuthorizationPolicy.json").exists()
    assert schemas.istio("AuthorizationPolicy", "1.26") == schemas.istio(
        "AuthorizationPolicy", "1.25"
    )


def test_a_minor_newer_than_all_sets_is_taken_for_the_newest() -> None:
    assert schemas.istio("Sidecar", "1.40") == schemas.istio("Sidecar", "1.31")


def test_a_kind_that_istio_does_not_have_has_no_schema() -> None:
    with pytest.raises(LookupError, match=re.escape("TrafficTarget for Istio 1.26")):
        schemas.istio("TrafficTarget", "1.26")


# Release by release, from the history of istio.io/api.
@pytest.mark.parametrize(
    ("kind", "path", "first"),
    [
        ("VirtualService", "spec.http[0].corsPolicy.unmatchedPreflights", "1.23"),
        ("AuthorizationPolicy", "spec.rules[0].from[0].source.serviceAccounts", "1.25"),
        ("VirtualService", "spec.http[0].retries.backoff", "1.26"),
        ("DestinationRule", "spec.trafficPolicy.retryBudget", "1.27"),
        ("RequestAuthentication", "spec.jwtRules[0].spaceDelimitedClaims", "1.28"),
        ("EnvoyFilter", "spec.configPatches[0].match.waypoint", "1.29"),
        ("AuthorizationPolicy", "spec.rules[0].from[0].source.trustDomains", "1.30"),
        ("DestinationRule", "spec.trafficPolicy.connectionPool.http.http2KeepAlive", "1.31"),
    ],
)
def test_a_field_appears_in_the_minor_that_introduced_it(kind: str, path: str, first: str) -> None:
    having = [m for m in schemas.minors() if schemas.inner(schemas.istio(kind, m), path)]

    assert having == list(schemas.minors())[int(first[2:]) - 22 :]


@pytest.mark.parametrize(
    ("kind", "version", "path", "fields"),
    [
        ("TrafficTarget", "v1alpha3", "spec", ("destination", "rules", "sources")),
        ("TrafficTarget", "v1alpha3", "spec.destination", ("kind", "name", "namespace")),
        ("TrafficTarget", "v1alpha2", "spec.destination", ("kind", "name", "namespace", "port")),
        ("TrafficTarget", "v1alpha1", "", ("destination", "sources", "specs")),
        ("TrafficSplit", "v1alpha2", "spec", ("backends", "service")),
        ("TrafficSplit", "v1alpha4", "spec", ("backends", "matches", "service")),
        (
            "HTTPRouteGroup",
            "v1alpha4",
            "spec.matches[3]",
            ("headers", "methods", "name", "pathRegex"),
        ),
        ("UDPRoute", "v1alpha4", "spec.matches", ("ports",)),
        ("Retry", "v1alpha1", "spec.source", ("kind", "name", "namespace")),
        ("Deployment", "v1", "spec", ()),
        ("TrafficSplit", "v1alpha2", "spec.nonsense.deeper", ()),
    ],
)
def test_the_fields_of_source_kinds_are_known(
    kind: str, version: str, path: str, fields: tuple[str, ...]
) -> None:
    assert schemas.known_fields(kind, version, path) == fields
