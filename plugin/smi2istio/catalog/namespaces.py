"""S2I500 to S2I549: members of the mesh, Namespaces, workloads, Services and the baseline."""

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


@rule("S2I501", ERROR, NONE)
def two_meshes(names: tuple[str, ...]) -> Said:
    """Namespaces are labelled as members of different meshes.

    A service account means nothing in another mesh, so documents of two meshes
    cannot be translated together.  Set `meshName` to the one that is meant.
    """
    return Said(
        f"namespaces belong to {', '.join(map(repr, names))}; set 'meshName' to one of them",
        answers=tuple(f"meshName: {flow(name)}" for name in names),
    )


@rule("S2I502", NOTE, EQUAL)
def other_mesh(name: str, mesh: str) -> str:
    """A Namespace belongs to another mesh than the one that is translated.

    It is left as it is, and so is what is in it.
    """
    return f"belongs to mesh {name!r}, not to {mesh!r}; left as it is"


@rule("S2I503", WARNING, EQUAL)
def inferred(taken: tuple[str, ...], left: tuple[str, ...]) -> Said:
    """The members of the mesh were inferred.

    No Namespace in the input has OSM's label and `namespaces` is empty, so the
    namespaces that access policies name were taken.  Members that no policy names
    are missing then: they get no sidecar, and requests to them are not refused.  List
    all members in `namespaces`, or put their Namespace documents into the input.
    """
    rest = f"; not taken, though workloads are there: {', '.join(left)}" if left else ""
    others = (f"\n# - {flow(name)} # has workloads, and no policy names it" for name in left)
    return Said(
        f"members inferred from access policies: {', '.join(taken)}{rest}; list 'namespaces'",
        answers=("namespaces:" + "".join((*(f"\n- {flow(name)}" for name in taken), *others)),),
    )


@rule("S2I504", ERROR, NONE)
def not_a_member(name: str, label: str) -> str:
    """The option namespaces lists one that a label takes out of the mesh.

    One of the two is out of date.  Correct the label, or take the namespace out of
    `namespaces`.
    """
    return f"lists {name!r}, but its Namespace has the label {label}"


@rule("S2I505", ERROR, NONE)
def member_is_root(name: str) -> str:
    """A member of the mesh is Istio's root namespace.

    What a member gets (a policy that allows nothing, strict mTLS) is in force in the
    whole mesh when it stands in the root namespace, gateways included.  Take the
    namespace out of `namespaces`, or remove OSM's label from it.
    """
    return f"{name!r} is Istio's root namespace, where policies are in force in the whole mesh"


@rule("S2I506", WARNING, NARROWER)
def gateway_in_member(namespace: str) -> str:
    """An ingress gateway runs in a member of the mesh.

    What a member gets is in force on its gateway, too: where the member denies by
    default, clients outside the mesh have no identity that a policy could allow.
    Move the gateway to a namespace of its own, or write an AuthorizationPolicy for
    its pods.
    """
    return f"is an ingress gateway, and policies of the member {namespace!r} are in force on it"


@rule("S2I507", WARNING, EQUAL)
def no_namespace_document(names: tuple[str, ...], label: str) -> Said:
    """Members of the mesh have no Namespace in the input.

    Their label decides whether pods get a sidecar, and without a sidecar no policy
    is in force.  Run the command of the message, or set `createNamespaces: true`.
    """
    return Said(
        f"no Namespace in the input; run 'kubectl label namespace {' '.join(names)} {label}'",
        answers=("createNamespaces: true # writes a Namespace with the label for each",),
    )


@rule("S2I508", ERROR, NONE)
def label_contradicts(value: str, wanted: str) -> str:
    """An Istio label says something else than the marks of the old mesh.

    A label that is already there is never changed, because somebody wrote it.  One of
    the two is out of date: remove the label, or correct the mesh's mark, the list
    `namespaces` or the option `revision`.
    """
    return f"is {value!r}, but what the old mesh did there needs {wanted}"


@rule("S2I509", WARNING, NARROWER)
def injected_all_the_same(pods: tuple[str, ...]) -> str:
    """A member has OSM's label, but no annotation that asks for sidecars.

    OSM since 0.4 injected nothing there but pods that asked themselves.  The
    namespace is labelled for injection all the same, because without a sidecar no
    policy is in force; pods that had no sidecar get one, and refuse what no policy
    allows.  If none is wanted, annotate the Namespace with
    `openservicemesh.io/sidecar-injection: disabled` first.
    """
    only = f"only into {', '.join(pods)}" if pods else "nothing"
    return f"has no sidecar-injection annotation: OSM since 0.4 injected {only}, Istio injects all"


@rule("S2I510", NOTE, EQUAL)
def inert_mark(keys: tuple[str, ...]) -> str:
    """A mark of OSM stands where OSM took no notice of it.

    OSM looked at Namespaces with its label and at pods in them only, and read a few marks
    there.  The mark is removed, and nothing takes its place.
    """
    return f"{', '.join(keys)} had no effect there; removed"


@rule("S2I511", NOTE, EQUAL)
def metrics_mark() -> str:
    """OSM's switch for metrics is removed.

    OSM marked the pods of the namespace for Prometheus.  Istio does the same for
    every injected pod, unless `meshConfig.enablePrometheusMerge` is false; their
    metrics are served on port 15020 at `/stats/prometheus`.
    """
    return "removed; Istio marks injected pods for Prometheus by itself"


@rule("S2I512", ERROR, NONE)
def bad_element(word: str, holds: str) -> str:
    """A list of excluded traffic holds something that cannot be in it.

    The mesh refused pods with such a list.  Ports are numbers from 1 to 65535; address
    ranges are written as 10.0.0.0/8.
    """
    return f"{word!r} is not {'an' if holds[0] in 'ai' else 'a'} {holds}"


@rule("S2I513", ERROR, NONE)
def no_such_mesh(name: str, meshes: tuple[str, ...]) -> str:
    """The option meshName names a mesh that no Namespace belongs to.

    Nothing would be converted, and the MeshConfig would be removed all the same.  Write one
    of the names that the message lists, or leave `meshName` out.
    """
    return f"no Namespace belongs to mesh {name!r}, only to {', '.join(map(repr, meshes))}"


@rule("S2I514", WARNING, EQUAL)
def only_other_meshes(name: str, meshes: tuple[str, ...]) -> str:
    """The option meshName names a mesh of which nothing is in the input.

    All documents of SMI and OSM belong to other meshes, so they stay as they are and
    nothing is converted.  Write one of the names that the message lists, or leave the input
    out.
    """
    listed = ", ".join(map(repr, meshes))
    return f"nothing here belongs to mesh {name!r}, only to {listed}; nothing is converted"


@rule("S2I515", ERROR, WIDER)
def opened_by_mark(value: str, witness: Witness) -> Said:
    """Pods have a mark of Istio that keeps its sidecar out of the way.

    The old mesh took no notice of the mark and enforced its policies there.  With Istio
    nothing refuses what passes by the sidecar, or what reaches a pod without one.  Remove
    the mark, or list S2I515 in `accept` with the object if that is meant.
    """
    return Said(
        f"{value!r} lets in {witness} without an identity, which the old mesh refused;"
        " remove it, or accept S2I515",
        witness,
    )


@rule("S2I516", WARNING, NARROWER)
def mark_elsewhere(key: str) -> str:
    """A mark of OSM stands in a place that is not translated.

    It may reach pods by way of a controller (the values of a chart, the pod metadata of an
    operator), or select namespaces by a label that they lose.  Write what Istio reads there:
    the pod label `sidecar.istio.io/inject`, the annotations `traffic.sidecar.istio.io/...`,
    the namespace label `istio-injection`.
    """
    return f"{key!r} is not translated here, and Istio does not read it; write Istio's own"


@rule("S2I517", WARNING, NARROWER)
def injected_by_osm() -> str:
    """Pods hold the containers that OSM's injector added to them.

    They were read from a cluster.  Applied as they are, they run OSM's proxy beside Istio's,
    and each takes the other's traffic.  Leave such pods out of the input, as whatever made
    them makes new ones; of a pod that you wrote yourself, take what you wrote.
    """
    return (
        "holds OSM's containers 'envoy' and 'osm-init', which fight with Istio's;"
        " leave live pods out, whatever made them makes new ones"
    )


@rule("S2I520", NOTE, EQUAL)
def protocol_written(name: str) -> str:
    """A Service port gets an appProtocol, so that Istio reads it as OSM did.

    OSM took the port for HTTP, because only prefixes such as `tcp-` counted.  Istio
    would take it for TCP by its name, and no HTTP rule would match there.  If the
    port does not speak HTTP, write `appProtocol: tcp` instead.
    """
    return f"OSM read HTTP on a port named {name!r}, Istio would not; appProtocol: http is added"


@rule("S2I521", WARNING, NARROWER)
def protocol_differs(why: str, protocol: str, witness: Witness | None) -> Said:
    """Istio takes a Service port for another protocol than OSM did.

    OSM took it for HTTP.  In Istio HTTP rules and HTTP routes never match on this
    port, so what they allowed is refused.  Nothing is changed, because what the port
    really speaks is not known: write `appProtocol: http` if it is HTTP, or
    `appProtocol: tcp`, and a TCPRoute for those that may use it, if it is not.
    """
    lost = f"no HTTP rule allows {witness}" if witness else "HTTP rules and routes never match"
    return Said(
        f"{why} is {protocol.upper()} for Istio and was HTTP for OSM, so {lost};"
        " write 'appProtocol: http' or 'appProtocol: tcp'",
        witness,
    )


@rule("S2I522", WARNING, EQUAL)
def protocol_closed(protocol: str) -> str:
    """A Service port has an appProtocol that OSM did not know.

    OSM opened no such port to anybody, and so no rule that is emitted opens it.  If
    it should be open, write `appProtocol: http` or `appProtocol: tcp` before the
    translation.
    """
    return f"OSM did not know {protocol!r} and kept the port closed; no rule opens it"


@rule("S2I530", ERROR, NONE)
def baseline_contradicts(found: str, wanted: str) -> str:
    """A document of the input and what the mesh needs exclude each other.

    The namespace already has an object of this kind and scope, and a second one
    would compete with it.  Correct it, or delete it: the one that is needed is
    emitted then.  With `baseline: omit` it is left alone, and nothing is checked.
    """
    return f"is {found}, but the mesh needs {wanted}"


@rule("S2I531", WARNING, EQUAL)
def baseline_omitted(missing: tuple[str, ...]) -> str:
    """The baseline is left to another application.

    `baseline: omit` is set, and the input does not hold what keeps everybody else
    out: without a namespace-wide STRICT, clients without an identity are not
    refused, and without a policy that allows nothing, workloads that no policy names
    are open to all.  Make sure that both exist in the cluster.
    """
    return f"the input lacks what refuses everybody else: {'; '.join(missing)}"


@rule("S2I532", WARNING, EQUAL)
def admits_more(witness: Witness) -> Said:
    """A policy of your own admits requests that the source documents refuse.

    ALLOW policies add up in Istio, so this one stays in force beside those that are
    emitted, and the mesh is opened by as much.  In the old mesh it had no effect.  Delete
    it, or restrict it, if that is not meant.
    """
    return Said(f"admits {witness}, which no policy of the old mesh allows", witness)


@rule("S2I533", WARNING, EQUAL)
def takes_plaintext(mode: str, witness: Witness) -> Said:
    """A PeerAuthentication of your own lets plaintext in.

    OSM closed every connection without a certificate of the mesh, in permissive mode too,
    and there is no policy that would refuse it here.  In the old mesh the object had no
    effect.  Delete it, or write STRICT, if that is not meant.
    """
    return Said(f"{mode} admits {witness} without an identity, which OSM refused", witness)


@rule("S2I534", WARNING, NARROWER)
def refuses_more(witness: Witness, *, certain: bool) -> Said:
    """A policy of your own refuses requests that the source documents allow.

    DENY and CUSTOM are asked before what is emitted.  In the old mesh the policy had no
    effect, in Istio it takes these requests away; what a CUSTOM policy's provider answers,
    and what addresses or tokens decide, the input does not tell.  A PeerAuthentication with
    DISABLE does the same: callers send plaintext then, and have no account that a policy could
    let in.  Delete it, or restrict it, if that is not meant.
    """
    verb = "refuses" if certain else "may refuse"
    return Said(f"{verb} {witness}, which the old mesh allowed", witness)


@rule("S2I540", WARNING, NARROWER)
def never_enforced(mesh: str, what: str) -> Said:
    """The old mesh enforced less than its documents say.

    Linkerd never asked a TrafficTarget, and Consul's controller looked at its accounts and
    not at its routes.  Istio enforces all of it, read as the specification of SMI says, and
    members deny what no target allows.  Compare the targets with the traffic that there is:
    with `dryRun: true` Istio logs what it would refuse.
    """
    witness = Witness("")
    return Said(
        f"{mesh.capitalize()} never enforced {what}, and Istio will: it refuses {witness}"
        " and all else that no target allows; 'dryRun: true' shows it beforehand",
        witness,
    )


@rule("S2I541", WARNING, EQUAL)
def may_have_refused(setting: str, members: tuple[str, ...]) -> str:
    """The old mesh may have refused what no target names.

    NGINX Service Mesh did with `accessControlMode: deny`, Traefik Mesh with `acl: true`, without
    which it asked no target at all.  The input does not show how it was installed, so what a
    target names is closed, as both do, and all else is open.  If yours refused the rest, put an
    AuthorizationPolicy `allow-nothing` with `spec: {}` into each of the namespaces.
    """
    return (
        f"installed with '{setting}', the old mesh refused what no target names, and here it is"
        f" open in {', '.join(members)}; write a policy 'allow-nothing' there if yours did"
    )
