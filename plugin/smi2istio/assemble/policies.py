"""Grants → one AuthorizationPolicy for each TrafficTarget (and an EnvoyFilter where needed).

ALLOW policies add up in Istio as targets do in SMI, so each target keeps its own policy;
but which ports its rules have depends on the other targets of its destination.

Source: the specification, §6; reference/osm-semantics.md §0 (what OSM lets through).
"""

from collections.abc import Generator, Iterator, Sequence
from itertools import pairwise

from smi2istio.assemble.hosts import HostRule, by_host
from smi2istio.assemble.ports import Share, left_without_port, shares
from smi2istio.assemble.requirements import Requirement, Requirements
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal
from smi2istio.emit import Edited, Emission
from smi2istio.exposure import Ports
from smi2istio.grants import Grant
from smi2istio.intake import contradictions
from smi2istio.istio import bridge, security
from smi2istio.istio.bridge import RequestRule
from smi2istio.kinds import ACCESS
from smi2istio.protocols import Misread
from smi2istio.records import Record
from smi2istio.workloads import Pods, pods


class _Rule(Record):
    """A rule, and what an EnvoyFilter has to compute for it."""

    body: dict[str, object]
    bridges: tuple[RequestRule, ...] = ()


class Place(Record):
    """A destination: all of its targets, and its pods."""

    grants: Sequence[Grant]
    pods: Sequence[Pods]

    def is_intricate(self, context: Context) -> bool:
        """Whether more may be to say than of each target alone."""
        namespace = self.grants[0].destination.partition("/")[0]
        plain = all(service.is_plain for service in context.bundle.services(namespace))
        return len(self.grants) > 1 or not self.grants[0].sources or not plain


def assemble(
    grants: Sequence[Grant],
    misread: Sequence[Misread],
    context: Context,
    requirements: Requirements,
) -> Generator[Emission | Edited | Diagnostic, None, list[Place]]:
    """Build the policies of all destinations, in the order of the grants, and return these.

    A destination that cannot be translated yields its error.
    """
    places: list[Place] = []
    if context.mesh.permissive and not context.options.dry_run:
        yield from _not_in_force(context)
        return places
    destinations: dict[str, list[Grant]] = {}
    for grant in grants:
        destinations.setdefault(grant.destination, []).append(grant)
    for namespace in sorted({name.partition("/")[0] for name in destinations}):
        read = [one.document for one in context.bundle.services(namespace)]
        read += [one.document for one in context.bundle.workloads(namespace)]
        yield from contradictions(read)
    for together in destinations.values():
        try:
            places.append((yield from _destination(together, context, requirements)))
        except Refusal as refusal:
            yield refusal.diagnostic
    intricate = any(place.is_intricate(context) for place in places)
    if requirements.losses or requirements.long or misread or intricate:
        from smi2istio.assemble import witnesses  # noqa: PLC0415 - most targets stand alone

        yield from witnesses.told(places, misread, context, requirements)
    return places


def _destination(
    grants: Sequence[Grant], context: Context, requirements: Requirements
) -> Generator[Emission | Edited | Diagnostic, None, Place]:
    for match in (match for grant in grants for match in grant.matches):
        requirements.of(match)
    yield from requirements.take_diagnostics()
    place = Place(grants, (yield from _pods(grants, context)))
    ports = [one.ports for one in place.pods]
    for grant in grants:
        built = (_Policy(grant, one, requirements, context).build(grants) for one in place.pods)
        found = [one for policy in built for one in policy]
        yield from found
        if not found and grant.sources and not grant.filtered_out and _has_no_port(ports, grant):
            kind = "an HTTP" if grant.has_http else "a TCP"
            yield catalog.no_port_at_all(grant.where, grant.destination, kind)
        else:
            yield from left_without_port(grant, grants, ports, context)
    return place


def _has_no_port(ports: Sequence[Ports], grant: Grant) -> bool:
    """Whether Services open no port on any of the pods that a target could be about."""
    return all(one.known and not (one.http if grant.has_http else one.tcp) for one in ports)


def _not_in_force(context: Context) -> Iterator[Diagnostic]:
    """All targets of a permissive mesh, which go away without a policy."""
    targets = context.bundle.of_kind(ACCESS, "TrafficTarget")
    config = context.mesh.config
    if targets:
        names = (f"{context.bundle.namespace_of(target)}/{target.name}" for target in targets)
        place = config.mode_where if config else context.options.where.at("mode")
        yield catalog.not_in_force(place, tuple(sorted(names)))


def _pods(
    grants: Sequence[Grant], context: Context
) -> Generator[Edited | Diagnostic, None, list[Pods]]:
    named = any(
        name.lower() == "host" for grant in grants for match in grant.matches
        for name, _ in match.headers
    )  # fmt: skip
    first, found = grants[0], []
    for one in pods(context, first.destination, first.destination_where, by_host=named):
        if isinstance(one, Pods):
            found.append(one)
        else:
            yield one
    return found


class _Policy(Record):
    """The policy of one target for some of the pods of its destination."""

    grant: Grant
    pods: Pods
    requirements: Requirements
    context: Context

    def build(self, together: Sequence[Grant]) -> Iterator[Emission | Diagnostic]:
        """The policy, and the EnvoyFilter that it needs, if any.

        Args:
            together: all targets of the destination.
        """
        divided, said = shares(self.grant, together, self.pods.ports, self.context)
        yield from said
        rules: list[_Rule] = []
        for share in divided:
            for one in self._rules(share):
                if isinstance(one, Diagnostic):
                    yield one
                elif one not in rules:
                    rules.append(one)
        if rules or not self.context.options.source_mesh.denies_by_default:
            yield from self._objects(rules)

    def _objects(self, rules: Sequence[_Rule]) -> Iterator[Emission | Diagnostic]:
        document, labels = self.grant.document, self.pods.labels
        name, namespace = f"{document.name}{self.pods.suffix}", self._namespace()
        sources = (document, *self.grant.routes)
        policy = security.authorization_policy(name, namespace, labels, [one.body for one in rules])
        yield Emission(policy, document, sources, document)
        bridges = sorted({bridge for one in rules for bridge in one.bridges})
        for one, other in pairwise(bridges):
            if one.key == other.key:
                yield catalog.same_key(self.grant.where, other.pattern, other.key)
        if bridges:
            extra = bridge.envoy_filter(name, namespace, labels, bridges)
            yield Emission(extra, document, sources, document)

    def _namespace(self) -> str:
        """That of the pods, because a selector sees no others; left out where the target did."""
        namespace = self.grant.destination.partition("/")[0]
        return self.grant.document.namespace if namespace == self.grant.namespace else namespace

    def _rules(self, share: Share) -> Iterator[_Rule | Diagnostic]:
        """The rules for some sources: HTTP first, then the ports of TCP."""
        trust_domain = self.context.options.trust_domain
        principals = sorted(security.principal(trust_domain, one) for one in share.sources)
        if share.http is None or share.http:
            yield from self._http(principals, share.http)
        if share.tcp:
            operation = security.operation((), (), (), share.tcp)
            yield _Rule(security.rule(principals, [operation], []))

    def _http(
        self, principals: Sequence[str], ports: frozenset[int] | None
    ) -> Iterator[_Rule | Diagnostic]:
        """Matches without conditions together, each other one alone."""
        wanted = [self.requirements.of(match) for match in self.grant.matches]
        alive = [one for one in wanted if not one.dead]
        plain = [one for one in alive if not one.conditions and not one.host]
        if plain:
            operations = [_operation(one, HostRule((), ports)) for one in plain]
            unique = [one for at, one in enumerate(operations) if one not in operations[:at]]
            yield _Rule(security.rule(principals, unique, []))
        for one in alive:
            if one.host:
                for way in by_host(one, ports, self.pods, self.requirements, self.context):
                    yield way if isinstance(way, Diagnostic) else _alone(one, principals, way)
                yield from self.requirements.take_diagnostics()
            elif one.conditions:
                yield _alone(one, principals, HostRule((), ports))


def _alone(requirement: Requirement, principals: Sequence[str], way: HostRule) -> _Rule:
    conditions, bridges = list(requirement.conditions), requirement.bridges
    if way.rule:
        conditions.append(bridge.condition(way.rule))
        bridges = (*bridges, way.rule)
    operation = _operation(requirement, way)
    return _Rule(security.rule(principals, [operation] if operation else [], conditions), bridges)


def _operation(requirement: Requirement, way: HostRule) -> dict[str, object]:
    """The operation of a match; it always has, or its conditions have, an HTTP field.

    A rule without one would be a rule about connections and would open TCP ports.
    """
    is_http = way.hosts or requirement.methods or requirement.paths or requirement.reads_headers
    methods = requirement.methods if is_http else ("*",)
    return security.operation(way.hosts, methods, requirement.paths, way.ports or ())
