"""What documents of Istio before 1.6 ask for, before it is known what the others ask.

Modern Istio honours one PeerAuthentication for a pod, and adds up what RequestAuthentications
and AuthorizationPolicies say; so nothing can be emitted without the sight of everything that
concerns the same pods.
"""

from typing import TYPE_CHECKING, NamedTuple

from smi2istio.diagnostics import Where
from smi2istio.documents import Document

if TYPE_CHECKING:  # the parsers are imported when there is such a document
    from smi2istio.source import authentication, core, rbac


class Authentication(NamedTuple):
    """One target of a Policy, or a whole namespace, or the mesh.

    Attributes:
        namespace: "" for the mesh.
        service: the target; None for everything.
        ports: numbers of the Service's ports; none for all.
    """

    document: Document
    policy: "authentication.Policy"
    namespace: str
    service: "core.Service | None"
    ports: frozenset[int]
    where: Where


class RoleGrant(NamedTuple):
    """A ServiceRoleBinding and the ServiceRole that it names, in one namespace."""

    document: Document
    binding: "rbac.Binding"
    role_document: Document
    role: "rbac.ServiceRole"
    namespace: str


class Switch(NamedTuple):
    """The RBAC configuration in force."""

    config: "rbac.RbacConfig"


Legacy = Authentication | RoleGrant | Switch
