r"""A regex for Envoy's header_to_metadata filter, which sees the path with its query.

OSM matches without the query, so no part of the pattern may match what begins one:
with ``.*a-book.*new``, ``GET /admin/wipe?a-book=new`` would pass. Flags are resolved in
the tree and not copied, and the result is proved on the raw ``:path``, query included.

Source: envoy.extensions.filters.http.header_to_metadata.v3, whose rewrite replaces
    every match; so the pattern is anchored and replaces the whole value or nothing.
"""

from smi2istio.istio.patterns import Field
from smi2istio.regex.alphabet import QUERY
from smi2istio.regex.anchors import settle
from smi2istio.regex.charset import contains, difference
from smi2istio.regex.decision import Bridge
from smi2istio.regex.language import Language, equal, language, read_as, shortest
from smi2istio.regex.nfa import Budget
from smi2istio.regex.render import render
from smi2istio.regex.syntax import parse
from smi2istio.regex.tree import (
    EMPTY,
    NOTHING,
    Alternate,
    Assert,
    Chars,
    Concat,
    Node,
    Ranges,
    Repeat,
    alternate,
)

# A member must survive Istio's reading of `values`: no `*` at an end, no brackets around it.
_MEMBER = r"(?s)\[|[^*\[]|[^*\[].*[^*]|\[.*[^*\]]"

_ANCHORS = (Assert("start"), Assert("end"))


def bridge(field: Field, accepted: Language, budget: Budget) -> Bridge | None:
    """Rewrite a regex whose language is given; None where that cannot be proved.

    Raises:
        Undecidable: the rewritten regex is not understood or too complex.
    """
    tree = settle(accepted.tree)
    if field == "path":
        pattern = f"(?s)^{render(Concat((_without(QUERY, tree),)), '?#')}(?:[?#].*)?$"
    else:
        pattern = f"(?s)^{render(Concat((_without((), tree),)))}$"
    member = shortest((accepted, language(field, _MEMBER)), (), budget)
    if member is None or not is_faithful(pattern, field, accepted, budget):
        return None
    return Bridge(pattern, member)


def _without(cut: Ranges, node: Node) -> Node:
    """Take some characters from every set; drop what is empty, which RE2 has no spelling for."""
    match node:
        case Chars(ranges, dot):
            return Chars(difference(ranges, cut), dot)
        case Concat(items):
            kept = tuple(_without(cut, item) for item in items)
            return NOTHING if any(map(_is_nothing, kept)) else Concat(kept)
        case Alternate(items):
            all_ = (_without(cut, item) for item in items)
            some = [item for item in all_ if not _is_nothing(item)]
            return alternate(some) if some else NOTHING
        case Repeat(item, least, most):
            inner = _without(cut, item)
            if _is_nothing(inner):
                return NOTHING if least else EMPTY
            return Repeat(inner, least, most)
    return node


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Chars) and not node.ranges


def is_faithful(pattern: str, field: Field, accepted: Language, budget: Budget) -> bool:
    """Whether the filter finds the pattern exactly where the regex accepts."""
    tree = _anchored_part(parse(pattern))
    found = Language(tree, field, budget)
    if not equal(found, accepted, budget):
        return False
    return field != "path" or _ignores_query(Language(tree, "raw", budget))


def _anchored_part(tree: Node) -> Node:
    """What has to match the whole text, in a pattern that is searched for in it."""
    if isinstance(tree, Concat) and (tree.items[0], tree.items[-1]) == _ANCHORS:
        return Concat(tree.items[1:-1])
    return read_as(tree, "unanchored")


def _ignores_query(raw: Language) -> bool:
    """Whether it depends on the path alone if a ``:path`` is accepted."""
    dfa = raw.dfa
    ends = [contains(QUERY, ranges[0][0]) for ranges in dfa.classes.ranges]
    queue, seen = [0], {0}
    while queue:
        state = queue.pop()
        for ends_path, after in zip(ends, dfa.rows[state], strict=True):
            if ends_path and after >= 0:
                if not (raw.full_from[after] if dfa.accepts[state] else not raw.live[after]):
                    return False
            elif after not in seen and after >= 0:
                seen.add(after)
                queue.append(after)
    return True
