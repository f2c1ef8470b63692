"""What documents want for the traffic to one host.

Istio does not merge two VirtualServices of one host, so translators yield routes, retries
and limits, and ``assemble`` builds one object for each host, in sight of all of them.

Source: reference/istio-verified.md (k), "two VS, one host".
"""

from collections.abc import Mapping

from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.emit import Json
from smi2istio.records import Record


class Route(Record):
    """The weighted routes of one TrafficSplit, or the restricted ones of an Egress.

    Attributes:
        host: full name of the Service that callers use, or a host outside the mesh.
        where: the field that names the host; its document gives the objects name and place.
        http, tcp: routes as a VirtualService has them, in order.
        gateways: as a VirtualService has them; none for the mesh alone.
        subsets: names of subsets of the host, with the labels of their pods.
        groups: the HTTPRouteGroups that were used.
        export_to: the namespaces that see the routes; none for all.
    """

    host: str
    where: Where
    document: Document
    http: tuple[Json, ...]
    tcp: tuple[Json, ...] = ()
    gateways: tuple[str, ...] = ()
    subsets: tuple[tuple[str, Mapping[str, str]], ...] = ()
    groups: tuple[Document, ...] = ()
    export_to: tuple[str, ...] = ()


class Retries(Record):
    """How requests of some callers to one host are tried again.

    Attributes:
        callers: alternatives, each the part of a match that says who calls.
        policy: as a VirtualService has it.
        plain: the routes to the host where nothing else routes it.
        account: who calls, ``namespace/name``.
    """

    host: str
    callers: tuple[Json, ...]
    policy: Json
    plain: tuple[Json, ...]
    account: str
    where: Where
    document: Document


class Limits(Record):
    """How many connections and requests callers may have open to one host.

    Attributes:
        pool: the connectionPool of a DestinationRule.
        others: documents that are consumed beside *document*.
        export_to: the namespaces that see the limits; none for all.
    """

    host: str
    pool: Json
    where: Where
    document: Document
    others: tuple[Document, ...] = ()
    export_to: tuple[str, ...] = ()
