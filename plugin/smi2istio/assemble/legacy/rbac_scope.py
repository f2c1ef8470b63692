"""Where RBAC was on, and what closes it there today.

A role opens something only where RBAC closed it.  Where RBAC was off a role must not become
an ALLOW policy, which would refuse everything else; and where it was on an `allow-nothing`
has to do what the configuration did.  None of these may stand in the root namespace with
`rules: [{}]`, where it would open the whole mesh.

Source: the specification, §9; istio 1.4.9 pilot/pkg/model/authorization.go, IsRBACEnabled;
reference/legacy-and-neighbours.md §2.3.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from smi2istio.assemble.legacy import selected
from smi2istio.assemble.legacy.newer import About, switched_off
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where, Witness
from smi2istio.emit import Addition, Emission
from smi2istio.istio import security
from smi2istio.istio.standing import AUTHORIZATION_POLICY
from smi2istio.legacy import RoleGrant
from smi2istio.members import baselines
from smi2istio.source import core, rbac

_NOTHING, _ALL = "allow-nothing", "allow-all"


class Scope(NamedTuple):
    """The configuration in force; None where there is none, and roles are enforced all the same."""

    config: rbac.RbacConfig | None
    context: Context

    @property
    def dry_run(self) -> bool:
        return self.config is not None and self.config.dry_run

    def covers(self, service: core.Service) -> bool:
        """Whether RBAC was on for a Service."""
        if self.config is None:
            return True
        scope = self.config.scope
        name = self.context.options.host(service.name, service.namespace)
        listed = service.namespace in scope.namespaces or name in scope.services
        answers = {rbac.OFF: False, rbac.ON: True, rbac.INCLUSION: listed}
        return answers.get(self.config.mode, not listed)

    def off_in(self, namespace: str) -> bool:
        """Whether RBAC was off for everything in a namespace."""
        if self.config is None or self.config.mode == rbac.ON:
            return False
        scope = self.config.scope
        if self.config.mode == rbac.EXCLUSION:
            return namespace in scope.namespaces
        return namespace not in scope.namespaces and not any(
            f".{namespace}.svc." in name for name in scope.services
        )


def baseline(
    scope: Scope, grants: Sequence[RoleGrant]
) -> Iterator[Emission | Addition | Diagnostic]:
    """What closes the mesh, namespaces or pods, and what opens the excluded ones."""
    config = scope.config
    listed = config.scope if config else rbac.Scope()
    for name in listed.nowhere:
        yield catalog.inert_namespace(listed.where.at("namespaces"), name)
    try:
        if config is None:
            yield from _without_config(scope, grants)
        elif config.mode == rbac.ON:
            yield from _whole_mesh(scope, config)
        elif config.mode == rbac.INCLUSION:
            yield from _included(scope, config)
        elif config.mode == rbac.EXCLUSION:
            yield from _excluded(scope, config)
    except Refusal as refusal:
        yield refusal.diagnostic


def _without_config(scope: Scope, grants: Sequence[RoleGrant]) -> Iterator[Addition | Diagnostic]:
    names = tuple(sorted({one.namespace for one in grants if not one.binding.dry_run}))
    if not names:
        return
    yield catalog.no_rbac_config(Where(), names, Witness("", "GET", "/"))
    for name in names:
        if _open(scope, name):
            yield Addition(security.wide_policy(_NOTHING, name, {}, ()), name)


def _open(scope: Scope, namespace: str) -> bool:
    """Whether nothing closes a namespace yet."""
    context = scope.context
    closed = namespace in context.mesh.members and context.options.emits_baseline
    return not closed and not baselines(context.bundle, [namespace])[namespace].allow_nothing


def _whole_mesh(scope: Scope, config: rbac.RbacConfig) -> Iterator[Emission | Diagnostic]:
    closing = list(_close(scope, config, scope.context.options.root))
    yield from closing
    if not config.dry_run and all(isinstance(one, Emission) for one in closing):
        names = tuple(_gateways(scope.context))
        yield catalog.gateways_closed(Where(config.document), names)


def _gateways(context: Context) -> Iterator[str]:
    """The gateways of the input, as "Kind namespace/name"."""
    for document in context.bundle.mentioning("gateway"):
        workload = core.workload(document, context.bundle.namespace_of(document))
        if workload and "gateway" in workload.labels.get("istio", ""):
            yield core.title(workload)


def _close(
    scope: Scope, config: rbac.RbacConfig, namespace: str
) -> Iterator[Emission | Diagnostic]:
    context, where = scope.context, Where(config.document)
    off = switched_off(context, AUTHORIZATION_POLICY, About(namespace, {}), where)
    if off:
        yield off
    elif _open(scope, namespace):
        yield _emission(config, security.wide_policy(_NOTHING, namespace, {}, ()))


def _emission(config: rbac.RbacConfig, body: dict[str, object]) -> Emission:
    document = config.document
    shown = security.dry_run(body) if config.dry_run else body
    return Emission(shown, document, (document,), document)


def _included(scope: Scope, config: rbac.RbacConfig) -> Iterator[Emission | Diagnostic]:
    root = scope.context.options.root
    for name in sorted(set(config.scope.namespaces)):
        if name == root:
            raise Refusal(catalog.in_root_namespace(config.scope.where.at("namespaces"), root))
        yield from _close(scope, config, name)
    for found in _services(scope, config):
        if isinstance(found, Diagnostic):
            yield found
        elif found.namespace not in config.scope.namespaces:
            yield from _close_pods(scope, config, found)


def _close_pods(
    scope: Scope, config: rbac.RbacConfig, service: core.Service
) -> Iterator[Emission | Diagnostic]:
    context = scope.context
    where = config.scope.where.at("services")
    labels, namespace = service.selector, service.namespace
    off = switched_off(context, AUTHORIZATION_POLICY, About(namespace, labels), where)
    if off:
        yield off
        return
    name = f"{_NOTHING}-{service.name}"
    yield _emission(config, security.wide_policy(name, namespace, labels, ()))
    beside = {
        port
        for one, _ in selected.near(context, service)
        if not scope.covers(one)
        for port in selected.targets(context, one)
    }
    declared = {port for one in selected.workloads(context, service) for port in one.declared}
    others = (beside | declared) - selected.targets(context, service)
    if others and not config.dry_run:
        witness = Witness("", "", port=min(others))
        yield catalog.pods_closed(where, service.name, witness)


def _excluded(scope: Scope, config: rbac.RbacConfig) -> Iterator[Emission | Diagnostic]:
    context, root = scope.context, scope.context.options.root
    excluded = set(config.scope.namespaces)
    if root in excluded:
        there = tuple(sorted({*_namespaces(context)} - excluded - {""}))
        yield catalog.root_excluded(config.scope.where.at("namespaces"), root, there)
        for name in there:
            yield from _close(scope, config, name)
    else:
        yield from _whole_mesh(scope, config)
        for name in sorted(excluded):
            yield from _open_all(scope, config, security.wide_policy(_ALL, name, {}, [{}]))
    for found in _services(scope, config):
        if isinstance(found, Diagnostic):
            yield found
        elif found.namespace not in excluded:
            ports = [str(port) for port in sorted(selected.targets(context, found))]
            rule: dict[str, object] = {"to": [{"operation": {"ports": ports}}]}
            name = f"{_ALL}-{found.name}"
            body = security.wide_policy(name, found.namespace, found.selector, [rule])
            yield from _open_all(scope, config, body, found.selector)


def _open_all(
    scope: Scope,
    config: rbac.RbacConfig,
    body: dict[str, Any],
    labels: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Emission | Diagnostic]:
    """A policy that opens, unless a newer one was in force there, which it would undo."""
    about, where = About(body["metadata"]["namespace"], labels), config.scope.where
    off = switched_off(scope.context, AUTHORIZATION_POLICY, about, where, opens=True)
    yield off or _emission(config, body)


def _namespaces(context: Context) -> Iterator[str]:
    """Every namespace that the input shows."""
    yield from context.bundle.namespaces
    yield from selected.namespaces(context)
    for document in context.bundle.mentioning("containers"):
        yield context.bundle.namespace_of(document)


def _services(scope: Scope, config: rbac.RbacConfig) -> Iterator[core.Service | Diagnostic]:
    """The Services that a configuration lists.

    Raises:
        Refusal: S2I602, S2I603, S2I605.
    """
    context, where = scope.context, config.scope.where.at("services")
    for name in dict.fromkeys(config.scope.services):
        short, _, rest = name.partition(".")
        namespace, _, tail = rest.partition(".")
        if tail != f"svc.{context.options.cluster_domain}" or "*" in name:
            yield catalog.inert_name(where, name)
            continue
        if namespace == context.options.root:
            raise Refusal(catalog.in_root_namespace(where, namespace))
        service = context.bundle.service(short, namespace)
        if service is None:
            known = tuple(one.name for one in context.bundle.services(namespace))
            raise Refusal(catalog.no_target_service(where, name, known))
        if service.external or not service.selector:
            raise Refusal(catalog.unusable_service(where, name, "it selects no pods"))
        yield service
