"""Policies of the user's own that refuse what the old mesh allowed.

DENY and CUSTOM are asked before any ALLOW.  In the old mesh these policies had no
effect, in Istio they take requests away; so a request is looked for that a target allows and
such a policy is about.

Source: the specification, §1 (narrower); reference/istio-target.md §1.1, §1.4 and §1.7.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

from smi2istio.assemble.policies import Place
from smi2istio.assemble.requests import ANY, METHODS, PATH, Demand, request
from smi2istio.assemble.requirements import Requirements
from smi2istio.assemble.sites import Door, Site
from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents import Document
from smi2istio.istio.patterns import accepts
from smi2istio.istio.standing import AUTHORIZATION_POLICY, SECURITY, is_own, selector
from smi2istio.lenient import items, mapping, spec_of, texts
from smi2istio.names import number
from smi2istio.records import Record
from smi2istio.regex.emitted import written
from smi2istio.regex.language import Language
from smi2istio.regex.tree import TooComplex
from smi2istio.workloads import injected

_ASKED_FIRST = ("DENY", "CUSTOM")
_ANYBODY = "other"  # in no policy, unless somebody names things so
_HEADERS = "request.headers["
#: Fields of a source and of an operation that a request of ours decides.
_SOURCE = frozenset(("principals", "notPrincipals", "namespaces", "notNamespaces"))
_OPERATION = frozenset(("methods", "notMethods", "paths", "notPaths", "ports", "notPorts"))

_Values = Mapping[str, Sequence[str]]


class _Asked(Record):
    """What one source, one operation and all conditions of a rule are about.

    Attributes:
        outside: what it is not about.
        certain: nothing else is asked, as an address or a token.
    """

    source: _Values
    operation: _Values
    inside: Demand
    outside: tuple[Demand, ...]
    certain: bool


#: A policy without rules, which is about everything that is not allowed by another.
_NOTHING = _Asked({}, {}, ANY, (), certain=True)


def refuses_more(
    places: Iterable[Place], context: Context, requirements: Requirements
) -> Iterator[Diagnostic]:
    """Each policy of the user's that takes a request away, once."""
    sites = [Site(place, requirements, context) for place in places]
    own = [one for one in context.bundle.of_kind(SECURITY, AUTHORIZATION_POLICY) if is_own(one)]
    for document in own:
        with suppress(TooComplex):  # by a rule of thousands of values
            if told := next(_of_policy(document, own, sites, context), None):
                yield told


def _of_policy(
    document: Document, own: Sequence[Document], sites: Sequence[Site], context: Context
) -> Iterator[Diagnostic]:
    for asked in [*_asked(document)] or [_NOTHING]:
        if context.mesh.permissive:
            witness = _of_everybody(asked, document, own, context)
        elif _action(document) in _ASKED_FIRST:
            found = (_taken(asked, document, site, context) for site in sites)
            witness = next(filter(None, found), None)
        else:
            return
        if witness:
            certain = asked.certain and _action(document) != "CUSTOM"
            yield catalog.refuses_more(Where(document), witness, certain=certain)


def _action(document: Document) -> str:
    return str(spec_of(document).get("action") or "ALLOW")


def _asked(document: Document) -> Iterator[_Asked]:
    for rule in map(mapping, items(spec_of(document).get("rules"))):
        conditions = [mapping(one) for one in items(rule.get("when"))]
        headers = [
            (str(one["key"])[len(_HEADERS) : -1].lower(), written("header", texts(one["values"])))
            for one in conditions
            if str(one.get("key")).startswith(_HEADERS) and one.get("values")
        ]
        for source in _parts(rule, "from", "source"):
            for operation in _parts(rule, "to", "operation"):
                yield _joined(source, operation, headers, len(conditions))


def _joined(
    source: _Values, operation: _Values, headers: Sequence[tuple[str, Language]], conditions: int
) -> _Asked:
    methods = frozenset[str]()
    if operation.keys() & {"methods", "notMethods"}:
        known = (*METHODS, *operation.get("methods", ()))
        methods = frozenset(one for one in known if _fits(operation, "methods", one))
    paths, without = operation.get("paths"), operation.get("notPaths")
    inside = [*headers, *([(PATH, written("path", paths))] if paths else [])]
    outside = [Demand(frozenset(), ((PATH, written("path", without)),))] if without else []
    decided = source.keys() <= _SOURCE and operation.keys() <= _OPERATION
    certain = decided and len(headers) == conditions
    return _Asked(source, operation, Demand(methods, tuple(inside)), tuple(outside), certain)


def _taken(asked: _Asked, document: Document, site: Site, context: Context) -> Witness | None:
    """A request or connection that a target allows and the policy is about."""
    if not selects_pods(document, site, context):
        return None

    def is_about(door: Door) -> bool:
        return _is_from(asked.source, context, door.source) and _fits(
            asked.operation, "ports", str(door.port)
        )

    return site.first(is_about, asked.inside, asked.outside)


def selects_pods(document: Document, site: Site, context: Context) -> bool:
    """Whether a policy is about some of the pods of a destination."""
    namespace, _, account = site.grants[0].destination.partition("/")
    if context.bundle.namespace_of(document) not in (namespace, context.options.root):
        return False
    labels = [
        one.labels for one in context.bundle.workloads(namespace) if one.service_account == account
    ] or [pods.labels for pods in site.pods]
    wanted = selector(document).items()
    return any(wanted <= one.items() for one in labels)


def _of_everybody(
    asked: _Asked, document: Document, own: Sequence[Document], context: Context
) -> Witness | None:
    """A request within a permissive mesh that the policy is about, or lets nobody else send."""
    for namespace in context.mesh.members:
        there = [one for one in own if _is_about_pods_of(one, namespace, context)]
        if document not in there:
            continue
        caller, port = f"{namespace}/{_ANYBODY}", "0"
        if _action(document) in _ASKED_FIRST:
            caller = next(
                filter(partial(_is_from, asked.source, context), _callers(asked, caller)), ""
            )
            found = request([asked.inside], asked.outside) if caller else None
            port = next(iter(asked.operation.get("ports", ())), "0")
        else:
            rules = (rule for one in there if _action(one) == "ALLOW" for rule in _asked(one))
            admitting = [one.inside for one in rules if _is_from(one.source, context, caller)]
            found = request([ANY], admitting)
        if found:
            return found._replace(source=caller, port=number(port) or 0)
    return None


def _callers(asked: _Asked, anybody: str) -> Iterator[str]:
    """Accounts that a source may be about."""
    yield anybody
    for principal in asked.source.get("principals", ()):
        namespace, _, name = principal.partition("/ns/")[2].partition("/sa/")
        yield f"{namespace}/{name}"
    yield from (f"{one}/{_ANYBODY}" for one in asked.source.get("namespaces", ()))


def _is_about_pods_of(document: Document, namespace: str, context: Context) -> bool:
    wanted = selector(document).items()
    return context.bundle.namespace_of(document) in (namespace, context.options.root) and any(
        wanted <= one.labels.items()
        for one in context.bundle.workloads(namespace)
        if injected(context.bundle, one)
    )


def _is_from(source: _Values, context: Context, account: str) -> bool:
    namespace, _, name = account.partition("/")
    principal = f"{context.options.trust_domain}/ns/{namespace}/sa/{name}"
    return _fits(source, "principals", principal) and _fits(source, "namespaces", namespace)


def _fits(fields: _Values, key: str, value: str) -> bool:
    wanted, unwanted = fields.get(key, ()), fields.get(f"not{key.capitalize()}", ())
    return (not wanted or any(accepts("header", one, value) for one in wanted)) and not any(
        accepts("header", one, value) for one in unwanted
    )


def _parts(rule: Mapping[str, object], key: str, inner: str) -> list[_Values]:
    """The sources or operations of a rule; one without any field where it has none."""
    found = [mapping(mapping(one).get(inner)) for one in items(rule.get(key))]
    return [{name: texts(values) for name, values in one.items()} for one in found] or [{}]
