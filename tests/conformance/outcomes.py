"""What became of a request.

An outcome is allowed or not and nothing else: whatever goes wrong for another reason is a
``RigError``, because a broken rig must never look like a refusal.
"""

from typing import NamedTuple


class RigError(Exception):
    """The rig failed; nothing is known about the mesh."""


class Outcome(NamedTuple):
    """What one proxy did: reached the upstream or not, and how it said so."""

    allowed: bool
    how: str


class Answers(NamedTuple):
    """What one side did with the requests of a mesh.

    Attributes:
        outcomes: for each request one for each order in which OSM may have put its routes.
        refused: why Envoy refused a pod's configuration, or a part of it.
    """

    outcomes: tuple[tuple[Outcome, ...], ...]
    refused: dict[str, str]
