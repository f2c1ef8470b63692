"""What the documents mean, by the mesh that they were written for.

Each mesh is one immutable value with one field for each question on which meshes
differ; the code asks the field, never the name.

Source: the specification's table of source meshes (§3); reference/smi-spec.md §2.2, where
the implementations of each mesh are compared; legacy-and-neighbours.md §5.
"""

from typing import Literal

from smi2istio.diagnostics import Severity
from smi2istio.records import Record

Reading = Literal["full", "start", "unanchored"]

#: What a target without `rules` is.
VOID, ERROR, EVERYTHING = "void", "error", "everything"
#: Which ports the TCPRoutes of a target restrict.
UNION, CONJUNCTION, OWN = "union", "conjunction", "own"


class SourceMesh(Record):
    """The answers of one mesh.

    Attributes:
        path_regex, header_regex: how a regex is anchored: full, start, unanchored.
        all_without_matches: an HTTP rule without `matches` means all of the group.
        http_opens_tcp: a target with only HTTP rules also opens TCP ports.
        tcp_ports: union over the targets of a destination that name the source,
            conjunction with the HTTP rules of the same target, or only their own.
        destination_defaults: an absent destination.namespace is the target's own.
        across_namespaces: a target may stand in another namespace than its destination.
        source_without_namespace: severity; a warning means that the source is dropped.
        without_rules: void, error, or everything is allowed.
        incomplete: what a target is that refers to nothing, or to what nobody knows: void or
            error.
        kinds_count: the kind of a source or rule decides, and not its name alone.
        members_only: targets outside the members are void.
        first_route: the first route that fits decides, in random order; else their union.
        known_names: a Service is called by its ten names, and by no other.
        denies_by_default: members deny what no target allows.
        has_mode: a MeshConfig may say that the mesh is permissive, and that egress is closed.
        one_version: it served one version of each kind, in whose meaning others are read.
        closed_to_ingress: an Ingress reaches members only by an IngressBackend.
        osm_protocols: the protocol of a Service port is read as OSM 1.2 reads it.
        strict: members refuse plaintext.
        header_matches_only: of a split's `matches` only headers count.
        split_needs_pods: without pods a root is not routed, and a backend has no share.
        never_enforced: what of a target the mesh itself never asked for; "" for nothing.
        refuses_if: how it has to be installed to refuse what no target names.
        domains: those under which its own annotations, labels and kinds stand.
        injection: the annotation or label that asks for its sidecars.
        host_suffixes: how the names end by which clients call Services through the mesh.
        passed_by: ports of pods that its sidecars leave alone unless told otherwise.
        mtls_mode: the annotation of pods that says whether they take plaintext.
    """

    name: str
    path_regex: Reading = "start"
    header_regex: Reading = "full"
    all_without_matches: bool = True
    http_opens_tcp: bool = False
    tcp_ports: str = CONJUNCTION
    destination_defaults: bool = True
    across_namespaces: bool = True
    source_without_namespace: Severity = Severity.ERROR
    without_rules: str = ERROR
    incomplete: str = ERROR
    kinds_count: bool = True
    members_only: bool = False
    first_route: bool = False
    known_names: bool = False
    denies_by_default: bool = True
    has_mode: bool = False
    one_version: bool = False
    closed_to_ingress: bool = False
    osm_protocols: bool = False
    strict: bool = True
    header_matches_only: bool = False
    split_needs_pods: bool = False
    never_enforced: str = ""
    refuses_if: str = ""
    domains: tuple[str, ...] = ()
    injection: str = ""
    mtls_mode: str = ""
    host_suffixes: tuple[str, ...] = ()
    passed_by: tuple[int, ...] = ()


MESHES = {
    mesh.name: mesh
    for mesh in (
        SourceMesh(
            "osm",
            path_regex="full",
            all_without_matches=False,
            http_opens_tcp=True,
            tcp_ports=UNION,
            destination_defaults=False,
            across_namespaces=False,
            source_without_namespace=Severity.WARNING,
            without_rules=VOID,
            incomplete=VOID,
            kinds_count=False,
            members_only=True,
            first_route=True,
            known_names=True,
            has_mode=True,
            one_version=True,
            closed_to_ingress=True,
            osm_protocols=True,
            split_needs_pods=True,
        ),
        SourceMesh("smi", header_matches_only=True),
        SourceMesh(
            "traefik",
            header_regex="unanchored",
            tcp_ports=OWN,
            without_rules=EVERYTHING,
            denies_by_default=False,
            strict=False,
            domains=("mesh.traefik.io", "maesh.containo.us"),
            refuses_if="acl: true",
            host_suffixes=(".traefik.mesh", ".maesh"),
        ),
        SourceMesh(
            "nginx",
            path_regex="unanchored",
            header_regex="unanchored",
            denies_by_default=False,
            strict=False,
            domains=("nsm.nginx.com", "specs.smi.nginx.com"),
            injection="injector.nsm.nginx.com/auto-inject",
            refuses_if="accessControlMode: deny",
            mtls_mode="config.nsm.nginx.com/mtls-mode",
        ),
        SourceMesh(
            "linkerd",
            header_matches_only=True,
            never_enforced="TrafficTargets",
            domains=("linkerd.io",),
            injection="linkerd.io/inject",
            passed_by=(4567, 4568),
        ),
        SourceMesh(
            "consul",
            header_matches_only=True,
            never_enforced="the routes of TrafficTargets",
            domains=("consul.hashicorp.com",),
            injection="consul.hashicorp.com/connect-inject",
        ),
    )
}
