"""The schemas of ``schemas/``: looked up by kind, minor or version.

Only mistakes bring the program here: the acceptor knows the valid documents by heart,
so nothing below is imported or read by a run that goes well.

A wheel carries the folder inside the package; an editable install and a bare checkout
have it beside ``plugin/``.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Schema = Mapping[str, Any]


@cache
def folder() -> Path:
    packaged = Path(__file__).parents[1] / "schemas"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "schemas"


@cache
def minors() -> tuple[str, ...]:
    """Istio's minors that have a set of their own, oldest first."""
    return tuple(sorted((path.name for path in (folder() / "istio").iterdir()), key=_number))


def newer(minor: str) -> tuple[str, ...]:
    """The minors after *minor*, oldest first."""
    return tuple(other for other in minors() if _number(other) > _number(minor))


def since(kind: str, minor: str) -> tuple[str, ...]:
    """*minor*, and the newer ones in which the schema of *kind* changed, oldest first."""
    return minor, *(one for one in newer(minor) if _file(kind, one).is_file())


@cache
def istio(kind: str, minor: str) -> Schema:
    """The schema of *kind* in *minor*.

    A file that a set lacks is as in the next older one; a minor newer than all sets is
    taken for the newest.

    Raises:
        LookupError: no minor up to this one has the kind.
    """
    for older in reversed(minors()):
        path = _file(kind, older)
        if _number(older) <= _number(minor) and path.is_file():
            return _read(path)
    raise LookupError(f"no schema of {kind} for Istio {minor}")


@cache
def source(kind: str, version: str) -> Schema:
    """The schema of a kind of SMI or OSM; {} where it is not known."""
    for mesh in ("smi", "osm"):
        path = folder() / mesh / version / f"{kind}.json"
        if path.is_file():
            return _read(path)
    return {}


def known_fields(kind: str, version: str, path: str) -> tuple[str, ...]:
    """The names of the fields that may stand at *path* of an SMI or OSM document.

        >>> known_fields("TrafficSplit", "v1alpha2", "spec.backends[0]")
        ('service', 'weight')

    Source: the CRDs that OSM 1.2 and the SMI SDK published.
    """
    return tuple(sorted(inner(source(kind, version), path).get("properties", {})))


def inner(schema: Schema, path: str) -> Schema:
    """The part of *schema* that describes *path*, as in ``spec.rules[0].from``; {} if none."""
    for step in path.replace("]", "").replace("[", ".").split("."):
        if step.isdecimal():
            schema = schema.get("items", {})
        elif step:
            schema = schema.get("properties", {}).get(step) or schema.get(
                "additionalProperties", {}
            )
    return schema


def _file(kind: str, minor: str) -> Path:
    return folder() / "istio" / minor / f"{kind}.json"


def _read(path: Path) -> Schema:
    schema: Schema = json.loads(path.read_text(encoding="utf-8"))
    return schema


def _number(minor: str) -> int:
    return int(minor.partition(".")[2])
