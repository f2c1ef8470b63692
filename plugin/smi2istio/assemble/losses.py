"""What is said of a regex that became no values, and what is known of one that did.

Source: the specification, §1 and §8.
"""

from collections.abc import Mapping
from types import MappingProxyType

from smi2istio.catalog import access as catalog
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents.scalars import double_quoted
from smi2istio.istio.patterns import Field
from smi2istio.records import Record
from smi2istio.regex.decision import Decision
from smi2istio.regex.language import language, shortest
from smi2istio.regex.tree import Undecidable
from smi2istio.source.specs import HTTPMatch
from smi2istio.source_mesh import Reading, SourceMesh


class Loss(Record):
    """A regex, and values for it that accept something else.

    Attributes:
        name: the header; ":path" for a path.
    """

    match: HTTPMatch
    field: Field
    name: str
    regex: str
    where: Where
    decision: Decision

    def example(self, text: str, mesh: SourceMesh) -> Witness:
        """A request of the match with a text that only one side accepts."""
        if self.field == "path":
            return example(self.match, mesh, path=text)
        return example(self.match, mesh, headers={self.name: text})


_NOTHING: Mapping[str, str] = MappingProxyType({})


def example(
    match: HTTPMatch, mesh: SourceMesh, path: str = "", headers: Mapping[str, str] = _NOTHING
) -> Witness:
    """A request that fits a match: the shortest values, but for those that are given."""

    def shortest_of(field: Field, regex: str, reading: Reading) -> str:
        try:
            return shortest((language(field, regex, reading),)) or ""
        except Undecidable:
            return ""

    path = path or shortest_of("path", match.path_regex, mesh.path_regex) or "/"
    values = tuple(
        (
            name,
            headers[name] if name in headers else shortest_of("header", regex, mesh.header_regex),
        )
        for name, regex in match.headers
    )
    method = next((method.upper() for method in match.methods if method not in ("", "*")), "GET")
    return Witness("", method, path, values)


def without_values(
    decision: Decision, field: Field, regex: str, where: Where, reading: Reading
) -> Diagnostic:
    """What to say of a regex that became no values."""
    if decision.outcome == "rejected":
        return catalog.not_re2(where, regex, decision.detail)
    if decision.outcome == "dead":
        return catalog.dead_regex(where, regex)
    entry = _suggestions(field, regex, reading)
    if decision.outcome == "bridged":
        return catalog.bridged(where, regex, entry)
    why = decision.detail or "no Istio pattern says the same"
    return catalog.not_expressible(where, regex, why, entry)


def _suggestions(field: Field, regex: str, reading: Reading) -> str:
    """One entry of `patterns` to paste, each further suggestion as a comment."""
    from smi2istio.regex.suggestion import suggest  # noqa: PLC0415 - slow, and only for the block

    key = "paths" if field == "path" else "values"
    lines: list[str] = []
    for suggestion in suggest(field, regex, reading):
        verb = "refuses" if suggestion.fidelity == "narrower" else "wider: would allow"
        values = ", ".join(map(_quoted, suggestion.values))
        mark = "  # " if lines or suggestion.fidelity == "wider" else "  "
        lines.append(f"{mark}{key}: [{values}] # {verb} {suggestion.witness or 'an empty value'}")
    if lines and not lines[0].startswith("  # "):
        return "\n".join((f"- regex: {_quoted(regex)}", *lines))
    # Nothing can be taken as it is, so that what is pasted decides nothing yet.
    lines = [f"# - regex: {_quoted(regex)}", *lines, f"  # {key}: [] with what is meant"]
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """As YAML, in a list as well as alone."""
    return "'" + text.replace("'", "''") + "'" if text.isprintable() else double_quoted(text)
