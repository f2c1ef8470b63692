"""Retry → retries on the VirtualService of each destination, for the source's pods.

| field of ``spec`` | result | limit |
|---|---|---|
| source | sourceLabels and sourceNamespace of a match | its pods must be known, as for a target's destination (S2I334, S2I335) |
| destinations | one VirtualService each, joined with a TrafficSplit's | S2I421, S2I422, S2I425; not in the input: S2I426; TCP for Istio: S2I428 |
| retryPolicy.numRetries | retries.attempts | absent: 1, as in Envoy; 0 takes nothing beside it |
| retryPolicy.retryOn | retries.retryOn, without blanks | what Envoy did not know is left out (S2I423); absent: S2I421 |
| retryPolicy.perTryTimeout | retries.perTryTimeout | |
| retryPolicy.retryBackoffBaseInterval (1.1: retryBackoffInterval) | retries.backoff | before Istio 1.26: S2I424 |

In force only with `featureFlags.enableRetryPolicy`, else S2I420; HTTP only, as in OSM.

Source: the specification, §9; reference/osm-semantics.md §6.3, reference/istio-target.md §2.5;
istio, pkg/config/validation/agent/validation.go.
"""  # noqa: E501 - a row of a table is one line

from collections.abc import Generator, Iterator

from smi2istio import protocols
from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.controllers import canaries
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.emit import Edited, Json
from smi2istio.fields import Fields
from smi2istio.istio import installation, networking
from smi2istio.names import dns_subdomain
from smi2istio.routes import Retries
from smi2istio.source import policy
from smi2istio.source.core import Service, ServicePort
from smi2istio.translate import policies
from smi2istio.workloads import Pods, pods

_BACKOFF_SINCE = 26


def translate(
    document: Document, context: Context
) -> Iterator[Retries | Edited | Diagnostic | Fields]:
    """Read one Retry.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I113, S2I334 to S2I336, S2I418.
    """
    config = context.mesh.config
    if not (config and config.retries):
        yield catalog.retry_not_in_force(Where(document))
        return
    read = context.bundle.parsed(document, policy.retry)
    yield read.fields
    policies.namespace_of(document, context)
    source = read.source
    namespace, name = context.bundle.account(source.name, source.namespace, document)
    if why := _why_nothing(read, namespace, name, context):
        yield catalog.retry_without_effect(source.where, why)
        return
    retries = yield from _policy(read, context)
    if not retries:
        return
    account = f"{namespace}/{name}"
    callers = yield from _callers(account, source.where, context)
    for destination in read.destinations:
        found = yield from _destination(destination, context)
        if found:
            host, plain = found
            where = destination.where
            yield Retries(host, callers, retries, plain, account, where, document)


def _why_nothing(read: policy.Retry, namespace: str, name: str, context: Context) -> str:
    if namespace not in context.mesh.members:
        return f"{namespace!r} is no member"
    if not dns_subdomain(name):
        return f"no service account can be called {name!r}"
    if not read.conditions.strip(" ,"):
        return "no conditions are listed"
    return "" if read.destinations else "no destinations are listed"


def _callers(
    account: str, where: Where, context: Context
) -> Generator[Edited, None, tuple[Json, ...]]:
    """What selects the pods of an account in a match."""
    namespace = account.partition("/")[0]
    found: list[Json] = []
    for one in pods(context, account, where, by_host=False):
        if isinstance(one, Pods):
            found.append({"sourceLabels": dict(one.labels), "sourceNamespace": namespace})
        elif isinstance(one, Edited):
            yield one
    return tuple(found)


def _policy(read: policy.Retry, context: Context) -> Generator[Diagnostic, None, Json | None]:
    """The retries; None where Envoy knew none of the conditions, so nothing was tried again."""
    if not read.attempts:
        return {"attempts": 0}  # Istio takes nothing beside it
    words = [word.strip() for word in read.conditions.split(",") if word.strip()]
    known = [word for word in words if word in networking.RETRY_ON]
    if lost := tuple(word for word in words if word not in known):
        yield catalog.unknown_conditions(read.policy.at("retryOn"), lost, left=bool(known))
    if not known:
        return None
    built: Json = {"attempts": read.attempts}
    if read.per_try:
        built["perTryTimeout"] = read.per_try
    built["retryOn"] = ",".join(known)
    if read.backoff and installation.minor(context.options.istio_version) >= _BACKOFF_SINCE:
        built["backoff"] = read.backoff
    elif read.backoff:
        yield catalog.backoff_lost(read.backoff_where, f"1.{_BACKOFF_SINCE}")
    return built


def _destination(
    destination: policy.Reference, context: Context
) -> Generator[Diagnostic, None, tuple[str, tuple[Json, ...]] | None]:
    """The host of a destination, and its routes where nothing else routes it."""
    where = destination.where
    service = context.bundle.service(destination.name, destination.namespace)
    namespace = service.namespace if service else destination.namespace
    name = service.name if service else destination.name
    host = context.options.host(name, namespace)
    if why := _why_none(service, name, namespace, context):
        yield catalog.retry_without_effect(where, why)
        return None
    if service is None:
        yield catalog.retried_service_unknown(where, f"{namespace}/{name}")
    for port in service.ports if service else ():
        if _is_lost(port, context):
            yield catalog.retried_over_tcp(where, port.number, f"{namespace}/{name}")
    plain = tuple(_plain(host, service, context))
    return (host, plain) if plain else None


def _why_none(service: Service | None, name: str, namespace: str, context: Context) -> str:
    if namespace not in context.mesh.members:
        return f"{namespace!r} is no member"
    if service and not any(_is_http(port, context) for port in service.ports):
        return f"Service {name!r} has no HTTP port"
    for canary in canaries(context.bundle):
        same = context.bundle.namespace_of(canary.document) == namespace
        if same and canary.apex == name:
            return f"Canary {canary.document.name} routes {name!r}; write the retries into it"
    return ""


def _is_http(port: ServicePort, context: Context) -> bool:
    if context.options.source_mesh.osm_protocols:
        return protocols.osm(port) == "http"
    return port.protocol == "TCP" and protocols.istio(port) in ("", "http")


def _is_lost(port: ServicePort, context: Context) -> bool:
    """Whether Istio has only connections where OSM had requests; destinations are members."""
    return context.options.source_mesh.osm_protocols and protocols.becomes_tcp(port, member=True)


def _plain(host: str, service: Service | None, context: Context) -> Iterator[Json]:
    """The routes to a Service as Istio makes them by itself, one for each HTTP port."""
    if service is None:
        yield networking.route([], [{"destination": networking.destination(host)}])
        return
    ports = [port for port in service.ports if port.protocol == "TCP"]
    for port in ports:
        if _is_http(port, context) and not _is_lost(port, context):
            match: list[Json] = [{"port": port.number}] if len(ports) > 1 else []
            target = networking.destination(host, port=port.number)
            yield networking.route(match, [{"destination": target}])
