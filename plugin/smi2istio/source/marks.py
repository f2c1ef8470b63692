"""The labels and annotations that OSM reads on Namespaces and pods.

Those of other meshes are in ``neighbours``, but for what asks for a sidecar: that decides
whether a policy is in force.

Source: osm v1.2.4, pkg/constants and pkg/injector; reference/osm-semantics.md §7,
legacy-and-neighbours.md §5.
"""

from collections.abc import Collection, Iterator, Mapping

from smi2istio.catalog import namespaces as catalog
from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.names import address_range, is_port, number
from smi2istio.records import Record
from smi2istio.source_mesh import SourceMesh

PREFIX = "openservicemesh.io/"
MONITORED_BY = "openservicemesh.io/monitored-by"
IGNORE = "openservicemesh.io/ignore"
INJECTION = "openservicemesh.io/sidecar-injection"
METRICS = "openservicemesh.io/metrics"
PROXY_UUID = "osm-proxy-uuid"
#: Istio's own, on pods.
ISTIO_INJECTION = "sidecar.istio.io/inject"

_DEFINITION = "CustomResourceDefinition"

_INJECTION = {
    **dict.fromkeys(("enabled", "yes", "true", "ingress"), True),
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


PORT, PORTS, RANGE, INTERFACE = "port", "port or range of ports", "address range", "interface"
_MOST_PORTS = 1000  # that a range may stand for: Istio wants them one by one
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


def exclusions(mesh: SourceMesh) -> tuple[Exclusion, ...]:
    """The lists that count for pods of a mesh: OSM's, and its own."""
    if not mesh.domains:
        return EXCLUSIONS
    from smi2istio.source import neighbours  # noqa: PLC0415 - OSM has none of theirs

    return (*EXCLUSIONS, *neighbours.EXCLUSIONS)


def may_carry(document: Document, domains: Collection[str] = ()) -> bool:
    """Whether an object that stays may carry a mark of OSM, or of *domains*; needs no parsing."""
    if document.kind == _DEFINITION:  # OSM's own name these groups and labels
        return False
    osm = document.mentions(PREFIX) or document.mentions(PROXY_UUID)
    return osm or (bool(domains) and any(map(document.mentions, domains)))


def elsewhere(value: object, skipped: Collection[str], path: str = "") -> Iterator[tuple[str, str]]:
    """Path and name of what looks like a mark of OSM, below all but the *skipped* paths."""
    if isinstance(value, dict):
        for key, inner in value.items():
            here = f"{path}.{key}" if path else str(key)
            if isinstance(key, str) and key.startswith(PREFIX):
                yield here, key
            elif here not in skipped:
                yield from elsewhere(inner, skipped, here)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from elsewhere(inner, skipped, f"{path}[{index}]")
    elif isinstance(value, str) and value.startswith(PREFIX):
        yield path, value


def switched_off(annotations: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether pods say to Istio that they want no sidecar; the label counts for more."""
    return {**annotations, **labels}.get(ISTIO_INJECTION) == "false"


def injection(
    annotations: Mapping[str, str], labels: Mapping[str, str], mesh: SourceMesh
) -> bool | None:
    """Whether an object asks for sidecars; None where it says neither.

    OSM's annotation counts whatever the mesh; that of the mesh, which NGINX has as a label,
    beside it.
    """
    asked = _INJECTION.get(annotations.get(INJECTION, "").lower())
    if asked is None and mesh.injection:
        asked = _INJECTION.get({**labels, **annotations}.get(mesh.injection, "").lower())
    return asked


def check_injection(
    annotations: Mapping[str, str], labels: Mapping[str, str], mesh: SourceMesh, metadata: Where
) -> None:
    """Refuse a word that the mesh's webhook refused, too; *metadata* is the place of both.

    Raises:
        Refusal: S2I106.
    """
    own = mesh.injection
    for name, there, key in (
        ("annotations", annotations, INJECTION), ("annotations", annotations, own),
        ("labels", labels, own),
    ):  # fmt: skip
        word = there.get(key)
        if word is not None and word.lower() not in _INJECTION:
            place = metadata.at(name).at(key)
            raise Refusal(reading.not_one_of(place, word, ("enabled", "disabled")))


def elements(text: str, holds: str, where: Where) -> tuple[str, ...]:
    """The elements of a list that is written with commas, as Istio wants them.

    Raises:
        Refusal: S2I512 for what is not a port or an address range.
    """
    words = [word.strip() for word in text.split(",")]
    if holds == PORTS:
        return tuple(port for word in words if word for port in _ports(word, where))
    return tuple(element(word, holds, where) for word in words if word)


def _ports(word: str, where: Where) -> Iterator[str]:
    first, dash, last = (part.strip() for part in word.partition("-"))
    if dash and not (first and last):
        raise Refusal(catalog.bad_element(where, word, PORTS))
    begin = int(element(first, PORT, where))
    end = int(element(last, PORT, where)) if dash else begin
    if not begin <= end < begin + _MOST_PORTS:
        raise Refusal(catalog.bad_element(where, word, f"range of at most {_MOST_PORTS} ports"))
    yield from map(str, range(begin, end + 1))


def element(word: str, holds: str, where: Where) -> str:
    """One element: an address without a length gets that of a single address.

    Raises:
        Refusal: S2I512.
    """
    if holds == PORT:
        digits = word.lstrip("0")
        if not is_port(number(digits)):
            raise Refusal(catalog.bad_element(where, word, holds))
        return digits
    if holds == INTERFACE:
        return word
    full = address_range(word)
    if full is None:
        raise Refusal(catalog.bad_element(where, word, holds))
    return full
