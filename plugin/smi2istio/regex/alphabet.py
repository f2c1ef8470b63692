"""Which texts can occur at all: a path, a raw ``:path``, a header value, an authority.

Languages are compared within one of these. ``.+`` accepts every path, but not every
header value, because a header may be empty and a path always begins with a slash.

Source: RFC 9110 section 5.5 and RFC 9112 section 3.2, and what Envoy lets through.
"""

from typing import Literal

from smi2istio.records import Record
from smi2istio.regex.charset import difference, union
from smi2istio.regex.tree import Ranges

Texts = Literal["path", "raw", "header", "host"]

_UTF8: Ranges = ((0x80, 0xD7FF), (0xE000, 0x10FFFF))
_VISIBLE: Ranges = union((*_UTF8, (0x21, 0x7E)))
_SLASH: Ranges = ((0x2F, 0x2F),)
_BLANK: Ranges = ((0x20, 0x20),)
QUERY: Ranges = ((0x23, 0x23), (0x3F, 0x3F))  # what ends the path: a fragment or the query
_RAW = difference(_VISIBLE, _SLASH)
_LOWER = difference(((0x21, 0x7E),), ((0x41, 0x5A),))


class Alphabet(Record):
    """A small automaton over groups of characters.

    Attributes:
        groups: disjoint sets of characters.
        moves: per state and group the next state, -1 where there is none.
        accepting: per state whether a text may end there. State 0 is the first.
    """

    groups: tuple[Ranges, ...]
    moves: tuple[tuple[int, ...], ...]
    accepting: tuple[bool, ...]

    @property
    def chars(self) -> Ranges:
        return union(chars for group in self.groups for chars in group)


ALPHABETS: dict[Texts, Alphabet] = {
    # Without the query, which neither OSM nor Istio matches paths with.
    "path": Alphabet((_SLASH, difference(_RAW, QUERY)), ((1, -1), (1, 1)), (False, True)),
    "raw": Alphabet((_SLASH, _RAW), ((1, -1), (1, 1)), (False, True)),
    # Proxies strip blanks at the ends.
    "header": Alphabet((_BLANK, _VISIBLE), ((-1, 1), (2, 1), (2, 1)), (True, True, False)),
    # Lower case: Istio compares authorities without regard to it.
    "host": Alphabet((_LOWER,), ((1,), (1,)), (False, True)),
}
