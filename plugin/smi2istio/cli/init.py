"""``smi2istio init``: a configuration to start from."""

import sys
from pathlib import Path

import click

from smi2istio.cli import streams
from smi2istio.cli.request import Request, carry_out, takes_request
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Severity
from smi2istio.report import questions, text


@click.command(short_help="Print a configuration with what is to be decided.")
@takes_request
def init(
    *,
    paths: tuple[Path, ...],
    config: Path | None,
    quiet: bool,
    color: str,
    **options: object,
) -> None:
    """Print the configuration for the documents of each PATH, or of standard input.

    It holds what is decided already, and as comments what the documents leave open: why it
    is asked, and the answers.  Take the mark off those that you want.  Some answers lead
    to further questions, so run this again until there is nothing to decide: what is decided
    is printed again, comments of your own are not.

    PATH is read as by `render`.  Errors that no option settles are reported, and make the
    exit status 1.
    """
    request = Request(paths, config, quiet, color, options)
    outcome = carry_out(request, compile_documents, (Severity.ERROR,), sys.stderr)
    said, manner = outcome.compilation.diagnostics, outcome.manner
    asked = questions.questions(said, outcome.options)
    errors = questions.unsettled(said, outcome.options)
    if errors and not asked:
        sys.exit(streams.finish(b"", text.report(outcome.compilation, manner), 1))
    report = [text.line(one, colour=manner.colour) for one in errors]
    if not manner.brief:
        report.append(questions.summary(asked, len(errors), manner))
    file = questions.configuration(outcome.options, asked)
    lines = "".join(f"{line}\n" for line in report)
    sys.exit(streams.finish(file.encode(), lines, int(bool(errors))))
