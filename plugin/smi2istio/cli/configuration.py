"""The configuration on the command line: ``--config``, and each option by its own name.

An option given by name replaces that of the file.  What an option is for and how it is
written is said once, in the schema that ``smi2istio schema`` prints: the command line and
Argo CD's form are made from it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from smi2istio import options
from smi2istio.catalog import reading
from smi2istio.consent import problem
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document, read_stream
from smi2istio.options import Options
from smi2istio.validate import schemas

FILE = "smi2istio.yaml"

#: The JSON Schema of the configuration, as text.
SCHEMA: Final = (schemas.folder() / "smi2istio" / "v1alpha1.json").read_text(encoding="utf-8")
#: What it says of each option, by name.
OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = json.loads(SCHEMA)["properties"]["spec"][
    "properties"
]

_KEY = re.compile("[A-Za-z]+")
C = TypeVar("C", bound=Callable[..., object])


class Configuration(NamedTuple):
    """What holds for a run; *found* is the file that was taken because of its name."""

    options: Options
    found: str = ""


def configured(command: C) -> C:
    """Give a command ``--config`` and the options."""
    for key in reversed([*options.NAMES]):
        command = _option(key)(command)
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"The configuration; {FILE} in the current directory if it is there.",
    )(command)


def read(file: Path | None, given: Mapping[str, object], own: Document | None) -> Configuration:
    """Read the configuration: that of a file or of a ResourceList, then what is given by name.

    Raises:
        click.ClickException: a mistake on the command line, or not one document in a file.
        Refusal: a mistake in a file.
        Unreadable: a file is not YAML.
    """
    return replaced(held(file, own), given)


def held(file: Path | None, own: Document | None, directory: Path = Path()) -> Configuration:
    """*file*, else *own* (of a ResourceList), else the file of *directory* by its name.

    Raises:
        click.ClickException: the file holds more than one document, or none.
        Refusal: a mistake in it.
        Unreadable: it is not YAML.
    """
    found = ""
    named = directory / FILE
    # Empty, it is what a shell has just made for the output: `init > smi2istio.yaml`.
    if file is None and own is None and named.is_file() and named.stat().st_size:
        file, found = named, str(named)
    return Configuration(options.of_document(_document(file) if file else own), found)


def replaced(configuration: Configuration, given: Mapping[str, object]) -> Configuration:
    """What holds when options are given by name.

    Raises:
        click.UsageError: a mistake on the command line.
    """
    values = dict(_given(given))
    if not values:
        return configuration
    base = configuration.options
    try:
        merged = _merged(values, base)
    except Refusal as refusal:
        place = _KEY.sub(lambda key: _flag(key[0]), str(refusal.diagnostic.where), count=1)
        raise click.UsageError(f"{place}: {refusal.diagnostic.message}") from None
    return configuration._replace(options=merged._replace(where=base.where))


def _merged(values: Mapping[str, object], base: Options) -> Options:
    merged = options.of_texts(values, Where(), base)
    for entry in merged.accept if "accept" in values else ():
        if why := problem(entry):
            raise Refusal(reading.not_acceptable(Where(None, "accept"), entry, why))
    return merged


def _given(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key in options.NAMES:
        value = values[options.NAMES[key]]
        if value not in (None, ()):
            yield key, list(value) if isinstance(value, tuple) else value


def _document(file: Path) -> Document:
    documents = read_stream(file.read_bytes(), str(file))
    if len(documents) != 1:
        raise click.ClickException(f"{file} must hold one document, and holds {len(documents)}")
    return documents[0]


class Form(StrEnum):
    """How an option is written where there is no YAML around it."""

    FLAG = "flag"
    TEXT = "text"
    TEXTS = "texts"
    YAML = "yaml"


def form(key: str) -> Form:
    """An option's form, by its type."""
    schema = OPTIONS[key]
    kind = schema.get("type", ("string",))[0]
    if kind == "array":
        return Form.TEXTS if schema["items"]["type"] == "string" else Form.YAML
    return Form.FLAG if kind == "boolean" else Form.TEXT


def _option(key: str) -> Callable[[C], C]:
    schema, flag = OPTIONS[key], _flag(key)
    text, default = schema["description"], schema["default"]
    if form(key) is Form.FLAG:
        return click.option(f"{flag}/--no-{flag[2:]}", default=None, help=text)
    if form(key) is Form.TEXTS:
        return click.option(flag, multiple=True, metavar="TEXT", help=f"{text}  May be repeated.")
    if form(key) is Form.YAML:
        fields = ", ".join(schema["items"]["properties"])
        return click.option(flag, metavar="YAML", help=f"{text}  A YAML list of {{{fields}}}.")
    text = f"{text}  Default: {default}." if default else text
    if "enum" in schema:
        return click.option(flag, type=click.Choice(list(filter(None, schema["enum"]))), help=text)
    return click.option(flag, metavar="TEXT", help=text)


def _flag(key: str) -> str:
    return f"--{options.NAMES[key].replace('_', '-')}"
