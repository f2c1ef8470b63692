"""What istiod asks of DestinationRules and Sidecars beyond their CRDs.

Checked are the fields that translators write.

Source: istio/istio pkg/config/validation, ValidateDestinationRule, validateConnectionPool
"""

from collections.abc import Iterator, Mapping
from typing import Any

from smi2istio.names import host_label, label_key, label_value
from smi2istio.validate.emitted import ISTIOD, Emitted, Problem
from smi2istio.validate.hosts import export_to, service
from smi2istio.validate.values import in_milliseconds


def destination_rule(emitted: Emitted, domain: str) -> Iterator[Problem]:
    """S2I904, S2I906."""
    spec = emitted.spec
    yield from service(spec.get("host", ""), "spec.host", "" if "exportTo" in spec else domain)
    yield from export_to(emitted)
    yield from _subsets(spec.get("subsets", ()))
    if "trafficPolicy" in spec:
        yield from _traffic_policy(spec["trafficPolicy"])


def _subsets(subsets: list[Mapping[str, Any]]) -> Iterator[Problem]:
    names = [subset["name"] for subset in subsets]
    for index, subset in enumerate(subsets):
        path, name = f"spec.subsets[{index}]", subset["name"]
        if not host_label(name):
            yield ISTIOD, f"{path}.name", f"{name!r} is not the name of a subset"
        if name in names[:index]:
            yield ISTIOD, f"{path}.name", f"{name!r} is there twice"
        for key, value in subset.get("labels", {}).items():
            if not label_key(key) or not label_value(value):
                yield ISTIOD, f"{path}.labels", f"{key}={value} is not a label"


def _traffic_policy(policy: Mapping[str, Any]) -> Iterator[Problem]:
    path, pool = "spec.trafficPolicy.connectionPool", policy.get("connectionPool")
    if not pool:
        yield ISTIOD, "spec.trafficPolicy" if pool is None else path, "is empty"
        return
    for protocol in ("tcp", "http"):
        for field, value in pool.get(protocol, {}).items():
            place = f"{path}.{protocol}.{field}"
            if isinstance(value, int) and value < 0:
                yield ISTIOD, place, f"{value} is negative"
            if isinstance(value, str) and not in_milliseconds(value):
                yield ISTIOD, place, f"{value!r} is no whole number of milliseconds"


def sidecar(emitted: Emitted, _: str) -> Iterator[Problem]:
    """S2I904."""
    if not emitted.spec:
        yield ISTIOD, "spec", "is empty"
