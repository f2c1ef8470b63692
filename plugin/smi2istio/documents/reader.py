"""One YAML document → Python values, and one sentence for whatever is wrong with it."""

from collections.abc import Callable

from smi2istio.documents.parsers import PARSER, Events
from smi2istio.documents.pyyaml import yaml
from smi2istio.documents.unreadable import Unreadable
from smi2istio.documents.values import Duplicate, Values

_RENDER = "if this is a template of Helm, render the chart first, as 'smi2istio generate' does"


def load(text: str | bytes, parser: Callable[[str | bytes], Events] = PARSER) -> object:
    """Read one document; None if there is none.

    Raises:
        Unreadable: with the place in *text*.
    """
    try:
        return _placed(text, parser)
    except Unreadable as error:
        braces = b"{{" in text if isinstance(text, bytes) else "{{" in text
        if braces and not error.earlier:
            raise error.hinted(_RENDER) from None
        raise


def _placed(text: str | bytes, parser: Callable[[str | bytes], Events]) -> object:
    try:
        return _read(text, parser)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise Unreadable(error.problem or error.context or "not YAML", line, column) from None
    except yaml.reader.ReaderError:
        raise _unprintable(text) from None


def _read(text: str | bytes, parser: Callable[[str | bytes], Events]) -> object:
    mark = text.find(b"\n\xef\xbb\xbf") if isinstance(text, bytes) else text.find("\n\ufeff")
    if mark >= 0:  # libyaml and PyYAML do not agree on it
        raise Unreadable(
            "a byte order mark inside a document", len(text[:mark].splitlines()) + 1, 1
        )
    try:
        return Values(parser(text)).read()
    except Duplicate:
        return Values(parser(text), lines={}).read()


def _unprintable(text: str | bytes) -> Unreadable:
    """What the parser refused before it looked at the YAML; its own place may be in bytes."""
    if isinstance(text, bytes):
        text = text.decode()
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    before = text[: found.start()] if found else ""
    code = f"U+{ord(found[0]):04X}" if found else "of an unknown kind"
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Unreadable(f"control character {code}", before.count("\n") + 1, column)
