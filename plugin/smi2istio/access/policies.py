"""Whether a rule of an AuthorizationPolicy matches a request.

Fields of one source or operation are ANDed, the values of a field ORed; what a request of
ours does not tell (addresses, tokens) is unknown, not false.

Source: istio, pilot/pkg/security/authz; reference/istio-target.md §1.1 to §1.5,
istio-verified.md (a) to (h) and (p).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from smi2istio.access.bridges import Metadata
from smi2istio.access.request import Request
from smi2istio.access.truth import Truth, every, negation, some
from smi2istio.istio.patterns import accepts

_HTTP_OPERATION = frozenset(("hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"))
_HTTP_SOURCE = frozenset(("requestPrincipals", "notRequestPrincipals"))
_HTTP_KEYS = ("request.headers[", "request.auth.")
_BRACKETED = re.compile(r"([^\[]+)\[(.+)\]")
_FORWARDED = "x-forwarded-client-cert"  # always there on mTLS
#: Headers about one connection, which are gone before policies are asked.
_STRIPPED = frozenset(("te", "connection", "keep-alive", "proxy-connection", "transfer-encoding"))


class Call(NamedTuple):
    """A request as one chain of filters sees it.

    Attributes:
        tcp: the chain does not speak HTTP.
        deny: the rules are those of DENY policies.
        namespace: of the policy.
    """

    request: Request
    tcp: bool
    deny: bool
    namespace: str
    trust_domain: str
    metadata: Metadata


def matches(rule: Mapping[str, Any], call: Call) -> Truth:
    """Whether a rule matches; an absent or empty list is no restriction (measured)."""
    sources = [one.get("source") or {} for one in rule.get("from") or ()]
    operations = [one.get("operation") or {} for one in rule.get("to") or ()]
    conditions = list(rule.get("when") or ())
    if call.tcp:
        if not call.deny and _speaks_http(sources, operations, conditions):
            return False  # the whole rule is dropped
        sources = [_without(one, _HTTP_SOURCE) for one in sources]
        operations = [_without(one, _HTTP_OPERATION) for one in operations]
        conditions = [one for one in conditions if not one["key"].startswith(_HTTP_KEYS)]
    return every(
        (
            not sources or some(_fields(one, _SOURCE, call) for one in sources),
            not operations or some(_fields(one, _OPERATION, call) for one in operations),
            *(_condition(one, call) for one in conditions),
        )
    )


def _speaks_http(
    sources: Iterable[Mapping[str, Any]],
    operations: Iterable[Mapping[str, Any]],
    conditions: Iterable[Mapping[str, Any]],
) -> bool:
    return (
        any(_HTTP_SOURCE & one.keys() for one in sources)
        or any(_HTTP_OPERATION & one.keys() for one in operations)
        or any(one["key"].startswith(_HTTP_KEYS) for one in conditions)
    )


def _without(fields: Mapping[str, Any], keys: frozenset[str]) -> Mapping[str, Any]:
    return {key: values for key, values in fields.items() if key not in keys}


Field = Callable[[str, Call], Truth]


def _fields(fields: Mapping[str, Any], known: Mapping[str, Field], call: Call) -> Truth:
    found: list[Truth] = []
    for key, values in fields.items():
        if not values:
            continue
        field = known.get(key)
        opposite = known.get(key[3:4].lower() + key[4:]) if key.startswith("not") else None
        if field:
            found.append(some(field(str(value), call) for value in values))
        elif opposite:
            found.append(negation(some(opposite(str(value), call) for value in values)))
        else:
            found.append(None)
    return every(found)


def _condition(condition: Mapping[str, Any], call: Call) -> Truth:
    field = _asked(str(condition["key"]))
    if field is None:
        return None
    values, excluded = condition.get("values"), condition.get("notValues")
    return every(
        (
            not values or some(field(str(value), call) for value in values),
            not excluded or negation(some(field(str(value), call) for value in excluded)),
        )
    )


def _asked(key: str) -> Field | None:
    """What the key of a condition asks for."""
    bracketed = _BRACKETED.fullmatch(key)
    if not bracketed:
        return _PLAIN.get(key)
    stem, name = bracketed.groups()
    if stem == "request.headers":
        return lambda value, call: _header(name, value, call)
    if stem.startswith("experimental."):
        return lambda value, call: _stored(stem.removeprefix("experimental."), name, value, call)
    return None


def _header(name: str, value: str, call: Call) -> Truth:
    request, lower = call.request, name.lower()
    if lower == _FORWARDED:
        return False if request.source is None else value == "*" or None
    if lower in _STRIPPED:
        return False
    special = {
        ":method": [request.method],
        ":path": [f"{request.path}{request.query}"],
        ":authority": [request.authority],
        "host": [request.authority],
    }
    lines = special.get(lower, request.values(name))
    return any(accepts("header", value, line) for line in lines)


def _stored(namespace: str, key: str, value: str, call: Call) -> Truth:
    if call.tcp or (namespace, key) not in call.metadata:
        return False
    stored = call.metadata[namespace, key]
    return None if stored is None else accepts("header", value, stored)


def _host(value: str, call: Call) -> Truth:
    return accepts("host", value, call.request.authority)


def _method(value: str, call: Call) -> Truth:
    return accepts("header", value, call.request.method)


def _path(value: str, call: Call) -> Truth:
    return accepts("path", value, call.request.path)


def _port(value: str, call: Call) -> Truth:
    return value == str(call.request.port)


def _principal(value: str, call: Call) -> Truth:
    if call.request.source is None:
        return False
    if value.startswith("cluster.local/"):  # stands for the mesh's own trust domain
        value = call.trust_domain + value.removeprefix("cluster.local")
    namespace, _, name = call.request.source.partition("/")
    return accepts("header", value, f"{call.trust_domain}/ns/{namespace}/sa/{name}")


def _namespace(value: str, call: Call) -> Truth:
    if call.request.source is None:
        return False
    pattern = ".*".join(map(re.escape, value.split("*")))
    return bool(re.fullmatch(pattern, call.request.source.partition("/")[0]))


def _service_account(value: str, call: Call) -> Truth:
    return call.request.source == (value if "/" in value else f"{call.namespace}/{value}")


_SOURCE: Mapping[str, Field] = {
    "principals": _principal,
    "namespaces": _namespace,
    "serviceAccounts": _service_account,
}
_OPERATION: Mapping[str, Field] = {
    "hosts": _host,
    "methods": _method,
    "paths": _path,
    "ports": _port,
}
_PLAIN: Mapping[str, Field] = {
    "source.principal": _principal,
    "source.namespace": _namespace,
    "source.serviceAccount": _service_account,
    "destination.port": _port,
}
