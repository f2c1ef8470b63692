"""The configuration: a functionConfig, or the same names on the command line.

Source: the specification, §2.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from smi2istio.catalog import reading
from smi2istio.decisions import (
    GatewayDecision,
    PatternDecision,
    WorkloadDecision,
    gateways,
    name,
    patterns,
    workloads,
)
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document, Unreadable, load
from smi2istio.fields import Fields
from smi2istio.records import Record
from smi2istio.source_mesh import MESHES, SourceMesh

API_VERSION, KIND = "smi2istio.dev/v1alpha1", "SmiToIstio"

_MINOR = re.compile(r"1\.([1-9][0-9]{1,2})")
_OLDEST_MINOR = 22  # the first with path templates and v1 of every kind


class Options(Record):
    """Every option under its name in snake case.

    Attributes:
        where: the place of the configuration.
        names_mesh: `sourceMesh` is written, so it is not only by default what it is.
    """

    source_mesh: SourceMesh = MESHES["osm"]
    mode: str = "auto"
    mesh_name: str = ""
    namespaces: tuple[str, ...] = ()
    namespace: str = ""
    create_namespaces: bool = False
    baseline: str = "emit"
    revision: str = ""
    istio_version: str = "1.26"
    trust_domain: str = "cluster.local"
    cluster_domain: str = "cluster.local"
    root_namespace: str = ""
    split_to: str = "services"
    envoy_filters: str = "allow"
    patterns: tuple[PatternDecision, ...] = ()
    workloads: tuple[WorkloadDecision, ...] = ()
    gateways: tuple[GatewayDecision, ...] = ()
    label_workloads: bool = False
    accept: tuple[str, ...] = ()
    dry_run: bool = False
    where: Where = Where()
    names_mesh: bool = False

    @property
    def root(self) -> str:
        """Istio's root namespace."""
        if self.root_namespace:
            return self.root_namespace
        return "aks-istio-system" if is_add_on(self.revision) else "istio-system"

    def host(self, name: str, namespace: str) -> str:
        """The full name of a Service."""
        return f"{name}.{namespace}.svc.{self.cluster_domain}"

    def described(self, account: str) -> list[WorkloadDecision]:
        """What is said of the pods of an account, ``namespace/name``."""
        return [
            one for one in self.workloads if f"{one.namespace}/{one.service_account}" == account
        ]

    @property
    def emits_baseline(self) -> bool:
        return self.baseline == "emit"


def is_add_on(revision: str) -> bool:
    """Whether a revision is one of the Istio add-on of AKS."""
    return revision.startswith("asm-")


#: The configuration of somebody who said nothing.
DEFAULTS = Options()


def of_document(config: Document | None) -> Options:
    """Read a functionConfig; none at all is the default configuration.

    Raises:
        Refusal: S2I102, S2I106, S2I119 to S2I126, S2I128 to S2I130, S2I136, S2I137.
    """
    if config is None:
        return DEFAULTS
    if config.kind == "ConfigMap":
        data = Fields.of(config).mapping("data")
        return of_texts({key: data.raw(key) for key in data.names()}, data.where)
    if (config.api_version, config.kind) != (API_VERSION, KIND):
        raise Refusal(reading.foreign_configuration(Where(config), config.kind))
    fields = Fields.of(config)
    fields.get("metadata", dict)
    return _read(fields.mapping("spec"), DEFAULTS, fields)


def of_texts(values: Mapping[str, object], where: Where, base: Options = DEFAULTS) -> Options:
    """Read options whose values are text that holds YAML: a ConfigMap, the command line.

    *base* holds where *values* say nothing.

    Raises:
        Refusal: as :func:`of_document`, and S2I101 for text that is not YAML.
    """
    fields = Fields({key: _parsed(key, value, where) for key, value in values.items()}, where)
    return _read(fields, base, fields)


def _parsed(key: str, value: object, where: Where) -> object:
    if not isinstance(value, str) or key not in _YAML:
        return value
    try:
        return load(value)
    except Unreadable as error:
        raise Refusal(reading.unreadable(where.at(key), str(error))) from None


def _read(spec: Fields, base: Options, whole: Fields) -> Options:
    given: dict[str, Any] = {
        attribute: read(spec, key) for key, attribute, read in _OPTIONS if spec.has(key)
    }
    spec.skip(*(key for key, _, _ in _OPTIONS))
    named = base.names_mesh or "source_mesh" in given
    options = base._replace(where=spec.where, names_mesh=named)._replace(**given)
    if options.mode == "permissive" and not options.source_mesh.has_mode:
        raise Refusal(reading.mode_without_osm(spec.at("mode"), options.source_mesh.name))
    if is_add_on(options.revision) and options.root_namespace == "istio-system":
        place = spec.at("rootNamespace")
        raise Refusal(reading.root_contradicts_revision(place, options.revision))
    for place, key, known in whole.unread(nulls=True):
        raise Refusal(reading.unknown_option(place, key, known))
    return options


def _choice(*allowed: str) -> Callable[[Fields, str], str]:
    def read(spec: Fields, key: str) -> str:
        return spec.one_of(key, *allowed)

    return read


def _mesh(spec: Fields, key: str) -> SourceMesh:
    return MESHES[_choice(*MESHES)(spec, key)]


def _text(spec: Fields, key: str) -> str:
    return spec.text(key)


def _name(spec: Fields, key: str) -> str:
    text = spec.text(key)
    return text and name(text, spec.at(key))


def _names(spec: Fields, key: str) -> tuple[str, ...]:
    where = spec.at(key)
    return tuple(name(one, where.at(place)) for place, one in enumerate(spec.values(key, str)))


def _texts(spec: Fields, key: str) -> tuple[str, ...]:
    return spec.values(key, str)


def _flag(spec: Fields, key: str) -> bool:
    return bool(spec.get(key, bool))


def _minor(spec: Fields, key: str) -> str:
    value = spec.raw(key)
    if isinstance(value, (int, float)):
        raise Refusal(reading.minor_is_a_number(spec.at(key), str(value)))
    text = spec.text(key)
    found = _MINOR.fullmatch(text)
    if not found or int(found[1]) < _OLDEST_MINOR:
        raise Refusal(reading.bad_minor(spec.at(key), text))
    return text


_OPTIONS: tuple[tuple[str, str, Callable[[Fields, str], object]], ...] = (
    ("sourceMesh", "source_mesh", _mesh),
    ("mode", "mode", _choice("auto", "enforcing", "permissive")),
    ("meshName", "mesh_name", _text),
    ("namespaces", "namespaces", _names),
    ("namespace", "namespace", _name),
    ("createNamespaces", "create_namespaces", _flag),
    ("baseline", "baseline", _choice("emit", "omit")),
    ("revision", "revision", _name),
    ("istioVersion", "istio_version", _minor),
    ("trustDomain", "trust_domain", _name),
    ("clusterDomain", "cluster_domain", _name),
    ("rootNamespace", "root_namespace", _name),
    ("splitTo", "split_to", _choice("services", "subsets")),
    ("envoyFilters", "envoy_filters", _choice("allow", "refuse")),
    ("patterns", "patterns", patterns),
    ("workloads", "workloads", workloads),
    ("gateways", "gateways", gateways),
    ("labelWorkloads", "label_workloads", _flag),
    ("accept", "accept", _texts),
    ("dryRun", "dry_run", _flag),
)

#: Options that are no text, so that text for them is YAML; "1.30" stays a version, "true" a name.
_YAML = frozenset(
    key
    for key, _, read in _OPTIONS
    if read in (_flag, _names, _texts, patterns, workloads, gateways)
)

#: The options' names, each with that of its attribute.
NAMES: Mapping[str, str] = {key: attribute for key, attribute, _ in _OPTIONS}
