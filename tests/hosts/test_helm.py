"""The post-renderer of helm: any program in Helm 3, an installed plugin in Helm 4."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.hosts.cluster import Cluster

ROOT = Path(__file__).parents[2]
README = (ROOT / "plugin" / "helm" / "README.md").read_text(encoding="utf-8")
HOOK = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: hook
  annotations: {helm.sh/hook: pre-install}
"""
#: How each major is told of the post-renderer.
OPTIONS = {
    "helm3": [
        *("--post-renderer", "smi2istio"),
        *("--post-renderer-args", "render", "--post-renderer-args", "-"),
    ],
    "helm4": ["--post-renderer", "smi2istio"],
}


class Helm(NamedTuple):
    name: str
    env: Mapping[str, str]

    def run(self, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["helm", *arguments], env=self.env, capture_output=True, text=True, check=False
        )

    def template(self, chart: Path, *more: str) -> "subprocess.CompletedProcess[str]":
        options = ("--namespace", "shop", *OPTIONS[self.name])
        return self.run("template", "website", chart, *options, *more)


@pytest.fixture
def installed(helm: Mapping[str, str], tmp_path: Path) -> Helm:
    """A helm with a home of its own, in which the plugin is installed if it can be."""
    name = Path(helm["HOME"], "helm").readlink().name
    found = Helm(name, {**helm, "HOME": str(tmp_path / "home")})
    if name == "helm4":
        done = found.run("plugin", "install", ROOT / "plugin" / "helm")
        assert done.returncode == 0, done.stderr
    return found


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "argocd" / "examples" / "helm", tmp_path / "chart")
    (tmp_path / "chart" / "templates" / "hook.yaml").write_text(HOOK)
    return tmp_path / "chart"


def templates(stream: str) -> dict[str, str]:
    """Kind/name → the template that helm says it came from."""
    found: dict[str, str] = {}
    for text in re.split(r"^---\n", stream, flags=re.MULTILINE):
        source = re.search(r"^# Source: (.*)$", text, re.MULTILINE)
        body: Any = yaml.safe_load(text)
        if body:
            found[f"{body['kind']}/{body['metadata']['name']}"] = source[1] if source else ""
    return found


def test_documents_become_istio_and_hooks_stay(installed: Helm, chart: Path) -> None:
    done = installed.template(chart)
    found = templates(done.stdout)

    assert done.returncode == 0, done.stderr
    assert set(found) == {
        "ConfigMap/hook",
        "Service/website",
        "Service/website-canary",
        "Service/website-stable",
        "VirtualService/website",
    }
    assert "helm.sh/hook: pre-install" in done.stdout
    assert "postrenderer.helm.sh" not in done.stdout


def test_helm_4_files_what_is_new_under_its_template(
    programs: Mapping[str, str], chart: Path, tmp_path: Path
) -> None:
    helm = Helm("helm4", {**programs, "HOME": str(tmp_path / "home")})
    assert helm.run("plugin", "install", ROOT / "plugin" / "helm").returncode == 0
    done = helm.template(chart, "--post-renderer-args=--split-to=subsets")

    assert done.returncode == 0, done.stderr
    assert templates(done.stdout) == {
        "ConfigMap/hook": "website/templates/hook.yaml",
        "Service/website": "website/templates/services.yaml",
        "Service/website-canary": "website/templates/services.yaml",
        "Service/website-stable": "website/templates/services.yaml",
        "VirtualService/website": "website/templates/split.yaml",
        "DestinationRule/website": "website/templates/split.yaml",
    }


def test_a_release_is_installed_and_upgraded(
    installed: Helm, chart: Path, cluster: Cluster
) -> None:
    """`helm install` and `helm upgrade` take the same options."""
    helm = Helm(installed.name, {**installed.env, "KUBECONFIG": str(cluster.kubeconfig)})
    own = ("--namespace", helm.name, *OPTIONS[helm.name])
    path = f"/apis/networking.istio.io/v1/namespaces/{helm.name}/virtualservices/website"
    for canary, command in (10, ("install", "--create-namespace")), (30, ("upgrade",)):
        done = helm.run(*command, "website", chart, *own, "--set", f"canary={canary}")
        assert done.returncode == 0, done.stderr
        (route,) = cluster.request("GET", path).body["spec"]["http"]

        assert [one["weight"] for one in route["route"]] == [100 - canary, canary]


def test_an_error_ends_helm(installed: Helm, chart: Path) -> None:
    """Helm 4 does not say which; the README has a way to learn it."""
    done = installed.template(chart, "--set", "canary=many")

    assert (done.returncode, done.stdout) == (1, "")
    assert "post" in done.stderr
    if installed.name == "helm3":
        assert "error[S2I202] TrafficSplit shop/website spec.backends[1].weight" in done.stderr


def test_the_commands_of_the_readme_run(installed: Helm) -> None:
    section = README.partition(f"## Helm {installed.name[-1]}\n")[2].partition("\n## ")[0]
    commands = re.findall(r"^\$ (.*)", section, re.MULTILINE)
    if installed.name == "helm4":  # the fixture has run the first one
        assert commands.pop(0) == "helm plugin install plugin/helm"
    assert commands
    for command in commands:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=ROOT,
            env=installed.env,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        assert "kind: VirtualService" in done.stdout or "smi2istio: " in done.stdout
