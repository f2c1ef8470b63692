"""TrafficTargets as the source mesh reads them: sources, ports and routes, nothing combined.

Source: reference/osm-semantics.md §0 to §3, osm-verified.md §2; smi-spec, traffic-access
and traffic-specs; the specification, §3 and §6.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from smi2istio.access.setting import Setting, is_never_a_member
from smi2istio.bundle import Bundle
from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.kinds import ACCESS, SPECS
from smi2istio.source import access, specs
from smi2istio.source.specs import HTTPMatch
from smi2istio.source_mesh import EVERYTHING, UNION, VOID

#: Nobody can be called otherwise, so nobody has access by another name.
_ACCOUNT_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
_NOBODY = "/"
_ACCOUNT, _GROUP, _TCP = "ServiceAccount", "HTTPRouteGroup", "TCPRoute"
_RULES = (_GROUP, _TCP)
_PREVIOUS = "internal.config.kubernetes.io/previousNamespaces"


class InForce(NamedTuple):
    """One TrafficTarget that is in force.

    Attributes:
        sources: accounts that the server lets in, whatever kind the document says; without
            a namespace it is nobody's.
        callers: those of them that the mesh lets call at all.
        everybody: the document lists no source, which to the server means any.
        ports: of its TCPRoutes; none for any.
        only: the only port it is about; 0 for no such limit.
        broken: a TCPRoute is missing, so OSM leaves the target out of the network filter.
        routes: its HTTP matches, in order.
        tcp: it has a TCPRoute.
        http: it has an HTTPRouteGroup.
        everything: it has no rules, which the mesh takes for any.
    """

    document: Document
    sources: frozenset[str]
    callers: frozenset[str]
    everybody: bool
    ports: frozenset[int]
    only: int
    broken: bool
    routes: tuple[HTTPMatch, ...]
    tcp: bool
    http: bool
    everything: bool

    @property
    def where(self) -> Where:
        return Where(self.document)

    def admits(self, source: str) -> bool:
        return self.everybody or source in self.sources

    def reaches(self, port: int) -> bool:
        """Whether the target says something about a port."""
        return self.only in (0, port)

    def connects(self, port: int) -> bool:
        """Whether its sources may connect to a port."""
        return self.reaches(port) and not self.broken and (not self.ports or port in self.ports)


def targets(setting: Setting) -> dict[str, list[InForce]]:
    """The targets in force, by the account (``namespace/name``) of their destination.

    Raises:
        Refusal: a document cannot be read.
    """
    found: dict[str, list[InForce]] = {}
    bundle = setting.bundle
    for document in bundle.of_kind(ACCESS, "TrafficTarget"):
        parsed = bundle.parsed(document, access.traffic_target)
        if _in_force(document, parsed, setting):
            name, namespace = parsed.destination.name, parsed.destination.namespace
            account = bundle.account(name, namespace or bundle.namespace_of(document), document)
            found.setdefault("/".join(account), []).append(_target(document, parsed, setting))
    return found


def _in_force(document: Document, target: access.TrafficTarget, setting: Setting) -> bool:
    mesh, bundle = setting.bundle.options.source_mesh, setting.bundle
    namespace = bundle.namespace_of(document)
    wanted = target.destination.namespace or (namespace if mesh.destination_defaults else "")
    if not wanted or not (target.rules or mesh.without_rules == EVERYTHING):
        return False
    former = document.annotations.get(_PREVIOUS, "").split(",")
    void = (
        (mesh.members_only and namespace not in setting.members)
        or not (mesh.across_namespaces or wanted in (namespace, *former))
        or (mesh.kinds_count and target.destination.kind != _ACCOUNT)
        or (mesh.incomplete == VOID and any(rule.kind not in _RULES for rule in target.rules))
    )
    return not void


def _can_call(source: access.Subject, setting: Setting) -> bool:
    """Whether a source has sidecars; a namespace that the input does not show may be a member."""
    namespace = source.namespace
    known = namespace in setting.bundle.namespaces or is_never_a_member(setting.bundle, namespace)
    outside = known and namespace not in setting.members
    return not (setting.bundle.options.source_mesh.members_only and outside)


def _target(document: Document, target: access.TrafficTarget, setting: Setting) -> InForce:
    bundle = setting.bundle
    accounts = [one for one in target.sources if one.kind == _ACCOUNT and _can_call(one, setting)]
    sources, callers = (
        frozenset("/".join(bundle.account(one.name, one.namespace, document)) for one in some)
        for some in (target.sources, accounts)
    )
    mesh = bundle.options.source_mesh
    if mesh.kinds_count:
        sources = callers
    valid = frozenset(filter(_ACCOUNT_NAME.fullmatch, sources))
    # A route is open to all only where nobody is listed, not where those listed are nobody.
    sources = valid or frozenset((_NOBODY,) if sources else ())
    namespace = bundle.namespace_of(document)
    tcp = [rule for rule in target.rules if rule.kind == _TCP]
    found = [bundle.find(SPECS, _TCP, rule.name, namespace) for rule in tcp]
    listed = [bundle.parsed(one, specs.port_route).ports for one in found if one is not None]
    any_port = mesh.tcp_ports != UNION and () in listed
    return InForce(
        document,
        sources,
        callers=callers if target.destination.kind == _ACCOUNT else frozenset(),
        everybody=not (mesh.kinds_count or target.sources),
        ports=frozenset(() if any_port else (port for ports in listed for port in ports)),
        only=target.port,
        broken=None in found,
        routes=tuple(_routes(target, bundle, namespace)),
        tcp=bool(tcp),
        http=any(rule.kind == _GROUP for rule in target.rules),
        everything=not target.rules,
    )


def _routes(target: access.TrafficTarget, bundle: Bundle, namespace: str) -> Iterator[HTTPMatch]:
    mesh = bundle.options.source_mesh
    for rule in target.rules:
        if rule.kind != _GROUP and mesh.kinds_count:
            continue
        document = bundle.find(SPECS, _GROUP, rule.name, namespace)
        if document is None:
            continue
        group = bundle.parsed(document, specs.http_route_group)
        if not rule.matches and mesh.all_without_matches:
            yield from group.matches
        yield from (one for name in rule.matches if (one := group.named(name)) is not None)
