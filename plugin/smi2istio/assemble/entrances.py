"""Entrances → policies for traffic from outside, and one PeerAuthentication for the same pods.

Istio honours the oldest PeerAuthentication of those that select a pod, so ports of one
selector are joined, and selectors that share a pod are refused.

Source: reference/istio-target.md §3, istio-verified.md (b) and (j).
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Witness
from smi2istio.emit import Emission
from smi2istio.entrances import Entrance
from smi2istio.istio import security, standing
from smi2istio.istio.standing import PEER_AUTHENTICATION, PERMISSIVE, SECURITY
from smi2istio.lenient import mapping
from smi2istio.source.core import selects
from smi2istio.yielded import Yielded

_Group = Sequence[Entrance]


def assemble(yielded: Yielded, context: Context) -> Iterator[Emission | Diagnostic]:
    """Build the policies of all entrances, whatever the order of their documents."""
    entrances = sorted(yielded.of(Entrance), key=_document)
    yield from _opened_again(entrances)
    yield from _identities_of_others(entrances, context)
    documents: dict[int, list[Entrance]] = {}
    for one in entrances:
        documents.setdefault(one.document.position, []).append(one)
    names: dict[tuple[int, str], str] = {}
    for position, together in documents.items():
        groups = _by_pods(together)
        for group in groups:
            suffix = f"-{group[0].service}" if len(groups) > 1 else ""
            name = f"{group[0].document.name}{suffix}"
            names.update({(position, one.service): name for one in group})
            yield from _policy(name, group, context)
    open_ports = _by_pods([one for one in entrances if one.plaintext])
    yield from _conflicts(open_ports, yielded.of(Emission), context)
    for group in open_ports:
        first = group[0]
        ports = {one.port: PERMISSIVE for one in group}
        name = names[first.document.position, first.service]
        body = security.peer_authentication(name, first.document.namespace, first.labels, ports)
        yield Emission(body, first.document, tuple(one.document for one in group), first.document)


def _document(one: Entrance) -> tuple[str, str]:
    return one.namespace, one.document.name


def _opened_again(entrances: _Group) -> Iterator[Diagnostic]:
    """Ports that two documents open, of which OSM served one."""
    first: dict[tuple[str, str, int], Entrance] = {}
    for one in entrances:
        other = first.setdefault((one.namespace, one.service, one.port), one)
        if other.document is not one.document:
            yield catalog.opened_again(one.where, other.document.name, one.service, one.port)


def _identities_of_others(entrances: _Group, context: Context) -> Iterator[Diagnostic]:
    """Ports of a Service that ask for other identities than the first: OSM asked for those of it.

    The first is that of the Service's ports.  Of several documents, or Services, nobody knows
    which came first.
    """
    together: dict[tuple[int, str], list[Entrance]] = {}
    for one in entrances:
        together.setdefault((one.document.position, one.service), []).append(one)
    for group in together.values():
        first = min(group, key=lambda one: _place(one, context))
        for other in group:
            if first.identities != other.identities:
                word = catalog.identity_asked if other.identities else catalog.identity_not_asked
                yield word(other.where, first.port, Witness("", port=other.port))


def _place(entrance: Entrance, context: Context) -> int:
    """Where a port stands among those of the Service; behind all where it has no number."""
    service = context.bundle.service(entrance.service, entrance.namespace)
    targets = [port.target for port in service.ports] if service else []
    return targets.index(entrance.port) if entrance.port in targets else len(targets)


def _by_pods(entrances: _Group) -> list[list[Entrance]]:
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[Entrance]] = {}
    for one in entrances:
        found.setdefault((one.namespace, tuple(sorted(one.labels.items()))), []).append(one)
    return list(found.values())


def _policy(name: str, group: _Group, context: Context) -> Iterator[Emission]:
    """ALLOW beside the policies of the targets; DENY where nothing else denies."""
    permissive = context.mesh.permissive and not context.options.dry_run
    first = group[0]
    rules = [rule for one in group if (rule := _rule(one, permissive=permissive))]
    if rules:
        body = security.authorization_policy(
            name, first.document.namespace, first.labels, rules, "DENY" if permissive else "ALLOW"
        )
        yield Emission(body, first.document, (first.document,), first.document)


def _rule(entrance: Entrance, *, permissive: bool) -> Mapping[str, object] | None:
    sources = entrance.sources
    if permissive:
        if not (entrance.plaintext and entrance.ranges):
            return None
        sources = ({"notPrincipals": ["*"], "notIpBlocks": list(entrance.ranges)},)
    operation = {"ports": [str(entrance.port)]}
    return {"from": [{"source": one} for one in sources], "to": [{"operation": operation}]}


def _conflicts(
    groups: Sequence[_Group], emitted: Sequence[Emission], context: Context
) -> Iterator[Diagnostic]:
    """Two selectors that one pod has: ours, the user's, or those of modes of single pods."""
    for one, other in combinations(groups, 2):
        if one[0].namespace == other[0].namespace and _share(one[0].labels, other[0], context):
            where = other[0].where
            yield catalog.pods_shared(where, f"IngressBackend {one[0].document.name}")
    there = [
        (one, standing.selector(one))
        for one in context.bundle.of_kind(SECURITY, PEER_AUTHENTICATION)
    ]
    for emission in emitted:
        if emission.body["kind"] == PEER_AUTHENTICATION:
            chosen = mapping(mapping(emission.body["spec"]).get("selector"))
            there.append((emission.at, mapping(chosen.get("matchLabels"))))
    for document, selector in there:
        labels = {key: str(value) for key, value in selector.items()}
        for group in groups:
            here = context.bundle.namespace_of(document) == group[0].namespace
            if here and labels and _share(labels, group[0], context):
                yield catalog.pods_shared(group[0].where, f"{document.kind} {document.name}")


def _share(labels: Mapping[str, str], entrance: Entrance, context: Context) -> bool:
    """Whether a pod has the labels of both; where none is in the input, equal labels tell."""
    workloads = context.bundle.workloads(entrance.namespace)
    both = {**labels, **entrance.labels}
    if not workloads:
        return selects(labels, both) and selects(entrance.labels, both)
    return any(
        selects(labels, one.labels) and selects(entrance.labels, one.labels) for one in workloads
    )
