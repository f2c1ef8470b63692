"""Egress of policy.openservicemesh.io.

Source: osm v1.2.4, pkg/apis/policy/v1alpha1; reference/osm-semantics.md §6.1.
"""

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import is_port
from smi2istio.records import Record
from smi2istio.source.policy import Reference, address_range, reference


class Port(Record):
    number: int
    protocol: str
    where: Where


class Match(Record):
    """A document that restricts or limits the traffic."""

    kind: str
    name: str
    where: Where


class Egress(Record):
    """What accounts may reach outside the mesh.

    Attributes:
        addresses: ranges, with their lengths.
        spec: the place of all fields.
    """

    sources: tuple[Reference, ...]
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    ports: tuple[Port, ...]
    matches: tuple[Match, ...]
    spec: Where
    fields: Fields


_KINDS = {
    "specs.smi-spec.io/v1alpha4": "HTTPRouteGroup",
    "policy.openservicemesh.io/v1alpha1": "UpstreamTrafficSetting",
}


def egress(document: Document) -> Egress:
    """Parse one.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I129, S2I474, S2I512.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    spec.need("sources", "ports")
    where = spec.at("ipAddresses")
    return Egress(
        tuple(reference(one, ("ServiceAccount",)) for one in spec.mappings("sources")),
        spec.values("hosts", str),
        tuple(
            address_range(word, where.at(index))
            for index, word in enumerate(spec.values("ipAddresses", str))
        ),
        tuple(_port(one) for one in spec.mappings("ports")),
        tuple(_match(one) for one in spec.mappings("matches")),
        spec.where,
        fields,
    )


def _port(fields: Fields) -> Port:
    number = fields.raw("number")
    if not is_port(number):
        raise Refusal(reading.bad_port(fields.at("number"), number))
    return Port(number, fields.required("protocol"), fields.where)


def _match(fields: Fields) -> Match:
    """OSM took a group with its version, and one kind of each."""
    group, kind = fields.required("apiGroup"), fields.required("kind")
    if group not in _KINDS:
        raise Refusal(reading.not_one_of(fields.at("apiGroup"), group, tuple(_KINDS)))
    if kind != _KINDS[group]:
        raise Refusal(reading.not_one_of(fields.at("kind"), kind, (_KINDS[group],)))
    return Match(kind, fields.required("name"), fields.where)
