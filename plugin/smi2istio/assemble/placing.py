"""Where each object stands in the output, and what it tells of its origin.

Source: the specification, §10.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from smi2istio.bundle import Bundle
from smi2istio.documents import Document, Edit
from smi2istio.emit import DRY_RUN, SOURCE, Addition, Edited, Emission
from smi2istio.kinds import CLUSTER_SCOPED
from smi2istio.records import Record
from smi2istio.source import marks

#: Annotations that belong to one object in one place: what a server or a host wrote.
_LIVE = ("kubectl.kubernetes.io/last-applied-configuration", "config.kubernetes.io/origin")
_HOSTS = (
    "internal.config.kubernetes.io/", "kustomize.config.k8s.io/", "config.k8s.io/",
    "config.kubernetes.io/index", "config.kubernetes.io/path", "meta.helm.sh/",
)  # fmt: skip
_NOT_CARRIED = (*_HOSTS, marks.PREFIX)
_ORDER = {
    kind: place
    for place, kind in enumerate(
        ("AuthorizationPolicy", "EnvoyFilter", "VirtualService", "DestinationRule", "ServiceEntry",
         "Telemetry", "Namespace", "PeerAuthentication",
         "RequestAuthentication", "Sidecar")
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


class Changes(Record):
    """All that is done to the input.

    Attributes:
        edits, gone: by the position of the document.
    """

    emissions: Sequence[Emission]
    additions: Sequence[Addition]
    edits: Mapping[int, Sequence[Edit]]
    gone: frozenset[int]


def place(documents: Sequence[Document], changes: Changes, bundle: Bundle) -> list[Output]:
    """Put everything in order."""
    new: dict[int, list[Emission]] = {}
    for emission in changes.emissions:
        new.setdefault(emission.at.position, []).append(emission)
    before, after, last = _additions(changes.additions, bundle)
    outputs: list[Output] = []
    for document in documents:
        here = document.position
        outputs += (Output(document, _baseline(one, bundle)) for one in before.get(here, ()))
        replaced = here in changes.gone
        if not replaced:
            outputs.append(Output(document, edits=tuple(changes.edits.get(here, ()))))
        for one in sorted(new.get(here, ()), key=lambda one: _ORDER[str(one.body["kind"])]):
            outputs.append(Output(document, _provenance(one, bundle), replaces=replaced))
            replaced = False
        outputs += (Output(document, _baseline(one, bundle)) for one in after.get(here, ()))
    return outputs + [Output(None, _baseline(one, bundle)) for one in last]


def _additions(
    additions: Sequence[Addition], bundle: Bundle
) -> tuple[dict[int, list[Addition]], dict[int, list[Addition]], list[Addition]]:
    before: dict[int, list[Addition]] = {}
    after: dict[int, list[Addition]] = {}
    last: list[Addition] = []
    for one in additions:
        if one.namespace in bundle.namespaces:
            after.setdefault(bundle.namespaces[one.namespace].position, []).append(one)
        elif there := bundle.by_namespace.get(one.namespace):
            before.setdefault(there[0].position, []).append(one)
        else:
            last.append(one)
    return before, after, sorted(last, key=lambda one: one.namespace)


def _provenance(emission: Emission, bundle: Bundle) -> dict[str, object]:
    """The object with its source, and the labels and annotations of the one it carries on."""
    source = ", ".join(sorted({_title(one, bundle) for one in emission.sources}))
    carried = emission.carries
    if carried is None:
        return _annotated(emission.body, {}, {}, source, bundle)
    kept, labels = dict(_carried(carried.annotations)), dict(_carried(carried.labels))
    return _annotated(emission.body, labels, kept, source, bundle)


def _baseline(addition: Addition, bundle: Bundle) -> dict[str, object]:
    return _annotated(addition.body, {}, {}, f"Namespace/{addition.namespace}", bundle)


def _annotated(
    body: Mapping[str, Any],
    labels: dict[str, str],
    annotations: dict[str, str],
    source: str,
    bundle: Bundle,
) -> dict[str, object]:
    annotations[SOURCE] = source
    if bundle.options.dry_run and body["kind"] == "AuthorizationPolicy":
        annotations[DRY_RUN] = "true"
    metadata: dict[str, Any] = dict(body["metadata"])
    annotations |= metadata.get("annotations", {})
    labels = {**metadata.get("labels", {}), **labels}
    more = {"labels": labels} if labels else {}
    return {**body, "metadata": {**metadata, **more, "annotations": annotations}}


def _carried(metadata: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in metadata.items():
        if key not in _LIVE and not key.startswith(_NOT_CARRIED):
            yield key, value


def _title(document: Document, bundle: Bundle) -> str:
    namespace = "" if document.kind in CLUSTER_SCOPED else bundle.namespace_of(document)
    return "/".join(part for part in (document.kind, namespace, document.name) if part)


def merged(edited: Iterable[Edited]) -> dict[int, list[Edit]]:
    """Edits by the position of their document."""
    found: dict[int, list[Edit]] = {}
    for one in edited:
        found.setdefault(one.document.position, []).extend(one.edits)
    return found
