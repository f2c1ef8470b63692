"""PeerAuthentications of the user's own that leave callers without an identity.

With DISABLE a sidecar takes plaintext alone, and the sidecars of its callers send it; then no
policy that names an account lets them in.  In the old mesh the object had no effect.

Source: the specification, §1 (narrower); Istio, reference of PeerAuthentication.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from smi2istio.assemble.policies import Place
from smi2istio.assemble.refusing import selects_pods
from smi2istio.assemble.requirements import Requirements
from smi2istio.assemble.sites import Door, Site
from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.emit import SOURCE
from smi2istio.istio.standing import PEER_AUTHENTICATION, SECURITY, selector
from smi2istio.lenient import mapping, spec_of


def taken(
    places: Iterable[Place], context: Context, requirements: Requirements
) -> Iterator[Diagnostic]:
    """Each that takes a request away; what is namespace-wide is compared with the baseline."""
    if context.options.dry_run:
        return  # then nothing asks for an identity
    sites = [Site(place, requirements, context) for place in places]
    for document in context.bundle.of_kind(SECURITY, PEER_AUTHENTICATION):
        if SOURCE in document.annotations or not selector(document):
            continue
        about = [site for site in sites if selects_pods(document, site, context)]
        found = (site.first(partial(_is_plain, document)) for site in about)
        if witness := next(filter(None, found), None):
            yield catalog.refuses_more(Where(document), witness, certain=True)


def _is_plain(document: Document, door: Door) -> bool:
    """Whether the pods take only plaintext at a port."""
    spec = spec_of(document)
    ports = {str(number): said for number, said in mapping(spec.get("portLevelMtls")).items()}
    port = mapping(ports.get(str(door.port)))
    modes = (port.get("mode"), mapping(spec.get("mtls")).get("mode"))
    return next((mode for mode in modes if mode not in (None, "UNSET")), None) == "DISABLE"
