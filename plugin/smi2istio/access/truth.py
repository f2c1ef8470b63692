"""Three-valued logic: what is known, and what a request of ours does not tell."""

from collections.abc import Iterable

Truth = bool | None


def every(values: Iterable[Truth]) -> Truth:
    """False if one is, else unknown if one is."""
    found: Truth = True
    for value in values:
        if value is False:
            return False
        found = found and value
    return found


def some(values: Iterable[Truth]) -> Truth:
    """True if one is, else unknown if one is."""
    found: Truth = False
    for value in values:
        if value:
            return True
        found = None if value is None else found
    return found


def negation(value: Truth) -> Truth:
    return None if value is None else not value
