"""What can be said of a document with certainty without parsing it.

Nearly all documents pass through, and parsing them is nearly all of the cost.  What
stands in the first column of an object is its keys, unless a quoted scalar or a flow
collection runs on over several lines: only these may hold text in any column.  So a
text in which each of them ends on its line can be read by its lines.  Everything else
is left to the parser: anchors, tags, merge keys, quoted keys, values on the next line.

Source: libyaml, scanner.c: block scalars and plain scalars end where the indentation
does, quoted scalars and flow collections do not look at it.
"""

import re
from functools import lru_cache

from smi2istio.documents.extent import Extent
from smi2istio.documents.scalars import plain

_DOUBLE = rb'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+"'  # behind the quote that opens it
_SINGLE = rb"[^'\n]*+(?:''[^'\n]*+)*+'"
_END = rb"(?:[ \t]++#[^\n]*+|[ \t\r]*+)(?=\n|\Z)"
_CLOSED = rb"(?:%%b(?:%b|:(?=[ \r\n])))" % _END
#: A quote or bracket → the rest of a value that evidently ends on its line, or of no value.
_OPENINGS = {
    b'"': _CLOSED % _DOUBLE,
    b"'": _CLOSED % _SINGLE,
    b"[": _CLOSED % rb"\]",
    b"{": _CLOSED % rb"\}",
    b"*": rb"(?=[ \t\r\n])",  # else an alias
}

#: What only some readers take for the end of a line, and a byte order mark.
_ODD = rb"\r(?!\n)|\xc2\x85|\xe2\x80[\xa8\xa9]|\xef\xbb\xbf"

#: What may stand for other characters in a scalar: escapes, folded words, encoded text.
_DISGUISE = rb"\\[xuU/\r\n]|!!binary|!<|%TAG"
#: Every disguise has one of these, and a search for them costs nothing.
_SIGNS = b"\\", b"!", b"%TAG"

_SIMPLE_KEY = re.compile(rb"[A-Za-z_/][A-Za-z0-9_./-]*")
_VALUE = re.compile(
    rb""":[ \t]+(?:"([A-Za-z0-9_./-]*)"|'([A-Za-z0-9_./-]*)'|([A-Za-z][A-Za-z0-9_./-]*))"""
    rb"""[ \t]*(?:[ \t]#.*)?\r?"""
)
_BLOCK = re.compile(rb":[ \t]*(?:[ \t]#.*)?\r?")
_SKIPPED = re.compile(rb"(?:[ \t]*+(?:#[^\n]*+)?\r?+\n)*+")
_INDENTED = re.compile(rb" *+(?=[^ \n\r#])")


@lru_cache(maxsize=64)
def _line_at(column: int, before: bytes) -> re.Pattern[bytes]:
    """A line whose text begins in *column*, behind *before*.

    The groups are the key, the rest of the line, and what is there if the next line
    could go on with a plain scalar.
    """
    line = rb"%b([^ \n\r#-][^:\n]*)([^\n]*)(?=(\n {%d}[ \t]|\n[ \t\r]*\n)?)"
    return re.compile(line % (before, column))


@lru_cache(maxsize=64)
def _end_at(column: int) -> re.Pattern[bytes]:
    """The end of a block whose lines begin in *column*: a line that begins before it."""
    return re.compile(rb"\n {0,%d}[^ \n\r#]" % max(column - 1, 0))


def is_odd(data: bytes, start: int, end: int) -> bool:
    """Whether a part holds what only some readers take for the end of a line."""
    return bool(re.compile(_ODD).search(data, start, end))  # hardly any input needs it


def is_disguised(data: bytes, start: int, end: int) -> bool:
    """Whether a scalar of a part may say something else than its characters."""
    if not any(data.find(sign, start, end) >= 0 for sign in _SIGNS):
        return False
    return bool(re.compile(_DISGUISE).search(data, start, end))


def is_certain(extent: Extent) -> bool:
    """Whether the lines of this text can be taken for what they look like."""
    data, start, end = extent[:3]
    if extent.odd and is_odd(data, start, end):
        return False
    there = tuple(one for one in _OPENINGS if data.find(one, start, end) >= 0)
    if not any(_unfinished((one,), data, start, end) for one in there):
        return True  # what is found in quotes counts as well, so there is no more to know
    while found := _unfinished(there, data, start, end):
        flow = _one_line_flow().match(data, found.start(), end)
        if not flow:
            return False
        start = flow.end()
    return True


def _unfinished(
    openings: tuple[bytes, ...], data: bytes, start: int, end: int
) -> re.Match[bytes] | None:
    for found in _opening(openings).finditer(data, start, end):
        if found.lastindex:
            return found
    return None


@lru_cache(maxsize=32)
def _opening(openings: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """One of these characters where a value could begin; the group is empty if it does not end.

    The character comes first and what is before it second, because the search for a
    character is the fast part, and much faster for one than for one of five.
    """
    closed = b"|".join(rb"(?<=\%b)%b" % (one, _OPENINGS[one]) for one in openings)
    return re.compile(rb"[\%b](?<=[ \t\n].)(?:%b|())" % (b"\\".join(openings), closed))


@lru_cache(maxsize=1)
def _one_line_flow() -> re.Pattern[bytes]:
    """A list or map in flow style without others inside; hosts write none, so it can wait."""
    plain = (
        rb"""(?:[^]\["'{}#*&!,|>%@`?:\s-]|-(?=[^]\[{},\s]))"""
        rb"""(?:[^]\["'{}#,:\n]|:(?=[^]\[{},\s]))*+"""
    )
    scalar = rb"(?:%b|%b|%b)" % (rb'"' + _DOUBLE, rb"'" + _SINGLE, plain)
    entry = scalar + rb"(?:[ \t]*+:[ \t]++" + scalar + rb")?+[ \t]*+"
    entries = rb"[ \t]*+(?:" + entry + rb"(?:,[ \t]*+" + entry + rb")*+)?+"
    return re.compile(rb"(?:\[%b\]|\{%b\})%b" % (entries, entries, _END))


def first_key(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Offset and column of the first text that is no comment, for lines that begin at *start*."""
    line = _SKIPPED.match(data, start, end)
    begin = line.end() if line else start
    indent = _INDENTED.match(data, begin, end)
    return (indent.end(), indent.end() - begin) if indent else (end, 0)


def values(
    data: bytes, first: int, end: int, column: int, wanted: frozenset[bytes]
) -> dict[bytes, str] | None:
    """The *wanted* keys of a block mapping; None if not certain.

    The first key is at offset *first*, all keys stand in *column*.  A key whose value
    begins on the next line has a line feed for its value.
    """
    before = b"\n" + b" " * column
    following = _line_at(column, before)
    if data.endswith(before, 0, first):
        line = following.match(data, first - len(before), end)
    else:  # a dash is before it, or nothing
        line = _line_at(column, b"").match(data, first, end)
    if not line:
        return None
    found: dict[bytes, str] = {}
    for key, rest, more in [line.groups(), *following.findall(data, line.end(), end)]:
        if key in wanted:
            value = _value(rest, more)
            if value is None or key in found:
                return None
            found[key] = value
        elif not _is_simple(key):
            return None
    return found


@lru_cache(maxsize=1024)
def _is_simple(key: bytes) -> bool:
    return bool(_SIMPLE_KEY.fullmatch(key))


@lru_cache(maxsize=4096)
def _value(rest: bytes, more: bytes | None) -> str | None:
    if _BLOCK.fullmatch(rest):
        return "\n"
    scalar = _VALUE.fullmatch(rest)
    if not scalar or not scalar.lastindex:
        return None
    text = scalar[scalar.lastindex].decode()
    if scalar.lastindex == 3 and (more or not isinstance(plain(text), str)):  # noqa: PLR2004 - plain
        return None
    return text


def block(data: bytes, first: int, end: int, column: int, key: bytes) -> tuple[int, int, int]:
    """Where the block mapping below *key* is: offset of its first key, its end, its column.

    For a key that :func:`values` gave as a line feed.  An empty one has column -1.
    """
    at = first
    if not data.startswith(key + b":", first):
        at = data.index(b"\n" + b" " * column + key + b":", first, end) + 1
    begin = data.find(b"\n", at, end) + 1
    if not begin:
        return end, end, -1
    inner, inner_column = first_key(data, begin, end)
    if inner_column <= column:
        return end, end, -1
    stop = _end_at(inner_column).search(data, inner, end)
    return inner, stop.start() if stop else end, inner_column
