"""What all policies of OSM have in common: they were read in members of the mesh only.

Source: osm v1.2.4, pkg/policy/client.go; reference/osm-semantics.md §6.
"""

from collections.abc import Generator

from smi2istio.catalog import osm_policies as catalog
from smi2istio.catalog import reading
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document


def namespace_of(document: Document, context: Context) -> str:
    """The namespace of a policy.

    Raises:
        Refusal: S2I113.
    """
    namespace = context.bundle.namespace_of(document)
    if not namespace:
        raise Refusal(reading.no_namespace(Where(document)))
    return namespace


def in_force(document: Document, context: Context) -> Generator[Diagnostic, None, bool]:
    """Whether OSM read a policy, after saying why it did not.

    Raises:
        Refusal: S2I113.
    """
    namespace = namespace_of(document, context)
    if namespace in context.mesh.members:
        return True
    yield catalog.policy_outside(Where(document), namespace)
    return False
