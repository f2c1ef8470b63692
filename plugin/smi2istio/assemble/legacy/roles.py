"""ServiceRole and ServiceRoleBinding → one AuthorizationPolicy for each binding and selector.

A role names Services, by full names and patterns, and counted on their ports only; so every
rule has the workload ports of the Services that it is about.

Source: the specification, §9; istio 1.4.9 pilot/pkg/security/authz; the evidence in
reference/legacy-and-neighbours.md §2.2, §2.4, §2.5.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from smi2istio.assemble.legacy import selected
from smi2istio.assemble.legacy.levels import Levels
from smi2istio.assemble.legacy.newer import About, switched_off
from smi2istio.assemble.legacy.rbac_scope import Scope
from smi2istio.assemble.legacy.role_rules import Caller, callers, rules
from smi2istio.assemble.legacy.role_services import Hit, hits
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where, Witness
from smi2istio.emit import Emission
from smi2istio.istio import security
from smi2istio.istio.standing import AUTHORIZATION_POLICY
from smi2istio.legacy import RoleGrant
from smi2istio.source.core import Service

_Labels = tuple[tuple[str, str], ...]


class Roles(NamedTuple):
    """What is known when the bindings are translated."""

    scope: Scope
    levels: Levels
    context: Context


def assemble(grants: Sequence[RoleGrant], roles: Roles) -> Iterator[Emission | Diagnostic]:
    """Build the policies of all bindings; one that cannot be translated yields its error."""
    for grant in grants:
        try:
            yield from _binding(grant, roles)
        except Refusal as refusal:
            yield refusal.diagnostic


def _binding(grant: RoleGrant, roles: Roles) -> Iterator[Emission | Diagnostic]:
    context = roles.context
    if roles.scope.off_in(grant.namespace):
        yield catalog.not_in_force(Where(grant.document), ())
        return
    found = yield from hits(grant, context)
    inside = [hit for hit in found if roles.scope.covers(hit.service)]
    outside = {hit.service.name for hit in found if not roles.scope.covers(hit.service)}
    if outside:
        names = tuple(f"{grant.namespace}/{name}" for name in sorted(outside))
        yield catalog.not_in_force(Where(grant.document), names)
    if inside and grant.namespace == context.options.root:
        raise Refusal(catalog.in_root_namespace(Where(grant.document), grant.namespace))
    yield from _shared_ports(inside, grant, roles)
    together: dict[_Labels, list[Hit]] = {}
    for hit in inside:
        together.setdefault(tuple(sorted(hit.labels.items())), []).append(hit)
    for labels, of_pods in together.items():
        name = grant.document.name
        if len(together) > 1:
            name = _name(name, of_pods, together)
        yield from _policy(name, dict(labels), of_pods, grant, roles)


def _name(name: str, of_pods: Sequence[Hit], together: dict[_Labels, list[Hit]]) -> str:
    """With the name of the Service, and the values of labels where that is not enough."""
    first = min(of_pods, key=lambda hit: hit.service.name)
    alike = [
        labels for labels, others in together.items()
        if min(hit.service.name for hit in others) == first.service.name
    ]  # fmt: skip
    extra = [
        value for key, value in sorted(first.labels.items()) if key not in first.service.selector
    ]
    return "-".join([name, first.service.name, *(extra if len(alike) > 1 else ())])


def _policy(
    name: str, labels: dict[str, str], found: Sequence[Hit], grant: RoleGrant, roles: Roles
) -> Iterator[Emission | Diagnostic]:
    where = Where(grant.document)
    context = roles.context
    off = switched_off(context, AUTHORIZATION_POLICY, About(grant.namespace, labels), where)
    if off:
        yield off
        return
    use_origin = _use_origin(found, grant, roles)
    who = yield from callers(grant.binding.subjects, use_origin=use_origin)
    built = list(_rules(found, grant, who))
    if not built:
        return
    body = security.authorization_policy(name, grant.document.namespace, labels, built)
    if grant.binding.dry_run or roles.scope.dry_run:
        body = security.dry_run(body)
    sources = (grant.document, grant.role_document)
    yield Emission(body, grant.document, sources, grant.document)


def _rules(
    found: Sequence[Hit], grant: RoleGrant, who: Sequence[Caller]
) -> Iterator[dict[str, object]]:
    """In the order of the role's rules; each with the ports of all Services of these pods."""
    for rule in grant.role.rules:
        ports = {port for hit in found if hit.rule is rule for port in hit.ports}
        if ports and who:
            yield from rules(rule, sorted(ports), who)


def _use_origin(found: Sequence[Hit], grant: RoleGrant, roles: Roles) -> bool:
    """Whether `request.auth.principal` is the token's, by the Policies in force at the Services.

    Raises:
        Refusal: S2I632 if they disagree.
    """
    asking = [one for one in grant.binding.subjects if "request.auth.principal" in one.properties]
    if not asking:
        return False
    answers = set()
    for hit in found:
        for port in hit.service.ports:
            one = roles.levels.in_force(hit.service, port.number)
            answers.add(bool(one and one.policy.origins and one.policy.use_origin))
    if len(answers) > 1:
        why = "the Policies of these Services bind it to peers and to origins"
        place = asking[0].where.at("properties")
        raise Refusal(catalog.no_condition(place, "request.auth.principal", why))
    return True in answers


def _shared_ports(found: Sequence[Hit], grant: RoleGrant, roles: Roles) -> Iterator[Diagnostic]:
    """S2I633 for ports that a Service without this role has as well."""
    context = roles.context
    granted = {hit.service.name for hit in found}
    for name, service in {hit.service.name: hit.service for hit in found}.items():
        ports = {port for hit in found if hit.service.name == name for port in hit.ports}
        for other, _ in selected.near(context, service):
            both = ports & _known_targets(context, other)
            if both and other.name not in granted and roles.scope.covers(other):
                witness = Witness("", "", port=min(both))
                yield catalog.shared_port(Where(grant.document), min(both), other.name, witness)


def _known_targets(context: Context, service: Service) -> frozenset[int]:
    try:
        return selected.targets(context, service)
    except Refusal:
        return frozenset()  # no pod of the input has a port of that name
