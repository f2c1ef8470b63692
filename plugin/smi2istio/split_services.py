"""The Services that a TrafficSplit names, found in the input where it holds them.

Names are written in half a dozen spellings, some of which OSM misread, and may be from
before kustomize renamed the Services.

Source: reference/osm-semantics.md §4.3 and §4.6, osm-verified.md §3.
"""

from collections.abc import Generator, Iterator, Sequence

from smi2istio import controllers
from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.kinds import SPLIT
from smi2istio.records import Record
from smi2istio.source import split
from smi2istio.source.core import Service, ServicePort, selects


class Target(Record):
    """A Service: by the name it has in the output, and as it is, if the input holds it.

    Attributes:
        spelt: the name as the split has it.
    """

    name: str
    host: str
    service: Service | None
    spelt: split.ServiceName
    where: Where

    def port(self, number: int) -> ServicePort | None:
        """Its TCP port of that number; UDP never passes a sidecar."""
        ports = self.service.ports if self.service else ()
        return next((one for one in ports if (one.number, one.protocol) == (number, "TCP")), None)


class Share(Record):
    """A backend; *port* is where it gets the traffic, 0 for the root's."""

    target: Target
    weight: int
    port: int = 0


def root(
    source: split.TrafficSplit, context: Context, namespace: str
) -> Generator[Diagnostic, None, Target]:
    """The Service that callers use.

    Raises:
        Refusal: S2I205, S2I208.
    """
    target = _root(source, context, namespace)
    if target.spelt.cluster:
        yield catalog.cluster_without_domain(target.where, source.service, target.host)
    if target.service is None:
        homeless = context.bundle.is_homeless(target.name)
        yield catalog.root_unknown(target.where, target.name, homeless=homeless)
    elif _idle(target.service, context):
        yield catalog.idle_root(target.where, target.name)
    return target


def shares(
    source: split.TrafficSplit, context: Context, namespace: str
) -> Generator[Diagnostic, None, tuple[Share, ...]]:
    """The backends with their weights, in the order of the document.

    Raises:
        Refusal: S2I205, S2I208.
    """
    found = []
    for backend in source.backends:
        target = _target(backend.service, backend.where, context, namespace)
        if target.spelt.namespace:
            yield catalog.long_backend(target.where, backend.service, target.name)
        found.append(Share(target, backend.weight, backend.port))
    return tuple(found)


def unserved(root: Target, shares: Sequence[Share], context: Context) -> Iterator[Diagnostic]:
    """Backends whose share OSM gave to the others; if none is served, all pods are elsewhere."""
    targets = [share.target for share in shares if share.weight]
    without = {
        port.number: [one for one in targets if _is_unserved(one, port.number, context)]
        for port in (root.service.ports if root.service else ())
    }
    for target in targets:
        ports = tuple(
            number
            for number, those in without.items()
            if target in those and len(those) < len(targets)
        )
        if ports:
            yield catalog.backend_unserved(target.where, target.name, ports)


def roots(context: Context, namespace: str) -> Iterator[tuple[str, frozenset[str]]]:
    """The root of each split of a namespace, and its backends; broken splits are left out."""
    for document in context.bundle.of_kind(SPLIT, "TrafficSplit"):
        if context.bundle.namespace_of(document) != namespace:
            continue
        try:
            source = context.bundle.parsed(document, split.traffic_split)
            target = _root(source, context, namespace)
            backends = [
                _target(backend.service, backend.where, context, namespace).name
                for backend in source.backends
            ]
        except Refusal:
            continue  # its own translation says why
        yield target.name, frozenset(backends)


def controller(document: Document, target: Target, context: Context) -> str:
    """Who routes this root at run time: "Canary website"; "" for nobody."""
    if owner := controllers.owner(document):
        return owner
    namespace = context.bundle.namespace_of(document)
    for canary in controllers.canaries(context.bundle):
        same = context.bundle.namespace_of(canary.document) == namespace
        if same and canary.apex in (target.name, document.name):
            return f"Canary {canary.document.name}"
    return ""


def _root(source: split.TrafficSplit, context: Context, namespace: str) -> Target:
    text = source.service.partition(":")[0]  # every mesh cut a port off
    return _target(text, source.where, context, namespace)


def _target(text: str, where: Where, context: Context, namespace: str) -> Target:
    spelt = split.service_name(text, context.options.cluster_domain)
    if spelt is None:
        raise Refusal(catalog.not_in_namespace(where, text, namespace))
    written = spelt.namespace or namespace
    service = context.bundle.service(spelt.name, written, where.document)
    if namespace != (service.namespace if service else written):
        raise Refusal(catalog.not_in_namespace(where, text, namespace))
    if service and service.external:
        raise Refusal(catalog.external_name(where, service.name))
    name = service.name if service else spelt.name
    return Target(name, context.options.host(name, namespace), service, spelt, where)


def _idle(service: Service, context: Context) -> bool:
    """Whether the source mesh did not route to this root, because no pods are behind it."""
    if not context.options.source_mesh.split_needs_pods or context.mesh.permissive:
        return False
    workloads = context.bundle.workloads(service.namespace)
    selected = any(service.selector.items() <= one.labels.items() for one in workloads)
    return not service.selector or (bool(workloads) and not selected)


def _is_unserved(target: Target, number: int, context: Context) -> bool:
    """Whether OSM left a backend out, because no pod serves its port of that number.

    That is not known where the input has no workload in the namespace, nor where somebody
    else keeps the endpoints.

    Source: OSM 1.2.4 ``k8s.GetTargetPortForServicePort``, which asks the Endpoints.
    """
    service, port = target.service, target.port(number)
    if not (context.options.source_mesh.split_needs_pods and service and port):
        return False
    if not service.selector or not context.bundle.workloads(service.namespace):
        return False
    described = [
        dict(one.labels) for one in context.options.workloads if one.namespace == service.namespace
    ]
    serving = [
        one.labels
        for one in context.bundle.selectable(service.namespace)
        if isinstance(port.target, int) or port.target in one.ports
    ]
    return not any(selects(service.selector, labels) for labels in (*described, *serving))
