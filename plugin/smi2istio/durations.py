"""Durations as Go writes them: ``1h30m``, ``250ms``.

Source: https://pkg.go.dev/time#ParseDuration
"""

import re

_PART = r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
_LONGEST = 4_000  # characters; Python reads no number of more than 4,300 digits
MILLISECOND = 1_000_000  # in nanoseconds
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": MILLISECOND,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}


def nanoseconds(duration: str) -> int | None:
    """The length of a duration; None for what Go refuses."""
    text = duration[1:] if duration.startswith(("-", "+")) else duration
    parts = re.findall(_PART, text) if len(text) < _LONGEST else []
    if text != "0" and (not parts or "".join(map("".join, parts)) != text):
        return None
    total = 0
    for number, unit in parts:
        whole, _, fraction = number.partition(".")
        size = _NANOSECONDS[unit]
        total += int(whole or 0) * size + int(fraction or 0) * size // 10 ** len(fraction)
    if total >= 2**63:
        return None
    return -total if duration.startswith("-") else total
