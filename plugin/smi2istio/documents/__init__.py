"""YAML in and out, without touching what is none of our business.

Documents are cut out of the text, looked at without parsing where that is certain, and
written back as the bytes they were.  What is parsed is read as Kubernetes reads it.
"""

from smi2istio.documents.document import Document
from smi2istio.documents.editing import REMOVED, Edit, edit
from smi2istio.documents.reader import load
from smi2istio.documents.streams import Stream
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.writer import dump

__all__ = [
    "REMOVED", "Document", "Edit", "Stream", "Unreadable", "dump", "edit", "load", "read_stream",
]  # fmt: skip


def read_stream(data: bytes, file: str = "") -> list[Document]:
    """The documents of a stream.

    Raises:
        Unreadable: with file and place.
    """
    return list(Stream(data, file).documents)
