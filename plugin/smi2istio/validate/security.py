"""What istiod and Envoy ask of security documents beyond their CRDs.

istiod's webhook refuses some spellings; where it is absent, istiod leaves the rule out
in silence.  Envoy refuses others that the webhook takes.  And some are taken by both,
and read as "everybody".  Checked are the fields that translators write.

Source: istio/istio pkg/config/validation, pkg/config/security
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from smi2istio.documents import Unreadable, load
from smi2istio.validate.emitted import ENVOY, ISTIOD, MISREAD, Emitted, Problem
from smi2istio.validate.values import port_text

#: Operations that a TCP connection does not have; a rule with one of them is HTTP only.
_HTTP_FIELDS = frozenset({"hosts", "methods", "paths", "notHosts", "notMethods", "notPaths"})
_HTTP_SOURCES = frozenset({"requestPrincipals", "notRequestPrincipals"})
#: In the old Istio a role could be bound to anybody, and RBAC could exclude a namespace.
_ROLES = frozenset({"ServiceRole", "ServiceRoleBinding"})
_SWITCHES = frozenset({"ClusterRbacConfig", "RbacConfig"})

_KEY = (
    r"((request\.headers|request\.auth\.claims|experimental\.envoy\.filters\.[^\[]+)\[.+\]"
    r"|request\.auth\.(audiences|presenter|principal)|connection\.sni"
    r"|(source|remote|destination)\.ip|destination\.port|source\.(namespace|principal))\Z"
)
_SEGMENT = r"(\{\*\}|\{\*\*\}|[A-Za-z0-9\-._~%!$&'()+,;:@=]+)\Z"


def authorization_policy(spec: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """S2I904 to S2I906."""
    denies = spec.get("action") == "DENY"
    for index, rule in enumerate(spec.get("rules", ())):
        path = f"spec.rules[{index}]"
        if denies and _closes_tcp(rule):
            yield MISREAD, path, "a DENY rule about HTTP without ports closes what is not HTTP"
        for number, source in enumerate(rule.get("from", ())):
            yield from _values(source.get("source"), f"{path}.from[{number}].source")
        yield from _operations(rule.get("to", ()), path)
        for number, condition in enumerate(rule.get("when", ())):
            yield from _condition(condition, f"{path}.when[{number}]")


def request_authentication(spec: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """S2I904."""
    for index, rule in enumerate(spec.get("jwtRules", ())):
        if "jwks" in rule and not _is_json(rule["jwks"]):
            yield ISTIOD, f"spec.jwtRules[{index}].jwks", "is not JSON"


def _is_json(text: str) -> bool:
    try:
        return isinstance(load(text), dict)
    except Unreadable:
        return False


def open_rules(emitted: Emitted) -> Iterator[Problem]:
    """S2I906 for ALLOW rules that admit everybody, unless the source did that in so many words.

    A role bound to `*` keeps the ports of its Services; and what a ClusterRbacConfig
    excluded was open to everybody.
    """
    spec = emitted.body.get("spec", {})
    if emitted.kind != "AuthorizationPolicy" or spec.get("action", "ALLOW") != "ALLOW":
        return
    for index, rule in enumerate(spec.get("rules", ())):
        if "from" not in rule and not _meant_for_all(rule, emitted.source_kinds):
            yield MISREAD, f"spec.rules[{index}]", "an ALLOW rule without 'from' admits everybody"


def _meant_for_all(rule: Mapping[str, Any], kinds: frozenset[str]) -> bool:
    if kinds == _ROLES:
        return bool(rule.get("to")) and all("ports" in to["operation"] for to in rule["to"])
    return bool(kinds) and kinds <= _SWITCHES


def _closes_tcp(rule: Mapping[str, Any]) -> bool:
    """Whether a rule is about HTTP only; on a TCP connection nothing is left of that but "any"."""
    operations = [to.get("operation") or {} for to in rule.get("to", ())]
    sources = [one.get("source") or {} for one in rule.get("from", ())]
    about_http = (
        any(_HTTP_FIELDS & fields.keys() for fields in operations)
        or any(_HTTP_SOURCES & fields.keys() for fields in sources)
        or any(one["key"].startswith("request.") for one in rule.get("when", ()))
    )
    return about_http and not (operations and all("ports" in fields for fields in operations))


def _operations(to: list[Mapping[str, Any]], path: str) -> Iterator[Problem]:
    operations = [entry.get("operation") or {} for entry in to]
    for index, operation in enumerate(operations):
        place = f"{path}.to[{index}].operation"
        yield from _values(operation, place)
        for port in filter(None, operation.get("ports", ())):
            if not port_text(port):
                yield ISTIOD, f"{place}.ports", f"{port!r} is not a port"
        for pattern in (*operation.get("paths", ()), *operation.get("notPaths", ())):
            yield from _path(pattern, f"{place}.paths")
    if len({_HTTP_FIELDS.isdisjoint(operation) for operation in operations}) > 1:
        yield MISREAD, path, "operations with and without HTTP fields: Istio drops all for TCP"


def _values(fields: Mapping[str, list[str]] | None, path: str) -> Iterator[Problem]:
    if not fields:
        yield ISTIOD, path, "is empty"
        return
    for field, values in fields.items():
        if "" in values:
            yield ISTIOD, f"{path}.{field}", "holds an empty value"


def _path(pattern: str, path: str) -> Iterator[Problem]:
    """A path that is, or looks like, a path template.

    Source: istio/istio pkg/config/security/security.go, CheckValidPathTemplate
    """
    if "{" not in pattern and "}" not in pattern:
        return
    segments = pattern.strip("/").split("/")
    for segment in segments:
        if not re.match(_SEGMENT, segment):
            yield ISTIOD, path, f"{pattern!r} is not a path template, because of {segment!r}"
            return
    if "{**}" in [segment for segment in segments if segment in ("{*}", "{**}")][:-1]:
        yield ISTIOD, path, f"{pattern!r} has an operator after '{{**}}'"
    elif not pattern.startswith("/") or "//" in pattern:
        yield ENVOY, path, f"the path template {pattern!r} must begin with one '/'"


def _condition(condition: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not re.match(_KEY, condition["key"]):
        yield ISTIOD, f"{path}.key", f"{condition['key']!r} is not an attribute of a condition"
    if not condition.get("values") and not condition.get("notValues"):
        yield ISTIOD, path, "has no values"
    for field in ("values", "notValues"):
        if "" in condition.get(field, ()):
            yield ISTIOD, f"{path}.{field}", "holds an empty value"
