"""How large RE2's program for a regex is at least.

Envoy refuses regexes whose program has more than a hundred instructions, unless it is told
another limit.  RE2's compiler is not repeated here: what is counted is what none of its
simplifications saves, so a program may be larger and is never smaller.

Source: RE2's parse.cc (factoring of alternations), simplify.cc (runs of one character) and
    compile.cc (UTF-8); the tests compare with RE2 itself.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from smi2istio.regex.syntax import read
from smi2istio.regex.tree import Alternate, Assert, Chars, Concat, Node, Ranges, Repeat

_FRAME = 4  # to fail, to match, and to begin anywhere
_CAPTURE = 2  # to remember where a group begins, and where it ends
_DEPTH = 50  # what is nested deeper is not counted
_BEYOND_ASCII = 6  # all of it; three lengths in UTF-8 that share what continues them
_ASCII, _LAST = 0x7F, 0x10FFFF

_Trie = dict[Node, "_Trie"]


def least_size(regex: str) -> int:
    """The number of instructions that the program for a regex has at least.

    Raises:
        Undecidable: it cannot be read.
    """
    tree, groups = read(regex)
    kept = not any(
        node in (Chars(()), Assert("start")) or _is_left_out(node) for node in _nodes(tree)
    )
    return (_FRAME + _CAPTURE * groups if kept else _FRAME - 1) + _size(tree, 0)


def _is_left_out(node: Node) -> bool:
    return isinstance(node, Repeat) and node.most == 0


def _nodes(tree: Node) -> Iterator[Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, Concat | Alternate):
            waiting += node.items
        elif isinstance(node, Repeat):
            waiting.append(node.item)


def _size(node: Node, depth: int) -> int:
    if depth > _DEPTH or isinstance(node, Assert):
        return 0
    if isinstance(node, Chars):
        return _of_set(node.ranges)
    if isinstance(node, Repeat):
        return _of_repeat(node, depth)
    if isinstance(node, Concat):
        if any(item == Chars(()) for item in node.items):
            return 0  # it matches nothing, and nothing is left of it
        return sum(_size(item, depth + 1) for item in _joined(node.items))
    return _of_branches(node, depth)


def _of_set(ranges: Ranges) -> int:
    """One instruction for each range of bytes; letters of both cases can share one."""
    ascii_only = [(low, min(high, _ASCII)) for low, high in ranges if low <= _ASCII]
    upper = [one for one in ascii_only if ord("A") <= one[0] and one[1] <= ord("Z")]
    count = len(ascii_only) - (len(upper) if len(upper) < len(ascii_only) else 0)
    if ranges and ranges[-1][1] == _LAST and ranges[-1][0] <= _ASCII + 1:
        return count + _BEYOND_ASCII
    return count or len(ranges[:1])


def _of_repeat(node: Repeat, depth: int) -> int:
    if isinstance(node.item, Repeat):
        return _size(node.item, depth + 1) if node.most != 0 else 0
    return _times(_size(node.item, depth + 1), node.least, node.most)


def _times(size: int, least: int, most: int | None) -> int:
    return size * (max(least, 1) if most is None else most)


def _repeated(node: Node) -> Node:
    """What a run is about: the same set of characters, however often each time."""
    return node.item if isinstance(node, Repeat) and isinstance(node.item, Chars) else node


def _joined(items: Iterable[Node]) -> Iterator[Node]:
    """Items with runs of one set made one: `a*a` has become `a+`."""
    for one, run in groupby(items, _repeated):
        each = list(run)
        repeats = [item if isinstance(item, Repeat) else Repeat(item, 1, 1) for item in each]
        if not isinstance(one, Chars) or len(each) == 1 or not set(each) - {one}:
            yield from each
            continue
        most = [item.most for item in repeats if item.most is not None]
        whole = sum(most) if len(most) == len(repeats) else None
        yield Repeat(one, sum(item.least for item in repeats), whole)


def _of_branches(node: Alternate, depth: int) -> int:
    """As if all that branches begin with were shared, which RE2 does where they are neighbours."""
    trie: _Trie = {}
    size = 0
    for branch in _branches(node):
        at = trie
        for item in _joined(branch):
            if item not in at:
                at[item] = {}
                size += _size(item, depth + 1)
            at = at[item]
    open_nodes = [trie]
    while open_nodes:
        at = open_nodes.pop()
        open_nodes += at.values()
        single = [one for one, rest in at.items() if isinstance(one, Chars) and not rest]
        if len(single) > 1:  # they become one set
            size -= sum(_size(one, depth + 1) for one in single) - 1
    return size


def _branches(node: Alternate) -> Iterator[Iterable[Node]]:
    waiting: list[Node] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Alternate):
            waiting += one.items
        else:
            yield one.items if isinstance(one, Concat) else (one,)
