"""S2I3xx: TrafficTargets, routes and their regexes."""

from collections.abc import Mapping

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


@rule("S2I301", WARNING, EQUAL)
def outside_its_destination(destination: str) -> str:
    """A TrafficTarget stands in another namespace than its destination.

    OSM ignored such a target, so it grants nothing and is removed.  If it is meant to
    be in force, move it into the namespace of its destination.
    """
    return f"the destination is in namespace {destination!r}, so OSM ignored this target; removed"


@rule("S2I302", WARNING, EQUAL)
def no_destination_namespace() -> str:
    """A TrafficTarget does not name the namespace of its destination.

    OSM gave it no default and ignored the target, so it grants nothing and is removed.
    If it is meant to be in force, write spec.destination.namespace.
    """
    return "absent, so OSM ignored this target; removed"


@rule("S2I303", WARNING, NARROWER)
def foreign_destination(kind: str) -> str:
    """The destination of a TrafficTarget is no ServiceAccount.

    OSM let nobody call such a destination, so the target grants nothing and is removed.
    Its servers did not look at the kind, though: sources of other targets of that
    account could use the routes of this one, or met them first and were refused.  If it
    is meant to be in force, name a ServiceAccount.
    """
    return f"destination of kind {kind!r}: OSM let nobody call it; the target is removed"


@rule("S2I304", ERROR, NONE)
def bad_destination(kind: str) -> str:
    """The destination of a TrafficTarget is no ServiceAccount.

    Only service accounts have an identity that Istio knows.  Name a ServiceAccount.
    """
    return f"destination of kind {kind!r}; only ServiceAccount can be translated"


@rule("S2I305", ERROR, NONE)
def pseudo_header(name: str) -> str:
    """A header's name begins with a colon, or is empty.

    Such names are reserved in HTTP/2, or none at all.  Use `methods`, `pathRegex`, or the
    header `host`.
    """
    return f"{name!r} is no header; use methods, pathRegex, or the header 'host'"


@rule("S2I306", ERROR, NONE)
def empty_header_regex(name: str) -> str:
    """A header has an empty regex.

    The proxy refused the whole route configuration that OSM made of it, so none of the
    routes of that port were in force.  Write a regex; `.*` means that the header is
    there.
    """
    return f"header {name!r} has an empty regex; write '.*' for a header that has to be there"


@rule("S2I307", WARNING, EQUAL)
def match_defined_twice(name: str) -> str:
    """Two matches of an HTTPRouteGroup have one name.

    OSM took the last one; the others are ignored.  Delete or rename them.
    """
    return f"match {name!r} is defined again below, and the last one counts"


@rule("S2I308", WARNING, EQUAL)
def header_defined_twice(name: str) -> str:
    """A match names a header twice.

    OSM took the last one; the others are ignored.  Delete them, or join the regexes.
    """
    return f"header {name!r} stands twice, and the last one counts"


@rule("S2I309", WARNING, EQUAL)
def no_rules_void() -> str:
    """A TrafficTarget has no rules.

    OSM ignored such a target, so it grants nothing and is removed.  If it is meant to
    be in force, name the routes that it opens.
    """
    return "no rules, so OSM ignored this target; removed"


@rule("S2I310", ERROR, NONE)
def no_rules() -> str:
    """A TrafficTarget has no rules.

    The specification requires at least one, and meshes differ in what they made of it.
    Name the routes that it opens, or delete the target.
    """
    return "no rules; name the routes that the target opens, or delete it"


@rule("S2I311", WARNING, EQUAL)
def foreign_source(kind: str) -> str:
    """A source of a TrafficTarget is no ServiceAccount.

    No mesh let such a source in, so it is left out.  Name ServiceAccounts.
    """
    return f"source of kind {kind!r} had no access; left out"


@rule("S2I312", WARNING, EQUAL)
def no_source_namespace_osm() -> str:
    """A source of a TrafficTarget has no namespace.

    OSM gave it no default, so nobody was let in by it; it is left out.  If it is meant
    to have access, write its namespace.
    """
    return "source without namespace: OSM let nobody in by it; left out"


@rule("S2I313", ERROR, NONE)
def no_source_namespace() -> str:
    """A source of a TrafficTarget has no namespace.

    Meshes differ in what they took instead, and none is guessed.  Write its namespace.
    """
    return "source without namespace; write it"


@rule("S2I314", WARNING, NARROWER)
def no_sources(witness: Witness | None) -> Said:
    """A TrafficTarget has no sources that could have access.

    It grants nothing.  Under OSM an empty list meant "any source", but only sources
    that another target of the destination names could reach the pods; these could then
    use the routes of this target too, as the request in the message shows.  Name the
    sources in this target if they need its routes.
    """
    tail = f"; OSM would have allowed {witness}" if witness else ""
    return Said(f"no source has access by this target{tail}", witness)


@rule("S2I315", WARNING, EQUAL)
def no_matches() -> str:
    """A rule names an HTTPRouteGroup, but no match of it.

    The specification says that this means all matches; OSM made no route of it, so the
    HTTP requests were refused, and are refused.  If they are meant to be allowed, list
    the matches by name.
    """
    return "no matches listed, so OSM made no route of this rule; list them to allow requests"


@rule("S2I316", WARNING, EQUAL)
def group_missing_osm(name: str) -> str:
    """A rule names an HTTPRouteGroup that is not in the input.

    OSM made no HTTP route of such a rule, so it grants no HTTP request.  Correct the
    name; groups are looked up in the target's own namespace.
    """
    return f"HTTPRouteGroup {name!r} is not in this namespace; the rule grants no HTTP request"


@rule("S2I317", ERROR, NONE)
def route_missing(kind: str, name: str) -> str:
    """A rule names routes that are not in the input.

    What they allowed is not known.  Add the document to the input, or correct the
    name; routes are looked up in the target's own namespace.
    """
    return f"{kind} {name!r} is not in this namespace of the input"


@rule("S2I318", WARNING, EQUAL)
def match_missing(group: str, name: str, known: tuple[str, ...]) -> str:
    """A rule names a match that its HTTPRouteGroup does not have.

    It allows nothing; the other matches of the rule count.  Correct the name.
    """
    return _no_match(group, name, known)


def _no_match(group: str, name: str, known: tuple[str, ...]) -> str:
    has = f"it has {', '.join(map(repr, known))}" if known else "it has none at all"
    return f"HTTPRouteGroup {group!r} has no match {name!r}; {has}"


@rule("S2I319", WARNING, EQUAL)
def tcp_route_missing(name: str) -> str:
    """A rule names a TCPRoute that is not in the input.

    OSM left the whole target out of its network filter, so it opens no port; its HTTP
    routes count only for sources that another target lets in.  Correct the name.
    """
    return f"TCPRoute {name!r} is not in this namespace; the target opens no port"


@rule("S2I320", WARNING, EQUAL)
def foreign_rule(kind: str) -> str:
    """A rule of a TrafficTarget is of a kind that OSM did not know.

    One such rule made OSM ignore the whole target, so it grants nothing and is removed.
    Delete the rule, or correct the spelling of its kind, if the rest is meant to be in force.
    """
    meant = [known for known in ("HTTPRouteGroup", "TCPRoute") if known.lower() == kind.lower()]
    hint = f"; did you mean {meant[0]!r}?" if meant else ""
    return f"rule of kind {kind!r}: OSM ignored the whole target; removed{hint}"


@rule("S2I321", WARNING, NARROWER)
def udp_route() -> str:
    """A rule names a UDPRoute.

    Istio's sidecars do not see UDP, so no policy can allow or refuse it: the rule
    becomes nothing, and UDP traffic is not restricted.
    """
    return "UDP does not pass the sidecar: the rule becomes nothing"


@rule("S2I322", ERROR, NONE)
def bad_rule(kind: str) -> str:
    """A rule of a TrafficTarget is of a kind that does not exist.

    Write HTTPRouteGroup, TCPRoute or UDPRoute.
    """
    return f"{kind!r} is not one of HTTPRouteGroup, TCPRoute, UDPRoute"


@rule("S2I323", WARNING, EQUAL)
def matches_of_tcp_route(name: str) -> str:
    """A TCPRoute rule lists matches, and an HTTPRouteGroup has its name.

    OSM looked for matches without looking at the kind, so it allowed those of the group,
    and so does the result.  Write a rule of kind HTTPRouteGroup, or delete the list.
    """
    return f"OSM allowed these matches of HTTPRouteGroup {name!r}, whatever the rule's kind"


@rule("S2I324", WARNING, EQUAL)
def outside_the_mesh(namespace: str) -> str:
    """A TrafficTarget stands in a namespace that is not a member of the mesh.

    OSM ignored it, so it grants nothing and is removed.  If the namespace is a member
    and its label is not in Git, list it in `namespaces` of the configuration.
    """
    return (
        f"namespace {namespace!r} is not a member of the mesh, so the target was ignored; removed"
    )


@rule("S2I325", ERROR, WIDER)
def pruned_port(port: int) -> str:
    """A TrafficTarget has destination.port, which its version does not know.

    The API server drops the field without a word, so the cluster allows every port
    although the document names one.  Delete the field, use a TCPRoute with that port,
    or list S2I325 in `accept` to translate what the cluster does.
    """
    return (
        f"v1alpha3 has no port: the cluster drops it and allows more than port {port};"
        " delete it, name the port in a TCPRoute, or accept S2I325"
    )


@rule("S2I326", WARNING, EQUAL)
def opens_tcp(ports: tuple[int, ...]) -> str:
    """A target with HTTP rules also opens TCP ports.

    Under OSM a target restricts ports only if it lists TCPRoutes; one without lets its
    sources use every TCP port of the destination, and so does the result.  If that is
    not meant, add a TCPRoute with the HTTP ports to the target.
    """
    listed = f"port{'s' if len(ports) > 1 else ''} {', '.join(map(str, ports))}"
    return (
        f"as under OSM, the sources may also use TCP {listed};"
        " add a TCPRoute with the HTTP ports to restrict them"
    )


@rule("S2I327", WARNING, EQUAL)
def closed_port(port: int, account: str) -> str:
    """A target names a port that no Service opens on its destination.

    OSM closed every port that no Service exposes, so nothing was allowed there.  What is
    named is a workload port (targetPort), not the port of a Service.  Correct the number,
    or delete it.
    """
    return f"no Service opens workload port {port} on the pods of {account}; left out"


@rule("S2I328", WARNING, EQUAL)
def port_is_http(port: int, account: str) -> str:
    """A TCPRoute lists a port that the mesh reads as HTTP.

    Only HTTP matches can allow requests there, so the TCPRoute opens nothing.  If the
    port does not speak HTTP, write `appProtocol: tcp` at the port of the Service.
    """
    return (
        f"port {port} of {account} is HTTP, so it is left out;"
        " if it is not, write 'appProtocol: tcp' at its port of the Service"
    )


@rule("S2I329", WARNING, NARROWER)
def http_and_tcp(port: int) -> str:
    """One workload port is HTTP in one Service and TCP in another.

    Istio decides for one of them, so only the HTTP rules are written for it.  Give the
    two Service ports the same protocol.
    """
    return (
        f"workload port {port} is TCP here and HTTP in another Service; only HTTP rules count there"
    )


@rule("S2I330", WARNING, EQUAL)
def no_such_target(name: str, workload: str) -> str:
    """A Service names a targetPort that no container of the workload declares.

    It has no endpoint there, so nothing was reachable by it and nothing is allowed.
    Correct the name, or declare the port in the container.
    """
    return f"no container of {workload} declares a TCP port named {name!r}; it has no endpoint"


@rule("S2I331", WARNING, WIDER)
def ports_refused(why: str, only: int, witness: Witness, *, certain: bool) -> Said:
    """OSM's proxies refused what was made of the ports of a Service.

    OSM took the numbers of target ports from the Endpoints.  A port without a number
    (because no pod declares its name), or one number for two ports (which it also took
    where a pod has a single one of the Service's ports), made Envoy refuse the whole
    listener, so nobody reached these pods by any port; behind Istio those who are allowed
    do.  Delete the port, or have all pods declare it.
    """
    verb = "refused" if certain else "may have refused"
    lost = f"had no HTTP routes on port {only}" if only else "opened no port of the pods"
    return Said(
        f"led OSM to {why}: its proxies {verb} that and {lost}; Istio allows {witness}", witness
    )


@rule("S2I332", WARNING, WIDER)
def no_service(account: str) -> str:
    """The Services of a destination are not in the input.

    Which ports are open is not known then, so HTTP rules are written without ports, unless
    the documents name some: they allow their requests on ports too that no Service exposes,
    which OSM closed.
    Add the Services to the input, or list the ports under `workloads`.
    """
    return (
        f"no Service of {account} is in the input, so rules have only the ports that documents"
        " name; add it, or 'workloads[].ports'"
    )


def _pods(account: str, ports: str) -> tuple[tuple[str, str]]:
    """An entry of `workloads`, whose labels are a guess."""
    namespace, _, name = account.partition("/")
    entry = (
        f"- serviceAccount: {flow(name)}\n"
        f"  namespace: {flow(namespace)}\n"
        f"  labels: {{app: {flow(name)}}} # those of its pods\n"
        f"  {ports}"
    )
    return (("workloads", entry),)


@rule("S2I333", ERROR, NONE)
def all_ports_of_nothing(account: str, *, described: bool) -> Said:
    """A rule about all ports needs Services that are not in the input.

    A TCPRoute without ports, and in Traefik Mesh a target without rules, means every port
    that a Service exposes, and a policy without ports would open more.  Add the Services to
    the input, list the ports in a TCPRoute, or list them under `workloads`.
    """
    return Said(
        f"all ports are meant, so the Services of {account} are needed, or 'workloads[].ports'",
        paste=()
        if described
        else _pods(account, "ports: [{number: 8080, protocol: tcp}] # those that Services open"),
    )


@rule("S2I334", ERROR, NONE)
def no_workload(account: str, homeless: str = "") -> Said:
    """No workload of the input runs as the service account of a destination.

    Istio selects pods by labels, so the labels have to come from somewhere.  Add the
    Deployment to the input, or paste the block that is printed into the configuration
    and fill in the labels of the account's pods.  A workload without a namespace, as Helm
    writes it, counts where the option `namespace` says.
    """
    if homeless:
        namespace = account.partition("/")[0]
        return Said(
            f"{homeless} has no namespace, so nothing runs as {account};"
            f" write it, or set 'namespace: {namespace}'",
            answers=(f"namespace: {namespace}",),
        )
    ports = "# ports: [{number: 8080, protocol: http}] # if its Services are not in the input"
    return Said(
        f"no workload of the input runs as {account}; add it, or its labels under 'workloads'",
        paste=_pods(account, ports),
    )


@rule("S2I335", ERROR, NONE)
def no_exact_selector(
    account: str,
    caught: str,
    *,
    described: bool = False,
    ours: bool = False,
    labelled: bool = False,
) -> Said:
    """No set of labels selects exactly the pods of a service account.

    A policy for the account would also apply to the workload that the message names, or
    would miss pods.  Give the pods a label of their own, or set `labelWorkloads: true`:
    then the pod templates get the label smi2istio.dev/service-account.  That does not help
    where workloads of the account with the same labels have different ports, or where the
    account's name is too long for a label.  Where the labels are those of `workloads`, write
    others there.  A workload without a namespace counts in each, until it has one or the
    option `namespace` is set.
    """
    if described:
        return Said(
            f"the labels of {account} under 'workloads' select {caught} as well; write some that"
            " only its own pods have"
        )
    how = "has the same labels and other ports" if ours else "is caught as well"
    why = f"{caught} {how}" if caught else "some have none that stay"
    problem = f"no labels select the pods of {account} alone: {why}"
    if not labelled:
        return Said(f"{problem}; give the pods of each workload a label of their own")
    return Said(
        f"{problem}; set 'labelWorkloads: true'",
        answers=("labelWorkloads: true # adds a label to pod templates, which restarts the pods",),
    )


@rule("S2I336", ERROR, NONE)
def no_sidecar(account: str, workload: str) -> str:
    """All pods of a destination are without a sidecar.

    Nothing enforces a policy there (hostNetwork, or injection switched off).  Switch
    injection on, or delete the target.
    """
    return f"the pods of {account} get no sidecar ({workload}), so nothing would enforce the policy"


@rule("S2I337", WARNING, EQUAL)
def workload_labelled(label: str, value: str) -> str:
    """A pod template gets a label, so that a policy can select its pods.

    `labelWorkloads` is set, and no other labels were exact.  The label changes the pod
    template, so the pods are restarted once.
    """
    return f"the pod template gets the label {label}: {value}"


@rule("S2I338", WARNING, WIDER)
def overlap(other: str, witness: Witness) -> Said:
    """Two targets of a destination match one request for different sources.

    OSM served the first route in random order, so one of the sources was refused now and
    then; Istio allows the request to the sources of both, as the specification says.
    To be exact, make the matches disjoint, or give both targets the same sources.
    """
    return Said(
        f"overlaps with {other}: OSM allowed {witness} in one order of its routes only", witness
    )


@rule("S2I339", WARNING, WIDER)
def overlap_unknown(account: str, pairs: int) -> str:
    """A destination has matches of which not all pairs were compared.

    They are too many, or too complex.  Requests that two targets match for different
    sources were served by OSM in random order and are allowed to both by Istio.  Split the
    targets by destination, or simplify their regexes, to have all pairs compared.
    """
    return f"the targets of {account} have {pairs} pairs of matches, not all compared for overlaps"


@rule("S2I340", NOTE, EQUAL)
def unused_route(kind: str) -> str:
    """Nothing in the input refers to a route document.

    It has no effect and is removed.
    """
    return f"no document refers to this {kind}; removed"


@rule("S2I341", WARNING, EQUAL)
def kept_route(user: str) -> str:
    """A document that is not translated refers to an HTTPRouteGroup.

    The group stays, because that document needs it.  Translate the document by hand,
    then delete both.
    """
    return f"{user} refers to it and is not translated; kept"


@rule("S2I342", NOTE, EQUAL)
def metrics_dropped(kind: str) -> str:
    """A document of SMI's metrics API has no counterpart.

    It describes measurements that a mesh served, not a policy.  Istio's metrics are in
    Prometheus (`istio_requests_total`); the document is removed.
    """
    return f"{kind} of metrics.smi-spec.io has no counterpart in Istio; removed"


@rule("S2I343", ERROR, NONE)
def identity_binding() -> str:
    """An IdentityBinding of access v1alpha4 cannot be translated.

    The version was never released, and no mesh enforced it.  Name ServiceAccounts in the
    TrafficTargets, and take the document out of the input.
    """
    return "no mesh enforced IdentityBinding; name ServiceAccounts in the TrafficTargets instead"


@rule("S2I344", WARNING, EQUAL)
def not_in_force(targets: tuple[str, ...]) -> str:
    """The mesh is in permissive mode, so its TrafficTargets are not in force.

    Everybody in the mesh may call everybody, before and after; the targets are removed
    without a trace.  To have them enforced, set `mode: enforcing` once the MeshConfig
    says so too, or `dryRun: true` to see what they would refuse.
    """
    return f"permissive mode: not in force, and removed: TrafficTarget {', '.join(targets)}"


@rule("S2I345", WARNING, EQUAL)
def dead_methods() -> str:
    """A match lists only empty methods.

    No request has an empty method, so the match allows nothing.  List methods, or leave
    the field out for any.
    """
    return "only empty methods: the match allows nothing"


@rule("S2I346", WARNING, EQUAL)
def lower_case_method(method: str) -> str:
    """A method is not written in upper case.

    The CRD of OSM refuses it; methods are case-sensitive.  It is read in upper case.
    """
    return f"method {method!r} is read as {method.upper()!r}"


@rule("S2I347", WARNING, EQUAL)
def proxy_header(name: str) -> str:
    """A match needs a header that proxies set or remove on the way.

    A policy never sees what the client sent there, so the match allows nothing.  Delete
    the header from the match, or use another one.
    """
    return f"header {name!r} belongs to proxies on the way: the match allows nothing"


@rule("S2I348", WARNING, NARROWER)
def let_in_elsewhere(witness: Witness) -> Said:
    """A source of another kind names an account that another target lets in.

    OSM looked at the name alone once a client could reach the pods, so that account could
    use the routes of this target too, as the request in the message shows.  Name it as a
    ServiceAccount in this target if it needs them.
    """
    return Said(f"a source of another kind is left out; OSM would have allowed {witness}", witness)


@rule("S2I349", WARNING, EQUAL)
def impossible_account(name: str) -> str:
    """A source names a service account that cannot exist.

    Names of Kubernetes are lower-case letters, digits, `-` and `.`; no mesh reads a pattern
    in them, but Istio would.  The source is left out.  Name the accounts one by one.
    """
    return f"no service account can be called {name!r}, so nobody had access by it; left out"


@rule("S2I350", ERROR, NONE)
def not_re2(regex: str, reason: str) -> str:
    """A regex is not one that RE2 accepts.

    The proxy refused the whole route configuration that held it, so every route of that
    port was lost.  Look-around and back-references do not exist in RE2, and the proxies
    of that time knew `(?P<name>` but not `(?<name>`; correct it.
    """
    return f"RE2 refuses '{regex}': {reason}"


@rule("S2I351", ERROR, NONE)
def not_expressible(regex: str, why: str, entry: str) -> Said:
    """A regex has no equal among Istio's patterns.

    AuthorizationPolicy knows exact values, prefixes, suffixes and path templates, no
    regexes.  Decide in `patterns` what stands for the regex (the block that is printed
    has suggestions with the requests that they lose or add), or set
    `envoyFilters: allow` to have it evaluated by an EnvoyFilter.
    """
    return Said(f"'{regex}': {why}; decide it under 'patterns'", paste=(("patterns", entry),))


@rule("S2I352", WARNING, EQUAL)
def bridged(regex: str, entry: str) -> Said:
    """No Istio pattern says what a regex says, so an EnvoyFilter evaluates it.

    The EnvoyFilter stands beside the policy and has its name; without it the policy
    refuses the requests.  EnvoyFilters depend on Envoy's API, and some installations
    forbid them: to do without, decide the regex under `patterns` (the block that is
    printed has suggestions).
    """
    return Said(
        f"no Istio pattern says '{regex}', so an EnvoyFilter evaluates it; 'patterns' does without",
        paste=(("patterns", entry),),
    )


@rule("S2I353", NOTE, NARROWER)
def literal_dot(regex: str, pattern: str, lost: str, witness: Witness | None) -> Said:
    r"""A dot between letters or digits is taken as the character it looks like.

    The regex accepts any character there; the pattern only the dot.  Nearly always the
    dot was meant; write `\.` to say so.
    """
    return Said(f"'{regex}' becomes '{pattern}', which refuses {lost}", witness)


@rule("S2I354", NOTE, NARROWER)
def unusual_bytes(regex: str, pattern: str, lost: str, witness: Witness | None) -> Said:
    """A path template refuses characters that RFC 3986 forbids in a path.

    `{*}` does not match `[` and `]`; clients that follow the RFC send them
    percent-encoded, and then they match.
    """
    return Said(f"'{regex}' becomes '{pattern}', which refuses {lost}", witness)


@rule("S2I355", NOTE, NARROWER)
def decided_narrower(regex: str, lost: str, witness: Witness | None) -> Said:
    """A decision of the configuration allows less than its regex.

    It is taken as it is; the request in the message was allowed and is refused now.
    """
    return Said(f"'patterns' decides '{regex}', and refuses {lost}", witness)


@rule("S2I356", ERROR, WIDER)
def decided_wider(regex: str, witness: Witness) -> Said:
    """A decision of the configuration allows more than its regex.

    The request in the message was refused and would be allowed.  Tighten the patterns, or
    list S2I356 in `accept` to take responsibility.
    """
    return Said(
        f"'patterns' decides '{regex}', and would allow {witness}; or accept S2I356", witness
    )


@rule("S2I357", WARNING, EQUAL)
def dead_regex(regex: str) -> str:
    """A regex matches nothing that can be sent.

    Every path begins with `/` and has no query, and header values have no blanks at the
    ends; the match allows nothing.  Correct the regex, or delete the match.
    """
    return f"'{regex}' matches nothing that can be sent: the match allows nothing"


@rule("S2I358", WARNING, EQUAL)
def dead_host(regex: str) -> str:
    """A match names a host by which the destination is never called.

    OSM knew a Service by ten names and refused every other, so the match allows nothing.
    Name one of them, such as `name.namespace`.
    """
    return f"'{regex}' is none of the names of the destination's Services: the match allows nothing"


@rule("S2I359", WARNING, EQUAL)
def headless_host(service: str) -> str:
    """A match names a host, and a Service of the destination is headless.

    OSM called each pod of a StatefulSet by its own name, which the input does not tell,
    so the regex decides about the authority by itself.
    """
    return f"Service {service!r} is headless, so the regex alone decides about the host"


@rule("S2I360", ERROR, NONE)
def same_key(other: str, key: str) -> str:
    """Two regexes would be told apart by one key.

    Their hashes agree in the first eight digits, which is nearly impossible by chance.
    Change one of the two, for example by a group around it.
    """
    return f"has the same key {key!r} as {other!r}; change one of them, as by a group '(?:…)'"


@rule("S2I361", ERROR, WIDER)
def decision_unproved(regex: str, why: str) -> str:
    """A decision of the configuration cannot be compared with its regex.

    The regex is too complex, or uses something that is not supported, so nothing is known
    about what the decision adds or loses.  Simplify the regex, or list S2I361 in `accept`
    to take responsibility.
    """
    return f"'patterns' decides '{regex}', which cannot be compared: {why}; or accept S2I361"


@rule("S2I362", ERROR, NONE)
def bad_method(method: str) -> str:
    """A method is not the name of a method.

    The CRDs of SMI allow the methods of HTTP and `*` alone; OSM would have read anything
    else as a regex, and Istio reads a star at one end as a wildcard.  List the methods one
    by one.
    """
    return f"{method!r} is not the name of a method; list them one by one, or write '*' for any"


@rule("S2I363", WARNING, EQUAL)
def source_outside_the_mesh(namespace: str) -> str:
    """A source lives in a namespace that is not a member of the mesh.

    Nobody there had an identity in OSM, so the source had no access; it is left out, because
    it would get in with Istio's sidecar.  If the namespace is a member, list it in
    `namespaces`; if not, delete the source.
    """
    return (
        f"namespace {namespace!r} is not a member of the mesh, so the source had no access;"
        " left out; if it is a member, list it in 'namespaces'"
    )


@rule("S2I364", WARNING, WIDER)
def numbers_differ(name: str, numbers: Mapping[int, str], witness: Witness) -> Said:
    """The name of a targetPort means different numbers in different pods.

    OSM took one of the numbers for all pods of the Service, so the others were closed;
    Istio opens to each pod the port that it declares.  Declare the same number in all
    pods, or give them Services of their own.
    """
    listed = ", ".join(f"{number} in {pod}" for number, pod in sorted(numbers.items()))
    return Said(
        f"{name!r} is port {listed}; OSM opened one of them, and Istio allows {witness}", witness
    )


@rule("S2I365", WARNING, WIDER)
def regex_too_large(regex: str, witness: Witness) -> Said:
    """A regex was too large for OSM's proxies.

    Envoy refuses regexes of more than a hundred instructions of RE2, and OSM left it so;
    with one of them it refused the whole route configuration, so no HTTP request to that
    port was answered.  Istio takes far larger ones, and the requests that the targets allow
    pass.  If they should not, take the match out of its group.
    """
    return Said(
        f"'{regex}' was too large for OSM's proxies, which had no HTTP routes then;"
        f" Istio allows {witness}",
        witness,
    )


@rule("S2I366", WARNING, NARROWER)
def left_to_matches(ports: tuple[int, ...]) -> str:
    """A TCPRoute beside HTTP matches lists ports that may speak HTTP.

    If the TCPRoute opened them, any request would pass there, whatever the matches say; so
    only the matches count.  What is not HTTP is refused: if it is meant, write `appProtocol:
    tcp` at the port of the Service, or list the port with `protocol: tcp` under `workloads`
    where the Service is not in the input.
    """
    listed = f"port{'s' if len(ports) > 1 else ''} {', '.join(map(str, ports))}"
    return (
        f"{listed} may speak HTTP, so only the HTTP matches count there; if not, write"
        " 'appProtocol: tcp' at the Service, or 'workloads[].ports'"
    )


@rule("S2I367", WARNING, EQUAL)
def destination_outside_the_mesh(namespace: str) -> str:
    """A destination is in a namespace that is not a member of the mesh.

    Its policy is written, but nothing is done there that gives pods a sidecar or refuses
    what no target allows; without a sidecar no policy is in force.  If the old mesh
    enforced the target, list the namespace in `namespaces` of the configuration.
    """
    return (
        f"namespace {namespace!r} is not a member, so nothing is done there to inject sidecars"
        " and deny by default; list it in 'namespaces'"
    )


@rule("S2I370", WARNING, EQUAL)
def no_rules_everything() -> str:
    """A TrafficTarget of Traefik Mesh has no rules.

    Traefik Mesh let the sources of such a target send anything, so the policy opens every
    port of the destination to them, whatever is sent.  The specification demands rules: name
    the routes that the sources need.
    """
    return "no rules, so Traefik Mesh allowed everything to the sources; name the routes they need"


@rule("S2I371", ERROR, NONE)
def match_unknown(group: str, name: str, known: tuple[str, ...]) -> str:
    """A rule names a match that its group does not have.

    Meshes differ in what they made of it: Traefik Mesh took no notice of the whole target, OSM
    of this name alone.  Correct the name, or take it out of the list.
    """
    return _no_match(group, name, known)


@rule("S2I372", WARNING, EQUAL)
def no_port_at_all(account: str, kind: str) -> str:
    """A target allows nothing, because no Service opens a port for it.

    HTTP rules need a port that the mesh reads as HTTP, a TCPRoute one that it reads as TCP;
    UDP never passes a sidecar.  Nothing was reachable in the old mesh either.  Correct the
    `protocol`, `name` or `appProtocol` of the Service's port, or delete the target.
    """
    return f"no Service opens {kind} port on the pods of {account}, so this allows nothing"


@rule("S2I373", WARNING, EQUAL)
def impossible_destination(name: str) -> str:
    """A target's destination is a service account that cannot exist.

    Names of Kubernetes are lower-case letters, digits, `-` and `.`; no mesh reads a pattern
    in them, so the target was about no pod at all.  It is removed.  Write one target for each
    account that is to be called.
    """
    return f"no service account can be called {name!r}, so this opened nothing; removed"


@rule("S2I374", WARNING, EQUAL)
def left_without_port(
    kind: str, ports: tuple[int, ...], sources: tuple[str, ...], *, by_port: bool
) -> str:
    """A limit on ports leaves nothing to some rules of a target.

    The ports of TCPRoutes limit the HTTP rules beside them as well, and `destination.port`
    limits all rules, here as in the old mesh: where no port is left, the rules allow nothing.
    If they are meant to be in force, list one of the ports that the message names in a
    TCPRoute of the target, or write it as `destination.port`.
    """
    listed = f"port{'s' if len(ports) > 1 else ''} {', '.join(map(str, ports))}"
    rules = "matches" if kind == "HTTP" else "TCPRoutes"
    limit, place = ("leaves", "here") if by_port else ("the TCPRoutes leave", "there")
    one = "one" if len(ports) > 1 else "it"
    return (
        f"{limit} out {kind} {listed}, so the {rules} allow nothing to {', '.join(sources)};"
        f" write {one} {place} if they should"
    )


@rule("S2I375", WARNING, EQUAL)
def impossible_header(name: str) -> str:
    """A match needs a header whose name cannot be sent.

    Names of headers hold no blanks, brackets, quotes, colons or letters with accents, so no
    request fits the match, here as in the old mesh.  Correct the name.
    """
    return f"no header can be called {name!r}: the match allows nothing"


@rule("S2I376", WARNING, EQUAL)
def ports_of_services(account: str) -> str:
    """Ports listed under `workloads` are not those that Services open.

    What is listed stands for Services that are not in the input, or that name the port of a
    container.  These Services say which numbers they open, and OSM closed all others, so the
    list does not count.  Correct it, or take it out.
    """
    return f"Services of the input open other ports of {account} than 'workloads' lists; left out"


@rule("S2I377", ERROR, NONE)
def host_twice(name: str) -> str:
    """A match names the header `host` in two spellings.

    Capitals make no difference to a proxy, so OSM demanded that the authority fits both.
    Write one `host` whose regex says what both do.
    """
    return f"{name!r} is the header 'host', which stands there already; write one for both"
