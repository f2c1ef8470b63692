"""What comes out is taken by a real API server, with the CRDs of the oldest and newest Istio.

Each document is applied as it is written, by server-side apply with strict validation: a field
that the server does not know, a rule of Istio's that does not hold or a warning is a failure.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.hosts.cluster import Cluster, documents
from tests.test_fixtures import CASES, FIXTURES, compiled, configuration, name

from smi2istio.diagnostics import Refusal
from smi2istio.documents import Unreadable

ROOT = Path(__file__).parents[2]
SCENARIOS = [path.parent for path in sorted((FIXTURES / "scenarios").glob("*/expected.yaml"))]
OF_OSM = [case for case in SCENARIOS if b"openservicemesh" in (case / "input.yaml").read_bytes()]
EXAMPLES = sorted((ROOT / "kustomize").glob("**/want.yaml"))
#: Istio has no CRDs for what is left of Mixer, which passes through with a warning.
MIXER = "config.istio.io/v1alpha2"
#: Each beside what the server says to it.
WRONG = {
    ".spec.rules: field not declared in schema": """\
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: wrong, namespace: default}
spec: {rules: [{}]}
""",
    'Unsupported value: "HARD"': """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: wrong, namespace: default}
spec: {mtls: {mode: HARD}}
""",
}


def rendered(case: Path, cluster: Cluster) -> str | None:
    """The output for the oldest Istio; the newest gets what is made by default."""
    try:
        options = configuration(case)
        if cluster.istio < options.istio_version:
            options = options._replace(istio_version=cluster.istio)
        output, _ = compiled((case / "input.yaml").read_bytes(), options)
    except (Refusal, Unreadable):
        return None
    return output.decode() if output else None


def prepare(cluster: Cluster, texts: list[str]) -> None:
    """Make the namespaces that documents name, because only a controller would miss them."""
    bodies = [yaml.safe_load(text) for text in texts]
    for namespace in {body["metadata"].get("namespace", "default") for body in bodies}:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        assert not cluster.apply(yaml.safe_dump(body)).complaint


def taken(stream: str) -> list[str]:
    return [text for text in documents(stream) if f"apiVersion: {MIXER}\n" not in text]


def is_twice_the_same(cluster: Cluster, stream: str) -> None:
    texts = taken(stream)
    prepare(cluster, texts)
    first = [cluster.apply(text) for text in texts]
    second = [cluster.apply(text) for text in texts]

    assert [answer.complaint for answer in first if answer.complaint] == []
    assert [answer.body for answer in second] == [answer.body for answer in first]


@pytest.mark.parametrize("case", SCENARIOS, ids=name)
def test_a_scenario_is_taken_and_a_second_time_changes_nothing(
    case: Path, cluster: Cluster
) -> None:
    stream = rendered(case, cluster)
    assert stream
    is_twice_the_same(cluster, stream)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.parent.name)
def test_what_kustomize_built_is_taken_and_a_second_time_changes_nothing(
    example: Path, cluster: Cluster
) -> None:
    is_twice_the_same(cluster, example.read_text("utf-8"))


@pytest.mark.parametrize("case", OF_OSM, ids=name)
def test_nothing_of_osm_is_left_in_a_cluster_that_had_it(case: Path, cluster: Cluster) -> None:
    """What was applied before is edited by what is applied now."""
    before, after = documents((case / "input.yaml").read_text("utf-8")), rendered(case, cluster)
    prepare(cluster, before)
    had = [cluster.apply(text) for text in before]
    for text in documents(after or ""):
        cluster.apply(text)
    paths = [answer.path for answer in had if answer.status < 300]
    left = [cluster.request("GET", path).body for path in paths]

    assert any("openservicemesh" in json.dumps(answer.body) for answer in had)
    assert not [body for body in left if "openservicemesh" in json.dumps(body["metadata"])]


def test_what_is_left_of_mixer_is_refused(cluster: Cluster) -> None:
    """As the page of S2I690 says, for it passes through with no more than a warning."""
    passed = (FIXTURES / "mixer" / "passes" / "expected.yaml").read_text("utf-8")
    found = [text for text in documents(passed) if f"apiVersion: {MIXER}\n" in text]

    assert found
    assert {cluster.apply(text).status for text in found} == {404}


def test_every_document_that_fixtures_make_is_taken(cluster: Cluster) -> None:
    made = {
        f"{name(case)} {'/'.join(identity(text))}": (text, before)
        for case in CASES
        for text, before in changed(case, cluster)
    }
    prepare(cluster, [text for text, _ in made.values()])
    complaints = {place: complaint(cluster, *texts) for place, texts in made.items()}
    job = complaints.pop("workload/kinds Job/shop/web")

    assert "field is immutable" in job  # it has to be deleted first, as the README says
    assert {place: said for place, said in complaints.items() if said} == {}
    assert len(complaints) > 500


def changed(case: Path, cluster: Cluster) -> Iterator[tuple[str, str | None]]:
    """The new documents of a fixture, and those that were edited with what they were."""
    stream = rendered(case, cluster)
    if stream is None:
        return
    before = documents((case / "input.yaml").read_text("utf-8"))
    known = {identity(text): text for text in before}
    as_they_were = {text.strip() for text in before}
    for text in documents(stream):
        if text.strip() not in as_they_were:
            yield text, known.get(identity(text))


def complaint(cluster: Cluster, text: str, before: str | None) -> str:
    """Of a new document, or of one that takes the place of what it was.

    Some fixtures are of a few fields only: an edit is to blame for nothing that was wrong before.
    """
    if before is None:
        return cluster.apply(text, dry_run=True).complaint
    was_wrong = cluster.apply(before).complaint
    said = "" if was_wrong else cluster.apply(text).complaint
    cluster.clear()
    return said


def identity(text: str) -> tuple[str, str, str]:
    body = yaml.safe_load(text)
    metadata = body.get("metadata") or {}
    return body["kind"], metadata.get("namespace", ""), metadata.get("name", "")


@pytest.mark.parametrize(("said", "text"), WRONG.items(), ids=["field", "value"])
def test_the_server_finds_what_is_wrong(said: str, text: str, cluster: Cluster) -> None:
    answer = cluster.apply(text)

    assert answer.status >= 400
    assert said in answer.complaint


@pytest.mark.parametrize("case", SCENARIOS, ids=name)
def test_the_server_looks_into_each_document(case: Path, cluster: Cluster) -> None:
    """It knows every kind, so it misses no field."""
    texts = taken(rendered(case, cluster) or "")
    prepare(cluster, texts)
    for text in texts:
        assert "nonesuch" in cluster.apply(f"{text}\nnonesuch: 1\n", dry_run=True).complaint
