"""Namespace: OSM's marks become Istio's label for injection.

Without a sidecar no policy is in force, so this is a part of access control.  OSM
injected where the label *and* an annotation said so; a pod's own annotation counted
for more than its Namespace's.  In Istio a namespace that is marked `disabled` counts
for more than its pods.

Source: the specification, §5; reference/osm-semantics.md §7; istio's
sidecar-injector webhook configuration.
"""

from collections.abc import Iterable, Iterator, Mapping

from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import REMOVED, Document, Edit
from smi2istio.emit import Addition, Edited
from smi2istio.options import Options
from smi2istio.source import marks

Label = tuple[str, str]

INJECTION, REVISION = "istio-injection", "istio.io/rev"
_DISABLED = (INJECTION, "disabled")
_LABELS, _ANNOTATIONS = ("metadata", "labels"), ("metadata", "annotations")


def translate(document: Document, context: Context) -> Iterator[Edited | Diagnostic]:
    """Replace the marks of one Namespace; to be called for every one, member or not.

    A mesh other than OSM had sidecars where its own mark asked for them, member or not.

    Raises:
        Refusal: S2I106, S2I508.
    """
    labels, annotations = document.labels, document.annotations
    if document.name in context.mesh.foreign:
        return
    member, ignored = document.name in context.mesh.members, marks.IGNORE in labels
    own = context.options.source_mesh.injection
    where = Where(document).at("metadata")
    edits = [
        *_removed(_LABELS, labels, (marks.MONITORED_BY, marks.IGNORE, own)),
        *_removed(_ANNOTATIONS, annotations, (marks.INJECTION, marks.METRICS, own)),
    ]
    if member or ignored or own in labels or own in annotations:
        marks.check_injection(annotations, labels, context.options.source_mesh, where)
        label = _DISABLED if ignored else _label(document, context)
        if _is_missing(labels, label, context.options, where.at("labels")) and label:
            edits.append(Edit((*_LABELS, label[0]), label[1]))
        if marks.MONITORED_BY in labels and marks.INJECTION not in annotations and not ignored:
            yield from _more_injected(document, context)
    elif marks.INJECTION in annotations:
        place = where.at("annotations").at(marks.INJECTION)
        yield catalog.inert_mark(place, (marks.INJECTION,))
    if marks.METRICS in annotations:
        yield catalog.metrics_mark(where.at("annotations").at(marks.METRICS))
    if edits:
        yield Edited(document, tuple(edits))


def _removed(
    path: tuple[str, ...], there: Mapping[str, str], keys: Iterable[str]
) -> Iterator[Edit]:
    return (Edit((*path, key), REMOVED) for key in keys if key in there)


def create(context: Context) -> Iterator[Addition | Diagnostic]:
    """Namespaces of members that the input lacks; to be called once, before the baseline."""
    absent = tuple(name for name in context.mesh.members if name not in context.bundle.namespaces)
    key, value = wanted_label(context.options)
    if absent and not context.options.create_namespaces:
        yield catalog.no_namespace_document(Where(), absent, f"{key}={value}")
        return
    for name in absent:
        metadata = {"name": name, "labels": {key: value}}
        yield Addition({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, name)


def wanted_label(options: Options) -> tuple[str, str]:
    """The label of a namespace whose pods are injected."""
    return (REVISION, options.revision) if options.revision else (INJECTION, "enabled")


def lets_pods_ask(namespace: str, context: Context) -> bool:
    """Whether nothing is injected in a namespace but pods that ask themselves."""
    document, member = context.bundle.namespaces.get(namespace), namespace in context.mesh.members
    asked = _asked(document, context) if document else None
    if context.options.source_mesh.injection:  # where pods may ask outside the mesh as well
        return not (member if asked is None else asked)
    return member and asked is False


def _asked(document: Document, context: Context) -> bool | None:
    mesh = context.options.source_mesh
    return marks.injection(document.annotations, document.labels, mesh)


def _label(document: Document, context: Context) -> Label | None:
    """Istio's label for a member; None for no label, where the pods decide one by one."""
    if _asked(document, context) is not False:
        return wanted_label(context.options)
    mesh = context.options.source_mesh
    asking = any(
        marks.injection(one.annotations, one.labels, mesh) and not one.host_network
        for one in context.bundle.workloads(document.name)
    )
    return None if asking else _DISABLED


def _is_missing(
    labels: Mapping[str, str], wanted: Label | None, options: Options, where: Where
) -> bool:
    """Whether the label has to be written; those that are there must agree.

    Raises:
        Refusal: S2I508.
    """
    found = {key: labels[key] for key in (INJECTION, REVISION) if key in labels}
    if found and not _agree(found, wanted, options):
        key = next(key for key, value in found.items() if (key, value) != wanted)
        named = f"{wanted[0]}: {wanted[1]}" if wanted else "no such label"
        raise Refusal(catalog.label_contradicts(where.at(key), found[key], named))
    return not found


def _agree(found: Mapping[str, str], wanted: Label | None, options: Options) -> bool:
    if found == dict([wanted] if wanted else []):
        return True
    # Any revision injects; which one matters only where the configuration names it.
    return wanted == wanted_label(options) and not options.revision and found.keys() == {REVISION}


def _more_injected(document: Document, context: Context) -> Iterator[Diagnostic]:
    """Pods that OSM did not inject, because only its label was there, and Istio will."""
    pods = [one for one in context.bundle.workloads(document.name) if not one.host_network]
    mesh = context.options.source_mesh
    asking = [one for one in pods if marks.injection(one.annotations, one.labels, mesh)]
    silent = [one for one in pods if marks.INJECTION not in one.annotations]
    if silent or not asking:
        names = tuple(f"{one.kind} {one.name}" for one in asking)
        yield catalog.injected_all_the_same(Where(document), names)
