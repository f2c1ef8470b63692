"""Pod templates: a mesh's marks for injection and for traffic that passes by the sidecar.

Istio reads the exclusion lists on pods only, so those of the MeshConfig are written to
every pod template that gets a sidecar.

Source: the specification, §5 and §9; osm v1.2.4, pkg/injector/patch.go; istio,
pkg/kube/inject/validate.go.
"""

from collections.abc import Iterator, Mapping

from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import REMOVED, Document, Edit
from smi2istio.emit import Edited, Emission
from smi2istio.source import core, marks
from smi2istio.source.core import Workload
from smi2istio.source.marks import Exclusion
from smi2istio.translate import namespace as namespaces
from smi2istio.workloads import injected

#: What OSM's injector adds to a pod.
_OF_OSM = frozenset(("envoy", "osm-init"))


def concerns(document: Document, context: Context) -> bool:
    """Whether a document may be a workload that has to change; needs no parsing."""
    bundle, config = context.bundle, context.mesh.config
    domains = context.options.source_mesh.domains
    if document in bundle.marked or (domains and marks.may_carry(document, domains)):
        return True
    return bool(
        config
        and config.excluded
        and bundle.namespace_of(document) in context.mesh.members
        and document.mentions("containers")
    )


def translate(document: Document, context: Context) -> Iterator[Edited | Emission | Diagnostic]:
    """Replace the marks of one workload; to be called for every document that it concerns.

    What makes no pods is left alone.

    Raises:
        Refusal: S2I106, S2I508, S2I512, S2I530, S2I556.
    """
    name = context.bundle.namespace_of(document)
    workload = core.workload(document, name)
    if workload is None or name in context.mesh.foreign:
        return
    if core.container_names(workload) >= _OF_OSM:
        yield catalog.injected_by_osm(Where(document, ".".join((*workload.template, "spec"))))
    mesh, path = context.options.source_mesh, (*workload.template, "metadata")
    lists = (one.pod for one in marks.exclusions(mesh))
    keys = (marks.INJECTION, mesh.injection, mesh.mtls_mode, *lists)
    found = tuple(key for key in keys if key in workload.annotations)
    edits = [Edit((*path, "annotations", key), REMOVED) for key in found]
    edits += (
        Edit((*path, "labels", key), REMOVED)
        for key in (marks.PROXY_UUID, mesh.injection)
        if key in workload.labels
    )
    if not _is_outside(name, context):
        edits += _written(workload, context)
    elif found:
        yield catalog.inert_mark(Where(document, ".".join((*path, "annotations"))), found)
    if edits:
        yield Edited(document, tuple(edits))
    if mesh.mtls_mode in workload.annotations:
        from smi2istio.translate import mtls_mode  # noqa: PLC0415 - one mesh has such modes

        yield from mtls_mode.peer_authentication(workload, context)


def _is_outside(namespace: str, context: Context) -> bool:
    """Whether OSM took no notice of a namespace; where no member is known, nobody can tell.

    Other meshes look at pods wherever they are.
    """
    document = context.bundle.namespaces.get(namespace)
    if document is None or namespace in context.mesh.members or context.options.source_mesh.domains:
        return False
    return bool(context.mesh.members) or marks.IGNORE in document.labels


def _written(workload: Workload, context: Context) -> Iterator[Edit]:
    path = (*workload.template, "metadata")
    metadata = Where(workload.document, ".".join(path))
    mesh = context.options.source_mesh
    marks.check_injection(workload.annotations, workload.labels, mesh, metadata)
    for key, value in _labels(workload, context).items():
        yield Edit((*path, "labels", key), value)
    for key, value in _excluded(workload, context, metadata.at("annotations")).items():
        yield Edit((*path, "annotations", key), value)


def _labels(workload: Workload, context: Context) -> Mapping[str, str]:
    """Istio's labels for what the pod's own annotation asks.

    Raises:
        Refusal: S2I508.
    """
    mesh = context.options.source_mesh
    asked = marks.injection(workload.annotations, workload.labels, mesh)
    if asked is None:
        return {}
    wanted = {marks.ISTIO_INJECTION: "true" if asked else "false"}
    if asked and context.options.revision and namespaces.lets_pods_ask(workload.namespace, context):
        wanted[namespaces.REVISION] = context.options.revision
    where = Where(workload.document, ".".join((*workload.template, "metadata", "labels")))
    for key, value in wanted.items():
        if workload.labels.get(key, value) != value:
            place = where.at(key)
            raise Refusal(catalog.label_contradicts(place, workload.labels[key], f"'{value}'"))
    return {key: value for key, value in wanted.items() if key not in workload.labels}


def _excluded(workload: Workload, context: Context, where: Where) -> Mapping[str, str]:
    """Istio's lists that have to be written: the pod's own and the mesh's together.

    Raises:
        Refusal: S2I512.
    """
    config = context.mesh.config
    meshwide: Mapping[Exclusion, tuple[str, ...]] = {}
    if config and workload.namespace in context.mesh.members:
        meshwide = config.excluded if injected(context.bundle, workload) else {}
    listed: dict[str, list[str]] = {}
    for exclusion in marks.exclusions(context.options.source_mesh):
        if exclusion.pod not in workload.annotations and exclusion not in meshwide:
            continue
        here = listed.setdefault(exclusion.istio, [])
        for key in (exclusion.istio, exclusion.pod):
            text = workload.annotations.get(key, "")
            here += marks.elements(text, exclusion.holds, where.at(key))
        here += meshwide.get(exclusion, ())
    texts = {key: ",".join(dict.fromkeys(elements)) for key, elements in listed.items()}
    return {
        key: text for key, text in texts.items() if text and text != workload.annotations.get(key)
    }
