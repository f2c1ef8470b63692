"""A decision that the configuration holds: what stands behind the Services that let traffic in.

Source: the specification, §9 (IngressBackend).
"""

from typing import NamedTuple

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal
from smi2istio.fields import Fields


class GatewayDecision(NamedTuple):
    """The pods of a Service that an IngressBackend lets in; one of the two last is empty.

    Attributes:
        service_account: the gateway's, where it has a sidecar of Istio or is Istio's own.
        ip_blocks: its addresses, where it has none.
    """

    service: str
    namespace: str
    service_account: str
    ip_blocks: tuple[str, ...]


def gateways(spec: Fields, key: str) -> tuple[GatewayDecision, ...]:
    """Read the list *key*.

    Raises:
        Refusal: S2I102, S2I105, S2I130.
    """
    found = []
    for entry in spec.mappings(key):
        decision = GatewayDecision(
            entry.required("service"),
            entry.required("namespace"),
            entry.text("serviceAccount"),
            entry.values("ipBlocks", str),
        )
        if bool(decision.service_account) == bool(decision.ip_blocks):
            raise Refusal(reading.account_or_addresses(entry.where))
        found.append(decision)
    return tuple(found)
