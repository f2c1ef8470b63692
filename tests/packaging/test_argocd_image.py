"""The sidecar's image, without a container engine.

What its Dockerfile copies and runs is done in directories.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests.packaging.dockerfile import build, instructions, kept_from_others

ROOT = Path(__file__).parents[2]
ARGOCD = ROOT / "argocd"
DOCKERFILE = (ARGOCD / "Dockerfile").read_text(encoding="utf-8")

# What is read-only is so for root as well, if it has none of its powers.
UNPRIVILEGED = () if os.geteuid() else ("/usr/bin/setpriv", "--bounding-set=-all")


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, empty: Mapping[str, str]) -> Path:
    """The root of the image, built in an environment with what its base images have."""
    asked = subprocess.run(
        ["go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY"], capture_output=True, check=True
    )
    return build(
        DOCKERFILE, tmp_path_factory.mktemp("image"), {**empty, **json.loads(asked.stdout)}
    )


def test_it_holds_the_programs_and_the_plugin_for_everybody(image: Path) -> None:
    assert kept_from_others(image) == []
    assert {path.name for path in (image / "usr/local/bin").iterdir()} == {"helm", "kustomize"}
    assert (image / "home/argocd/cmp-server/config/plugin.yaml").read_bytes() == (
        ARGOCD / "plugin.yaml"
    ).read_bytes()


@pytest.mark.parametrize("style", ["kustomize", "helm", "yaml"])
def test_it_generates_where_nothing_but_tmp_can_be_written_to(
    style: str, image: Path, tmp_path: Path
) -> None:
    """As in the sidecar, where Argo CD puts a copy of the repository below /tmp."""
    repository = tmp_path / "_cmp_server" / "copy"
    for name in ("argocd/examples", "kustomize/canary"):
        shutil.copytree(ROOT / name, repository / name)
    app = repository / "argocd" / "examples" / style
    subprocess.run(["chmod", "--recursive", "a-w", image], check=True)
    said = dict(instructions(DOCKERFILE))
    ((place, settings),) = re.findall(r"^PATH=(.+?):\$PATH (.*)$", said["ENV"])
    (entry,) = json.loads(said["ENTRYPOINT"])
    program = image / place.lstrip("/") / entry
    inside = {
        **dict(one.split("=") for one in settings.split()),
        "PATH": f"{program.parent}:{image}/usr/local/bin",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
    }
    before = sorted(image.rglob("*"))
    command = [*UNPRIVILEGED, program, "generate"]
    ended = subprocess.run(
        command, cwd=app, env=inside, capture_output=True, text=True, check=False
    )
    touched = subprocess.run([*UNPRIVILEGED, "touch", image / "a"], check=False)

    assert ended.returncode == 0, ended.stderr
    assert "kind: VirtualService" in ended.stdout
    assert touched.returncode != 0
    assert sorted(image.rglob("*")) == before
    assert "HOME=/tmp" in settings
