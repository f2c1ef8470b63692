"""Anchors taken out of a tree that has to match a whole text.

``^`` and ``$`` only say which parts before and after them are empty. In a text that
continues, as a path does with its query, they would say something else.
"""

from smi2istio.regex.tree import (
    EMPTY,
    NOTHING,
    Alternate,
    Assert,
    Chars,
    Concat,
    Node,
    Repeat,
    Unsupported,
    concat,
)


def settle(tree: Node) -> Node:
    r"""Rewrite a tree without ``^`` and ``$``; ``\b`` and ``\B`` stay.

    Raises:
        Unsupported: an anchor stands where it cannot be known whether it holds.
    """
    return _settle(tree, first=True, last=True)


def _settle(node: Node, *, first: bool, last: bool) -> Node:
    """``first``, ``last``: nothing stands before or after the node."""
    match node:
        case Assert("start" | "end" as place):
            if first if place == "start" else last:
                return EMPTY
            raise Unsupported(f"'{'^' if place == 'start' else '$'}' stands inside the regex")
        case Concat():
            return _settle_concat(node, first=first, last=last)
        case Alternate(items):
            return Alternate(tuple(_settle(item, first=first, last=last) for item in items))
        case Repeat(item, least, most):
            once = most == 1
            return Repeat(_settle(item, first=first and once, last=last and once), least, most)
    return node


def _settle_concat(node: Concat, *, first: bool, last: bool) -> Node:
    items = list(node.items)
    if first:
        items = _emptied(items, Assert("start"))
    if last:
        items = _emptied(items[::-1], Assert("end"))[::-1]
    wide = [index for index, item in enumerate(items) if not _has_no_width(item)]
    begin, end = (wide[0], wide[-1]) if wide else (len(items), -1)
    return concat(
        [
            _settle(item, first=first and index <= begin, last=last and index >= end)
            for index, item in enumerate(items)
        ]
    )


def _emptied(items: list[Node], anchor: Assert) -> list[Node]:
    """What is left where all that stands before an anchor has to be empty."""
    if anchor not in items:
        return items
    begin = len(items) - items[::-1].index(anchor)
    others = [item for item in items[:begin] if isinstance(item, Assert) and item != anchor]
    if not all(isinstance(item, Assert) or _nullable(item) for item in items[:begin]):
        return [NOTHING]
    return others + items[begin:]


def _has_no_width(node: Node) -> bool:
    return isinstance(node, Assert) or node == EMPTY


def _nullable(node: Node) -> bool:
    """Whether a node can match the empty text."""
    match node:
        case Chars():
            return False
        case Concat(items):
            return all(map(_nullable, items))
        case Alternate(items):
            return any(map(_nullable, items))
        case Repeat(item, least):
            return least == 0 or _nullable(item)
        case Assert():
            raise Unsupported("an anchor stands inside what another one makes empty")
