"""IngressBackend → an ALLOW policy for traffic from outside, and a port that takes plaintext.

| field of ``spec`` | result | limit |
|---|---|---|
| backends[].name | the Service's selector | not in the input: S2I453 |
| backends[].port.number | portLevelMtls PERMISSIVE for http, and `ports` | no target port of the Service: S2I452 |
| backends[].port.protocol http | sources by address, without a certificate (`notPrincipals: ["*"]`) | |
| backends[].port.protocol https | sources by principal, mTLS as before | the client needs a certificate of Istio's CA (S2I454) |
| backends[].tls.skipClientCertValidation | nothing | true: S2I455 |
| backends[].tls.sniHosts | nothing: Istio's sidecars choose the name | S2I456 |
| sources[] IPRange | ipBlocks | without a mask: S2I474 |
| sources[] AuthenticatedPrincipal | principals, from `account.namespace.trust-domain` | other names: S2I457; http ignored them: S2I458; none for https: S2I459 |
| sources[] Service | option `gateways`: principals, or ipBlocks | not there: S2I451, S2I478 |
| sources [] | http: any address, without a certificate | S2I476 |
| backends [] | nothing | S2I477 |
| matches | nothing: OSM did not read it | S2I450 |
| a second document for a port | nothing | S2I475 |
| ports with other identities than the first | each its own | S2I481, S2I482 |

In a permissive mesh, where nothing may start to deny, it is a DENY policy for plaintext from
elsewhere instead.  The rules of the mesh for the same pods stay as they are.

Source: the specification, §9; reference/osm-semantics.md §6.2, osm-verified.md (m);
reference/istio-verified.md (j).
"""  # noqa: E501 - a row of a table is one line

from collections.abc import Iterator, Sequence

from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.decisions import GatewayDecision
from smi2istio.diagnostics import Diagnostic, Refusal, Where, Witness
from smi2istio.documents import Document
from smi2istio.entrances import Entrance
from smi2istio.exposure import exposure
from smi2istio.fields import Fields
from smi2istio.istio import security
from smi2istio.names import dns_label, dns_subdomain
from smi2istio.source import ingress
from smi2istio.source.core import Service, selects
from smi2istio.source.ingress import Backend
from smi2istio.source.policy import Reference, address_range
from smi2istio.translate import policies

_ANYBODY = ("*",)


def translate(document: Document, context: Context) -> Iterator[Entrance | Diagnostic | Fields]:
    """Read one IngressBackend.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I113, S2I129, S2I451, S2I453, S2I455, S2I457,
            S2I474, S2I478, S2I512.
    """
    read = context.bundle.parsed(document, ingress.ingress_backend)
    yield read.fields
    if not (yield from policies.in_force(document, context)):
        return
    if read.matches:
        yield catalog.matches_not_read(read.matches)
    if not read.backends:
        yield catalog.no_backends(Where(document, "spec.backends"))
    for backend in read.backends:
        yield from _entrance(backend, read.sources, document, context)


def _entrance(
    backend: Backend, sources: Sequence[Reference], document: Document, context: Context
) -> Iterator[Entrance | Diagnostic]:
    service = context.bundle.service(backend.name, context.bundle.namespace_of(document))
    if service is None or not service.selector:
        raise Refusal(catalog.ingress_service_unknown(backend.where.at("name"), backend.name))
    ports = _targets(service, context)
    if backend.port not in ports:
        yield catalog.no_target_port(backend.where.at("port.number"), service.name, ports)
        return
    if backend.skips:
        raise Refusal(catalog.no_certificate_asked(backend.skips))
    principals, ranges = _allowed(sources, context)
    named = [one for one in sources if one.kind == ingress.PRINCIPAL]
    if backend.tls:
        yield from _said_of_tls(backend, context, named=bool(named or (principals and not ranges)))
        names = tuple(sorted({_principal(one, context) for one in named}))
        found = _of_identities(names, principals, ranges)
    else:
        if not sources:
            yield catalog.open_to_all(backend.where)
        elif named:
            yield catalog.principal_not_asked(backend.where, any_address=not ranges)
        found = _of_plaintext(principals, ranges)
    yield Entrance(
        service.name, service.namespace, service.selector, backend.port, tuple(found), ranges,
        not backend.tls and bool(ranges or not principals), backend.where, document, backend.tls,
    )  # fmt: skip


def _of_identities(
    names: tuple[str, ...], gateways: tuple[str, ...], ranges: tuple[str, ...]
) -> list[dict[str, object]]:
    """Who presents a certificate: from some addresses, or a gateway, which has an identity.

    OSM asked for one of the names and for one of the addresses.
    """
    among = tuple(one for one in gateways if not names or one in names or "*" in names)
    found = [_source(among, (), ())] if among else []
    if ranges or not among:
        found.append(_source(names or _ANYBODY, ranges, ()))
    return found


def _of_plaintext(principals: tuple[str, ...], ranges: tuple[str, ...]) -> list[dict[str, object]]:
    """Gateways with a sidecar, and clients without an identity, from some addresses or any."""
    found = [_source(principals, (), ())] if principals else []
    if ranges or not principals:
        found.append(_source((), ranges, _ANYBODY))
    return found


def _said_of_tls(
    backend: Backend,
    context: Context,
    *,
    named: bool,
) -> Iterator[Diagnostic]:
    if backend.sni:
        yield catalog.server_name_not_checked(backend.sni)
    yield catalog.needs_certificate(backend.where)
    if not named and context.mesh.enforcing:
        yield catalog.any_certificate(backend.where, Witness("", port=backend.port))


def _targets(service: Service, context: Context) -> tuple[int, ...]:
    """The ports of the pods that a Service opens, as numbers."""
    found = {port.target for port in service.ports if isinstance(port.target, int)}
    for workload in context.bundle.workloads(service.namespace):
        if selects(service.selector, workload.labels):
            exposed = exposure(context, workload).exposed
            found |= {one.target for one in exposed if one.service is service}
    return tuple(sorted(found))


def _allowed(
    sources: Sequence[Reference], context: Context
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Principals of gateways, and ranges of addresses."""
    principals: set[str] = set()
    ranges: set[str] = set()
    for one in sources:
        if one.kind == ingress.RANGE:
            ranges.add(address_range(one.name, one.where.at("name")))
        elif one.kind == ingress.SERVICE:
            decided = _decided(one, context)
            context.used.update(decided)
            for decision in decided:
                ranges.update(decision.ip_blocks)
                if decision.service_account:
                    account = f"{decision.namespace}/{decision.service_account}"
                    principals.add(security.principal(context.options.trust_domain, account))
    return tuple(sorted(principals)), tuple(sorted(ranges))


def _decided(source: Reference, context: Context) -> list[GatewayDecision]:
    """What the configuration says of a Service."""
    name, namespace = source.name, source.namespace
    if not (dns_label(name) and dns_label(namespace)):
        raise Refusal(catalog.impossible_gateway(source.where, f"{namespace}/{name}"))
    found = [
        one for one in context.options.gateways if (one.service, one.namespace) == (name, namespace)
    ]
    if not found:
        raise Refusal(catalog.gateway_undecided(source.where, name, namespace))
    return found


def _principal(source: Reference, context: Context) -> str:
    """OSM's ``account.namespace.trust-domain`` as Istio names the same account.

    OSM compared names letter for letter; a star at an end would be a wildcard to Istio.
    """
    if source.name == "*":
        return "*"
    name, _, rest = source.name.partition(".")
    namespace, _, domain = rest.partition(".")
    possible = dns_subdomain(name) and dns_label(namespace)
    if not (possible and domain in ("cluster.local", context.options.trust_domain)):
        raise Refusal(catalog.foreign_principal(source.where.at("name"), source.name))
    return security.principal(context.options.trust_domain, f"{namespace}/{name}")


def _source(
    principals: Sequence[str], ranges: Sequence[str], strangers: Sequence[str]
) -> dict[str, object]:
    fields = {"principals": principals, "notPrincipals": strangers, "ipBlocks": ranges}
    return {key: list(values) for key, values in fields.items() if values}
