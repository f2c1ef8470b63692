"""Ingresses, and routes of gateways, to members that no IngressBackend lets in: reported.

OSM 1.x refused such traffic, and so does Istio: the gateway has no identity that a policy
of a member names.  OSM's own guide for ingress was about Contour, whose kind is HTTPProxy.

Source: the specification, §9; reference/osm-semantics.md §6.2.
"""

from collections.abc import Iterator

from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.kinds import INGRESS_ROUTES, OSM_POLICY
from smi2istio.lenient import items, mapping, spec_of


def check(context: Context) -> Iterator[Diagnostic]:
    """What to write for each route to a Service of a member; to be called once."""
    bundle = context.bundle
    if not (context.options.source_mesh.closed_to_ingress and context.mesh.members):
        return
    let_in = {
        (bundle.namespace_of(document), str(mapping(backend).get("name")))
        for document in bundle.of_kind(OSM_POLICY, "IngressBackend")
        for backend in items(spec_of(document).get("backends"))
    }
    for kind in INGRESS_ROUTES:
        for document in bundle.of_kind(*kind):
            for namespace, name in sorted(set(_backends(document, context))):
                if namespace in context.mesh.members and (namespace, name) not in let_in:
                    yield catalog.route_without_backend(Where(document), f"{namespace}/{name}")


def _backends(document: Document, context: Context) -> Iterator[tuple[str, str]]:
    """Namespace and name of each Service that a route leads to."""
    here = context.bundle.namespace_of(document)
    body = spec_of(document)
    backends = [body.get("defaultBackend"), body.get("backend")]
    for rule in map(mapping, items(body.get("rules"))):
        paths = items(mapping(rule.get("http")).get("paths"))
        backends += [mapping(path).get("backend") for path in paths]
        for reference in map(mapping, items(rule.get("backendRefs"))):
            if reference.get("kind") in (None, "Service"):
                yield str(reference.get("namespace") or here), str(reference.get("name"))
    for route in map(mapping, (*items(body.get("routes")), body.get("tcpproxy"))):
        for service in map(mapping, items(route.get("services"))):
            yield here, str(service.get("name"))
    for backend in map(mapping, backends):
        name = mapping(backend.get("service")).get("name") or backend.get("serviceName")
        if name:
            yield here, str(name)
