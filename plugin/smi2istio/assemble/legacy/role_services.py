"""The Services that the rules of a role are about, their pods and their ports.

Names are compared as Istio 1.4 compared them: with the full name of each Service of the
role's namespace, letter for letter or by one star at an end.

Source: istio 1.4.9 pilot/pkg/security/authz/model/{permission,util}.go;
reference/legacy-and-neighbours.md §2.4, §2.5.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import NamedTuple

from smi2istio.assemble.legacy import selected
from smi2istio.assemble.legacy.role_rules import LABEL
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.istio.patterns import accepts
from smi2istio.legacy import RoleGrant
from smi2istio.source.core import Service
from smi2istio.source.rbac import Rule


class Hit(NamedTuple):
    """A rule, a Service that it is about, and there the pods' labels and ports."""

    rule: Rule
    service: Service
    labels: Mapping[str, str]
    ports: frozenset[int]


def hits(grant: RoleGrant, context: Context) -> Generator[Diagnostic, None, list[Hit]]:
    """All of a role; a rule that is about nothing is said to be so.

    Raises:
        Refusal: S2I603, S2I630, S2I632.
    """
    services = context.bundle.services(grant.namespace)
    every: list[Hit] = []
    for rule in grant.role.rules:
        named = _named(rule, services, context)
        found = [hit for service in named for hit in _of_service(rule, service, context)]
        if not found:
            yield catalog.grants_nothing(rule.where, "its constraints fit no pod or port")
        every += found
    return every


def _named(rule: Rule, services: Sequence[Service], context: Context) -> list[Service]:
    """The Services that the rule names.

    Raises:
        Refusal: S2I603, S2I630.
    """
    where = rule.where.at("services")
    for entry in rule.services or ("*",):
        fitting = [one for one in services if _fits(entry, _full_name(one, context))]
        if not fitting:
            short = entry.partition(".")[0]
            near = next((_full_name(one, context) for one in services if one.name == short), "")
            raise Refusal(catalog.no_such_service(where, entry, near))
        bare = [one for one in fitting if one.external or not one.selector]
        if bare and "*" not in entry:
            raise Refusal(catalog.unusable_service(where, bare[0].name, "it selects no pods"))
    entries = rule.services or ("*",)
    return [
        one for one in services
        if one.selector and not one.external
        and any(_fits(entry, _full_name(one, context)) for entry in entries)
    ]  # fmt: skip


def _full_name(service: Service, context: Context) -> str:
    return context.options.host(service.name, service.namespace)


def _fits(pattern: str, text: str) -> bool:
    return accepts("header", pattern, text)


def _of_service(rule: Rule, service: Service, context: Context) -> Iterator[Hit]:
    constraints = rule.constraints
    names = constraints.get("destination.name", (service.name,))
    namespaces = constraints.get("destination.namespace", (service.namespace,))
    if service.namespace not in namespaces or not any(_fits(one, service.name) for one in names):
        return
    if not _of_account(rule, service, context):
        return
    ports = _ports(rule, selected.targets(context, service))
    if ports:
        for labels in _labels(rule, service):
            yield Hit(rule, service, labels, ports)


def _ports(rule: Rule, exposed: frozenset[int]) -> frozenset[int]:
    """The workload ports that the rule leaves of those behind the Service."""
    wanted = rule.constraints.get("destination.port", ())
    found = exposed - set(rule.not_ports)
    if rule.ports:
        found &= frozenset(rule.ports)
    return frozenset(port for port in found if not wanted or str(port) in wanted)


def _of_account(rule: Rule, service: Service, context: Context) -> bool:
    """Whether the pods run as one of the accounts that the rule asks for.

    Raises:
        Refusal: S2I632 if some do, or if the input does not show them.
    """
    wanted = rule.constraints.get("destination.user")
    if wanted is None:
        return True
    pods = selected.workloads(context, service)
    fitting = [one for one in pods if any(_fits(name, one.service_account) for name in wanted)]
    if not pods or 0 < len(fitting) < len(pods):
        why = f"not all pods of Service {service.name} are known to run as that account"
        raise Refusal(catalog.no_condition(_constraints(rule), "destination.user", why))
    return bool(fitting)


def _labels(rule: Rule, service: Service) -> Iterator[Mapping[str, str]]:
    """The Service's selector with the labels of the constraints, for each of their values."""
    found: list[Mapping[str, str]] = [service.selector]
    for key, values in rule.constraints.items():
        label = LABEL.fullmatch(key)
        if label is None:
            continue
        for value in values:
            if value.startswith("*") or value.endswith("*"):
                raise Refusal(
                    catalog.no_condition(_constraints(rule), key, "a selector has no star")
                )
        found = [
            {**labels, label[1]: value}
            for labels in found for value in values
            if labels.get(label[1], value) == value
        ]  # fmt: skip
    yield from found


def _constraints(rule: Rule) -> Where:
    return rule.where.at("constraints")
