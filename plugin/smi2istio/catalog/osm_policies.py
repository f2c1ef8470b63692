"""S2I420 to S2I499: OSM's policies, and its kinds that nothing takes the place of."""

from smi2istio.diagnostics import (
    EQUAL,
    ERROR,
    NARROWER,
    NONE,
    NOTE,
    WARNING,
    WIDER,
    Said,
    Witness,
    rule,
)
from smi2istio.documents.writer import flow


@rule("S2I420", WARNING, EQUAL)
def retry_not_in_force() -> str:
    """A Retry was not in force, because its feature flag was off.

    OSM read such objects only with `enableRetryPolicy`, which is off unless somebody
    sets it.  The document is removed.  If the flag is on in the cluster, write it into
    the MeshConfig of the input.
    """
    return (
        "was not in force; if it should be, write 'enableRetryPolicy: true' under"
        " spec.featureFlags of the MeshConfig osm-mesh-config"
    )


@rule("S2I421", WARNING, EQUAL)
def retry_without_effect(why: str) -> str:
    """A part of a Retry has no effect.

    OSM retried HTTP requests of its members to its members.  Where a controller
    routes the Service, the retries belong into the controller's own document.
    """
    return f"nothing is tried again: {why}"


@rule("S2I422", ERROR, NONE)
def retry_beside_routes(host: str, other: str) -> str:
    """A VirtualService of the input has routes for the destination of a Retry.

    Istio does not merge two VirtualServices of one host in the mesh: one of them would
    be ignored.  Write `retries` into that VirtualService by hand and delete the Retry,
    or delete the VirtualService.
    """
    return f"host {host!r} is already routed by VirtualService {other!r}, and Istio merges none"


@rule("S2I423", WARNING, EQUAL)
def unknown_conditions(words: tuple[str, ...], *, left: bool) -> str:
    """A Retry names conditions that had no effect.

    OSM handed the text to Envoy, which passes over words that it does not know, and over the
    numbers of statuses; Istio refuses such words, and tries again on such statuses.  They are
    left out; without any that is known nothing was tried again, and the Retry becomes nothing.
    Correct the spelling if one was meant, or write the status into a VirtualService of your own.
    """
    rest = "" if left else ", so nothing is tried again"
    verb = "is no condition" if len(words) == 1 else "are no conditions"
    return f"{' and '.join(map(repr, words))} {verb} to try again; left out{rest}"


@rule("S2I424", WARNING, EQUAL)
def backoff_lost(minor: str) -> str:
    """Istio has no field for the interval of a Retry before 1.26.

    Envoy's own interval of 25 ms is used instead.  Set `istioVersion` to "1.26" or
    newer if all clusters run it.
    """
    return f"Istio knows no interval before {minor}; left out, so it is 25ms"


@rule("S2I425", WARNING, EQUAL)
def retried_twice(host: str, other: str) -> str:
    """Two Retries are for the same account and destination.

    OSM used one of them, in no order that could be relied on.  The first one by name
    is in force now.  Delete the other one.
    """
    return f"Retry {other!r} is for the same requests to {host!r} and counts, this one does not"


@rule("S2I426", WARNING, EQUAL)
def retried_service_unknown(name: str) -> str:
    """The destination of a Retry is not in the input.

    Its ports are not known, so the route names none, which works for a Service of one
    port.  Add the Service to the input.
    """
    return f"Service {name!r} is not in the input, so its ports are not known"


@rule("S2I427", WARNING, EQUAL)
def policy_outside(namespace: str) -> str:
    """A policy of OSM stands in a namespace that is not in the mesh.

    OSM read policies of its members only.  The document is removed.  If the namespace
    is a member, list it under `namespaces`, or label its Namespace.
    """
    return f"{namespace!r} is no member of the mesh, so this was not in force; removed"


@rule("S2I428", WARNING, EQUAL)
def retried_over_tcp(port: int, name: str) -> str:
    """Istio takes a port for TCP on which OSM tried requests again.

    Without a protocol in the Service the ports 25, 53, 3306 and 27017 are TCP for Istio,
    and so are ports with names such as `mysql`.  There are no requests on a TCP port, so
    none is tried again.  If the port speaks HTTP, write `appProtocol: http`.
    """
    return (
        f"port {port} of Service {name!r} is TCP for Istio and was HTTP for OSM, so nothing is"
        " tried again there; write 'appProtocol: http' if it is HTTP"
    )


@rule("S2I430", WARNING, EQUAL)
def limits_not_in_force(host: str, namespace: str) -> str:
    """A setting names its Service in a way that OSM did not find.

    OSM compared `host` with the full name of a Service in the namespace of the
    setting, and with nothing else.  The document is removed.  If the limits should be
    in force, write the full name.
    """
    return (
        f"OSM found no Service by {host!r}, only by '<service>.{namespace}.svc.cluster.local';"
        " removed"
    )


@rule("S2I431", ERROR, NONE)
def limits_for_all() -> str:
    """An UpstreamTrafficSetting has an empty host.

    OSM applied it to every Service of every namespace, which nobody means, and which
    Istio has no object for.  Write the full name of the Service.
    """
    return "is empty, which OSM took for every Service of the mesh; write one full name"


@rule("S2I432", WARNING, EQUAL)
def zero_is_no_limit(name: str) -> str:
    """A limit is 0, which Istio takes for none.

    OSM let nothing pass.  The limit is left out, because nothing of Istio's says the
    same.  To close the Service, write an AuthorizationPolicy with `action: DENY`.
    """
    return f"is 0, and Istio ignores a {name} of 0; left out, so there is no limit"


@rule("S2I433", NOTE, EQUAL)
def limit_too_large(number: int, most: int) -> str:
    """A limit is larger than Istio can write.

    OSM counted up to 4294967295.  The largest number that Istio has is written.
    """
    return f"{number} is larger than Istio can write; {most} is written"


@rule("S2I434", ERROR, NONE)
def limits_beside_rule(host: str, other: str) -> str:
    """A DestinationRule is for the host of an UpstreamTrafficSetting.

    Istio joins two rules of one host only in part, and the older one decides.  Write
    `connectionPool` into that DestinationRule by hand and delete the setting.
    """
    return f"DestinationRule {other!r} is for {host!r} already; join them by hand"


@rule("S2I435", ERROR, NONE)
def limited_twice(host: str, other: str) -> str:
    """Two UpstreamTrafficSettings are for one host.

    OSM used one of them, in no order that could be relied on.  Delete one.
    """
    return f"UpstreamTrafficSetting {other!r} is for {host!r} as well; delete one"


@rule("S2I436", ERROR, NONE)
def limited_service_unknown(name: str) -> str:
    """The pods that a rate limit is about are not in the input.

    A rate limit is counted in the pods of a Service, and becomes an EnvoyFilter with
    the Service's selector, for each port of its workloads.  Add the Service and its
    workloads to the input.
    """
    return f"the ports of Service {name!r} and of its workloads are not in the input"


@rule("S2I437", ERROR, NONE)
def rate_without_filter() -> str:
    """A rate limit needs an EnvoyFilter, and the configuration refuses them.

    Istio has no field for a rate limit.  Set `envoyFilters: allow`, or take the limit
    out of the document.
    """
    return "needs an EnvoyFilter, and 'envoyFilters: refuse' is set"


@rule("S2I438", WARNING, EQUAL)
def rate_by_filter() -> str:
    """A rate limit becomes an EnvoyFilter.

    Istio has no field for it.  EnvoyFilters depend on Envoy's API, and some
    installations support them only in part: try the limit after each upgrade.
    """
    return "becomes an EnvoyFilter, which each upgrade of Istio may need to have looked at"


@rule("S2I439", WARNING, NARROWER)
def other_names_limited(name: str, other: str, witness: Witness) -> Said:
    """A rate limit counts requests by other names as well.

    OSM counted requests that were sent to the name of one Service.  Istio counts all
    requests to the port of its pods, whichever Service they were sent to.  Give the
    other Service a port of its own if its requests must not be counted.
    """
    return Said(f"{witness} by Service {other!r} is counted too, not only by {name!r}", witness)


@rule("S2I440", ERROR, NONE)
def route_limited() -> str:
    """A rate limit is for single routes.

    OSM compared the path as a text with the regexes of the HTTPRouteGroups.  Istio's
    sidecars have one route for a port.  Limit the whole Service with
    `rateLimit.local.http`, or take the limit out.
    """
    return "limits a single route, which Istio's sidecars do not have; limit the Service"


@rule("S2I441", ERROR, NONE)
def limited_together() -> str:
    """A rate limit is counted by a service of its own.

    It was never part of a released OSM.  Deploy the rate limit service for Istio and
    write the EnvoyFilters that its documentation shows, then take the limit out.
    """
    return "is counted by a service of its own, for which nothing is written; take it out"


@rule("S2I442", ERROR, NONE)
def pods_shared(other: str) -> str:
    """Two documents say what kind of traffic the same pods take.

    Istio honours the oldest PeerAuthentication of those that select a pod, and passes
    over the others.  Let both Services select the same pods, join the ports by hand,
    or delete the other document.
    """
    return f"{other} is about some of the same pods, and Istio honours only one; join them"


@rule("S2I443", WARNING, EQUAL)
def route_without_backend(service: str) -> str:
    """A route leads to a member, and no IngressBackend lets it in.

    OSM 1.x refused such traffic, and so does Istio: the member takes no plaintext, and
    no policy names the gateway.  If it should pass, write an IngressBackend before the
    translation, or an AuthorizationPolicy that names the gateway's account.
    """
    return (
        f"leads to {service}, which lets nobody outside the mesh in, as in OSM; write an"
        " IngressBackend if it should"
    )


@rule("S2I450", WARNING, EQUAL)
def matches_not_read() -> str:
    """An IngressBackend has matches, which OSM did not read.

    All requests of its sources are let in, as before.
    """
    return "OSM did not read it, so all requests of the sources are let in"


@rule("S2I451", ERROR, NONE)
def gateway_undecided(service: str, namespace: str) -> Said:
    """Only the cluster knows the addresses that an IngressBackend lets in.

    OSM looked up the addresses behind the Service.  Istio has no such source: name the
    gateway's service account if it has a sidecar of Istio or is Istio's own, else the
    ranges of its addresses.  Paste the lines that are printed into the configuration.
    """
    entry = (
        f"- service: {flow(service)}\n"
        f"  namespace: {flow(namespace)}\n"
        f"  serviceAccount: {flow(service)} # that of its pods, if they have a sidecar of Istio\n"
        "  # ipBlocks: [10.0.0.0/24] # in place of it, if they have none"
    )
    return Said(
        f"only the cluster knows the addresses of {namespace}/{service}; say under 'gateways'"
        " what stands there",
        paste=(("gateways", entry),),
    )


@rule("S2I452", WARNING, EQUAL)
def no_target_port(service: str, ports: tuple[int, ...]) -> str:
    """An IngressBackend names a port that is not a target port of its Service.

    OSM compared the number with the ports of the pods, not with those of the Service,
    so it opened nothing.  Write the target port.
    """
    known = ", ".join(map(str, ports)) or "none"
    return f"Service {service!r} leads to no such port of its pods ({known}); nothing is opened"


@rule("S2I453", ERROR, NONE)
def ingress_service_unknown(name: str) -> str:
    """The Service of an IngressBackend is not known, or selects nothing.

    Its selector says which pods are opened.  Add the Service to the input.
    """
    return f"Service {name!r} is not in the input, or has no selector"


@rule("S2I454", WARNING, EQUAL)
def needs_certificate() -> str:
    """Clients of an https backend need a certificate of Istio's CA.

    OSM's CA issued one for the gateway.  Istio takes only its own: give the gateway a
    sidecar of Istio, or use Istio's own gateway, with the service account that the
    IngressBackend names.
    """
    return "the gateway needs a certificate of Istio's CA, as a sidecar of Istio has one"


@rule("S2I455", ERROR, NONE)
def no_certificate_asked() -> str:
    """An https backend takes clients without a certificate.

    Istio's sidecars take plaintext or mutual TLS, nothing between.  Let the gateway
    use plaintext (`protocol: http` with its addresses), or give it a certificate of
    Istio's CA and set the field to false.
    """
    return "Istio's sidecars take no TLS without a client certificate; see the page of the code"


@rule("S2I456", WARNING, EQUAL)
def server_name_not_checked() -> str:
    """The names that clients of a backend ask for are not checked any more.

    Istio's sidecars choose the name in the TLS handshake themselves, so there is
    nothing left to compare.  Who may come in is decided by identity, as before.
    """
    return "is not checked: Istio's sidecars choose the name themselves"


@rule("S2I457", ERROR, NONE)
def foreign_principal(name: str) -> str:
    """A principal of an IngressBackend is not the name of an account.

    Istio knows identities of service accounts only: write the principal as OSM wrote
    them, `account.namespace.cluster.local`.  OSM compared it letter for letter, so a star
    or a capital letter let nobody in; to Istio a star is a wildcard.
    """
    return f"{name!r} names no account; write 'account.namespace.cluster.local', without wildcards"


@rule("S2I458", WARNING, EQUAL)
def principal_not_asked(*, any_address: bool) -> str:
    """A principal of an IngressBackend counts for nothing with http.

    Plaintext has no identity, so OSM passed over such sources.  Where there is no
    other source, the port is open to every address, as it was.  Write `protocol:
    https`, or the ranges of addresses that may come in.
    """
    rest = "; the port is open to every address" if any_address else ""
    return f"plaintext has no identity, so OSM passed over AuthenticatedPrincipals{rest}"


@rule("S2I459", ERROR, WIDER)
def any_certificate(witness: Witness) -> Said:
    """An https backend takes every client that has a certificate.

    OSM told traffic from outside and traffic of the mesh apart, and kept asking
    members for a TrafficTarget.  Istio sees only who calls, so every member gets in.
    Name the gateway as an AuthenticatedPrincipal.
    """
    return Said(
        f"names no AuthenticatedPrincipal, so {witness} passes from every member; name the"
        " gateway, or set 'accept: [S2I459]'",
        witness,
    )


@rule("S2I460", WARNING, EQUAL)
def egress_not_in_force() -> str:
    """An Egress was not in force, because its feature flag was off.

    The MeshConfig says `enableEgressPolicy: false`.  The document is removed.
    """
    return "was not in force, because enableEgressPolicy is false; removed"


@rule("S2I461", WARNING, EQUAL)
def egress_taken_for_in_force() -> str:
    """Nothing in the input says whether Egress policies are in force.

    They are taken for it, because OSM's chart switches them on.  If the flag is off in
    the cluster, write `enableEgressPolicy: false` under `spec.featureFlags` of the
    MeshConfig, or delete the policies.
    """
    return (
        "enableEgressPolicy is not in the input; Egress policies are taken for in force, as"
        " OSM's chart has it"
    )


@rule("S2I462", WARNING, EQUAL)
def egress_without_effect(why: str) -> str:
    """A part of an Egress has no effect, and had none in OSM.

    OSM wrote no rule for it into its sidecars, so nothing is emitted for it.  Correct
    what the message names if the traffic should pass.
    """
    return f"opens nothing: {why}"


@rule("S2I463", WARNING, EQUAL)
def egress_source_outside(namespace: str) -> str:
    """A source of an Egress is not in the mesh.

    Its pods have no sidecar, so nothing kept them from any host.
    """
    return f"{namespace!r} is no member of the mesh, so the policy does not concern it"


@rule("S2I464", ERROR, WIDER)
def egress_for_namespace(namespace: str, witness: Witness) -> Said:
    """A host outside the mesh opens to all accounts of a namespace.

    A ServiceEntry is seen by namespaces; Istio cannot scope it to service accounts.
    Name all accounts of the namespace as sources, move the others to a namespace of
    their own, or let an egress gateway decide by identity.
    """
    return Said(
        f"is seen by all of {namespace!r}, so {witness} passes; name every account, or set"
        " 'accept: [S2I464]'",
        witness,
    )


@rule("S2I465", ERROR, WIDER)
def egress_open_all_the_same(witness: Witness) -> Said:
    """Egress is open, and OSM closed a port of an Egress to all other hosts.

    With `enableEgress: true` everything may go out, but on a port that an Egress with
    http names, OSM's sidecars of its sources knew only the hosts of the policy.  Istio
    lets the other hosts pass.  If that is as it should be, which it is in most cases,
    accept it; else write `enableEgress: false`.
    """
    return Said(
        f"egress is open, so {witness} passes, which OSM refused on this port; set"
        " 'accept: [S2I465]' or 'enableEgress: false'",
        witness,
    )


@rule("S2I466", ERROR, NONE)
def host_resolved_and_not(host: str) -> str:
    """A host has an http port and, for https, addresses.

    Istio takes one way to find a host: it looks http hosts up by DNS, and ranges of
    addresses count only where the client's own address is kept.  Drop `ipAddresses`,
    or use different hosts.
    """
    return f"{host!r} has http ports as well, and Istio checks no addresses there; drop one"


@rule("S2I467", NOTE, EQUAL)
def egress_field_unread(protocol: str, by: str) -> str:
    """OSM did not look at a field of an Egress for one of its protocols.

    HTTP is told by its hosts alone, TCP by addresses alone.  The same holds in the
    ServiceEntry.
    """
    return f"counts for nothing with {protocol}, which is told by {by}"


@rule("S2I468", ERROR, NONE)
def egress_setting_missing(name: str) -> str:
    """An Egress names an UpstreamTrafficSetting that is not in the input.

    OSM passed over the whole policy then.  Add the setting to the input, or take the
    reference out.
    """
    return f"UpstreamTrafficSetting {name!r} is not in the input, and OSM passed over the Egress"


@rule("S2I469", ERROR, NONE)
def rate_outside() -> str:
    """A rate limit is set for hosts outside the mesh.

    OSM counted in the sidecars of the destination, and outside the mesh there is none.
    Take the limit out of the setting.
    """
    return "cannot be counted outside the mesh, and OSM did not; take it out"


@rule("S2I470", WARNING, EQUAL)
def root_certificate(provider: str) -> str:
    """The root certificate of OSM's mesh is not carried over.

    In Istio the CA is a matter of installation: the secret `cacerts` in the namespace
    of the control plane, or an external CA such as cert-manager's istio-csr.  OSM and
    Istio never trust each other's certificates unless both have the same root.
    """
    kind = f" ({provider})" if provider else ""
    return f"removed: the CA{kind} is set up where Istio is installed"


@rule("S2I471", WARNING, EQUAL)
def other_trust_domain(domain: str, configured: str) -> Said:
    """The trust domain of OSM's root certificate is not the configured one.

    Policies name accounts by the trust domain of Istio.  If Istio is installed with
    the same one as OSM was, set the option `trustDomain`.
    """
    return Said(
        f"is {domain!r}, but policies are written for {configured!r}; set 'trustDomain'",
        answers=(f"trustDomain: {flow(domain)} # if Istio is installed with it",),
    )


@rule("S2I472", ERROR, NONE)
def several_clusters() -> str:
    """A MultiClusterService sends traffic to other clusters.

    Istio joins clusters where it is installed, by shared trust and east-west gateways,
    and then has no need of such a document.  Set that up, then take the document out.
    """
    return "needs clusters that are joined where Istio is installed; take it out of the input"


@rule("S2I473", WARNING, EQUAL)
def logging_dropped(instead: str) -> str:
    """A document about access logs was never part of a released OSM.

    It is removed.  Write what the message names, and declare its provider in Istio's
    mesh configuration.
    """
    return f"removed; write {instead} instead"


@rule("S2I474", ERROR, NONE)
def range_without_mask(name: str) -> str:
    """A range of addresses has no mask.

    OSM's proxies passed over it: an IngressBackend let in nobody by it, and an Egress that had
    no other was open to every address.  Write how many bits count: /32 for one IPv4 address,
    /128 for one of IPv6.
    """
    written = f"{name}/{128 if ':' in name else 32}"
    return f"{name!r} has no mask, so OSM passed over it; write {written!r}"


@rule("S2I475", ERROR, NONE)
def opened_again(other: str, service: str, port: int) -> str:
    """Two IngressBackends open one port of a Service.

    OSM took the first of a list in random order and let in its sources only.  Write one
    document that lists the sources of both, if all of them are meant.
    """
    return (
        f"IngressBackend {other!r} opens port {port} of Service {service!r} as well, and OSM"
        " took one of them at random"
    )


@rule("S2I476", WARNING, EQUAL)
def open_to_all() -> str:
    """An IngressBackend without sources opens a port to every address.

    OSM took an empty list for no restriction, and plaintext has no identity to ask for; so
    the port is open as it was.  List the gateway, or its addresses, under `sources`.
    """
    return "no sources, so the port is open in plaintext to every address, as it was in OSM"


@rule("S2I477", WARNING, EQUAL)
def no_backends() -> str:
    """An IngressBackend lists no backends.

    It let in nobody, so nothing is emitted for it.  Delete it, or list under `backends` the
    Services and ports that it should open.
    """
    return "no backends, so it lets in nobody; removed"


@rule("S2I478", ERROR, NONE)
def impossible_gateway(name: str) -> str:
    """A source of an IngressBackend is a Service that cannot exist.

    Names of Kubernetes are lower-case letters, digits and `-`; OSM read no patterns in them,
    and a backend with a source that it did not find let in nobody at all.  Name the Services
    of the gateways one by one.
    """
    return f"no Service can be called {name!r}, so OSM let in nobody; name one that is there"


@rule("S2I479", ERROR, NONE)
def opened_twice(other: str, host: str, account: str) -> str:
    """One account has HTTP to one host by two Egresses.

    OSM merged none, and its proxies refused two virtual hosts of one name: such an account had
    no HTTP to the outside at all.  Join the two, with all their matches, or take the host out
    of one.
    """
    return (
        f"Egress {other!r} opens {host!r} to {account} as well, and Envoy refused both; join them"
    )


@rule("S2I480", WARNING, EQUAL)
def backpressure_dropped(service: str) -> str:
    """A Backpressure of early OSM is not carried over.

    OSM 0.2 to 0.7 limited the connections to a Service by it, where an experimental flag of the
    controller was set.  If it was, write the limit as `connectionPool.tcp.maxConnections` of a
    DestinationRule for the Service.
    """
    of_service = f" for Service {service!r}" if service else ""
    return (
        "removed; OSM read it by an experimental flag only; if that was set, write"
        f" 'connectionPool.tcp.maxConnections' of a DestinationRule{of_service}"
    )


@rule("S2I481", ERROR, WIDER)
def identity_not_asked(port: int, witness: Witness) -> Said:
    """A port takes plaintext where OSM asked for another port's identities.

    OSM's proxies had one list of routes for all ingress ports of a pod, and the first route took
    all requests: what it asks of identities was asked on every such port.  In Istio each port
    asks for its own, as the document says.  Accept S2I481 if that is what is meant; else take
    the port out of the document.
    """
    return Said(
        f"lets {witness} in, which OSM refused: it asked on all these ports for the identities of"
        f" port {port}; take the port out, or set 'accept: [S2I481]'",
        witness,
    )


@rule("S2I482", WARNING, NARROWER)
def identity_asked(port: int, witness: Witness) -> Said:
    """A port asks for identities where OSM asked for none.

    OSM's proxies had one list of routes for all ingress ports of a pod, and the first route took
    all requests.  It leads to a port that takes plaintext, so no identity was asked on any of
    them.  In Istio each port asks for its own, as the document says.
    """
    return Said(
        f"refuses {witness} of other identities, which OSM let in: on all these ports it asked as"
        f" on port {port}, for none",
        witness,
    )
