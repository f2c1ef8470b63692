"""Services as the legacy documents see them: the pods behind each, and the pods' own ports.

An object of today's Istio is about pods, one of the old Istio about a Service; so it has to
be known which Services have the same pods.

Source: the specification, §9; reference/legacy-and-neighbours.md §1.2, §1.7.
"""

from collections.abc import Iterator, Mapping

from smi2istio.bundle import Bundle
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Refusal, Where
from smi2istio.source.core import Service, ServicePort, Workload, selects

SAME, PARTLY = "same", "partly"


class _Namespace:
    """The Services of a namespace that have pods, by what selects them, and what has them.

    Attributes:
        services: sorted by name.
        workloads: name of a Service → what makes its pods, as far as the input shows it.
    """

    def __init__(self, context: Context, name: str) -> None:
        self.services = [
            one for one in context.bundle.services(name) if one.selector and not one.external
        ]
        pods = context.bundle.workloads(name)
        self.workloads = {
            service.name: [one for one in pods if selects(service.selector, one.labels)]
            for service in self.services
        }
        self._sharing: dict[int, list[Service]] = {}
        self._bare: list[Service] = []
        self._near: dict[str, list[tuple[Service, str]]] = {}
        for service in self.services:
            for one in self.workloads[service.name]:
                self._sharing.setdefault(one.document.position, []).append(service)
            if not self.workloads[service.name]:
                self._bare.append(service)

    def near(self, service: Service) -> list[tuple[Service, str]]:
        if service.name not in self._near:
            found = {one.name: one for one in self._candidates(service)}
            found.pop(service.name, None)
            related = [(found[name], self._relation(service, found[name])) for name in found]
            self._near[service.name] = sorted(
                ((one, relation) for one, relation in related if relation),
                key=lambda pair: pair[0].name,
            )
        return self._near[service.name]

    def _candidates(self, service: Service) -> Iterator[Service]:
        own = self.workloads.get(service.name, ())
        for one in own:
            yield from self._sharing[one.document.position]
        yield from self._bare if own else self.services

    def _relation(self, one: Service, other: Service) -> str:
        if one.selector == other.selector:
            return SAME
        here, there = (
            {pods.document.position for pods in self.workloads.get(which.name, ())}
            for which in (one, other)
        )
        if here and there:
            return SAME if here == there else PARTLY if here & there else ""
        return PARTLY if compatible(one.selector, other.selector) else ""


def _namespaces(_: Bundle) -> dict[str, _Namespace]:
    """What has been looked at."""
    return {}


def _of(context: Context, namespace: str) -> _Namespace:
    known = context.bundle.once(_namespaces)
    if namespace not in known:
        known[namespace] = _Namespace(context, namespace)
    return known[namespace]


def selectable(context: Context, namespace: str) -> list[Service]:
    """The Services of a namespace that have pods, sorted by name."""
    return _of(context, namespace).services


def namespaces(context: Context) -> list[str]:
    """Those that have Services in the input, sorted."""
    services = context.bundle.of_kind("", "Service")
    return sorted({context.bundle.namespace_of(one) for one in services})


def workloads(context: Context, service: Service) -> list[Workload]:
    """What makes the pods behind a Service, as far as the input shows it."""
    return _of(context, service.namespace).workloads.get(service.name, [])


def near(context: Context, service: Service) -> list[tuple[Service, str]]:
    """The other Services that have some of its pods, and whether it is the same ones or a part.

    Where the input does not show the pods, labels that do not exclude each other may meet.
    """
    return _of(context, service.namespace).near(service)


def compatible(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether a pod could have both."""
    return all(other.get(key, value) == value for key, value in one.items())


def is_gateway(context: Context, service: Service) -> bool:
    pods = [one.labels for one in workloads(context, service)]
    return any("gateway" in labels.get("istio", "") for labels in (service.selector, *pods))


def tcp_ports(service: Service) -> list[ServicePort]:
    """The ports that a sidecar has listeners for."""
    return [port for port in service.ports if port.protocol == "TCP"]


def target(context: Context, service: Service, port: ServicePort) -> int:
    """The workload port behind a Service's port.

    Raises:
        Refusal: S2I603 if the name of the port does not stand for one number.
    """
    if isinstance(port.target, int):
        return port.target
    numbers = {one.ports.get(port.target) for one in workloads(context, service)} - {None}
    if len(numbers) != 1:
        place = Where(service.document, f"spec.ports[{port.place}].targetPort")
        many = "more than one number" if numbers else "no number"
        why = f"{port.target!r} is {many} in the workloads of the input"
        raise Refusal(catalog.unusable_service(place, service.name, why))
    return next(number for number in numbers if number)


def targets(context: Context, service: Service) -> frozenset[int]:
    """All workload ports behind a Service.

    Raises:
        Refusal: S2I603.
    """
    return frozenset(target(context, service, port) for port in tcp_ports(service))
