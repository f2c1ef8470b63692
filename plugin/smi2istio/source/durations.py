"""Durations as Go writes them: ``1h30m``, ``250ms``.

Source: https://pkg.go.dev/time#ParseDuration
"""

import re

from smi2istio.catalog import osm as catalog
from smi2istio.diagnostics import Refusal
from smi2istio.fields import Fields

_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_PART = r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)"


def seconds(text: str) -> float | None:
    """The length of a duration; None for what is none."""
    if text == "0":
        return 0.0
    if not re.fullmatch(rf"(?:{_PART})+", text, re.ASCII):
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, text))


def duration(fields: Fields, key: str) -> str:
    """Read a duration; "" where it is absent or 0, which both leave the default.

    Raises:
        Refusal: S2I102, S2I418.
    """
    text = fields.text(key)
    length = seconds(text) if text else 0.0
    if length is None:
        raise Refusal(catalog.bad_duration(fields.at(key), text))
    return text if length else ""
