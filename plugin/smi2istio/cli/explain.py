"""``smi2istio explain``: the page of a diagnostic, or the list of all."""

import difflib
import sys
from collections.abc import Sequence
from inspect import cleandoc
from typing import NoReturn

import click

from smi2istio.catalog import load_all
from smi2istio.cli import streams
from smi2istio.diagnostics import CATALOG, Fidelity, Rule

_FIDELITIES = {
    Fidelity.EQUAL: "equal: the result allows the same requests",
    Fidelity.NARROWER: "narrower: the result refuses some requests that the source allowed",
    Fidelity.WIDER: "wider: the result allows some requests that the source refused",
    Fidelity.NONE: "none: there is no result",
}
_DIGITS = 3  # of a code


def rules() -> dict[str, Rule]:
    """The whole catalogue, in the order of the codes."""
    load_all()
    return dict(sorted(CATALOG.items()))


def page(rule: Rule) -> str:
    """What ``explain`` prints for one code."""
    title, _, text = cleandoc(rule.page).partition("\n\n")
    return (
        f"{rule.code}: {title}\n\n"
        f"severity  {rule.severity}\nfidelity  {_FIDELITIES[rule.fidelity]}\n\n{text}\n"
    )


def _complete(_context: click.Context, _parameter: click.Parameter, typed: str) -> list[str]:
    return [code for code in rules() if code.startswith(typed.upper())]


@click.command(short_help="Print the page of a diagnostic.")
@click.argument("code", required=False, shell_complete=_complete)
def explain(code: str | None) -> None:
    """Print the page of CODE, as S2I352 or 352: what the diagnostic means, and what to do.

    Without CODE, list all codes with their titles.
    """
    known = rules()
    if code is None:
        _print("".join(f"{rule.code}  {rule.title}\n" for rule in known.values()))
    wanted = f"S2I{code}" if code.isdecimal() else code.upper()
    if wanted not in known:
        near = _nearest(wanted, tuple(known))
        raise click.BadParameter(f"there is no {code!r}; the nearest code is {near}")
    _print(page(known[wanted]))


def _nearest(code: str, known: Sequence[str]) -> str:
    """The code with the nearest number; of what has none the one that is written most alike."""
    digits = code.removeprefix("S2I")
    if digits.isdecimal() and len(digits) == _DIGITS:
        return min(known, key=lambda one: abs(int(one.removeprefix("S2I")) - int(digits)))
    return difflib.get_close_matches(code, known, n=1, cutoff=0)[0]


def _print(text: str) -> NoReturn:
    sys.exit(streams.finish(text.encode(), "", 0))
