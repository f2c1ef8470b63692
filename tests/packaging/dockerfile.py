"""What a Dockerfile builds, without a container engine: each stage in a directory of its own.

A stage holds what it copies and what its commands make, nothing of its base image.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """Words and what follows them; comments may stand between continued lines."""
    lines = (line for line in dockerfile.splitlines() if not line.startswith("#"))
    joined = "\n".join(lines).replace("\\\n", "")
    pairs = (line.partition(" ") for line in joined.splitlines() if line)
    return [(word, rest.strip()) for word, _, rest in pairs]


@contextmanager
def umask_of_containers() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


@umask_of_containers()
def build(dockerfile: str, directory: Path, environment: Mapping[str, str]) -> Path:
    """The root of the last stage; a path that a RUN line names is below its stage's root."""
    path = f"{programs(directory)}:{environment['PATH']}"
    stages: dict[str, Path] = {}
    root = work = directory
    for word, rest in instructions(dockerfile):
        if word == "FROM":
            root = work = stages[rest.rpartition(" ")[2]] = directory / f"stage{len(stages)}"
            root.mkdir()
        elif word == "WORKDIR":
            work = root / rest.lstrip("/")
            work.mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(rest.split(), stages, root, work)
        elif word == "RUN":
            command = rest.replace(" /opt/", f" {root}/opt/")
            subprocess.run(
                ["/bin/sh", "-ec", command],
                cwd=work,
                env={**environment, "PATH": path},
                check=True,
            )
    return root


def programs(directory: Path) -> Path:
    """A directory with what base images bring: Python and Go of this machine."""
    path = directory / "bin"
    path.mkdir()
    (path / "python").symlink_to(Path(sys.base_prefix, "bin", "python3"))
    (path / "go").symlink_to(str(shutil.which("go")))
    return path


def copy(words: list[str], stages: Mapping[str, Path], root: Path, work: Path) -> None:
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
            shutil.copytree(found, end, symlinks=True, copy_function=copy_file)
        else:
            copy_file(found, end)


def copy_file(source: str | Path, target: str | Path) -> None:
    """With the permissions that Git keeps, whatever the umask of this checkout."""
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def kept_from_others(root: Path) -> list[Path]:
    """What only its owner may read or run, in an image whose user owns nothing."""
    found = [(path, path.stat().st_mode) for path in root.rglob("*") if not path.is_symlink()]
    return [path for path, mode in found if mode >> 6 & ~mode & 0o5]
