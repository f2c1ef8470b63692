"""Processes that a test has started or found, and a server that keeps them waiting."""

import socket
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: Long enough for every machine, however busy: only what hangs takes so long.
SECONDS = 300


@contextmanager
def silent(seconds: float = SECONDS) -> Iterator[socket.socket]:
    """A server that takes connections and never answers; nobody waits longer for one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(seconds)
        yield server


@contextmanager
def ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Whatever happens meanwhile, the process is killed at the end; if it hung, it says why."""
    try:
        yield
    except (TimeoutError, subprocess.TimeoutExpired):
        process.kill()
        pytest.fail(f"it hung, and said {process.communicate()}")
    finally:
        process.kill()
        process.wait()


def below(pid: int) -> set[int]:
    """The processes that descend from one."""
    parents: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        state, parent = _state(int(place.name))
        if state not in "ZX":
            parents.setdefault(parent, []).append(int(place.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found.update(children)
        waiting += children
    return found


def left(pids: Collection[int]) -> list[int]:
    """Those that do not end, though they have time."""
    limit = time.monotonic() + SECONDS
    while running := [pid for pid in pids if _state(pid)[0] not in "ZX"]:
        if time.monotonic() > limit:
            break
        time.sleep(0.05)
    return running


def _state(pid: int) -> tuple[str, int]:
    """What a process does, in the letter of proc(5), and its parent; X if there is none."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return state, int(parent)
