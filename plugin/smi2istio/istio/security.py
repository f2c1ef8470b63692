"""Constructors of security.istio.io: plain dicts, in the order in which people read them.

Target: https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from collections.abc import Iterable, Mapping, Sequence

from smi2istio.emit import istio_object

API_VERSION = "security.istio.io/v1"


def authorization_policy(
    name: str, namespace: str, labels: Mapping[str, str], rules: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """An ALLOW policy for the pods with *labels*; without rules it allows nothing.

    An empty list is never written: `from: []` and its like admit everybody
    (reference/istio-verified.md, finding 1).
    """
    spec: dict[str, object] = {"selector": {"matchLabels": dict(labels)}, "action": "ALLOW"}
    if rules:
        spec["rules"] = list(rules)
    return istio_object(API_VERSION, "AuthorizationPolicy", name, namespace, spec)


def custom_policy(
    name: str, namespace: str, provider: str, spared: Iterable[int]
) -> dict[str, object]:
    """Ask a provider about all requests to a namespace's pods, but for some workload ports."""
    operation = {"notPorts": [str(port) for port in sorted(spared)]}
    spec = {
        "action": "CUSTOM",
        "provider": {"name": provider},
        "rules": [{"to": [{"operation": operation}]} if operation["notPorts"] else {}],
    }
    return istio_object(API_VERSION, "AuthorizationPolicy", name, namespace, spec)


def rule(
    principals: Sequence[str],
    operations: Sequence[Mapping[str, object]],
    conditions: Sequence[Mapping[str, object]],
) -> dict[str, object]:
    """One rule: any of the principals, and any of the operations, and all conditions."""
    if not principals:
        raise ValueError("an ALLOW rule without principals would admit everybody")
    built: dict[str, object] = {"from": [{"source": {"principals": list(principals)}}]}
    if operations:
        built["to"] = [{"operation": operation} for operation in operations]
    if conditions:
        built["when"] = list(conditions)
    return built


def operation(
    hosts: Sequence[str], methods: Sequence[str], paths: Sequence[str], ports: Iterable[int]
) -> dict[str, object]:
    """One operation; fields are ANDed, the values of one field ORed, an empty one is left out."""
    fields = {
        "hosts": list(hosts),
        "methods": list(methods),
        "paths": list(paths),
        "ports": [str(port) for port in sorted(ports)],
    }
    return {key: values for key, values in fields.items() if values}


def condition(key: str, values: Sequence[str]) -> dict[str, object]:
    return {"key": key, "values": list(values)}


def principal(trust_domain: str, account: str) -> str:
    """The identity of a service account, given as ``namespace/name``."""
    namespace, _, name = account.partition("/")
    return f"{trust_domain}/ns/{namespace}/sa/{name}"
