"""A YAML stream: bytes → documents, and back byte for byte."""

from collections.abc import Iterable, Mapping, Sequence

from smi2istio.documents.document import Document
from smi2istio.documents.extent import Extent
from smi2istio.documents.forms import standalone
from smi2istio.documents.lists import Contents, Element
from smi2istio.documents.segments import BYTE_ORDER_MARK, after_mark, check_text, segments
from smi2istio.documents.writer import dump

_SEPARATORS = (b"---\n", b"---\r\n")
_LINE_ENDS = (b"\n", BYTE_ORDER_MARK[-1:])


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
        documents: list[Document] = []
        line, counted = 1, 0
        for start, end in segments(data, file):
            line += data.count(b"\n", counted, start)
            counted = start
            extent = Extent(data, start, end, line, file)
            documents.append(Document(extent, position=len(documents)))
        super().__init__(documents)

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
        self._separated = True  # what was written last ends with a separator, or is nothing

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
        if start and not self._pieces:  # what stood before the first separator is gone
            start += next((len(one) for one in _SEPARATORS if data.startswith(one, start)), 0)
        last_line = data.rfind(b"\n", start, max(end - 1, start)) + 1 or start
        separated = data.startswith(b"---", last_line, end)
        if separated and without_separator:
            end = last_line
        if start < end:
            self._end_line()
            self._pieces.append(memoryview(data)[start:end])
            self._separated = (separated and not without_separator) or end == self._mark

    def add(self, element: Element) -> None:
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
        if self._pieces and self._pieces[-1][-1:] not in _LINE_ENDS:
            self._pieces.append(self._line_feed)

    def joined(self) -> bytes:
        return b"".join(self._pieces)


def joined(elements: Iterable[Element]) -> bytes:
    """A new stream of these documents."""
    out = _Output(b"")
    for element in elements:
        out.add(element)
    return out.joined()
