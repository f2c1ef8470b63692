"""What a cluster adds to the documents of a mesh: pods, addresses and endpoints.

Both control planes read the objects of a running cluster.  One pod stands for each workload; addresses
follow from the order of names, so that the same workload has the same address on both sides.
Nothing here is taken from the translator, which must not check itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

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


class Cluster(NamedTuple):
    """Everything that the control planes ask the API server for, policies apart."""

    pods: tuple[Pod, ...]
    services: tuple[Body, ...]
    objects: tuple[Body, ...]


def synthesise(
    documents: Iterable[Body], members: Iterable[str] = (), mesh: str = "osm"
) -> Cluster:
    """The cluster in which *documents* have been applied and *members* been labelled."""
    bodies = [body for document in documents for body in _items(document)]
    pods = tuple(_pods(bodies))
    services = tuple(_services(bodies))
    names = sorted({pod.namespace for pod in pods} | {_namespace(one) for one in services})
    namespaces = {_name(one): one for one in bodies if one.get("kind") == "Namespace"}
    objects = [
        _in_mesh(namespaces.get(name) or _empty(name), members, mesh)
        for name in sorted({*names, *namespaces, *members})
    ]
    objects += [_account(*key) for key in sorted({(pod.namespace, pod.account) for pod in pods})]
    objects += [pod.body for pod in pods]
    for service in services:
        objects.append(service)
        objects += _endpoints(service, pods)
    return Cluster(pods, services, tuple(objects))


def _items(document: Body) -> Iterator[Body]:
    if document.get("kind") == "List":
        yield from document.get("items") or ()
    else:
        yield document


def _name(body: Body) -> str:
    return str(body["metadata"]["name"])


def _namespace(body: Body) -> str:
    return str(body["metadata"].get("namespace") or "default")


def _empty(name: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _in_mesh(namespace: Body, members: Iterable[str], mesh: str) -> Body:
    if _name(namespace) not in members:
        return namespace
    labels = {
        **(namespace["metadata"].get("labels") or {}),
        "openservicemesh.io/monitored-by": mesh,
    }
    return {**namespace, "metadata": {**namespace["metadata"], "labels": labels}}


def _account(namespace: str, name: str) -> Body:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def _template(body: Body) -> Body | None:
    """The pod template of a workload; a Pod is its own."""
    if body.get("kind") == "Pod":
        return body
    spec = body.get("spec") or {}
    template = (spec.get("jobTemplate") or {}).get("spec", spec).get("template")
    has_containers = isinstance(template, dict) and (template.get("spec") or {}).get("containers")
    return template if has_containers else None


def _pods(bodies: list[Body]) -> Iterator[Pod]:
    workloads = [(body, template) for body in bodies if (template := _template(body))]
    workloads.sort(key=lambda pair: (_namespace(pair[0]), _name(pair[0]), str(pair[0]["kind"])))
    for index, (body, template) in enumerate(workloads, 1):
        name = _name(body) + ("-0" if body["kind"] == "StatefulSet" else "")
        yield _pod(body, template, name, f"10.0.{index // 250}.{index % 250 + 1}")


def _pod(body: Body, template: Body, name: str, ip: str) -> Pod:
    namespace = _namespace(body)
    metadata = template.get("metadata") or {}
    uuid = str(uuid5(NAMESPACE_DNS, f"{body['kind']}.{name}.{namespace}"))
    spec = dict(template["spec"])
    account = str(spec.get("serviceAccountName") or spec.get("serviceAccount") or "default")
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {**(metadata.get("labels") or {}), "osm-proxy-uuid": uuid},
            "annotations": metadata.get("annotations") or {},
        },
        "spec": {**spec, "serviceAccountName": account},
        "status": {
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "conditions": [{"type": "Ready", "status": "True"}],
        },
    }
    workload = f"{body['kind']}/{namespace}/{_name(body)}"
    return Pod(namespace, name, workload, account, ip, pod)


def _services(bodies: list[Body]) -> Iterator[Body]:
    services = [body for body in bodies if body.get("kind") == "Service"]
    services.sort(key=lambda body: (_namespace(body), _name(body)))
    for index, body in enumerate(services, 1):
        address = f"10.96.{index // 250}.{index % 250 + 1}"
        spec = {"clusterIP": address, **(body.get("spec") or {})}
        metadata = {**body["metadata"], "namespace": _namespace(body)}
        yield {**body, "metadata": metadata, "spec": spec}


class Target(NamedTuple):
    """A port of a Service as one pod serves it."""

    name: str
    number: int
    protocol: str
    app_protocol: str | None


def targets(service: Body, pod: Pod) -> tuple[Target, ...]:
    """The ports of *service* that *pod* can serve: a named port must be declared by a container."""
    found = []
    for port in service["spec"].get("ports") or ():
        number = _resolved(port.get("targetPort") or port["port"], pod)
        if number:
            protocol = str(port.get("protocol") or "TCP")
            app_protocol = port.get("appProtocol")
            found.append(Target(str(port.get("name") or ""), number, protocol, app_protocol))
    return tuple(found)


def _resolved(target: int | str, pod: Pod) -> int:
    if isinstance(target, int):
        return target
    for container in pod.body["spec"]["containers"]:
        for port in container.get("ports") or ():
            if port.get("name") == target:
                return int(port["containerPort"])
    return 0


def selects(service: Body, pod: Pod) -> bool:
    selector = service["spec"].get("selector") or {}
    if not selector or _namespace(service) != pod.namespace:
        return False
    return selector.items() <= pod.labels.items()


def _endpoints(service: Body, pods: Iterable[Pod]) -> list[Body]:
    """The Endpoints of a Service, which OSM reads, and its EndpointSlices, which istiod reads."""
    subsets: dict[tuple[Target, ...], list[Pod]] = {}
    for pod in pods:
        if selects(service, pod):
            subsets.setdefault(targets(service, pod), []).append(pod)
    metadata = {"name": _name(service), "namespace": _namespace(service)}
    endpoints = {
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
    return [endpoints, *slices]


def _ports(ports: Iterable[Target]) -> list[Body]:
    made = []
    for port in ports:
        body: Body = {"port": port.number, "protocol": port.protocol}
        body |= {"name": port.name} if port.name else {}
        made.append(body | ({"appProtocol": port.app_protocol} if port.app_protocol else {}))
    return made


def _address(service: Body, pod: Pod) -> Body:
    address: Body = {"ip": pod.ip, "targetRef": _reference(pod)}
    stateful = pod.workload.startswith("StatefulSet/")
    if stateful and service["spec"].get("clusterIP") == "None":
        address["hostname"] = pod.name
    return address


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
