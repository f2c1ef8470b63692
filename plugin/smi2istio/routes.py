"""What one document wants for the traffic to one host.

Istio does not merge two VirtualServices of one host, so a translator yields routes and
``assemble`` builds one object for each host, in sight of all of them.

Source: reference/istio-verified.md (k), "two VS, one host".
"""

from collections.abc import Mapping
from typing import NamedTuple

from smi2istio.diagnostics import Where
from smi2istio.documents import Document


class Route(NamedTuple):
    """The weighted routes of one TrafficSplit.

    Attributes:
        host: full name of the Service that callers use.
        http, tcp: routes as a VirtualService has them, in order.
        gateways: as a VirtualService has them; none for the mesh alone.
        subsets: names of subsets of the host, with the labels of their pods.
        where: the field that names the host; its document gives the objects name and place.
        groups: the HTTPRouteGroups that were used.
    """

    host: str
    http: tuple[dict[str, object], ...]
    tcp: tuple[dict[str, object], ...]
    gateways: tuple[str, ...]
    subsets: tuple[tuple[str, Mapping[str, str]], ...]
    where: Where
    document: Document
    groups: tuple[Document, ...] = ()
