"""``smi2istio check``: what a conversion would say."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from smi2istio.cli import streams
from smi2istio.cli.request import Request, carry_out, takes_request
from smi2istio.compiler import Compilation, compile_documents, unchanged
from smi2istio.diagnostics import Severity
from smi2istio.documents import Document
from smi2istio.leftovers import left_over
from smi2istio.options import Options
from smi2istio.report import as_json, as_markdown, as_sarif, text

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
    """Compile nothing, and report what a build should have converted."""
    return unchanged(documents, tuple(said for one in documents for said in left_over(one)))
