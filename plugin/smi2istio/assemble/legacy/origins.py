"""Policies with origins → RequestAuthentications, and DENY policies that require the token.

A RequestAuthentication alone admits requests without a token.  A DENY must name the ports
that speak HTTP, because on any other it would refuse everything; so what a namespace or the
mesh requires is written for each of its Services.  The check of CORS preflights, which never
needed a token, splits each rule in three.

Source: the specification, §9; reference/legacy-and-neighbours.md §1.5, §1.7;
reference/istio-verified.md (c), (e).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from smi2istio import protocols
from smi2istio.assemble.legacy import selected
from smi2istio.assemble.legacy.levels import Levels
from smi2istio.assemble.legacy.newer import About, switched_off
from smi2istio.assemble.legacy.peers import object_name
from smi2istio.assemble.legacy.tokens import denials, unchecked
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where, Witness
from smi2istio.emit import Emission
from smi2istio.istio import security
from smi2istio.legacy import Authentication
from smi2istio.source.authentication import Jwt
from smi2istio.source.core import Service, ServicePort

_KIND = "RequestAuthentication"


def assemble(levels: Levels, context: Context) -> Iterator[Emission | Diagnostic]:
    """Build them all, in the order of levels and names."""
    for one in levels.wide():
        if one.policy.origins:
            yield from _wide(one, levels, context)
    wide = any(one.policy.origins for one in levels.wide())
    for namespace in selected.namespaces(context) if wide else levels.targeted():
        for service in selected.selectable(context, namespace):
            try:
                yield from _of_service(service, levels, context)
            except Refusal as refusal:
                yield refusal.diagnostic


def _wide(one: Authentication, levels: Levels, context: Context) -> Iterator[Emission | Diagnostic]:
    namespace = one.namespace or context.options.root
    off = switched_off(context, _KIND, About(namespace, {}), one.where)
    if off:
        yield off
        return
    written = one.document.namespace if one.namespace else namespace
    body = security.request_authentication("default", written, {}, _rules(one.policy.origins))
    yield Emission(body, one.document, (one.document,), one.document)
    yield from _unchecked(one)
    if one.policy.requires_token:
        there = [one.namespace] if one.namespace else selected.namespaces(context)
        services = [
            service
            for name in there
            for service in selected.selectable(context, name)
            if name != context.options.root
            and any(
                levels.in_force(service, port.number) is one and _may_be_http(port)
                for port in service.ports
            )
        ]
        yield catalog.token_of_known_services(one.where, tuple(one.name for one in services))


def _may_be_http(port: ServicePort) -> bool:
    return protocols.istio(port) in ("http", "")


class _Asking(NamedTuple):
    """What requires a token, and the workload ports where it does → whether they say HTTP."""

    by: Authentication
    ports: dict[int, bool]


class _Pods(NamedTuple):
    """A Service with the others that have the same pods, itself among them."""

    service: Service
    together: tuple[Service, ...]
    levels: Levels
    context: Context

    @property
    def named(self) -> list[Service]:
        return [one for one in self.together if self.levels.of(one)]

    @property
    def own(self) -> list[Authentication]:
        """What names one of these Services and has origins."""
        asked = (one for service in self.together for one in self.levels.of(service))
        return [one for one in asked if one.policy.origins]


def _of_service(
    service: Service, levels: Levels, context: Context
) -> Iterator[Emission | Diagnostic]:
    same = [one for one, how in selected.near(context, service) if how == selected.SAME]
    together = sorted((service, *same), key=lambda one: one.name)
    pods = _Pods(service, tuple(together), levels, context)
    asking = _asking(pods)
    yield from _beside_wider(pods)
    if not (asking or pods.own):
        return
    if selected.is_gateway(context, service):
        _refuse_gateway([one.by for one in asking], pods)
        return
    if service.namespace == context.options.root:
        return  # the control plane has no sidecars
    where = (asking[0].by if asking else pods.own[0]).where
    off = switched_off(context, _KIND, About(service.namespace, service.selector), where)
    if off:
        yield off
        return
    if pods.own and pods.named[0] is service:
        yield from _of_pods(pods)
    for each in asking:
        yield from _denial(each.by, each.ports, pods)


def _asking(pods: _Pods) -> list[_Asking]:
    """What requires a token at the Service."""
    found: dict[Where, _Asking] = {}
    for port in selected.tcp_ports(pods.service):
        one = pods.levels.in_force(pods.service, port.number)
        if one is not None and one.policy.requires_token and _may_be_http(port):
            number = selected.target(pods.context, pods.service, port)
            asking = found.setdefault(one.where, _Asking(one, {}))
            asking.ports[number] = protocols.istio(port) == "http"
    return list(found.values())


def _beside_wider(pods: _Pods) -> Iterator[Diagnostic]:
    """What names a Service and not the issuers whose tokens are looked at all around it."""
    wide = pods.levels.inherited(pods.service.namespace)
    around = {jwt.issuer for jwt in wide.policy.origins} if wide else set()
    for one in pods.levels.of(pods.service):
        if wide and around - {jwt.issuer for jwt in one.policy.origins}:
            yield _invalid_token(one, wide.policy.origins[0], "/")


def _refuse_gateway(asking: Sequence[Authentication], pods: _Pods) -> None:
    for one in [*asking, *(one for one in pods.levels.of(pods.service) if one.policy.origins)]:
        why = f"Service {pods.service.name} is a gateway's"
        raise Refusal(catalog.inexpressible(one.where, why))


def _of_pods(pods: _Pods) -> Iterator[Emission | Diagnostic]:
    """The RequestAuthentication of what names these pods."""
    origins: dict[str, Jwt] = {}
    for one in pods.own:
        for jwt in one.policy.origins:
            known = origins.setdefault(jwt.issuer, jwt)
            if known._replace(where=jwt.where, triggers=jwt.triggers) != jwt:
                other = Where(known.where.document)
                why = f"{other} has other keys for the issuer {jwt.issuer!r} and the same pods"
                raise Refusal(catalog.inexpressible(jwt.where, why))
    first = pods.own[0]
    sources = tuple(dict.fromkeys(one.document for one in pods.own))
    name = object_name(first, pods.service, pods.named, pods.levels)
    labels, rules = pods.service.selector, _rules(tuple(origins.values()))
    body = security.request_authentication(name, first.document.namespace, labels, rules)
    yield Emission(body, first.document, sources, first.document)
    for one in pods.own:
        yield from _unchecked(one) or _on_other_ports(one, pods)


def _denial(
    one: Authentication, ports: Mapping[int, bool], pods: _Pods
) -> Iterator[Emission | Diagnostic]:
    service = pods.service
    for number, declared in ports.items():
        if not declared:
            yield catalog.undeclared_port(one.where, number, Witness("", "", port=number))
    rules = denials(one, _issuers(pods), sorted(ports))
    name = f"{one.document.name}-{service.name}"
    namespace = one.document.namespace if one.namespace else service.document.namespace
    body = security.denial(name, namespace, service.selector, rules)
    yield Emission(body, one.document, (one.document,), one.document)


def _issuers(pods: _Pods) -> frozenset[str]:
    """The issuers whose tokens are valid at the pods, of whatever Policy."""
    namespace = pods.service.namespace
    wide = (pods.levels.mesh, pods.levels.namespaces.get(namespace))
    asked = [*pods.own, *(one for one in wide if one is not None)]
    return frozenset(jwt.issuer for one in asked for jwt in one.policy.origins)


def _rules(origins: Sequence[Jwt]) -> list[dict[str, object]]:
    """Tokens as they were looked at; they went on to the application, so they still do."""
    found = []
    for jwt in origins:
        rule: dict[str, object] = {
            "issuer": jwt.issuer,
            "audiences": list(jwt.audiences),
            "jwksUri": jwt.jwks_uri,
            "jwks": jwt.jwks,
            "fromHeaders": [{"name": name} for name in jwt.headers],
            "fromParams": list(jwt.params),
            "forwardOriginalToken": True,
        }
        found.append({key: value for key, value in rule.items() if value})
    return found


def _unchecked(one: Authentication) -> list[Diagnostic]:
    """A request whose token was not looked at, and now is."""
    path = unchecked(one.policy)
    return [_invalid_token(one, one.policy.origins[0], path)] if path else []


def _on_other_ports(one: Authentication, pods: _Pods) -> list[Diagnostic]:
    """The same, to a port for which other Policies are in force, or none."""
    jwt = one.policy.origins[0]
    for service in pods.together:
        for port in filter(_may_be_http, selected.tcp_ports(service)):
            there = pods.levels.in_force(service, port.number)
            issuers = [other.issuer for other in there.policy.origins] if there else []
            if jwt.issuer not in issuers:
                number = selected.target(pods.context, service, port)
                return [_invalid_token(one, jwt, "/", number)]
    return []


def _invalid_token(one: Authentication, jwt: Jwt, path: str, port: int = 0) -> Diagnostic:
    """A request with a token where it is looked for: in the headers or parameters named."""
    headers = [(name.lower(), "expired") for name in jwt.headers]
    if jwt.params and not headers:
        path = f"{path}?{jwt.params[0]}=expired"
    elif not headers:
        headers = [("authorization", "Bearer expired")]
    return catalog.bad_token_refused(one.where, Witness("", "GET", path, tuple(headers[:1]), port))
