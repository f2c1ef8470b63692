"""A YAML stream: bytes → documents, and back byte for byte."""

from collections.abc import Iterable, Mapping, Sequence

from smi2istio.documents.document import Document
from smi2istio.documents.facts import first_key
from smi2istio.documents.lists import Contents, Element
from smi2istio.documents.segments import BYTE_ORDER_MARK, after_mark, check_text, segments
from smi2istio.documents.writer import dump

_SEPARATORS = (b"---\n", b"---\r\n")
_LINE_ENDS = (b"\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9", BYTE_ORDER_MARK)

#: What must stand before a document that begins with a directive.
_NEEDED = {b"%": b"..."}


class Stream(Contents):
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
        super().__init__(
            [Document(extent, position=at) for at, extent in enumerate(segments(data, file))]
        )

    def write(self, changes: Mapping[int, Sequence[Element]], end: Sequence[Element] = ()) -> bytes:
        """The stream with the documents at some positions replaced.

        Args:
            changes: position → what stands there now; every other document stays.
            end: what is appended.
        """
        out = _Output(self._data)
        done = 0
        for whole, new in self.replaced(changes):
            if new is not None:
                out.keep(done, whole.extent.start, for_new=True, without_separator=not new)
                for element in new:
                    out.add(element)
                done = whole.extent.end
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
        self._mark = after_mark(data, 0)
        self._last = b"---"  # the marker that was written last, if nothing came after it

    def keep(
        self, start: int, end: int, *, for_new: bool = False, without_separator: bool = False
    ) -> None:
        """Take over a part of the input.

        A byte order mark goes with the document that it stood before, and the separator
        too where nothing takes that document's place.
        """
        data = self._data
        if for_new and end > self._mark and data.endswith(BYTE_ORDER_MARK, start, end):
            end -= len(BYTE_ORDER_MARK)
        if start and not (self._pieces or data.startswith(b"---", self._mark)):
            start += next((len(one) for one in _SEPARATORS if data.startswith(one, start)), 0)
        last_line = data.rfind(b"\n", start, max(end - 1, start)) + 1 or max(start, self._mark)
        last = data[last_line : min(last_line + 3, end)]
        if without_separator and last == b"---":
            end, last = last_line, b""
        if start < end:
            self._end_line()
            self._pieces.append(memoryview(data)[start:end])
            self._last = b"---" if end == self._mark else last

    def add(self, element: Element) -> None:
        """Write a document that is new here."""
        if isinstance(element, Document):
            from smi2istio.documents.forms import standalone  # noqa: PLC0415 - few are moved

            text = standalone(element)
        else:
            text = dump(element).encode().replace(b"\n", self._line_feed)
        self._end_line()
        begin = first_key(text, 0, len(text))[0]
        marker = _NEEDED.get(text[begin : begin + 1], b"---")
        if self._pieces and self._last != marker and not text.startswith(b"---"):
            self._pieces.append(marker + self._line_feed)
        self._pieces.append(text)
        self._last = b""

    def _end_line(self) -> None:
        if self._pieces and not bytes(self._pieces[-1][-3:]).endswith(_LINE_ENDS):
            self._pieces.append(self._line_feed)

    def joined(self) -> bytes:
        return b"".join(self._pieces)


def joined(elements: Iterable[Element]) -> bytes:
    """A new stream of these documents."""
    out = _Output(b"")
    for element in elements:
        out.add(element)
    return out.joined()
