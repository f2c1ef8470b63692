"""Policies → PeerAuthentications: one for the mesh, for a namespace, for the same pods.

A target without ports becomes the mode of its pods, one with ports the mode of these ports
while the others inherit, as they did.  What several Policies ask of the same pods is one
object, because Istio honours the oldest only.

Source: the specification, §9; reference/legacy-and-neighbours.md §1.3, §1.6, §1.7;
reference/istio-verified.md (j).
"""

from collections.abc import Iterator, Mapping, Sequence

from smi2istio.assemble.legacy import selected
from smi2istio.assemble.legacy.levels import Levels
from smi2istio.assemble.legacy.newer import About, switched_off
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.emit import Emission
from smi2istio.istio import security
from smi2istio.istio.standing import PEER_AUTHENTICATION, PERMISSIVE
from smi2istio.legacy import Authentication
from smi2istio.source.core import Service

DISABLE = "DISABLE"


def assemble(levels: Levels, context: Context) -> Iterator[Emission | Diagnostic]:
    """Build them all; pods that cannot be kept apart yield an error."""
    for one in levels.wide():
        namespace = one.namespace or context.options.root
        off = switched_off(context, PEER_AUTHENTICATION, About(namespace, {}), one.where)
        yield off or _object("default", {}, [one], context, {})
        yield from () if off else _plaintext([one])
    for namespace in levels.targeted():
        done: set[str] = set()
        for service in selected.selectable(context, namespace):
            if service.name in done or not levels.of(service):
                continue
            try:
                pods = _same_pods(service, levels, context)
                done |= {one.name for one in pods}
                yield from _of_pods(pods, levels, context)
            except Refusal as refusal:
                yield refusal.diagnostic


def _same_pods(service: Service, levels: Levels, context: Context) -> list[Service]:
    """The Services with Policies that have the pods of *service*.

    Raises:
        Refusal: S2I609.
    """
    found = [service]
    for other, relation in selected.near(context, service):
        if not levels.of(other):
            continue
        if relation == selected.PARTLY:
            place = Where(other.document, "spec.selector")
            raise Refusal(catalog.selectors_overlap(place, service.name, other.name))
        found.append(other)
    return found


def _of_pods(
    pods: Sequence[Service], levels: Levels, context: Context
) -> Iterator[Emission | Diagnostic]:
    first = pods[0]
    asked = [one for service in pods for one in levels.of(service)]
    if selected.is_gateway(context, first):
        for one in asked:
            if one.policy.mode:
                yield catalog.peers_of_a_gateway(one.where, first.name)
        return
    if first.namespace == context.options.root:
        raise Refusal(catalog.in_root_namespace(asked[0].where, first.namespace))
    about = About(first.namespace, first.selector)
    off = switched_off(context, PEER_AUTHENTICATION, about, asked[0].where)
    if off:
        yield off
        return
    ports = _modes(pods, levels, context)
    name = object_name(asked[0], first, pods, levels)
    yield _object(name, first.selector, asked, context, ports)
    yield from _plaintext(asked)


def object_name(
    one: Authentication, service: Service, pods: Sequence[Service], levels: Levels
) -> str:
    """The name of the first Policy; with that of the Service if it has targets elsewhere."""
    here = sum(other.document is one.document for each in pods for other in levels.of(each))
    name = one.document.name
    return name if here == len(one.policy.targets) else f"{name}-{service.name}"


def _modes(pods: Sequence[Service], levels: Levels, context: Context) -> Mapping[int, str]:
    """Workload port → mode; nothing where one mode is that of all ports.

    Raises:
        Refusal: S2I603, S2I608.
    """
    asked = [one for service in pods for one in levels.of(service)]
    whole = all(any(not one.ports for one in levels.of(service)) for service in pods)
    others = [one for one, _ in selected.near(context, pods[0]) if not levels.of(one)]
    if whole and not others and len({one.policy.demand for one in asked}) == 1:
        return {}
    found: dict[int, Authentication] = {}
    inherited: set[int] = set()
    for service in (*pods, *others):
        for port in selected.tcp_ports(service):
            number = selected.target(context, service, port)
            one = levels.in_force(service, port.number)
            if one is None or one.service is None:
                inherited.add(number)
            if one is not None:
                known = found.setdefault(number, one)
                if known.policy.demand != one.policy.demand:
                    raise Refusal(_contradiction(number, known, one))
    named = {port: one.policy.mode for port, one in found.items() if one.service}
    if whole and inherited <= named.keys() and len(set(named.values())) == 1:
        return {}
    return named


def _contradiction(port: int, one: Authentication, other: Authentication) -> Diagnostic:
    if one.service is None:
        one, other = other, one
    return catalog.contradiction(one.where, str(port), str(Where(other.document)))


def _object(
    name: str,
    labels: Mapping[str, str],
    asked: Sequence[Authentication],
    context: Context,
    ports: Mapping[int, str],
) -> Emission:
    first = asked[0]
    written = {port: _mode(mode, context) for port, mode in ports.items()}
    mode = "" if written else _mode(first.policy.mode, context)
    namespace = first.document.namespace if first.namespace else context.options.root
    body = security.peer_authentication(name, namespace, labels, written, mode)
    sources = tuple(dict.fromkeys(one.document for one in asked))
    return Emission(body, first.document, sources, first.document)


def _mode(mode: str, context: Context) -> str:
    return PERMISSIVE if context.options.dry_run else mode or DISABLE


def _plaintext(asked: Sequence[Authentication]) -> Iterator[Diagnostic]:
    for document in dict.fromkeys(one.document for one in asked if not one.policy.mode):
        yield catalog.plaintext_only(Where(document, "spec.peers"))
