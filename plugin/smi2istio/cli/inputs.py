"""What a command reads, and what becomes of it: standard input, files, directories.

A directory is read as ``kubectl apply -R -f`` reads it: ``*.yaml``, ``*.yml`` and
``*.json``, sorted; links are followed as well.  What begins with a dot is left alone, and
a file is passed over if it holds no object of a cluster: Helm's values, a kustomization,
our own configuration.  A file that is named is always read.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from smi2istio import intake, krm
from smi2istio.cli import streams
from smi2istio.compiler import Compilation
from smi2istio.documents import AllUnreadable, Document, Stream, Unreadable
from smi2istio.kinds import KINDS

_SUFFIXES = (".yaml", ".yml", ".json")
#: Groups of documents that configure a build and are applied to no cluster.
_OF_BUILDS = ("kustomize.config.k8s.io", "smi2istio.dev")

argument = click.argument(
    "paths",
    metavar="[PATH|-]...",
    nargs=-1,
    type=click.Path(exists=True, allow_dash=True, path_type=Path),
)


class Text:
    """One input: a stream, or a ResourceList, whose items are to become a stream."""

    def __init__(self, data: bytes, file: str = "") -> None:
        """Take it apart.

        Raises:
            Unreadable: with file and place.
        """
        found = krm.read(data, file)
        self._contents: krm.ResourceList | Stream = found or Stream(data, file)
        self._contents.open_lists(lambda _: True)
        self.documents = self._contents.documents
        self.configuration = found.function_config if found else None

    def written(self, compilation: Compilation, *, is_last: bool) -> bytes:
        """A stream with what became of the documents; the last one takes what has no place."""
        contents = self._contents
        here = {document.position for document in self.documents}
        outputs = [
            one for one in compilation.outputs if (one.at.position in here if one.at else is_last)
        ]
        if isinstance(contents, Stream):
            return contents.write(*krm.changes(self.documents, outputs))
        return contents.write_stream(*krm.changes(self.documents, krm.unbooked(outputs)))


class Inputs:
    """The texts of a run, and the documents in all of them.

    Attributes:
        texts: by the name that a text has below an output directory; "" for standard input.
        passed_over: how many files of directories hold no object of a cluster.
        remarks: what the program that built them had to say.
    """

    def __init__(self, texts: Mapping[str, Text], passed_over: int = 0, remarks: str = "") -> None:
        self.texts, self.passed_over, self.remarks = texts, passed_over, remarks
        self.documents = [one for text in texts.values() for one in text.documents]
        for position, document in enumerate(self.documents):
            document.position = position

    @property
    def configuration(self) -> Document | None:
        """The functionConfig of a ResourceList."""
        found = (text.configuration for text in self.texts.values())
        return next((one for one in found if one), None)

    def written(self, compilation: Compilation) -> dict[str, bytes]:
        """Each text as it is now."""
        last = len(self.texts) - 1
        return {
            name: text.written(compilation, is_last=number == last)
            for number, (name, text) in enumerate(self.texts.items())
        }


def read(paths: Sequence[Path]) -> Inputs:
    """Read all of it.

    Raises:
        click.UsageError: nothing to read, or two inputs of one name.
        AllUnreadable: what is not YAML, each with file and place.
    """
    if not paths and streams.is_terminal():
        raise click.UsageError("name a file or a directory, or '-' for standard input")
    texts: dict[str, Text] = {}
    errors: list[Unreadable] = []
    passed_over = 0
    for path in paths or (Path("-"),):
        for name, file in _files(path):
            try:
                text = Text(file.read_bytes(), str(file)) if name else Text(streams.read_input())
            except Unreadable as error:
                errors.append(error)
                continue
            if path.is_dir() and not any(map(_is_of_a_cluster, text.documents)):
                passed_over += 1
            elif name in texts:
                raise click.UsageError(f"two inputs have the name {name or '-'!r}")
            else:
                texts[name] = text
    if errors:
        documents = [one for text in texts.values() for one in text.documents]
        raise AllUnreadable(intake.all_unreadable(documents, errors))
    return Inputs(texts, passed_over)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Names below an output directory, and the files."""
    if str(path) == "-":
        yield "", path
    elif not path.is_dir():
        yield path.name, path
    else:
        seen: set[str] = set()
        for directory, inner, files in os.walk(path, onerror=_refuse, followlinks=True):
            seen.add(os.path.realpath(directory))
            inner[:] = sorted(
                name
                for name in inner
                if not name.startswith(".")
                and os.path.realpath(Path(directory, name)) not in seen  # a link back
            )
            for name in sorted(files):
                file = Path(directory, name)
                if name.endswith(_SUFFIXES) and not name.startswith(".") and _is_readable(file):
                    yield str(file.relative_to(path)), file


def _is_readable(file: Path) -> bool:
    """A pipe would wait for a writer; a link to nothing is tried, and is an error."""
    return file.is_file() or not file.exists()


def _refuse(error: OSError) -> None:
    """What cannot be looked into may hold a policy."""
    raise click.UsageError(f"{error.filename} cannot be read: {error.strerror}")


def _is_of_a_cluster(document: Document) -> bool:
    """An object with a version, or one of SMI that has lost it, which is an error."""
    if document.kind in KINDS:
        return True
    return bool(document.api_version and document.kind) and document.group not in _OF_BUILDS
