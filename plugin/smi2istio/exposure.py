"""The ports that Services open on a workload, by what is spoken there.

Source: the specification, §6.3; reference/osm-semantics.md §2.6 and §7.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from smi2istio import protocols
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.decisions import WorkloadDecision
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.records import Record
from smi2istio.source.core import Service, ServicePort, Workload, selects, title


class Exposed(Record):
    """One port of a Service, where it opens one port of a workload."""

    service: Service
    port: ServicePort
    target: int
    protocols: tuple[str, ...]  # "http", "tcp"; both where Istio sniffs
    per_pod: bool  # OSM called each pod by its own name: a headless Service of a StatefulSet


class Ports(Record):
    """The workload ports that Services open, by what is spoken there.

    Attributes:
        known: at least one Service selects the workload; otherwise the lists say nothing.
    """

    http: frozenset[int] = frozenset()
    tcp: frozenset[int] = frozenset()
    known: bool = False


class Exposure(Record):
    """What stands in front of a workload, and what there is to say about it."""

    ports: Ports
    exposed: tuple[Exposed, ...]
    diagnostics: tuple[Diagnostic, ...]


class Behind(Record):
    """The pods behind Services, as far as those care.

    Attributes:
        ports: name → number of the containers' ports that have a name.
        title: as messages name them.
    """

    namespace: str
    labels: Mapping[str, str]
    title: str
    ports: Mapping[str, int] = MappingProxyType({})
    kind: str = ""

    @classmethod
    def of(cls, entry: WorkloadDecision) -> "Behind":
        """Those that an entry of the configuration describes."""
        account = f"{entry.namespace}/{entry.service_account}"
        return cls(entry.namespace, dict(entry.labels), f"the 'workloads' entry {account}")

    @classmethod
    def elsewhere(
        cls, context: Context, account: str, own: Sequence[Workload]
    ) -> Iterator["Behind"]:
        """Those of other accounts that only the configuration describes.

        Args:
            own: the pods of *account* (``namespace/name``) for which a selector is looked for.
        """
        namespace = account.partition("/")[0]
        entries = [one for one in context.options.workloads if one.namespace == namespace]
        shown = {one.account for one in context.bundle.workloads(namespace) if entries}
        for one in entries:
            if f"{namespace}/{one.service_account}" not in (account, *shown):
                if any(pair in one.labels for pods in own for pair in pods.labels.items()):
                    context.used.add(one)  # without it another selector may be the first
                yield cls.of(one)


def exposure(context: Context, workload: Workload) -> Exposure:
    """The Service ports that lead to a workload's pods; UDP and SCTP don't count."""
    name = title(workload)
    pods = Behind(workload.namespace, workload.labels, name, workload.ports, workload.kind)
    return of_pods(context, pods)


def of_pods(context: Context, pods: Behind) -> Exposure:
    """The same for pods that need not be in the input."""
    said: list[Diagnostic] = []
    services = [
        service
        for service in context.bundle.services(pods.namespace)
        if service.selector and selects(service.selector, pods.labels)
    ]
    leading = (one for one in services if not one.external)  # the others have no endpoints
    found = tuple(one for service in leading for one in _of_service(service, pods, context, said))
    http = {one.target for one in found if "http" in one.protocols}
    tcp = {one.target for one in found if "tcp" in one.protocols}
    for one in found:
        if _is_http_elsewhere(one, found):
            said.append(catalog.http_and_tcp(_where(one.service, one.port), one.target))
            tcp.discard(one.target)
    return Exposure(Ports(frozenset(http), frozenset(tcp), bool(services)), found, tuple(said))


def listed(decisions: Iterable[WorkloadDecision]) -> Ports:
    """The ports that the configuration lists, which are not known if it lists none.

    What is listed as both is HTTP, because TCP would open it to whatever is sent.
    """
    ports = [port for one in decisions for port in one.ports]
    http = frozenset(number for number, spoken in ports if spoken == "http")
    tcp = frozenset(number for number, spoken in ports if spoken == "tcp")
    return Ports(http, tcp - http, known=bool(ports))


def listed_for(context: Context, workload: Workload) -> Ports:
    """The ports that are listed for the labels of a workload, not for others of its account."""
    entries = [
        one
        for one in context.options.described(workload.account)
        if one.ports and selects(dict(one.labels), workload.labels)
    ]
    context.used.update(entries)
    return listed(entries)


def _is_http_elsewhere(one: Exposed, found: Iterable[Exposed]) -> bool:
    """Whether a port that takes TCP here speaks HTTP, or something else too, there."""
    return "tcp" in one.protocols and any(
        other.target == one.target
        and "http" in other.protocols
        and other.protocols != one.protocols
        for other in found
    )


def _of_service(
    service: Service, pods: Behind, context: Context, said: list[Diagnostic]
) -> Iterator[Exposed]:
    osm = context.options.source_mesh.osm_protocols
    for port in service.ports:
        where, spoken = _where(service, port), _protocols(port, osm=osm)
        if not spoken:
            continue
        target = port.target if isinstance(port.target, int) else pods.ports.get(port.target)
        if target is None:
            place = where.at("targetPort")
            said.append(catalog.no_such_target(place, str(port.target), pods.title))
            continue
        per_pod = service.headless and pods.kind == "StatefulSet"
        yield Exposed(service, port, target, spoken, per_pod)


def _protocols(port: ServicePort, *, osm: bool) -> tuple[str, ...]:
    if osm:
        spoken = protocols.osm(port)
        return (spoken,) if spoken else ()
    if port.protocol != "TCP":
        return ()
    return {"http": ("http",), "tcp": ("tcp",), "": ("http", "tcp")}[protocols.istio(port)]


def _where(service: Service, port: ServicePort) -> Where:
    return Where(service.document, f"spec.ports[{port.place}]")
