"""``smi2istio install-plugin``: a link to the program where kubectl and kustomize look for plugins.

kubectl's own kustomize runs no KRM functions, only such "legacy" plugins.  Of the
directories that it may look into it takes the first that exists, so a plugin in another
one would never be found.

Source: kustomize, api/konfig/plugins.go; reference/krm-hosts.md §2.7.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import click

from smi2istio import options
from smi2istio.cli import streams


@click.command(short_help="Let kubectl find the program as a plugin.")
def install_plugin() -> None:
    """Put a link to this program where kubectl and kustomize look for plugins, and print its path.

    That is below $KUSTOMIZE_PLUGIN_HOME, $XDG_CONFIG_HOME/kustomize/plugin,
    ~/.config/kustomize/plugin or ~/kustomize/plugin, whichever exists first.

    `kubectl kustomize --enable-alpha-plugins DIR` then runs it for a SmiToIstio without the
    function annotation.  `kubectl apply -k` runs no plugins at all.
    """
    homes = list(_homes())
    home = next((one for one in homes if one.is_dir()), homes[0])
    place = home / options.API_VERSION / options.KIND.lower() / options.KIND
    if place.exists() and not place.is_symlink():
        raise click.ClickException(f"{place} is there already, and is no link")
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.{os.getpid()}")
    new.symlink_to(_program())
    new.replace(place)
    sys.exit(streams.finish(f"{place}\n".encode("utf-8", "surrogateescape"), "", 0))


def _homes() -> Iterator[Path]:
    """Where kustomize looks, in its order."""
    if home := os.environ.get("KUSTOMIZE_PLUGIN_HOME"):
        yield Path(home).absolute()
    if configuration := os.environ.get("XDG_CONFIG_HOME"):
        yield Path(configuration, "kustomize", "plugin").absolute()
    yield Path.home() / ".config" / "kustomize" / "plugin"
    yield Path.home() / "kustomize" / "plugin"


def _program() -> Path:
    """What was run, unless that was Python with a module; then what is installed beside Python."""
    run = Path(sys.argv[0])
    beside = Path(sysconfig.get_path("scripts"), "smi2istio")
    return run.absolute() if run.stem == "smi2istio" else beside
