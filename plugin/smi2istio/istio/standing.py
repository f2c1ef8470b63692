"""What of the baseline a namespace of the input has already.

Compared by scope, not by name: Istio takes a second namespace-wide object of a kind in
addition to the first, or ignores it.

Source: reference/istio-target.md §1.7 and §3.
"""

from collections.abc import Iterable, Mapping

from smi2istio.documents import Document
from smi2istio.emit import DRY_RUN, SOURCE
from smi2istio.lenient import mapping, spec_of
from smi2istio.records import Record

SECURITY, NETWORKING = "security.istio.io", "networking.istio.io"
PEER_AUTHENTICATION, SIDECAR = "PeerAuthentication", "Sidecar"
AUTHORIZATION_POLICY = "AuthorizationPolicy"
STRICT, PERMISSIVE, REGISTRY_ONLY = "STRICT", "PERMISSIVE", "REGISTRY_ONLY"


class Standing(Record):
    """The namespace-wide objects of one namespace."""

    peer_authentications: tuple[Document, ...]
    allow_nothing: tuple[Document, ...]
    sidecars: tuple[Document, ...]

    @property
    def strict(self) -> bool:
        return any(mtls_mode(document) == STRICT for document in self.peer_authentications)

    @property
    def denies(self) -> bool:
        return any(not is_dry_run(document) for document in self.allow_nothing)


def read(documents: Iterable[Document]) -> Standing:
    """Sort the documents of one namespace; others than these three kinds don't count."""
    found: dict[str, list[Document]] = {}
    for document in documents:
        if document.group not in (SECURITY, NETWORKING) or not _namespace_wide(document):
            continue
        if document.kind == AUTHORIZATION_POLICY and not _allows_nothing(document):
            continue
        found.setdefault(document.kind, []).append(document)
    return Standing(
        tuple(found.get(PEER_AUTHENTICATION, ())),
        tuple(found.get(AUTHORIZATION_POLICY, ())),
        tuple(found.get(SIDECAR, ())),
    )


def mtls_mode(document: Document) -> str:
    return str(mapping(spec_of(document).get("mtls")).get("mode") or "UNSET")


def outbound_mode(document: Document) -> str:
    return str(mapping(spec_of(document).get("outboundTrafficPolicy")).get("mode") or "unset")


def is_dry_run(document: Document) -> bool:
    return document.annotations.get(DRY_RUN) == "true"


def is_own(policy: Document) -> bool:
    """Whether an AuthorizationPolicy is the user's own, and in force at sidecars."""
    fields = spec_of(policy)
    elsewhere = fields.get("targetRef") or fields.get("targetRefs")
    return SOURCE not in policy.annotations and not elsewhere and not is_dry_run(policy)


def selector(document: Document) -> Mapping[str, object]:
    """The labels of the pods that it is about; none for the whole namespace."""
    workloads = mapping(spec_of(document).get("workloadSelector")).get("labels")
    return mapping(workloads or mapping(spec_of(document).get("selector")).get("matchLabels"))


def _namespace_wide(document: Document) -> bool:
    fields = spec_of(document)
    return not (selector(document) or fields.get("targetRef") or fields.get("targetRefs"))


def _allows_nothing(document: Document) -> bool:
    return spec_of(document).get("action") in (None, "ALLOW") and not spec_of(document).get("rules")
