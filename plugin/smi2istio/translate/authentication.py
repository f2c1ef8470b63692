"""Policy and MeshPolicy → what they ask of callers, each target with its Service.

Source: the specification, §9; reference/legacy-and-neighbours.md §1.1 and §1.2.
"""

from collections.abc import Generator, Iterator

from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.legacy import Authentication
from smi2istio.source import authentication, core

_DEFAULT = "default"


def policy(document: Document, context: Context) -> Iterator[Authentication | Fields | Diagnostic]:
    """Read one Policy.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I601 to S2I603, S2I605, S2I610.
    """
    parsed = yield from _parsed(document, context)
    if (document.name == _DEFAULT) == bool(parsed.targets):
        problem = "a Policy has targets, or is named 'default' and is its namespace's"
        raise Refusal(catalog.invalid(Where(document, "spec.targets"), problem))
    namespace = context.bundle.namespace_of(document)
    if not parsed.targets:
        if namespace == context.options.root:
            raise Refusal(catalog.in_root_namespace(Where(document), namespace))
        yield Authentication(document, parsed, namespace, None, frozenset(), Where(document))
    for target in parsed.targets:
        name = _short(target, namespace, context)
        if name != target.name:
            yield catalog.full_target_name(target.where.at("name"), name)
        service = _service(name, namespace, target.where, context)
        ports = _ports(service, target)
        yield Authentication(document, parsed, namespace, service, ports, target.where)


def mesh_policy(
    document: Document, context: Context
) -> Iterator[Authentication | Fields | Diagnostic]:
    """Read one MeshPolicy.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I601, S2I610.
    """
    parsed = yield from _parsed(document, context)
    if document.name != _DEFAULT or parsed.targets:
        problem = "a MeshPolicy is named 'default' and has no targets"
        raise Refusal(catalog.invalid(Where(document), problem))
    yield Authentication(document, parsed, "", None, frozenset(), Where(document))


def _parsed(
    document: Document, context: Context
) -> Generator[Fields | Diagnostic, None, authentication.Policy]:
    parsed = context.bundle.parsed(document, authentication.policy)
    yield parsed.fields
    for where in parsed.inert:
        yield catalog.no_effect(where, where.path.rpartition(".")[2])
    if len(parsed.origins) > 1 and any(one.triggers for one in parsed.origins):
        why = "several issuers, each for paths of its own"
        raise Refusal(catalog.inexpressible(Where(document, "spec.origins"), why))
    return parsed


def _short(target: authentication.Target, namespace: str, context: Context) -> str:
    """The name without the tail that makes it a host name of its own namespace."""
    tail = f".{namespace}.svc.{context.options.cluster_domain}"
    return target.name.removesuffix(tail)


def _service(name: str, namespace: str, where: Where, context: Context) -> core.Service:
    service = context.bundle.service(name, namespace)
    if service is None:
        known = tuple(one.name for one in context.bundle.services(namespace))
        raise Refusal(catalog.no_target_service(where.at("name"), name, known))
    if service.external or not service.selector:
        raise Refusal(catalog.unusable_service(where.at("name"), name, "it selects no pods"))
    return service


def _ports(service: core.Service, target: authentication.Target) -> frozenset[int]:
    found = set()
    for wanted in target.ports:
        numbers = [one.number for one in service.ports if wanted in (one.number, one.name)]
        if not numbers:
            place = target.where.at("ports")
            raise Refusal(catalog.unusable_service(place, service.name, f"has no port {wanted}"))
        found.add(numbers[0])
    return frozenset(found)
