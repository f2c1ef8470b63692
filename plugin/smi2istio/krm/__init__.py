"""KRM functions: a ResourceList comes in, a ResourceList goes out.

Hosts keep their books in annotations of the items and in the order of the bytes, so an
item that nobody translates leaves as the bytes it came in.

Source: the KRM Functions Specification; reference/krm-hosts.md §1 to §3.
"""

from smi2istio.krm.annotations import booked, unbooked
from smi2istio.krm.changes import changes
from smi2istio.krm.resource_list import ResourceList, read
from smi2istio.krm.results import result

__all__ = ["ResourceList", "booked", "changes", "read", "result", "unbooked"]
