"""ServiceProfile of linkerd.io: the overrides of a destination, which are a split.

The controller for SMI wrote them from TrafficSplits; a repository may hold them as well.

Source: linkerd2 controller/gen/apis/serviceprofile/v1alpha2 and controller/api/destination;
linkerd-smi v0.2.7 pkg/adaptor; reference/legacy-and-neighbours.md §5.
"""

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import is_port, number
from smi2istio.source import split

OVERRIDES = "dstOverrides"


def overrides(document: Document, namespace: str, domain: str) -> split.TrafficSplit | None:
    """The split of a profile; None where it has none, or for the callers of one namespace only.

    An authority without a port keeps that of the request, as a backend does.

    Raises:
        Refusal: S2I102, S2I105, S2I129, S2I202 to S2I204.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    entries = spec.mappings(OVERRIDES)
    root = split.service_name(document.name, domain)
    if not (entries and root and root.namespace == namespace):
        return None
    authorities = [entry.required("authority") for entry in entries]
    shared = split.weights(entries, spec.at(OVERRIDES), quantities=True)
    found = zip(authorities, shared, entries, strict=True)
    return split.TrafficSplit(
        root.name,
        tuple(
            _backend(authority, weight, entry.at("authority"), (namespace, domain))
            for authority, weight, entry in found
        ),
        (),
        Where(document, "metadata.name"),
        fields,
    )


def _backend(authority: str, weight: int, where: Where, here: tuple[str, str]) -> split.Backend:
    """One override; *here* is a namespace, and the cluster's domain."""
    namespace, domain = here
    host, colon, digits = authority.partition(":")
    port = number(digits) or 0
    if colon and not is_port(port):
        raise Refusal(reading.bad_port(where, digits))
    name = split.service_name(host, domain)
    short = name.name if name and name.namespace == namespace else host
    return split.Backend(short, weight, where, port)
