"""What a cluster adds to the documents of a mesh: pods, addresses and endpoints.

Both control planes read the objects of a running cluster.  One pod stands for each workload;
addresses follow from the order of names, so that a workload has the same on both sides.
Nothing here is taken from the translator, which must not check itself.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from uuid import NAMESPACE_DNS, uuid5

from tests.conformance.services import Body, Pod, endpoints, name_of, namespace_of

_INJECTION = "openservicemesh.io/sidecar-injection"


class Cluster(NamedTuple):
    """Everything that the control planes ask the API server for, policies apart."""

    pods: tuple[Pod, ...]
    services: tuple[Body, ...]
    objects: tuple[Body, ...]

    def pod(self, key: str) -> Pod:
        return next(pod for pod in self.pods if pod.key == key)


def synthesise(
    documents: Iterable[Body], members: Iterable[str] = (), mesh: str = "osm"
) -> Cluster:
    """The cluster in which *documents* have been applied and *members* been labelled."""
    bodies = [body for document in documents for body in _items(document)]
    pods = tuple(_pods(bodies))
    services = tuple(_services(bodies))
    names = sorted({pod.namespace for pod in pods} | {namespace_of(one) for one in services})
    namespaces = {name_of(one): one for one in bodies if one.get("kind") == "Namespace"}
    objects = [
        _in_mesh(namespaces.get(name) or _empty(name), members, mesh)
        for name in sorted({*names, *namespaces, *members})
    ]
    objects += [_account(*key) for key in sorted({(pod.namespace, pod.account) for pod in pods})]
    objects += [pod.body for pod in pods]
    for service in services:
        objects.append(service)
        objects += endpoints(service, pods)
    return Cluster(pods, services, tuple(objects))


def _items(document: Body) -> Iterator[Body]:
    if document.get("kind") == "List":
        yield from document.get("items") or ()
    else:
        yield document


def _empty(name: str) -> Body:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _in_mesh(namespace: Body, members: Iterable[str], mesh: str) -> Body:
    """A member that the documents do not label has been labelled by hand, for either mesh."""
    if name_of(namespace) not in members:
        return namespace
    metadata = namespace["metadata"]
    labels = {"istio-injection": "enabled", **(metadata.get("labels") or {})}
    labels["openservicemesh.io/monitored-by"] = mesh
    annotations = {_INJECTION: "enabled", **(metadata.get("annotations") or {})}
    return {**namespace, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _account(namespace: str, name: str) -> Body:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def _template(body: Body) -> Body | None:
    """The pod template of a workload; a Pod is its own."""
    if body.get("kind") == "Pod":
        return body
    spec = body.get("spec") or {}
    job = spec.get("jobTemplate") or {}
    template = (job.get("spec") or spec).get("template")
    if isinstance(template, dict) and (template.get("spec") or {}).get("containers"):
        return template
    return None


def _pods(bodies: list[Body]) -> Iterator[Pod]:
    workloads = [(body, template) for body in bodies if (template := _template(body))]
    workloads.sort(key=lambda pair: (namespace_of(pair[0]), name_of(pair[0]), str(pair[0]["kind"])))
    taken = set()
    for index, (body, template) in enumerate(workloads, 1):
        name = name_of(body) + ("-0" if body["kind"] == "StatefulSet" else "")
        if (namespace_of(body), name) in taken:  # by a workload of another kind
            name += f"-{body['kind'].lower()}"
        taken.add((namespace_of(body), name))
        yield _pod(body, template, name, f"10.0.{index // 250}.{index % 250 + 1}")


def _pod(body: Body, template: Body, name: str, ip: str) -> Pod:
    namespace = namespace_of(body)
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
    workload = f"{body['kind']}/{namespace}/{name_of(body)}"
    return Pod(namespace, name, workload, account, ip, pod)


def _services(bodies: list[Body]) -> Iterator[Body]:
    services = [body for body in bodies if body.get("kind") == "Service"]
    services.sort(key=lambda body: (namespace_of(body), name_of(body)))
    for index, body in enumerate(services, 1):
        address = f"10.96.{index // 250}.{index % 250 + 1}"
        spec = {"clusterIP": address, **(body.get("spec") or {})}
        spec["ports"] = [{"targetPort": one["port"], **one} for one in spec.get("ports") or ()]
        metadata = {**body["metadata"], "namespace": namespace_of(body)}
        yield {**body, "metadata": metadata, "spec": spec}
