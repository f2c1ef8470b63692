"""The process: a KRM function when there are no arguments, else the command line.

A host starts the function for every build, so a start is what most users pay for.  It
imports no click, and leaves out what Python does for programs that live on: garbage is
not collected, and the process ends without taking its objects apart one by one.
"""

import gc
import os
import sys

from smi2istio.cli import streams


def main() -> int:
    """Run a command; its exit status.  The function does not come back."""
    if len(sys.argv) > 1 or streams.is_terminal() or "_SMI2ISTIO_COMPLETE" in os.environ:
        from smi2istio.cli.main import run  # imports click  # noqa: PLC0415

        return run()
    gc.disable()
    from smi2istio.function import answer  # without garbage collection  # noqa: PLC0415

    os._exit(streams.finish(*answer(streams.read_input())))


if __name__ == "__main__":
    sys.exit(main())
