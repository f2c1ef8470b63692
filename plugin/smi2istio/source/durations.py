"""Durations among the fields of OSM's documents."""

from smi2istio.catalog import osm_config as catalog
from smi2istio.diagnostics import Refusal
from smi2istio.durations import nanoseconds
from smi2istio.fields import Fields


def duration(fields: Fields, key: str) -> str:
    """Read a duration; "" where it is absent or 0, which both leave the default.

    Raises:
        Refusal: S2I102, S2I418.
    """
    text = fields.text(key)
    length = nanoseconds(text) if text else 0
    if length is None or length < 0:
        raise Refusal(catalog.bad_duration(fields.at(key), text))
    return text if length else ""
