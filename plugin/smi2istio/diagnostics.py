"""Diagnostics: what the program has to say, as values.

A diagnostic has a permanent code, a severity, a fidelity (how far the result is
from the source), a place, one line of text and, where access differs, a request
that shows the difference.  Each is worded by one typed function of the catalogue,
so a call site cannot forget an argument, and the function's docstring is the page
that ``smi2istio explain`` prints.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Concatenate, ParamSpec

from smi2istio.documents import Document
from smi2istio.records import Record

P = ParamSpec("P")


def printable(text: str) -> str:
    """Escape what a terminal would not print: control and format characters, line ends."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


class Severity(StrEnum):
    """How bad it is; the fourth word of the messages, *help*, is the page of a code."""

    ERROR = "error"  # nothing is converted
    WARNING = "warning"
    NOTE = "note"  # KRM calls it info


class Fidelity(StrEnum):
    """What the result allows, compared with the source."""

    EQUAL = "equal"
    NARROWER = "narrower"
    WIDER = "wider"
    NONE = "none"  # cannot be expressed


# For the rules of the catalogue, of which each has one of either.
ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE
EQUAL, NARROWER, WIDER, NONE = Fidelity.EQUAL, Fidelity.NARROWER, Fidelity.WIDER, Fidelity.NONE


class Witness(Record):
    """A request that one side allows and the other refuses.

    Attributes:
        source: service account, ``namespace/name``; "" for anybody.
        method: "" for a TCP connection.
        headers: pairs of name and value.
        port: workload port; 0 where it does not matter.
    """

    source: str
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    port: int = 0

    def __str__(self) -> str:
        parts = [f"{self.method} {self.path}" if self.method else "TCP"]
        parts += [f"[{name}: {value}]" for name, value in self.headers]
        if self.port:
            parts.append(f"port {self.port}")
        if self.source:
            parts.append(f"from {self.source}")
        return " ".join(parts)


class Where(Record):
    """A place: a field of a document, a document, or (None) the run as a whole."""

    document: Document | None = None
    path: str = ""

    def at(self, step: str | int) -> "Where":
        """The place one step further in: a key, or an index of a list."""
        if isinstance(step, int):
            return Where(self.document, f"{self.path}[{step}]")
        return Where(self.document, f"{self.path}.{step}" if self.path else step)

    @property
    def owner(self) -> str:
        """The document as `accept` names it: "Kind/namespace/name"."""
        document = self.document
        if document is None:
            return ""
        return "/".join(part for part in (document.kind, document.namespace, document.name) if part)

    @property
    def file(self) -> str:
        """The file of the document; "" where unknown."""
        return self.document.file if self.document else ""

    @property
    def line(self) -> int:
        """The 1-based line of that file; 0 where unknown."""
        return self.document.line_of(self.path) if self.document else 0

    def __str__(self) -> str:
        document = self.document
        if document is None:
            return self.path
        name = f"{document.namespace}/{document.name}" if document.namespace else document.name
        return " ".join(part for part in (document.kind, name, self.path) if part)


class Rule(Record):
    """An entry of the catalogue."""

    code: str
    severity: Severity
    fidelity: Fidelity
    page: str

    @property
    def title(self) -> str:
        return self.page.partition("\n")[0]


class Setting(Record):
    """A part of Istio's installation, or of an object that a controller owns: of no output.

    Attributes:
        place: what it has to be written into, as people call it.
        path: the keys that lead to it.
        value: lists under one path are joined, mappings merged.
    """

    place: str
    path: tuple[str, ...]
    value: object


class Said(Record):
    """A wording with more than its text.

    Attributes:
        witness: the request that shows a difference of access.
        paste: elements of lists of the configuration for the user to paste, each as lines
            of YAML with the key of ``spec`` that it belongs to.
        settings: what the user has to write where no output goes.
        answers: lines of ``spec``, of which each by itself settles the matter.
    """

    message: str
    witness: Witness | None = None
    paste: tuple[tuple[str, str], ...] = ()
    settings: tuple[Setting, ...] = ()
    answers: tuple[str, ...] = ()


class Diagnostic(Record):
    rule: Rule
    where: Where
    message: str
    severity: Severity
    witness: Witness | None = None
    paste: tuple[tuple[str, str], ...] = ()
    settings: tuple[Setting, ...] = ()
    answers: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        return self.rule.code

    def __str__(self) -> str:
        place = str(self.where)
        return f"{self.severity}[{self.code}] {place}{': ' if place else ''}{self.message}"


class Refusal(Exception):
    """A user's mistake that ends the translation of one document."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


#: code → entry, filled as the modules of ``smi2istio.catalog`` are imported.
CATALOG: dict[str, Rule] = {}


def rule(
    code: str, severity: Severity, fidelity: Fidelity
) -> Callable[[Callable[P, str | Said]], Callable[Concatenate[Where, P], Diagnostic]]:
    """Register a diagnostic; the decorated function words it, its docstring is the page.

    Raises:
        ValueError: the code is taken.
    """

    def register(wording: Callable[P, str | Said]) -> Callable[Concatenate[Where, P], Diagnostic]:
        if code in CATALOG:
            raise ValueError(f"{code} is already taken by {CATALOG[code].title!r}")
        entry = CATALOG[code] = Rule(code, severity, fidelity, wording.__doc__ or "")

        def diagnose(where: Where, /, *args: P.args, **kwargs: P.kwargs) -> Diagnostic:
            said = wording(*args, **kwargs)
            if isinstance(said, str):
                said = Said(said)
            more = said.witness, said.paste, said.settings, said.answers
            return Diagnostic(entry, where, said.message, severity, *more)

        return diagnose

    return register
