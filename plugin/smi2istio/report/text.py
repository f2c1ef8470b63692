"""The report for people: a line for each diagnostic, a block to paste, one line that sums up.

Errors come first, because hosts show only the first lines (kpt: four).  Names and
texts of the input are never trusted: what a terminal would obey is shown escaped.

Source: the specification, §1; reference/krm-hosts.md §3.3.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from smi2istio.compiler import Compilation
from smi2istio.diagnostics import Diagnostic, Severity, Where, printable
from smi2istio.records import Record
from smi2istio.report import installation

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


class Manner(Record):
    """How much is said, and how.

    Attributes:
        severities: those that are said, in this order.
        brief: neither a block to paste nor a summary.
        configuration: the file that was found by its name, "" if none was.
        passed_over: the number of files of a directory that hold no Kubernetes object.
    """

    severities: tuple[Severity, ...] = (Severity.ERROR, Severity.WARNING)
    brief: bool = False
    colour: bool = False
    configuration: str = ""
    passed_over: int = 0


#: What the function says: errors and warnings, to whatever its host shows them on.
PLAIN = Manner()


def report(compilation: Compilation, manner: Manner = PLAIN) -> str:
    """All that is to be said of a run; nothing if nothing changed and nobody complained."""
    said = shown(compilation, manner)
    lines = [line(one, colour=manner.colour) for one in said]
    if not manner.brief and (lines or compilation.changed):
        lines += paste_block(said)
        lines += map(printable, installation.fragments(said))
        lines.append(summary(compilation, manner))
    return "".join(f"{text}\n" for text in lines)


def shown(compilation: Compilation, manner: Manner) -> Sequence[Diagnostic]:
    """What is listed, in the order of the severities."""
    return sorted(
        (one for one in compilation.diagnostics if one.severity in manner.severities),
        key=lambda one: manner.severities.index(one.severity),
    )


def line(diagnostic: Diagnostic, *, colour: bool = False) -> str:
    """One diagnostic as one line, with the file where it is known."""
    place = file_and_line(diagnostic.where)
    text = printable(f"{diagnostic} ({place})" if place else str(diagnostic))
    if not colour:
        return text
    word, bracket, rest = text.partition("]")
    return f"\x1b[1;{_COLOURS[diagnostic.severity]}m{word}{bracket}\x1b[m{rest}"


def file_and_line(where: Where) -> str:
    """As in shop/split.yaml:14; only the file where the line is not known."""
    file, line = where.file, where.line
    return f"{file}:{line}" if file and line else file


def paste_block(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """Configuration that the diagnostics ask for, merged by key, as lines of YAML.

    What two diagnostics ask for in the same words is asked for once.
    """
    entries: dict[str, dict[str, None]] = {}
    for diagnostic in diagnostics:
        for key, entry in diagnostic.paste:
            entries.setdefault(key, {})[entry] = None
    if entries:
        yield "to decide, under 'spec' of the configuration:"
    for key, texts in entries.items():
        yield f"  {key}:"
        for text in texts:
            yield from (f"  {printable(one)}" for one in text.split("\n"))


def summary(compilation: Compilation, manner: Manner) -> str:
    """The last line: what became what, and how much was said about it."""
    parts = list(_outcome(compilation))
    for severity in manner.severities:
        number = sum(one.severity is severity for one in compilation.diagnostics)
        if number:
            parts.append(counted(number, severity.value))
    return summed_up(parts, manner)


def summed_up(parts: Sequence[str], manner: Manner) -> str:
    """The parts of a summary as its line, with what was read."""
    read = []
    if manner.passed_over:
        read.append(f"{counted(manner.passed_over, 'file')} passed over")
    if manner.configuration:
        read.append(f"configured by {printable(manner.configuration)}")
    return f"smi2istio: {'; '.join((*parts, *read))}"


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 Retry", "2 Retries"."""
    if number == 1 or noun.endswith("Metrics"):
        return f"{number} {noun}"
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}{'es' if noun.endswith('s') else 's'}"


def _outcome(compilation: Compilation) -> Iterator[str]:
    if compilation.failed:
        yield "nothing is converted"
    elif not compilation.changed:
        yield "nothing to convert"
    if compilation.consumed:
        yield f"{_kinds(compilation.consumed)} → {_kinds(compilation.emitted) or 'nothing'}"
    elif compilation.emitted:
        yield f"{_kinds(compilation.emitted)} added"
    edited = Counter(one.at.kind for one in compilation.outputs if one.at and one.edits)
    if edited:
        yield f"{_kinds(edited)} changed"


def _kinds(counts: Mapping[str, int]) -> str:
    """The most frequent first, so that the line does not depend on the input's order."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(counted(number, printable(kind)) for kind, number in ordered)
