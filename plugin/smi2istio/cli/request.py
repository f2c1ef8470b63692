"""What ``render`` and ``check`` have in common: what they are asked, and the way to an answer."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TextIO, TypeVar

import click

from smi2istio.catalog import reading
from smi2istio.cli import configuration, inputs
from smi2istio.cli.inputs import Inputs
from smi2istio.compiler import Compilation, unchanged
from smi2istio.diagnostics import Refusal, Severity, Where
from smi2istio.documents import Document, Unreadable
from smi2istio.options import Options
from smi2istio.report.text import Manner

C = TypeVar("C", bound=Callable[..., object])
Compiler = Callable[[Sequence[Document], Options], Compilation]


class Request(NamedTuple):
    """The arguments of both commands; *options* are those given by their own names."""

    paths: tuple[Path, ...]
    config: Path | None
    quiet: bool
    color: str
    options: Mapping[str, object]


class Outcome(NamedTuple):
    inputs: Inputs
    compilation: Compilation
    manner: Manner


def takes_request(command: C) -> C:
    """Give a command the arguments of a request."""
    for decorate in (
        click.option(
            "--color",
            type=click.Choice(("auto", "always", "never")),
            default="auto",
            help="Colour the report; auto: on a terminal, unless NO_COLOR is set.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Report errors only."),
        configuration.configured,
        inputs.argument,
    ):
        command = decorate(command)
    return command


def carry_out(
    request: Request, compiler: Compiler, severities: tuple[Severity, ...], stream: TextIO | None
) -> Outcome:
    """Read, configure and compile; a mistake in what is read becomes the only diagnostic.

    Args:
        severities: what is reported unless the request is quiet.
        stream: where the report will go.

    Raises:
        click.UsageError: a mistake on the command line.
    """
    read, found = Inputs({}), ""
    try:
        read = inputs.read(request.paths)
        options, found = configuration.read(request.config, request.options, read.configuration)
        if read.documents:
            compilation = compiler(read.documents, options)
        else:
            compilation = unchanged((), (reading.empty_input(Where()),))
    except Unreadable as error:
        compilation = unchanged((), (reading.unreadable(Where(), str(error)),))
    except Refusal as refusal:
        compilation = unchanged(read.documents, (refusal.diagnostic,))
    manner = Manner(
        (Severity.ERROR,) if request.quiet else severities,
        brief=request.quiet,
        colour=_is_coloured(request.color, stream),
        configuration=found,
        passed_over=read.passed_over,
    )
    return Outcome(read, compilation, manner)


def _is_coloured(choice: str, stream: TextIO | None) -> bool:
    if choice != "auto":
        return choice == "always"
    return bool(stream and stream.isatty() and not os.environ.get("NO_COLOR"))
