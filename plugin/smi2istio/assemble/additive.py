"""ALLOW policies of the user's own, which add up with those that are emitted.

In the old mesh they had no effect, in Istio each of them opens what it names.  So requests
are made up that such a policy admits, among them some with values that nobody names, and the
first that no emitted policy admits is shown.

Source: the specification, §4; reference/istio-target.md §1.1 and §1.2.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import NamedTuple

from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents import Document
from smi2istio.istio.patterns import Field, accepts, read
from smi2istio.istio.standing import AUTHORIZATION_POLICY, SECURITY, is_own, selector
from smi2istio.lenient import items, mapping, spec_of, texts
from smi2istio.names import number
from smi2istio.workloads import injected

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_FRESH = "other"  # in no emitted policy, unless somebody names things so
_ATTEMPTS = 1000  # made-up requests for one policy and workload
_HEADER = re.compile(r"request\.headers\[(.+)\]")
_OPERATOR = re.compile(r"\{\*\*?\}")  # of a path template
_ANYTHING: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("methods", "paths", "ports", "notMethods", "notPaths", "notPorts"), ()
)
_FIELDS: Mapping[str, Field] = {"methods": "header", "paths": "path", "ports": "header"}


class _Pods(NamedTuple):
    """What a policy could be about."""

    namespace: str
    labels: Mapping[str, str]
    ports: tuple[int, ...]


def admits_more(context: Context, emitted: Iterable[Mapping[str, object]]) -> Iterator[Diagnostic]:
    """Compare the user's ALLOW policies with the emitted AuthorizationPolicies.

    To be called when all of these are there.
    """
    if not context.mesh.enforcing:
        return
    denied = context.options.source_mesh.denies_by_default
    ours = [body for body in emitted if body.get("kind") == AUTHORIZATION_POLICY]
    for document in context.bundle.of_kind(SECURITY, AUTHORIZATION_POLICY):
        if not _opens(document):
            continue
        for pods in _selected(document, context):
            beside = [_rules(body) for body in ours if _is_about(body, pods)]
            if not (denied or beside):  # everybody was let in
                continue
            witness = _refused(document, pods, [rule for rules in beside for rule in rules])
            if witness:
                yield catalog.admits_more(Where(document), witness)
                break


def _opens(document: Document) -> bool:
    fields = spec_of(document)
    allows = fields.get("action") in (None, "ALLOW") and items(fields.get("rules"))
    return bool(allows) and is_own(document)


def _selected(document: Document, context: Context) -> Iterator[_Pods]:
    """The pods of members that a policy is about; made-up ones where the input has none."""
    where, wanted = context.bundle.namespace_of(document), selector(document)
    for name in context.mesh.members:
        if where not in (name, context.options.root):
            continue
        there = [
            _Pods(name, one.labels, tuple(sorted(one.declared)))
            for one in context.bundle.workloads(name)
            if injected(context.bundle, one) and wanted.items() <= one.labels.items()
        ]
        if not there and where == name:
            there = [_Pods(name, {key: str(value) for key, value in wanted.items()}, ())]
        yield from there


def _is_about(body: Mapping[str, object], pods: _Pods) -> bool:
    if mapping(body.get("metadata")).get("namespace", pods.namespace) != pods.namespace:
        return False
    wanted = mapping(mapping(mapping(body.get("spec")).get("selector")).get("matchLabels"))
    return wanted.items() <= pods.labels.items()


def _rules(body: Mapping[str, object]) -> list[Mapping[str, object]]:
    return [mapping(rule) for rule in items(mapping(body.get("spec")).get("rules"))]


def _refused(
    document: Document, pods: _Pods, beside: Sequence[Mapping[str, object]]
) -> Witness | None:
    for rule in _rules(document.body):
        for request in islice(_requests(rule, pods, beside), _ATTEMPTS):
            if not any(_admits(ours, request) for ours in beside):
                return request
    return None


def _requests(
    rule: Mapping[str, object], pods: _Pods, beside: Sequence[Mapping[str, object]]
) -> Iterator[Witness]:
    """Requests that a rule of the user's admits."""
    headers = tuple(
        (name[1], _samples("header", value)[0])
        for when in map(mapping, items(rule.get("when")))
        if (name := _HEADER.fullmatch(str(when.get("key"))))
        for value in texts(when.get("values"))[:1]
    )
    ports = {int(port) for ours in beside for op in _operations(ours) for port in op["ports"]}
    known = tuple(str(port) for port in sorted({*ports, *pods.ports}))
    unused = next(str(port) for port in range(1, 65536) if str(port) not in known)
    for source, operation in product(_sources(rule, pods), _operations(rule) or [_ANYTHING]):
        for method, path, port in product(
            _values(operation, "methods", _METHODS),
            _values(operation, "paths", ("/", f"/{_FRESH}")),
            _values(operation, "ports", (*known, unused)),
        ):
            yield Witness(source, method, path, headers, number(port) or 0)


def _sources(rule: Mapping[str, object], pods: _Pods) -> Iterator[str]:
    """Accounts that a rule admits, ``namespace/name``; a made-up one where it names none."""
    anybody = f"{pods.namespace}/{_FRESH}"
    for entry in map(mapping, items(rule.get("from"))):
        source = mapping(entry.get("source"))
        for principal in texts(source.get("principals")):
            _, _, account = principal.partition("/ns/")
            namespace, _, name = account.partition("/sa/")
            yield f"{namespace}/{_samples('header', name or '*')[0]}" if namespace else anybody
        for account in texts(source.get("serviceAccounts")):
            yield account if "/" in account else f"{pods.namespace}/{account}"
        for namespace in texts(source.get("namespaces")):
            yield f"{_samples('header', namespace)[0]}/{_FRESH}"
        if not source.keys() & {"principals", "serviceAccounts", "namespaces"}:
            yield anybody
    if not items(rule.get("from")):
        yield anybody


def _operations(rule: Mapping[str, object]) -> list[Mapping[str, tuple[str, ...]]]:
    operations = (mapping(mapping(to).get("operation")) for to in items(rule.get("to")))
    return [{key: texts(one.get(key)) for key in _ANYTHING} for one in operations]


def _values(operation: Mapping[str, tuple[str, ...]], key: str, absent: Sequence[str]) -> list[str]:
    field = _FIELDS[key]
    values = [one for value in operation[key] for one in _samples(field, value)] or absent
    excluded = operation[f"not{key.capitalize()}"]
    return [one for one in values if not any(accepts(field, value, one) for value in excluded)]


def _admits(rule: Mapping[str, object], request: Witness) -> bool:
    """Whether an emitted rule could admit a request; what is not looked at counts as fulfilled."""
    account = request.source.replace("/", "/sa/", 1)
    named = [
        principal
        for entry in map(mapping, items(rule.get("from")))
        for principal in texts(mapping(entry.get("source")).get("principals"))
    ]
    if not any(principal.endswith(f"/ns/{account}") for principal in named):
        return False
    for when in map(mapping, items(rule.get("when"))):
        name = _HEADER.fullmatch(str(when.get("key")))
        value = dict(request.headers).get(name[1]) if name else ""
        if value is None or (name and not _fits("header", texts(when.get("values")), value)):
            return False
    return any(
        _fits("header", operation["methods"], request.method)
        and _fits("path", operation["paths"], request.path)
        and _fits("header", operation["ports"], str(request.port))
        for operation in _operations(rule) or [_ANYTHING]
    )


def _fits(field: Field, patterns: Sequence[str], value: str) -> bool:
    return not patterns or any(accepts(field, pattern, value) for pattern in patterns)


def _samples(field: Field, pattern: str) -> tuple[str, ...]:
    """Values that a pattern accepts: the shortest, and one that nobody names."""
    kind, text = read(field, pattern)
    if kind == "template":
        return (_OPERATOR.sub(_FRESH, text),)
    if kind == "prefix":
        return (text, f"{text}{_FRESH}")
    if kind == "exact":
        return (text,)
    fresh = f"/{_FRESH}{text}" if field == "path" else f"{_FRESH}{text}"
    return (fresh, text) if text and field != "path" else (fresh,)
