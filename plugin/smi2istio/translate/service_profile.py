"""ServiceProfile of Linkerd → routes of a VirtualService, for what is a split in it.

Where a TrafficSplit has the same root, it was the source of the overrides, and is the one
that is translated.  What else a profile says (timeouts, retries by a budget) stays in it.

Source: reference/legacy-and-neighbours.md §5.
"""

from collections.abc import Iterator

from smi2istio import split_services
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal
from smi2istio.documents import REMOVED, Document, Edit
from smi2istio.emit import Consumed, Edited
from smi2istio.lenient import spec_of
from smi2istio.routes import Route
from smi2istio.source import split
from smi2istio.source.service_profile import OVERRIDES, overrides
from smi2istio.translate import traffic_split


def translate(
    document: Document, context: Context
) -> Iterator[Route | Edited | Consumed | Diagnostic]:
    """Take the split out of one profile, and the profile away if nothing else is in it.

    Raises:
        Refusal: S2I102, S2I105, S2I129, S2I202 to S2I204, and as :func:`traffic_split.routed`.
    """
    source = _split(document, context)
    if source is None:
        return
    namespace = context.bundle.namespace_of(document)
    if source.service not in dict(split_services.roots(context, namespace)):
        yield from traffic_split.routed(source, document, context)
    if remains(document, context):
        yield Edited(document, (Edit(("spec", OVERRIDES), REMOVED),))
    else:
        yield Consumed(document)


def remains(document: Document, context: Context) -> bool:
    """Whether a profile says something that is not translated."""
    spec = spec_of(document)
    try:
        return any(spec[key] for key in spec if key != OVERRIDES) or not _split(document, context)
    except Refusal:
        return False  # its own translation says why


def _split(document: Document, context: Context) -> split.TrafficSplit | None:
    if document.group not in context.options.source_mesh.domains:
        return None
    namespace = context.bundle.namespace_of(document)
    return overrides(document, namespace, context.options.cluster_domain)
