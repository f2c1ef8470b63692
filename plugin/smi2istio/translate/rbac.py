"""ServiceRole and ServiceRoleBinding → what is granted to whom; the configuration → where.

Source: the specification, §9; reference/legacy-and-neighbours.md §2.1 to §2.3.
"""

from collections.abc import Iterator

from smi2istio.bundle import Bundle
from smi2istio.catalog import legacy as catalog
from smi2istio.catalog import reading
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.kinds import RBAC
from smi2istio.legacy import RoleGrant, Switch
from smi2istio.source import rbac

_ROLE, _BINDING, _CLUSTER = "ServiceRole", "ServiceRoleBinding", "ClusterRbacConfig"
_DEFAULT = "default"


def service_role(document: Document, context: Context) -> Iterator[Fields | Diagnostic]:
    """Read a role for its mistakes, and see who has it.

    Raises:
        Refusal: S2I102, S2I105, S2I601.
    """
    role = context.bundle.parsed(document, rbac.service_role)
    yield role.fields
    for rule in role.rules:
        if rule.operations.keys() & {"paths", "notPaths"}:
            yield catalog.paths_without_query(Where(document))
            break
    if document not in context.bundle.once(_bound):
        yield catalog.grants_nothing(Where(document), "no binding names this role")


def service_role_binding(
    document: Document, context: Context
) -> Iterator[RoleGrant | Fields | Diagnostic]:
    """Read a binding, and find its role.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I601.
    """
    binding = context.bundle.parsed(document, rbac.binding)
    yield binding.fields
    namespace = context.bundle.namespace_of(document)
    place = Where(document, "spec.roleRef")
    if not binding.role:
        yield catalog.grants_nothing(place, "only the role that roleRef names was looked at")
        return
    role = context.bundle.find(RBAC, _ROLE, binding.role, namespace)
    if role is None:
        why = f"no {_ROLE} {binding.role!r} in this namespace"
        yield catalog.grants_nothing(place, why)
        return
    parsed = context.bundle.parsed(role, rbac.service_role)
    yield RoleGrant(document, binding, role, parsed, namespace)


def rbac_config(document: Document, context: Context) -> Iterator[Switch | Fields | Diagnostic]:
    """Read a ClusterRbacConfig, or the RbacConfig that it took the place of.

    Raises:
        Refusal: S2I102, S2I106, S2I601.
    """
    config = context.bundle.parsed(document, rbac.rbac_config)
    yield config.fields
    clusters = context.bundle.of_kind(RBAC, _CLUSTER)
    alike = [one for one in context.bundle.of_kind(RBAC, document.kind) if one.name == _DEFAULT]
    if document.name != _DEFAULT:
        yield catalog.config_ignored(Where(document), "only one named 'default' was looked at")
    elif document.kind != _CLUSTER and any(one.name == _DEFAULT for one in clusters):
        yield catalog.config_ignored(Where(document), f"the {_CLUSTER} was looked at instead")
    elif document in alike[1:]:
        yield reading.defined_twice(Where(document), str(Where(alike[0])), str(Where(document)))
    else:
        yield Switch(config)


def _bound(bundle: Bundle) -> frozenset[Document]:
    """The roles that a binding names."""
    found = set()
    for document in bundle.of_kind(RBAC, _BINDING):
        reference = Fields.of(document).mapping("spec").mapping("roleRef")
        namespace = bundle.namespace_of(document)
        found.add(bundle.find(RBAC, _ROLE, reference.text("name"), namespace))
    return frozenset(one for one in found if one is not None)
