"""The configuration as a file: what holds, and what the input leaves open, as comments.

A line with ``##`` says why something is asked; the lines after it that begin with ``# ``
are answers, in force as soon as that mark is taken off.  As printed, the file decides
nothing that was not decided before: what is let through or refused is for people to choose,
and a wider result is theirs to answer for.

What is asked, and the answers, come with the diagnostics of a run.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from smi2istio.decisions import Decision
from smi2istio.diagnostics import Diagnostic, Fidelity, Severity, printable
from smi2istio.documents import dump
from smi2istio.documents.writer import flow
from smi2istio.options import API_VERSION, DEFAULTS, KIND, NAMES, Options
from smi2istio.report import text

_HEAD = """\
# A line with "##" says why something is asked; take "# " off the answer that you want.
# What has a second "# " is another choice.  As it stands, nothing new is decided.
"""
_NAME, _MESH = "smi-to-istio", "sourceMesh"
_REASONS = 5  # more of them say no more


class Question(NamedTuple):
    """An open decision.

    Attributes:
        key: the option that settles it.
        answers: lines of YAML, elements of the option's list or entries of ``spec``.
    """

    key: str
    answers: str

    @property
    def is_of_a_list(self) -> bool:
        return self.answers.lstrip("# ").startswith("- ")


def questions(
    diagnostics: Iterable[Diagnostic], options: Options
) -> Mapping[Question, Sequence[Diagnostic]]:
    """What is to be decided, in the order of the options, each with why it is asked."""
    found: dict[Question, list[Diagnostic]] = {}
    for diagnostic in diagnostics:
        for question in _asked(diagnostic, options):
            found.setdefault(question, []).append(diagnostic)
    order = list(NAMES)
    return dict(sorted(found.items(), key=lambda item: order.index(item[0].key)))


def unsettled(diagnostics: Iterable[Diagnostic], options: Options) -> Sequence[Diagnostic]:
    """The errors about which no option can do anything."""
    return [
        one
        for one in diagnostics
        if one.severity is Severity.ERROR and not any(_asked(one, options))
    ]


def configuration(options: Options, asked: Mapping[Question, Sequence[Diagnostic]]) -> str:
    """The file: first what is decided, then what is asked, each in the order of the options."""
    held = _held(options)
    decided, asked_for = "", ""
    for key in NAMES:
        here = {one: reasons for one, reasons in asked.items() if one.key == key}
        asked_instead = key == _MESH and here  # its default decides nothing
        entry = dump({key: held[key]}) if key in held and not asked_instead else ""
        if here:
            asked_for += "\n" + "".join(f"  {line}\n" for line in _group(key, entry, here))
        else:
            decided += "".join(f"  {line}\n" for line in entry.splitlines())
    head = {"apiVersion": API_VERSION, "kind": KIND, "metadata": _metadata(options)}
    return f"{_HEAD if asked else ''}{dump(head)}spec:\n{decided}{asked_for}"


def summary(
    asked: Mapping[Question, Sequence[Diagnostic]], errors: int, manner: text.Manner
) -> str:
    """What there is to decide, in one line."""
    keys = [one.key for one in asked]
    numbers = {one.key: f" ({keys.count(one.key)})" if one.is_of_a_list else "" for one in asked}
    decide = ", ".join(f"{key}{number}" for key, number in numbers.items())
    parts = [f"to decide: {decide}" if asked else "nothing to decide"]
    if errors:
        parts.append(f"{text.counted(errors, 'error')} that no option settles")
    return text.summed_up(parts, manner)


def _asked(diagnostic: Diagnostic, options: Options) -> Iterator[Question]:
    for key, entry in diagnostic.paste:
        yield Question(key, entry)
    key = "".join(diagnostic.answers[:1]).partition(":")[0]
    if key and (key == _MESH or key not in _held(options)):
        yield Question(key, "\n".join(diagnostic.answers))
    if diagnostic.rule.fidelity is Fidelity.WIDER and diagnostic.severity is Severity.ERROR:
        accepted = f"{diagnostic.code} {diagnostic.where.owner}".strip()
        yield Question("accept", f"- {flow(accepted)}")


def _group(key: str, entry: str, here: Mapping[Question, Sequence[Diagnostic]]) -> Iterator[str]:
    """What is there of an option, and the questions about it."""
    yield from entry.splitlines()
    if not entry and any(one.is_of_a_list for one in here):
        yield f"{key}:"
    for one, reasons in here.items():
        yield from map(printable, _comments(one, reasons))


def _comments(question: Question, reasons: Sequence[Diagnostic]) -> Iterator[str]:
    for reason in reasons[:_REASONS]:
        yield f"## {text.line(reason)}"
    if len(reasons) > _REASONS:
        yield f"## and {len(reasons) - _REASONS} more"
    yield from (f"# {line}" for line in question.answers.split("\n"))


def _held(options: Options) -> Mapping[str, object]:
    """What is not left to its default, as YAML has it; and the source mesh in any case."""
    held: dict[str, object] = {}
    for key, attribute in NAMES.items():
        value = getattr(options, attribute)
        if key == _MESH:
            held[key] = value.name
        elif value != getattr(DEFAULTS, attribute):
            held[key] = [*map(_element, value)] if isinstance(value, tuple) else value
    return held


def _element(value: str | Decision) -> object:
    if isinstance(value, str):
        return value
    fields = {
        re.sub("_(.)", lambda letter: letter[1].upper(), name): one
        for name, one in value._asdict().items()
        if one
    }
    if "labels" in fields:
        fields["labels"] = dict(fields["labels"])
    if "ports" in fields:
        ports = fields["ports"]
        fields["ports"] = [{"number": number, "protocol": spoken} for number, spoken in ports]
    return fields


def _metadata(options: Options) -> object:
    document = options.where.document
    own = document.body.get("metadata") if document and document.kind == KIND else None
    return own or {"name": _NAME}
