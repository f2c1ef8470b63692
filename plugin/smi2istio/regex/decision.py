"""What a regex becomes in an AuthorizationPolicy, decided by proof.

Every value that is emitted has been read back as Istio reads it and compared with the
regex on automata. A result that accepts more is returned only for values that the user
has chosen, and one that accepts less only for three reasons, each of them named.

Target: https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from smi2istio.istio.patterns import Field, problem
from smi2istio.records import Record
from smi2istio.regex.dots import without_dots
from smi2istio.regex.emitted import written
from smi2istio.regex.language import Language, Reading, equal, language, shortest
from smi2istio.regex.nfa import Budget
from smi2istio.regex.spelling import Values, candidates
from smi2istio.regex.tree import Rejected, TooComplex, Undecidable, Unsupported

Outcome = Literal["anything", "patterns", "dead", "bridged", "inexpressible", "rejected"]
Fidelity = Literal["equal", "narrower", "wider", "incomparable", "unproved"]
# Why less is accepted all the same: a dot that was meant as one; bytes that RFC 3986 forbids in a
# path; the user has decided so.
Reason = Literal["dot", "template", "user"]

_MAX_STEPS = 60_000  # for finding values
_MORE_STEPS = 20_000  # for a bridge, with what is left of those

_PLAIN_PATH = r"[!$&'()*+,\-./0-9:;=@A-Z_a-z~%]*"  # what RFC 3986 allows in a path


class Bridge(Record):
    """A pattern for the filter, and a text that matches it, by which a match is known."""

    pattern: str
    member: str


class Decision(Record):
    """What a regex becomes.

    Attributes:
        outcome: "anything": no condition is needed; "dead": no text of this field matches.
        values: for "patterns", lists of which each has to match; a path or host has one.
        fidelity: how the values compare with the regex.
        reasons: why a narrower result is right.
        missing: the shortest text that the regex accepts and the values refuse.
        excess: the shortest text that the values accept and the regex refuses.
        bridge: for "bridged".
        detail: why there are no values, where there is more to say.
    """

    outcome: Outcome
    values: Values = ()
    fidelity: Fidelity = "equal"
    reasons: tuple[Reason, ...] = ()
    missing: str | None = None
    excess: str | None = None
    bridge: Bridge | None = None
    detail: str = ""


def decide(
    field: Field,
    regex: str,
    reading: Reading = "full",
    *,
    chosen: Iterable[str] = (),
    bridges: bool = True,
) -> Decision:
    """Decide about one regex; the same question is answered once.

    Args:
        field: what the regex is matched against.
        regex: as written; the empty path regex stands for every path.
        reading: how much of the text it has to match.
        chosen: values that the user has decided on.
        bridges: whether a filter may compute what no value can say.
    """
    return _decide(field, regex, reading, tuple(chosen), bridges=bridges)


@lru_cache(maxsize=1024)
def _decide(
    field: Field, regex: str, reading: Reading, chosen: tuple[str, ...], *, bridges: bool
) -> Decision:
    try:
        accepted = language(field, regex or ".*" if field == "path" else regex, reading)
    except Rejected as reason:
        return Decision("rejected", detail=str(reason))
    except Undecidable as reason:
        return _undecided(field, chosen, reason)
    if chosen:
        return _chosen(field, accepted, chosen)
    if accepted.empty:
        return Decision("dead")
    if accepted.full:
        return Decision("patterns", (("*",),)) if field == "header" else Decision("anything")
    budget = Budget(_MAX_STEPS)
    values = _emitted(field, accepted, budget)
    budget.steps = max(budget.steps, 0) + _MORE_STEPS
    return values or _bridged(field, accepted, budget, bridges=bridges)


def _undecided(field: Field, chosen: tuple[str, ...], reason: Undecidable) -> Decision:
    wrong = _problem(field, chosen)
    if wrong:
        return Decision("inexpressible", detail=wrong)
    if chosen:
        return Decision("patterns", (chosen,), "unproved", detail=str(reason))
    return Decision("inexpressible", detail=str(reason))


def _problem(field: Field, chosen: tuple[str, ...]) -> str:
    found = ((value, problem(field, value)) for value in chosen)
    return next((f"'{value}': {text}" for value, text in found if text), "")


def _chosen(field: Field, accepted: Language, chosen: tuple[str, ...]) -> Decision:
    detail = _problem(field, chosen)
    if detail:
        return Decision("inexpressible", detail=detail)
    try:
        decision = _compared(field, accepted, (chosen,), Budget(_MAX_STEPS))
    except TooComplex as reason:
        return _undecided(field, chosen, reason)
    return decision._replace(reasons=("user",) if decision.fidelity == "narrower" else ())


def _compared(field: Field, accepted: Language, values: Values, budget: Budget) -> Decision:
    """Read values back and compare them with a language."""
    lists = [written(field, alternatives, budget) for alternatives in values]
    if len(lists) == 1 and equal(accepted, lists[0], budget):
        return Decision("patterns", values)
    losses = [shortest((accepted,), (one,), budget) for one in lists]
    missing = min(
        (loss for loss in losses if loss is not None),
        key=lambda text: (len(text.encode()), text),
        default=None,
    )
    excess = shortest(lists, (accepted,), budget)
    if excess is None:
        fidelity: Fidelity = "equal" if missing is None else "narrower"
    else:
        fidelity = "wider" if missing is None else "incomparable"
    return Decision("patterns", values, fidelity, missing=missing, excess=excess)


def _emitted(field: Field, accepted: Language, budget: Budget) -> Decision | None:
    """Find values that accept the same, or less for a good reason."""
    try:
        return _closest(field, accepted, budget) or _with_dots(field, accepted, budget)
    except TooComplex:
        return None


def _closest(field: Field, accepted: Language, budget: Budget) -> Decision | None:
    narrower = None
    for values in candidates(accepted, field, budget):
        decision = _compared(field, accepted, values, budget)
        if decision.fidelity == "equal":
            return decision
        if decision.fidelity == "narrower" and loses_only_forbidden_bytes(accepted, values, budget):
            narrower = narrower or decision._replace(reasons=("template",))
    return narrower


def loses_only_forbidden_bytes(accepted: Language, values: Values, budget: Budget) -> bool:
    """Whether all that is missing are paths that RFC 3986 does not allow."""
    if accepted.texts != "path":
        return False
    plain = language("path", _PLAIN_PATH)
    return shortest((accepted, plain), (written("path", values[0], budget),), budget) is None


def _with_dots(field: Field, accepted: Language, budget: Budget) -> Decision | None:
    """Find values for what was probably meant: ``/v1.0`` as it stands."""
    tree = without_dots(accepted.tree)
    if tree == accepted.tree:
        return None
    found = _closest(field, Language(tree, field, budget), budget)
    if not found:
        return None
    compared = _compared(field, accepted, found.values, budget)
    return compared._replace(reasons=("dot", *found.reasons))


def _bridged(field: Field, accepted: Language, budget: Budget, *, bridges: bool) -> Decision:
    from smi2istio.regex.rewrite import bridge  # noqa: PLC0415 - few regexes need one

    try:
        found = bridge(field, accepted, budget) if bridges else None
    except (TooComplex, Unsupported) as reason:
        return Decision("inexpressible", detail=str(reason))
    return Decision("bridged" if found else "inexpressible", bridge=found)
