"""What documents of Istio before 1.6 ask for, before it is known what the others ask.

Modern Istio honours one PeerAuthentication for a pod, and adds up what RequestAuthentications
and AuthorizationPolicies say; so nothing can be emitted without the sight of everything that
concerns the same pods.
"""

from typing import Any

from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.records import Record
from smi2istio.source.core import Service

# The parsers of ``source.authentication`` and ``source.rbac`` are imported when there is such
# a document, so their models have no name here.
Model = Any


class Authentication(Record):
    """One target of a Policy, or a whole namespace, or the mesh.

    Attributes:
        policy: an ``authentication.Policy``.
        namespace: "" for the mesh.
        service: the target; None for everything.
        ports: numbers of the Service's ports; none for all.
    """

    document: Document
    policy: Model
    namespace: str
    service: Service | None
    ports: frozenset[int]
    where: Where


class RoleGrant(Record):
    """A ServiceRoleBinding and the ServiceRole that it names, in one namespace.

    Attributes:
        binding, role: an ``rbac.Binding`` and an ``rbac.ServiceRole``.
    """

    document: Document
    binding: Model
    role_document: Document
    role: Model
    namespace: str


class Switch(Record):
    """The RBAC configuration in force, an ``rbac.RbacConfig``."""

    config: Model


Legacy = Authentication | RoleGrant | Switch
