"""Services, and the workload ports that they open on pods."""

from collections.abc import Iterable
from typing import Any, NamedTuple

Body = dict[str, Any]


class Pod(NamedTuple):
    """One pod of a workload.

    Attributes:
        workload: ``Kind/namespace/name`` of its owner.
        ports: the numbers that its containers declare, by name.
    """

    namespace: str
    name: str
    workload: str
    account: str
    ip: str
    body: Body

    @property
    def key(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        labels: dict[str, str] = self.body["metadata"]["labels"]
        return labels


def name_of(body: Body) -> str:
    return str(body["metadata"]["name"])


def namespace_of(body: Body) -> str:
    return str(body["metadata"].get("namespace") or "default")


class Target(NamedTuple):
    """A port of a Service as one pod serves it.

    Attributes:
        port: the Service's.
        number: the workload's.
    """

    port: int
    name: str
    number: int
    protocol: str
    app_protocol: str | None


def targets(service: Body, pod: Pod) -> tuple[Target, ...]:
    """The ports of *service* that *pod* can serve: a named port must be declared by a container."""
    found = []
    for port in service["spec"].get("ports") or ():
        protocol = str(port.get("protocol") or "TCP")
        number = _resolved(port.get("targetPort") or port["port"], protocol, pod)
        if number:
            app_protocol = port.get("appProtocol")
            name = str(port.get("name") or "")
            found.append(Target(int(port["port"]), name, number, protocol, app_protocol))
    return tuple(found)


def _resolved(target: int | str, protocol: str, pod: Pod) -> int:
    """The number behind a targetPort, as `findPort` of k8s.io/endpointslice has it."""
    if isinstance(target, int):
        return target
    spec = pod.body["spec"]
    staying = [one for one in spec.get("initContainers") or () if one.get("restartPolicy")]
    for container in (*spec["containers"], *staying):
        for port in container.get("ports") or ():
            if port.get("name") == target and port.get("protocol", "TCP") == protocol:
                return int(port["containerPort"])
    return 0


def selects(service: Body, pod: Pod) -> bool:
    selector = service["spec"].get("selector") or {}
    if service["spec"].get("type") == "ExternalName":
        return False  # the controllers of Endpoints and EndpointSlices leave it alone
    if not selector or namespace_of(service) != pod.namespace:
        return False
    return selector.items() <= pod.labels.items()


def endpoints(service: Body, pods: Iterable[Pod]) -> list[Body]:
    """The Endpoints of a Service, which OSM reads, and its EndpointSlices, which istiod reads."""
    subsets: dict[tuple[Target, ...], list[Pod]] = {}
    for pod in pods:
        if selects(service, pod):
            subsets.setdefault(targets(service, pod), []).append(pod)
    metadata = {"name": name_of(service), "namespace": namespace_of(service)}
    whole = {
        "apiVersion": "v1",
        "kind": "Endpoints",
        "metadata": metadata,
        "subsets": [
            {"addresses": [_address(service, pod) for pod in behind], "ports": _ports(ports)}
            for ports, behind in subsets.items()
        ],
    }
    slices = [
        _slice(metadata, index, ports, behind)
        for index, (ports, behind) in enumerate(subsets.items())
    ]
    return [whole, *slices]


def _ports(ports: Iterable[Target]) -> list[Body]:
    made = []
    for port in ports:
        body: Body = {"port": port.number, "protocol": port.protocol}
        body |= {"name": port.name} if port.name else {}
        made.append(body | ({"appProtocol": port.app_protocol} if port.app_protocol else {}))
    return made


def _address(service: Body, pod: Pod) -> Body:
    address: Body = {"ip": pod.ip, "targetRef": _reference(pod)}
    return address | ({"hostname": pod.name} if per_pod(service, pod) else {})


def per_pod(service: Body, pod: Pod) -> bool:
    """Whether the pods behind a Service have names of their own: OSM 1.2 knows no other there."""
    stateful = pod.workload.startswith("StatefulSet/")
    return stateful and service["spec"].get("clusterIP") == "None" and selects(service, pod)


def called(service: Body, pod: Pod) -> str:
    """The name, ``service.namespace``, by which OSM's callers reach *pod*."""
    name = f"{name_of(service)}.{namespace_of(service)}"
    return f"{pod.name}.{name}" if per_pod(service, pod) else name


def _reference(pod: Pod) -> Body:
    return {"kind": "Pod", "name": pod.name, "namespace": pod.namespace}


def _slice(metadata: Body, index: int, ports: Iterable[Target], pods: Iterable[Pod]) -> Body:
    labels = {"kubernetes.io/service-name": metadata["name"]}
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {**metadata, "name": f"{metadata['name']}-{index}", "labels": labels},
        "addressType": "IPv4",
        "ports": _ports(ports),
        "endpoints": [
            {
                "addresses": [pod.ip],
                "conditions": {"ready": True, "serving": True, "terminating": False},
                "targetRef": _reference(pod),
            }
            for pod in pods
        ],
    }
