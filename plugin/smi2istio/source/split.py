"""TrafficSplit of split.smi-spec.io, in every published version.

v1alpha1 writes weights as Kubernetes quantities, the others as whole numbers; `matches`
came with v1alpha3.

Source: smi-spec, apis/traffic-split/v1alpha{1,2,3,4}; reference/smi-spec.md §1.5;
k8s.io/apimachinery, pkg/api/resource/quantity.go.
"""

import re
from collections.abc import Sequence

from smi2istio.catalog import reading
from smi2istio.catalog import split as catalog
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.kinds import SPECS
from smi2istio.names import dns_label
from smi2istio.records import Record

#: Digits before and after the point, and a suffix or an exponent.
_QUANTITY = (  # compiled at the first, because only v1alpha1 has them
    r"\+?(?=\.?\d)(\d{0,19})(?:\.(\d{0,19}))?(?:([numkMGTPE]|[KMGTPE]i)|[eE]([-+]?\d\d?))?"
)
#: In billionths, the smallest part that a quantity can hold.
_ONE, _THOUSANDTH = 10**9, 10**6
_UNITS = {
    "n": 1, "u": 10**3, "m": _THOUSANDTH, "": _ONE,
    "k": _ONE * 10**3, "M": _ONE * 10**6, "G": _ONE * 10**9,
    "T": _ONE * 10**12, "P": _ONE * 10**15, "E": _ONE * 10**18,
    "Ki": _ONE * 2**10, "Mi": _ONE * 2**20, "Gi": _ONE * 2**30,
    "Ti": _ONE * 2**40, "Pi": _ONE * 2**50, "Ei": _ONE * 2**60,
}  # fmt: skip
_INT32, _UINT32 = 2**31 - 1, 2**32 - 1


class Backend(Record):
    """A Service as it is written, and its part of the traffic; only ratios matter.

    Attributes:
        where: the place of the name.
        port: where it gets the traffic; 0 for the port that it was sent to.
    """

    service: str
    weight: int
    where: Where
    port: int = 0


class Reference(Record):
    """A group of routes that a split applies to."""

    kind: str
    name: str
    where: Where


class ServiceName(Record):
    """What the name of a Service says.

    Attributes:
        namespace: "" for a short name.
        cluster: it ends in ``.svc.cluster``, which is no domain.
    """

    name: str
    namespace: str = ""
    cluster: bool = False


class TrafficSplit(Record):
    """A parsed split; *where* is the place of the root's name."""

    service: str
    backends: tuple[Backend, ...]
    matches: tuple[Reference, ...]
    where: Where
    fields: Fields


def traffic_split(document: Document) -> TrafficSplit:
    """Parse a TrafficSplit of any version.

    Raises:
        Refusal: S2I102, S2I105, S2I201 to S2I204, S2I218.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    version = document.api_version.rpartition("/")[2]
    backends = spec.mappings("backends")
    if not backends:
        raise Refusal(catalog.no_backends(spec.at("backends")))
    services = [backend.required("service") for backend in backends]
    astray = spec.at("weight").path if spec.has("weight") else ""
    place, quantities = spec.at("backends"), version == "v1alpha1"
    shared = weights(backends, place, quantities=quantities, astray=astray)
    matches = spec.mappings("matches") if version in ("v1alpha3", "v1alpha4") else ()
    return TrafficSplit(
        spec.required("service"),
        tuple(
            Backend(service, weight, backend.at("service"))
            for service, weight, backend in zip(services, shared, backends, strict=True)
        ),
        tuple(_reference(match) for match in matches),
        spec.at("service"),
        fields,
    )


def service_name(text: str, domain: str) -> ServiceName | None:
    """Read one of the spellings of a Service's name; None if it is none of them.

    >>> service_name("web.shop.svc.cluster.local", "cluster.local")
    ServiceName(name='web', namespace='shop', cluster=False)
    """
    if "/" in text:
        (namespace, _, name), tail = text.partition("/"), ""
    else:
        name, _, rest = text.partition(".")
        namespace, _, tail = rest.partition(".")
    labels = (name, namespace) if "." in text or "/" in text else (name,)
    spelt = tail in ("", "svc", "svc.cluster", f"svc.{domain}") and not text.endswith(".")
    if not spelt or not all(map(dns_label, labels)):
        return None
    return ServiceName(name, namespace, cluster=tail == "svc.cluster" and domain != "cluster")


def weights(
    backends: Sequence[Fields], where: Where, *, quantities: bool, astray: str = ""
) -> list[int]:
    """Weights as whole numbers: as written, or all in thousandths (or less) if one needs them.

    Args:
        astray: where a weight stands that is none's, as when its indentation was lost.

    Raises:
        Refusal: S2I105, S2I202 to S2I204.
    """
    for backend in backends:
        if not backend.has("weight"):
            raise Refusal(reading.missing(backend.at("weight"), astray))
    read = _quantity if quantities else _whole
    pairs = [read(backend) for backend in backends]
    part = min(smallest for _, smallest in pairs)
    found = [weight // part for weight, _ in pairs]
    for backend, weight in zip(backends, found, strict=True):
        if weight > _INT32:
            raise Refusal(catalog.weight_too_large(backend.at("weight"), weight, _INT32))
    if sum(found) > _UINT32:
        place = backends[-1].at("weight")
        raise Refusal(catalog.weight_too_large(place, sum(found), _UINT32))
    if not any(found):
        raise Refusal(catalog.all_weights_zero(where))
    return found


def _whole(backend: Fields) -> tuple[int, int]:
    value = backend.raw("weight")
    whole = isinstance(value, int) and not isinstance(value, bool)
    if isinstance(value, float) and value.is_integer():
        whole = True  # 1e2 is a whole number to the API server too
    if not whole or not isinstance(value, (int, float)) or value < 0:
        raise Refusal(catalog.bad_weight(backend.at("weight"), value, "a whole number from 0 on"))
    return int(value) * _ONE, _ONE


def _quantity(backend: Fields) -> tuple[int, int]:
    """A quantity in billionths, and the largest part of one that it is made of.

    ``500m`` and ``0.5`` are the same weight, and half of ``1``.  Kubernetes rounds up to whole
    billionths.
    """
    value = backend.raw("weight")
    number = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    match = re.fullmatch(_QUANTITY, str(value), re.ASCII) if number else None
    if match is None:
        form = "a quantity such as 1, 0.5 or 500m"
        raise Refusal(catalog.bad_weight(backend.at("weight"), value, form))
    digits, fraction, suffix, exponent = match.groups(default="")
    power = int(exponent or 0) - len(fraction)
    scaled = int(digits + fraction) * _UNITS[suffix] * 10 ** max(power, 0)
    weight = -(-scaled // 10 ** max(-power, 0))
    parts = (_THOUSANDTH, 10**3, 1) if suffix in ("n", "u", "m") else (_ONE, _THOUSANDTH, 10**3, 1)
    return weight, next(part for part in parts if not weight % part)


def _reference(match: Fields) -> Reference:
    group = match.text("apiGroup").partition("/")[0]
    if group not in ("", SPECS):
        raise Refusal(catalog.not_a_route_group(match.at("apiGroup"), group))
    return Reference(match.required("kind"), match.required("name"), match.where)
