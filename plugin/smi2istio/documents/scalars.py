"""Plain scalars: what Kubernetes reads in them, and which strings may be written plainly.

Only true and false are booleans, 0644 is octal, 1e3 is a number, 12:30 and dates are
strings.  PyYAML's own rules are those of YAML 1.1, which turn `on` into true and a
name like 12345e7 from a string into a number on its way through Go.  What is written
must be understood by all of them, so a string that any of them could misread is quoted.

Source: go-yaml v3, resolve.go; YAML 1.1, the types bool, int, float, null, merge,
timestamp and value.
"""

import re
from functools import lru_cache

_WORDS: dict[str, object] = {"": None, "~": None}
_WORDS |= dict.fromkeys(("null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)
_WORDS |= dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf"))
_WORDS |= dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf"))
_WORDS |= dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan"))

#: Words that some reader takes for something else than a string, in any mixture of case.
_RESERVED = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "=", "<<", "")
)
#: Numbers in any notation (base 60 too) and dates; compiled when something looks like one.
_NUMERIC = (
    r"[-+]?[.0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]*)?|[-+]?0[xXoObB][0-9a-fA-F_]*"
    r"|[-+]?[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9].*|[-+]?\.(?i:inf|nan)"
)
#: Indicators at the start, ": " and " #" inside, a colon or blank at the end.
_INDICATED = re.compile(r"""[#,\[\]{}&*!|>'"%@` ]|[-?:](?: |$)|---|\.\.\.|.*(?:: | #|[: ]$)""")
_UNESCAPED = r"[^ !#-\[\]-~]"  # all that may not stand in double quotes as it is
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


@lru_cache(maxsize=4096)  # the same few keys and names again and again
def plain(text: str) -> object:
    """The value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    return _number(text) if text[0] in "+-.0123456789" else text


def _number(text: str) -> object:
    digits = text if text[0] == "." else text.replace("_", "")
    whole = _whole(digits)
    if whole is not None:
        return whole
    if not digits.isascii() or "_" in digits or digits[-1] not in ".0123456789":
        return text  # Python takes more for numbers, such as nan
    try:
        number = float(digits)
    except ValueError:
        return text
    return text if abs(number) == float("inf") else number


def _whole(digits: str) -> int | None:
    """An integer as Go's ParseInt and ParseUint read it with base 0; at most 64 bits."""
    if not digits.isascii() or len(digits) > len("-0b") + 64:
        return None
    try:
        number = int(digits, 0)
    except ValueError:
        if digits.lstrip("+-")[:1] != "0":
            return None
        try:
            number = int(digits, 8)
        except ValueError:
            return None
    unsigned = digits[0] not in "+-"
    return number if -(2**63) <= number < 2 ** (64 if unsigned else 63) else None


@lru_cache(maxsize=4096)
def quoted(text: str) -> str:
    """*text* on one line so that every reader takes it for this string."""
    if not text.isprintable():
        return double_quoted(text)
    if (
        text.lower() in _RESERVED
        or _INDICATED.match(text)
        or text.isdecimal()
        or (text.lstrip("+-")[:1] in ".0123456789" and re.fullmatch(_NUMERIC, text))
    ):
        return "'" + text.replace("'", "''") + "'"
    return text


def double_quoted(text: str) -> str:
    """*text* with escapes that JSON knows as well."""
    return '"' + re.sub(_UNESCAPED, _escape, text) + '"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four digits
