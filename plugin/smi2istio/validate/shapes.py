"""What a value of an emitted document may be: checks that combine into closed schemas.

A check says "certainly right" or nothing; booleans are no numbers.

Source: schemas/istio
"""

from collections.abc import Callable, Mapping
from typing import Any

from smi2istio.durations import MILLISECOND, nanoseconds
from smi2istio.validate.values import port_text, web_address

_LABEL_LENGTH = 63
_URL_LENGTH = 2048

Check = Callable[[object], bool]


def text(value: object) -> bool:
    return type(value) is str


def anything(value: object) -> bool:
    return type(value) is dict


def flag(value: object) -> bool:
    return type(value) is bool


def url(value: object) -> bool:
    return type(value) is str and len(value) <= _URL_LENGTH and web_address(value)


def int32(value: object) -> bool:
    return type(value) is int and -(2**31) <= value < 2**31


def uint32(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**32


def one_of(*words: str) -> Check:
    def check(value: object) -> bool:
        return type(value) is str and value in words

    return check


def each(inner: Check, most: int = 2**31) -> Check:
    def check(value: object) -> bool:
        return type(value) is list and len(value) <= most and all(map(inner, value))

    return check


def keyed(key: Check, inner: Check, most: int = 2**31) -> Check:
    """A mapping whose keys are the user's."""

    def check(value: object) -> bool:
        return (
            type(value) is dict
            and len(value) <= most
            and all(map(key, value))
            and all(map(inner, value.values()))
        )

    return check


def closed(fields: Mapping[str, Check], *required: str) -> Check:
    """A mapping that has no other keys than *fields*."""

    def check(value: object) -> bool:
        if type(value) is not dict:
            return False
        for key, inner in value.items():
            known = fields.get(key)
            if known is None or not known(inner):
                return False
        return all(key in value for key in required)

    return check


def selected_key(value: object) -> bool:
    return type(value) is str and value != "" and "*" not in value


def selected_value(value: object) -> bool:
    return type(value) is str and len(value) <= _LABEL_LENGTH and "*" not in value


def some_ports(inner: Check) -> Check:
    def check(value: object) -> bool:
        return value != {} and keyed(port_key, inner, 1000)(value)

    return check


def labelled(value: object) -> bool:
    return value != {} and keyed(selected_key, selected_value, 256)(value)


def port_key(value: object) -> bool:
    return type(value) is str and port_text(value) and not value.startswith("0")


def duration(value: object) -> bool:
    return type(value) is str and (nanoseconds(value) or 0) >= MILLISECOND


def external(value: object) -> bool:
    return type(value) is str and value not in ("", "*")


def some_text(value: object) -> bool:
    return type(value) is str and 0 < len(value) <= 256  # noqa: PLR2004 - the least of all limits


def address(value: object) -> bool:
    return type(value) is str and len(value) <= 64  # noqa: PLR2004 - as the CRD has it


def percentage(value: object) -> bool:
    return type(value) is int and 0 <= value <= 100  # noqa: PLR2004 - it is what per cent means


def either(*checks: Check) -> Check:
    def check(value: object) -> bool:
        return any(one(value) for one in checks)

    return check


def some(inner: Check, most: int = 256) -> Check:
    def check(value: object) -> bool:
        return value != [] and each(inner, most)(value)

    return check


def unlike(inner: Check, *keys: str) -> Check:
    """A list whose elements differ in each of *keys*, which they all have."""

    def check(value: Any) -> bool:
        return inner(value) and all(len({one[key] for one in value}) == len(value) for key in keys)

    return check
