"""The CEL rules of ServiceEntry and Telemetry, by hand, each under its exact text.

Quotes changed from one minor to the next, and so did the way to ask for a field that
may be absent; the meaning did not.

Source: x-kubernetes-validations in schemas/istio
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_LONGEST_NAME = 63


def _address_or_network(value: Mapping[str, object]) -> str:
    return "" if {"address", "network"} & value.keys() else "has neither address nor network"


def _socket_has_no_ports(value: Mapping[str, Any]) -> str:
    is_socket = str(value.get("address", "")).startswith("unix://")
    return "a socket has no ports" if is_socket and "ports" in value else ""


def _absolute_socket(value: str) -> str:
    if not value.startswith("unix://") or value[7:8] in ("/", "@"):
        return ""
    return f"{value!r} is not absolute"


def _file_socket(value: str) -> str:
    return f"{value!r} is a directory" if value.startswith("unix://") and value[-1] == "/" else ""


def _port_names(value: Mapping[str, object]) -> str:
    for key in value:
        if len(key) >= _LONGEST_NAME or not re.match(
            r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?\Z", key
        ):
            return f"{key!r} is not the name of a port"
    return ""


def _selector_or_endpoints(value: Mapping[str, object]) -> str:
    both = "workloadSelector" in value and "endpoints" in value
    return "only one of workloadSelector and endpoints may be set" if both else ""


def _ranges_need_no_name(value: Mapping[str, Any]) -> str:
    if value.get("resolution", "NONE") in ("STATIC", "NONE"):
        return ""
    ranges = [one for one in value.get("addresses", ()) if "/" in one]
    return f"{ranges[0]!r} is a range, and the hosts are resolved" if ranges else ""


def _no_endpoints(value: Mapping[str, object]) -> str:
    none = value.get("resolution", "NONE") == "NONE"
    return "endpoints need a resolution" if none and "endpoints" in value else ""


def _exactly_one_endpoint(value: Mapping[str, Any]) -> str:
    if value.get("resolution") != "DNS_ROUND_ROBIN" or len(value.get("endpoints", [1])) == 1:
        return ""
    return "DNS_ROUND_ROBIN has one endpoint"


def _at_most_one_endpoint(value: Mapping[str, Any]) -> str:
    if value.get("resolution") != "DNS_ROUND_ROBIN" or len(value.get("endpoints", ())) <= 1:
        return ""
    return "DNS_ROUND_ROBIN has one endpoint"


def _not_any_host(value: str) -> str:
    return "'*' is no host" if value == "*" else ""


def _different_numbers(value: list[Mapping[str, object]]) -> str:
    numbers = [port.get("number") for port in value]
    return "" if len(set(numbers)) == len(numbers) else "two ports have one number"


def _upsert_has_a_value(value: Mapping[str, object]) -> str:
    if value.get("operation") != "UPSERT" or value.get("value"):
        return ""
    return "UPSERT needs a value"


def _remove_has_none(value: Mapping[str, object]) -> str:
    return "REMOVE has no value" if value.get("operation") == "REMOVE" and "value" in value else ""


RULES: Mapping[str, Callable[[Any], str]] = {
    "has(self.address) || has(self.network)": _address_or_network,
    "(has(self.address) && self.address.startsWith('unix://')) ? !has(self.ports) : true": (
        _socket_has_no_ports
    ),
    '(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true': (
        _socket_has_no_ports
    ),
    "self.startsWith('unix://')"
    " ? (self.substring(7,8) == '/' || self.substring(7,8) == '@') : true": _absolute_socket,
    'self.startsWith("unix://")'
    ' ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true': _absolute_socket,
    "self.startsWith('unix://') ? !self.endsWith('/') : true": _file_socket,
    'self.startsWith("unix://") ? !self.endsWith("/") : true': _file_socket,
    "self.all(key, size(key) < 63"
    " && key.matches('^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$'))": _port_names,
    "self.all(key, size(key) < 63"
    ' && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))': _port_names,
    "(has(self.workloadSelector)?1:0)+(has(self.endpoints)?1:0)<=1": _selector_or_endpoints,
    "(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1": (
        _selector_or_endpoints
    ),
    "!(has(self.addresses) && self.addresses.exists(k, k.contains('/'))"
    " && (has(self.resolution) && self.resolution != 'STATIC' && self.resolution != 'NONE'))": (
        _ranges_need_no_name
    ),
    '!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/"))'
    ' && !((has(self.resolution) ? self.resolution : "NONE") in ["STATIC", "NONE"]))': (
        _ranges_need_no_name
    ),
    "(!has(self.resolution) || self.resolution == 'NONE') ? !has(self.endpoints) : true": (
        _no_endpoints
    ),
    '((has(self.resolution) ? self.resolution : "NONE") == "NONE")'
    " ? !has(self.endpoints) : true": _no_endpoints,
    "(has(self.resolution) && self.resolution == 'DNS_ROUND_ROBIN')"
    " ? (!has(self.endpoints) || size(self.endpoints) == 1) : true": _exactly_one_endpoint,
    '((has(self.resolution) ? self.resolution : "") == "DNS_ROUND_ROBIN")'
    " ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true": _at_most_one_endpoint,
    "self != '*'": _not_any_host,
    'self != "*"': _not_any_host,
    "self.all(l1, self.exists_one(l2, l1.number == l2.number))": _different_numbers,
    "((has(self.operation) ? self.operation : '') == 'UPSERT') ? self.value != '' : true": (
        _upsert_has_a_value
    ),
    '((has(self.operation) ? self.operation : "") == "UPSERT") ? (self.value != "") : true': (
        _upsert_has_a_value
    ),
    "((has(self.operation) ? self.operation : '') == 'REMOVE') ? !has(self.value) : true": (
        _remove_has_none
    ),
    '((has(self.operation) ? self.operation : "") == "REMOVE") ? !has(self.value) : true': (
        _remove_has_none
    ),
}
