"""What users and hosts meet: commands, streams, exit statuses."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from syrupy.assertion import SnapshotAssertion

from smi2istio import options
from smi2istio.cli.explain import rules

PROGRAM = str(Path(sys.executable).with_name("smi2istio"))

SPLIT = """\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: canary
  namespace: shop
spec:
  service: website
  backends:
  - service: website-v1
    weight: 90
  - service: website-v2
    weight: 10
"""
SERVICES = "---\n".join(
    f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}} # kept as it is
spec:
  selector: {{app: website}}
  ports:
  - {{name: http, port: 80}}
"""
    for name in ("website", "website-v1", "website-v2")
)
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: 'on'} # 0644\n"
REFUSED = SPLIT.replace("weight: 90", "weight: many")
SUMMARY = "smi2istio: 1 TrafficSplit → 1 VirtualService"


def run(
    *arguments: str | Path,
    given: str | bytes = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **(env or {})},
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def resource_list(*documents: str, configuration: str = "") -> str:
    items = "".join("- " + text.strip("\n").replace("\n", "\n  ") + "\n" for text in documents)
    return f"""\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
{items}functionConfig:
  apiVersion: smi2istio.dev/v1alpha1
  kind: SmiToIstio
  metadata: {{name: smi-to-istio}}
  spec: {{{configuration}}}
"""


def kinds(stream: str) -> list[str]:
    return [document["kind"] for document in yaml.safe_load_all(stream)]


class TestFunction:
    def test_a_list_comes_out_as_a_list(self) -> None:
        done = run(given=resource_list(*SERVICES.split("---\n"), SPLIT, OTHER))

        assert done.returncode == 0, done.stderr
        items = yaml.safe_load(done.stdout)["items"]
        assert [item["kind"] for item in items] == [*["Service"] * 3, "VirtualService", "ConfigMap"]
        assert "metadata: {name: settings}\n  data: {mode: 'on'} # 0644\n" in done.stdout
        assert done.stderr == f"{SUMMARY}\n"

    def test_nothing_to_do_is_silent(self) -> None:
        given = resource_list(OTHER)
        done = run(given=given)

        assert (done.returncode, done.stdout, done.stderr) == (0, given, "")

    def test_an_error_leaves_the_items_and_says_why(self) -> None:
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

    def test_a_mistake_in_the_configuration_is_an_error(self) -> None:
        done = run(given=resource_list(SPLIT, configuration="splitsTo: subsets"))

        assert done.returncode == 1
        assert "error[S2I120] SmiToIstio smi-to-istio spec.splitsTo" in done.stderr
        assert "did you mean 'splitTo'?" in done.stderr
        assert yaml.safe_load(done.stdout)["results"][0]["tags"]["code"] == "S2I120"

    def test_a_stream_is_sent_to_render(self) -> None:
        done = run(given=SPLIT)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error[S2I115] ")
        assert "'smi2istio render -'" in done.stderr

    def test_nothing_at_all_is_an_error(self) -> None:
        done = run()

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error[S2I116] the input is empty\n")

    @pytest.mark.parametrize(
        "given", [b"items: [", b"kind: ResourceList\nitems: {a: b}\n", b"\xff", b"\0"]
    )
    def test_what_cannot_be_read_has_no_answer(self, given: bytes) -> None:
        done = run(given=given)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error[S2I1")
        assert "Traceback" not in done.stderr

    def test_notes_are_results_only(self) -> None:
        metrics = SPLIT.partition("spec:")[0].replace("TrafficSplit", "TrafficMetrics")
        done = run(given=resource_list(metrics.replace("split.", "metrics.").replace("2\n", "1\n")))

        assert done.returncode == 0, done.stderr
        assert done.stderr == "smi2istio: 1 TrafficMetrics → nothing\n"
        assert [one["severity"] for one in yaml.safe_load(done.stdout)["results"]] == ["info"]


class TestStreams:
    """Standard output is all or nothing, and a failure to write is a failure."""

    @pytest.fixture
    def given(self, tmp_path: Path) -> Path:
        path = tmp_path / "list.yaml"
        path.write_text(resource_list(SPLIT, *SERVICES.split("---\n"), *[OTHER] * 3000))
        return path

    @pytest.mark.parametrize(
        "command", [f"{PROGRAM} <", f"{PROGRAM} render", f"{PROGRAM} check --format json", "--help"]
    )
    def test_a_full_disk(self, command: str, given: Path) -> None:
        line = f"{PROGRAM} --help" if command == "--help" else f"{command} {given}"
        done = subprocess.run(
            ["/bin/sh", "-c", f"{line} >/dev/full"], capture_output=True, text=True, check=False
        )

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("smi2istio: ")
        assert "No space left on device" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        "command",
        ["< {given}", "render {given}", "explain", "explain S2I101", "schema", "init {given}"],
    )
    def test_a_closed_output(self, command: str, given: Path) -> None:
        line = f"{PROGRAM} {command.format(given=given)} >&-"
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False)

        assert done.returncode == 1
        assert "could not be written" in done.stderr

    def test_a_reader_that_goes_away(self, given: Path) -> None:
        with (
            given.open("rb") as stdin,
            subprocess.Popen(
                [PROGRAM], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            ) as process,
        ):
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            said = process.stderr.read().decode()

        assert process.returncode == 1
        assert said.endswith("could not be written: Broken pipe\n")

    def test_closed_standard_error_and_input(self, given: Path) -> None:
        # Only a shell closes them.
        assert os.system(f"{PROGRAM} render {given} >/dev/null 2>&-") == 0  # noqa: S605
        assert os.system(f"{PROGRAM} <&- >/dev/null 2>&1") != 0  # noqa: S605


class TestRender:
    def test_a_stream(self) -> None:
        done = run("render", "-", given=f"{SERVICES}---\n{SPLIT}---\n{OTHER}")

        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{SERVICES}---\n")
        assert done.stdout.endswith(f"---\n{OTHER}")
        assert done.stderr == f"{SUMMARY}\n"

    def test_the_function_and_the_stream_say_the_same(self) -> None:
        documents = [*SERVICES.split("---\n"), SPLIT, OTHER]
        as_list = run(given=resource_list(*documents))
        as_stream = run("render", given="---\n".join(documents))

        assert list(yaml.safe_load_all(as_stream.stdout)) == yaml.safe_load(as_list.stdout)["items"]

    def test_a_list_becomes_a_stream_without_what_hosts_wrote(self) -> None:
        marked = OTHER.replace(
            "{name: settings}",
            "\n  name: settings\n  annotations:\n    internal.config.kubernetes.io/index: '0'",
        )
        done = run("render", "-", given=resource_list(marked))

        assert done.returncode == 0, done.stderr
        assert yaml.safe_load(done.stdout) == yaml.safe_load(OTHER)

    def test_a_list_brings_its_configuration(self) -> None:
        done = run("render", given=resource_list(SPLIT, configuration="mode: lax"))

        assert done.returncode == 1
        assert "error[S2I106] SmiToIstio smi-to-istio spec.mode" in done.stderr

    def test_nothing_is_written_on_errors(self) -> None:
        done = run("render", given=f"{OTHER}---\n{REFUSED}")

        assert (done.returncode, done.stdout) == (1, "")

    def test_nothing_at_all_is_an_error(self) -> None:
        done = run("render", "-")

        assert (done.returncode, done.stdout) == (1, "")
        assert "error[S2I116]" in done.stderr

    def test_help_needs_no_input(self) -> None:
        with subprocess.Popen([PROGRAM, "render", "--help"], stdin=subprocess.PIPE) as process:
            assert process.wait(timeout=300) == 0  # if it waited for input, it would wait for ever

    def test_colour_is_for_those_who_ask(self) -> None:
        assert "\x1b[" not in run("render", given=REFUSED).stderr
        assert run("render", "--color", "always", given=REFUSED).stderr.startswith(
            "\x1b[1;31merror"
        )

    def test_quiet_says_errors_only(self) -> None:
        assert run("render", "-q", given=f"{SERVICES}---\n{SPLIT}").stderr == ""
        assert run("render", "-q", given=REFUSED).stderr.count("\n") == 1


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A repository as users have them, with what is no object of a cluster."""
    files = {
        "manifests/services.yaml": SERVICES,
        "manifests/mesh/split.yml": SPLIT,
        "manifests/mesh/other.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}',
        "manifests/kustomization.yaml": "resources: [services.yaml]\n",
        "manifests/values.yaml": "replicas: 3\nkind: none\n",
        "manifests/smi2istio.yaml": "apiVersion: smi2istio.dev/v1alpha1\nkind: SmiToIstio\n",
        "manifests/.git/config.yaml": "[",
        "manifests/README.md": "# Manifests",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


class TestFiles:
    def test_all_that_cannot_be_read_is_said_at_once(self, tmp_path: Path) -> None:
        """Bytes, what the parser refuses at once, and what it is asked about only later."""
        (tmp_path / "a.yaml").write_bytes(b"\0")
        (tmp_path / "b.yaml").write_text("{{- if .Values.a }}\nkind: Service\n{{- end }}\n")
        (tmp_path / "c.yaml").write_text("apiVersion: v1\nkind: A\nmetadata:\n  a: b\n  a: c\n")
        done = run("render", str(tmp_path))

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.count("error[S2I101]") == 3
        assert "render the chart first, as 'smi2istio generate' does" in done.stderr
        assert "on line 4 (" in done.stderr
        assert run("render", str(tmp_path / "c.yaml")).stderr.count("render the chart") == 0

    def test_a_directory_is_read_to_its_depth(self, directory: Path) -> None:
        done = run("render", "manifests", cwd=directory)

        assert kinds(done.stdout) == [*["Service"] * 3, "ConfigMap", "VirtualService"]
        assert done.stderr == f"{SUMMARY}; 3 files passed over\n"

    def test_links_are_followed_once_and_pipes_are_left_alone(self, directory: Path) -> None:
        manifests = directory / "manifests"
        (manifests / "mesh").rename(directory / "shared")
        (manifests / "mesh").symlink_to(directory / "shared")
        (directory / "shared" / "back").symlink_to(manifests)
        os.mkfifo(manifests / "pipe.yaml")

        done = run("render", "manifests", cwd=directory)

        assert kinds(done.stdout) == [*["Service"] * 3, "ConfigMap", "VirtualService"]

    def test_a_directory_goes_to_a_directory(self, directory: Path) -> None:
        done = run("render", "manifests", "-o", "out/", cwd=directory)

        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        out = directory / "out"
        written = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
        assert written == ["mesh/other.json", "mesh/split.yml", "services.yaml"]
        assert (out / "services.yaml").read_text() == SERVICES
        assert kinds((out / "mesh/split.yml").read_text()) == ["VirtualService"]

    def test_a_file_goes_to_a_file(self, directory: Path) -> None:
        mesh = directory / "manifests" / "mesh"
        done = run("render", mesh / "split.yml", mesh / "other.json", "-o", "o.yaml", cwd=directory)

        assert done.returncode == 0, done.stderr
        assert kinds((directory / "o.yaml").read_text()) == ["VirtualService", "ConfigMap"]

    def test_an_output_is_left_alone_on_errors(self, directory: Path) -> None:
        (directory / "out.yaml").write_text("before")
        (directory / "manifests/mesh/split.yml").write_text(REFUSED)
        done = run("render", "manifests", "-o", "out.yaml", cwd=directory)

        assert done.returncode == 1
        assert "(manifests/mesh/split.yml:10)" in done.stderr
        assert (directory / "out.yaml").read_text() == "before"

    def test_an_output_that_cannot_be_written_is_an_error(self, directory: Path) -> None:
        done = run("render", "manifests", "-o", "manifests/README.md/out.yaml", cwd=directory)

        assert done.returncode == 1
        assert done.stderr.splitlines()[-1].startswith("smi2istio: ")
        assert "Traceback" not in done.stderr

    def test_an_output_that_is_no_regular_file_stays_what_it_is(self, directory: Path) -> None:
        done = run("render", "manifests/mesh/split.yml", "-o", "/dev/stdout", cwd=directory)

        assert kinds(done.stdout) == ["VirtualService"]

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("manifests", "-o", "manifests/out/"), "inside the input"),
            (("-", "-o", "out/"), "standard input has no name"),
            (("manifests/services.yaml", "manifests"), "two inputs have the name 'services.yaml'"),
            (("nowhere",), "does not exist"),
        ],
    )
    def test_misunderstandings_are_usage_errors(
        self, arguments: tuple[str, ...], complaint: str, directory: Path
    ) -> None:
        done = run("render", *arguments, cwd=directory, given=SPLIT)

        assert (done.returncode, done.stdout) == (2, "")
        assert complaint in done.stderr

    def test_an_unreadable_file_is_named(self, directory: Path) -> None:
        (directory / "manifests/mesh/deployment.yaml").write_text("kind: {{ .Values.kind }}\n")
        done = run("render", "manifests", cwd=directory)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error[S2I101] column ")
        assert "(manifests/mesh/deployment.yaml:1)" in done.stderr


class TestConfiguration:
    FILE = """\
apiVersion: smi2istio.dev/v1alpha1
kind: SmiToIstio
metadata: {name: shop}
spec: {sourceMesh: smi, namespace: shop}
"""
    WITHOUT_NAMESPACE = SPLIT.replace("  namespace: shop\n", "")

    def test_a_file_that_is_there_is_used_and_named(self, tmp_path: Path) -> None:
        (tmp_path / "smi2istio.yaml").write_text(self.FILE)
        done = run("render", given=self.WITHOUT_NAMESPACE, cwd=tmp_path)

        assert done.returncode == 0, done.stderr
        assert done.stderr.endswith("; configured by smi2istio.yaml\n")

    def test_a_file_can_be_named(self, tmp_path: Path) -> None:
        (tmp_path / "other.yaml").write_text(self.FILE)
        arguments = ("render", "--config", "other.yaml")

        assert run(*arguments, given=self.WITHOUT_NAMESPACE, cwd=tmp_path).returncode == 0
        assert run("render", given=self.WITHOUT_NAMESPACE, cwd=tmp_path).returncode == 1

    def test_an_option_stands_above_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "smi2istio.yaml").write_text(self.FILE)
        done = run("render", "--mode", "permissive", given=SPLIT, cwd=tmp_path)

        assert done.returncode == 2
        assert "--mode: 'permissive' is a mode of OSM, and sourceMesh is 'smi'" in done.stderr

    @pytest.mark.parametrize("number", [0, 2])
    def test_a_file_without_one_document_is_an_error(self, number: int, tmp_path: Path) -> None:
        (tmp_path / "other.yaml").write_text("---\n".join([self.FILE] * number))
        done = run("render", "--config", "other.yaml", given=SPLIT, cwd=tmp_path)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"Error: other.yaml must hold one document, and holds {number}\n"

    def test_a_mistake_in_a_file_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "smi2istio.yaml").write_text(self.FILE.replace("smi,", "istio,"))
        done = run("render", given=SPLIT, cwd=tmp_path)

        assert (done.returncode, done.stdout) == (1, "")
        assert "error[S2I106] SmiToIstio shop spec.sourceMesh" in done.stderr
        assert "(smi2istio.yaml:4)" in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (("--istio-version", "1.3"), "--istio-version: '1.3' is not a minor version"),
            (("--patterns", "{"), "--patterns: line 2, column 1: "),
            (("--patterns", "[{regex: a}]"), "--patterns[0]: needs exactly one of"),
            (("--workloads", "- 1"), "--workloads[0]: expected a mapping"),
            (("--splits-to", "subsets"), "No such option"),
            (("--source-mesh", "linkerd2"), "'--source-mesh': 'linkerd2' is not one of"),
            (("--namespaces", ""), "--namespaces[0]: '' is no name"),
            (("--accept", "S2I3"), "--accept: 'S2I3' begins with no known code"),
            (("--accept", "S2I352"), "--accept: 'S2I352' cannot be accepted"),
            (("--gateways", "[{service: a}]"), "--gateways[0].namespace: required"),
        ],
    )
    def test_a_mistake_on_the_command_line_is_one_of_usage(
        self, arguments: tuple[str, ...], complaint: str
    ) -> None:
        done = run("render", *arguments, given=SPLIT)

        assert (done.returncode, done.stdout) == (2, "")
        assert complaint in done.stderr

    def test_every_option_has_a_name_of_its_own(self) -> None:
        text = run("render", "--help").stdout

        for name in options.NAMES:
            flag = "".join(f"-{char.lower()}" if char.isupper() else char for char in name)
            assert f"--{flag} " in text

    def test_options_reach_the_translation(self) -> None:
        arguments = ("--namespaces", "shop", "--namespaces", "store", "--mode", "enforcing")
        done = run("render", *arguments, "--create-namespaces", given=OTHER)

        assert done.returncode == 0, done.stderr
        made = list(yaml.safe_load_all(done.stdout))
        assert [one["metadata"]["name"] for one in made if one["kind"] == "Namespace"] == [
            "shop",
            "store",
        ]


class TestCheck:
    def test_text_goes_to_standard_output_with_notes(self) -> None:
        done = run("check", given=SPLIT.replace("v1alpha2", "v1alpha1"))

        assert (done.returncode, done.stderr) == (0, "")
        assert "note[S2I114] " in done.stdout
        assert "smi2istio: 1 TrafficSplit → 1 VirtualService; " in done.stdout

    def test_json_is_complete_even_if_nothing_can_be_read(self) -> None:
        done = run("check", "--format", "json", given="a: [")

        assert done.returncode == 1
        assert [one["code"] for one in json.loads(done.stdout)["diagnostics"]] == ["S2I101"]

    def test_warnings_count_if_they_shall(self) -> None:
        """Without the Services in the input there is a warning."""
        assert run("check", given=SPLIT).returncode == 0
        assert run("check", "--fail-on", "warning", given=SPLIT).returncode == 1

    @pytest.mark.parametrize(
        ("version", "kind"),
        [
            ("v1alpha2", "TrafficSplit"),
            ("spec.smi-spec.io/v1alpha1", "TCPRoute"),
            ("mesh.smi-spec.io/v9", "Later"),
            ("policy.openservicemesh.io/v1alpha1", "Egress"),
            ("rbac.istio.io/v1alpha1", "ServiceRole"),
        ],
    )
    def test_the_gate_knows_all_that_should_have_gone(self, version: str, kind: str) -> None:
        given = f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n"

        assert "error[S2I118]" in run("check", "--no-smi", given=given).stdout

    @pytest.mark.parametrize("case", ["inert-marks", "marks", "marks-elsewhere"])
    def test_the_gate_lets_through_what_render_made_of_marks(self, case: str) -> None:
        fixture = Path(__file__).parents[1] / "fixtures" / "workload" / case
        gate = run("check", "--no-smi", str(fixture / "expected.yaml"))

        assert gate.returncode == 0, gate.stdout
        assert ("S2I516" in gate.stdout) == (case == "marks-elsewhere")

    def test_the_gate_finds_the_configuration_of_early_releases(self) -> None:
        head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: osm-config}\ndata: "

        ours = "{permissive_traffic_policy_mode: 'false'}\n"
        assert run("check", "--no-smi", given=head + ours).returncode == 1
        assert run("check", "--no-smi", given=head + "{color: blue}\n").returncode == 0

    def test_the_gate_leaves_others_alone(self) -> None:
        """Groups that only end in the same letters, and the CRDs."""
        given = (
            "apiVersion: my-smi-spec.io/v1\nkind: A\nmetadata: {name: a}\n---\n"
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            "metadata: {name: trafficsplits.split.smi-spec.io}\n"
        )

        assert run("check", "--no-smi", given=given).returncode == 0

    def test_the_gate_after_a_build(self) -> None:
        done = run("check", "--no-smi", "-", given=f"{OTHER}---\n{SPLIT}")

        assert done.returncode == 1
        assert done.stdout.startswith("error[S2I118] TrafficSplit shop/canary")
        marked = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    "
        assert (
            run(
                "check", "--no-smi", given=f"{marked}openservicemesh.io/monitored-by: osm\n"
            ).returncode
            == 1
        )
        done = run("check", "--no-smi", given=f"{marked}openservicemesh.io/ignore: a\n")
        assert "metadata.labels.openservicemesh.io/ignore: the mark" in done.stdout
        assert run("check", "--no-smi", given=f"{marked}istio-injection: enabled\n").returncode == 0
        assert run("check", "--no-smi", given=OTHER).returncode == 0
        assert run("check", "--no-smi").returncode == 1, "nothing at all is no success"


class TestInit:
    TARGET = """\
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {name: website, namespace: shop}
spec:
  destination: {kind: ServiceAccount, name: website, namespace: shop}
  rules: [{kind: HTTPRouteGroup, name: pages, matches: [new]}]
  sources: [{kind: ServiceAccount, name: client, namespace: shop}]
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: pages, namespace: shop}
spec:
  matches:
  - {name: new, pathRegex: ".*a-book.*new", methods: [GET]}
"""

    def test_the_whole_way(self, directory: Path) -> None:
        """Print, take the marks off with an editor, convert."""
        (directory / "manifests/mesh/target.yaml").write_text(self.TARGET)
        shell = f"{PROGRAM} init manifests > smi2istio.yaml"
        asked = subprocess.run(
            ["/bin/sh", "-c", shell], cwd=directory, capture_output=True, text=True, check=False
        )

        assert asked.returncode == 0, asked.stderr
        assert asked.stderr == (
            "smi2istio: to decide: mode, namespaces, createNamespaces, patterns (1), workloads (1);"
            " 3 files passed over\n"
        )
        assert run("render", "manifests", cwd=directory).returncode == 1

        file = directory / "smi2istio.yaml"
        answered = re.sub(r"(?m)^  # (?!mode: permissive)", "  ", file.read_text())
        file.write_text(answered)
        done = run("render", "manifests", cwd=directory)
        again = run("init", "manifests", cwd=directory)

        assert done.returncode == 0, done.stderr
        assert "AuthorizationPolicy" in kinds(done.stdout)
        assert "EnvoyFilter" not in kinds(done.stdout)
        assert again.stderr == (
            "smi2istio: nothing to decide; 3 files passed over; configured by smi2istio.yaml\n"
        )
        assert yaml.safe_load(again.stdout) == yaml.safe_load(answered)

    def test_options_given_by_name_are_decided(self) -> None:
        decided = ("--mode", "enforcing", "--namespaces", "shop", "--create-namespaces")
        done = run("init", *decided, given=self.TARGET)

        spec = yaml.safe_load(done.stdout)["spec"]
        assert spec["mode"] == "enforcing"
        assert spec["namespaces"] == ["shop"]
        assert done.stderr == "smi2istio: to decide: patterns (1), workloads (1)\n"

    def test_nothing_to_decide(self) -> None:
        done = run("init", given=f"{SERVICES}---\n{SPLIT}")

        assert (done.returncode, done.stderr) == (0, "smi2istio: nothing to decide\n")
        assert yaml.safe_load(done.stdout) == {
            "apiVersion": "smi2istio.dev/v1alpha1",
            "kind": "SmiToIstio",
            "metadata": {"name": "smi-to-istio"},
            "spec": {"sourceMesh": "osm"},
        }
        assert "#" not in done.stdout

    def test_what_no_option_settles_is_said_beside_it(self) -> None:
        done = run("init", given=f"{REFUSED}---\n{self.TARGET}")

        assert done.returncode == 1
        assert "# - serviceAccount: website" in done.stdout
        said, summary = done.stderr.splitlines()
        assert said.startswith("error[S2I202] TrafficSplit shop/canary")
        assert summary.endswith("; 1 error that no option settles")

    @pytest.mark.parametrize("given", ["a: [", "", "\0", "kind: {{ .Values.kind }}"])
    def test_what_cannot_be_read_is_said_in_a_sentence(self, given: str) -> None:
        done = run("init", "-q", given=given)

        assert (done.returncode, done.stdout) == (1, "")
        assert re.fullmatch(r"error\[S2I1(01|16)\] .*\n", done.stderr)

    def test_a_mistake_in_the_configuration_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "smi2istio.yaml").write_text("kind: ConfigMap\napiVersion: v1\ndata: {a: b}\n")
        done = run("init", given=self.TARGET, cwd=tmp_path)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error[S2I120] ConfigMap")


class TestExplain:
    def test_every_page(self, snapshot: SnapshotAssertion) -> None:
        assert run("explain", "s2i103").stdout == snapshot

    def test_the_list_has_every_code(self) -> None:
        lines = run("explain").stdout.splitlines()

        assert [line.split()[0] for line in lines] == list(rules())

    def test_the_number_alone_is_enough(self) -> None:
        assert run("explain", "352").stdout == run("explain", "S2I352").stdout

    @pytest.mark.parametrize(
        ("code", "near"),
        [("S2I1O3", "S2I"), ("S2I000", "S2I101"), ("999", "S2I910"), ("", "S2I"), ("9" * 9, "")],
    )
    def test_an_unknown_code_leads_to_the_nearest(self, code: str, near: str) -> None:
        done = run("explain", code)

        assert done.returncode == 2
        assert f"the nearest code is {near}" in done.stderr


class TestHelp:
    @pytest.mark.parametrize(
        "command", ["", "render", "check", "init", "explain", "schema", "install-plugin"]
    )
    def test_help(self, command: str, snapshot: SnapshotAssertion) -> None:
        done = run(*filter(None, [command]), "--help")

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == snapshot

    def test_help_on_a_terminal(self) -> None:
        terminal, other = os.openpty()
        try:
            done = subprocess.run([PROGRAM], stdin=other, capture_output=True, check=False)
        finally:
            os.close(terminal)
            os.close(other)

        assert done.returncode == 0
        assert done.stdout.startswith(b"Usage: smi2istio")

    def test_version(self) -> None:
        assert run("--version").stdout.startswith("smi2istio ")

    def test_completion(self) -> None:
        """Asked for without arguments, where the function would read its input."""
        script = run(env={"_SMI2ISTIO_COMPLETE": "bash_source"})
        words = {"_SMI2ISTIO_COMPLETE": "bash_complete", "COMP_WORDS": "smi2istio explain S2I11"}
        codes = run(env={**words, "COMP_CWORD": "2"})

        assert "complete" in script.stdout
        assert "plain,S2I110" in codes.stdout.splitlines()

    def test_completion_knows_the_values_of_options(self) -> None:
        words = {"COMP_WORDS": "smi2istio render --mode per", "COMP_CWORD": "3"}
        values = run(env={"_SMI2ISTIO_COMPLETE": "bash_complete", **words})

        assert values.stdout.splitlines() == ["plain,permissive"]
