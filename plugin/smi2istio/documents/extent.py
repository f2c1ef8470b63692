"""A part of the input, by its bytes."""

from typing import NamedTuple


class Extent(NamedTuple):
    """Text that is kept as bytes of the input, of which most are never decoded.

    Attributes:
        data: the whole input, or a text of its own.
        start, end: offsets in bytes.
        line: 1-based line of *start* in the file; 0 unknown.
        file: "" unknown.
        odd: the input may hold characters that only some readers take for the end of a line.
        disguised: the input may hold scalars that say something else than their characters.
    """

    data: bytes
    start: int
    end: int
    line: int = 0
    file: str = ""
    odd: bool = True
    disguised: bool = True

    @classmethod
    def of(cls, text: str, line: int = 0, file: str = "") -> "Extent":
        """A text that is not part of the input."""
        data = text.encode()
        return cls(data, 0, len(data), line, file)

    @property
    def text(self) -> str:
        return self.data[self.start : self.end].decode()
