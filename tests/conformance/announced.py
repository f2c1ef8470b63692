"""Which differences the program has told of: by place, port and pattern, as fine as it says.

A diagnostic excuses the requests that it is about and no others.  One about a match is about what
the match accepts; one about a port, about that port; any other, about the pods of its document.
"""

import re
from collections.abc import Iterator

from tests.conformance.deciders import asked
from tests.conformance.examine import Examination
from tests.conformance.services import Pod, selects
from tests.conformance.witnesses import access_documents
from tests.meshes.requests import Request

from smi2istio.access.targets import InForce
from smi2istio.diagnostics import Diagnostic, Fidelity
from smi2istio.istio.patterns import Field, accepts

# What these say is about one reason of the old mesh only.
_ABOUT = {"S2I332": "no Service opens", "S2I509": "has no sidecar"}
# The routes of such a target let the sources of others in, or refuse them.
_BOTH_WAYS = ("S2I303",)
# What is said of these is about the port of the request that is shown.
_OF_PORTS = ("Service", "PeerAuthentication")


class Announcements:
    """What was said of one mesh."""

    def __init__(self, one: Examination) -> None:
        self._one = one

    def tell(self, request: Request, how: Fidelity) -> bool:
        """Whether a diagnostic tells of such a difference."""
        return any(
            self._concerns(said, request)
            for said in self._one.translation.diagnostics
            if said.rule.fidelity is how or said.code in _BOTH_WAYS
        )

    def _concerns(self, said: Diagnostic, request: Request) -> bool:
        place, wanted = said.where, asked(self._one, request)
        reasons = self._one.source.decide(wanted).reasons
        if _ABOUT.get(said.code, "") not in str(reasons):
            return False
        if place.document is None:
            return True
        if place.document.kind in _OF_PORTS and said.witness is not None:
            return said.witness.port == request.port and place.owner in self._around(request)
        if place.document.kind != "HTTPRouteGroup":
            return place.owner in self._around(request)
        if said.rule.fidelity is Fidelity.WIDER:  # any match may be the one that stands first
            routes = [route.where for one in self._targets(request) for route in one.routes]
        elif _accepted(said, request):
            return False
        else:
            routes = [reason.where for reason in reasons]
        return any(
            route.owner == place.owner and place.path.startswith(route.path) for route in routes
        )

    def _targets(self, request: Request) -> list[InForce]:
        pod = self._one.cluster.pod(request.pod)
        return self._one.source.targets.get(f"{pod.namespace}/{pod.account}", [])

    def _around(self, request: Request) -> set[str]:
        """The documents that have to do with a pod, as ``Kind/namespace/name``."""
        return set(_about(self._one, self._one.cluster.pod(request.pod)))


def _about(one: Examination, pod: Pod) -> Iterator[str]:
    yield from (pod.workload, f"Namespace/{pod.namespace}")
    yield "MeshConfig/osm-system/osm-mesh-config"
    for service in one.cluster.services:
        if selects(service, pod):
            yield f"Service/{pod.namespace}/{service['metadata']['name']}"
    for body in one.mesh.documents:
        if body["kind"] == "PeerAuthentication" and body["metadata"]["namespace"] == pod.namespace:
            wanted = body["spec"].get("selector", {}).get("matchLabels", {})
            if wanted.items() <= pod.labels.items():
                yield f"PeerAuthentication/{pod.namespace}/{body['metadata']['name']}"
    yield from access_documents(one.mesh, pod)


def _accepted(said: Diagnostic, request: Request) -> bool:
    """Whether the patterns that lose something accept this request all the same."""
    written = re.search(r"becomes '(.*)', which", said.message)
    if not written:
        return False
    key = said.where.path.rpartition(".")[2]
    lines = [value for name, value in request.headers if name.lower() == key.lower()]
    texts = [request.path.partition("?")[0]] if key == "pathRegex" else lines
    field: Field = "path" if key == "pathRegex" else "header"
    return any(accepts(field, one, text) for one in written[1].split(", ") for text in texts)
