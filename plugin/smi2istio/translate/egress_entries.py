"""The hosts, addresses and ports of an Egress, divided as Istio can say them.

Source: reference/osm-semantics.md §6.1; reference/istio-target.md §3 (ServiceEntry).
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from smi2istio.catalog import osm_policies as catalog
from smi2istio.diagnostics import Diagnostic, Refusal
from smi2istio.source.egress import Egress, Port

HTTP: Final = "HTTP"
TLS: Final = "TLS"
TCP: Final = "TCP"


class Entry(NamedTuple):
    """One ServiceEntry.

    Attributes:
        suffix: of its name, where a policy has several.
        ports: numbers and protocols.
        resolved: Istio looks the hosts up, else the client's own address is kept.
    """

    suffix: str
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    ports: tuple[tuple[int, str], ...]
    resolved: bool


def entries(read: Egress, name: str, namespace: str) -> Iterator[Entry | Diagnostic]:
    """Find them; what had no effect in OSM has none now.

    Raises:
        Refusal: S2I466.
    """
    by_kind: dict[str, list[Port]] = {}
    for port in read.ports:
        by_kind.setdefault(port.protocol, []).append(port)
    http, https = by_kind.pop("http", []), by_kind.pop("https", [])
    tcp = [*by_kind.pop("tcp", []), *by_kind.pop("tcp-server-first", [])]
    for port in (port for ports in by_kind.values() for port in ports):
        why = f"OSM knew no protocol {port.protocol!r}, only http, https, tcp, tcp-server-first"
        yield catalog.egress_without_effect(port.where, why)
    plain = tuple(host for host in read.hosts if "*" not in host)
    if http and not plain:
        yield catalog.egress_without_effect(http[0].where, "http needs hosts without a wildcard")
    elif http:
        yield from _unread(read, plain)
    if not read.hosts:
        tcp += https
        https = []
    elif tcp:
        yield catalog.egress_field_unread(read.spec.at("hosts"), "TCP", "addresses")
    yield from _named(read, plain, http, https)
    if tcp:
        host = f"{name}.{namespace}.egress.internal"  # a name is needed, nobody asks it
        yield Entry("-tcp", (host,), read.addresses, _numbered(tcp, TCP), resolved=False)


def _unread(read: Egress, plain: Sequence[str]) -> Iterator[Diagnostic]:
    where = read.spec.at("hosts")
    for index, host in enumerate(read.hosts):
        if host not in plain:
            why = f"OSM looked up the address of {host!r} itself for http, which has none"
            yield catalog.egress_without_effect(where.at(index), why)
    if read.addresses:
        yield catalog.egress_field_unread(read.spec.at("ipAddresses"), "HTTP", "hosts")


def _named(
    read: Egress, plain: tuple[str, ...], http: Sequence[Port], https: Sequence[Port]
) -> Iterator[Entry]:
    """The entries of hosts.  Istio takes one resolution for a host, so both protocols share it.

    Raises:
        Refusal: S2I466.
    """
    wild = tuple(host for host in read.hosts if host not in plain)
    if read.addresses and https and http and plain:
        raise Refusal(catalog.host_resolved_and_not(read.spec.at("ipAddresses"), plain[0]))
    resolved = [*_numbered(http, HTTP)]
    if not read.addresses:
        resolved += _numbered(https, TLS)
    if plain and resolved:
        yield Entry("", plain, (), tuple(resolved), resolved=True)
    asked = read.hosts if read.addresses else wild
    if asked and https:
        yield Entry("-tls", asked, read.addresses, _numbered(https, TLS), resolved=False)


def _numbered(ports: Sequence[Port], protocol: str) -> tuple[tuple[int, str], ...]:
    return tuple((port.number, protocol) for port in ports)
