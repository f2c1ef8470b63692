"""Controllers that write TrafficSplits at run time: Flagger's Canary, Argo's Rollout.

Their splits are not in Git, so they cannot be translated; but what the controller will do
decides what may be written beside it: a second VirtualService for one host is ignored by
Istio, and promoted pods get other labels.

Source: fluxcd/flagger, pkg/router and pkg/canary; argoproj/argo-rollouts,
rollout/trafficrouting/smi; reference/legacy-and-neighbours.md §4.
"""

from collections.abc import Iterator

from smi2istio.bundle import Bundle
from smi2istio.documents import Document
from smi2istio.kinds import CANARY, ROLLOUT
from smi2istio.lenient import items, mapping, spec_of, text
from smi2istio.records import Record

#: Fields of a Canary that Flagger's SMI routers do not read and its Istio router does.
_INERT = {
    "service": ("gateways", "match", "rewrite", "timeout", "retries", "headers", "corsPolicy",
                "trafficPolicy"),
    "analysis": ("match", "mirror", "sessionAffinity"),
}  # fmt: skip


class Canary(Record):
    """A Canary of Flagger.

    Attributes:
        provider: "" where the controller's own flag decides.
        kind, target: the workload that it promotes.
        apex: the Service that callers use, and the name of everything Flagger generates.
        inert: paths of fields that take effect under Istio only.
    """

    provider: str
    kind: str
    target: str
    apex: str
    inert: tuple[str, ...]
    document: Document

    @property
    def writes_splits(self) -> bool:
        return self.provider in ("osm", "linkerd") or self.provider.startswith("smi:")


class Rollout(Record):
    """A Rollout with `trafficRouting.smi`: the split that it writes."""

    split: str
    root: str
    stable: str
    canary: str
    document: Document


def canaries(bundle: Bundle) -> Iterator[Canary]:
    for document in bundle.of_kind(*CANARY):
        spec = spec_of(document)
        service, target = mapping(spec.get("service")), mapping(spec.get("targetRef"))
        name = text(target.get("name"))
        inert = [
            f"spec.{part}.{key}"
            for part, keys in _INERT.items()
            for key in keys
            if mapping(spec.get(part)).get(key) is not None
        ]
        if len(items(service.get("hosts"))) > 1:  # SMI's routers read the first only
            inert.append("spec.service.hosts")
        yield Canary(
            text(spec.get("provider")),
            text(target.get("kind")),
            name,
            text(service.get("name")) or name,
            tuple(inert),
            document,
        )


def canary_targets(bundle: Bundle, namespace: str) -> frozenset[str]:
    """The names of the workloads of a namespace that a Canary promotes."""
    found = set()
    for canary in canaries(bundle):
        if bundle.namespace_of(canary.document) == namespace:
            workload = bundle.find("apps", canary.kind, canary.target, namespace)
            found.add(workload.name if workload else canary.target)
    return frozenset(found)


def rollouts(bundle: Bundle) -> Iterator[Rollout]:
    """The Rollouts that write TrafficSplits."""
    for document in bundle.of_kind(*ROLLOUT):
        canary = mapping(mapping(spec_of(document).get("strategy")).get("canary"))
        smi = mapping(canary.get("trafficRouting")).get("smi")
        if isinstance(smi, dict):  # an empty one counts, a null one does not
            stable = text(canary.get("stableService"))
            yield Rollout(
                text(smi.get("trafficSplitName")) or document.name,
                text(smi.get("rootService")) or stable,
                stable,
                text(canary.get("canaryService")),
                document,
            )


def queries(bundle: Bundle) -> Iterator[tuple[Document, str, str]]:
    """What Flagger asks of its metrics server: document, path and query."""
    for document in bundle.of_kind(CANARY[0], "MetricTemplate"):
        yield document, "spec.query", text(spec_of(document).get("query"))
    for document in bundle.of_kind(*CANARY):
        metrics = items(mapping(spec_of(document).get("analysis")).get("metrics"))
        for index, metric in enumerate(metrics):
            path = f"spec.analysis.metrics[{index}].query"
            yield document, path, text(mapping(metric).get("query"))


def owner(document: Document) -> str:
    """The Canary or Rollout that an exported object belongs to: "Canary website"; "" for none."""
    references = mapping(document.body.get("metadata")).get("ownerReferences")
    for reference in items(references):
        kind = text(mapping(reference).get("kind"))
        if kind in ("Canary", "Rollout"):
            return f"{kind} {text(mapping(reference).get('name'))}"
    return ""
