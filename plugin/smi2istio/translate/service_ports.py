"""Service: ports whose protocol Istio would read otherwise than OSM did.

Only where Istio would *declare* another protocol anything is written.  A port without
a declaration is looked into by Istio, and declaring `http` there would break gRPC and
HTTP/2 without TLS.

Source: the specification, §5; reference/osm-semantics.md §13.10.
"""

from collections.abc import Iterator

from smi2istio import protocols
from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document, Edit
from smi2istio.emit import Edited
from smi2istio.protocols import Misread
from smi2istio.source import core
from smi2istio.source.core import ServicePort

#: One of these stands in every Service that there is something to say about.
_WORDS = (
    *("tcp", "tls", "https", "mysql", "mongo", "redis", "udp", "appProtocol"),
    *map(str, protocols.WELL_KNOWN_TCP),
)


def concerns(document: Document, context: Context) -> bool:
    """Whether a document may be a Service whose ports OSM read otherwise; needs no parsing."""
    return (
        document.kind == "Service"
        and not document.group
        and context.options.source_mesh.osm_protocols
        and context.bundle.namespace_of(document) in context.mesh.members
        and any(map(document.mentions, _WORDS))
    )


def translate(document: Document, context: Context) -> Iterator[Edited | Misread | Diagnostic]:
    """Compare the ports of one Service; to be called for every document that it concerns."""
    service = core.service(document, context.bundle.namespace_of(document))
    if service.external:
        return
    edits = []
    for port in service.ports:
        where = Where(document, f"spec.ports[{port.place}]")
        spoken = protocols.osm(port)
        if protocols.is_declared_anew(port):
            edits.append(Edit(("spec", "ports", port.place, "appProtocol"), "http"))
            yield catalog.protocol_written(where, port.name)
        elif spoken == "http" and (istio := protocols.istio(port)) not in ("http", ""):
            if not context.mesh.permissive:  # there no rule is needed
                name = f"{service.namespace}/{service.name}"
                yield Misread(name, port.number, _why(port), istio, where)
        elif not spoken and port.protocol == "TCP":
            yield catalog.protocol_closed(where.at("appProtocol"), port.app_protocol)
    if edits:
        yield Edited(document, tuple(edits))


def _why(port: ServicePort) -> str:
    declared = protocols.istio(port._replace(number=0))
    return f"name {port.name!r}" if declared else f"port {port.number} without a protocol"
