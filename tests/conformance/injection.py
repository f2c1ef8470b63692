"""Which pods get a sidecar; a pod without one is protected by nobody.

Source: OSM 1.2.4 ``pkg/injector/webhook.go``; Istio ``pkg/kube/inject/inject.go``.
"""

from tests.conformance.cluster import Cluster
from tests.conformance.services import Pod, name_of

_OSM = "openservicemesh.io/sidecar-injection"
_ENABLED = {"enabled", "yes", "true"}


def osm(cluster: Cluster, pod: Pod) -> bool:
    """The pod's annotation decides, then its namespace's."""
    labels, annotations = _namespace(cluster, pod)
    own = pod.body["metadata"]["annotations"].get(_OSM)
    chosen = str(own if own is not None else annotations.get(_OSM, "")).lower()
    monitored = "openservicemesh.io/monitored-by" in labels
    return monitored and chosen in _ENABLED and not pod.body["spec"].get("hostNetwork")


def istio(cluster: Cluster, pod: Pod) -> bool:
    """A namespace that is marked disabled overrides the pod's label."""
    labels, _ = _namespace(cluster, pod)
    own = pod.labels.get("sidecar.istio.io/inject")
    if labels.get("istio-injection") == "disabled" or pod.body["spec"].get("hostNetwork"):
        return False
    if own is not None:
        return own == "true"
    return labels.get("istio-injection") == "enabled" or "istio.io/rev" in labels


def members(cluster: Cluster) -> list[str]:
    """The namespaces of OSM's mesh."""
    return [
        name_of(body)
        for body in cluster.objects
        if body["kind"] == "Namespace"
        and "openservicemesh.io/monitored-by" in (body["metadata"].get("labels") or {})
    ]


def _namespace(cluster: Cluster, pod: Pod) -> tuple[dict[str, str], dict[str, str]]:
    """The labels and annotations of a pod's namespace."""
    for body in cluster.objects:
        if body["kind"] == "Namespace" and body["metadata"]["name"] == pod.namespace:
            metadata = body["metadata"]
            return metadata.get("labels") or {}, metadata.get("annotations") or {}
    return {}, {}
