"""Istio before 1.6: everything that its documents ask for → today's security documents.

    Policy, MeshPolicy     levels, peers; for origins: tokens, origins
    roles and bindings     role_services, role_rules, roles
    where RBAC was on      rbac_scope

All of them ask ``selected`` which Services share pods, and ``newer`` whether a document of today's
API had switched them off.

Source: the specification, §9; reference/legacy-and-neighbours.md §1 to §3.
"""

from collections.abc import Iterator

from smi2istio.assemble.legacy import origins, peers, rbac_scope, roles
from smi2istio.assemble.legacy.levels import Levels
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic
from smi2istio.emit import Addition, Emission
from smi2istio.legacy import Authentication, RoleGrant, Switch
from smi2istio.yielded import Yielded


def assemble(yielded: Yielded, context: Context) -> Iterator[Emission | Addition | Diagnostic]:
    """Build them all, in sight of all."""
    grants, switches = yielded.of(RoleGrant), yielded.of(Switch)
    levels = Levels(yielded.of(Authentication))
    yield from levels.contradictions()
    yield from peers.assemble(levels, context)
    yield from origins.assemble(levels, context)
    scope = rbac_scope.Scope(switches[0].config if switches else None, context)
    yield from rbac_scope.baseline(scope, grants)
    yield from roles.assemble(grants, roles.Roles(scope, levels, context))
