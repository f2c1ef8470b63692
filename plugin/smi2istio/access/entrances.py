"""What OSM's IngressBackends let in beside the mesh: chains of their own, which no target rules.

Plaintext is let in by address, which a request of ours does not tell; a certificate of the mesh
by its name.

Source: reference/osm-semantics.md §6.2, osm-verified.md §2 (m).
"""

from collections.abc import Iterable, Iterator

from smi2istio.access.request import Reason, Request, Verdict, allow, unknown
from smi2istio.access.setting import Front, Setting
from smi2istio.diagnostics import Refusal
from smi2istio.kinds import OSM_POLICY
from smi2istio.source import ingress
from smi2istio.source.ingress import Backend, IngressBackend


def entrance(setting: Setting, fronts: Iterable[Front], request: Request) -> Verdict | None:
    """What an IngressBackend says of a request; None if none speaks of it."""
    namespace = (request.source or "").partition("/")[0]
    if request.tcp or namespace in setting.members:
        return None  # members come through their own sidecars
    for front in fronts:
        for read, backend in _backends(setting, front, request.port):
            if backend.tls != (request.source is not None) or not _names(read, request, backend):
                continue
            if any(one.kind != ingress.PRINCIPAL for one in read.sources):
                return unknown("lets in some addresses", backend.where)
            return allow(Reason("lets it in", backend.where))
    return None


def _backends(
    setting: Setting, front: Front, port: int
) -> Iterator[tuple[IngressBackend, Backend]]:
    bundle = setting.bundle
    for document in bundle.of_kind(OSM_POLICY, "IngressBackend"):
        if bundle.namespace_of(document) != front.service.namespace:
            continue
        try:
            read = bundle.parsed(document, ingress.ingress_backend)
        except Refusal:
            continue  # its webhook refused it as well
        for backend in read.backends:
            if (backend.name, backend.port) == (front.service.name, port):
                yield read, backend


def _names(read: IngressBackend, request: Request, backend: Backend) -> bool:
    """Whether the caller is among the names, of which plaintext has none."""
    named = {one.name for one in read.sources if one.kind == ingress.PRINCIPAL}
    if not backend.tls or not named or "*" in named:
        return True
    namespace, _, name = (request.source or "").partition("/")
    return any(one.startswith(f"{name}.{namespace}.") for one in named)
