"""The KRM function: a ResourceList in, a ResourceList out, and what there is to say beside it."""

import pytest
import yaml
from tests.cli.program import OTHER, REFUSED, SERVICES, SPLIT, SUMMARY, resource_list, run


def test_a_list_comes_out_as_a_list() -> None:
    done = run(given=resource_list(*SERVICES.split("---\n"), SPLIT, OTHER))

    assert done.returncode == 0, done.stderr
    items = yaml.safe_load(done.stdout)["items"]
    assert [item["kind"] for item in items] == [*["Service"] * 3, "VirtualService", "ConfigMap"]
    assert "metadata: {name: settings}\n  data: {mode: 'on'} # 0644\n" in done.stdout
    assert done.stderr == f"{SUMMARY}\n"


def test_nothing_to_do_is_silent() -> None:
    given = resource_list(OTHER)
    done = run(given=given)

    assert (done.returncode, done.stdout, done.stderr) == (0, given, "")


def test_an_error_leaves_the_items_and_says_why() -> None:
    given = resource_list(OTHER, REFUSED)
    done = run(given=given)

    assert done.returncode == 1
    answer = yaml.safe_load(done.stdout)
    assert answer["items"] == yaml.safe_load(given)["items"]
    assert answer["results"][0]["resourceRef"]["name"] == "canary"
    assert "S2I202" in answer["results"][0]["message"]
    said, summary = done.stderr.splitlines()
    assert said.startswith("error[S2I202] TrafficSplit shop/canary spec.backends[0].weight: ")
    assert summary == "smi2istio: nothing is converted; 1 error"


def test_a_mistake_in_the_configuration_is_an_error() -> None:
    done = run(given=resource_list(SPLIT, configuration="splitsTo: subsets"))

    assert done.returncode == 1
    assert "error[S2I120] SmiToIstio smi-to-istio spec.splitsTo" in done.stderr
    assert "did you mean 'splitTo'?" in done.stderr
    assert yaml.safe_load(done.stdout)["results"][0]["tags"]["code"] == "S2I120"


def test_a_stream_is_sent_to_render() -> None:
    done = run(given=SPLIT)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[S2I115] ")
    assert "'smi2istio render -'" in done.stderr


def test_nothing_at_all_is_an_error() -> None:
    done = run()

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[S2I116] the input is empty\n")


@pytest.mark.parametrize(
    "given", [b"items: [", b"kind: ResourceList\nitems: {a: b}\n", b"\xff", b"\0"]
)
def test_what_cannot_be_read_has_no_answer(given: bytes) -> None:
    done = run(given=given)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[S2I1")
    assert "Traceback" not in done.stderr


def test_notes_are_results_only() -> None:
    metrics = SPLIT.partition("spec:")[0].replace("TrafficSplit", "TrafficMetrics")
    done = run(given=resource_list(metrics.replace("split.", "metrics.").replace("2\n", "1\n")))

    assert done.returncode == 0, done.stderr
    assert done.stderr == "smi2istio: 1 TrafficMetrics → nothing\n"
    assert [one["severity"] for one in yaml.safe_load(done.stdout)["results"]] == ["info"]
