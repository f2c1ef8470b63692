"""Messages of Protocol Buffers, as Istio's early APIs stored them in YAML.

A field may have its JSON name or its proto name, and an enum may be written by number;
Istio before 1.6 read both.

Source: https://protobuf.dev/programming-guides/json/
"""

from re import sub

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal
from smi2istio.fields import Fields


def key(fields: Fields, name: str) -> str:
    """The spelling of *name* that stands there: ``jwksUri``, or else ``jwks_uri``."""
    snake = sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", name)
    return name if fields.has(name) or not fields.has(snake) else snake


def texts(fields: Fields, name: str) -> tuple[str, ...]:
    return fields.values(key(fields, name), str)


def flag(fields: Fields, name: str) -> bool:
    return fields.get(key(fields, name), bool) or False


def enum(fields: Fields, name: str, words: tuple[str, ...]) -> str:
    """One of *words*, which are in the order of their numbers; the first where absent.

    Raises:
        Refusal: S2I106.
    """
    spelt = key(fields, name)
    value = fields.raw(spelt)
    if value is None:
        return words[0]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(words):
        return words[value]
    if isinstance(value, str) and value in words:
        return value
    raise Refusal(reading.not_one_of(fields.at(spelt), str(value), words))
