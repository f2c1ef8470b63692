"""The kpt function on the package under plugin/kpt/example, by kpt's own code."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

KPT = Path(__file__).parents[2] / "plugin" / "kpt"
EXAMPLE = KPT / "example"
RENDER = ("fn", "render", ".", "--allow-exec")
EVAL = ("fn", "eval", ".", "--exec", "smi2istio")

# The comments of split.yaml stand where they stood.
WANTED = """\
# The release of this week.
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: website # one Service in front of two
  namespace: shop
  annotations:
    smi2istio.dev/source: TrafficSplit/shop/website
spec:
  hosts:
  - website.shop.svc.cluster.local
  http:
  - route:
    - destination:
        host: website-stable.shop.svc.cluster.local
        port:
          number: 80
      weight: 90
    - destination:
        host: website-canary.shop.svc.cluster.local
        port:
          number: 80
      weight: 10
"""
# What a writer of YAML would change: quotes, flow style, numbers, comments.
OTHER = """\
# above
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: "shop"} # beside
data:
  # between
  "on": '0644'
  text: |
    1e3 # no comment
"""


def kpt(
    package: Path, env: Mapping[str, str], *arguments: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["kpt", *arguments], cwd=package, env=env, capture_output=True, text=True, check=False
    )


def files(package: Path) -> dict[str, str]:
    return {
        str(path.relative_to(package)): path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the example, with a file that does not concern the function."""
    shutil.copytree(EXAMPLE, tmp_path / "package")
    (tmp_path / "package" / "other.yaml").write_text(OTHER)
    return tmp_path / "package"


@pytest.mark.parametrize("command", [RENDER, EVAL], ids=["render", "eval"])
def test_a_document_is_replaced_in_its_file_and_nothing_else_changes(
    command: tuple[str, ...], package: Path, programs: Mapping[str, str]
) -> None:
    before = files(package)
    done = kpt(package, programs, *command)
    once = files(package)
    again = kpt(package, programs, *command)

    assert (done.returncode, again.returncode) == (0, 0), done.stderr
    assert once == {**before, "split.yaml": WANTED}
    assert files(package) == once


def test_more_documents_are_appended_to_the_file(
    package: Path, programs: Mapping[str, str]
) -> None:
    config = package / "smi-to-istio.yaml"
    config.write_text(config.read_text().replace("splitTo: services", "splitTo: subsets"))
    (package / "split.yaml").write_text(
        f"{OTHER}---\n{(EXAMPLE / 'split.yaml').read_text()}---\n{OTHER.replace('other', 'last')}"
    )
    (package / "other.yaml").unlink()
    names = list(files(package))
    done = kpt(package, programs, *RENDER)
    kinds = [body["kind"] for body in yaml.safe_load_all((package / "split.yaml").read_text())]

    assert done.returncode == 0, done.stderr
    assert list(files(package)) == names
    assert kinds == ["ConfigMap", "VirtualService", "ConfigMap", "DestinationRule"]


@pytest.mark.parametrize("command", ["render", "eval"])
def test_a_config_map_will_do(command: str, package: Path, programs: Mapping[str, str]) -> None:
    readme = (KPT / "README.md").read_text()
    (pipeline,) = re.findall(r"`(configMap: .*?)`", readme)
    (arguments,) = re.findall(r"`(-- .*?)`", readme)
    kptfile = package / "Kptfile"
    kptfile.write_text(kptfile.read_text().replace("configPath: smi-to-istio.yaml", pipeline))
    (package / "smi-to-istio.yaml").unlink()
    done = kpt(package, programs, *(RENDER if command == "render" else (*EVAL, *arguments.split())))

    assert done.returncode == 0, done.stderr
    assert "kind: DestinationRule" in (package / "split.yaml").read_text()


@pytest.mark.parametrize("command", [RENDER, EVAL], ids=["render", "eval"])
def test_an_error_shows_document_field_and_file_and_writes_nothing(
    command: tuple[str, ...], package: Path, programs: Mapping[str, str], tmp_path: Path
) -> None:
    split = package / "split.yaml"
    split.write_text(split.read_text().replace("weight: 90", "weight: many"))
    before = files(package)
    done = kpt(package, programs, *command, "--results-dir", str(tmp_path / "results"))
    written = yaml.safe_load((tmp_path / "results" / "results.yaml").read_text())
    (result,) = written["items"][0]["results"]

    assert done.returncode == 1
    assert (
        "[error] split.smi-spec.io/v1alpha2/TrafficSplit/shop/website"
        " spec.backends[0].weight: [S2I202] 'many' is not a whole number from 0 on"
    ) in done.stdout + done.stderr
    assert files(package) == before
    assert (result["field"], result["file"]) == (
        {"path": "spec.backends[0].weight"},
        {"path": "split.yaml"},
    )


def test_render_asks_for_permission(package: Path, programs: Mapping[str, str]) -> None:
    done = kpt(package, programs, "fn", "render", ".")

    assert done.returncode == 1
    assert "--allow-exec" in done.stderr


def test_the_commands_of_the_readme_run(programs: Mapping[str, str], tmp_path: Path) -> None:
    commands = re.findall(r"^\$ kpt (.*)", (KPT / "README.md").read_text(), re.MULTILINE)
    assert len(commands) == 3
    for number, command in enumerate(commands):
        shutil.copytree(EXAMPLE, tmp_path / str(number) / "example")
        done = kpt(tmp_path / str(number), programs, *shlex.split(command))

        assert done.returncode == 0, done.stderr
        assert files(tmp_path / str(number) / "example")["split.yaml"] == WANTED


def test_the_metadata_has_what_a_catalogue_asks_for() -> None:
    metadata = yaml.safe_load((KPT / "metadata.yaml").read_text())

    assert list(metadata) == [
        "image", "description", "tags", "sourceURL", "examplePackageURLs", "emails", "license",
    ]  # fmt: skip
    assert all(metadata.values())
