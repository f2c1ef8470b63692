"""The sidecar's image, without a container engine.

The Dockerfile is linted, and what it copies and runs is done in directories.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ARGOCD = ROOT / "argocd"
DOCKERFILE = (ARGOCD / "Dockerfile").read_text(encoding="utf-8")


def built(directory: Path) -> Path:
    """The root of the last stage; a path that a RUN line names is below its stage's root."""
    stages: dict[str, Path] = {}
    root = work = directory
    for line in DOCKERFILE.replace("\\\n", "").splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            root = work = stages[rest.rpartition(" ")[2]] = directory / f"stage{len(stages)}"
            root.mkdir()
        elif word == "WORKDIR":
            work = root / rest.lstrip("/")
            work.mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copied(rest.split(), stages, root, work)
        elif word == "RUN":
            subprocess.run(
                ["/bin/sh", "-ec", rest.replace(" /opt/", f" {root}/opt/")],
                cwd=work,
                check=True,
            )
    return root


def copied(words: list[str], stages: Mapping[str, Path], root: Path, work: Path) -> None:
    source = ROOT
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")]
    *names, target = words
    place = root / target.lstrip("/") if target.startswith("/") else work / target
    for name in names:
        found = source / name.lstrip("/")
        end = place / found.name if target == "./" else place
        end.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, end, symlinks=True)
        else:
            shutil.copy(found, end)


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
    image = built(tmp_path)
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
