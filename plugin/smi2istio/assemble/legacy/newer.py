"""Documents of security.istio.io that stood beside the old ones, and switched them off.

Istio 1.5 was the only release that read both, and for a workload that a new document is
about it took no notice of the old API: translating the old one would put in force what was
not.

Source: istio 1.5.0 pilot/pkg/security/authn/v1beta1/policy_applier.go, istio 1.4.9
pilot/pkg/security/authz/builder; reference/legacy-and-neighbours.md §1.9, §2.2.
"""

from collections.abc import Mapping
from typing import NamedTuple

from smi2istio.assemble.legacy.selected import compatible
from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.emit import SOURCE
from smi2istio.istio.standing import PEER_AUTHENTICATION, SECURITY, selector
from smi2istio.source.core import selects

_ALL, _SOME, _FEW, _NONE = "all", "some", "few of all", "none"


class About(NamedTuple):
    """The pods that something is about; without labels all of the namespace, or of the mesh."""

    namespace: str  # the root namespace for the mesh
    labels: Mapping[str, str]


def switched_off(
    context: Context, kind: str, about: About, where: Where, *, opens: bool = False
) -> Diagnostic | None:
    """S2I614 if a document of *kind* was in force for the pods instead.

    A new document about a few of them does not switch off what is about all of them, unless
    that *opens* something, which would undo the new one.

    Raises:
        Refusal: S2I615 if it is so for some of the pods.
    """
    for document in context.bundle.of_kind(SECURITY, kind):
        if SOURCE in document.annotations:
            continue
        reach = _reach(context, document, about)
        if reach == _ALL:
            return catalog.switched_off(where, str(Where(document)))
        if reach == _SOME or (reach == _FEW and opens):
            raise Refusal(catalog.partly_switched_off(where, str(Where(document))))
    return None


def _reach(context: Context, document: Document, about: About) -> str:
    """How many of the pods a document is about."""
    there = context.bundle.namespace_of(document)
    wanted = {key: str(value) for key, value in selector(document).items()}
    in_root = there == context.options.root
    void = in_root and wanted and document.kind == PEER_AUTHENTICATION
    if void or not (there == about.namespace or in_root):
        return _NONE
    if wanted.items() <= about.labels.items():
        return _ALL
    return _of_some(context, wanted, about) if about.labels else _FEW


def _of_some(context: Context, wanted: Mapping[str, str], about: About) -> str:
    """Whether pods with labels have others as well, as far as the input shows them."""
    there = context.bundle.workloads(about.namespace)
    pods = [one for one in there if selects(about.labels, one.labels)]
    hit = [one for one in pods if selects(wanted, one.labels)]
    if pods:
        return _ALL if len(hit) == len(pods) else _SOME if hit else _NONE
    return _SOME if compatible(wanted, about.labels) else _NONE
