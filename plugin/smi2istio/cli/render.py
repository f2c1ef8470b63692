"""``smi2istio render``: documents in, documents out."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from smi2istio.cli import files, streams
from smi2istio.cli.request import Request, carry_out, takes_request
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Severity
from smi2istio.report import text

#: The byte order mark with which some editors begin a file.
_MARK = "\ufeff".encode()
#: What must stand before a stream that begins with a directive, or with a separator.
_SEPARATORS = {b"%": b"...\n", b"-": b""}


@click.command(short_help="Convert documents.")
@click.option(
    "-o",
    "--output",
    metavar="FILE|DIR/",
    help="Write there instead of to standard output.  A directory (one that exists, or a name"
    " with a slash at its end) gets a file for each input, under its name.",
)
@takes_request
def render(
    *,
    paths: tuple[Path, ...],
    output: str | None,
    config: Path | None,
    quiet: bool,
    color: str,
    **options: object,
) -> None:
    """Convert the documents of each PATH, or of standard input.

    A PATH is a file, or a directory, of which *.yaml, *.yml and *.json are read, at any
    depth; files that hold no object of a cluster (Helm values, kustomization.yaml) are
    passed over.  "-" is standard input: a stream of documents or a ResourceList.

    What has nothing to do with a mesh comes out as it was, byte for byte.  Standard
    output carries documents only; what there is to say goes to standard error.  With any
    error nothing is written.
    """
    request = Request(paths, config, quiet, color, options)
    severities = (Severity.ERROR, Severity.WARNING)
    outcome = carry_out(request, compile_documents, severities, sys.stderr)
    report = text.report(outcome.compilation, outcome.manner)
    if outcome.compilation.failed:
        sys.exit(streams.finish(b"", report, 1))
    written = outcome.inputs.written(outcome.compilation)
    if output is None:
        sys.exit(streams.finish(joined(written.values()), report, 0))
    files.write(_places(output, paths, written))
    sys.exit(streams.finish(b"", report, 0))


def joined(texts: Iterable[bytes]) -> bytes:
    """Several streams as one."""
    pieces: list[bytes] = []
    for one in filter(_is_something, texts):
        text = one
        if pieces:
            text = one.removeprefix(_MARK)  # it may stand at the beginning of a stream only
            pieces.append(b"" if pieces[-1].endswith(b"\n") else b"\n")
            pieces.append(_SEPARATORS.get(text[:1], b"---\n"))
        pieces.append(text)
    return b"".join(pieces)


def _is_something(text: bytes) -> bool:
    return bool(text.removeprefix(_MARK).strip())


def _places(
    output: str, paths: Iterable[Path], written: Mapping[str, bytes]
) -> Mapping[Path, bytes]:
    """Which file gets what; a file of which nothing is left is not written.

    Raises:
        click.UsageError: *output* cannot take it.
    """
    place = Path(output)
    if not (place.is_dir() or output.endswith(("/", os.sep))):
        return {place: joined(written.values())}
    for path in paths:
        if path.is_dir() and path.resolve() in (place.resolve(), *place.resolve().parents):
            raise click.UsageError(f"{output!r} is inside the input {str(path)!r}")
    if "" in written:
        raise click.UsageError("standard input has no name for a file in a directory")
    return {place / name: content for name, content in written.items() if _is_something(content)}
