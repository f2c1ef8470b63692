"""A ResourceList: its items as documents, its functionConfig, and the way back.

What is written is one document without separators: kpt takes anything else for a
resource of its own.  JSON comes back as YAML whose items are the JSON they were.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from smi2istio.documents import (
    Contents,
    Document,
    Element,
    Extent,
    check_text,
    dump,
    dump_item,
    joined,
    listing,
    segments,
)

Text = bytes | memoryview


def read(data: bytes, file: str = "") -> "ResourceList | None":
    """Take a ResourceList apart; None if *data* is something else.

    Raises:
        Unreadable: with file and place.
    """
    check_text(data, file)
    if b"ResourceList" not in data:
        return None
    extents = list(segments(data, file))
    if len(extents) != 1:
        return None
    found = ResourceList(extents[0])
    return found if found.is_one else None


class ResourceList(Contents):
    """One ResourceList; its documents are the items.

    Attributes:
        function_config: None where absent or empty.
    """

    def __init__(self, extent: Extent) -> None:
        """Take the list apart.

        Raises:
            Unreadable: with file and place.
        """
        self._extent = extent
        first_line = extent.data[: extent.data.find(b"\n") + 1]
        self._line_feed = b"\r\n" if first_line.endswith(b"\r\n") else b"\n"
        self._listing = listing(extent)
        super().__init__(self._listing.documents)
        config = self._listing.rest.get("functionConfig")
        self.function_config = (
            Document(Extent.of(dump(config)), position=-1) if isinstance(config, dict) else None
        )

    @property
    def is_one(self) -> bool:
        """Hosts look at the kind only, not at the version."""
        return self._listing.rest.get("kind") == "ResourceList"

    def write(
        self,
        changes: Mapping[int, Sequence[Element]],
        end: Sequence[Element] = (),
        results: Sequence[Mapping[str, object]] = (),
    ) -> bytes:
        """The list with the items at some positions replaced.

        Args:
            changes: position → what stands there now; every other item stays.
            end: what is appended to the items.
            results: what is appended to the results.
        """
        data, start, stop = self._extent[:3]
        if not (changes or end or results):
            return data[start:stop]
        pieces: dict[str, Iterable[Text]] = {key: (text,) for key, text in self._keys()}
        if changes or end or not self._listing.sections:
            pieces["items"] = self._items([*self.elements(changes), *end])
        if results:
            merged = [*_results(self._listing.rest.get("results")), *results]
            pieces["results"] = (self._dumped({"results": merged}),)
        return b"".join(self._apart([text for texts in pieces.values() for text in texts]))

    def write_stream(
        self, changes: Mapping[int, Sequence[Element]], end: Sequence[Element]
    ) -> bytes:
        """The items alone, as a YAML stream."""
        return joined([*self.elements(changes), *end])

    def _keys(self) -> Iterator[tuple[str, Text]]:
        """The lines of each key; written anew where they are not lines of their own."""
        for section in self._listing.sections:
            yield section.key, memoryview(self._extent.data)[section.start : section.end]
        if not self._listing.sections:
            for key, value in self._listing.rest.items():
                yield key, self._dumped({key: value})

    def _items(self, elements: Sequence[Element]) -> Iterator[Text]:
        if not elements:
            yield self._dumped({"items": []})
            return
        yield self._head()
        column = self._listing.column
        for one in elements:
            if not isinstance(one, Document):
                yield self._lines(dump_item(one, column))
            elif one.item and one.column == column:
                yield memoryview(one.extent.data)[one.extent.start : one.extent.end]
            else:
                from smi2istio.documents.forms import as_item  # noqa: PLC0415 - rarely needed

                yield as_item(one, column)

    def _head(self) -> bytes:
        """What stands above the first item."""
        if self._listing.first >= 0:
            for section in self._listing.sections:
                if section.key == "items":
                    return self._extent.data[section.start : self._listing.first]
        return self._lines("items:\n")

    def _dumped(self, body: Mapping[str, object]) -> bytes:
        return self._lines(dump(body))

    def _lines(self, text: str) -> bytes:
        return text.encode().replace(b"\n", self._line_feed)

    def _apart(self, pieces: Sequence[Text]) -> Iterator[Text]:
        """Pieces that begin on lines of their own."""
        for piece, following in zip_longest(pieces, pieces[1:]):
            yield piece
            if following is not None and piece[-1:] != b"\n":
                yield self._line_feed


def _results(value: object) -> Sequence[object]:
    """The results that are there; kpt once wrapped them in a list of its own."""
    if isinstance(value, dict):
        value = value.get("items")
    return value if isinstance(value, list) else []
