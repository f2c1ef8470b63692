"""TrafficTarget of access.smi-spec.io, in every published version.

v1alpha1 has the body at the top level and calls the rules `specs`; `destination.port`
exists in v1alpha1 and v1alpha2 only.

Source: smi-spec, apis/traffic-access/v1alpha{1,2,3}; reference/smi-spec.md §1.2.
"""

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import is_port
from smi2istio.records import Record


class Subject(Record):
    """A source or a destination; an absent namespace is ""."""

    kind: str
    name: str
    namespace: str
    where: Where


class Rule(Record):
    """A reference to routes in the target's own namespace.

    Attributes:
        matches: names of matches of an HTTPRouteGroup; none where the list is absent or empty.
    """

    kind: str
    name: str
    matches: tuple[str, ...]
    where: Where


class TrafficTarget(Record):
    """A parsed TrafficTarget.

    Attributes:
        port: the only workload port of the destination that is opened; 0 for no such limit.
        pruned_port: a `destination.port` in a version that does not have the field; 0 for none.
    """

    destination: Subject
    rules: tuple[Rule, ...]
    sources: tuple[Subject, ...]
    port: int
    pruned_port: int
    fields: Fields


def traffic_target(document: Document) -> TrafficTarget:
    """Parse a TrafficTarget of any version.

    Raises:
        Refusal: S2I102, S2I105, S2I129, S2I134.
    """
    fields = Fields.of(document)
    version = document.api_version.rpartition("/")[2]
    body = _body(fields, version)
    destination = body.mapping("destination")
    port = _port(destination)
    has_port = version != "v1alpha3"
    return TrafficTarget(
        _subject(destination),
        tuple(_rule(rule) for rule in body.mappings("specs" if body is fields else "rules")),
        tuple(_subject(source) for source in body.mappings("sources")),
        port if has_port else 0,
        0 if has_port else port,
        fields,
    )


def _body(fields: Fields, version: str) -> Fields:
    if version == "v1alpha1":
        if fields.has("spec"):
            raise Refusal(reading.shape_of_other_versions(fields.at("spec"), "v1alpha2 and later"))
        return fields
    if fields.has("destination") and not fields.has("spec"):
        raise Refusal(reading.shape_of_other_versions(fields.at("destination"), "v1alpha1"))
    return fields.mapping("spec")


def _subject(fields: Fields) -> Subject:
    """A subject; an empty kind is another kind than ServiceAccount, as it was to every mesh."""
    fields.skip("port")
    fields.need("kind")
    return Subject(
        fields.text("kind"),
        fields.required("name"),
        fields.text("namespace"),
        fields.where,
    )


def _rule(fields: Fields) -> Rule:
    return Rule(
        fields.required("kind"),
        fields.required("name"),
        fields.values("matches", str),
        fields.where,
    )


def _port(destination: Fields) -> int:
    value = destination.raw("port")
    if value is None:
        return 0
    port = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not is_port(port):
        raise Refusal(reading.bad_port(destination.at("port"), value))
    return port
