"""Every emitted document is checked before it goes out.

Four can refuse a document, and each lets things through that the next one stops: the
schema of the CRD, the CRD's own rules, istiod's webhook, and Envoy.  What all of them
take may still be read otherwise than it was meant.  The acceptor knows the schemas of
our kinds by heart, so a run that goes well never asks the judge.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from smi2istio.diagnostics import Diagnostic
from smi2istio.emit import DRY_RUN
from smi2istio.validate.acceptor import KINDS
from smi2istio.validate.emitted import ISTIOD, MISREAD, Emitted, Problem

#: kind → module and function; that a port needs a selector is already a rule of its CRD.
_BEYOND: Mapping[str, str] = {
    "AuthorizationPolicy": "authorization.authorization_policy",
    "RequestAuthentication": "tokens.request_authentication",
    "VirtualService": "routes.virtual_service",
    "DestinationRule": "traffic_policies.destination_rule",
    "ServiceEntry": "external.service_entry",
    "Sidecar": "traffic_policies.sidecar",
    "EnvoyFilter": "envoy.envoy_filter",
}


def validate(emitted: Emitted, minor: str, domain: str) -> Iterator[Diagnostic]:
    """Check one emitted document; one that is not of Istio's kinds is passed over.

    Args:
        emitted: the document, with provenance.
        minor: the oldest minor of Istio that it must run on.
        domain: the cluster's, in which full names of Services end.

    Yields:
        S2I901 to S2I903 or, where there is none of them, S2I904 to S2I906.
    """
    body, kind = emitted.body, emitted.kind
    if kind not in KINDS:
        return
    if not KINDS[kind](body):
        # jsonschema takes longer to import than the rest takes to run.
        from smi2istio.validate.judge import judge  # noqa: PLC0415

        problems = list(judge(emitted, minor))
        yield from problems
        if problems:
            return
    found = (*_dry_run(emitted), *_empty_lists(emitted.spec, "spec"), *_beyond(emitted, domain))
    for code, path, problem in found:
        yield code(emitted.where, emitted.place(path), problem)


def _dry_run(emitted: Emitted) -> Iterator[Problem]:
    """Annotations are copied from the source, and this one Istio takes on some policies only."""
    value = emitted.body["metadata"].get("annotations", {}).get(DRY_RUN)
    if value is None:
        return
    allows = emitted.spec.get("action", "ALLOW") in ("ALLOW", "DENY")
    if emitted.kind != "AuthorizationPolicy" or not allows:
        problem = f"{DRY_RUN} is for AuthorizationPolicies that allow or deny"
        yield ISTIOD, "metadata.annotations", problem
    elif value not in ("true", "false"):
        yield ISTIOD, "metadata.annotations", f"{DRY_RUN} is {value!r}, not 'true' or 'false'"


def _empty_lists(value: object, path: str) -> Iterator[Problem]:
    """Istio cannot tell an empty list from an absent one, which restricts nobody."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _empty_lists(inner, f"{path}.{key}")
    elif isinstance(value, list):
        if not value:
            yield MISREAD, path, "an empty list reads as no restriction at all"
        for index, inner in enumerate(value):
            yield from _empty_lists(inner, f"{path}[{index}]")


def _beyond(emitted: Emitted, domain: str) -> Iterator[Problem]:
    """What is asked beyond the CRD; modules are imported at the first document of their kinds."""
    module, _, function = _BEYOND.get(emitted.kind, "").partition(".")
    if function:
        yield from getattr(import_module(f"{__name__}.{module}"), function)(emitted, domain)
