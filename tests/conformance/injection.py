"""Which pods get a sidecar, and for which ports; whatever passes it by is protected by nobody.

Source: OSM 1.2.4 ``pkg/injector/webhook.go``; Istio ``pkg/kube/inject/inject.go``.
"""

from collections.abc import Iterable, Iterator

from tests.conformance.cluster import Cluster
from tests.conformance.services import Body, Pod, name_of, namespace_of, selects
from tests.meshes.mesh import Mesh

from smi2istio.access.setting import Setting
from smi2istio.bundle import Bundle
from smi2istio.documents import Stream

_OSM = "openservicemesh.io/sidecar-injection"
_MONITORED = "openservicemesh.io/monitored-by"
_ENABLED = {"enabled", "yes", "true"}

_STRICT = """
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: baseline, namespace: {namespace}}}
spec: {{mtls: {{mode: STRICT}}}}
"""
_NOTHING = """
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: baseline, namespace: {namespace}}}
spec: {{}}
"""


def osm(cluster: Cluster, pod: Pod) -> bool:
    """The pod's annotation decides, then its namespace's."""
    labels, annotations = _namespace(cluster, pod)
    own = pod.body["metadata"]["annotations"].get(_OSM)
    chosen = str(own if own is not None else annotations.get(_OSM, "")).lower()
    return _MONITORED in labels and chosen in _ENABLED and not pod.body["spec"].get("hostNetwork")


def istio(cluster: Cluster, pod: Pod) -> bool:
    """A namespace that is marked disabled overrides the pod's label."""
    labels, _ = _namespace(cluster, pod)
    own = pod.labels.get("sidecar.istio.io/inject")
    if labels.get("istio-injection") == "disabled" or pod.body["spec"].get("hostNetwork"):
        return False
    if own is not None:
        return own == "true"
    return labels.get("istio-injection") == "enabled" or "istio.io/rev" in labels


def running(cluster: Cluster) -> Iterator[Body]:
    """What an analyzer sees of a cluster: every pod with a sidecar, behind every Service a pod."""
    yield from (one for one in cluster.objects if one["kind"] in ("Namespace", "Service"))
    for pod in cluster.pods:
        yield _with_sidecar(pod.body)
    for service in cluster.services:
        labels = service["spec"].get("selector")
        if labels and not any(selects(service, pod) for pod in cluster.pods):
            name, namespace = f"{name_of(service)}-elsewhere", namespace_of(service)
            metadata = {"name": name, "namespace": namespace, "labels": labels}
            body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata}
            yield _with_sidecar({**body, "spec": {"containers": []}})


def _with_sidecar(pod: Body) -> Body:
    containers = [*pod["spec"]["containers"], {"name": "istio-proxy", "image": "proxyv2"}]
    return {**pod, "spec": {**pod["spec"], "containers": containers}}


def osm_excluded(pod: Pod, everywhere: Iterable[int]) -> frozenset[int]:
    """The ports that pass by OSM's sidecar: the pod's own, and those that are so for all pods."""
    listed = _numbers(pod, "openservicemesh.io/inbound-port-exclusion-list")
    return listed.union(everywhere)


def istio_excluded(pod: Pod) -> frozenset[int]:
    """The ports that pass by Istio's sidecar."""
    return _numbers(pod, "traffic.sidecar.istio.io/excludeInboundPorts")


def _numbers(pod: Pod, annotation: str) -> frozenset[int]:
    listed = str(pod.body["metadata"]["annotations"].get(annotation, ""))
    return frozenset(int(number) for number in listed.split(",") if number.strip())


def members(cluster: Cluster) -> list[str]:
    """The namespaces of OSM's mesh."""
    return [
        name_of(body)
        for body in cluster.objects
        if body["kind"] == "Namespace" and _MONITORED in (body["metadata"].get("labels") or {})
    ]


def labelled_by_hand(mesh: Mesh) -> frozenset[str]:
    """The members that no document labels: the configuration names them, or they are inferred."""
    bundle = Bundle(Stream(mesh.text.encode()).documents, mesh.options)
    labels = {name: document.labels for name, document in bundle.namespaces.items()}
    return frozenset(
        name for name in Setting(bundle).members if _MONITORED not in labels.get(name, ())
    )


def baseline(members: Iterable[str], *, permissive: bool) -> str:
    """What `baseline: omit` leaves to somebody else, for every member."""
    wanted = _STRICT if permissive else _STRICT + _NOTHING
    return "".join(wanted.format(namespace=name) for name in sorted(members))


def _namespace(cluster: Cluster, pod: Pod) -> tuple[dict[str, str], dict[str, str]]:
    """The labels and annotations of a pod's namespace."""
    for body in cluster.objects:
        if body["kind"] == "Namespace" and body["metadata"]["name"] == pod.namespace:
            metadata = body["metadata"]
            return metadata.get("labels") or {}, metadata.get("annotations") or {}
    return {}, {}
