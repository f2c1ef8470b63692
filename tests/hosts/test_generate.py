"""``smi2istio generate``: real kustomize, real helm, and repositories that mean no good."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.hosts.processes import SECONDS, below, ended, left, silent

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "argocd" / "examples"

CHART = "apiVersion: v2\nname: website\nversion: 0.1.0\n"
MEMBER = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {openservicemesh.io/monitored-by: osm}}
---
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {traffic: {enablePermissiveTrafficPolicyMode: false, enableEgress: true}}
"""
CONFIGURATION = """\
apiVersion: smi2istio.dev/v1alpha1
kind: SmiToIstio
metadata: {name: smi-to-istio}
spec: {revision: of-file}
"""
HUSH = "password: hush\n"  # of a file that must not be shown
NOTHING = "smi2istio: nothing is converted; 1 error\n"


def generate(
    directory: Path, env: Mapping[str, str], *arguments: str, **more: str
) -> "subprocess.CompletedProcess[str]":
    """Run it as Argo CD does: in the directory, which is the argument by default."""
    return subprocess.run(
        ["smi2istio", "generate", *arguments],
        cwd=directory,
        env={**env, **more},
        capture_output=True,
        text=True,
        check=False,
    )


def documents(done: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    """Kind/name → document."""
    assert done.returncode == 0, done.stderr
    found = [body for body in yaml.safe_load_all(done.stdout) if body]
    return {f"{body['kind']}/{body['metadata']['name']}": body for body in found}


def weights(found: Mapping[str, Any]) -> list[int]:
    (route,) = found["VirtualService/website"]["spec"]["http"]
    return [destination["weight"] for destination in route["route"]]


def write(directory: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def config_map(name: str, value: str = "x") -> str:
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"key": value},
    }
    return yaml.safe_dump(body)


class TestWhatIsBuilt:
    @pytest.mark.parametrize(
        ("style", "expected"), [("kustomize", [80, 20]), ("helm", [90, 10]), ("yaml", [95, 5])]
    )
    def test_each_example_becomes_istio(
        self, style: str, expected: list[int], helm: Mapping[str, str]
    ) -> None:
        found = documents(generate(EXAMPLES / style, helm, ARGOCD_APP_NAMESPACE="shop"))

        assert weights(found) == expected
        assert sorted(found) == [
            "Service/website",
            "Service/website-canary",
            "Service/website-stable",
            "VirtualService/website",
        ]

    @pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
    def test_a_kustomization_is_known_by_each_of_its_names(
        self, name: str, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(
            tmp_path, {"listed.yaml": (config_map("listed")), "other.yaml": (config_map("other"))}
        )
        (tmp_path / name).write_text("resources: [listed.yaml]\nnamePrefix: my-\n")

        assert list(documents(generate(tmp_path, programs))) == ["ConfigMap/my-listed"]

    def test_two_marks_are_an_error_that_names_the_parameter(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(
            tmp_path,
            {
                "Chart.yaml": (CHART),
                "kustomization.yaml": ("resources: [a.yaml]\n"),
                "a.yaml": (config_map("a")),
            },
        )

        both = generate(tmp_path, programs)
        asked = generate(tmp_path, programs, PARAM_RENDERER="kustomize")
        named = generate(tmp_path, programs, "--renderer", "yaml", PARAM_RENDERER="helm")

        assert (both.returncode, both.stdout) == (1, "")
        assert both.stderr == (
            "smi2istio: there are kustomization.yaml and Chart.yaml;"
            " say with the parameter 'renderer' which: kustomize or helm or yaml\n"
        )
        assert list(documents(asked)) == ["ConfigMap/a"]
        assert list(documents(named)) == ["ConfigMap/a"]

    def test_an_empty_directory_is_an_error_because_argo_cd_would_delete_everything(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        nothing = generate(tmp_path, programs)
        (tmp_path / "kustomization.yaml").write_text("resources: []\n")
        built = generate(tmp_path, programs)

        assert (nothing.returncode, nothing.stdout) == (1, "")
        assert nothing.stderr == f"error[S2I116] the input is empty\n{NOTHING}"
        assert (built.returncode, built.stdout) == (1, "")
        assert len(built.stderr.splitlines()) <= 2

    def test_a_directory_can_be_named(self, tmp_path: Path, programs: Mapping[str, str]) -> None:
        named = generate(tmp_path, programs, str(EXAMPLES / "kustomize"))

        assert weights(documents(named)) == [80, 20]

    def test_what_kustomize_remarks_comes_with_success_only(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"kustomization.yaml": ("resources: [a.yaml]\ncommonLabels: {a: b}\n")})
        write(tmp_path, {"a.yaml": (config_map("a"))})
        fine = generate(tmp_path, programs)
        write(
            tmp_path,
            {
                "a.yaml": (
                    "apiVersion: split.smi-spec.io/v1\nkind: TrafficSplit\nmetadata: {name: a}\n"
                )
            },
        )
        refused = generate(tmp_path, programs)

        assert "commonLabels" in fine.stderr
        assert refused.stderr.startswith("error[S2I108] TrafficSplit a")
        assert "commonLabels" not in refused.stderr


class TestHelm:
    def test_hooks_and_crds_are_kept_and_the_cluster_is_known(
        self, tmp_path: Path, helm: Mapping[str, str]
    ) -> None:
        write(
            tmp_path,
            {
                "Chart.yaml": (CHART),
                "crds/crd.yaml": (
                    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
                    "metadata: {name: a.example.com}\n"
                ),
                "templates/a.yaml": (
                    config_map("hook").replace(
                        "  name", '  annotations: {"helm.sh/hook": pre-install}\n  name'
                    )
                ),
                "templates/b.yaml": (
                    config_map(
                        "told",
                        "{{ .Release.Name }} {{ .Release.Namespace }}"
                        " {{ .Capabilities.KubeVersion.Version }}"
                        ' {{ .Capabilities.APIVersions.Has "istio.example/v1" }}',
                    )
                ),
            },
        )
        found = documents(
            generate(
                tmp_path,
                helm,
                ARGOCD_APP_NAME="argocd_website",
                ARGOCD_APP_NAMESPACE="shop",
                KUBE_VERSION="1.34.0",
                KUBE_API_VERSIONS="v1,istio.example/v1",
            )
        )

        assert "CustomResourceDefinition/a.example.com" in found
        assert found["ConfigMap/hook"]["metadata"]["annotations"] == {"helm.sh/hook": "pre-install"}
        assert found["ConfigMap/told"]["data"]["key"] == "website shop v1.34.0 true"

    def test_values_count_for_more_than_files_and_later_files_for_more(
        self, helm: Mapping[str, str]
    ) -> None:
        chart = EXAMPLES / "helm"
        files = json.dumps([{"name": "valueFiles", "array": ["values.yaml", "values-shy.yaml"]}])
        both = json.dumps([*json.loads(files), {"name": "values", "string": "canary: 42"}])

        assert weights(documents(generate(chart, helm, ARGOCD_APP_PARAMETERS=files))) == [99, 1]
        assert weights(documents(generate(chart, helm, ARGOCD_APP_PARAMETERS=both))) == [58, 42]
        assert weights(documents(generate(chart, helm, "--values", "canary: 7"))) == [93, 7]

    @pytest.mark.parametrize(
        "name", ["a,b.yaml", 'a"b.yaml', "a b.yaml", "$(touch pwned).yaml", "-"]
    )
    def test_a_file_of_values_may_have_any_name(
        self, name: str, tmp_path: Path, helm: Mapping[str, str]
    ) -> None:
        shutil.copytree(EXAMPLES / "helm", tmp_path, dirs_exist_ok=True)
        (tmp_path / name).write_text("canary: 33\n")
        before = sorted(tmp_path.iterdir())
        parameter = json.dumps([{"name": "valueFiles", "array": [name]}])

        assert weights(documents(generate(tmp_path, helm, ARGOCD_APP_PARAMETERS=parameter))) == [
            67,
            33,
        ]
        assert sorted(tmp_path.iterdir()) == before

    @pytest.mark.parametrize(
        "name", ["/etc/hostname", "../secret.yaml", "linked.yaml", "https://x/v"]
    )
    def test_values_from_elsewhere_are_refused(
        self, name: str, tmp_path: Path, helm: Mapping[str, str]
    ) -> None:
        chart = tmp_path / "chart"
        shutil.copytree(EXAMPLES / "helm", chart)
        (tmp_path / "secret.yaml").write_text("canary: 33\n")
        if name == "linked.yaml":
            (chart / name).symlink_to(tmp_path / "secret.yaml")
        done = generate(chart, helm, PARAM_VALUEFILES_0=name)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("smi2istio: the")
        assert "secret" not in done.stderr.replace(name, "")


class TestParameters:
    def revision(self, done: "subprocess.CompletedProcess[str]") -> str:
        label: str = documents(done)["Namespace/shop"]["metadata"]["labels"]["istio.io/rev"]
        return label

    def test_the_nearer_to_the_run_the_more_it_counts(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"a.yaml": (MEMBER), "smi2istio.yaml": (CONFIGURATION)})
        env = {"ARGOCD_ENV_REVISION": "of-env"}
        alone = {**env, "PARAM_REVISION": "of-param"}
        both = {**alone, "ARGOCD_APP_PARAMETERS": '[{"name":"revision","string":"of-json"}]'}

        assert self.revision(generate(tmp_path, programs)) == "of-file"
        assert self.revision(generate(tmp_path, programs, **env)) == "of-env"
        assert self.revision(generate(tmp_path, programs, **alone)) == "of-param"
        assert self.revision(generate(tmp_path, programs, **both)) == "of-json"
        assert self.revision(generate(tmp_path, programs, "--revision", "given", **both)) == "given"

    @pytest.mark.parametrize(
        "given",
        [
            {"ARGOCD_APP_PARAMETERS": '[{"name":"namespaces","array":["a","shop"]}]'},
            {"ARGOCD_APP_PARAMETERS": '[{"name":"namespaces","string":"[a, shop]"}]'},
            {"PARAM_NAMESPACES_1": "shop", "PARAM_NAMESPACES_0": "a"},
            {"ARGOCD_ENV_NAMESPACES": "[a, shop]"},
        ],
    )
    def test_a_list_is_an_array_or_yaml(
        self, given: Mapping[str, str], tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"a.yaml": (MEMBER.replace("openservicemesh.io/monitored-by: osm", ""))})
        done = generate(tmp_path, programs, **given)

        assert documents(done)["Namespace/shop"]["metadata"]["labels"] == {
            "istio-injection": "enabled"
        }

    @pytest.mark.parametrize("name", ["createNamespaces", "create-namespaces", "CREATE_NAMESPACES"])
    def test_a_name_may_be_written_as_elsewhere(
        self, name: str, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"a.yaml": (MEMBER)})
        given = [{"name": name, "string": "true"}, {"name": "namespaces", "array": ["new"]}]
        done = generate(tmp_path, programs, ARGOCD_APP_PARAMETERS=json.dumps(given))

        assert "Namespace/new" in documents(done)

    @pytest.mark.parametrize(
        "nothing", ["null", "[]", '[{"name":"mode"}]', '[{"name":"mode","string":""}]']
    )
    def test_no_parameter_is_none(self, nothing: str, programs: Mapping[str, str]) -> None:
        done = generate(EXAMPLES / "yaml", programs, ARGOCD_APP_PARAMETERS=nothing)

        assert weights(documents(done)) == [95, 5]

    def test_documents_without_namespace_are_in_the_destination(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        shutil.copytree(EXAMPLES / "yaml", tmp_path, dirs_exist_ok=True)
        for file in ("services.yaml", "split.yaml"):
            text = (tmp_path / file).read_text()
            (tmp_path / file).write_text(text.replace("  namespace: shop\n", ""))
        found = documents(generate(tmp_path, programs, ARGOCD_APP_NAMESPACE="there"))

        assert found["VirtualService/website"]["spec"]["hosts"] == [
            "website.there.svc.cluster.local"
        ]

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                '[{"name":"modee","string":"auto"}]',
                "error[S2I120] parameters.modee: unknown option; did you mean 'mode'?",
            ),
            (
                '[{"name":"mode","string":"--help"}]',
                "error[S2I106] parameters.mode: '--help' is not one of auto, enforcing, permissive",
            ),
            (
                '[{"name":"mode","map":{"a":"b"}}]',
                "error[S2I102] parameters.mode: expected a string, found a mapping",
            ),
            (
                '[{"name":"values","array":["a"]}]',
                "error[S2I102] parameters.values: expected a string, found a list",
            ),
            (
                '[{"string":"auto"}]',
                "error[S2I105] parameters[0].name: required, but absent or empty",
            ),
            ('{"mode":"auto"}', "error[S2I102] parameters: expected a list, found a mapping"),
            ("[", "error[S2I101] ARGOCD_APP_PARAMETERS: Expecting value: line 1 column 2 (char 1)"),
            (
                '[{"name":"a\\nb\\u001b[31m","string":"x"}]',
                r"error[S2I120] parameters.a\nb\x1b[31m: unknown option",
            ),
        ],
    )
    def test_a_mistake_is_one_sentence(
        self, given: str, said: str, programs: Mapping[str, str]
    ) -> None:
        done = generate(EXAMPLES / "helm", programs, ARGOCD_APP_PARAMETERS=given)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"{said}\n{NOTHING}"

    @pytest.mark.parametrize(
        "hostile", ["--help", "-", "a b", "$(touch pwned)", "x --debug", "é\n"]
    )
    def test_no_text_becomes_an_option(
        self, hostile: str, tmp_path: Path, helm: Mapping[str, str]
    ) -> None:
        """Helm refuses such names as names, in its words; the chart only shows the namespace."""
        write(
            tmp_path,
            {
                "Chart.yaml": (CHART),
                "templates/a.yaml": (config_map("a", "{{ .Release.Namespace | quote }}")),
            },
        )
        name = generate(tmp_path, helm, PARAM_RELEASENAME=hostile)
        renderer = generate(tmp_path, helm, PARAM_RENDERER=hostile)
        namespace = generate(tmp_path, helm, ARGOCD_APP_NAMESPACE=hostile)

        assert name.returncode == 1
        assert name.stderr.startswith("smi2istio: helm template: ")
        assert "release name" in name.stderr.splitlines()[0]
        assert renderer.stderr.startswith("smi2istio: the parameter 'renderer' is ")
        assert len(renderer.stderr.splitlines()) == 1
        assert "Usage" not in namespace.stdout + namespace.stderr
        assert not (tmp_path / "pwned").exists()

    def test_they_are_announced_with_what_the_file_says(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"smi2istio.yaml": (CONFIGURATION)})
        done = generate(tmp_path, programs, "--announce")
        found = {one["name"]: one for one in json.loads(done.stdout)}

        assert found["revision"]["string"] == "of-file"
        assert found["sourceMesh"]["string"] == "osm"
        assert found["dryRun"]["itemType"] == "boolean"
        assert found["dryRun"]["string"] == "false"
        assert found["namespaces"]["collectionType"] == "array"

        write(tmp_path, {"smi2istio.yaml": (CONFIGURATION.replace("revision", "revisions"))})
        refused = generate(tmp_path, programs, "--announce")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "did you mean 'revision'?" in refused.stderr.splitlines()[0]


class TestRepositoriesThatMeanNoGood:
    @pytest.mark.parametrize("renderer", ["kustomize", "helm", "yaml"])
    @pytest.mark.parametrize("target", ["secret.yaml", "directory", "../../../../etc/hostname"])
    def test_a_link_out_of_the_tree_is_refused(
        self, renderer: str, target: str, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        repository = tmp_path / "repository"
        shutil.copytree(EXAMPLES / renderer, repository)
        write(tmp_path, {"secret.yaml": HUSH, "directory/inner.yaml": HUSH})
        (repository / "deep").mkdir()
        (repository / "deep" / "link.yaml").symlink_to(tmp_path / target)
        done = generate(repository, programs)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "smi2istio: the link 'deep/link.yaml' leads out of the repository\n"

    def test_a_configuration_that_is_a_link_out_is_refused(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"secret.yaml": HUSH, "repository/a.yaml": (MEMBER)})
        (tmp_path / "repository" / "smi2istio.yaml").symlink_to("../secret.yaml")
        for arguments in ((), ("--announce",)):
            done = generate(tmp_path / "repository", programs, *arguments)

            assert (done.returncode, done.stdout) == (1, "")
            assert "hush" not in done.stderr

    @pytest.mark.parametrize("told", ["by git", "by Argo CD"])
    def test_a_link_within_the_repository_is_followed(
        self, told: str, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"shared/a.yaml": (MEMBER), "apps/shop/b.yaml": (config_map("b"))})
        (tmp_path / "apps" / "shop" / "a.yaml").symlink_to("../../shared/a.yaml")
        if told == "by git":
            (tmp_path / ".git").mkdir()
        path = {"ARGOCD_APP_SOURCE_PATH": "apps/shop"} if told == "by Argo CD" else {}

        assert "Namespace/shop" in documents(generate(tmp_path / "apps" / "shop", programs, **path))
        nonsense = generate(tmp_path / "apps" / "shop", programs, ARGOCD_APP_SOURCE_PATH="../..")
        assert nonsense.returncode == (0 if told == "by git" else 1)

    def test_a_link_out_of_the_tree_is_refused_behind_one_within(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"secret.yaml": HUSH, "repository/app/a.yaml": MEMBER})
        repository = tmp_path / "repository"
        (repository / ".git").mkdir()
        (repository / "shared").mkdir()
        (repository / "shared" / "link.yaml").symlink_to("../../secret.yaml")
        (repository / "app" / "inner").symlink_to("../shared")
        (repository / "shared" / "circle").symlink_to(".")
        done = generate(repository / "app", programs)

        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "smi2istio: the link 'inner/link.yaml' leads out of the repository\n"

    def test_a_circle_of_links_is_refused(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"a.yaml": (MEMBER)})
        (tmp_path / "b.yaml").symlink_to("c.yaml")
        (tmp_path / "c.yaml").symlink_to("b.yaml")

        assert generate(tmp_path, programs).returncode == 1

    @pytest.mark.parametrize("renderer", ["kustomize", "helm", "yaml"])
    def test_names_of_files_are_only_names(
        self, renderer: str, tmp_path: Path, helm: Mapping[str, str]
    ) -> None:
        directory = tmp_path / "-- $(touch pwned); `touch pwned` & |"
        names = [
            "--help.yaml",
            "-o.yaml",
            "$(touch pwned).yaml",
            "a b;c.yaml",
            "ö'\".yaml",
            "a\n.yaml",
        ]
        if renderer == "helm":  # which writes names into comments, and does not look at them
            names = names[:-1]
        inner = directory / "templates" if renderer == "helm" else directory
        inner.mkdir(parents=True)
        for number, name in enumerate(names):
            (inner / name).write_text(config_map(f"a{number}"))
        marks = {"kustomize": yaml.safe_dump({"resources": list(names)}), "helm": CHART}
        mark = {"kustomize": "kustomization.yaml", "helm": "Chart.yaml"}
        if renderer in mark:
            (directory / mark[renderer]).write_text(marks[renderer])
        done = generate(directory, helm, PARAM_RELEASENAME="fine")

        assert len(documents(done)) == len(names)
        assert not list(tmp_path.rglob("pwned"))

    def test_kustomize_runs_no_program_of_the_repository(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        transformer = (
            "apiVersion: example.com/v1\nkind: Evil\nmetadata:\n  name: evil\n  annotations:\n"
            "    config.kubernetes.io/function: 'exec: {path: ./evil}'\n"
        )
        write(tmp_path, {"a.yaml": (config_map("a")), "evil.yaml": (transformer)})
        write(
            tmp_path, {"kustomization.yaml": ("resources: [a.yaml]\ntransformers: [evil.yaml]\n")}
        )
        (tmp_path / "evil").write_text("#!/bin/sh\ntouch pwned\ncat\n")
        (tmp_path / "evil").chmod(0o755)
        for name in ("kustomize", "helm"):  # a PATH with the current directory must not find it
            (tmp_path / name).write_text("#!/bin/sh\ntouch pwned\n")
            (tmp_path / name).chmod(0o755)
        done = generate(tmp_path, programs)
        dotted = generate(
            tmp_path, {**programs, "PATH": f".:{programs['PATH']}"}, "--renderer=helm"
        )

        assert done.returncode == 1
        assert done.stderr.startswith("smi2istio: kustomize build: ")
        assert "external plugins disabled" in done.stderr.splitlines()[0]
        assert dotted.stderr == "smi2istio: helm is not on the PATH\n"
        assert not (tmp_path / "pwned").exists()

    def test_without_kustomize_that_is_said(self, programs: Mapping[str, str]) -> None:
        program = Path(str(shutil.which("smi2istio", path=programs["PATH"])))
        done = generate(EXAMPLES / "kustomize", {**programs, "PATH": str(program.parent)})

        assert done.stderr == "smi2istio: kustomize is not on the PATH\n"

    def test_an_error_of_kustomize_stands_first_and_without_our_directories(
        self, tmp_path: Path, programs: Mapping[str, str]
    ) -> None:
        write(tmp_path, {"kustomization.yaml": ("commonLabels: {a: b}\nresources: [gone.yaml]\n")})
        done = generate(tmp_path, programs)
        first = done.stderr.splitlines()[0]

        assert done.returncode == 1
        assert first.startswith("smi2istio: kustomize build: accumulating resources:")
        assert "gone.yaml" in first
        assert str(tmp_path) + "/" not in done.stderr

    def test_an_error_of_helm_stands_first(self, tmp_path: Path, helm: Mapping[str, str]) -> None:
        write(
            tmp_path,
            {
                "Chart.yaml": (CHART),
                "templates/a.yaml": ('a: {{ required "say a colour" .Values.colour }}\n'),
            },
        )
        done = generate(tmp_path, helm, ARGOCD_APP_NAME="shop")

        assert done.returncode == 1
        assert done.stderr.startswith("smi2istio: helm template: ")
        assert "say a colour" in done.stderr
        assert "Use --debug" not in done.stderr


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whatever_ends_it_ends_kustomize(
    ending: signal.Signals, tmp_path: Path, programs: Mapping[str, str]
) -> None:
    with silent() as server:
        address = "http://{}:{}/a.yaml".format(*server.getsockname())
        write(tmp_path, {"kustomization.yaml": (f"resources: ['{address}']\n")})
        running = subprocess.Popen(
            # A job in the background of a shell would ignore an interrupt.
            ["env", "--default-signal=INT", "smi2istio", "generate"],
            cwd=tmp_path,
            env=programs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with ended(running), server.accept()[0]:  # kustomize is in mid-run
            children = below(running.pid)
            os.kill(running.pid, ending)
            output, said = running.communicate(timeout=SECONDS)  # nobody else holds the streams
            stayed = left(children)

    assert output == b""
    assert running.returncode != 0, said
    assert len(children) == 1
    assert not stayed
