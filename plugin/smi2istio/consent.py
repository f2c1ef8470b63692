"""`accept`: what the user takes responsibility for, and decisions that nothing needed.

Source: the specification, §1 and §2.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from smi2istio.catalog import load_all, reading
from smi2istio.decisions import Decision
from smi2istio.diagnostics import CATALOG, Diagnostic, Fidelity, Severity
from smi2istio.options import Options


def consented(
    diagnostics: Iterable[Diagnostic],
    options: Options,
    used: set[Decision],
    *,
    converted: bool,
) -> Iterator[Diagnostic]:
    """The diagnostics, wider results that are accepted as warnings; and unused entries.

    Args:
        converted: something was converted; on a second run no decision is needed any more.
    """
    unused = list(dict.fromkeys(options.accept))
    for one in diagnostics:
        entries = (one.code, f"{one.code} {one.where.owner}")
        accepted = one.rule.fidelity is Fidelity.WIDER and any(
            entry in options.accept for entry in entries
        )
        if accepted:
            unused = [entry for entry in unused if entry not in entries]
            one = one._replace(severity=Severity.WARNING)  # noqa: PLW2901 - what is yielded, changed or not
        yield one
    where = options.where.at("accept")
    for entry in unused:
        if why := problem(entry):
            yield reading.not_acceptable(where, entry, why)
        elif converted:
            yield reading.unused_decision(where, f"{entry!r}")
    if converted:
        yield from _unused(options, used)


def _unused(options: Options, used: set[Decision]) -> Iterator[Diagnostic]:
    decided: Mapping[str, Sequence[tuple[Decision, str]]] = {
        "patterns": [(one, one.regex) for one in options.patterns],
        "workloads": [(one, f"{one.namespace}/{one.service_account}") for one in options.workloads],
        "gateways": [(one, f"{one.namespace}/{one.service}") for one in options.gateways],
    }
    for key, decisions in decided.items():
        for index, (decision, about) in enumerate(decisions):
            if decision not in used:
                place = options.where.at(key).at(index)
                yield reading.unused_decision(place, f"the decision about '{about}'")


def problem(entry: str) -> str:
    """Why no diagnostic can be accepted by *entry*; "" if one can."""
    load_all()
    rule = CATALOG.get(entry.partition(" ")[0])
    if rule is None:
        return "begins with no known code"
    if rule.fidelity is not Fidelity.WIDER:
        return "cannot be accepted: nothing that it reports allows more"
    return ""
