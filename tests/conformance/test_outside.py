"""What the promise does not cover: one mesh and one request for each entry, and the difference."""

import asyncio
from typing import NamedTuple

import pytest
from tests.conformance.examine import Examination, examine
from tests.conformance.mesh import Mesh
from tests.conformance.outside import EXCLUSIONS, outside
from tests.conformance.requests import Request

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
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec: {{serviceAccountName: web, containers: [{{name: main, image: web}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: {ports}, clusterIP: {address}}}
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
  sources: [{{kind: ServiceAccount, name: client, namespace: shop}}]
  rules: [{{kind: HTTPRouteGroup, name: pages, matches: [all]}}]
"""
ONE_PORT = "[{port: 80, targetPort: 8080}]"
ASKED = Request("shop/client", "shop/web", 8080, "web.shop", path="/a")


class Case(NamedTuple):
    """A request that OSM refuses and Istio allows.

    Attributes:
        exclusion: which entry of the list it belongs to.
    """

    exclusion: str
    request: Request
    permissive: str = "false"
    kind: str = "Deployment"
    address: str = "10.96.0.9"
    ports: str = ONE_PORT
    path: str = "/a"
    headers: str = "[]"


CASES = (
    Case("Istio's path normalisation", ASKED._replace(path="/x/../a")),
    Case("Istio's path normalisation", ASKED._replace(path="/%61")),
    Case(
        "a header on several lines",
        ASKED._replace(headers=(("x-a", "one"), ("x-a", "two"))),
        headers="[{x-a: one}]",
    ),
    Case("OSM's check of the authority", ASKED._replace(authority="example.org")),
    Case(
        "pods that OSM could not address behind a headless Service",
        ASKED._replace(pod="shop/web-0"),
        kind="StatefulSet",
        address="None",
    ),
    Case(
        "permissive mode: ports that no Service exposes",
        ASKED._replace(port=9999),
        permissive="true",
    ),
    Case(
        "permissive mode: bytes that are not HTTP",
        ASKED._replace(method=""),
        permissive="true",
    ),
    Case(
        "what OSM's proxies lost because Envoy refused it",
        ASKED,
        ports="[{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 8080}]",
    ),
)


@pytest.fixture(scope="module")
def examined() -> dict[Case, Examination]:
    meshes = [
        Mesh(case.exclusion, MESH.format(**case._asdict()), (case.request,)) for case in CASES
    ]
    return dict(zip(CASES, asyncio.run(examine(meshes)), strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.exclusion}, {case.request.path}")
def test_the_difference_is_there(case: Case, examined: dict[Case, Examination]) -> None:
    one = examined[case]

    assert outside(one, case.request) == case.exclusion
    before, after = one.outcomes(0)
    assert ([it.allowed for it in before], after.allowed) == ([False], True)


def test_every_exclusion_has_a_case() -> None:
    assert {case.exclusion for case in CASES} == {one.name for one in EXCLUSIONS}
