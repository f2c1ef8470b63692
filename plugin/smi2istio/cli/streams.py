"""The process's own streams: read at once, written at once.

Half an output may be applied and pruned by, and an empty one with exit status 0 makes
some hosts delete everything.  So standard output is written once, when all is known,
and a write that fails is a failure of the program.  File descriptors are used directly:
Python's buffered streams would try a failed write again at exit, with a traceback.

Source: reference/krm-hosts.md §0.1.
"""

import os
import sys
from contextlib import suppress

_STDOUT, _STDERR = 1, 2


def read_input() -> bytes:
    """All of standard input; nothing if it is closed."""
    return sys.stdin.buffer.read() if sys.stdin else b""


def is_terminal() -> bool:
    return bool(sys.stdin) and sys.stdin.isatty()


def finish(output: bytes, report: str, status: int) -> int:
    """Report, then write the output; the exit status of the program.

    The report goes first, because it still tells what happened when the reader of the
    output has gone.
    """
    complain(report)
    try:
        _write(_STDOUT, output)
    except OSError as error:
        complain(f"smi2istio: the output could not be written: {error.strerror}\n")
        return 1
    return status


def complain(report: str) -> None:
    """Write to standard error; if nobody can hear it, the exit status has to do."""
    with suppress(OSError):
        _write(_STDERR, report.encode("utf-8", "backslashreplace"))


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def give_up(report: str) -> None:
    """Complain, and drop what Python has not written yet, or it would try again at exit."""
    complain(report)
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STDOUT)
