"""kustomize and helm as subprocesses, for ``generate``.

No shell is involved, and no text of a repository or of an Application can become an option:
the directory is where the program runs, every value stands in one argument with the option
that it belongs to.  Links that lead out of the tree are refused before anything is read,
because a repository that anybody may write to must not read the files of the machine.

Argo CD ends a command that takes too long with SIGKILL, and only 5 seconds later the rest of
its process group.  So a program that was started here dies with this process, holds none of
its streams, and stays in its group, where Argo CD finds what the program started itself.

Source: Argo CD's ``cmpserver/plugin/plugin.go``; helm's ``pkg/cli/values/options.go``.
"""

import ctypes
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

#: What tells a renderer's directories from others.
MARKS: Final = {
    "kustomize": ("kustomization.yaml", "kustomization.yml", "Kustomization"),
    "helm": ("Chart.yaml",),
}
#: The renderers; "yaml" reads manifests as they are.
NAMES: Final = (*MARKS, "yaml")

_PR_SET_PDEATHSIG = 1


class Unbuilt(Exception):
    """A directory cannot be built; the text says why, the first line alone if need be."""


class Built(NamedTuple):
    """What a program wrote to standard output, and what it had to say meanwhile."""

    output: bytes
    remarks: str


class Release(NamedTuple):
    """What helm is told.

    Attributes:
        value_files: relative to the chart's directory.
        values: YAML, which counts for more than the files.
        api_versions: joined by commas.
    """

    name: str
    namespace: str = ""
    value_files: tuple[str, ...] = ()
    values: str = ""
    kube_version: str = ""
    api_versions: str = ""


def recognize(directory: Path) -> str:
    """The renderer of a directory.

    Raises:
        Unbuilt: it is for two of them.
    """
    found = {
        renderer: name
        for renderer, names in MARKS.items()
        for name in names
        if (directory / name).is_file()
    }
    if len(found) > 1:
        files, renderers = " and ".join(found.values()), " or ".join(NAMES)
        raise Unbuilt(f"there are {files}; say with the parameter 'renderer' which: {renderers}")
    return next(iter(found), "yaml")


def tree(directory: Path, path: str) -> Path:
    """The checkout that a directory is part of.

    Args:
        path: where the directory is in its repository, if Argo CD said so.
    """
    place = directory.resolve()
    steps = Path(path).parts
    if path and place.parts[len(place.parts) - len(steps) :] == steps:
        return Path(*place.parts[: len(place.parts) - len(steps)])
    above = (one for one in (place, *place.parents) if (one / ".git").exists())
    return next(above, place)


def check_links(directory: Path, root: Path) -> None:
    """Refuse links below *directory*, or below what it links to, that lead out of *root*.

    Raises:
        Unbuilt: one does.
    """
    seen: set[str] = set()
    for place, directories, files in os.walk(directory, followlinks=True):
        seen.add(os.path.realpath(place))
        for name in (*directories, *files):
            path = Path(place, name)
            if path.is_symlink() and not _is_inside(path, root):
                raise Unbuilt(f"the link {str(path)!r} leads out of the repository")
        directories[:] = [
            name for name in directories if os.path.realpath(Path(place, name)) not in seen
        ]


def kustomize(directory: Path, root: Path) -> Built:
    """Build a kustomization, without plugins: those would be programs of the repository.

    Raises:
        Unbuilt: in kustomize's own words.
    """
    return _run("kustomize", ("build", "."), directory, root)


def helm(directory: Path, root: Path, release: Release) -> Built:
    """Render a chart with its CRDs and hooks, as Argo CD does.

    Raises:
        Unbuilt: in helm's own words, or a file of values is not in the tree.
    """
    options = [
        "--include-crds",
        f"--namespace={release.namespace}",
        f"--kube-version={release.kube_version}",
        f"--api-versions={release.api_versions}",
        *(f"--values={_of_values(name, directory, root)}" for name in release.value_files),
        f"--values={'-' if release.values else ''}",
    ]
    given = [option for option in options if not option.endswith("=")]
    arguments = ("template", *given, "--", release.name, ".")
    return _run("helm", arguments, directory, root, release.values.encode())


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # a circle of links, which leads nowhere
        return False


def _of_values(name: str, directory: Path, root: Path) -> str:
    """A file as helm takes it: absolute, or helm might see a URL; quoted, as in CSV."""
    path = directory / name
    if not _is_inside(path, root):
        raise Unbuilt(f"the values {name!r} are not in the repository")
    if not path.is_file():
        raise Unbuilt(f"there are no values {name!r}")
    return '"{}"'.format(str(path.resolve()).replace('"', '""'))


def _run(
    name: str, arguments: tuple[str, ...], directory: Path, root: Path, given: bytes = b""
) -> Built:
    program = shutil.which(name)
    if program is None or not Path(program).is_absolute():  # a relative one is the repository's
        raise Unbuilt(f"{name} is not on the PATH")
    ended = subprocess.run(  # noqa: S603 - no shell; what becomes an argument, see above
        [program, *arguments],
        cwd=directory,
        input=given,
        capture_output=True,
        check=False,
        preexec_fn=_dying_with(os.getpid()),
    )
    said = ended.stderr.decode("utf-8", "replace").replace(f"{root}{os.sep}", "")
    if ended.returncode:
        raise Unbuilt("\n".join(_of_failure(f"{name} {arguments[0]}", ended.returncode, said)))
    return Built(ended.stdout, said)


def _dying_with(parent: int) -> Callable[[], None]:
    """What a child does first: ask the kernel for its death with its parent's, on Linux."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)

    def bind() -> None:
        if prctl:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died before the kernel was asked
                os._exit(1)

    return bind


def _of_failure(command: str, status: int, said: str) -> Iterator[str]:
    """The decisive line first: without the warnings before it and the advice behind it."""
    advice = "Use --debug flag"  # which no user of Argo CD could follow
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith(advice)]
    starts = [number for number, line in enumerate(lines) if line.startswith("Error: ")]
    first, *rest = lines[starts[0] :] if starts else lines[-1:] or [f"it ended with {status}"]
    yield f"{command}: {first.removeprefix('Error: ')}"
    yield from (f"  {line.strip()}" for line in rest)
