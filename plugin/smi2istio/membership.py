"""The mesh that the documents were written for: its members, its mode, its egress.

The one place where the input as a whole is asked; translators look at the answer.
What nobody said is never filled in silently, because either guess opens or closes the
mesh.

Source: the specification, §4 and §10; reference/osm-semantics.md §5,
reference/legacy-and-neighbours.md §6.
"""

from collections.abc import Iterator

from smi2istio import members
from smi2istio.bundle import Bundle
from smi2istio.catalog import namespaces, reading
from smi2istio.catalog import osm_config as catalog
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.istio import standing
from smi2istio.kinds import ACCESS, OSM_CONFIG
from smi2istio.lenient import spec_of
from smi2istio.options import Options
from smi2istio.records import Record
from smi2istio.source import mesh_config
from smi2istio.source.mesh_settings import MeshConfig

_AKS_SYSTEM, _EXTERNAL = "kube-system", "ExternalName"
_ENFORCING, _PERMISSIVE = "enforcing", "permissive"


class Mesh(Record):
    """The answers.

    Attributes:
        members: names of its namespaces, sorted.
        foreign: namespaces of another OSM mesh, which are left as they are.
        mode: "enforcing", "permissive", or "" where nothing depends on it.
        egress: what the configuration says; None if it does not.
        config: the MeshConfig in force, if it is in the input and can be read.
    """

    members: tuple[str, ...] = ()
    foreign: frozenset[str] = frozenset()
    mode: str = ""
    egress: bool | None = None
    config: MeshConfig | None = None

    @property
    def permissive(self) -> bool:
        return self.mode == _PERMISSIVE

    @property
    def enforcing(self) -> bool:
        return self.mode == _ENFORCING


def resolve(bundle: Bundle, options: Options) -> tuple[Mesh, list[Diagnostic]]:
    """Answer the questions; to be called once, before any translator.

    The bundle must not hold a document twice.
    """
    said: list[Diagnostic] = []
    found = members.find(bundle, options, said)
    config, unreadable = _config(bundle, options, said)
    targets = any(
        bundle.namespace_of(document) not in found.foreign
        for document in bundle.of_kind(ACCESS, "TrafficTarget")
    )
    if targets and options.mode == _ENFORCING and not options.source_mesh.denies_by_default:
        said.append(reading.mode_without_effect(options.where.at("mode"), options.source_mesh.name))
    mode = _told(options, config, unreadable=unreadable)
    if not mode:
        guessed = () if targets or config else found.new
        if targets or (found.new and options.emits_baseline):
            mode = _ENFORCING
            said.append(_not_told(config, guessed))
    egress = config.egress if config else None
    said += _enforced(bundle, options, found, targets=targets)
    if options.emits_baseline and not unreadable:
        said += _egress(bundle, config, found)
    return Mesh(found.names, found.foreign, mode, egress, config), said


def _config(
    bundle: Bundle, options: Options, said: list[Diagnostic]
) -> tuple[MeshConfig | None, bool]:
    """The configuration in force, and whether there is one that cannot be read.

    Why it cannot be read is said by its translator.
    """
    found = [
        document
        for document in bundle.of_kind(OSM_CONFIG, mesh_config.KIND)
        if document.name == mesh_config.NAME
    ]
    found += filter(mesh_config.is_config_map, bundle.of_kind("", "ConfigMap"))
    if not found:
        return None, False
    if len(found) > 1:
        said.append(catalog.two_mesh_configs(Where(found[1]), str(Where(found[0]))))
        return None, True
    if found[0].namespace == _AKS_SYSTEM and not options.revision:
        said.append(catalog.revision_needed(Where(found[0])))
    try:
        config = bundle.parsed(found[0], mesh_config.parse)
    except Refusal:
        return None, True
    if options.source_mesh.has_mode and options.mode != "auto":
        said += _contradiction(options.mode, config)
    return config, False


def _contradiction(mode: str, config: MeshConfig) -> Iterator[Diagnostic]:
    if config.permissive is not None and config.permissive != (mode == _PERMISSIVE):
        value = str(config.permissive).lower()
        yield catalog.mode_contradicts(config.mode_where, mode, value)


def _told(options: Options, config: MeshConfig | None, *, unreadable: bool) -> str:
    if not options.source_mesh.has_mode:
        return _ENFORCING
    if options.mode != "auto":
        return options.mode
    if config and config.permissive is not None:
        return _PERMISSIVE if config.permissive else _ENFORCING
    return _ENFORCING if unreadable else ""


def _not_told(config: MeshConfig | None, guessed: tuple[str, ...]) -> Diagnostic:
    if guessed:
        return catalog.mode_is_a_guess(Where(), guessed)
    return catalog.mode_not_written(config.mode_where if config else Where())


def _enforced(
    bundle: Bundle, options: Options, found: members.Members, *, targets: bool
) -> Iterator[Diagnostic]:
    """What the mesh itself did not enforce, and what it may have refused besides."""
    mesh = options.source_mesh
    if mesh.never_enforced and (targets or (found.new and options.emits_baseline)):
        yield namespaces.never_enforced(Where(), mesh.name, mesh.never_enforced)
    if mesh.refuses_if and targets:
        there = members.baselines(bundle, found.names)
        if left_open := tuple(name for name, one in there.items() if not one.denies):
            yield namespaces.may_have_refused(Where(), mesh.refuses_if, left_open)


def _egress(
    bundle: Bundle, config: MeshConfig | None, found: members.Members
) -> Iterator[Diagnostic]:
    closed = config.egress if config else None
    if closed is None and found.new and bundle.options.source_mesh.has_mode:
        yield catalog.egress_not_written(config.egress_where if config else Where())
    elif closed is False and found.names and config:
        openings = tuple(str(Where(one)) for one in _openings(bundle, found))
        yield catalog.egress_closed(config.egress_where, openings)


def _openings(bundle: Bundle, found: members.Members) -> Iterator[Document]:
    """What lets members reach hosts outside, although the namespace is REGISTRY_ONLY."""
    for service in bundle.of_kind("", "Service"):
        external = service.mentions(_EXTERNAL)
        if external and spec_of(service).get("type") == _EXTERNAL:
            yield service
    yield from bundle.of_kind(standing.NETWORKING, "ServiceEntry")
    for sidecar in bundle.of_kind(standing.NETWORKING, standing.SIDECAR):
        member = bundle.namespace_of(sidecar) in found.names
        closed = standing.outbound_mode(sidecar) == standing.REGISTRY_ONLY
        if member and standing.selector(sidecar) and not closed:
            yield sidecar
