"""The labels and annotations that OSM reads on Namespaces and pods.

Source: osm v1.2.4, pkg/constants and pkg/injector; reference/osm-semantics.md §7.
"""

from collections.abc import Mapping

from smi2istio.catalog import namespaces as catalog
from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.records import Record

PREFIX = "openservicemesh.io/"
MONITORED_BY = "openservicemesh.io/monitored-by"
IGNORE = "openservicemesh.io/ignore"
INJECTION = "openservicemesh.io/sidecar-injection"
METRICS = "openservicemesh.io/metrics"
PROXY_UUID = "osm-proxy-uuid"

_INJECTION = {
    **dict.fromkeys(("enabled", "yes", "true"), True),
    **dict.fromkeys(("disabled", "no", "false"), False),
}


class Exclusion(Record):
    """One of the lists of traffic that passes by the sidecar.

    Attributes:
        pod: OSM's annotation on pods; "" where there is none.
        istio: Istio's annotation on pods.
        field, key: its names in a MeshConfig's `spec.traffic` and in the ConfigMap
            osm-config; "" where there is none.
        holds: what an element is: a port, an address range or the name of an interface.
    """

    pod: str
    istio: str
    field: str
    key: str
    holds: str


_LAST_PORT = 65535

PORT, RANGE, INTERFACE = "port", "address range", "interface"
_TRAFFIC = "traffic.sidecar.istio.io/"
EXCLUSIONS = (
    Exclusion(
        f"{PREFIX}inbound-port-exclusion-list",
        f"{_TRAFFIC}excludeInboundPorts",
        "inboundPortExclusionList",
        "",
        PORT,
    ),
    Exclusion(
        f"{PREFIX}outbound-port-exclusion-list",
        f"{_TRAFFIC}excludeOutboundPorts",
        "outboundPortExclusionList",
        "",
        PORT,
    ),
    Exclusion(
        f"{PREFIX}outbound-ip-range-exclusion-list",
        f"{_TRAFFIC}excludeOutboundIPRanges",
        "outboundIPRangeExclusionList",
        "outbound_ip_range_exclusion_list",
        RANGE,
    ),
    Exclusion(
        f"{PREFIX}outbound-ip-range-inclusion-list",
        f"{_TRAFFIC}includeOutboundIPRanges",
        "outboundIPRangeInclusionList",
        "",
        RANGE,
    ),
    Exclusion("", f"{_TRAFFIC}excludeInterfaces", "networkInterfaceExclusionList", "", INTERFACE),
)


def may_carry(document: Document) -> bool:
    """Whether an object that stays may carry a mark; needs no parsing."""
    if document.kind == "CustomResourceDefinition":  # OSM's own name these groups and labels
        return False
    return document.mentions(PREFIX) or document.mentions(PROXY_UUID)


def injection(annotations: Mapping[str, str]) -> bool | None:
    """What the annotation asks for; None where it is absent or says neither."""
    return _INJECTION.get(annotations.get(INJECTION, "").lower())


def check_injection(annotations: Mapping[str, str], where: Where) -> None:
    """Refuse a word that OSM's webhook refused, too; *where* is the place of *annotations*.

    Raises:
        Refusal: S2I106.
    """
    if INJECTION in annotations and injection(annotations) is None:
        word = annotations[INJECTION]
        raise Refusal(reading.not_one_of(where.at(INJECTION), word, ("enabled", "disabled")))


def elements(text: str, holds: str, where: Where) -> tuple[str, ...]:
    """The elements of a list that is written with commas, as Istio wants them.

    Raises:
        Refusal: S2I512 for what is not a port or an address range.
    """
    words = [word.strip() for word in text.split(",")]
    return tuple(element(word, holds, where) for word in words if word)


def element(word: str, holds: str, where: Where) -> str:
    """One element: an address without a length gets that of a single address.

    Istio reads no address without a length, and takes blanks for a part of it.

    Raises:
        Refusal: S2I512.
    """
    if holds == PORT:
        if not (word.isascii() and word.isdecimal() and 0 < int(word) <= _LAST_PORT):
            raise Refusal(catalog.bad_element(where, word, holds))
        return str(int(word))
    if holds == INTERFACE:
        return word
    from ipaddress import ip_address, ip_network  # few documents have ranges  # noqa: PLC0415

    address, slash, length = word.partition("/")
    try:
        full = word if slash else f"{address}/{ip_address(address).max_prefixlen}"
        ip_network(full, strict=False)
    except ValueError:
        raise Refusal(catalog.bad_element(where, word, holds)) from None
    if "%" in word or (slash and not length.isdecimal()):  # Python reads masks and zones, Go not
        raise Refusal(catalog.bad_element(where, word, holds))
    return full
