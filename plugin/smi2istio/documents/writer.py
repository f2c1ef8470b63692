"""Python values → YAML, as kubectl and kustomize print it.

Block style, keys in the order given, lists not indented, long lines not folded, no
anchors.  Written by hand because it is a fifteenth of the time of PyYAML's dumper,
and because that one would leave plain what Go reads as a number.
"""

from collections.abc import Mapping

from smi2istio.documents.scalars import double_quoted, quoted

_LONGEST_KEY = 1000  # characters; YAML's limit for `key: value` is 1024


def dump(body: object) -> str:
    """YAML of one object."""
    out: list[str] = []
    _node(out, body, "", "")
    return "\n".join(out) + "\n"


def dump_item(body: object, column: int) -> str:
    """YAML of one object as an element of a list whose dashes stand in *column* (0-based)."""
    out: list[str] = []
    pad = " " * column
    _node(out, body, f"{pad}- ", f"{pad}  ")
    return "\n".join(out) + "\n"


def entry_lines(key: str, value: object, column: int) -> list[str]:
    """The lines of one entry of a block mapping whose keys stand in *column* (0-based)."""
    out: list[str] = []
    _mapping(out, {key: value}, " " * column, " " * column)
    return "\n".join(out).split("\n")


def flow(value: object, *, json: bool = False) -> str:
    """A value on one line that may stand in a flow collection, or in JSON."""
    if isinstance(value, Mapping):
        entries = (f"{flow(k, json=json)}: {flow(v, json=json)}" for k, v in value.items())
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(one, json=json) for one in value) + "]"
    if not isinstance(value, str):
        return _scalar(value, "")
    if json:
        return double_quoted(value)
    text = quoted(value)
    if text == value and (text[0] in "-?:" or any(mark in text for mark in ",[]{}")):
        return f"'{text}'"
    return text


def _node(out: list[str], value: object, lead: str, pad: str) -> None:
    """Write *value* after *lead* on the first line, after *pad* on the others."""
    if isinstance(value, Mapping) and value:
        _mapping(out, value, lead, pad)
    elif isinstance(value, (list, tuple)) and value:
        for element in value:
            _node(out, element, f"{lead}- ", f"{pad}  ")
            lead = pad
    else:
        out.append(lead + _scalar(value, pad))


def _mapping(out: list[str], mapping: Mapping[str, object], lead: str, pad: str) -> None:
    for key, value in mapping.items():
        line = f"{lead}{quoted(key)}:"
        lead = pad
        if len(key) > _LONGEST_KEY:
            out.append(f"{line.removesuffix(f'{quoted(key)}:')}? {quoted(key)}")
            line = f"{pad}:"
        if isinstance(value, Mapping) and value:
            out.append(line)
            _mapping(out, value, f"{pad}  ", f"{pad}  ")
        elif isinstance(value, (list, tuple)) and value:
            out.append(line)
            _node(out, value, pad, pad)
        else:
            out.append(f"{line} {_scalar(value, pad + '  ')}")


def _scalar(value: object, pad: str) -> str:
    if isinstance(value, str):
        return _text(value, pad) if "\n" in value else quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(value)
    return "[]" if isinstance(value, (list, tuple)) else "{}"


def _float(value: float) -> str:
    text = repr(value)
    if "n" in text:  # nan, inf
        return text.replace("inf", ".inf").replace("nan", ".nan")
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}.0{e}{exponent}" if e and "." not in mantissa else text


def _text(text: str, pad: str) -> str:
    """Several lines: a literal block where that is faithful, else one line with escapes."""
    lines = text.removesuffix("\n").split("\n")
    if not lines[0].strip() or lines[0][0].isspace() or not lines[-1] or not _readable(lines):
        return quoted(text)
    body = "\n".join(pad + line if line else "" for line in lines)
    return f"{'|' if text.endswith(chr(10)) else '|-'}\n{body}"


def _readable(lines: list[str]) -> bool:
    return all(
        not line or (line.replace("\t", "").isprintable() and not line.isspace()) for line in lines
    )
