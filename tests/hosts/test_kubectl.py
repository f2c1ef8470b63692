"""kubectl's own kustomize, which runs nothing but plugins of the older form.

The program is kubectl 1.37.2 itself; `make .tools/kubectl` builds it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from tests.hosts.cluster import Cluster
from tests.hosts.cluster import documents as texts
from tests.hosts.conftest import FOREIGN

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "kustomize" / "kubectl"
README = (ROOT / "kustomize" / "README.md").read_text("utf-8").partition("## With kubectl")[2]
PLACE = Path("smi2istio.dev", "v1alpha1", "smitoistio", "SmiToIstio")
KUSTOMIZE = ("kubectl", "kustomize", "--enable-alpha-plugins")
SPLIT = (ROOT / "kustomize" / "snapshot" / "manifests" / "split.yaml").read_text("utf-8")


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has configured nothing yet."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    paths = (Path(sys.executable).parent, ROOT / ".tools", os.environ["PATH"])
    home = tmp_path / "home"
    home.mkdir()
    return {**own, "HOME": str(home), "PATH": os.pathsep.join(map(str, paths))}


@pytest.fixture
def prepared(home: dict[str, str]) -> dict[str, str]:
    """The same after `install-plugin`."""
    installed(home)
    return home


def run(
    *command: str | Path, environment: Mapping[str, str], stdin: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which(command[0], path=environment["PATH"]) or command[0], *command[1:]],
        env=environment,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )


def installed(environment: Mapping[str, str]) -> Path:
    done = run("smi2istio", "install-plugin", environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    return Path(done.stdout.removesuffix("\n"))


def documents(stream: str) -> dict[tuple[str, str, str], object]:
    return {
        (body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"]): body
        for body in yaml.safe_load_all(stream)
    }


def kustomization(directory: Path, spec: object, *, split: str = SPLIT) -> Path:
    configuration = {
        "apiVersion": "smi2istio.dev/v1alpha1",
        "kind": "SmiToIstio",
        "metadata": {"name": "a"},
        "spec": spec,
    }
    (directory / "split.yaml").write_text(split, "utf-8")
    (directory / "smi-to-istio.yaml").write_text(yaml.safe_dump(configuration), "utf-8")
    (directory / "kustomization.yaml").write_text(
        "resources: [split.yaml]\ntransformers: [smi-to-istio.yaml]\n", "utf-8"
    )
    return directory


class TestBuild:
    def test_it_is_what_the_function_makes(self, prepared: dict[str, str]) -> None:
        """Names that kustomize has changed are found, so its annotations were there."""
        done = run(*KUSTOMIZE, EXAMPLE, environment=prepared)
        want = (ROOT / "kustomize" / "name-prefix" / "want.yaml").read_text("utf-8")

        assert done.returncode == 0, done.stderr
        assert documents(done.stdout) == documents(want)

    def test_kustomize_runs_it_with_one_flag(self, prepared: dict[str, str]) -> None:
        built = run("kustomize", "build", "--enable-alpha-plugins", EXAMPLE, environment=prepared)

        assert built.stdout == run(*KUSTOMIZE, EXAMPLE, environment=prepared).stdout

    def test_the_readme_can_be_followed(
        self, home: dict[str, str], tmp_path: Path, cluster: Cluster
    ) -> None:
        """To the end: the last line brings it to a cluster."""
        shutil.copytree(ROOT / "kustomize", tmp_path / "kustomize")
        section, _, _ = README.partition("\n## ")
        for command in re.findall(r"^\$ (.*)", section, re.MULTILINE):
            done = run(
                *("/bin/sh", "-c", command),
                environment={**home, "KUBECONFIG": str(cluster.kubeconfig)},
                cwd=tmp_path / "kustomize",
            )
            assert done.returncode == 0, done.stderr
        (configuration,) = re.findall(r"^```yaml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)

        assert "authorizationpolicy.security.istio.io/blue-website " in done.stdout
        assert configuration == (EXAMPLE / "smi-to-istio.yaml").read_text("utf-8")

    def test_without_a_plugin_it_is_a_pipe(self, home: dict[str, str], cluster: Cluster) -> None:
        (pipe,) = re.findall(r"`(kubectl kustomize … \|.*?)`", README)
        command = pipe.replace("…", str(ROOT / "kustomize" / "canary" / "base"))
        environment = {**home, "KUBECONFIG": str(cluster.kubeconfig)}
        cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
        for step, done in (("apply", "created"), ("delete", "deleted")):
            script = command.replace("kubectl apply", f"kubectl {step}")
            ran = run("/bin/sh", "-c", script, environment=environment)

            assert ran.returncode == 0, ran.stderr
            assert re.search(rf"virtualservice.*website.* {done}", ran.stdout)

    @pytest.mark.parametrize("how", ["client", "server"])
    def test_what_was_applied_before_loses_the_marks_of_osm(
        self, how: str, prepared: dict[str, str], cluster: Cluster
    ) -> None:
        environment = {**prepared, "KUBECONFIG": str(cluster.kubeconfig)}
        apply = ("kubectl", "apply", f"--server-side={how == 'server'}".lower(), "--filename=-")
        marks = ("kubectl", "get", "namespace", f"{how}-bookstore", "--output=jsonpath={.metadata}")
        for file, marked in (("input.yaml", True), ("expected.yaml", False)):
            text = (ROOT / "fixtures" / "scenarios" / "bookstore" / file).read_text("utf-8")
            own = [one.replace("  name: ", f"  name: {how}-") for one in texts(text)]
            namespaces = "---\n".join(one for one in own if "kind: Namespace\n" in one)
            done = run(*apply, environment=environment, stdin=namespaces)
            found = run(*marks, environment=environment).stdout

            assert (done.returncode, done.stderr) == (0, "")
            assert ("openservicemesh" in found) is marked
            assert ("istio-injection" in found) is not marked

    def test_an_error_fails_the_build_in_our_words(
        self, prepared: dict[str, str], tmp_path: Path
    ) -> None:
        refused = re.sub(r"weight: \d+", "weight: many", SPLIT, count=1)
        done = run(*KUSTOMIZE, kustomization(tmp_path, {}, split=refused), environment=prepared)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: error[S2I202] TrafficSplit shop/")

    def test_a_mistake_in_the_configuration_is_named(
        self, prepared: dict[str, str], tmp_path: Path
    ) -> None:
        done = run(*KUSTOMIZE, kustomization(tmp_path, {"splitsTo": "a"}), environment=prepared)

        assert done.returncode == 1
        assert "SmiToIstio a spec.splitsTo: " in done.stderr

    def test_a_configuration_too_long_for_a_variable_counts(
        self, prepared: dict[str, str], tmp_path: Path
    ) -> None:
        """Kustomize leaves the variable out then; the file is there."""
        accounts = [
            {"serviceAccount": f"account-{number}", "namespace": "shop", "labels": {"app": "a"}}
            for number in range(2500)
        ]
        long = kustomization(tmp_path, {"workloads": accounts, "splitsTo": "a"})
        done = run(*KUSTOMIZE, long, environment=prepared)

        assert (long / "smi-to-istio.yaml").stat().st_size > 131_071
        assert done.returncode == 1
        assert "SmiToIstio a spec.splitsTo: " in done.stderr

    def test_nothing_stays_nothing(self, prepared: dict[str, str], tmp_path: Path) -> None:
        kustomization(tmp_path, {})
        (tmp_path / "kustomization.yaml").write_text("transformers: [smi-to-istio.yaml]\n", "utf-8")
        done = run(*KUSTOMIZE, tmp_path, environment=prepared)

        assert (done.returncode, done.stdout) == (0, ""), done.stderr


class TestTraps:
    """What the README warns of."""

    def test_a_function_is_skipped_in_silence(self, prepared: dict[str, str]) -> None:
        function = ROOT / "kustomize" / "name-prefix"
        done = run(*KUSTOMIZE, function, environment=prepared)
        gate = run("smi2istio", "check", "--no-smi", environment=prepared, stdin=done.stdout)

        assert (done.returncode, done.stderr) == (0, "")
        assert gate.returncode == 1
        assert "error[S2I118] TrafficTarget" in gate.stdout

    def test_without_the_plugin_the_build_fails(self, home: dict[str, str]) -> None:
        done = run(*KUSTOMIZE, EXAMPLE, environment=home)

        assert done.returncode == 1
        assert "unable to find plugin root" in done.stderr

    def test_apply_knows_no_plugins(self, prepared: dict[str, str]) -> None:
        flag = run(
            *("kubectl", "apply", "--enable-alpha-plugins", "--dry-run=client", "-k", EXAMPLE),
            environment=prepared,
        )
        plain = run("kubectl", "apply", "--dry-run=client", "-k", EXAMPLE, environment=prepared)

        assert "unknown flag: --enable-alpha-plugins" in flag.stderr
        assert plain.returncode == 1
        assert "external plugins disabled" in plain.stderr


class TestInstallPlugin:
    @pytest.mark.parametrize(
        ("variables", "there", "expected"),
        [
            ({}, (), ".config/kustomize/plugin"),
            ({}, ("kustomize/plugin",), "kustomize/plugin"),
            ({"XDG_CONFIG_HOME": "x"}, (), "x/kustomize/plugin"),
            ({"XDG_CONFIG_HOME": "x"}, (".config/kustomize/plugin",), ".config/kustomize/plugin"),
            ({"KUSTOMIZE_PLUGIN_HOME": "p", "XDG_CONFIG_HOME": "x"}, (), "p"),
            ({"KUSTOMIZE_PLUGIN_HOME": "p"}, ("kustomize/plugin",), "kustomize/plugin"),
        ],
    )
    def test_it_is_where_kubectl_looks_first(
        self, home: dict[str, str], variables: dict[str, str], there: tuple[str, ...], expected: str
    ) -> None:
        """Kubectl is the judge: it finds it."""
        base = Path(home["HOME"])
        for name in there:
            (base / name).mkdir(parents=True)
        environment = {**home, **{key: str(base / name) for key, name in variables.items()}}

        assert installed(environment) == base / expected / PLACE
        assert run(*KUSTOMIZE, EXAMPLE, environment=environment).returncode == 0

    def test_twice_is_once(self, prepared: dict[str, str]) -> None:
        place = installed(prepared)

        assert [path.name for path in place.parent.iterdir()] == ["SmiToIstio"]

    def test_a_file_of_somebody_else_stays(self, home: dict[str, str]) -> None:
        place = Path(home["HOME"], ".config/kustomize/plugin", PLACE)
        place.parent.mkdir(parents=True)
        place.write_text("#!/bin/sh\n", "utf-8")
        done = run("smi2istio", "install-plugin", environment=home)

        assert done.returncode == 1
        assert done.stderr == f"Error: {place} is there already, and is no link\n"
        assert place.read_text("utf-8") == "#!/bin/sh\n"

    def test_as_a_module_it_links_the_program_beside_python(self, home: dict[str, str]) -> None:
        done = run(sys.executable, "-m", "smi2istio", "install-plugin", environment=home)
        place = Path(done.stdout.removesuffix("\n"))

        assert place.readlink() == Path(sys.executable).with_name("smi2istio")

    def test_a_home_that_cannot_be_written_is_named(self, home: dict[str, str]) -> None:
        (Path(home["HOME"]) / "file").touch()
        environment = {**home, "XDG_CONFIG_HOME": str(Path(home["HOME"], "file"))}
        done = run("smi2istio", "install-plugin", environment=environment)

        assert done.returncode == 1
        assert done.stderr.startswith("smi2istio: Not a directory: ")


def test_a_plugin_of_somebody_else_may_run_a_command(home: dict[str, str]) -> None:
    """Kustomize's variables do not turn a command into a plugin."""
    environment = {**home, "KUSTOMIZE_PLUGIN_CONFIG_STRING": "a: b"}
    done = run("smi2istio", "render", "-", environment=environment, stdin=SPLIT)

    assert done.returncode == 0, done.stderr
    assert "kind: VirtualService" in done.stdout
