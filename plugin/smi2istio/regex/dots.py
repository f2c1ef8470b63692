"""Dots that were meant as dots: ``/v1.0``, ``shop.example``."""

from smi2istio.regex.charset import contains
from smi2istio.regex.nfa import WORD_CHARS
from smi2istio.regex.tree import Alternate, Chars, Concat, Node, Repeat

_DOT = Chars(((0x2E, 0x2E),))


def without_dots(tree: Node) -> Node:
    """Replace every dot between two literal word characters by the character dot."""
    match tree:
        case Concat(items):
            return Concat(tuple(_replaced(items, index) for index in range(len(items))))
        case Alternate(items):
            return Alternate(tuple(map(without_dots, items)))
        case Repeat(item, least, most):
            return Repeat(without_dots(item), least, most)
    return tree


def _replaced(items: tuple[Node, ...], index: int) -> Node:
    item = items[index]
    if isinstance(item, Chars) and item.dot and 0 < index < len(items) - 1:
        return _DOT if _is_word(items[index - 1]) and _is_word(items[index + 1]) else item
    return without_dots(item)


def _is_word(node: Node) -> bool:
    """Whether a node is one literal word character."""
    if not isinstance(node, Chars) or len(node.ranges) != 1:
        return False
    low, high = node.ranges[0]
    return low == high and contains(WORD_CHARS, low)
