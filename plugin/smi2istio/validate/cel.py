"""The rules of Istio's CRDs: CEL by hand, each under its exact text, and keys of lists.

No CEL engine is small enough to carry along for two dozen rules.  A text that is not
here cannot be judged, so a test compares this table with the schemas: a new minor with
a new text fails it.

A rule is a function of ``self`` that says what is wrong, or "".  The schema has been
checked before, so types are right.

Source: x-kubernetes-validations in schemas/istio
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from smi2istio.durations import MILLISECOND, nanoseconds
from smi2istio.names import is_port
from smi2istio.validate import cel_hosts
from smi2istio.validate.values import web_address

Rule = Callable[[Any], str]


def _at_most_one_of(*fields: str) -> Rule:
    def rule(value: Mapping[str, object]) -> str:
        return (
            f"only one of {' and '.join(fields)} may be set"
            if (sum(field in value for field in fields) > 1)
            else ""
        )

    return rule


def _from_one_to(most: int) -> Rule:
    def rule(value: int) -> str:
        return "" if 0 < value <= most else f"{value} is not between 1 and {most}"

    return rule


def _one_millisecond(value: str) -> str:
    length = nanoseconds(value)
    if length is None:
        return f"{value!r} is not a duration"
    return "" if length >= MILLISECOND else f"{value!r} is shorter than 1ms"


def _web_address(value: str) -> str:
    return "" if web_address(value) else f"{value!r} is no http or https address"


def _no_star(value: str) -> str:
    return f"{value!r} contains '*'" if "*" in value else ""


def _no_star_in_keys(value: Mapping[str, object]) -> str:
    return next((problem for key in value if (problem := _no_star(key))), "")


def _no_empty_key(value: Mapping[str, object]) -> str:
    return "a key is empty" if "" in value else ""


def _empty(value: str) -> str:
    return "must not be set" if value else ""


def _port_keys(value: Mapping[str, object]) -> str:
    for key in value:
        # CEL also takes "+80" and "080", but istiod's decoder takes neither.
        if not re.match(r"[1-9][0-9]{0,4}\Z", key) or not is_port(int(key)):
            return f"{key!r} is not a port"
    return ""


def _ports_need_labels(value: Mapping[str, Any]) -> str:
    if "portLevelMtls" not in value or value.get("selector", {}).get("matchLabels"):
        return ""
    return "portLevelMtls needs a selector with labels"


def _accounts_stand_alone(value: Mapping[str, object]) -> str:
    others = {"principals", "notPrincipals", "namespaces", "notNamespaces"} & set(value)
    if others and ("serviceAccounts" in value or "notServiceAccounts" in value):
        return f"serviceAccounts cannot stand beside {min(others)}"
    return ""


def _waypoint_context(value: Mapping[str, object]) -> str:
    if (value.get("context") == "WAYPOINT") == ("waypoint" in value):
        return ""
    return "waypoint and the context WAYPOINT go together"


def _target_kind(*allowed: tuple[str, str]) -> Rule:
    def rule(value: Mapping[str, str]) -> str:
        group, kind = value.get("group"), value.get("kind")
        return "" if (group, kind) in allowed else f"{kind!r} of {group!r} cannot be a target"

    return rule


_SERVICE = (("core", "Service"), ("", "Service"))
_GATEWAY = ("gateway.networking.k8s.io", "Gateway")
_SERVICE_ENTRY = ("networking.istio.io", "ServiceEntry")
_ONE_TARGET = _at_most_one_of("selector", "targetRef", "targetRefs")
_ONE_KEY_SET = _at_most_one_of("jwksUri", "jwks_uri", "jwks")
_ONE_SELECTION = _at_most_one_of("workloadSelector", "targetRefs")

#: text of the rule → what is wrong with ``self``, or "".
RULES: Mapping[str, Rule] = {
    # Only white space and quotes changed from 1.24 to 1.25.
    "(has(self.selector)?1:0)+(has(self.targetRef)?1:0)+(has(self.targetRefs)?1:0)<=1": _ONE_TARGET,
    "(has(self.selector) ? 1 : 0) + (has(self.targetRef) ? 1 : 0)"
    " + (has(self.targetRefs) ? 1 : 0) <= 1": _ONE_TARGET,
    "(has(self.workloadSelector)?1:0)+(has(self.targetRefs)?1:0)<=1": _ONE_SELECTION,
    "(has(self.workloadSelector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1": _ONE_SELECTION,
    "!self.contains('*')": _no_star,
    '!self.contains("*")': _no_star,
    "self.all(key, !key.contains('*'))": _no_star_in_keys,
    'self.all(key, !key.contains("*"))': _no_star_in_keys,
    "self.all(key, key.size() != 0)": _no_empty_key,
    "self.size() == 0": _empty,
    "self.all(key, 0 < int(key) && int(key) <= 65535)": _port_keys,
    "(has(self.selector) && has(self.selector.matchLabels) && self.selector.matchLabels.size() > 0)"
    " || !has(self.portLevelMtls)": _ports_need_labels,
    "has(self.portLevelMtls) ? (((has(self.selector) && has(self.selector.matchLabels))"
    " ? self.selector.matchLabels : {}).size() > 0) : true": _ports_need_labels,
    "(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) &&\n"
    "!has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces))"
    " : true": _accounts_stand_alone,
    "(has(self.jwksUri)?1:0)+(has(self.jwks_uri)?1:0)+(has(self.jwks)?1:0)<=1": _ONE_KEY_SET,
    "(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0)"
    " + (has(self.jwks) ? 1 : 0) <= 1": _ONE_KEY_SET,
    "url(self).getScheme() in ['http', 'https']": _web_address,
    'url(self).getScheme() in ["http", "https"]': _web_address,
    "duration(self) >= duration('1ms')": _one_millisecond,
    "0 < self && self <= 65535": _from_one_to(65535),
    "0 < self && self <= 6553": _from_one_to(6553),  # so it stands in 1.29
    'has(self.context) ? ((self.context == "WAYPOINT") ? has(self.waypoint) : !has(self.waypoint))'
    " : !has(self.waypoint)": _waypoint_context,
    "[self.group, self.kind] in [['core','Service'], ['','Service'],"
    " ['gateway.networking.k8s.io','Gateway']]": _target_kind(*_SERVICE, _GATEWAY),
    "[self.group, self.kind] in [['core','Service'], ['','Service'],"
    " ['gateway.networking.k8s.io','Gateway'], ['networking.istio.io','ServiceEntry']]": (
        _target_kind(*_SERVICE, _GATEWAY, _SERVICE_ENTRY)
    ),
    "(has(self.credentialName) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1": (
        _at_most_one_of("credentialName", "credentialNames")
    ),
    "(has(self.credentialNames) ? 1 : 0) + (has(self.tlsCertificates) ? 1 : 0) <= 1": (
        _at_most_one_of("credentialNames", "tlsCertificates")
    ),
    "(has(self.tlsCertificates) ? 1 : 0) + (has(self.credentialNames) ? 1 : 0) <= 1": (
        _at_most_one_of("tlsCertificates", "credentialNames")
    ),
    **cel_hosts.RULES,
}


def broken(schema: Mapping[str, Any], value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """The place and problem of each rule in *schema* that *value* breaks."""
    for problem in _broken_here(schema, value):
        yield path, problem
    if isinstance(value, dict):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        for key, inner in value.items():
            yield from broken(fields.get(key, others), inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from broken(schema.get("items", {}), inner, f"{path}[{index}]")


def _broken_here(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    for entry in schema.get("x-kubernetes-validations", ()):
        if problem := RULES[entry["rule"]](value):
            yield problem
    for name in schema.get("x-kubernetes-list-map-keys", ()):
        if len({element.get(name) for element in value}) < len(value):
            yield f"two elements have one {name}"
