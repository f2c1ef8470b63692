"""The Argo CD plugin as users install it, run by Argo CD's own code (tests/hosts/argocd).

The cmp server of the sidecar serves argocd/plugin.yaml; Applications go the repo-server's
whole way: environment, copy of the repository, split of the answer, tracking annotation.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.hosts.cluster import Cluster
from tests.hosts.processes import SECONDS, below, left, silent

from smi2istio.cli.parameters import OF_BUILDS
from smi2istio.options import NAMES

ROOT = Path(__file__).parents[2]
ARGOCD = ROOT / "argocd"
README = (ARGOCD / "README.md").read_text(encoding="utf-8")
APPLICATIONS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ARGOCD / "applications").glob("*.yaml"))
}
REFUSED = "apiVersion: split.smi-spec.io/v9\nkind: TrafficSplit\nmetadata: {name: a}\n"


class Plugin:
    """A running cmp server, and the repo-server's side of it."""

    def __init__(
        self, env: Mapping[str, str], process: "subprocess.Popen[bytes]", directory: Path
    ) -> None:
        self.env, self.process, self.directory = env, process, directory

    def ask(
        self, what: str, application: Mapping[str, Any], repository: Path, deadline: int = SECONDS
    ) -> "subprocess.CompletedProcess[str]":
        """What comes of an Application, or that it took more seconds than it may."""
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(application, file)
            file.flush()
            return subprocess.run(
                ["argocd", what, file.name, repository],
                env={**self.env, "DEADLINE": f"{deadline}s"},
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS * 2,  # long after its own deadline
            )

    def render(self, application: Mapping[str, Any], repository: Path) -> dict[str, Any]:
        """Kind/name → manifest."""
        done = self.ask("render", application, repository)
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        return {f"{body['kind']}/{body['metadata']['name']}": body for body in found}

    def error(self, application: Mapping[str, Any], repository: Path) -> str:
        """What the user sees, behind Argo CD's own words."""
        done = self.ask("render", application, repository)
        assert (done.returncode, done.stdout) == (1, "")
        _, found, ours = done.stderr.partition("`smi2istio generate` failed exit status 1: ")
        assert found, done.stderr
        return ours


@pytest.fixture(scope="module")
def plugin(programs: Mapping[str, str]) -> Iterator[Plugin]:
    # A socket's path may have 107 characters, so its directory is not pytest's.
    with tempfile.TemporaryDirectory() as short:
        directory = Path(short)
        (directory / "config").mkdir()
        shutil.copy(ARGOCD / "plugin.yaml", directory / "config")
        env = {
            **programs,
            "ARGOCD_PLUGINSOCKFILEPATH": short,
            "ARGOCD_CMP_WORKDIR": str(directory / "work"),
        }
        with (directory / "log").open("w") as log:
            process = subprocess.Popen(
                ["argocd", "serve", directory / "config"], env=env, stdout=log, stderr=log
            )
        try:
            limit = time.monotonic() + SECONDS
            while not (directory / "smi2istio.sock").exists():
                assert process.poll() is None, (directory / "log").read_text()
                assert time.monotonic() < limit, (directory / "log").read_text()
                time.sleep(0.05)
            yield Plugin(env, process, directory)
        finally:
            process.kill()  # it hears no other signal
            process.wait()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the example Applications point at, as a clone has it."""
    copy = tmp_path_factory.mktemp("repository")
    for name in ("argocd", "kustomize/canary"):
        shutil.copytree(ROOT / name, copy / name)
    return copy


def application(path: str = "app", **plugin: object) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "website", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "destination": {"namespace": "shop"},
            "source": {
                "repoURL": "https://git.example.com/shop.git",
                "path": path,
                "plugin": {"name": "smi2istio", **plugin},
            },
        },
    }


def chart(directory: Path, templates: Mapping[str, str]) -> Path:
    """A repository with a chart at app/."""
    (directory / "app" / "templates").mkdir(parents=True)
    (directory / "app" / "Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 0.1.0\n")
    for name, text in templates.items():
        (directory / "app" / "templates" / name).write_text(text)
    return directory


def manifest(directory: Path, text: str, name: str = "a.yaml") -> Path:
    """A repository with one file at app/."""
    (directory / "app").mkdir(exist_ok=True)
    (directory / "app" / name).write_text(text)
    return directory


def config_map(name: str, **data: str) -> str:
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return yaml.safe_dump(body)


class TestApplications:
    @pytest.mark.parametrize(
        ("style", "weights"), [("kustomize", [80, 20]), ("helm", [99, 1]), ("yaml", [95, 5])]
    )
    def test_each_style_becomes_istio(
        self, style: str, weights: list[int], plugin: Plugin, repository: Path
    ) -> None:
        found = plugin.render(APPLICATIONS[style], repository)
        service = found["VirtualService/website"]
        (route,) = service["spec"]["http"]

        assert [one["weight"] for one in route["route"]] == weights
        assert service["metadata"]["annotations"] == {
            "argocd.argoproj.io/tracking-id": f"website-{style}"
            ":networking.istio.io/VirtualService:shop/website",
            "smi2istio.dev/source": "TrafficSplit/shop/website",
        }
        assert not [name for name in found if name.startswith("TrafficSplit")]

    def test_there_is_one_for_each_style(self) -> None:
        assert sorted(APPLICATIONS) == ["helm", "kustomize", "yaml"]

    def test_an_application_that_does_not_name_it_is_not_its_own(
        self, plugin: Plugin, repository: Path
    ) -> None:
        """Or it would take over every directory that it could build."""
        for style in APPLICATIONS:
            unnamed = application(f"argocd/examples/{style}", name="")
            done = plugin.ask("render", unnamed, repository)

            assert done.returncode == 1
            assert "could not find plugin supporting the given repository" in done.stderr

    def test_the_variables_of_the_plugin_are_options(
        self, plugin: Plugin, repository: Path
    ) -> None:
        """applications/yaml.yaml asks for subsets."""
        found = plugin.render(APPLICATIONS["yaml"], repository)

        assert "DestinationRule/website" in found

    def test_what_argo_cd_knows_reaches_helm(self, plugin: Plugin, tmp_path: Path) -> None:
        told = (
            "{{ .Release.Name }} {{ .Release.Namespace }} {{ .Capabilities.KubeVersion.Version }}"
            ' {{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Values.a }}'
        )
        chart(tmp_path, {"a.yaml": config_map("a", told=told)})
        values = [{"name": "values", "string": "a: $(touch pwned), --b"}]
        found = plugin.render(application(parameters=values), tmp_path)

        assert found["ConfigMap/a"]["data"]["told"] == (
            "website shop v1.34.0 true $(touch pwned), --b"
        )

    def test_the_parameters_of_the_readme_are_taken(self, plugin: Plugin, repository: Path) -> None:
        (shown,) = (
            block["plugin"]
            for block in map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", README, re.DOTALL))
            if "plugin" in block
        )
        asked = application("argocd/examples/kustomize", **shown)

        found = plugin.render(asked, repository)

        assert {"VirtualService/website", "AuthorizationPolicy/allow-nothing"} <= set(found)

    def test_names_and_parameters_are_only_text(self, plugin: Plugin, tmp_path: Path) -> None:
        path = "my app; $(touch pwned) & `touch pwned` --help"
        chart(tmp_path, {"a b.yaml": config_map("a"), "$(touch pwned).yaml": config_map("b")})
        (tmp_path / "app").rename(tmp_path / path)
        hostile = ["--post-renderer=touch", "--output-dir", "-f/etc/passwd"]
        for name in ("releaseName", "renderer"):
            for text in hostile:
                refused = application(path, parameters=[{"name": name, "string": text}])
                assert "smi2istio: " in plugin.error(refused, tmp_path)
        found = plugin.render(application(path), tmp_path)

        assert sorted(found) == ["ConfigMap/a", "ConfigMap/b"]
        assert not list(tmp_path.rglob("pwned"))
        # The server is perhaps about to remove its copies, which `rglob` would not forgive.
        copies = [name for *_, names in os.walk(plugin.directory) for name in names]
        assert "pwned" not in copies

    def test_parameters_are_announced(self, plugin: Plugin, repository: Path) -> None:
        done = plugin.ask("parameters", APPLICATIONS["yaml"], repository)
        assert done.returncode == 0, done.stderr
        found = {one["name"]: one for one in map(json.loads, done.stdout.splitlines())}

        assert list(found) == [*NAMES, *OF_BUILDS]
        assert found["istioVersion"]["string"] == "1.27"  # of smi2istio.yaml
        assert found["accept"]["collectionType"] == "array"
        assert found["dryRun"]["itemType"] == "boolean"
        assert all(one["title"] and one["tooltip"] for one in found.values())


class TestErrors:
    def test_a_document_that_is_refused(self, plugin: Plugin, tmp_path: Path) -> None:
        ours = plugin.error(application(), manifest(tmp_path, REFUSED))

        assert ours == (
            "error[S2I108] TrafficSplit a apiVersion: version 'v9' was never published;"
            " known are v1alpha1, v1alpha2, v1alpha3, v1alpha4 (a.yaml:1)\n"
            "smi2istio: nothing is converted; 1 error\n"
        )

    def test_a_parameter_that_does_not_exist(self, plugin: Plugin, repository: Path) -> None:
        wrong = application("argocd/examples/yaml", parameters=[{"name": "modes", "string": "a"}])

        assert plugin.error(wrong, repository).splitlines()[0] == (
            "error[S2I120] parameters.modes: unknown option; did you mean 'mode'?"
        )

    def test_a_kustomization_that_does_not_build(self, plugin: Plugin, tmp_path: Path) -> None:
        manifest(tmp_path, "resources: [gone.yaml]\n", "kustomization.yaml")
        first = plugin.error(application(), tmp_path).splitlines()[0]

        assert first.startswith("smi2istio: kustomize build: accumulating resources: ")
        assert "_cmp_server" not in first

    def test_a_chart_that_does_not_render(self, plugin: Plugin, tmp_path: Path) -> None:
        chart(tmp_path, {"a.yaml": 'a: {{ required "say a colour" .Values.colour }}\n'})
        ours = plugin.error(application(), tmp_path)

        assert ours.startswith("smi2istio: helm template: ")
        assert "say a colour" in ours
        assert "Use --debug" not in ours

    def test_a_directory_without_manifests(self, plugin: Plugin, tmp_path: Path) -> None:
        ours = plugin.error(application(), manifest(tmp_path, "see elsewhere\n", "README.md"))

        assert ours.startswith("error[S2I116] the input is empty")

    @pytest.mark.parametrize("target", ["/etc/passwd", "../../../../../../../../etc/passwd"])
    def test_a_link_out_of_the_repository_shows_nothing(
        self, target: str, plugin: Plugin, tmp_path: Path
    ) -> None:
        manifest(tmp_path, config_map("a"))
        (tmp_path / "app" / "link.yaml").symlink_to(target)
        done = plugin.ask("render", application(), tmp_path)

        assert done.returncode == 1
        assert "root:" not in done.stdout + done.stderr


class TestLoad:
    def test_ten_megabytes(self, plugin: Plugin, tmp_path: Path) -> None:
        for number in range(100):
            manifest(tmp_path, config_map(f"a{number}", text="x" * 100_000), f"a{number}.yaml")
        shutil.copytree(ARGOCD / "examples" / "yaml", tmp_path / "app", dirs_exist_ok=True)
        found = plugin.render(application(), tmp_path)

        assert sum(len(json.dumps(body)) for body in found.values()) > 10_000_000
        assert "VirtualService/website" in found

    def test_twenty_applications_at_once(self, plugin: Plugin, repository: Path) -> None:
        styles = [*APPLICATIONS.values()] * 7
        with ThreadPoolExecutor(20) as pool:
            found = list(pool.map(lambda one: plugin.render(one, repository), styles[:20]))

        assert all("VirtualService/website" in one for one in found)
        assert found[0] == found[3] == found[18]


class Cut(NamedTuple):
    """What a deadline did: the answer, what ran until then below the server, and what stayed."""

    done: "subprocess.CompletedProcess[str]"
    running: set[int]
    stayed: list[int]


def cut_short(plugin: Plugin, repository: Path, seconds: int) -> Cut:
    """A base that git would fetch: smi2istio runs kustomize, which runs git, which waits."""
    with silent(seconds) as server, ThreadPoolExecutor(1) as pool:
        base = "git::http://{}:{}/base.git?ref=main".format(*server.getsockname())
        manifest(repository, yaml.safe_dump({"resources": [base]}), "kustomization.yaml")
        asked = pool.submit(plugin.ask, "render", application(), repository, seconds)
        try:
            connection, _ = server.accept()
        except TimeoutError:
            return Cut(asked.result(), set(), [])
        with connection:
            running = below(plugin.process.pid)
            done = asked.result()
            return Cut(done, running, left(running))


def test_the_deadline_ends_everything_that_runs(plugin: Plugin, tmp_path: Path) -> None:
    # A busy machine takes longer until git is in mid-run; kustomize gives it no more than 27 s.
    for seconds in (4, 20, 40, 60):
        cut = cut_short(plugin, tmp_path, seconds)
        if len(cut.running) >= 3:
            break

    assert len(cut.running) >= 3, f"not smi2istio, kustomize and git: {cut.done.stderr}"
    assert (cut.done.returncode, cut.done.stdout) == (1, "")
    # Argo CD sends TERM to the group and KILL to the command at once: which comes first is open.
    ends = "signal: (killed|terminated)|DeadlineExceeded"
    assert re.search(ends, cut.done.stderr), cut.done.stderr
    assert not cut.stayed
    assert plugin.process.poll() is None


@pytest.fixture
def installation(tmp_path: Path) -> Path:
    """The kustomization of the README, over the manifest that Argo CD's module holds."""
    (shown,) = (
        block
        for block in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
        if "components" in block
    )
    module = subprocess.run(
        ["go", "list", "-m", "-f", "{{.Dir}}", "github.com/argoproj/argo-cd/v3"],
        cwd=ROOT / "tests" / "hosts" / "argocd",
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (address,) = re.findall(r"https://.*?/v3\.2\.0/manifests/install\.yaml", shown)
    shutil.copy(Path(module) / "manifests" / "install.yaml", tmp_path)
    (tmp_path / "kustomization.yaml").write_text(shown.replace(address, "install.yaml"), "utf-8")
    shutil.copytree(ARGOCD, tmp_path / "smi2istio" / "argocd")
    return tmp_path


class TestSidecar:
    def test_the_component_fits_argo_cds_own_repo_server(
        self, installation: Path, programs: Mapping[str, str]
    ) -> None:
        built = subprocess.run(
            ["kustomize", "build", installation],
            env=programs, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert built.returncode == 0, built.stderr
        (server,) = (
            body["spec"]["template"]["spec"]
            for body in yaml.safe_load_all(built.stdout)
            if body["kind"] == "Deployment" and body["metadata"]["name"] == "argocd-repo-server"
        )
        sidecar, *others = sorted(
            server["containers"], key=lambda one: bool(one["name"] != "smi2istio")
        )
        volumes = {volume["name"] for volume in server["volumes"]}
        mounted = {mount["name"] for mount in sidecar["volumeMounts"]}

        assert sidecar["image"] == "registry.example.com/platform/smi2istio-argocd:0.1.0"
        assert sidecar["securityContext"]["runAsUser"] == 999
        assert mounted <= volumes
        assert len(others) == 1
        shared = mounted & {mount["name"] for mount in others[0]["volumeMounts"]}
        assert shared == {"plugins"}

    def test_a_cluster_takes_it_and_the_applications(
        self, installation: Path, programs: Mapping[str, str], cluster: Cluster
    ) -> None:
        """What the README does there; nothing runs in it, so no rollout has an end."""
        commands = re.findall(r"^ *\$ (kubectl (?:create|apply) .*)", README, re.MULTILINE)
        for command in commands:
            if "/applications/" in command:  # a reader takes longer than the server
                cluster.await_kind("argoproj.io/v1alpha1", "Application")
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd=installation,
                env={**programs, "KUBECONFIG": str(cluster.kubeconfig)},
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
        answers = [cluster.apply(yaml.safe_dump(one)) for one in APPLICATIONS.values()]

        assert len(commands) == 3
        assert not [answer.complaint for answer in answers if answer.complaint]
