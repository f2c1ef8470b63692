"""What istiod asks of a ServiceEntry beyond its CRD.

Checked are the fields that translators write, and the protocols that they know.

Source: istio/istio pkg/config/validation, ValidateServiceEntry
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smi2istio.names import host_label
from smi2istio.validate.emitted import ISTIOD, Emitted, Problem
from smi2istio.validate.hosts import export_to
from smi2istio.validate.values import fqdn, host, ip_block

_PROTOCOLS = ("HTTP", "TLS", "TCP")


def service_entry(emitted: Emitted, _: str) -> Iterator[Problem]:
    """S2I904."""
    spec = emitted.spec
    yield from _hosts(spec)
    for index, address in enumerate(spec.get("addresses", ())):
        if not ip_block(address):
            yield ISTIOD, f"spec.addresses[{index}]", f"{address!r} is no address, and no range"
    yield from _ports(spec)
    yield from export_to(emitted)


def _hosts(spec: Mapping[str, Any]) -> Iterator[Problem]:
    hosts = spec.get("hosts", ())
    if not hosts:
        yield ISTIOD, "spec", "has no hosts"
    for index, name in enumerate(hosts):
        if not host(name):
            yield ISTIOD, f"spec.hosts[{index}]", f"{name!r} is not a host"
        elif spec.get("resolution") == "DNS" and not fqdn(name):
            yield ISTIOD, f"spec.hosts[{index}]", f"{name!r} cannot be resolved"


def _ports(spec: Mapping[str, Any]) -> Iterator[Problem]:
    ports = spec.get("ports", ())
    if not ports:
        yield ISTIOD, "spec", "has no ports"
    resolved = spec.get("resolution", "NONE") != "NONE"
    for index, port in enumerate(ports):
        path, protocol = f"spec.ports[{index}]", port.get("protocol")
        if protocol not in _PROTOCOLS:
            yield ISTIOD, f"{path}.protocol", f"{protocol!r} is not a protocol"
        elif protocol == "TCP" and resolved and len(spec.get("hosts", ())) > 1:
            yield ISTIOD, f"{path}.protocol", "TCP does not tell which of the hosts is meant"
        if not host_label(port["name"]):
            yield ISTIOD, f"{path}.name", f"{port['name']!r} is not the name of a port"
