"""Where the documents of a stream begin and end.

Lines that begin with `---` or `...` end a document wherever they stand: in a block
scalar text is indented, in quotes and brackets the parser refuses them.  So a stream
is cut at these lines without looking at anything else.

Source: libyaml, scanner.c, the check for document indicators in column 0.
"""

import re
from collections.abc import Iterator

from smi2istio.documents.extent import Extent
from smi2istio.documents.facts import is_disguised, is_odd
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK = 1 << 20

# Texts, which are compiled when they are needed: a ResourceList is one document.
_MARKER = rb"(---|\.\.\.)(?=[ \t\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]|\Z)"
_NEXT_MARKER = rb"\n" + _MARKER
#: The same where a lone CR, NEL, LS or PS ends a line, as it does for libyaml and Go.
_NEXT_ODD_MARKER = rb"(?:[\n\r]|\xc2\x85|\xe2\x80[\xa8\xa9])" + _MARKER
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_REST = rb"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)"
_ODD_REST = rb"[ \t]*\r?(?:\n|\Z)"  # where a comment ends is for the parser to say
_NOTHING = re.compile(rb"(?:[ \t]*+(?:#[^\n]*+)?\r?+\n)*+[ \t]*+(?:#[^\n]*+)?\Z")
_DIRECTIVES = rb"(?:(?:[ \t]*+#[^\n]*+|[ \t]*+|%[^\n]*+)\r?+\n)*+\Z"


def check_text(data: bytes, file: str) -> None:
    """Make sure that *data* is text.

    Raises:
        Unreadable: a NUL, or not UTF-8; with the byte.
    """
    if data[:2] in _UTF_16:
        raise Unreadable("UTF-16 text; save it as UTF-8", 1, byte=0, file=file)
    nul = data.find(0)
    if nul >= 0:
        raise Unreadable("a NUL byte", data.count(b"\n", 0, nul) + 1, byte=nul, file=file)
    start = len(data) if data.isascii() else 0
    while start < len(data):  # in pieces, because decoded text may take four times the bytes
        end = data.find(b"\n", start + _CHUNK) + 1 or len(data)
        try:
            data[start:end].decode()
        except UnicodeDecodeError as error:
            byte = start + error.start
            line = data.count(b"\n", 0, byte) + 1
            raise Unreadable("not UTF-8", line, byte=byte, file=file) from None
        start = end


def segments(data: bytes, file: str) -> Iterator[Extent]:
    """Each text that is a document, between separators and comments.

    Raises:
        Unreadable: text after `...`.
    """
    odd = (not data.isascii() or b"\r" in data) and is_odd(data, 0, len(data))
    disguised = is_disguised(data, 0, len(data))
    line, counted = 1, 0
    for start, end in _cuts(data, file, odd=odd):
        line += data.count(b"\n", counted, start)
        counted = start
        yield Extent(data, start, end, line, file, odd, disguised)


def _cuts(data: bytes, file: str, *, odd: bool) -> Iterator[tuple[int, int]]:
    start = after_mark(data, 0)
    opening, ended = True, False  # the stream begins; `...` was read, and `---` must follow
    for at, marker in _markers(data, start, odd=odd):
        if not _is_nothing(data, start, at, odd=odd):
            if opening and marker == b"---" and re.compile(_DIRECTIVES).fullmatch(data, start, at):
                opening = ended = False
                continue  # the directives begin the document that follows
            if ended:
                raise _stray(data, start, file)
            yield start, at
        opening = ended = marker == b"..."
        start = _after_marker(data, at, odd=odd)
    if not _is_nothing(data, start, len(data), odd=odd):
        if ended:
            raise _stray(data, start, file)
        yield start, len(data)


def _markers(data: bytes, start: int, *, odd: bool) -> Iterator[tuple[int, bytes]]:
    first = re.compile(_MARKER).match(data, start)
    if first:
        yield start, first[1]
    for found in re.compile(_NEXT_ODD_MARKER if odd else _NEXT_MARKER).finditer(data, start):
        yield found.start(1), found[1]


def _after_marker(data: bytes, at: int, *, odd: bool) -> int:
    """Where the text after a marker begins; a document on its line takes it in."""
    rest = re.compile(_ODD_REST if odd else _REST).match(data, at + len(b"---"))
    if rest:
        return after_mark(data, rest.end())
    return at if data.startswith(b"---", at) else at + len(b"...")


def _is_nothing(data: bytes, start: int, end: int, *, odd: bool) -> bool:
    """Blank lines and comments only."""
    return bool(_NOTHING.fullmatch(data, start, end)) and (not odd or load(data[start:end]) is None)


def _stray(data: bytes, start: int, file: str) -> Unreadable:
    line = data.count(b"\n", 0, start) + 1
    return Unreadable("text after '...'; write '---' between documents", line, file=file)


def after_mark(data: bytes, start: int) -> int:
    """The offset behind a byte order mark, if there is one."""
    return start + len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK, start) else start
