"""Sends requests through a sidecar exactly as they are written, and says what became of them.

Requests are put together by hand: an HTTP library would tidy up the paths and headers that
matter here.
A PROXY line goes first, as iptables would have kept the pod's own address and port.
"""

import asyncio
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conformance.outcomes import Outcome, RigError
from tests.meshes.requests import Request

_SECONDS = 60  # one request takes a millisecond; a machine under load may take its time
_PAYLOAD = b"\x00\x01not HTTP\x00"

# The answers by which a sidecar refuses; 400 is its HTTP parser's.
_REFUSALS = {"400", "403", "404"}
_CLOSED = Outcome(allowed=False, how="closed")


class Way(NamedTuple):
    """A way into a sidecar: many requests may take it one after the other.

    Attributes:
        socket: where the listener is.
        context: who the caller is; None for somebody who sends plaintext.
        name: the TLS server name.
        proxy: the PROXY line.
    """

    socket: Path
    context: ssl.SSLContext | None
    name: str
    proxy: bytes


class _Connection:
    """A connection; every way of losing it is the same to a caller."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def exchange(self, request: Request) -> tuple[Outcome, bool]:
        """The outcome, and whether the connection can be used again."""
        self._writer.write(_text(request) if request.method else _PAYLOAD)
        if not request.method:
            return _echoed(await self._reader.read(len(_PAYLOAD))), False
        head = await self._reader.readuntil(b"\r\n\r\n")
        status, headers = _parsed(head)
        if request.method != "HEAD":
            await self._reader.readexactly(int(headers.get("content-length", "0")))
        return _judged(status, headers), headers.get("connection") != "close"

    async def close(self) -> None:
        self._writer.transport.abort()


async def walk(way: Way, requests: Sequence[Request]) -> list[Outcome]:
    """The outcome of each request, in order.

    Raises:
        RigError: something other than the sidecar's decision stood in the way.
    """
    outcomes = []
    connection = None
    for request in requests:
        try:
            async with asyncio.timeout(_SECONDS):
                connection = connection or await _connect(way)
                outcome, reusable = await connection.exchange(request)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            outcome, reusable = _CLOSED, False
        except TimeoutError:
            raise RigError(f"no answer after {_SECONDS} s: {request}") from None
        outcomes.append(outcome)
        if connection is not None and not reusable:
            await connection.close()
            connection = None
    if connection is not None:
        await connection.close()
    return outcomes


async def _connect(way: Way) -> _Connection:
    try:
        reader, writer = await asyncio.open_unix_connection(str(way.socket))
    except OSError as error:
        raise RigError(f"nobody listens at {way.socket}: {error}") from None
    writer.write(way.proxy)
    if way.context is None:
        return _Connection(reader, writer)
    try:
        await writer.start_tls(way.context, server_hostname=way.name)
    except BaseException:
        writer.transport.abort()
        raise
    return _Connection(reader, writer)


def _text(request: Request) -> bytes:
    lines = [f"{request.method} {request.path} HTTP/1.1", f"host: {request.host}"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape")


def _parsed(head: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    fields = (line.partition(":") for line in lines)
    return first.split(" ")[1], {name.lower(): value.strip() for name, _, value in fields}


def _judged(status: str, headers: dict[str, str]) -> Outcome:
    if "x-upstream" in headers:
        return Outcome(allowed=True, how=f"{status}, as {headers['x-upstream']}")
    if status in _REFUSALS:
        return Outcome(allowed=False, how=status)
    raise RigError(f"a sidecar answered {status} {headers}")


def _echoed(answer: bytes) -> Outcome:
    if answer == _PAYLOAD:
        return Outcome(allowed=True, how="echo")
    if not answer:
        return _CLOSED
    if answer.startswith(b"HTTP/1.1 4"):
        return Outcome(allowed=False, how="not HTTP")
    raise RigError(f"a sidecar answered {answer!r}")
