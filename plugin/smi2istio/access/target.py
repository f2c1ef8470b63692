"""Decides a request from Istio's documents: PeerAuthentications, then AuthorizationPolicies.

DENY wins; if any ALLOW policy is in force for the pods, one of its rules has to match;
without any, everything is allowed.

Source: istio, pilot/pkg/security/authz/builder; reference/istio-target.md §1.4 and §1.7,
istio-verified.md (c), (g) and (j).
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from smi2istio.access.bridges import Metadata, metadata
from smi2istio.access.policies import Call, matches
from smi2istio.access.request import (
    Reason,
    Request,
    Verdict,
    allow,
    deny,
    destination,
    unknown,
)
from smi2istio.access.sidecars import has_sidecar, mtls_mode, passes_by, protocol, selector
from smi2istio.access.truth import Truth
from smi2istio.bundle import Bundle
from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.source.core import Workload

_DRY_RUN = "istio.io/dry-run"


class _Rule(NamedTuple):
    """A rule of a policy, and whether it matches."""

    where: Where
    matches: Truth


class Target:
    """The mesh of Istio."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._policies = [
            document
            for document in bundle.of_kind("security.istio.io", "AuthorizationPolicy")
            if document.annotations.get(_DRY_RUN) != "true"
        ]

    def decide(self, request: Request) -> Verdict:
        """Decide one request.

        Raises:
            NoSuchWorkload: the destination is not in the documents.
        """
        workload = destination(self.bundle, request)
        if not has_sidecar(self.bundle, workload):
            return allow(Reason(f"{request.destination} has no sidecar"))
        if passes_by(workload, request.port):
            return allow(Reason(f"port {request.port} passes by the sidecar"))
        return self._connection(workload, request) or self._authorization(workload, request)

    def _connection(self, workload: Workload, request: Request) -> Verdict | None:
        """Why there is no connection, if there is none."""
        mode, document = mtls_mode(self.bundle, workload, request.port)
        where = Where(document, "spec") if document else Where()
        if mode == "STRICT" and request.source is None:
            return deny("STRICT wants an identity", where)
        if mode == "DISABLE" and request.source is not None:
            return deny("DISABLE takes no mTLS", where)
        spoken = protocol(self.bundle, workload, request.port)
        if request.tcp and spoken == "http":
            return deny(f"port {request.port} speaks HTTP")
        return None

    def _authorization(self, workload: Workload, request: Request) -> Verdict:
        there = [one for one in self._policies if self._applies(one, workload)]
        tcp = request.tcp or protocol(self.bundle, workload, request.port) == "tcp"
        found = {} if tcp else metadata(self.bundle, workload, request)
        for action, word in (("CUSTOM", "asks somebody else"), ("DENY", "denies")):
            asked = _having(there, action)
            for rule in self._rules(asked, request, found, tcp=tcp, deny=True):
                if rule.matches and action == "DENY":
                    return deny(word, rule.where)
                if rule.matches is not False:
                    return unknown(word, rule.where)
        return self._allowed(_having(there, "ALLOW"), request, found, tcp=tcp)

    def _allowed(
        self, policies: list[Document], request: Request, found: Metadata, *, tcp: bool
    ) -> Verdict:
        if not policies:
            return allow(Reason("no ALLOW policy is in force"))
        rules = list(self._rules(policies, request, found, tcp=tcp, deny=False))
        allowing = [Reason("allows", rule.where) for rule in rules if rule.matches]
        if allowing:
            return allow(*allowing)
        for rule in rules:
            if rule.matches is None:
                return unknown("may allow", rule.where)
        return deny("no rule of the ALLOW policies matches", Where(policies[0]))

    def _applies(self, document: Document, workload: Workload) -> bool:
        spec = document.body.get("spec") or {}
        if spec.get("targetRef") or spec.get("targetRefs"):
            return False
        if self.bundle.namespace_of(document) not in (workload.namespace, self.bundle.options.root):
            return False
        return selector(document).items() <= workload.labels.items()

    def _rules(
        self,
        policies: Iterable[Document],
        request: Request,
        found: Metadata,
        *,
        tcp: bool,
        deny: bool,
    ) -> Iterator[_Rule]:
        options = self.bundle.options
        for document in policies:
            namespace = self.bundle.namespace_of(document)
            call = Call(request, tcp, deny, namespace, options.trust_domain, found)
            for index, rule in enumerate(_spec(document).get("rules") or ()):
                where = Where(document, f"spec.rules[{index}]")
                yield _Rule(where, matches(rule or {}, call))


def _spec(document: Document) -> dict[str, Any]:
    return document.body.get("spec") or {}


def _having(policies: Iterable[Document], action: str) -> list[Document]:
    return [one for one in policies if _spec(one).get("action", "ALLOW") == action]
