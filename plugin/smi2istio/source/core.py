"""Services and workloads: what access and splits need to know of the objects that stay.

Source: Kubernetes API, core/v1 and apps/v1; reference/osm-semantics.md §2.6 and §7.
"""

from collections.abc import Iterator, Mapping
from typing import TypeGuard

from smi2istio import names
from smi2istio.documents import Document
from smi2istio.lenient import items, mapping, spec_of
from smi2istio.records import Record


class ServicePort(Record):
    """A port of a Service.

    Attributes:
        target: number or name of the container's port.
        protocol: TCP, UDP or SCTP.
        place: its index in ``spec.ports``.
    """

    name: str
    number: int
    target: int | str
    protocol: str
    app_protocol: str
    place: int


class Service(Record):
    name: str
    namespace: str
    selector: Mapping[str, str]
    ports: tuple[ServicePort, ...]
    headless: bool
    external: bool
    document: Document

    @property
    def is_plain(self) -> bool:
        """Whether each port leads to a number of its own."""
        targets = {port.target for port in self.ports if isinstance(port.target, int)}
        return len(targets) == len(self.ports) and not self.external


class Workload(Record):
    """Something that makes pods: a Deployment, a CronJob, a Pod itself.

    Attributes:
        labels, annotations: the pods'.
        selector: ``spec.selector.matchLabels``; empty where the kind has none.
        ports: name → number of the containers' TCP ports that have a name.
        declared: the numbers of all containers' ports.
        template: path of the pod template in the document: ("spec", "template").
    """

    kind: str
    name: str
    namespace: str
    service_account: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    selector: Mapping[str, str]
    ports: Mapping[str, int]
    declared: frozenset[int]
    host_network: bool
    template: tuple[str, ...]
    document: Document

    @property
    def account(self) -> str:
        return f"{self.namespace}/{self.service_account}"


def selects(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels.get(key) == value for key, value in selector.items())


def title(workload: Workload) -> str:
    """The workload as messages name it: "Deployment shop/web"."""
    home = f"{workload.namespace}/" if workload.namespace else ""
    return f"{workload.kind} {home}{workload.name}"


def service(document: Document, namespace: str) -> Service:
    """Read a Service; *namespace* is the one it is in effect in."""
    spec = spec_of(document)
    return Service(
        document.name,
        namespace,
        _texts(spec.get("selector")),
        tuple(_ports(spec.get("ports"))),
        headless=spec.get("clusterIP") == "None",
        external=spec.get("type") == "ExternalName",
        document=document,
    )


def workload(document: Document, namespace: str) -> Workload | None:
    """Read whatever makes pods; None for what does not."""
    template = _template(document)
    if template is None:
        return None
    pod: object = document.body
    for step in template:
        pod = mapping(pod).get(step)
    metadata = mapping(mapping(pod).get("metadata"))
    spec = mapping(mapping(pod).get("spec"))
    account = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    owner_spec = spec_of(document)
    return Workload(
        document.kind,
        document.name,
        namespace,
        str(account),
        _texts(metadata.get("labels")),
        _texts(metadata.get("annotations")),
        _selector(document, owner_spec),
        _named(spec),
        frozenset(_declared(spec)),
        host_network=spec.get("hostNetwork") is True,
        template=template,
        document=document,
    )


def container_names(workload: Workload) -> frozenset[str]:
    """What its pods' containers are called, those that run first included."""
    pod: object = workload.document.body
    for step in (*workload.template, "spec"):
        pod = mapping(pod).get(step)
    found = (
        one for key in ("containers", "initContainers") for one in items(mapping(pod).get(key))
    )
    return frozenset(str(mapping(one).get("name")) for one in found)


def machine(entry: Document, namespace: str) -> Workload:
    """Read a WorkloadEntry of Istio: a machine that policies select as they select pods."""
    spec = spec_of(entry)
    account = str(spec.get("serviceAccount") or "default")
    labels = _texts(spec.get("labels"))
    return Workload(
        entry.kind, entry.name, namespace, account, labels, {}, {}, {}, frozenset(),
        host_network=False, template=(), document=entry,
    )  # fmt: skip


def _template(document: Document) -> tuple[str, ...] | None:
    if document.kind == "Pod" and not document.group:
        return ()
    spec = spec_of(document)
    for path in (("template",), ("jobTemplate", "spec", "template")):
        found: object = spec
        for step in (*path, "spec"):
            found = mapping(found).get(step)
        if isinstance(mapping(found).get("containers"), list):
            return ("spec", *path)
    return None


def _selector(document: Document, spec: Mapping[str, object]) -> Mapping[str, str]:
    selector = mapping(spec.get("selector"))
    if document.kind == "ReplicationController":
        return _texts(selector)
    return _texts(selector.get("matchLabels"))


def _declared(pod_spec: Mapping[str, object]) -> Iterator[int]:
    for key in ("containers", "initContainers"):
        for container in items(pod_spec.get(key)):
            yield from (number for _, number, _ in _container_ports(container))


def _named(pod_spec: Mapping[str, object]) -> Mapping[str, int]:
    """What a TCP port of a Service finds by name: the first, and none of what ends at the start.

    Source: k8s.io/endpointslice v0.36.3, utils.go (findPort).
    """
    found: dict[str, int] = {}
    starting = items(pod_spec.get("initContainers"))
    staying = (one for one in starting if mapping(one).get("restartPolicy") == "Always")
    for container in (*items(pod_spec.get("containers")), *staying):
        for name, number, protocol in _container_ports(container):
            if name and protocol == "TCP":
                found.setdefault(name, number)
    return found


def _container_ports(container: object) -> Iterator[tuple[str, int, str]]:
    for port in items(mapping(container).get("ports")):
        number = mapping(port).get("containerPort")
        if isinstance(number, int):
            name, protocol = mapping(port).get("name"), mapping(port).get("protocol")
            yield str(name or ""), number, str(protocol or "TCP")


def _ports(ports: object) -> Iterator[ServicePort]:
    for index, value in enumerate(items(ports)):
        port = mapping(value)
        number = port.get("port")
        if not _is_number(number):
            continue
        target = port.get("targetPort")
        if isinstance(target, str) and (digits := names.number(target)) is not None:
            target = digits
        yield ServicePort(
            str(port.get("name") or ""),
            number,
            target if isinstance(target, (int, str)) and target else number,
            str(port.get("protocol") or "TCP").upper(),
            str(port.get("appProtocol") or ""),
            index,
        )


def unreadable_ports(service: Service) -> Iterator[tuple[str, object]]:
    """The place and value of each port that is no number; such a port counts as absent."""
    for index, port in enumerate(items(spec_of(service.document).get("ports"))):
        number = mapping(port).get("port")
        if not _is_number(number):
            yield f"spec.ports[{index}].port", number


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(value: object) -> Mapping[str, str]:
    return {str(key): str(text) for key, text in mapping(value).items() if text is not None}
