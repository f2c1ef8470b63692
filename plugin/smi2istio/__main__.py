"""The process: a KRM function when there are no arguments, a plugin of kustomize, or a command.

A host starts the function for every build, so a start is what most users pay for.  It
imports no click, and leaves out what Python does for programs that live on: garbage is
not collected, and the process ends without taking its objects apart one by one.
"""

import gc
import os
import sys

from smi2istio.cli import streams

# What kustomize sets when it calls a legacy plugin; the first only if the text fits.
_OF_PLUGINS = "KUSTOMIZE_PLUGIN_CONFIG_STRING", "KUSTOMIZE_PLUGIN_CONFIG_ROOT"


def main() -> int:
    """Run a command; its exit status.  The function does not come back."""
    if _is_plugin_call():
        from smi2istio.function import transform  # noqa: PLC0415 - as below

        with open(sys.argv[1], "rb") as configuration:  # noqa: PTH123 - without pathlib
            text = configuration.read()
        os._exit(streams.finish(*transform(streams.read_input(), text)))
    if len(sys.argv) > 1 or streams.is_terminal() or "_SMI2ISTIO_COMPLETE" in os.environ:
        from smi2istio.cli.main import run  # noqa: PLC0415 - imports click

        return run()
    gc.disable()
    from smi2istio.function import answer  # noqa: PLC0415 - without garbage collection

    os._exit(streams.finish(*answer(streams.read_input())))


def _is_plugin_call() -> bool:
    """Whether kustomize calls a legacy plugin: with the file of its configuration.

    No command is an absolute path, and a plugin of somebody else may well run a command.
    """
    if len(sys.argv) < 2 or not os.path.isabs(sys.argv[1]):  # noqa: PLR2004, PTH117
        return False
    return any(name in os.environ for name in _OF_PLUGINS)


if __name__ == "__main__":
    sys.exit(main())
