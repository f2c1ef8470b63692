"""What follows an opening parenthesis, and counts in braces.

Source: https://github.com/google/re2/wiki/Syntax and the behaviour of RE2 itself.
"""

from smi2istio.regex.characters import Reader
from smi2istio.regex.tree import Rejected

_COUNT_DIGITS = 9  # braces around longer numbers are literal text to RE2
_FOREIGN = (
    ("?=", "lookahead"),
    ("?!", "lookahead"),
    ("?<=", "lookbehind"),
    ("?<!", "lookbehind"),
    # Since 2023 it has; OSM 1.2 shipped the Envoy 1.22 of 2022, which refuses the route table.
    ("?<", "names of groups without the P of '(?P<'"),
    ("?>", "atomic groups"),
    ("?#", "comments"),
    ("?P=", "back-references"),
)
_NAME_CATEGORIES = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Mn", "Mc", "Nd", "Pc")


def read_opening(reader: Reader, flags: frozenset[str]) -> tuple[frozenset[str], bool]:
    """Read what follows a parenthesis; return the flags from there on, and if a group opens."""
    if reader.rest(1) != "?":
        return flags, True
    for opening, name in _FOREIGN:
        if reader.rest(len(opening)) == opening:
            raise Rejected(f"'({opening}': RE2 has no {name}")
    if reader.rest(len("?P<")) == "?P<":
        _read_name(reader, len("?P<"))
        return flags, True
    reader.at += 1
    return _read_flags(reader, flags)


def _read_name(reader: Reader, length: int) -> None:
    start = reader.at + length
    end = reader.text.find(">", start)
    name = reader.text[start:end] if end >= 0 else ""
    if not name or not all(map(_is_name, name)):
        raise Rejected("the name of a group is missing or is not a word")
    reader.at = end + 1


def _is_name(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char == "_"
    from unicodedata import category  # noqa: PLC0415 - a large table, rarely needed

    return category(char) in _NAME_CATEGORIES


def _read_flags(reader: Reader, before: frozenset[str]) -> tuple[frozenset[str], bool]:
    flags, adding, seen = set(before), True, True
    while (char := reader.take()) not in (":", ")"):
        if char == "-" and adding:
            adding = seen = False
        elif char and char in "imsU":
            seen = True
            (flags.add if adding else flags.discard)(char)
        else:
            raise Rejected(f"'(?{char}' is not part of RE2's syntax")
    if not seen:
        raise Rejected(f"'-{char}' takes no flag away")
    return frozenset(flags), char == ":"


def read_counts(reader: Reader) -> tuple[int, int | None] | None:
    """Read ``n}``, ``n,}`` or ``n,m}``; None for anything else, which RE2 takes literally."""
    inside, closing, _ = reader.rest(2 * _COUNT_DIGITS + 2).partition("}")
    first, comma, second = inside.partition(",")
    if not closing or not _is_count(first) or not (_is_count(second) or not second):
        return None
    reader.at += len(inside) + 1
    least = int(first)
    return least, (int(second) if second else None if comma else least)


def _is_count(digits: str) -> bool:
    plain = digits.isascii() and digits.isdecimal() and len(digits) <= _COUNT_DIGITS
    return plain and (digits == "0" or digits[0] != "0")
