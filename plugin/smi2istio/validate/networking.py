"""What istiod and Envoy ask of the networking kinds beyond their CRDs.

Checked are the fields that translators write.  Service names must be full: Istio
completes ``svc``, with the namespace of the VirtualService, but not ``svc.ns``.

Source: istio/istio pkg/config/validation
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smi2istio.validate.emitted import ENVOY, ISTIOD, MISREAD, Problem
from smi2istio.validate.values import (
    header_name,
    host,
    istio_label,
    label_key,
    label_value,
    port_number,
)

_EXTERNAL_PROTOCOLS = ("HTTP", "TLS", "TCP")  # those that are written
_LONGEST_REGEX = 1024  # bytes; Istio's limit for its own matches
_WEIGHTS_LIMIT = 2**32 - 1  # Envoy's, for the sum over a route


def virtual_service(spec: Mapping[str, Any], domain: str) -> Iterator[Problem]:
    """S2I904 to S2I906."""
    if "exportTo" in spec:
        domain = ""  # only routes to hosts outside the mesh are for some namespaces
    yield from _hosts(spec, domain)
    for index, gateway in enumerate(spec.get("gateways", ())):
        if not _is_gateway(gateway):
            problem = f"{gateway!r} is not the name of a Gateway, as in 'namespace/name'"
            yield ISTIOD, f"spec.gateways[{index}]", problem
    if not spec.get("http") and not spec.get("tcp"):
        yield ISTIOD, "spec", "has no route"
    for protocol in ("http", "tcp"):
        for index, route in enumerate(spec.get(protocol, ())):
            path = f"spec.{protocol}[{index}]"
            for number, match in enumerate(route.get("match", ())):
                yield from _match(match, f"{path}.match[{number}]")
            yield from _destinations(route.get("route", ()), f"{path}.route", domain)


def _hosts(spec: Mapping[str, Any], domain: str) -> Iterator[Problem]:
    hosts: Sequence[str] = spec.get("hosts", ())
    if not hosts:
        yield MISREAD, "spec", "without hosts it routes nothing"
    for index, name in enumerate(hosts):
        path = f"spec.hosts[{index}]"
        yield from _service(name, path, domain)
        if name in hosts[:index]:
            yield ISTIOD, path, f"{name!r} is there twice"


def _service(name: str, path: str, domain: str) -> Iterator[Problem]:
    if not host(name) or name == "*":
        yield ISTIOD, path, f"{name!r} is not a host"
    elif domain and not name.endswith(f".svc.{domain}"):
        yield MISREAD, path, f"{name!r} is not a full name; Istio would not complete it"


def _is_gateway(gateway: str) -> bool:
    namespace, slash, name = gateway.partition("/")
    if slash:
        return istio_label(namespace) and istio_label(name)
    return host(gateway) and "*" not in gateway


def _match(match: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not port_number(match.get("port", 1)):
        yield ISTIOD, f"{path}.port", f"{match['port']} is not a port"
    for field in ("uri", "method", "authority"):
        yield from _string(match.get(field, {}), f"{path}.{field}")
    for name, string in match.get("headers", {}).items():
        place = f"{path}.headers[{name}]"
        yield from _string(string, place)
        if not header_name(name):
            yield ISTIOD, place, f"{name!r} is not the name of a header"


def _string(string: Mapping[str, str], path: str) -> Iterator[Problem]:
    if string.get("prefix") == "" and not path.endswith(".uri"):
        yield ISTIOD, path, "the prefix is empty"
    regex = string.get("regex")
    if regex is None:
        return
    size = len(regex.encode())
    if not 0 < size <= _LONGEST_REGEX:
        yield ISTIOD, path, f"a regex must have 1 to {_LONGEST_REGEX} bytes, not {size}"
    elif problem := _re2_problem(regex):
        yield ISTIOD, path, problem


def _re2_problem(regex: str) -> str:
    """Why RE2 refuses *regex*, or ""."""
    # Few documents hold a regex, and reading one needs tables.
    from smi2istio.regex.syntax import parse  # noqa: PLC0415
    from smi2istio.regex.tree import Rejected, TooComplex, Unsupported  # noqa: PLC0415

    try:
        parse(regex)
    except Rejected as refusal:
        return f"RE2 refuses the regex {regex!r}: {refusal}"
    except (TooComplex, Unsupported):
        pass  # RE2 takes more than can be compiled into patterns
    return ""


def _destinations(route: Sequence[Mapping[str, Any]], path: str, domain: str) -> Iterator[Problem]:
    for index, entry in enumerate(route):
        yield from _destination(entry["destination"], f"{path}[{index}].destination", domain)
    weights = [entry.get("weight", 0) for entry in route]
    if not route:
        yield ISTIOD, path, "has no destination"
    elif min(weights) < 0:
        yield ISTIOD, path, "a weight is negative"
    elif not sum(weights):
        if len(route) > 1:
            yield ISTIOD, path, "all weights are 0"
        elif "weight" in route[0]:
            yield MISREAD, path, "a single destination of weight 0 gets everything"
    if sum(weights) > _WEIGHTS_LIMIT:
        yield ENVOY, path, f"the weights add up to {sum(weights)}, more than {_WEIGHTS_LIMIT}"


def _destination(destination: Mapping[str, Any], path: str, domain: str) -> Iterator[Problem]:
    yield from _service(destination["host"], f"{path}.host", domain)
    subset = destination.get("subset", "v1")
    if not istio_label(subset):
        yield ISTIOD, f"{path}.subset", f"{subset!r} is not the name of a subset"
    port = destination.get("port", {"number": 1}).get("number", 0)
    if not port_number(port):
        yield ISTIOD, f"{path}.port", f"{port} is not a port"


def destination_rule(spec: Mapping[str, Any], domain: str) -> Iterator[Problem]:
    """S2I904, S2I906."""
    yield from _service(spec.get("host", ""), "spec.host", "" if "exportTo" in spec else domain)
    names = [subset["name"] for subset in spec.get("subsets", ())]
    for index, subset in enumerate(spec.get("subsets", ())):
        path, name = f"spec.subsets[{index}]", subset["name"]
        if not istio_label(name):
            yield ISTIOD, f"{path}.name", f"{name!r} is not the name of a subset"
        if name in names[:index]:
            yield ISTIOD, f"{path}.name", f"{name!r} is there twice"
        for key, value in subset.get("labels", {}).items():
            if not label_key(key) or not label_value(value):
                yield ISTIOD, f"{path}.labels", f"{key}={value} is not a label"


def service_entry(spec: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """S2I904."""
    if not spec.get("hosts"):
        yield ISTIOD, "spec", "has no hosts"
    for index, name in enumerate(spec.get("hosts", ())):
        if not host(name):
            yield ISTIOD, f"spec.hosts[{index}]", f"{name!r} is not a host"
        elif name.startswith("*") and spec.get("resolution") == "DNS":
            yield ISTIOD, f"spec.hosts[{index}]", f"{name!r} cannot be resolved"
    if not spec.get("ports"):
        yield ISTIOD, "spec", "has no ports"
    yield from _external_ports(spec.get("ports", ()))


def _external_ports(ports: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    for index, port in enumerate(ports):
        path = f"spec.ports[{index}]"
        if port.get("protocol") not in _EXTERNAL_PROTOCOLS:
            yield ISTIOD, f"{path}.protocol", f"{port.get('protocol')!r} is not a protocol"
        if not istio_label(port["name"]):
            yield ISTIOD, f"{path}.name", f"{port['name']!r} is not the name of a port"


def sidecar(spec: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """S2I904."""
    if not spec:
        yield ISTIOD, "spec", "is empty"


def envoy_filter(spec: Mapping[str, Any], _: str) -> Iterator[Problem]:
    """S2I904 and S2I905: istiod passes the regexes on without a look at them."""
    for index, entry in enumerate(spec.get("configPatches", ())):
        path, patch = f"spec.configPatches[{index}]", entry.get("patch", {})
        for missing in sorted({"applyTo", "patch"} - entry.keys()):
            yield ISTIOD, path, f"{missing} is missing"
        for missing in sorted({"operation", "value"} - patch.keys()):
            yield ISTIOD, f"{path}.patch", f"{missing} is missing"
        chain = entry.get("match", {}).get("listener", {}).get("filterChain", {})
        if "filter" in chain and not chain["filter"].get("name"):
            yield ISTIOD, f"{path}.match.listener.filterChain.filter", "has no name"
        for place, regex in _regexes(patch.get("value"), f"{path}.patch.value"):
            if problem := _re2_problem(regex):
                yield ENVOY, place, problem


def _regexes(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Each ``regex: text`` of an Envoy configuration, and its place."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "regex" and isinstance(inner, str):
                yield f"{path}.regex", inner
            else:
                yield from _regexes(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _regexes(inner, f"{path}[{index}]")
