"""What stands beside SMI's documents in Linkerd, Consul, NGINX and Traefik Mesh.

Only what is one to one is translated; the rest is reported with Istio's way to say it, and
kept, because it does no harm.  What restricts access is an error until somebody has said it
in Istio.  Marks are read where `sourceMesh` names their mesh.

| field | result | limit |
|---|---|---|
| `linkerd.io/inject` of Namespaces and pods | Istio's labels for injection | `ingress`: S2I557 |
| `consul.hashicorp.com/connect-inject` of pods | the same | |
| label `injector.nsm.nginx.com/auto-inject` | the same | |
| `config.linkerd.io/skip-*` of pods | `traffic.sidecar.istio.io/exclude*` | S2I512 |
| Consul's `transparent-proxy-exclude-*` | the same | but for `-uids`: S2I553 |
| `config.nsm.nginx.com/ignore-*` | the same | |
| `config.nsm.nginx.com/mtls-mode` | a PeerAuthentication of the workload | S2I556 |
| `config.linkerd.io/default-inbound-policy` | the baseline of a member | elsewhere S2I551 |
| ServiceProfile `dstOverrides` of a Service | weights of a VirtualService | of callers: S2I552 |
| other marks that Istio has a word for | nothing | S2I553 |
| the rest | nothing | S2I554, once |
| names such as `web.shop.traefik.mesh` | nothing | S2I558 |
| ports 4567 and 4568, which Linkerd skips | nothing | S2I559 |
| Server, ServerAuthorization and their like | nothing | S2I550, refused |
| AuthorizationPolicy, HTTPRoute of Linkerd | nothing | S2I550, refused |
| ServiceIntentions | nothing | S2I550, refused |
| other kinds | nothing | S2I552 |
| kinds of another mesh than `sourceMesh` | nothing | S2I555 |

Source: reference/legacy-and-neighbours.md §5.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from smi2istio.catalog import neighbours as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.intake import is_ours
from smi2istio.kinds import NEIGHBOURS, SERVICE_PROFILE
from smi2istio.lenient import items, mapping, spec_of, text
from smi2istio.records import Record
from smi2istio.source import core
from smi2istio.source.core import Workload
from smi2istio.source.neighbours import (
    DEFAULT_POLICY,
    EQUIVALENTS,
    EXCLUSIONS,
    KINDS,
    REFUSING,
    RESTRICTING,
)
from smi2istio.source_mesh import SourceMesh
from smi2istio.translate import service_profile

_HOST = re.compile(r"[a-z0-9][-.a-z0-9]*")
_INGRESS = "ingress"  # Linkerd's proxy of an ingress controller routes by the Host header


class _Mark(Record):
    """An annotation or label, and the namespace in which it counts."""

    key: str
    value: str
    namespace: str
    where: Where


def check(context: Context) -> Iterator[Diagnostic]:
    """What is left of the mesh; to be called once, after the translators."""
    yield from _kinds(context)
    yield from _marks(context)
    yield from _names(context)
    yield from _passed_by(context)


def _kinds(context: Context) -> Iterator[Diagnostic]:
    mesh, bundle = context.options.source_mesh, context.bundle
    for group, kind in bundle.kinds():
        documents = [one for one in bundle.of_kind(group, kind) if _stays(one, context)]
        if not documents:
            continue
        where, others = _first(Where(one) for one in documents)
        if not _is_own(group, mesh):
            if group in NEIGHBOURS:
                yield catalog.kind_of_another_mesh(where, group, mesh.name, others)
        elif way := RESTRICTING.get((group, kind)):
            yield from (catalog.restricting_kind(Where(one), group, way) for one in documents)
        else:
            yield catalog.own_kind(where, group, KINDS.get((group, kind), ""), others)


def _stays(document: Document, context: Context) -> bool:
    is_profile = (document.group, document.kind) == SERVICE_PROFILE
    return not is_profile or service_profile.remains(document, context)


def _is_own(name: str, mesh: SourceMesh) -> bool:
    """Whether an API group, or the domain of a key, is one of the mesh."""
    return any(name == domain or name.endswith(f".{domain}") for domain in mesh.domains)


def _first(places: Iterable[Where]) -> tuple[Where, tuple[str, ...]]:
    """The first place, and the objects of the others."""
    where, *rest = places
    objects = dict.fromkeys(str(Where(one.document)) for one in rest)
    return where, tuple(objects)


def _marks(context: Context) -> Iterator[Diagnostic]:
    injection, members = context.options.source_mesh.injection, context.mesh.members
    ingress: list[Where] = []
    rest: list[_Mark] = []
    for mark in _left(context):
        if mark.key == DEFAULT_POLICY and mark.value in REFUSING:
            if mark.namespace not in members:
                yield catalog.restricting_mark(mark.where, mark.value)
        elif mark.key == injection and mark.value == _INGRESS:
            ingress.append(mark.where)
        else:
            rest.append(mark)
    if ingress:
        where, others = _first(ingress)
        yield catalog.ingress_mode(where, others)
    yield from _without_effect(rest)


def _without_effect(marks: Iterable[_Mark]) -> Iterator[Diagnostic]:
    lists = {one.pod: f"the pod annotation {one.istio}" for one in EXCLUSIONS}
    known: dict[str, list[Where]] = {}
    unknown: list[str] = []
    for mark in marks:
        if mark.key in EQUIVALENTS or mark.key in lists:
            known.setdefault(mark.key, []).append(mark.where)
        else:
            unknown.append(mark.key)
    for key, places in known.items():
        where, others = _first(places)
        yield catalog.own_mark(where, EQUIVALENTS.get(key) or lists[key], others)
    if unknown:
        yield catalog.other_marks(Where(), len(unknown), tuple(sorted(set(unknown))))


def _left(context: Context) -> Iterator[_Mark]:
    """The mesh's own marks that no translator replaces."""
    mesh, bundle = context.options.source_mesh, context.bundle
    for document in _mentioning(mesh.domains, context):
        if is_ours(document):
            continue
        is_namespace = document.kind == "Namespace" and not document.group
        namespace = document.name if is_namespace else bundle.namespace_of(document)
        replaced = {mesh.injection} if is_namespace else set[str]()
        workload = core.workload(document, namespace)
        if workload:
            on_pods = {mesh.injection, mesh.mtls_mode, *(one.pod for one in EXCLUSIONS)}
            yield from _of(workload, Where(document), namespace, on_pods, mesh)
        if workload is None or workload.template:  # a Pod is its own template
            yield from _of(document, Where(document), namespace, replaced, mesh)
        if document.kind == "Service" and not document.group:
            yield from _protocols(document, namespace, mesh)


def _protocols(document: Document, namespace: str, mesh: SourceMesh) -> Iterator[_Mark]:
    """The protocols of a Service's ports that only the mesh knows; Istio looks at the bytes."""
    ports = Where(document, "spec.ports")
    for index, port in enumerate(map(mapping, items(spec_of(document).get("ports")))):
        name = text(port.get("appProtocol"))
        if "/" in name and _is_own(name.partition("/")[0], mesh):
            yield _Mark(name, "", namespace, ports.at(index).at("appProtocol"))


def _mentioning(words: Iterable[str], context: Context) -> list[Document]:
    """The documents that may hold one of some words, in the order of the input."""
    found = {one.position: one for word in words for one in context.bundle.mentioning(word)}
    return [found[position] for position in sorted(found)]


def _of(
    marked: Document | Workload,
    place: Where,
    namespace: str,
    replaced: Collection[str],
    mesh: SourceMesh,
) -> Iterator[_Mark]:
    path = ".".join((*(marked.template if isinstance(marked, Workload) else ()), "metadata"))
    for name, pairs in (("labels", marked.labels), ("annotations", marked.annotations)):
        for key, value in pairs.items():
            own = _is_own(key.partition("/")[0], mesh)
            if own and (key not in replaced or value == _INGRESS):
                yield _Mark(key, value, namespace, place.at(path).at(name).at(key))


def traces(mesh: SourceMesh, context: Context) -> Iterator[tuple[Where, str]]:
    """What is of a mesh, whatever the source mesh: its marks and its names of Services."""
    for document in _mentioning(mesh.domains, context):
        namespace = context.bundle.namespace_of(document)
        workload = core.workload(document, namespace)
        for one in (document, workload) if workload else (document,):
            for mark in _of(one, Where(document), namespace, (), mesh):
                yield mark.where, mark.key
    yield from _named(mesh, context)


def _named(mesh: SourceMesh, context: Context) -> Iterator[tuple[Where, str]]:
    for document in _mentioning(mesh.host_suffixes, context):
        if name := next(_ending(document.body, mesh.host_suffixes), ""):
            yield Where(document), name


def _names(context: Context) -> Iterator[Diagnostic]:
    """Names of Services as only the mesh resolves them, wherever they stand."""
    found = list(_named(context.options.source_mesh, context))
    if found:
        where, others = _first(place for place, _ in found)
        yield catalog.name_of_the_mesh(where, found[0][1], others)


def _ending(value: object, suffixes: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, str):
        yield from (word for word in _HOST.findall(value) if word.endswith(suffixes))
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _ending(inner, suffixes)


def _passed_by(context: Context) -> Iterator[Diagnostic]:
    """Pods that listen on ports which the sidecar left alone without being told."""
    ports, bundle = set(context.options.source_mesh.passed_by), context.bundle
    inbound = (one for one in EXCLUSIONS if one.istio.endswith("/excludeInboundPorts"))
    told = {key for one in inbound for key in (one.pod, one.istio)}
    found = []
    for document in _mentioning(map(str, ports), context):
        workload = core.workload(document, bundle.namespace_of(document))
        declared = workload.declared & ports if workload else ()
        if workload and declared and not told & workload.annotations.keys():
            found.append((Where(document), tuple(sorted(declared))))
    if found:
        where, others = _first(place for place, _ in found)
        yield catalog.port_passed_by(where, found[0][1], others)
