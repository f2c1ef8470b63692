"""S2I400 to S2I419: the configuration of Open Service Mesh, and values of its fields."""

from smi2istio.diagnostics import (
    EQUAL,
    ERROR,
    NARROWER,
    NONE,
    NOTE,
    WARNING,
    WIDER,
    Said,
    Setting,
    Witness,
    rule,
)


@rule("S2I401", WARNING, EQUAL)
def other_mesh_config(name: str) -> str:
    """A MeshConfig has a name that OSM did not look at.

    OSM read one object only, `osm-mesh-config` in its own namespace; its chart also
    installed a template, `preset-mesh-config`, which was never in force itself.  The
    document is removed, and nothing is read in it.  If it is meant to be the mesh's
    configuration, name it `osm-mesh-config`.
    """
    return f"OSM read 'osm-mesh-config', not {name!r}; removed without being read"


@rule("S2I402", ERROR, NONE)
def two_mesh_configs(other: str) -> str:
    """The input holds two mesh configurations.

    Each could decide whether access is enforced at all.  A mesh configuration does not say
    the name of its mesh, so `meshName` cannot choose.  Keep the one of the mesh that the
    documents belong to, and take the other out of the input.
    """
    return (
        f"{other} is a mesh configuration, too, and neither says the name of its mesh;"
        " keep one of them in the input, whatever 'meshName' is"
    )


_MODES = (
    "mode: enforcing # what no TrafficTarget allows is refused",
    "mode: permissive # every member may call every member",
)


@rule("S2I403", WARNING, EQUAL)
def mode_not_written() -> Said:
    """Nothing in the input says whether the mesh enforces its access policies.

    They are taken for enforced, which is the safe reading.  It may be the wrong one:
    OSM 1.2's chart and the AKS add-on installed meshes permissive, and then requests
    that pass today are refused afterwards.  Look at the cluster (`kubectl get
    meshconfig osm-mesh-config -n osm-system -o yaml`), then set `mode: enforcing` or
    `mode: permissive`.
    """
    return Said(
        "enablePermissiveTrafficPolicyMode is not in the input, so access is enforced;"
        " set 'mode: enforcing' or 'mode: permissive'",
        answers=_MODES,
    )


@rule("S2I404", ERROR, NONE)
def mode_contradicts(mode: str, value: str) -> str:
    """The option mode says the opposite of the MeshConfig.

    One of the two is out of date, and a guess would open or close the mesh.  Correct
    one of them; `mode: auto` follows the MeshConfig.
    """
    return f"is {value}, but the configuration says 'mode: {mode}'"


@rule("S2I405", ERROR, NONE)
def mode_is_a_guess(members: tuple[str, ...]) -> Said:
    """There are members, but nothing tells whether they deny by default.

    Without a MeshConfig, a TrafficTarget or the option, denying everything and
    allowing everything are both guesses.  Look at the cluster (`kubectl get
    meshconfig osm-mesh-config -n osm-system -o yaml`), then set `mode: enforcing` or
    `mode: permissive`.
    """
    return Said(
        "neither a MeshConfig nor a TrafficTarget says whether"
        f" {', '.join(members)} {'deny' if len(members) > 1 else 'denies'} by default;"
        " set 'mode: enforcing' or 'mode: permissive'",
        answers=_MODES,
    )


@rule("S2I406", WARNING, EQUAL)
def egress_closed(openings: tuple[str, ...]) -> str:
    """Egress was closed; Istio closes it less tightly.

    Every member gets a Sidecar with REGISTRY_ONLY: hosts outside the mesh that no
    ServiceEntry names are refused.  Services of the cluster stay reachable, members
    of the mesh or not, because Istio knows all of them; OSM's proxies knew only what
    a policy allowed.  Where that matters, list the hosts in the Sidecar's `egress`.
    Services of type ExternalName and ServiceEntries of your own name hosts outside the mesh,
    and a Sidecar of your own for some pods counts for more there: the message lists those
    that the input holds.  Delete what is not meant to be reached.
    """
    through = f"; hosts outside the mesh do through {', '.join(openings)}" if openings else ""
    return (
        "becomes REGISTRY_ONLY in every member; Services of the cluster"
        f" stay reachable, which OSM did not allow without a policy{through}"
    )


@rule("S2I407", WARNING, EQUAL)
def egress_not_written() -> str:
    """Nothing in the input says whether egress was closed.

    No Sidecar is emitted, so members reach every host outside the mesh.  If egress
    was closed in the cluster, write `enableEgress: false` under `spec.traffic` of
    the MeshConfig `osm-mesh-config` in the input.
    """
    return (
        "enableEgress is not in the input, so egress stays open; to close it, write"
        " 'enableEgress: false' under spec.traffic of the MeshConfig osm-mesh-config"
    )


@rule("S2I408", ERROR, NONE)
def revision_needed() -> Said:
    """The MeshConfig is that of the AKS add-on, and no revision is set.

    The Istio add-on of AKS injects only namespaces that are labelled with its
    revision and ignores `istio-injection`, so the answer decides whether there are
    sidecars at all.  For the add-on set `revision: asm-1-NN` (`az aks show` lists
    it), which also makes aks-istio-system the root namespace; for an Istio of your
    own set `revision: default`.
    """
    return Said(
        "kube-system is the namespace of the AKS add-on; set 'revision: asm-1-NN' for the"
        " Istio add-on of AKS, or 'revision: default' for an Istio of your own",
        answers=(
            "revision: asm-1-NN # the Istio add-on of AKS; 'az aks show' lists its revision",
            "revision: default # an Istio of your own",
        ),
    )


@rule("S2I409", WARNING, EQUAL)
def setting_dropped(why: str) -> str:
    """A setting of the MeshConfig has no counterpart in Istio.

    The MeshConfig is removed, and this setting goes with it.  It says nothing about
    who may call whom.  The message says what Istio does instead, and what you can do
    if you need the setting's effect.
    """
    return f"has no counterpart: {why}"


@rule("S2I410", ERROR, WIDER)
def external_authorization_dropped(why: str, witness: Witness) -> Said:
    """External authorization cannot be translated.

    Every member asked an external server about each HTTP request, and what that
    server refused would pass.  Correct what the message names; or declare the server
    as an extension provider in Istio's mesh configuration yourself, write an
    AuthorizationPolicy with `action: CUSTOM` for each member, and then set
    `accept: [S2I410]`.
    """
    return Said(
        f"{why}, so {witness} passes even where this server refused it; write an"
        " AuthorizationPolicy with action CUSTOM, then set 'accept: [S2I410]'",
        witness,
    )


@rule("S2I411", WARNING, EQUAL)
def excluded_elsewhere(namespaces: tuple[str, ...], keys: tuple[str, ...]) -> str:
    """Exclusion lists cannot be written where the input has no workloads.

    OSM's lists hold for the whole mesh, Istio reads such lists on pods.  They are
    written to every pod template of the input; write the annotations that the message
    names to the others yourself, as they stand in the output.
    """
    return f"no workload of {', '.join(namespaces)} is in the input to carry {', '.join(keys)}"


@rule("S2I412", WARNING, EQUAL)
def setting_moved(what: str, settings: tuple[Setting, ...]) -> Said:
    """A setting of the MeshConfig belongs into Istio's installation.

    Istio's mesh configuration is no object of the cluster's API, so it cannot be
    emitted.  What has to be set is printed as a block after the diagnostics: paste it
    into the Helm values, or into the shared ConfigMap of the AKS add-on.
    """
    return Said(f"belongs into Istio's installation: {what}", settings=settings)


@rule("S2I413", NOTE, EQUAL)
def setting_of_osm(about: str) -> str:
    """A setting of the MeshConfig was about OSM's own components.

    They go away with OSM, and nothing takes the setting's place.
    """
    return f"was about {about}, which goes away"


@rule("S2I414", WARNING, EQUAL)
def external_authorization_moved(provider: str, settings: tuple[Setting, ...]) -> Said:
    """External authorization becomes a policy that asks a provider of Istio's.

    Each member gets an AuthorizationPolicy with `action: CUSTOM`.  The server itself
    has to be declared in Istio's mesh configuration; the lines to paste are printed
    after the diagnostics.  Until then Istio refuses every request to the members.  A
    server outside the cluster needs a ServiceEntry as well.
    """
    return Said(
        f"becomes policies that ask the provider {provider!r}; until it is declared,"
        " every request to a member is refused",
        settings=settings,
    )


@rule("S2I415", WARNING, NARROWER)
def asked_about_connections(namespace: str, ports: tuple[int, ...]) -> Said:
    """The external server is asked about TCP connections as well.

    OSM asked about HTTP requests only.  One policy is written for a namespace, and it
    leaves out ports that speak TCP; but a port of the message is HTTP in one workload
    and TCP in another.  The server is asked about connections to it, and may refuse
    them.  Give one of the workloads another port, or write two policies with selectors.
    """
    witness = Witness("", method="", port=ports[0])
    numbers = ", ".join(map(str, ports))
    return Said(
        f"the server is asked about {witness} of {namespace!r} too, because there"
        f" {numbers} is HTTP for one workload and TCP for another",
        witness,
    )


@rule("S2I416", WARNING, EQUAL)
def tracing_moved(provider: str, settings: tuple[Setting, ...]) -> Said:
    """Tracing becomes a Telemetry that names a provider of Istio's.

    Each member gets a Telemetry that sends all spans, as OSM did; lower
    `randomSamplingPercentage` there if that is too much.  The collector itself has to
    be declared in Istio's mesh configuration; the lines to paste are printed after
    the diagnostics.
    """
    return Said(
        f"becomes a Telemetry in every member; declare its provider {provider!r}", settings=settings
    )


@rule("S2I417", ERROR, NONE)
def telemetry_taken(other: str) -> str:
    """A member has a Telemetry already, and Istio reads one for a namespace.

    The older of two Telemetries without a selector counts, and the other one is
    ignored.  Add tracing to the one that is there and switch it off in the
    MeshConfig, or delete it.
    """
    return f"{other} is for the same pods, and Istio reads only one; join them by hand"


@rule("S2I418", ERROR, NONE)
def bad_duration(text: str) -> str:
    """A field does not hold a duration.

    Durations are written as in Go: `500ms`, `1s`, `1m30s`.
    """
    return f"{text!r} is not a duration such as '500ms' or '1m30s'"


@rule("S2I419", ERROR, NONE)
def negative(number: int) -> str:
    """A limit is below zero.

    OSM's CRD refused such an object.  Write a number from 0 on.
    """
    return f"{number} is below zero"
