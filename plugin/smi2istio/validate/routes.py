"""What istiod and Envoy ask of a VirtualService beyond its CRD.

Checked are the fields that translators write.

Source: istio/istio pkg/config/validation, ValidateVirtualService, validateHTTPRetry
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smi2istio.istio.networking import LONGEST_REGEX, RETRY_ON
from smi2istio.names import host_label, is_port, label_key, label_value
from smi2istio.validate.emitted import ENVOY, ISTIOD, MISREAD, Emitted, Problem
from smi2istio.validate.hosts import export_to, service
from smi2istio.validate.values import fqdn, header_name, in_milliseconds, re2_problem

_WEIGHTS_LIMIT = 2**32 - 1  # Envoy's, for the sum over a route


def virtual_service(emitted: Emitted, domain: str) -> Iterator[Problem]:
    """S2I904 to S2I906."""
    spec = emitted.spec
    if "exportTo" in spec:
        yield from export_to(emitted)
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
            yield from _retries(route.get("retries", {}), f"{path}.retries")
            yield from _destinations(route.get("route", ()), f"{path}.route", domain)


def _hosts(spec: Mapping[str, Any], domain: str) -> Iterator[Problem]:
    hosts: Sequence[str] = spec.get("hosts", ())
    if not hosts:
        yield MISREAD, "spec", "without hosts it routes nothing"
    for index, name in enumerate(hosts):
        path = f"spec.hosts[{index}]"
        yield from service(name, path, domain)
        if any(_overlap(name, other) for other in hosts[:index]):
            yield ISTIOD, path, f"{name!r} is there twice, or a wildcard covers it"


def _overlap(one: str, other: str) -> bool:
    """Whether hosts have names in common; only a first star is a wildcard."""
    if one.startswith("*") and other.startswith("*"):
        return one.endswith(other[1:]) or other.endswith(one[1:])
    if one.startswith("*"):
        return other.endswith(one[1:])
    return one == other or (other.startswith("*") and one.endswith(other[1:]))


def _is_gateway(gateway: str) -> bool:
    namespace, slash, name = gateway.partition("/")
    if slash:
        return host_label(namespace) and host_label(name)
    return fqdn(gateway)


def _match(match: Mapping[str, Any], path: str) -> Iterator[Problem]:
    if not is_port(match.get("port", 1)):
        yield ISTIOD, f"{path}.port", f"{match['port']} is not a port"
    for key, value in match.get("sourceLabels", {}).items():
        if not label_key(key) or not label_value(value):
            yield ISTIOD, f"{path}.sourceLabels", f"{key}={value} is not a label"
    if not host_label(match.get("sourceNamespace") or "any"):
        problem = f"{match['sourceNamespace']!r} is not the name of a namespace"
        yield ISTIOD, f"{path}.sourceNamespace", problem
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
    if not 0 < size <= LONGEST_REGEX:
        yield ISTIOD, path, f"a regex must have 1 to {LONGEST_REGEX} bytes, not {size}"
    elif problem := re2_problem(regex):
        yield ISTIOD, path, problem


def _retries(retries: Mapping[str, Any], path: str) -> Iterator[Problem]:
    attempts = retries.get("attempts", 0)
    if attempts < 0:
        yield ISTIOD, f"{path}.attempts", f"{attempts} is negative"
    elif not attempts and (retries.get("perTryTimeout") or retries.get("retryOn")):
        yield ISTIOD, path, "says how to try again, and no attempts"
    for field in ("perTryTimeout", "backoff"):
        if not in_milliseconds(retries.get(field, "1s")):
            problem = f"{retries[field]!r} is no whole number of milliseconds"
            yield ISTIOD, f"{path}.{field}", problem
    for word in (retries.get("retryOn") or "5xx").split(","):
        if word not in RETRY_ON and not _is_status(word):
            yield ISTIOD, f"{path}.retryOn", f"{word!r} is no reason to try again"


def _is_status(word: str) -> bool:
    # Only retries that name a status come here.
    from http import HTTPStatus  # noqa: PLC0415

    return word.isascii() and word.isdecimal() and int(word) in set(HTTPStatus)


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
    yield from service(destination["host"], f"{path}.host", domain)
    subset = destination.get("subset", "v1")
    if not host_label(subset):
        yield ISTIOD, f"{path}.subset", f"{subset!r} is not the name of a subset"
    port = destination.get("port", {"number": 1}).get("number", 0)
    if not is_port(port):
        yield ISTIOD, f"{path}.port", f"{port} is not a port"
