"""``smi2istio schema``: the JSON Schema of the configuration, for editors and validators."""

import sys

import click

from smi2istio.cli import streams
from smi2istio.cli.configuration import SCHEMA


@click.command(short_help="Print the JSON Schema of the configuration.")
def schema() -> None:
    """Print the JSON Schema (draft 7) of the configuration, a SmiToIstio.

    With it an editor completes and checks smi2istio.yaml; for those that use
    yaml-language-server, save it beside the file, whose first line then says
    "# yaml-language-server: $schema=" and its name.
    """
    sys.exit(streams.finish(SCHEMA.encode(), "", 0))
