"""The `host` entry of a match: a regex about the authority, as hosts of Istio.

OSM routed to a Service by ten names, with and without its port, and refused every other
authority; so the regex is compared with those names, and the ones that it matches are
written exactly.

Source: the specification, §6.4; reference/osm-semantics.md §2.3 and §2.6.
"""

from collections.abc import Iterator

from smi2istio import split_services
from smi2istio.assemble.requirements import Requirement, Requirements
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic
from smi2istio.exposure import Exposed
from smi2istio.istio import bridge
from smi2istio.records import Record
from smi2istio.workloads import Pods


class HostRule(Record):
    """A way to write a host entry: authorities, or a bridged regex, for some of the ports.

    Attributes:
        ports: None where the open ports are not known.
    """

    hosts: tuple[str, ...]
    ports: frozenset[int] | None
    rule: bridge.RequestRule | None = None


def by_host(
    requirement: Requirement,
    ports: frozenset[int] | None,
    pods: Pods,
    requirements: Requirements,
    context: Context,
) -> Iterator[HostRule | Diagnostic]:
    """Split a rule with a host by the ports where different authorities are meant."""
    where = requirement.host_where
    fronts = {
        port: [one for one in pods.exposed if one.target == port and "http" in one.protocols]
        for port in sorted(ports or ())
    }
    headless = next((one.service for all_ in fronts.values() for one in all_ if one.per_pod), None)
    named = context.options.source_mesh.known_names and fronts and all(fronts.values())
    if headless and named:
        yield catalog.headless_host(where, headless.name)
    if headless or not named or requirements.host_is_decided(requirement):
        yield from _by_regex(requirement, ports, requirements)
        return
    grouped: dict[tuple[str, ...], set[int]] = {}
    for port, exposed in fronts.items():
        names = (name for one in exposed for name in authorities(one, context))
        matched = tuple(
            dict.fromkeys(name for name in names if requirements.host_matches(requirement, name))
        )
        if matched:
            grouped.setdefault(matched, set()).add(port)
    if not grouped:
        yield catalog.dead_host(where, requirement.host)
    for hosts, at in grouped.items():
        yield HostRule(hosts, frozenset(at))


def _by_regex(
    requirement: Requirement, ports: frozenset[int] | None, requirements: Requirements
) -> Iterator[HostRule]:
    decision = requirements.host(requirement)
    if decision.bridge:
        rule = bridge.request_rule(
            ":authority", requirement.host, decision.bridge.pattern, decision.bridge.member
        )
        yield HostRule((), ports, rule)
    elif decision.outcome in ("anything", "patterns"):
        yield HostRule(decision.values[0] if decision.values else (), ports)


def authorities(exposed: Exposed, context: Context) -> Iterator[str]:
    """The names by which OSM routed to the port, of the Service and of split roots over it."""
    service = exposed.service
    roots = (
        root
        for root, backends in split_services.roots(context, service.namespace)
        if service.name in backends
    )
    for name in dict.fromkeys((service.name, *roots)):
        long = f"{name}.{service.namespace}"
        for form in (name, long, f"{long}.svc", f"{long}.svc.cluster", f"{long}.svc.cluster.local"):
            yield form
            yield f"{form}:{exposed.port.number}"
