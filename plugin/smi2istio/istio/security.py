"""Constructors of security.istio.io: plain dicts, in the order in which people read them.

Target: https://istio.io/latest/docs/reference/config/security/authorization-policy/
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from smi2istio.emit import DRY_RUN, istio_object

API_VERSION = "security.istio.io/v1"


def authorization_policy(
    name: str,
    namespace: str,
    labels: Mapping[str, str],
    rules: Sequence[Mapping[str, object]],
    action: str = "ALLOW",
) -> dict[str, object]:
    """A policy for the pods with *labels*; one that allows allows nothing without rules.

    An empty list is never written: `from: []` and its like admit everybody
    (reference/istio-verified.md, finding 1).
    """
    spec: dict[str, object] = {"selector": {"matchLabels": dict(labels)}, "action": action}
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


def peer_authentication(
    name: str, namespace: str, labels: Mapping[str, str], ports: Mapping[int, str], mode: str = ""
) -> dict[str, object]:
    """The mTLS of the pods with *labels*, and of single ones of their ports.

    Without a mode the other ports inherit that of the namespace or the mesh.
    """
    spec: dict[str, object] = _selected(labels)
    if mode:
        spec["mtls"] = {"mode": mode}
    if ports:
        spec["portLevelMtls"] = {str(port): {"mode": ports[port]} for port in sorted(ports)}
    return istio_object(API_VERSION, "PeerAuthentication", name, namespace, spec)


def request_authentication(
    name: str, namespace: str, labels: Mapping[str, str], rules: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """The tokens that are looked at; a request without one passes."""
    spec = {**_selected(labels), "jwtRules": list(rules)}
    return istio_object(API_VERSION, "RequestAuthentication", name, namespace, spec)


def denial(
    name: str, namespace: str, labels: Mapping[str, str], rules: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """A DENY policy; each of its rules names ports, or it would close what is not HTTP."""
    spec = {**_selected(labels), "action": "DENY", "rules": list(rules)}
    return istio_object(API_VERSION, "AuthorizationPolicy", name, namespace, spec)


def wide_policy(
    name: str, namespace: str, labels: Mapping[str, str], rules: Sequence[Mapping[str, object]]
) -> dict[str, object]:
    """An ALLOW policy for everything of a namespace, or for the pods with *labels*.

    Without rules it allows nothing, and its spec says no more than that.
    """
    spec = {**_selected(labels), **({"action": "ALLOW", "rules": list(rules)} if rules else {})}
    return istio_object(API_VERSION, "AuthorizationPolicy", name, namespace, spec)


def _selected(labels: Mapping[str, str]) -> dict[str, object]:
    return {"selector": {"matchLabels": dict(labels)}} if labels else {}


def dry_run(body: dict[str, Any]) -> dict[str, Any]:
    """The policy, marked as one that decides and refuses nothing."""
    metadata = {**body["metadata"], "annotations": {DRY_RUN: "true"}}
    return {**body, "metadata": metadata}
