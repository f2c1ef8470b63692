"""RE2 syntax to tree: exactly what RE2 accepts, and a sentence for what it refuses.

An Envoy that is sent a pattern RE2 refuses drops the whole table of routes, so a
mistake here is an outage there. The parser keeps its own stack: no nesting, however
deep, overflows Python's.

Source: https://github.com/google/re2/wiki/Syntax and the behaviour of RE2 itself,
    against which the tests run this module.
"""

from smi2istio.regex.characters import Reader, bracketed, class_escape, escape
from smi2istio.regex.charset import EVERYTHING, complement
from smi2istio.regex.constructs import read_counts, read_opening
from smi2istio.regex.tree import (
    Assert,
    Chars,
    Node,
    Rejected,
    Repeat,
    TooComplex,
    Unsupported,
    alternate,
    concat,
)

MAX_LENGTH = 16_384  # characters; reading more would alone take longer than a regex may
_MAX_REPEAT = 1000  # RE2's limit for one count and for the product of nested ones

_NOT_NEWLINE = complement(((0x0A, 0x0A),))
_REPEATS: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def parse(text: str) -> Node:
    """Read a regex.

    Raises:
        Rejected, Unsupported, TooComplex: as `read`.
    """
    return read(text)[0]


def read(text: str) -> tuple[Node, int]:
    """Read a regex; return its tree, and how many groups of it RE2 remembers.

    Raises:
        Rejected: RE2 refuses it.
        Unsupported: RE2 accepts it, but parts of it are not understood here.
        TooComplex: it is longer than ``MAX_LENGTH``.
    """
    if len(text) > MAX_LENGTH:
        raise TooComplex(f"it is longer than {MAX_LENGTH} characters")
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise Rejected("it is not valid UTF-8")
    parser = _Parser(text)
    tree = parser.parse()
    if parser.reader.doubt:
        raise Unsupported(parser.reader.doubt)
    return tree, parser.captures


class _Group:
    """What was read since a parenthesis was opened, and the flags to restore at its end.

    A cost is the product of nested repeat counts, which RE2 limits.
    """

    __slots__ = ("branches", "cost", "costs", "flags", "items")

    def __init__(self, flags: frozenset[str]) -> None:
        self.flags = flags
        self.branches: list[Node] = []
        self.items: list[Node] = []
        self.costs: list[int] = []
        self.cost = 1

    def end_branch(self) -> None:
        self.branches.append(concat(self.items))
        self.cost = max(self.cost, *self.costs, 1)
        self.items, self.costs = [], []

    def push(self, node: Node, cost: int = 1) -> None:
        self.items.append(node)
        self.costs.append(cost)


class _Parser:
    def __init__(self, text: str) -> None:
        self.reader = Reader(text)
        self.flags: frozenset[str] = frozenset()
        self.group = _Group(self.flags)
        self.outer: list[_Group] = []
        self.captures = 0
        self.letters: dict[tuple[str, bool], Chars] = {}

    def parse(self) -> Node:
        reader, repeated = self.reader, ""
        while char := reader.take():
            if char in "*+?{":
                repeated = self.repeat(char, repeated)
                continue
            repeated = ""
            step = _STEPS.get(char)
            if step:
                step(self)
            else:
                self.push_letter(char)
        if self.outer:
            raise Rejected("a ')' is missing")
        self.group.end_branch()
        return alternate(self.group.branches)

    def push_letter(self, char: str) -> None:
        key = (char, self.reader.fold)
        node = self.letters.get(key)
        if node is None:
            node = Chars(self.reader.cased(((ord(char), ord(char)),)))
            self.letters[key] = node
        self.group.push(node)

    def push_dot(self) -> None:
        self.group.push(Chars(EVERYTHING if "s" in self.flags else _NOT_NEWLINE, dot=True))

    def push_class(self) -> None:
        self.group.push(Chars(bracketed(self.reader)))

    def push_start(self) -> None:
        self.group.push(Assert("start"))

    def push_end(self) -> None:
        self.group.push(Assert("end"))

    def push_escape(self) -> None:
        reader = self.reader
        kind = reader.rest(1)
        place = _PLACES.get(kind)
        if place:
            reader.at += 1
            self.group.push(place)
        elif kind == "Q":
            reader.at += 1
            self.push_quoted()
        elif kind == "C":
            reader.at += 1
            reader.doubt = r"\C matches single bytes"
            self.group.push(Chars(EVERYTHING))
        else:
            reader.at -= 1
            ranges = class_escape(reader)
            if ranges is None:
                reader.at += 1
                self.push_letter(chr(escape(reader)))
            else:
                self.group.push(Chars(ranges))

    def push_quoted(self) -> None:
        reader = self.reader
        end = reader.text.find(r"\E", reader.at)
        for char in reader.text[reader.at : end if end >= 0 else None]:
            self.push_letter(char)
        reader.at = end + 2 if end >= 0 else len(reader.text)

    def branch(self) -> None:
        self.group.end_branch()

    def open(self) -> None:
        self.captures += self.reader.rest(1) != "?" or self.reader.rest(2) == "?P"
        flags, opens = read_opening(self.reader, self.flags)
        if opens:
            self.outer.append(self.group)
            self.group = _Group(self.flags)
        self.set_flags(flags)  # where nothing opens, for the rest of the group we are in

    def close(self) -> None:
        if not self.outer:
            raise Rejected("a ')' has no '('")
        inner, self.group = self.group, self.outer.pop()
        inner.end_branch()
        self.set_flags(inner.flags)
        self.group.push(alternate(inner.branches), inner.cost)

    def set_flags(self, flags: frozenset[str]) -> None:
        self.flags = flags
        self.reader.fold = "i" in flags

    def repeat(self, char: str, after: str) -> str:
        reader = self.reader
        start = reader.at - 1
        counts = read_counts(self.reader) if char == "{" else _REPEATS[char]
        if counts is None:
            self.push_letter(char)
            return ""
        if reader.rest(1) == "?":
            reader.at += 1  # non-greedy: the same texts
        operator = reader.text[start : reader.at]
        if after:
            raise Rejected(f"'{after}{operator}' repeats a repetition, which RE2 does not allow")
        if not self.group.items:
            raise Rejected(f"'{operator}' has nothing to repeat")
        self.push_repeat(operator, *counts)
        return operator

    def push_repeat(self, operator: str, least: int, most: int | None) -> None:
        group = self.group
        item, cost = group.items.pop(), group.costs.pop()
        largest = least if most is None else most
        if least > largest or largest > _MAX_REPEAT:
            raise Rejected(f"'{operator}' is no valid count; RE2's largest is {_MAX_REPEAT}")
        if largest > 1:
            cost *= largest
            if cost > _MAX_REPEAT:
                raise Rejected(f"'{operator}' makes nested counts exceed RE2's {_MAX_REPEAT}")
        group.push(item if least == most == 1 else Repeat(item, least, most), cost)


_PLACES = {
    "A": Assert("start"),
    "z": Assert("end"),
    "b": Assert("boundary"),
    "B": Assert("inside"),
}
_STEPS = {
    ".": _Parser.push_dot,
    "[": _Parser.push_class,
    "^": _Parser.push_start,
    "$": _Parser.push_end,
    "\\": _Parser.push_escape,
    "(": _Parser.open,
    ")": _Parser.close,
    "|": _Parser.branch,
}
