"""The kinds of rbac.istio.io: who has which role, what a role allows, and where that counts.

Most fields that say "not" were hidden from the documentation, and yet enforced.  `actions`
and `role` of a binding were validated and read by nothing.

Source: istio/api 1.4.9 rbac/v1alpha1/rbac.proto; istio 1.4.9 pkg/config/validation;
reference/legacy-and-neighbours.md §2.1.
"""

from collections.abc import Mapping

from smi2istio.catalog import legacy as catalog
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.names import dns_label
from smi2istio.records import Record
from smi2istio.source import proto

_ROLE = "ServiceRole"
OFF, ON, INCLUSION, EXCLUSION = _MODES = ("OFF", "ON", "ON_WITH_INCLUSION", "ON_WITH_EXCLUSION")
_ENFORCEMENT = ("ENFORCED", "PERMISSIVE")

#: Fields of a rule about requests → what Istio calls them today.
OPERATIONS: Mapping[str, str] = {
    "hosts": "hosts",
    "not_hosts": "notHosts",
    "methods": "methods",
    "not_methods": "notMethods",
    "paths": "paths",
    "not_paths": "notPaths",
}
#: Lists of a subject.
_LISTS = ("names", "not_names", "groups", "not_groups", "namespaces", "not_namespaces", "ips",
          "not_ips")  # fmt: skip


class Rule(Record):
    """One rule of a role.

    Attributes:
        services: names and patterns; none for every Service of the namespace.
        operations: the lists of :data:`OPERATIONS` that are there, under today's names.
        constraints: key → values; of a key that stands there twice the last counts.
    """

    services: tuple[str, ...]
    operations: Mapping[str, tuple[str, ...]]
    ports: tuple[int, ...]
    not_ports: tuple[int, ...]
    constraints: Mapping[str, tuple[str, ...]]
    where: Where


class ServiceRole(Record):
    rules: tuple[Rule, ...]
    fields: Fields


class Subject(Record):
    """Whom a role is bound to; all parts have to be fulfilled.

    Attributes:
        lists: the fields of :data:`_LISTS` that are there, by their proto names.
    """

    user: str
    group: str
    properties: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]
    where: Where

    @property
    def empty(self) -> bool:
        return not (self.user or self.group or self.properties or self.lists)


class Binding(Record):
    """A parsed ServiceRoleBinding.

    Attributes:
        role: name of a ServiceRole of the same namespace; "" where there is no `roleRef`.
        dry_run: it is only tried out.
    """

    subjects: tuple[Subject, ...]
    role: str
    dry_run: bool
    fields: Fields


class Scope(Record):
    """Namespaces, and Services by their full names.

    Attributes:
        nowhere: what is listed among the namespaces, and no namespace can be called.
    """

    namespaces: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()
    where: Where = Where()


class RbacConfig(Record):
    """A parsed ClusterRbacConfig or RbacConfig; *scope* is what is included, or excluded."""

    document: Document
    mode: str
    scope: Scope
    dry_run: bool
    fields: Fields


def service_role(document: Document) -> ServiceRole:
    """Parse a ServiceRole.

    Raises:
        Refusal: S2I102, S2I105, S2I601.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    rules = tuple(_rule(rule) for rule in spec.mappings("rules"))
    if not rules:
        raise Refusal(catalog.invalid(spec.at("rules"), "a role needs a rule"))
    return ServiceRole(rules, fields)


def _rule(fields: Fields) -> Rule:
    operations = {}
    for name, today in OPERATIONS.items():
        camel = today if fields.has(today) else name
        if values := fields.values(camel, str):
            operations[today] = values
    constraints = {}
    for one in fields.mappings("constraints"):
        constraints[one.required("key")] = one.values("values", str)
        if not one.has("values"):
            raise Refusal(catalog.invalid(one.where, "a constraint needs values"))
    return Rule(
        fields.values("services", str),
        operations,
        fields.values("ports", int),
        fields.values(proto.key(fields, "notPorts"), int),
        constraints,
        fields.where,
    )


def binding(document: Document) -> Binding:
    """Parse a ServiceRoleBinding.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I601.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    subjects = tuple(_subject(subject) for subject in spec.mappings("subjects"))
    reference = spec.mapping(proto.key(spec, "roleRef"))
    name, kind = reference.text("name"), reference.text("kind") or _ROLE
    if kind != _ROLE:
        raise Refusal(catalog.invalid(reference.at("kind"), f"a role is of kind {_ROLE}"))
    if not name:
        spec.skip("actions", "role")
    elif not subjects:
        raise Refusal(catalog.invalid(spec.at("subjects"), "a binding needs a subject"))
    dry_run = proto.enum(spec, "mode", _ENFORCEMENT) == _ENFORCEMENT[1]
    return Binding(subjects, name, dry_run, fields)


def _subject(fields: Fields) -> Subject:
    properties = fields.mapping("properties")
    lists = {}
    for name in _LISTS:
        first, _, rest = name.partition("_")
        if values := proto.texts(fields, first + rest.capitalize()):
            lists[name] = values
    return Subject(
        fields.text("user"),
        fields.text("group"),
        {name: properties.text(name) for name in properties.names()},
        lists,
        fields.where,
    )


def rbac_config(document: Document) -> RbacConfig:
    """Parse a ClusterRbacConfig or an RbacConfig.

    Raises:
        Refusal: S2I102, S2I106, S2I601.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    mode = proto.enum(spec, "mode", _MODES)
    dry_run = proto.enum(spec, "enforcementMode", _ENFORCEMENT) == _ENFORCEMENT[1]
    scopes = {}
    for name, of_mode in (("inclusion", INCLUSION), ("exclusion", EXCLUSION)):
        if mode == of_mode and not spec.written(name):
            raise Refusal(catalog.invalid(spec.at(name), f"mode {mode} needs it"))
        inner = spec.mapping(name)
        listed = inner.values("namespaces", str)
        scopes[of_mode] = Scope(
            tuple(one for one in listed if dns_label(one)),
            inner.values("services", str),
            tuple(one for one in listed if not dns_label(one)),
            inner.where,
        )
    return RbacConfig(document, mode, scopes.get(mode, Scope()), dry_run, fields)
