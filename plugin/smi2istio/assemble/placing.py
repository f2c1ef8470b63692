"""Where each object stands in the output, and what it tells of its origin.

Source: the specification, §10.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from smi2istio.bundle import Bundle
from smi2istio.documents import Document, Edit
from smi2istio.emit import Addition, Emission

SOURCE, DRY_RUN = "smi2istio.dev/source", "istio.io/dry-run"
#: Annotations that belong to one object in one place: what a server or a host wrote.
_LIVE = ("kubectl.kubernetes.io/last-applied-configuration", "config.kubernetes.io/origin")
_HOSTS = (
    "internal.config.kubernetes.io/", "kustomize.config.k8s.io/", "config.k8s.io/",
    "config.kubernetes.io/index", "config.kubernetes.io/path", "meta.helm.sh/",
)  # fmt: skip
_ORDER = {
    kind: place
    for place, kind in enumerate(
        ("AuthorizationPolicy", "EnvoyFilter", "VirtualService", "DestinationRule",
         "Namespace", "PeerAuthentication", "Sidecar")
    )
}  # fmt: skip


class Output(NamedTuple):
    """One object of the output.

    Attributes:
        at: the document in whose place it stands; None at the end of the output.
        body: a new object; None for the document itself.
        edits: changes of the document itself.
        replaces: the first object in the place of a document that goes away.
    """

    at: Document | None
    body: dict[str, object] | None = None
    edits: tuple[Edit, ...] = ()
    replaces: bool = False


def place(
    documents: Sequence[Document],
    emissions: Sequence[Emission],
    additions: Sequence[Addition],
    edits: Mapping[int, Sequence[Edit]],
    gone: frozenset[int],
    bundle: Bundle,
) -> list[Output]:
    """Put everything in order.

    Args:
        edits, gone: by the position of the document.
    """
    new: dict[int, list[Emission]] = {}
    for emission in emissions:
        new.setdefault(emission.at.position, []).append(emission)
    before, after, last = _additions(documents, additions, bundle)
    outputs: list[Output] = []
    for document in documents:
        here = document.position
        outputs += (Output(document, one.body) for one in before.get(here, ()))
        if here not in gone:
            outputs.append(Output(document, edits=tuple(edits.get(here, ()))))
        first = here in gone
        for one in sorted(new.get(here, ()), key=lambda one: _ORDER[str(one.body["kind"])]):
            outputs.append(Output(document, _provenance(one, bundle), replaces=first))
            first = False
        outputs += (Output(document, one.body) for one in after.get(here, ()))
    return outputs + [Output(None, one.body) for one in last]


def _additions(
    documents: Sequence[Document], additions: Sequence[Addition], bundle: Bundle
) -> tuple[dict[int, list[Addition]], dict[int, list[Addition]], list[Addition]]:
    first: dict[str, int] = {}
    for document in documents:
        first.setdefault(bundle.namespace_of(document), document.position)
    before: dict[int, list[Addition]] = {}
    after: dict[int, list[Addition]] = {}
    last: list[Addition] = []
    for one in additions:
        if one.namespace in bundle.namespaces:
            after.setdefault(bundle.namespaces[one.namespace].position, []).append(one)
        elif one.namespace in first:
            before.setdefault(first[one.namespace], []).append(one)
        else:
            last.append(one)
    return before, after, sorted(last, key=lambda one: one.namespace)


def _provenance(emission: Emission, bundle: Bundle) -> dict[str, object]:
    """The object with its source, and the labels and annotations of the one it carries on."""
    carried = emission.carries
    labels = dict(carried.labels) if carried else {}
    annotations = dict(_carried(carried.annotations)) if carried else {}
    annotations[SOURCE] = ", ".join(sorted({_title(one, bundle) for one in emission.sources}))
    metadata = emission.body["metadata"]
    assert isinstance(metadata, dict)
    more = {"labels": labels, "annotations": annotations} if labels else {"annotations": annotations}
    return {**emission.body, "metadata": {**metadata, **more}}


def _carried(annotations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in annotations.items():
        if key not in _LIVE and not key.startswith(_HOSTS):
            yield key, value


def _title(document: Document, bundle: Bundle) -> str:
    namespace = bundle.namespace_of(document) if document.kind != "Namespace" else ""
    return "/".join(part for part in (document.kind, namespace, document.name) if part)


def merged(edits: Iterable[tuple[Document, tuple[Edit, ...]]]) -> dict[int, list[Edit]]:
    """Edits by the position of their document."""
    found: dict[int, list[Edit]] = {}
    for document, changes in edits:
        found.setdefault(document.position, []).extend(changes)
    return found
