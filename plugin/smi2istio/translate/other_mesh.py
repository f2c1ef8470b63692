"""Whether the documents were written for another mesh than the one that nobody named.

`sourceMesh` has a default, so who never heard of it gets OSM's meaning.  Where nothing in the
input is of OSM, the marks of other meshes and their names of Services tell.

Source: reference/legacy-and-neighbours.md §5.
"""

from collections.abc import Iterator

from smi2istio.catalog import neighbours as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.source_mesh import MESHES
from smi2istio.translate import neighbours


def check(context: Context) -> Iterator[Diagnostic]:
    """Name each mesh of which there is something; to be called where nothing is of OSM."""
    for mesh in MESHES.values():
        words = [word.encode() for word in (*mesh.domains, *mesh.host_suffixes)]
        if any(word in text for word in words for text in context.bundle.texts):
            place, found = next(neighbours.traces(mesh, context), (Where(), ""))
            if found:
                yield catalog.written_for_another_mesh(place, found, mesh.name)
