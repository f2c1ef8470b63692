"""The baseline of every member: deny what nothing allows, refuse plaintext, close egress.

OSM did these mesh-wide and by itself.  Istio does none of them unless it is told, so a
mesh without the baseline would be open however exact its policies are.  What the input
has already is compared by scope: a second namespace-wide object would compete with it.

Source: the specification, §4; reference/istio-target.md §1.7 and §3.
"""

from collections.abc import Iterator, Sequence

from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents import Document
from smi2istio.emit import SOURCE, Addition, istio_object
from smi2istio.istio import standing
from smi2istio.istio.standing import PERMISSIVE, REGISTRY_ONLY, STRICT, Standing
from smi2istio.lenient import mapping, spec_of
from smi2istio.members import baselines
from smi2istio.source import core

_SECURITY, _NETWORKING = f"{standing.SECURITY}/v1", f"{standing.NETWORKING}/v1"


def baseline(context: Context) -> Iterator[Addition | Diagnostic]:
    """What members lack, in the order in which it is to stand: policy, mTLS, Sidecar."""
    if not context.options.emits_baseline:
        yield from _omitted(context)
        return
    for name, found in baselines(context.bundle, context.mesh.members).items():
        if _denies(context):
            yield from _allow_nothing(name, found, context)
        if context.options.source_mesh.strict:
            yield from _peer_authentication(name, found, context)
        if context.mesh.egress is False:
            yield from _sidecar(name, found)


def gateways(context: Context) -> Iterator[Diagnostic]:
    """Ingress gateways among the pods of members; to be called once.

    Where members get nothing that refuses, their gateways are as open as before.
    """
    mesh = context.options.source_mesh
    if not (mesh.denies_by_default or mesh.strict):
        return
    for document in context.bundle.mentioning("gateway"):
        name = context.bundle.namespace_of(document)
        workload = core.workload(document, name) if name in context.mesh.members else None
        if workload and (
            "gateway" in workload.labels.get("istio", "")
            or any(key.startswith("gateway.networking.k8s.io/") for key in workload.labels)
        ):
            yield catalog.gateway_in_member(Where(document), name)


def _denies(context: Context) -> bool:
    """Whether members deny by default; a dry run shows it in a permissive mesh as well."""
    mesh, options = context.mesh, context.options
    in_force = mesh.enforcing or (mesh.permissive and options.dry_run)
    return in_force and options.source_mesh.denies_by_default


def plaintext(context: Context) -> Iterator[Diagnostic]:
    """The user's own exceptions from STRICT, where no policy asks for an identity."""
    if not context.mesh.permissive:
        return
    for document in context.bundle.of_kind(standing.SECURITY, "PeerAuthentication"):
        own = SOURCE not in document.annotations
        if own and context.bundle.namespace_of(document) in context.mesh.members:
            spec = spec_of(document)
            ports = mapping(spec.get("portLevelMtls")).values()
            modes = [mapping(one).get("mode") for one in (spec.get("mtls"), *ports)]
            loose = next((str(mode) for mode in modes if mode in ("DISABLE", PERMISSIVE)), "")
            if loose and standing.selector(document):
                where = Where(document).at("spec")
                yield catalog.takes_plaintext(where, loose, Witness("", "GET", "/"))


def _allow_nothing(name: str, found: Standing, context: Context) -> Iterator[Addition | Diagnostic]:
    forms = ("one that is enforced", "a policy for a dry run")
    for document in found.allow_nothing:
        shown = standing.is_dry_run(document)
        if shown != context.options.dry_run:
            yield _contradicts(document, forms[shown], forms[not shown])
    if not found.allow_nothing:
        body = istio_object(_SECURITY, "AuthorizationPolicy", "allow-nothing", name, {})
        yield Addition(body, name)


def _peer_authentication(
    name: str, found: Standing, context: Context
) -> Iterator[Addition | Diagnostic]:
    wanted = PERMISSIVE if context.options.dry_run else STRICT
    for document in found.peer_authentications:
        mode = standing.mtls_mode(document)
        if (mode == STRICT) != (wanted == STRICT):
            yield _contradicts(document, mode, wanted)
    if not found.peer_authentications:
        spec = {"mtls": {"mode": wanted}}
        yield Addition(istio_object(_SECURITY, "PeerAuthentication", "default", name, spec), name)


def _sidecar(name: str, found: Standing) -> Iterator[Addition | Diagnostic]:
    for document in found.sidecars:
        mode = standing.outbound_mode(document)
        if mode != REGISTRY_ONLY:
            yield _contradicts(document, f"outboundTrafficPolicy {mode}", REGISTRY_ONLY)
    if not found.sidecars:
        spec = {"outboundTrafficPolicy": {"mode": REGISTRY_ONLY}}
        yield Addition(istio_object(_NETWORKING, "Sidecar", "default", name, spec), name)


def _contradicts(document: Document, found: str, wanted: str) -> Diagnostic:
    return catalog.baseline_contradicts(Where(document).at("spec"), found, wanted)


def _omitted(context: Context) -> Iterator[Diagnostic]:
    found = baselines(context.bundle, context.mesh.members)
    missing = []
    if context.options.source_mesh.strict:
        missing += _named(
            "namespace-wide STRICT", [name for name, there in found.items() if not there.strict]
        )
    if _denies(context):
        missing += _named(
            "allow-nothing", [name for name, there in found.items() if not there.denies]
        )
    if missing:
        yield catalog.baseline_omitted(context.options.where.at("baseline"), tuple(missing))


def _named(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what} in {', '.join(names)}"] if names else []
