"""S2I550 to S2I560: what Linkerd, Consul, NGINX and Traefik Mesh have beside SMI's documents."""

from smi2istio.diagnostics import EQUAL, ERROR, NONE, WARNING, WIDER, Said, rule

_SHOWN = 3  # words that a message lists


def _some(words: tuple[str, ...]) -> str:
    more = len(words) - _SHOWN
    return ", ".join(words[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _kept(others: tuple[str, ...]) -> str:
    """What becomes of an object, and of others of which the same is to be said."""
    return f"kept; also {_some(others)}" if others else "kept"


@rule("S2I550", ERROR, WIDER)
def restricting_kind(group: str, equivalent: str) -> str:
    """A document of the old mesh restricts access.

    Nothing of Istio reads it, so what it refused would be allowed wherever SMI's documents
    allow it, and everywhere outside the members.  Write the object of Istio that the message
    names and delete the document, or list S2I550 in `accept` if nothing is lost by it.
    """
    return (
        f"restricts access, and nothing of Istio reads {group};"
        f" write {equivalent} and delete this, or accept S2I550"
    )


@rule("S2I551", ERROR, WIDER)
def restricting_mark(value: str) -> str:
    """An annotation of the old mesh restricts access.

    Linkerd refused requests by default where it stands, and nothing does so in Istio: the
    namespace is not a member.  List it in `namespaces`, so that it gets a policy that allows
    nothing and strict mTLS, or list S2I551 in `accept`.
    """
    return (
        f"{value!r} refuses requests, and Istio refuses none outside the members;"
        " list the namespace in 'namespaces', or accept S2I551"
    )


@rule("S2I552", WARNING, NONE)
def own_kind(group: str, equivalent: str, others: tuple[str, ...]) -> str:
    """Documents of the old mesh have no effect in Istio.

    They do not say who may call whom, and no object of Istio says exactly the same, so none
    is written.  Write what the message names where you need it, then delete them.
    """
    instead = f"; Istio says it with {equivalent}" if equivalent else ""
    return f"nothing of Istio reads {group}{instead}; {_kept(others)}"


@rule("S2I553", WARNING, NONE)
def own_mark(equivalent: str, others: tuple[str, ...]) -> str:
    """An annotation or label of the old mesh has no effect in Istio.

    Istio has something that comes close, but not the same, so it is not written for you.
    Write what the message names where you need it, then delete the mark.
    """
    return f"has no effect in Istio, which says it with {equivalent}; {_kept(others)}"


@rule("S2I554", WARNING, EQUAL)
def other_marks(count: int, keys: tuple[str, ...]) -> str:
    """Annotations and labels of the old mesh mean nothing to Istio.

    They do no harm, and are kept.  Delete them when the mesh is gone.
    """
    return f"marks that mean nothing to Istio are kept, {count} in all: {_some(keys)}"


@rule("S2I555", WARNING, NONE)
def kind_of_another_mesh(group: str, mesh: str, others: tuple[str, ...]) -> str:
    """Documents belong to another mesh than the one that is left.

    They pass as they are, and what they restrict is not looked at.  If SMI's documents were
    written for that mesh, name it in `sourceMesh`: meshes differ in how they read a regex.
    If not, write what they restrict for Istio, and delete them.
    """
    return f"{group} belongs to another mesh than sourceMesh {mesh!r}; {_kept(others)}"


@rule("S2I556", ERROR, NONE)
def no_selector_for_mode(mode: str, caught: str) -> str:
    """No set of labels selects exactly the pods that have an mTLS mode.

    A PeerAuthentication for them would be in force on the workload that the message names as
    well, whose annotation says something else.  Give the pods a label of their own.
    """
    return f"no labels select these pods alone for mode {mode}: {caught} is caught as well"


@rule("S2I557", WARNING, EQUAL)
def ingress_mode(others: tuple[str, ...]) -> str:
    """Linkerd's ingress mode becomes an ordinary sidecar.

    In that mode Linkerd's proxy routes by the Host header or `l5d-dst-override`.  Istio's
    sidecar routes by the address and Host of what the controller calls: let it call Services
    and not pods, and remove the configuration that sets the header.
    """
    more = f"; also {_some(others)}" if others else ""
    return f"'ingress' becomes an ordinary sidecar, to which 'l5d-dst-override' is nothing{more}"


@rule("S2I558", WARNING, NONE)
def name_of_the_mesh(name: str, others: tuple[str, ...]) -> str:
    """A document holds a name that only the old mesh resolves.

    Clients of Traefik Mesh called Services by names of its own, and by their plain names they
    went past it.  Istio looks after the plain names, and nobody answers to the others when
    the mesh is gone.  Write the name of the Service, such as `name.namespace`.
    """
    more = f"; also in {_some(others)}" if others else ""
    return f"only the old mesh resolves {name!r}; write the Service's own name{more}"


@rule("S2I559", WARNING, NONE)
def port_passed_by(ports: tuple[int, ...], others: tuple[str, ...]) -> str:
    """A pod listens on a port that Linkerd's sidecar left alone by default.

    Linkerd skips the ports 4567 and 4568, which database clusters speak among themselves.
    Istio's sidecar takes them like any other, and wants mTLS there.  If that is not meant, add
    the pod annotation traffic.sidecar.istio.io/excludeInboundPorts.
    """
    listed = " and ".join(map(str, ports))
    more = f"; also {_some(others)}" if others else ""
    return (
        f"Linkerd passed port {listed} by, and Istio takes it; if that is not meant, annotate the"
        f" pods with traffic.sidecar.istio.io/excludeInboundPorts{more}"
    )


@rule("S2I560", WARNING, NONE)
def written_for_another_mesh(found: str, mesh: str) -> Said:
    """The documents may have been written for another mesh.

    Nothing in the input is of OSM, in whose meaning it is read unless `sourceMesh` says
    otherwise, and an object carries a mark or a name of another mesh.  Meshes read the same
    documents differently, and some deny nothing by default.  Set `sourceMesh` to the mesh
    that the documents were in force in; `osm`, too, settles the question.
    """
    return Said(
        f"{found!r} is of {mesh}; if the documents were written for it, set 'sourceMesh: {mesh}'",
        answers=(f"sourceMesh: {mesh}", "sourceMesh: osm # the documents were in force in OSM"),
    )
