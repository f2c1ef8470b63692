"""What commands that convert have in common: what they are asked, and the way to an answer."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

import click

from smi2istio import intake
from smi2istio.catalog import reading
from smi2istio.cli import configuration, inputs
from smi2istio.cli.configuration import Configuration
from smi2istio.cli.inputs import Inputs
from smi2istio.compiler import Compilation, unchanged
from smi2istio.diagnostics import Diagnostic, Refusal, Severity, Where
from smi2istio.documents import AllUnreadable, Document, Unreadable
from smi2istio.options import DEFAULTS, Options
from smi2istio.report.text import Manner

C = TypeVar("C", bound=Callable[..., object])
Compiler = Callable[[Sequence[Document], Options], Compilation]


class Request(NamedTuple):
    """The arguments of a command; *options* are those given by their own names."""

    paths: tuple[Path, ...]
    config: Path | None
    quiet: bool
    color: str
    options: Mapping[str, object]


class Taken(NamedTuple):
    """What is to be compiled, and how."""

    inputs: Inputs
    configuration: Configuration


class Outcome(NamedTuple):
    inputs: Inputs
    options: Options
    compilation: Compilation
    manner: Manner


def takes_request(command: C) -> C:
    """Give a command the arguments of a request."""
    return reports(inputs.argument(command))


def reports(command: C) -> C:
    """Give a command the arguments of a request, but for what is read."""
    for decorate in (
        click.option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            default="auto",
            help="Colour the report; auto: on a terminal, unless NO_COLOR is set.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Report errors only."),
        configuration.configured,
    ):
        command = decorate(command)
    return command


def from_paths(request: Request) -> Taken:
    """Read what is named, then the configuration."""
    read = inputs.read(request.paths)
    return Taken(read, configuration.read(request.config, request.options, read.configuration))


def carry_out(
    request: Request,
    compiler: Compiler,
    severities: tuple[Severity, ...],
    stream: TextIO | None,
    take: Callable[[Request], Taken] = from_paths,
) -> Outcome:
    """Read, configure and compile; a mistake in what is read becomes the only diagnostic.

    Args:
        severities: what is reported unless the request is quiet.
        stream: where the report will go.
        take: what reads.

    Raises:
        click.UsageError: a mistake on the command line.
    """
    read, options, found = Inputs({}), DEFAULTS, ""
    try:
        read, (options, found) = take(request)
        if read.documents:
            compilation = compiler(read.documents, options)
        else:
            compilation = unchanged((), (reading.empty_input(Where()),))
    except (Unreadable, Refusal) as mistake:
        compilation = unchanged((), (diagnosed(mistake),))
    except AllUnreadable as mistakes:
        compilation = unchanged((), tuple(map(intake.unreadable, mistakes.errors)))
    manner = Manner(
        (Severity.ERROR,) if request.quiet else severities,
        brief=request.quiet,
        colour=_is_coloured(request.color, stream),
        configuration=found,
        passed_over=read.passed_over,
    )
    return Outcome(read, options, compilation, manner)


def diagnosed(mistake: Unreadable | Refusal) -> Diagnostic:
    """What is to be said of a mistake that ends a run."""
    if isinstance(mistake, Refusal):
        return mistake.diagnostic
    return intake.unreadable(mistake)


def _is_coloured(choice: str, stream: TextIO | None) -> bool:
    if choice != "auto":
        return choice == "always"
    return bool(stream and stream.isatty() and not os.environ.get("NO_COLOR"))
