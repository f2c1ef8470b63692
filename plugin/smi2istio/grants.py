"""What one TrafficTarget grants, before it is known what the others of its destination grant.

Ports, overlaps and selectors need all targets of a destination, so a translator yields
grants and ``assemble`` builds the policies.
"""

from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.records import Record
from smi2istio.source.specs import HTTPMatch


class Grant(Record):
    """One TrafficTarget, its references resolved and the source mesh's reading applied.

    Attributes:
        destination: service account, ``namespace/name``.
        sources: service accounts, sorted, each once.
        open_sources: the document lists no source at all (``sources: []``).
        dropped: accounts whose source is of another kind than ServiceAccount.
        matches: HTTP matches that are allowed, in the order of the rules and their lists.
        has_http: there is an HTTP rule, even if no match came of it.
        has_tcp: there is a TCPRoute rule.
        tcp_ports: workload ports that the TCPRoutes list, with their places; none for any.
        any_port: one of the TCPRoutes lists no port, which to the source mesh means any.
        everything: there are no rules, which to the source mesh means any request.
        filtered_out: OSM left the target out of its network filter, so it opens no port.
        port: the only workload port that is opened (`destination.port`); 0 for no limit.
        routes: the route documents that were used.
    """

    document: Document
    namespace: str
    destination: str
    sources: tuple[str, ...]
    open_sources: bool
    dropped: tuple[str, ...]
    matches: tuple[HTTPMatch, ...]
    has_http: bool
    has_tcp: bool
    tcp_ports: tuple[tuple[int, Where], ...]
    filtered_out: bool
    port: int
    routes: tuple[Document, ...]
    where: Where
    any_port: bool = False
    everything: bool = False

    @property
    def destination_where(self) -> Where:
        """Where the document names its destination; v1alpha1 has no `spec`."""
        flat = self.document.api_version.endswith("/v1alpha1")
        return self.where.at("destination" if flat else "spec.destination")

    @property
    def restricts(self) -> frozenset[int]:
        """The ports of the TCPRoutes; empty for any."""
        return frozenset(() if self.any_port else (port for port, _ in self.tcp_ports))
