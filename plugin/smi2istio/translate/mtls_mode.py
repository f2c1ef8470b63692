"""Pods that say how they take mTLS → a PeerAuthentication for each workload.

NGINX Service Mesh has an annotation for it.  A server that is strict refuses plaintext, so
the mode must not be lost; and a selector must catch no pods of another mode.

Source: reference/legacy-and-neighbours.md §5, docs of NGINX Service Mesh 2.0.
"""

from collections.abc import Iterator, Mapping

from smi2istio.catalog import namespaces, neighbours, reading
from smi2istio.context import Context
from smi2istio.diagnostics import Refusal, Where
from smi2istio.emit import Emission, istio_object
from smi2istio.istio import standing
from smi2istio.source import core
from smi2istio.source.core import Workload, selects
from smi2istio.source.neighbours import MTLS_MODES
from smi2istio.workloads import injected


def peer_authentication(workload: Workload, context: Context) -> Iterator[Emission]:
    """What the annotation of a workload's pods comes to.

    Raises:
        Refusal: S2I106, S2I530, S2I556.
    """
    document, key = workload.document, context.options.source_mesh.mtls_mode
    where = Where(document, ".".join((*workload.template, "metadata", "annotations"))).at(key)
    mode = _mode(workload, key)
    if not mode:
        raise Refusal(reading.not_one_of(where, workload.annotations[key], tuple(MTLS_MODES)))
    if not injected(context.bundle, workload) or _stands(workload, mode, context):
        return
    labels = _labels(workload, mode, context, where)
    shown = standing.PERMISSIVE if context.options.dry_run else mode
    spec = {"selector": {"matchLabels": dict(labels)}, "mtls": {"mode": shown}}
    body = istio_object(
        f"{standing.SECURITY}/v1",
        standing.PEER_AUTHENTICATION,
        document.name,
        document.namespace,
        spec,
    )
    yield Emission(body, document, (document,))


def _mode(workload: Workload, key: str) -> str:
    """The mode of a workload's pods; "" for a word that says none."""
    return MTLS_MODES.get(workload.annotations.get(key, "permissive").lower(), "")


def _stands(workload: Workload, mode: str, context: Context) -> bool:
    """Whether a PeerAuthentication of the input says it already.

    Raises:
        Refusal: S2I530 if one says something else: Istio would take either.
    """
    there = context.bundle.of_kind(standing.SECURITY, standing.PEER_AUTHENTICATION)
    for document in there:
        wanted = {key: str(value) for key, value in standing.selector(document).items()}
        same = context.bundle.namespace_of(document) == workload.namespace
        if same and wanted and selects(wanted, workload.labels):
            found = standing.mtls_mode(document)
            if found != mode:
                place = Where(document).at("spec")
                raise Refusal(namespaces.baseline_contradicts(place, found, mode))
            return True
    return False


def _labels(workload: Workload, mode: str, context: Context, where: Where) -> Mapping[str, str]:
    """Labels of the workload that no pods of another mode have.

    Raises:
        Refusal: S2I556.
    """
    key = context.options.source_mesh.mtls_mode
    others = [
        one for one in context.bundle.workloads(workload.namespace) if _mode(one, key) != mode
    ]
    caught = ""
    for labels in (workload.selector, workload.labels):
        found = [one for one in others if selects(labels, one.labels)]
        if labels and not found:
            return labels
        caught = core.title(found[0]) if found else caught
    raise Refusal(neighbours.no_selector_for_mode(where, mode, caught or "the whole namespace"))
