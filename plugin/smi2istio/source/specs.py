"""HTTPRouteGroup, TCPRoute and UDPRoute of specs.smi-spec.io: the vocabulary of access and splits.

v1alpha1 and v1alpha2 hold `matches` at the top level, later versions under `spec`; headers
are a list of maps in the releases of the specification and one map on its main branch.

Source: smi-spec, apis/traffic-specs/v1alpha{1,2,3,4}; reference/smi-spec.md §1.3 and §1.4.
"""

import re
from collections.abc import Iterator

from smi2istio.catalog import access as catalog
from smi2istio.catalog import reading
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import is_port
from smi2istio.records import Record

#: The name of a method, or any; RFC 9110 allows more, and no CRD of SMI does.
_METHOD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*|\*")


class HTTPMatch(Record):
    """A conjunction: a request must fit the path, one of the methods, and every header.

    Attributes:
        path_regex: "" for any path.
        methods: as written; none for any.
        headers: pairs of name and regex, in the order of the document; a name stands once.
        places: where each of the headers stands.
    """

    name: str
    path_regex: str
    methods: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    where: Where
    places: tuple[Where, ...] = ()


class HTTPRouteGroup(Record):
    """The matches in the order of the document, and what there is to say about their form."""

    matches: tuple[HTTPMatch, ...]
    fields: Fields
    diagnostics: tuple[Diagnostic, ...] = ()

    def named(self, name: str) -> HTTPMatch | None:
        """The match of that name; of several the last, as OSM has it (osm-semantics §2.4)."""
        return next((match for match in reversed(self.matches) if match.name == name), None)


class PortRoute(Record):
    """A TCPRoute or UDPRoute; no ports means every port."""

    ports: tuple[int, ...]
    fields: Fields


def is_method(text: str) -> bool:
    """Whether a match may list it; ``*`` stands for any method."""
    return _METHOD.fullmatch(text) is not None


def http_route_group(document: Document) -> HTTPRouteGroup:
    """Parse an HTTPRouteGroup of any version.

    Raises:
        Refusal: S2I102, S2I105, S2I134, S2I305, S2I306, S2I377.
    """
    fields = Fields.of(document)
    body = _body(fields, document)
    said: list[Diagnostic] = []
    matches = tuple(_http_match(match, said) for match in body.mappings("matches"))
    last = {match.name: match for match in matches}
    said += (
        catalog.match_defined_twice(match.where, match.name)
        for match in matches
        if match is not last[match.name]
    )
    return HTTPRouteGroup(matches, fields, tuple(said))


def port_route(document: Document) -> PortRoute:
    """Parse a TCPRoute or UDPRoute; only v1alpha4 has ports.

    Raises:
        Refusal: S2I102, S2I129.
    """
    fields = Fields.of(document)
    matches = fields.mapping("spec").mapping("matches")
    matches.skip("name")
    ports = matches.values("ports", int)
    for index, port in enumerate(ports):
        if not is_port(port):
            raise Refusal(reading.bad_port(matches.at("ports").at(index), port))
    return PortRoute(tuple(dict.fromkeys(ports)), fields)


def _body(fields: Fields, document: Document) -> Fields:
    if document.api_version.rpartition("/")[2] in ("v1alpha1", "v1alpha2"):
        if fields.has("spec"):
            raise Refusal(reading.shape_of_other_versions(fields.at("spec"), "v1alpha3 and later"))
        return fields
    if fields.has("matches") and not fields.has("spec"):
        raise Refusal(
            reading.shape_of_other_versions(fields.at("matches"), "v1alpha1 and v1alpha2")
        )
    return fields.mapping("spec")


def _http_match(fields: Fields, said: list[Diagnostic]) -> HTTPMatch:
    name = fields.required("name")
    path, methods = fields.text("pathRegex"), fields.values("methods", str)
    headers: dict[str, str] = {}
    places: dict[str, Where] = {}
    for place, header, regex in _headers(fields):
        if header in headers:
            said.append(catalog.header_defined_twice(place, header))
        if not header or header.startswith(":"):
            raise Refusal(catalog.pseudo_header(place, header))
        if not regex:
            raise Refusal(catalog.empty_header_regex(place, header))
        hosts = {one for one in (header, *headers) if one.lower() == "host"}
        if len(hosts) > 1:
            raise Refusal(catalog.host_twice(place, header))
        headers[header], places[header] = regex, place
    pairs, where = tuple(headers.items()), tuple(places.values())
    return HTTPMatch(name, path, methods, pairs, fields.where, where)


def _headers(fields: Fields) -> Iterator[tuple[Where, str, str]]:
    maps = (
        (fields.mapping("headers"),)
        if isinstance(fields.raw("headers"), dict)
        else fields.mappings("headers")
    )
    for one in maps:
        for header in one.names():
            yield one.at(header), header, one.text(header)
