"""What a translator may look at: the input, the configuration, and the mesh as it was."""

from typing import NamedTuple

from smi2istio.bundle import Bundle
from smi2istio.decisions import Decision
from smi2istio.membership import Mesh
from smi2istio.options import Options


class Context(NamedTuple):
    """All of it; *used* is where the decisions go that something needed."""

    bundle: Bundle
    options: Options
    mesh: Mesh
    used: set[Decision]
