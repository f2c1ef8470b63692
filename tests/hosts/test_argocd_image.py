"""The sidecar's image, without a container engine.

The Dockerfile is linted, and what it copies and runs is done in directories.
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.packaging.dockerfile import build

ROOT = Path(__file__).parents[2]
ARGOCD = ROOT / "argocd"
DOCKERFILE = (ARGOCD / "Dockerfile").read_text(encoding="utf-8")


def test_the_linter_has_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), "--no-color", ARGOCD / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")


def test_it_is_pinned_small_and_runs_as_argo_cds_user() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    last = DOCKERFILE.rpartition("\nFROM ")[2]

    assert all(re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+(-[a-z]+)+", base) for base in bases)
    assert "slim" in last.splitlines()[0]
    assert "\nUSER 999\n" in last
    assert "RUN" not in last  # what builds stays behind


def test_every_line_does_what_it_says(tmp_path: Path) -> None:
    """Each stage in a directory of its own, with nothing but what it copies."""
    image = build(DOCKERFILE, tmp_path)
    binaries = image / "usr/local/bin"
    program = image / "opt/smi2istio/bin/smi2istio"
    app = tmp_path / "app"
    shutil.copytree(ARGOCD / "examples" / "helm", app)
    ended = subprocess.run(
        [program, "generate"],
        cwd=app,
        env={"PATH": f"{program.parent}:{binaries}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert "kind: VirtualService" in ended.stdout
    assert sorted(path.name for path in binaries.iterdir()) == ["helm", "kustomize"]
    assert (image / "home/argocd/cmp-server/config/plugin.yaml").read_bytes() == (
        ARGOCD / "plugin.yaml"
    ).read_bytes()
    assert 'ENTRYPOINT ["smi2istio"]' in DOCKERFILE
