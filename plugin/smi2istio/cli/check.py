"""``smi2istio check``: what a conversion would say."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from smi2istio import intake
from smi2istio.catalog import namespaces, reading
from smi2istio.cli import streams
from smi2istio.cli.request import Request, carry_out, takes_request
from smi2istio.compiler import Compilation, compile_documents, unchanged
from smi2istio.diagnostics import Diagnostic, Severity, Where
from smi2istio.documents import Document
from smi2istio.options import Options
from smi2istio.report import as_json, as_markdown, as_sarif, text
from smi2istio.source import core, marks, mesh_config

#: Name of a format → what writes it.
FORMATS: Final[Mapping[str, Callable[[Compilation, text.Manner], str]]] = {
    "text": text.report,
    "json": as_json.report,
    "markdown": as_markdown.report,
    "sarif": as_sarif.report,
}


@click.command(short_help="Report what a conversion would say.")
@click.option(
    "--format", "form", type=click.Choice(tuple(FORMATS)), default="text", help="Default: text."
)
@click.option(
    "--fail-on",
    type=click.Choice((Severity.ERROR.value, Severity.WARNING.value)),
    default=Severity.ERROR.value,
    help="What makes the exit status 1.  Default: error.",
)
@click.option(
    "--no-smi",
    is_flag=True,
    help="Only look for what is left of SMI and OSM; each is an error.  The gate after a build.",
)
@takes_request
def check(  # noqa: PLR0913 - as many as a user can give
    *,
    paths: tuple[Path, ...],
    form: str,
    fail_on: str,
    no_smi: bool,
    config: Path | None,
    quiet: bool,
    color: str,
    **options: object,
) -> None:
    """Convert the documents of each PATH, or of standard input, and only report on it.

    PATH is read as by `render`.  The report goes to standard output, notes included.
    """
    request = Request(paths, config, quiet, color, options)
    compiler = _without_smi if no_smi else compile_documents
    outcome = carry_out(request, compiler, tuple(Severity), sys.stdout)
    report = FORMATS[form](outcome.compilation, outcome.manner)
    severities = {diagnostic.severity for diagnostic in outcome.compilation.diagnostics}
    failed = Severity.ERROR in severities or fail_on in severities
    sys.exit(streams.finish(report.encode("utf-8", "backslashreplace"), "", int(failed)))


def _without_smi(documents: Sequence[Document], _options: Options) -> Compilation:
    """Report what a build should have converted: documents, and marks of OSM on others."""
    return unchanged(documents, tuple(said for one in documents for said in _left(one)))


def _left(document: Document) -> Iterator[Diagnostic]:
    if _is_left(document):
        yield reading.left_over(Where(document))
        return
    for where, key in _marks(document):
        yield reading.left_over(where.at(key), key)
    yield from _elsewhere(document)


def _elsewhere(document: Document) -> Iterator[Diagnostic]:
    if marks.may_carry(document):
        workload = core.workload(document, "")
        template = ".".join((*workload.template, "metadata")) if workload else ""
        for place, key in marks.elsewhere(document.body, ("metadata", template)):
            yield namespaces.mark_elsewhere(Where(document, place), key)


def _is_left(document: Document) -> bool:
    if mesh_config.is_written_by_osm(document):
        return True
    return intake.is_ours(document) or intake.is_nearly_ours(document.api_version, document.kind)


def _marks(document: Document) -> Iterator[tuple[Where, str]]:
    """The marks of OSM on an object and on its pods: the place above each, and its key."""
    if not marks.may_carry(document):
        return
    metadata = Where(document, "metadata")
    places = [(metadata.at("labels"), document.labels)]
    places.append((metadata.at("annotations"), document.annotations))
    workload = core.workload(document, "")
    if workload and workload.template:
        template = Where(document, ".".join((*workload.template, "metadata", "annotations")))
        places.append((template, workload.annotations))
    for where, there in places:
        yield from ((where, key) for key in there if key.startswith(marks.PREFIX))
