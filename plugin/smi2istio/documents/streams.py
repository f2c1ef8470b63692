"""A YAML stream: bytes → documents, and back byte for byte.

Lines that begin with `---` or `...` end a document wherever they stand: in a block
scalar text is indented, in quotes and brackets the parser refuses them.  So a stream
is cut at these lines, and nothing else of it is touched.

Source: libyaml, scanner.c, the check for document indicators in column 0.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from smi2istio.documents.document import Document
from smi2istio.documents.forms import standalone
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.writer import dump

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CHUNK = 1 << 20

_MARKER = rb"(---|\.\.\.)(?=[ \t\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]|\Z)"
_FIRST_MARKER = re.compile(_MARKER)
_NEXT_MARKER = re.compile(rb"\n" + _MARKER)
#: The same where a lone CR, NEL, LS or PS ends a line, as it does for libyaml and Go.
_NEXT_ODD_MARKER = re.compile(rb"(?:[\n\r]|\xc2\x85|\xe2\x80[\xa8\xa9])" + _MARKER)
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_ODD_BREAK = re.compile(rb"\r(?!\n)|\xc2\x85|\xe2\x80[\xa8\xa9]")
_REST = re.compile(rb"[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z)")
_NOTHING = re.compile(rb"(?:[ \t]*+(?:#[^\n]*+)?\r?+\n)*+[ \t]*+(?:#[^\n]*+)?\Z")
_DIRECTIVES = re.compile(rb"(?:(?:[ \t]*+#[^\n]*+|[ \t]*+|%[^\n]*+)\r?+\n)*+\Z")


def check_text(data: bytes, file: str = "") -> None:
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


class Stream:
    """The documents of a stream, and the text between them.

    Comments, separators and directives on their own are no documents; they stay where
    they are.
    """

    def __init__(self, data: bytes, file: str = "") -> None:
        """Cut the stream.

        Raises:
            Unreadable: with file and place.
        """
        check_text(data, file)
        self._data = data
        self._odd = (not data.isascii() or b"\r" in data) and bool(_ODD_BREAK.search(data))
        documents: list[Document] = []
        line, counted = 1, 0
        for start, end in self._segments(file):
            line += data.count(b"\n", counted, start)
            counted = start
            documents.append(
                Document(data, start, end, file=file, line=line, position=len(documents))
            )
        self.documents: Sequence[Document] = documents

    def _segments(self, file: str) -> Iterator[tuple[int, int]]:
        """Where documents begin and end."""
        data = self._data
        start = _after_mark(data, 0)
        opening, ended = True, False  # the stream begins; `...` was read, and `---` must follow
        for marker in self._markers(start):
            at, opens = marker.start(1), marker[1] == b"---"
            if not self._is_nothing(start, at):
                if opening and opens and _DIRECTIVES.fullmatch(data, start, at):
                    opening = ended = False
                    continue  # the directives begin the document that follows
                if ended:
                    raise self._stray(start, file)
                yield start, at
            start, opening, ended = self._after(marker), not opens, not opens
        if not self._is_nothing(start, len(data)):
            if ended:
                raise self._stray(start, file)
            yield start, len(data)

    def _markers(self, start: int) -> Iterator[re.Match[bytes]]:
        first = _FIRST_MARKER.match(self._data, start)
        if first:
            yield first
        yield from (_NEXT_ODD_MARKER if self._odd else _NEXT_MARKER).finditer(self._data, start)

    def _after(self, marker: re.Match[bytes]) -> int:
        """Where the text after a marker begins; a document on its line takes it in."""
        rest = _REST.match(self._data, marker.end())
        if rest:
            return _after_mark(self._data, rest.end())
        return marker.start(1) if marker[1] == b"---" else marker.end()

    def _is_nothing(self, start: int, end: int) -> bool:
        """Blank lines and comments only."""
        if not _NOTHING.fullmatch(self._data, start, end):
            return False
        return not self._odd or load(self._data[start:end]) is None

    def _stray(self, start: int, file: str) -> Unreadable:
        line = self._data.count(b"\n", 0, start) + 1
        return Unreadable("text after '...'; write '---' between documents", line, file=file)

    def write(
        self,
        changes: Mapping[int, Sequence[Document | Mapping[str, object]]],
        end: Sequence[Mapping[str, object]] = (),
    ) -> bytes:
        """The stream with the documents at some positions replaced.

        Args:
            changes: position → what stands there now; every other document stays.
            end: what is appended.
        """
        out = _Output(self._data)
        done = 0
        for position in sorted(changes):
            document = self.documents[position]
            out.keep(done, document.start, without_separator=not changes[position])
            for element in changes[position]:
                out.add(element)
            done = document.end
        out.keep(done, len(self._data))
        for element in end:
            out.add(element)
        return out.joined()


class _Output:
    """Pieces of a stream being written."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pieces: list[bytes | memoryview] = []
        self._line_feed = b"\r\n" if b"\r\n" in data[: data.find(b"\n") + 1] else b"\n"
        self._separated = True  # what was written last ends with a separator, or is nothing

    def keep(self, start: int, end: int, *, without_separator: bool = False) -> None:
        """Take over a part of the input, perhaps without the separator at its end."""
        last_line = self._data.rfind(b"\n", start, max(end - 1, start)) + 1 or start
        separated = self._data.startswith(b"---", last_line, end)
        if separated and without_separator:
            end = last_line
        if start < end:
            self._end_line()
            self._pieces.append(memoryview(self._data)[start:end])
            self._separated = separated and not without_separator

    def add(self, element: Document | Mapping[str, object]) -> None:
        """Write a document that is new here."""
        if isinstance(element, Document):
            text = standalone(element)
        else:
            text = dump(element).encode().replace(b"\n", self._line_feed)
        self._end_line()
        if text.startswith(b"%") and self._pieces:
            self._pieces.append(b"..." + self._line_feed)
        elif not self._separated and not text.startswith(b"---"):
            self._pieces.append(b"---" + self._line_feed)
        self._pieces.append(text)
        self._separated = False

    def _end_line(self) -> None:
        if self._pieces and self._pieces[-1][-1:] != b"\n":
            self._pieces.append(self._line_feed)

    def joined(self) -> bytes:
        return b"".join(self._pieces)


def _after_mark(data: bytes, start: int) -> int:
    return start + len(BYTE_ORDER_MARK) if data.startswith(BYTE_ORDER_MARK, start) else start
