"""Which namespaces are in the mesh: by label, by configuration, or inferred.

Source: the specification, §4 and §10; reference/osm-semantics.md §7.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from smi2istio import intake
from smi2istio.bundle import Bundle
from smi2istio.catalog import namespaces as catalog
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.emit import SOURCE
from smi2istio.istio import standing
from smi2istio.kinds import ACCESS, OSM_CONFIG, OSM_POLICY
from smi2istio.lenient import items, mapping, spec_of
from smi2istio.options import Options
from smi2istio.records import Record
from smi2istio.source import core, marks, mesh_config

_OSM_SYSTEM = "osm-system"
#: Kinds that need no parsing to be known as workloads.
_WORKLOADS = frozenset(
    ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job",
     "CronJob", "Pod", "Rollout")
)  # fmt: skip


class Members(Record):
    """The namespaces of the mesh, sorted.

    Attributes:
        new: those that no earlier run has converted.
        foreign: namespaces of another OSM mesh.
    """

    names: tuple[str, ...]
    new: tuple[str, ...]
    foreign: frozenset[str]


def find(bundle: Bundle, options: Options, said: list[Diagnostic]) -> Members:
    """Find them; what there is to say is appended to *said*."""
    labels = _labels(bundle, marks.MONITORED_BY)
    said += _several_meshes(bundle, options, labels)
    foreign = frozenset(
        name for name, mesh in labels.items() if options.mesh_name not in ("", mesh)
    )
    ignored = frozenset(_labels(bundle, marks.IGNORE))
    said += _listed_outside(options, foreign, ignored)
    taken = {*labels, *options.namespaces} - foreign - ignored
    converted: set[str] = set()
    if options.namespaces:
        converted = set(_converted(bundle, options))
        if _nothing_to_translate(bundle):
            taken -= converted
    elif not taken:
        taken = set(_named(bundle, options)) - foreign - ignored
        taken -= {name for name in taken if is_never(bundle, name)}
        if taken:
            left = _running(bundle) - taken - foreign - ignored - {""}
            left -= {name for name in left if is_never(bundle, name)}
            said.append(catalog.inferred(Where(), tuple(sorted(taken)), tuple(sorted(left))))
    if options.root in taken:
        said.append(
            catalog.member_is_root(Where(bundle.namespaces.get(options.root)), options.root)
        )
    return Members(tuple(sorted(taken)), tuple(sorted(taken - converted)), foreign)


def baselines(bundle: Bundle, names: Iterable[str]) -> Mapping[str, standing.Standing]:
    """What of the baseline the input holds for each of some namespaces."""
    found: dict[str, list[Document]] = {name: [] for name in names}
    for group, kind in (
        (standing.SECURITY, standing.PEER_AUTHENTICATION),
        (standing.SECURITY, standing.AUTHORIZATION_POLICY),
        (standing.NETWORKING, standing.SIDECAR),
    ):
        for document in bundle.of_kind(group, kind):
            namespace = bundle.namespace_of(document)
            if namespace in found:
                found[namespace].append(document)
    return {name: standing.read(documents) for name, documents in found.items()}


def _labels(bundle: Bundle, label: str) -> Mapping[str, str]:
    """The Namespaces that have *label*, and its value there."""
    return {
        name: document.labels[label]
        for name, document in bundle.namespaces.items()
        if document.mentions(label) and label in document.labels
    }


def _several_meshes(
    bundle: Bundle, options: Options, labels: Mapping[str, str]
) -> Iterator[Diagnostic]:
    meshes = tuple(sorted(set(labels.values())))
    ours = (bundle.namespace_of(one) for one in bundle.documents if intake.is_ours(one))
    unknown = meshes and options.mesh_name not in ("", *meshes) and not options.namespaces
    where = options.where.at("meshName")
    if unknown and any(namespace not in labels for namespace in ours):
        yield catalog.no_such_mesh(where, options.mesh_name, meshes)
    elif unknown and not bundle.mentioning(SOURCE):  # else an earlier run has found some
        yield catalog.only_other_meshes(where, options.mesh_name, meshes)
    for name, mesh in sorted(labels.items()):
        where = Where(bundle.namespaces[name])
        if options.mesh_name not in ("", mesh):
            yield catalog.other_mesh(where, mesh, options.mesh_name)
        elif not options.mesh_name and mesh != meshes[0]:
            yield catalog.two_meshes(where, meshes)
            return


def _listed_outside(
    options: Options, foreign: frozenset[str], ignored: frozenset[str]
) -> Iterator[Diagnostic]:
    where = options.where.at("namespaces")
    for index, name in enumerate(options.namespaces):
        if name in ignored or name in foreign:
            label = marks.IGNORE if name in ignored else marks.MONITORED_BY
            yield catalog.not_a_member(where.at(index), name, label)


def _converted(bundle: Bundle, options: Options) -> Iterator[str]:
    """Listed namespaces that lack nothing of the baseline: an earlier run has been there."""
    mesh = options.source_mesh
    enforcing = options.mode == "enforcing" or not mesh.has_mode
    for name, found in baselines(bundle, options.namespaces).items():
        strict = bool(found.peer_authentications) or not mesh.strict
        denies = bool(found.allow_nothing) or not (enforcing and mesh.denies_by_default)
        if (strict and denies) or not options.emits_baseline:
            yield name


def _nothing_to_translate(bundle: Bundle) -> bool:
    """Whether the input holds no document and no mark of the old mesh: a second run."""
    return not bundle.marked and not any(
        intake.is_ours(document) or mesh_config.is_written_by_osm(document)
        for document in bundle.documents
    )


def _named(bundle: Bundle, options: Options) -> Iterator[str]:
    """The namespaces that access documents name."""
    for target in bundle.of_kind(ACCESS, "TrafficTarget"):
        spec = spec_of(target) or target.body  # v1alpha1 has no spec
        destination = mapping(spec.get("destination"))
        if destination:
            yield bundle.namespace_of(target)
            if options.source_mesh.across_namespaces:
                yield from _of_accounts(bundle, target, [destination])
            yield from _of_accounts(bundle, target, spec.get("sources"))
    for egress in bundle.of_kind(OSM_POLICY, "Egress"):
        yield from _of_accounts(bundle, egress, spec_of(egress).get("sources"))
    for retry in bundle.of_kind(OSM_POLICY, "Retry"):
        yield from _of_accounts(bundle, retry, [spec_of(retry).get("source")])


def _of_accounts(bundle: Bundle, document: Document, accounts: object) -> Iterator[str]:
    for account in map(mapping, items(accounts)):
        name, namespace = account.get("name"), account.get("namespace")
        if account.get("kind") == "ServiceAccount" and isinstance(namespace, str):
            yield bundle.account(str(name), namespace, document)[0]


def is_never(bundle: Bundle, name: str) -> bool:
    """Whether only who lists it makes it a member: the system's, Istio's and OSM's own."""
    configs: Sequence[Document] = bundle.of_kind(OSM_CONFIG, mesh_config.KIND)
    return (
        not name
        or name.startswith("kube-")
        or name in (bundle.options.root, _OSM_SYSTEM)
        or any(config.namespace == name for config in configs)
    )


def _running(bundle: Bundle) -> set[str]:
    """The namespaces that have workloads in the input."""
    return {
        bundle.namespace_of(document)
        for document in bundle.documents
        if document.kind in _WORKLOADS
        or (document.mentions("containers") and core.workload(document, "") is not None)
    }
