"""Characters in RE2's syntax: escapes, bracketed classes and classes with a name.

Source: https://github.com/google/re2/wiki/Syntax and the behaviour of RE2 itself.
"""

from smi2istio.regex.charset import EVERYTHING, LAST, complement, folded, union
from smi2istio.regex.tree import Ranges, Rejected, Unsupported

_DIGITS: Ranges = ((0x30, 0x39),)
_UPPER: Ranges = ((0x41, 0x5A),)
_LOWER: Ranges = ((0x61, 0x7A),)
_PERL: dict[str, Ranges] = {
    "d": _DIGITS,
    "s": ((0x09, 0x0A), (0x0C, 0x0D), (0x20, 0x20)),
    "w": (*_DIGITS, *_UPPER, (0x5F, 0x5F), *_LOWER),
}
_POSIX: dict[str, Ranges] = {
    "alnum": (*_DIGITS, *_UPPER, *_LOWER),
    "alpha": (*_UPPER, *_LOWER),
    "ascii": ((0x00, 0x7F),),
    "blank": ((0x09, 0x09), (0x20, 0x20)),
    "cntrl": ((0x00, 0x1F), (0x7F, 0x7F)),
    "digit": _DIGITS,
    "graph": ((0x21, 0x7E),),
    "lower": _LOWER,
    "print": ((0x20, 0x7E),),
    "punct": ((0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)),
    "space": ((0x09, 0x0D), (0x20, 0x20)),
    "upper": _UPPER,
    "word": _PERL["w"],
    "xdigit": (*_DIGITS, (0x41, 0x46), (0x61, 0x66)),
}
_CONTROLS = {"a": 0x07, "f": 0x0C, "n": 0x0A, "r": 0x0D, "t": 0x09, "v": 0x0B}
_OCTAL = frozenset("01234567")
_OCTAL_DIGITS = 3
_HEX = frozenset("0123456789abcdefABCDEF")


class Reader:
    """The text of a regex, a place in it, and what was not understood so far.

    What is not understood is only noted, because RE2 may refuse the rest, which is worse.
    """

    __slots__ = ("at", "doubt", "fold", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.fold = False  # (?i) is on
        self.doubt = ""

    def take(self) -> str:
        """Return the next character, "" at the end."""
        char = self.text[self.at : self.at + 1]
        self.at += 1
        return char

    def rest(self, length: int) -> str:
        return self.text[self.at : self.at + length]

    def cased(self, ranges: Ranges) -> Ranges:
        if not self.fold:
            return ranges
        try:
            return folded(ranges)
        except Unsupported as reason:
            self.doubt = self.doubt or str(reason)
            return ranges


def escape(reader: Reader) -> int:
    """Read what follows a backslash, as one character."""
    char = reader.take()
    if not char:
        raise Rejected("it ends in a backslash")
    if char == "x":
        return _hexadecimal(reader)
    if char in _CONTROLS:
        return _CONTROLS[char]
    if char == "0" or (char in _OCTAL and reader.rest(1) in _OCTAL):
        return _octal(reader, char)
    if char.isdecimal():
        raise Rejected(f"'\\{char}': RE2 has no back-references")
    if not char.isascii() or char.isalpha():
        raise Rejected(f"'\\{char}' is not an escape of RE2")
    return ord(char)


def _octal(reader: Reader, first: str) -> int:
    digits = first
    while len(digits) < _OCTAL_DIGITS and reader.rest(1) in _OCTAL:
        digits += reader.take()
    return int(digits, 8)


def _hexadecimal(reader: Reader) -> int:
    if reader.rest(1) == "{":
        end = reader.text.find("}", reader.at)
        digits = reader.text[reader.at + 1 : end] if end >= 0 else ""
        reader.at = end + 1
    else:
        digits = reader.rest(2).ljust(2)
        reader.at += 2
    if not digits or not _HEX.issuperset(digits) or int(digits, 16) > LAST:
        raise Rejected("'\\x' stands before two hexadecimal digits or a code point in braces")
    return int(digits, 16)


def class_escape(reader: Reader) -> Ranges | None:
    r"""Read ``\d``, ``\pL`` and their like, if the reader stands before one."""
    kind = reader.rest(2)[1:]
    if kind in ("p", "P"):
        reader.at += 2
        return _unicode(reader, negated=kind == "P")
    if kind.lower() not in _PERL or not kind:
        return None
    reader.at += 2
    ranges = reader.cased(_PERL[kind.lower()])
    return ranges if kind.islower() else complement(ranges)


def _unicode(reader: Reader, *, negated: bool) -> Ranges:
    name = reader.take()
    if name == "{":
        end = reader.text.find("}", reader.at)
        name = reader.text[reader.at : end] if end >= 0 else ""
        reader.at = end + 1
    if name.startswith("^"):
        negated, name = not negated, name[1:]
    if name == "Any":
        return () if negated else EVERYTHING
    from smi2istio.regex.unicode import CLASSES  # noqa: PLC0415 - a long table, rarely needed

    if name not in CLASSES:
        raise Rejected(f"'\\p{{{name}}}' is not a class of RE2")
    reader.doubt = reader.doubt or "it holds a Unicode class, which differs between versions"
    return EVERYTHING


def bracketed(reader: Reader) -> Ranges:
    """Read a class in brackets; the reader stands behind the opening one."""
    negated = reader.rest(1) == "^"
    reader.at += negated
    ranges: list[tuple[int, int]] = []
    first = True
    while first or reader.rest(1) != "]":
        if not reader.rest(1):
            raise Rejected("a ']' is missing")
        ranges += _class_item(reader)
        first = False
    reader.at += 1
    found = union(ranges)
    return complement(found) if negated else found


def _class_item(reader: Reader) -> Ranges:
    if reader.rest(2) == "[:":
        end = reader.text.find(":]", reader.at + 2)
        if end >= 0:
            return _posix(reader, end)
    if reader.rest(1) == "\\":
        ranges = class_escape(reader)
        if ranges is not None:
            return ranges
    low = high = _class_character(reader)
    if reader.rest(1) == "-" and reader.rest(2) not in ("-", "-]"):
        reader.at += 1
        high = _class_character(reader)
    if high < low:
        raise Rejected(f"the range from {chr(low)!r} to {chr(high)!r} is backwards")
    return reader.cased(((low, high),))


def _posix(reader: Reader, end: int) -> Ranges:
    name = reader.text[reader.at + 2 : end]
    reader.at = end + 2
    ranges = _POSIX.get(name.removeprefix("^"))
    if ranges is None:
        raise Rejected(f"'[:{name}:]' is not a class of RE2")
    ranges = reader.cased(ranges)
    return complement(ranges) if name.startswith("^") else ranges


def _class_character(reader: Reader) -> int:
    char = reader.take()
    if not char:
        raise Rejected("a ']' is missing")
    return escape(reader) if char == "\\" else ord(char)
