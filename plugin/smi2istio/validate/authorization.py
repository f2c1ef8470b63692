"""What istiod and Envoy ask of an AuthorizationPolicy beyond its CRD.

istiod's webhook refuses some spellings; where it is absent, istiod leaves the rule out
in silence.  Envoy refuses others that the webhook takes.  And some are taken by both,
and read as "everybody".  Checked are the fields that translators write.

Source: istio/istio pkg/config/validation, pkg/config/security
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from smi2istio.validate.emitted import ENVOY, ISTIOD, MISREAD, Emitted, Problem
from smi2istio.validate.values import ip_block, port_text

#: Operations that a TCP connection does not have; a rule with one of them is HTTP only.
_HTTP_FIELDS = frozenset({"hosts", "methods", "paths", "notHosts", "notMethods", "notPaths"})
_HTTP_SOURCES = frozenset({"requestPrincipals", "notRequestPrincipals"})
_ADDRESSES = frozenset({"ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"})
#: In the old Istio a role could be bound to anybody, and RBAC could exclude a namespace.
_ROLES = frozenset({"ServiceRole", "ServiceRoleBinding"})
_SWITCHES = frozenset({"ClusterRbacConfig", "RbacConfig"})

#: Attributes of a condition, and those that are maps, with a key.
_ATTRIBUTES = frozenset((
    "request.auth.audiences", "request.auth.presenter", "request.auth.principal", "connection.sni",
    "source.ip", "remote.ip", "destination.ip", "destination.port",
    "source.namespace", "source.principal",
))  # fmt: skip
_MAP = r"(request\.headers|request\.auth\.claims|experimental\.envoy\.filters\.[^\[]+)\[.+\]\Z"
_SEGMENT = r"(\{\*\}|\{\*\*\}|[A-Za-z0-9\-._~%!$&'()+,;:@=]+)\Z"


def authorization_policy(emitted: Emitted, _: str) -> Iterator[Problem]:
    """S2I904 to S2I906."""
    spec = emitted.spec
    yield from _open_rules(emitted)
    yield from _action(spec)
    for index, rule in enumerate(spec.get("rules", ())):
        path = f"spec.rules[{index}]"
        if spec.get("action") == "DENY" and _closes_tcp(rule):
            yield MISREAD, path, "a DENY rule about HTTP without ports closes what is not HTTP"
        for number, source in enumerate(rule.get("from", ())):
            yield from _source(source.get("source"), f"{path}.from[{number}].source")
        yield from _operations(rule.get("to", ()), path)
        for number, condition in enumerate(rule.get("when", ())):
            yield from _condition(condition, f"{path}.when[{number}]")


def _action(spec: Mapping[str, Any]) -> Iterator[Problem]:
    action = spec.get("action", "ALLOW")
    if action in ("DENY", "CUSTOM") and not spec.get("rules"):
        yield ISTIOD, "spec", f"{action} needs rules"
    if ("provider" in spec) != (action == "CUSTOM"):
        yield ISTIOD, "spec.provider", f"CUSTOM has one, and only that; the action is {action}"
    elif action == "CUSTOM" and not spec["provider"].get("name"):
        yield ISTIOD, "spec.provider", "has no name"
    if action == "CUSTOM" and any(map(_asks_who, spec.get("rules", ()))):
        yield ISTIOD, "spec.rules", "CUSTOM cannot ask who the caller is"


def _asks_who(rule: Mapping[str, Any]) -> bool:
    sources = [one.get("source") or {} for one in rule.get("from", ())]
    return any(fields.keys() - _ADDRESSES for fields in sources) or any(
        one["key"].startswith(("request.auth.", "source.n", "source.p"))
        for one in rule.get("when", ())
    )


def _open_rules(emitted: Emitted) -> Iterator[Problem]:
    """S2I906 for ALLOW rules that admit everybody, unless the source did that in so many words.

    A role bound to `*` keeps the ports of its Services; and what a ClusterRbacConfig
    excluded was open to everybody.
    """
    spec = emitted.spec
    if spec.get("action", "ALLOW") != "ALLOW":
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
        for port in filter(None, (*operation.get("ports", ()), *operation.get("notPorts", ()))):
            if not port_text(port):
                yield ISTIOD, f"{place}.ports", f"{port!r} is not a port"
        for pattern in (*operation.get("paths", ()), *operation.get("notPaths", ())):
            yield from _path(pattern, f"{place}.paths")
    if len({_HTTP_FIELDS.isdisjoint(operation) for operation in operations}) > 1:
        yield MISREAD, path, "operations with and without HTTP fields: Istio drops all for TCP"


def _source(fields: Mapping[str, list[str]] | None, path: str) -> Iterator[Problem]:
    yield from _values(fields, path)
    for field in sorted(_ADDRESSES & (fields or {}).keys()):
        yield from _addresses((fields or {})[field], f"{path}.{field}")


def _addresses(blocks: list[str], path: str) -> Iterator[Problem]:
    for block in filter(None, blocks):
        if not ip_block(block):
            yield ISTIOD, path, f"{block!r} is no address, and no range"


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
            yield ISTIOD, path, f"'{pattern}' is not a path template, because of {segment!r}"
            return
    if "{**}" in [segment for segment in segments if segment in ("{*}", "{**}")][:-1]:
        yield ISTIOD, path, f"'{pattern}' has an operator after '{{**}}'"
    elif not pattern.startswith("/") or "//" in pattern:
        yield ENVOY, path, f"the path template '{pattern}' must begin with one '/'"


def _condition(condition: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if condition["key"] not in _ATTRIBUTES and not re.match(_MAP, condition["key"]):
        yield ISTIOD, f"{path}.key", f"{condition['key']!r} is not an attribute of a condition"
    if not condition.get("values") and not condition.get("notValues"):
        yield ISTIOD, path, "has no values"
    for field in ("values", "notValues"):
        values = condition.get(field, ())
        if "" in values:
            yield ISTIOD, f"{path}.{field}", "holds an empty value"
        if condition["key"].endswith(".ip"):
            yield from _addresses(values, f"{path}.{field}")
        for port in values if condition["key"] == "destination.port" else ():
            if port and not port_text(port):
                yield ISTIOD, f"{path}.{field}", f"{port!r} is not a port"
