"""What the promise does not cover: one mesh and one request for each entry, and the difference."""

import asyncio
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.conformance.examine import Examination, examine
from tests.conformance.outside import EXCLUSIONS, outside
from tests.meshes.mesh import Mesh, bodies
from tests.meshes.requests import Request

README = Path(__file__).parents[2] / "README.md"

MESH = """\
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  labels: {{openservicemesh.io/monitored-by: osm}}
  annotations: {{openservicemesh.io/sidecar-injection: enabled}}
---
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {{name: osm-mesh-config, namespace: osm-system}}
spec: {{traffic: {{enableEgress: true, enablePermissiveTrafficPolicyMode: {permissive}}}}}
---
apiVersion: apps/v1
kind: {kind}
metadata: {{name: web, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web, number: first}}}}
  template:
    metadata: {{labels: {{app: web, number: first}}}}
    spec:
      serviceAccountName: web
      containers: [{{name: main, image: web, ports: [{{name: web, containerPort: 8080}}]}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: client, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: client}}}}
  template:
    metadata: {{labels: {{app: client}}}}
    spec: {{serviceAccountName: client, containers: [{{name: main, image: client}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {selector}, ports: {ports}, clusterIP: {address}}}
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {{name: pages, namespace: shop}}
spec: {{matches: [{{name: all, pathRegex: {path}, headers: {headers}}}]}}
---
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {{name: web, namespace: shop}}
spec:
  destination: {{kind: ServiceAccount, name: web, namespace: shop}}
  sources: [{{kind: {source}, name: client, namespace: shop}}]
  rules: [{{kind: HTTPRouteGroup, name: pages, matches: [all]}}]
"""
SECOND = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: other, namespace: shop}
spec:
  selector: {matchLabels: {app: web, number: second}}
  template:
    metadata: {labels: {app: web, number: second}}
    spec:
      serviceAccountName: web
      containers: [{name: main, image: web, ports: [{name: web, containerPort: 8081}]}]
"""
GATEWAY = """\
---
apiVersion: v1
kind: Service
metadata: {name: gateway, namespace: edge}
spec: {selector: {app: gateway}, ports: [{port: 80}]}
---
apiVersion: policy.openservicemesh.io/v1alpha1
kind: IngressBackend
metadata: {name: web, namespace: shop}
spec:
  backends: [{name: web, port: {number: 9090, protocol: http}}]
  sources: [{kind: Service, name: gateway, namespace: edge}]
"""
ASKED = Request("shop/client", "shop/web", 8080, "web.shop", path="/a")


class Case(NamedTuple):
    """A request, and a mesh in which it is decided otherwise; by default Istio allows it.

    Attributes:
        exclusion: with what the entry of the list begins.
        osm, istio: whether they allow it.
        second: more documents.
        gateway: the account of a gateway, as the configuration names it.
    """

    exclusion: str
    request: Request = ASKED
    osm: bool = False
    istio: bool = True
    permissive: str = "false"
    kind: str = "Deployment"
    selector: str = "{app: web}"
    address: str = "10.96.0.9"
    ports: str = "[{port: 80, targetPort: 8080}]"
    path: str = "/a"
    headers: str = "[]"
    source: str = "ServiceAccount"
    second: str = ""
    gateway: str = ""

    @property
    def mesh(self) -> Mesh:
        documents = bodies(MESH.format(**self._asdict()) + self.second)
        named = {"service": "gateway", "namespace": "edge", "serviceAccount": self.gateway}
        config = {"gateways": [named]} if self.gateway else {}
        return Mesh(self.exclusion, tuple(documents), config, (self.request,))


CASES = (
    Case("status codes", ASKED._replace(path="/b"), istio=False),
    Case("Istio's normalisation", ASKED._replace(path="/x/../a")),
    Case("Istio's normalisation", ASKED._replace(path="/%61")),
    Case("Istio's default retries", osm=True),
    Case(
        "the case of the authority",
        ASKED._replace(authority="WEB.shop"),
        headers=r"[{host: web\.shop}]",
    ),
    Case(
        "in permissive mode, ports",
        ASKED._replace(port=9999),
        permissive="true",
    ),
    Case(
        "in permissive mode, connections",
        ASKED._replace(method=""),
        permissive="true",
    ),
    Case(
        "in permissive mode, callers",
        ASKED._replace(source="edge/gateway", outside="address"),
        permissive="true",
        ports="[{name: a, port: 80, targetPort: 8080}, {name: b, port: 9090}]",
        second=GATEWAY,
        gateway="gateway",
    ),
    Case(
        "pods behind a headless Service",
        ASKED._replace(pod="shop/web-0"),
        kind="StatefulSet",
        address="None",
    ),
    Case(
        "a named targetPort",
        ports="[{port: 80, targetPort: web}]",
        second=SECOND,
    ),
    Case(
        "destinations whose Services are not in the input",
        ASKED,
        selector="{app: nobody}",
    ),
    Case("OSM's denial at the client", source="Group", osm=True, istio=False),
    Case("OSM's check of the authority", ASKED._replace(authority="example.org")),
    Case(
        "a header sent on several lines",
        ASKED._replace(headers=(("x-a", "one"), ("x-a", "two"))),
        headers="[{x-a: one}]",
    ),
    Case(
        "what OSM's own proxies lost",
        ports="[{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8080}]",
    ),
    Case(
        "invalid UTF-8",
        ASKED._replace(headers=(("x-a", "a\tb"),)),
        headers=r"[{x-a: '[^\t]*'}]",
    ),
)


@pytest.fixture(scope="module")
def examined() -> dict[Case, Examination]:
    return dict(zip(CASES, asyncio.run(examine([case.mesh for case in CASES])), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.exclusion}, {case.request.path}")
def test_the_difference_is_there(case: Case, examined: dict[Case, Examination]) -> None:
    one = examined[case]
    (entry,) = [it for it in EXCLUSIONS if it.name.startswith(case.exclusion)]

    assert outside(one, case.request) == (entry.name if entry.covers else None)
    before, after = one.outcomes(0)
    assert ([it.allowed for it in before], after.allowed) == ([case.osm], case.istio)


def test_status_codes_differ(examined: dict[Case, Examination]) -> None:
    before, after = examined[CASES[0]].outcomes(0)

    assert ([it.how for it in before], after.how) == (["404"], "403")


def test_istio_tries_again_where_nobody_asked_for_it(examined: dict[Case, Examination]) -> None:
    one = next(one for case, one in examined.items() if "retries" in case.exclusion)
    tried = [
        {way["service"]: way["retries"] for way in side.sidecars["shop/client"].outbound}
        for side in (one.before, one.after)
        if side
    ]

    assert [(it["web.shop"] or {}).get("number") for it in tried] == [None, 2]


def test_every_exclusion_has_a_case() -> None:
    shown = {
        one.name for one in EXCLUSIONS for case in CASES if one.name.startswith(case.exclusion)
    }

    assert shown == {one.name for one in EXCLUSIONS}


def test_the_readme_lists_them_all() -> None:
    _, _, after = README.read_text().partition("\nOutside the promise:\n\n")
    listed = [line[2:].rstrip(";.") for line in after.partition("\n\n")[0].splitlines()]

    assert listed == [one.name for one in EXCLUSIONS]
