"""The command line: the group of all commands."""

import sys

import click

from smi2istio.cli import streams
from smi2istio.cli.check import check
from smi2istio.cli.explain import explain
from smi2istio.cli.generate import generate
from smi2istio.cli.init import init
from smi2istio.cli.install_plugin import install_plugin
from smi2istio.cli.render import render
from smi2istio.cli.schema import schema


@click.group(
    context_settings={"help_option_names": ("-h", "--help"), "max_content_width": 100},
    epilog='Completion: eval "$(_SMI2ISTIO_COMPLETE=bash_source smi2istio)", or zsh_source;'
    " for fish: _SMI2ISTIO_COMPLETE=fish_source smi2istio | source",
)
@click.version_option(package_name="smi2istio", message="%(prog)s %(version)s")
def smi2istio() -> None:
    """Compile documents of the Service Mesh Interface and Open Service Mesh into Istio's.

    Without arguments, and with standard input not a terminal, this is a KRM function: a
    ResourceList comes in on standard input and goes out on standard output.

    Exit status: 0 fine, 1 errors, 2 usage.
    """


for command in (render, generate, check, init, explain, schema, install_plugin):
    smi2istio.add_command(command)


def run() -> int:
    """Run a command, which ends the process itself; the exit status if it could not."""
    try:
        smi2istio.main(sys.argv[1:] or ["--help"], prog_name="smi2istio")
    except OSError as error:
        streams.give_up(f"smi2istio: {error.strerror}: {error.filename or 'standard output'}\n")
    return 1
