"""YAML in and out, without touching what is none of our business.

Documents are cut out of the text, looked at without parsing where that is certain, and
written back as the bytes they were.  What is parsed is read as Kubernetes reads it.
"""

from smi2istio.documents.document import Document
from smi2istio.documents.editing import REMOVED, Edit, edit
from smi2istio.documents.extent import Extent
from smi2istio.documents.lists import Contents, Element, listing
from smi2istio.documents.reader import load
from smi2istio.documents.segments import check_text, segments
from smi2istio.documents.streams import Stream, joined
from smi2istio.documents.unreadable import AllUnreadable, Unreadable
from smi2istio.documents.writer import dump, dump_item

__all__ = [
    "REMOVED", "AllUnreadable", "Contents", "Document", "Edit", "Element", "Extent", "Stream",
    "Unreadable",
    "check_text", "dump", "dump_item", "edit", "joined", "listing", "load",
    "read_stream", "segments",
]  # fmt: skip


def read_stream(data: bytes, file: str = "") -> list[Document]:
    """The documents of a stream.

    Raises:
        Unreadable: with file and place.
    """
    return list(Stream(data, file).documents)
