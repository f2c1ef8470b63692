"""IngressBackend of policy.openservicemesh.io.

Source: osm v1.2.4, pkg/apis/policy/v1alpha1; reference/osm-semantics.md §6.2.
"""

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import is_port
from smi2istio.records import Record
from smi2istio.source.policy import Reference, reference

SERVICE, PRINCIPAL, RANGE = "Service", "AuthenticatedPrincipal", "IPRange"


class Backend(Record):
    """A port of a Service's pods that is opened to traffic from outside the mesh.

    Attributes:
        tls: clients have to present a certificate of the mesh, unless *skips*.
        sni: place of a list of names that clients have to ask for.
    """

    name: str
    port: int
    tls: bool
    skips: Where | None
    sni: Where | None
    where: Where


class IngressBackend(Record):
    backends: tuple[Backend, ...]
    sources: tuple[Reference, ...]
    matches: Where | None
    fields: Fields


def ingress_backend(document: Document) -> IngressBackend:
    """Parse one.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I129.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    spec.need("backends", "sources")
    matches = spec.raw("matches")
    return IngressBackend(
        tuple(_backend(one) for one in spec.mappings("backends")),
        tuple(reference(one, (SERVICE, PRINCIPAL, RANGE)) for one in spec.mappings("sources")),
        spec.at("matches") if matches else None,
        fields,
    )


def _backend(fields: Fields) -> Backend:
    port, tls = fields.mapping("port"), fields.mapping("tls")
    number, protocol = port.raw("number"), port.required("protocol")
    if not is_port(number):
        raise Refusal(reading.bad_port(port.at("number"), number))
    if protocol.lower() not in ("http", "https"):
        raise Refusal(reading.not_one_of(port.at("protocol"), protocol, ("http", "https")))
    skips = tls.get("skipClientCertValidation", bool)
    names = tls.values("sniHosts", str)
    secure = protocol.lower() == "https"
    return Backend(
        fields.required("name"),
        number,
        secure,
        tls.at("skipClientCertValidation") if skips and secure else None,
        tls.at("sniHosts") if names and secure else None,
        fields.where,
    )
