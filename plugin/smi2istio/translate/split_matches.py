"""`matches` of a TrafficSplit → conditions of a VirtualService.

Requests that fit one of the groups' matches are split, the rest goes to the root.  Here
Istio has full RE2, so nothing is lost; a regex only has to say what the source mesh's
anchoring left unsaid.

Source: smi-spec, apis/traffic-split/v1alpha4; the specification, §3 and §7.
Target: https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest
"""

from collections.abc import Generator, Sequence

from smi2istio.catalog import access as access_catalog
from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.emit import Json
from smi2istio.istio.networking import LONGEST_REGEX
from smi2istio.kinds import SPECS
from smi2istio.records import Record
from smi2istio.source import specs
from smi2istio.source.split import Reference
from smi2istio.source_mesh import Reading


class Selection(Record):
    """Which requests are split.

    Attributes:
        conditions: alternatives, without a port; an empty one is every request.
        groups: the documents that said so.
    """

    conditions: tuple[Json, ...] = ({},)
    groups: tuple[Document, ...] = ()

    @property
    def everything(self) -> bool:
        return self.conditions == ({},)


def select(
    references: Sequence[Reference], context: Context, namespace: str
) -> Generator[Diagnostic, None, Selection]:
    """Read the groups that a split names; without any, every request is split.

    Raises:
        Refusal: S2I218, S2I219, S2I220, S2I350, and what reading a group raises.
    """
    if not references:
        return Selection()
    found: list[Json] = []
    groups: list[Document] = []
    for reference in references:
        if reference.kind != "HTTPRouteGroup":
            raise Refusal(catalog.not_a_route_group(reference.where.at("kind"), reference.kind))
        document = context.bundle.find(
            SPECS, "HTTPRouteGroup", reference.name, namespace, reference.where.document
        )
        if document is None:
            raise Refusal(catalog.group_missing(reference.where.at("name"), reference.name))
        groups.append(document)
        for match in context.bundle.parsed(document, specs.http_route_group).matches:
            condition = yield from _condition(match, context)
            if condition is not None and condition not in found:
                found.append(condition)
    return Selection(({},) if {} in found else tuple(found), tuple(groups))


def _condition(
    match: specs.HTTPMatch, context: Context
) -> Generator[Diagnostic, None, Json | None]:
    """One match as Istio writes it; None if no request fits it."""
    mesh = context.options.source_mesh
    built: Json = {}
    if not mesh.header_matches_only:
        methods = yield from _methods(match)
        if methods is None:
            return None
        if match.path_regex not in ("", ".*"):
            built["uri"] = _regex(match.path_regex, mesh.path_regex, match.where.at("pathRegex"))
        built.update(methods)
    elif match.path_regex or match.methods:
        yield catalog.only_headers_count(match.where, match.name)
    headers: Json = {}
    for name, regex in match.headers:
        condition = _regex(regex, mesh.header_regex, match.where.at("headers"))
        if name.lower() == "host":
            built["authority"] = condition
        else:
            headers[name.lower()] = condition
    return {**built, "headers": headers} if headers else built


def _methods(match: specs.HTTPMatch) -> Generator[Diagnostic, None, Json | None]:
    where = match.where.at("methods")
    for method in filter(None, match.methods):
        if not specs.is_method(method):
            yield access_catalog.bad_method(where, method)
        elif method != method.upper():
            yield access_catalog.lower_case_method(where, method)
    methods = list(dict.fromkeys(method.upper() for method in match.methods if method))
    if match.methods and not methods:
        yield access_catalog.dead_methods(where)
        return None
    if not methods or "*" in methods:
        return {}
    if len(methods) == 1:
        return {"method": {"exact": methods[0]}}
    return {"method": {"regex": "|".join(methods)}}


def _regex(regex: str, reading: Reading, where: Where) -> Json:
    from smi2istio.regex.language import anchored  # noqa: PLC0415 - few splits have matches
    from smi2istio.regex.tree import Rejected  # noqa: PLC0415

    try:
        text = anchored(regex, reading)
    except Rejected as problem:
        raise Refusal(access_catalog.not_re2(where, regex, str(problem))) from None
    if (length := len(text.encode())) > LONGEST_REGEX:
        raise Refusal(catalog.regex_too_long(where, length))
    return {"regex": text}
