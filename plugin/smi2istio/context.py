"""What a translator may look at: the input, the configuration, and the mesh as it was."""

from smi2istio.bundle import Bundle
from smi2istio.decisions import Decision
from smi2istio.membership import Mesh
from smi2istio.options import Options
from smi2istio.records import Record


class Context(Record):
    """All of it; *used* is where the decisions go that something needed."""

    bundle: Bundle
    options: Options
    mesh: Mesh
    used: set[Decision]
