"""S2I6xx: authentication, RBAC and Mixer of Istio before 1.6."""

from smi2istio.catalog.reading import did_you_mean
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


@rule("S2I601", ERROR, NONE)
def invalid(problem: str) -> str:
    """Istio's own validation refused the document.

    So it was never in a cluster that ran Galley's webhook, and what it did in one that did
    not cannot be told.  Look whether the cluster has the object.  If not, delete the
    document; else correct what the message names.
    """
    return f"Istio 1.4 refused this: {problem}"


@rule("S2I602", ERROR, NONE)
def no_target_service(name: str, known: tuple[str, ...]) -> str:
    """The Service that a Policy is about is not in the input.

    Which pods it selects, and which of their ports it opens, are in the Service.  Add it to
    the input; if it does not exist in the cluster either, delete the target.
    """
    return f"no Service {name!r} of this namespace is in the input{did_you_mean(name, known)}"


@rule("S2I603", ERROR, NONE)
def unusable_service(service: str, why: str) -> str:
    """A Service does not tell the pods or the ports that a document is about.

    Istio selects pods by labels and counts their own ports.  A Service without a selector
    names no pods; the port of the Service must exist, and a targetPort that is a name must
    stand for one number in all pods behind it.  Add the workloads to the input, or mend the
    Service; if it has no pods in the mesh, take the document out.
    """
    return f"Service {service}: {why}"


@rule("S2I604", WARNING, EQUAL)
def full_target_name(name: str) -> str:
    """A target is written as a full host name.

    Istio 1.4 wanted the short name, and its webhook refused any other; without the webhook
    the full name worked.  It is read as the short one.  Look whether the cluster has the
    object: if not, the Policy was never in force.
    """
    return f"Istio 1.4's webhook refused a full name here; read as {name!r}"


@rule("S2I605", ERROR, NONE)
def in_root_namespace(root: str) -> str:
    """A document of the root namespace would take effect in the whole mesh.

    In today's Istio an object of the root namespace counts for every namespace, with a
    selector for all pods with such labels, wherever they are; the old one counted for its
    own namespace only.  Translate it by hand, with labels that no other pod of the mesh
    has, or move the workload into a namespace of its own.
    """
    return f"an Istio object in the root namespace {root!r} counts for the whole mesh"


@rule("S2I606", WARNING, EQUAL)
def plaintext_only() -> str:
    """A Policy has no peers, which closed its pods to mTLS.

    Its listeners spoke plaintext and nothing else, and DISABLE says the same: callers have
    no identity there.  A DestinationRule with ISTIO_MUTUAL for such a host makes all calls
    fail, then as now.  If that was not meant, which is likely where only `origins` were
    added, write `peers: [{mtls: {mode: PERMISSIVE}}]` and translate again.
    """
    return "no peer that speaks mTLS: callers get plaintext only (DISABLE)"


@rule("S2I607", NOTE, EQUAL)
def no_effect(field: str) -> str:
    """A field had no effect in Istio 1.4, and goes away.

    `peerIsOptional` beside an mTLS peer did not open the port: the client certificate was
    required before the flag was looked at.  Nothing read `allowTls` and the labels of a
    target.  Nothing needs to be done, unless the effect was counted on.
    """
    return f"{field} had no effect, and goes away"


@rule("S2I608", ERROR, NONE)
def contradiction(port: str, other: str) -> str:
    """Two Policies ask different things of one port.

    Only one of them was in force, and which one depended on their age, or on the order of
    the Services: neither is in Git.  Look in the cluster (`kubectl get policies -A` shows
    the age, the older one wins), then delete the other.
    """
    return f"port {port}: {other} asks for something else, and only the older one was in force"


@rule("S2I609", ERROR, NONE)
def selectors_overlap(one: str, other: str) -> str:
    """Two Services with Policies share some of their pods, or may share them.

    Istio honours one PeerAuthentication for a pod, the oldest, so both can be kept only
    where the same pods are behind both Services.  Let the Services select different pods,
    or the same ones; add the workloads to the input if they are not there.
    """
    return f"Services {one!r} and {other!r} share some of their pods, but not all"


@rule("S2I610", ERROR, NONE)
def inexpressible(why: str) -> str:
    """An authentication rule has no equivalent.

    Left out, it would let requests through without the token that they needed.  Write the
    paths as exact, prefix or suffix; give all issuers of one Policy the same paths by
    leaving their trigger rules out.  At a gateway write the RequestAuthentication and the
    AuthorizationPolicy by hand: its pods listen on other ports since Istio 1.6.  Then take
    the origins out of the document.
    """
    return f"cannot be expressed: {why}"


@rule("S2I611", WARNING, NARROWER)
def bad_token_refused(witness: Witness) -> Said:
    """An invalid token is refused where nobody looked at it before.

    A RequestAuthentication answers 401 to an expired or forged token on every path and port
    of its pods.  In Istio 1.4 such a request passed where no token was asked for: on paths
    that trigger nothing, with `originIsOptional`, or where another Policy was in force.
    Requests without a token pass as before.  Clients must not send tokens that are invalid.
    """
    return Said(f"refuses {witness}, whose token is invalid and was not looked at", witness)


@rule("S2I612", WARNING, NARROWER)
def undeclared_port(port: int, witness: Witness) -> Said:
    """A port needs a token, and does not say that it speaks HTTP.

    Istio looks into the traffic of such a port.  On what is not HTTP a rule about tokens
    refuses everything, so such connections are closed.  Name the port of the Service
    `http-…` or `tcp-…`, or give it an `appProtocol`, and translate again.
    """
    return Said(f"port {port} is not declared as HTTP, so what is not HTTP is refused", witness)


@rule("S2I613", WARNING, EQUAL)
def peers_of_a_gateway(service: str) -> str:
    """A Policy asks for mTLS at a gateway, which never looked at it.

    Gateways take their TLS from the Gateway document.  Nothing is emitted for the peers of
    this target, so nothing changes.  Delete the target.
    """
    return f"Service {service} is a gateway's, and gateways ignore peers"


@rule("S2I614", WARNING, EQUAL)
def switched_off(newer: str) -> str:
    """A newer document of the same pods had switched this one off.

    Istio 1.5 read both APIs, and for a workload that a security.istio.io document is about
    it took no notice of the old one.  Nothing is emitted for these pods; the newer document
    stays as it is.  If the old one was meant, move what it says into the newer one.
    """
    return f"not in force, because Istio 1.5 looked at {newer} instead; dropped there"


@rule("S2I615", ERROR, NONE)
def partly_switched_off(newer: str) -> str:
    """A newer document is about some of the same pods, or may be.

    Istio 1.5 took no notice of the old API for those pods, but did for the others.  Add the
    workloads to the input so that it can be told, give the newer document the same
    selector, or move what the old document says into it.
    """
    return f"{newer} may be about some of these pods, for which this one was not in force"


@rule("S2I616", WARNING, WIDER)
def token_of_known_services(services: tuple[str, ...]) -> str:
    """A token is required at the Services of the input, and at no others.

    A rule about tokens must name the ports that speak HTTP, or it closes all others, so it
    is written for each Service of the input.  Pods behind other Services take requests
    without a token.  Translate everything that is deployed together in one run.
    """
    names = ", ".join(services) or "none"
    return f"tokens are required at the Services of the input, and nowhere else: {names}"


@rule("S2I630", ERROR, NONE)
def no_such_service(name: str, probable: str) -> str:
    """A role names a Service in a way that matches none.

    Roles are compared with full names, `<service>.<namespace>.svc.<domain>`, of Services in
    their own namespace, so this entry granted nothing.  Whoever wrote it meant otherwise, so
    it is not dropped in silence, and granting it now would open what was closed.  Write the
    full name, add the Service to the input, or delete the entry.
    """
    return f"{name!r} matches no Service{f'; {probable!r} does' if probable else ''}"


@rule("S2I631", WARNING, EQUAL)
def grants_nothing(why: str) -> str:
    """A role, a binding or a part of them granted nothing, and is dropped.

    Istio 1.4 enforced it that way: a role without a binding, a binding without its role, a
    subject that nobody fulfils, a rule about no pod or no port.  If access is missing, it
    was missing before.  Mend it or delete it.
    """
    return f"granted nothing: {why}"


@rule("S2I632", ERROR, NONE)
def no_condition(key: str, why: str) -> str:
    """A constraint, a property or an operation has no equivalent.

    Left out, it would let more requests through.  Rewrite the rule without it, or translate
    the role by hand and take it and its bindings out of the input.
    """
    return f"{key!r} cannot be expressed: {why}"


@rule("S2I633", ERROR, WIDER)
def shared_port(port: int, other: str, witness: Witness) -> Said:
    """A port belongs to two Services, and the role names one of them.

    Istio 1.4 had one listener for the port, of the Service that it saw first, and applied
    the roles of that Service only.  Whether this role counted there is not in Git.  Name
    both Services in the role, or take one of them away; if the role did count, set
    `accept: [S2I633]`.
    """
    return Said(f"allows {witness}; port {port} is Service {other}'s as well", witness)


@rule("S2I634", NOTE, EQUAL)
def any_principal() -> str:
    """The principal "*" is read as documented: any caller with an identity.

    Istio 1.2 to 1.5 documented that and let everybody in all the same, plaintext callers
    included.  Callers of the mesh notice no difference.  If plaintext callers are meant as
    well, write `user: "*"`.
    """
    return "'*' is read as documented, as every caller with an identity"


@rule("S2I635", NOTE, EQUAL)
def paths_without_query() -> str:
    """Paths are compared without the query, as Istio 1.5 did.

    Proxies up to 1.4 compared the whole `:path`, so that the exact path `/books` did not
    match `/books?sort=asc`.  Nothing needs to be done unless a rule relied on that.
    """
    return "paths are compared without the query, as in Istio 1.5"


@rule("S2I650", WARNING, NARROWER)
def no_rbac_config(namespaces: tuple[str, ...], witness: Witness) -> Said:
    """There are roles, but nothing that switched RBAC on.

    Without a ClusterRbacConfig named `default` roles meant nothing, and everything was
    allowed.  They are enforced all the same, in the namespaces that have them, because the
    object is often missing in Git only.  If RBAC was off, delete the roles; else add the
    ClusterRbacConfig to the input.
    """
    names = ", ".join(namespaces)
    return Said(f"no ClusterRbacConfig; roles are enforced in {names}, so {witness} fails", witness)


@rule("S2I651", WARNING, EQUAL)
def not_in_force(services: tuple[str, ...]) -> str:
    """RBAC was off where a role was bound, so the role had no effect there.

    Nothing is emitted for these Services, because a policy that allows something would
    refuse everything else.  If the role was meant, switch RBAC on for them in the
    ClusterRbacConfig and translate again.
    """
    return f"RBAC is off for {', '.join(services) or 'the whole namespace'}; dropped there"


@rule("S2I652", WARNING, EQUAL)
def config_ignored(why: str) -> str:
    """An RBAC configuration was not looked at.

    Istio read the ClusterRbacConfig named `default`, and an RbacConfig of that name only
    where there is none.  The document is removed without an effect.
    """
    return f"{why}; removed without an effect"


@rule("S2I653", WARNING, EQUAL)
def gateways_closed(gateways: tuple[str, ...]) -> str:
    """RBAC is on for the whole mesh, gateways included.

    `allow-nothing` in the root namespace refuses every request that no policy allows, at
    gateways as well.  From Istio 1.2 on RBAC did that too, where a gateway listened on a
    port of its Service.  If requests from outside come in, write an AuthorizationPolicy for
    the gateways.
    """
    shown = f": {', '.join(gateways)}" if gateways else ", of which the input shows none"
    return f"closes the whole mesh, and with it the gateways{shown}"


@rule("S2I654", WARNING, WIDER)
def root_excluded(root: str, namespaces: tuple[str, ...]) -> str:
    """RBAC excludes the root namespace, which no policy can say.

    An `allow-all` there would open the whole mesh.  So each other namespace of the input is
    closed by a policy of its own, and namespaces outside the input stay open.  Translate
    everything that is deployed in one run.
    """
    names = ", ".join(namespaces) or "none"
    return f"{root!r} is the root namespace; closed are {names}, and no namespace elsewhere"


@rule("S2I655", WARNING, EQUAL)
def inert_name(name: str) -> str:
    """A Service in an RBAC configuration is not written as a full name.

    It was compared with `<service>.<namespace>.svc.<domain>`, letter for letter and without
    wildcards, so this entry meant nothing, and means nothing now.  If it was meant, write
    the full name and translate again.
    """
    return f"{name!r} is no full name of a Service and had no effect"


@rule("S2I656", WARNING, NARROWER)
def pods_closed(service: str, witness: Witness) -> Said:
    """RBAC is on for a Service whose pods have other ports as well.

    A policy that closes the Service's ports closes the pods as a whole, so what RBAC left
    open on their other ports is refused.  Write an AuthorizationPolicy that allows those
    ports, if they are used from outside the pod.
    """
    return Said(f"closes all ports of the pods of Service {service}, so {witness} fails", witness)


@rule("S2I657", WARNING, EQUAL)
def inert_namespace(name: str) -> str:
    """A namespace in an RBAC configuration cannot exist.

    Names were compared letter for letter and without wildcards, so this entry meant nothing,
    and means nothing now.  If a namespace was meant, write its name and translate again.
    """
    return f"no namespace can be called {name!r}, so it had no effect"


@rule("S2I690", WARNING, NONE)
def removed_api(what: str) -> str:
    """A document of Mixer passes through, and nothing reads it any more.

    Mixer was removed in Istio 1.8.  A denier, a list or a quota refused requests, if policy
    checks were switched on, and no longer does.  Write an AuthorizationPolicy with action
    DENY, `ipBlocks` or `notIpBlocks` for a list of addresses, a rate limit by EnvoyFilter
    for a quota, a Telemetry for metrics and logs.  Then delete the document: a cluster that
    has lost the CRDs of Mixer refuses it.
    """
    return f"nothing reads this API since Istio 1.8: {what}"
