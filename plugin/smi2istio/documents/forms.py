"""The same object as a document of its own and as an element of a list."""

from smi2istio.documents.document import Document
from smi2istio.documents.reader import load
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.writer import dump, dump_item


def standalone(document: Document) -> bytes:
    """The text of a document that stands between separators."""
    extent = document.extent
    text = extent.data[extent.start : extent.end]
    if not document.item:
        return text
    width = document.key_column
    lines = text.split(b"\n")
    lines[0] = b" " * document.column + lines[0][document.column :].replace(b"-", b" ", 1)
    moved = b"\n".join(line[min(width, _indent(line)) :] for line in lines)
    return moved if _means(moved, document.body) else dump(document.body).encode()


def as_item(document: Document, column: int) -> bytes:
    """The text of an element of a list whose dashes stand in *column*."""
    extent = document.extent
    text = extent.data[extent.start : extent.end]
    if document.item:
        text = standalone(document)
    lines = text.split(b"\n")
    pad = b" " * (column + 2)
    moved = (
        b" " * column
        + b"- "
        + b"\n".join(pad + line if line.strip() else line for line in lines).lstrip(b" ")
    )
    return moved if _means(moved, [document.body]) else dump_item(document.body, column).encode()


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" "))


def _means(text: bytes, wanted: object) -> bool:
    """Whether moving the text has not changed what it says."""
    try:
        return load(text) == wanted
    except Unreadable:
        return False
