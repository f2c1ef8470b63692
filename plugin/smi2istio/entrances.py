"""What one IngressBackend opens, before it is known what others open on the same pods.

Istio honours one PeerAuthentication for a pod, so a translator yields entrances and
``assemble`` builds the policies.
"""

from collections.abc import Mapping

from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.records import Record


class Entrance(Record):
    """A port of a Service's pods, and who may use it.

    Attributes:
        labels: the Service's selector, which selects its pods exactly.
        sources: as a rule of an AuthorizationPolicy has them.
        ranges: the addresses from which plaintext is taken; none for any.
        plaintext: clients without a certificate are let in.
        tls: it asks for a certificate, whoever else is let in.
    """

    service: str
    namespace: str
    labels: Mapping[str, str]
    port: int
    sources: tuple[dict[str, object], ...]
    ranges: tuple[str, ...]
    plaintext: bool
    where: Where
    document: Document
    tls: bool

    @property
    def identities(self) -> frozenset[str]:
        """Whom OSM let in by identity; none for anybody."""
        named = [one.get("principals") for one in self.sources] if self.tls else []
        found = frozenset(str(name) for names in named if isinstance(names, list) for name in names)
        return frozenset() if "*" in found else found
