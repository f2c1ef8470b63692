"""What a regex becomes in an AuthorizationPolicy, decided by proof.

Every value that is emitted has been read back as Istio reads it and compared with the
regex on automata. A result that accepts more is returned only for values that the user
has chosen, and one that accepts less only for three reasons, each of them named.

Target: https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from smi2istio.istio.patterns import Field, problem
from smi2istio.regex.dots import without_dots
from smi2istio.regex.emitted import written
from smi2istio.regex.language import Language, Reading, language, shortest
from smi2istio.regex.rewrite import Bridge, bridge
from smi2istio.regex.spelling import Values, candidates
from smi2istio.regex.tree import Rejected, TooComplex, Undecidable

Outcome = Literal["anything", "patterns", "dead", "bridged", "inexpressible", "rejected"]
Fidelity = Literal["equal", "narrower", "wider", "incomparable", "unproved"]
# Why less is accepted all the same: a dot that was meant as one; bytes that RFC 3986 forbids in a
# path; the user has decided so.
Reason = Literal["dot", "template", "user"]
Problem = Literal["", "syntax", "unsupported", "complex", "spelling", "decision"]

_PLAIN_PATH = r"[!$&'()*+,\-./0-9:;=@A-Z_a-z~%]*"  # what RFC 3986 allows in a path


class Decision(NamedTuple):
    """Attributes:
    outcome: "anything": no condition is needed. "dead": no text of this field matches.
    values: for "patterns", lists of which each has to match; a path or host has one.
    fidelity: how the values compare with the regex.
    reasons: why a narrower result is right.
    missing: the shortest text that the regex accepts and the values refuse.
    excess: the shortest text that the values accept and the regex refuses.
    bridge: for "bridged".
    problem: why there are no values.
    detail: the same in words, where there is more to say.
    """

    outcome: Outcome
    values: Values = ()
    fidelity: Fidelity = "equal"
    reasons: tuple[Reason, ...] = ()
    missing: str | None = None
    excess: str | None = None
    bridge: Bridge | None = None
    problem: Problem = ""
    detail: str = ""


def decide(
    field: Field,
    regex: str,
    reading: Reading = "full",
    *,
    chosen: Iterable[str] = (),
    bridges: bool = True,
) -> Decision:
    """Decide about one regex.

    Args:
        field: what the regex is matched against.
        regex: as written; the empty path regex stands for every path.
        reading: how much of the text it has to match.
        chosen: values that the user has decided on.
        bridges: whether a filter may compute what no value can say.
    """
    return _decide(field, regex, reading, tuple(chosen), bridges)


@lru_cache(maxsize=1024)
def _decide(
    field: Field, regex: str, reading: Reading, chosen: tuple[str, ...], bridges: bool
) -> Decision:
    if field == "path" and not regex:
        regex = ".*"
    try:
        accepted = language(field, regex, reading)
    except Rejected as reason:
        return Decision("rejected", problem="syntax", detail=str(reason))
    except Undecidable as reason:
        kind: Problem = "complex" if isinstance(reason, TooComplex) else "unsupported"
        if chosen and not _problem(field, chosen):
            return Decision("patterns", (chosen,), "unproved", problem=kind, detail=str(reason))
        return Decision("inexpressible", problem=kind, detail=_problem(field, chosen) or str(reason))
    if chosen:
        return _chosen(field, accepted, chosen)
    if accepted.empty:
        return Decision("dead")
    if accepted.full:
        return Decision("patterns", (("*",),)) if field == "header" else Decision("anything")
    return (
        _emitted(field, accepted)
        or (_bridged(field, accepted) if bridges else None)
        or Decision("inexpressible", problem="spelling")
    )


def _problem(field: Field, chosen: tuple[str, ...]) -> str:
    found = ((value, problem(field, value)) for value in chosen)
    return next((f"'{value}': {text}" for value, text in found if text), "")


def _chosen(field: Field, accepted: Language, chosen: tuple[str, ...]) -> Decision:
    detail = _problem(field, chosen)
    if detail:
        return Decision("inexpressible", problem="decision", detail=detail)
    try:
        decision = _compared(field, accepted, (chosen,))
    except TooComplex as reason:
        return Decision(
            "patterns", (chosen,), "unproved", problem="complex", detail=str(reason)
        )
    return decision._replace(reasons=("user",) if decision.fidelity == "narrower" else ())


def _compared(field: Field, accepted: Language, values: Values) -> Decision:
    """Read values back and compare them with a language."""
    lists = [written(field, alternatives) for alternatives in values]
    losses = [shortest((accepted,), (one,)) for one in lists]
    missing = min(
        (loss for loss in losses if loss is not None),
        key=lambda text: (len(text.encode()), text),
        default=None,
    )
    excess = shortest(lists, (accepted,))
    if excess is None:
        fidelity: Fidelity = "equal" if missing is None else "narrower"
    else:
        fidelity = "wider" if missing is None else "incomparable"
    return Decision("patterns", values, fidelity, missing=missing, excess=excess)


def _emitted(field: Field, accepted: Language) -> Decision | None:
    """Find values that accept the same, or less for a good reason."""
    found = _closest(field, accepted)
    if found:
        return found
    tree = without_dots(accepted.tree)
    if tree == accepted.tree:
        return None
    found = _closest(field, Language(tree, field))
    if not found:
        return None
    compared = _compared(field, accepted, found.values)
    return compared._replace(reasons=("dot", *found.reasons))


def _closest(field: Field, accepted: Language) -> Decision | None:
    narrower = None
    for decision in _proved(field, accepted):
        if decision.fidelity == "equal":
            return decision
        if decision.fidelity == "narrower" and _only_forbidden_bytes(field, accepted, decision):
            narrower = narrower or decision._replace(reasons=("template",))
    return narrower


def _proved(field: Field, accepted: Language) -> Iterator[Decision]:
    for values in candidates(accepted, field):
        try:
            yield _compared(field, accepted, values)
        except TooComplex:  # this candidate is, another may not be
            continue


def _only_forbidden_bytes(field: Field, accepted: Language, decision: Decision) -> bool:
    """Whether all that is missing are paths that RFC 3986 does not allow."""
    if field != "path":
        return False
    plain = language(field, _PLAIN_PATH)
    return shortest((accepted, plain), (written(field, decision.values[0]),)) is None


def _bridged(field: Field, accepted: Language) -> Decision | None:
    try:
        found = bridge(field, accepted)
    except Undecidable:
        return None
    return Decision("bridged", bridge=found, problem="spelling") if found else None
