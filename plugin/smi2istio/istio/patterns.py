"""What one string of ``paths``, ``hosts`` or ``values`` means to Istio.

The meaning is read from the string alone: a ``*`` counts only at one end, and which
end is asked first matters. So a value may be built from a literal only if reading it
back gives that literal.

Source: istiod's ``matcher.StringMatcher`` and ``security.CheckValidPathTemplate``, and
    Envoy's ``uri_template``, as measured on both.
"""

from typing import Literal, NamedTuple

Field = Literal["path", "header", "host"]
Kind = Literal["present", "exact", "prefix", "suffix", "template"]

# What `{*}` accepts. Of these, Envoy's normaliser encodes `"<>^`{|}` before the template sees them;
# `[` and `]` it leaves, and the template refuses them. `\` has become `/`.
SEGMENT = frozenset(map(chr, range(0x21, 0x7F))) - frozenset("/?#[]\\")
# What the fixed parts of a template may hold.
_LITERAL = SEGMENT - frozenset('*"<>^`{|}')


class Pattern(NamedTuple):
    """A value as Istio reads it; ``text`` is a template with its braces, else the literal."""

    kind: Kind
    text: str


def read(field: Field, value: str) -> Pattern:
    if field == "path" and ("{" in value or "}" in value):
        return Pattern("template", value)
    if value == "*":
        return Pattern("present", "")
    if value.startswith("*"):
        return Pattern("suffix", value[1:])
    if value.endswith("*"):
        return Pattern("prefix", value[:-1])
    return Pattern("exact", value)


def spell(field: Field, kind: Kind, text: str) -> str | None:
    """Write a pattern as a value; None where no value means that."""
    value = {"present": "*", "suffix": f"*{text}", "prefix": f"{text}*"}.get(kind, text)
    if problem(field, value) or read(field, value) != (kind, text):
        return None
    return value


def problem(field: Field, value: str) -> str:
    """Say why Istio or Envoy refuse a value, or why no request can match it; "" if neither."""
    if not value:
        return "it is empty"
    if field != "path":
        return ""
    if "{" in value or "}" in value:
        return _template_problem(value)
    if not value.startswith(("/", "*")):
        return "a path begins with '/'"
    return ""


def _template_problem(value: str) -> str:
    if not value.startswith("/"):
        return "a path template begins with '/'"
    segments = value[1:].split("/")
    if not segments[-1]:
        segments.pop()
    operators = [segment for segment in segments if segment in ("{*}", "{**}")]
    if "{**}" in operators[:-1]:
        return "'{**}' is the last operator of a path template"
    literals = [segment for segment in segments if segment not in ("{*}", "{**}")]
    if not all(segment and _LITERAL.issuperset(segment) for segment in literals):
        return "each part of a path template is '{*}', '{**}' or plain text"
    return ""


def accepts(field: Field, value: str, text: str) -> bool:
    """Whether Istio lets a path without its query, a header value or an authority through."""
    if field == "host":
        value, text = value.lower(), text.lower()
    kind, literal = read(field, value)
    if kind == "template":
        return _template_accepts(literal.split("/"), text.split("/"))
    if kind == "present":
        return True
    if kind == "prefix":
        return text.startswith(literal)
    return text.endswith(literal) if kind == "suffix" else text == literal


def _template_accepts(template: list[str], segments: list[str]) -> bool:
    if not template:
        return not segments
    first, rest = template[0], template[1:]
    if first == "{**}":
        return any(
            all(map(SEGMENT.issuperset, segments[:taken]))
            and _template_accepts(rest, segments[taken:])
            for taken in range(1, len(segments) + 1)
        )
    if not segments:
        return False
    if first == "{*}":
        fits = bool(segments[0]) and SEGMENT.issuperset(segments[0])
    else:
        fits = first == segments[0]
    return fits and _template_accepts(rest, segments[1:])
