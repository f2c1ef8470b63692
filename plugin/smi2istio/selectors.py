"""Labels that select some workloads and no others: where to look for them, and the proof.

Source: the specification, §6.1.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from smi2istio.exposure import Behind
from smi2istio.source.core import Workload, selects

#: Labels that a controller writes, different from pod to pod or from rollout to rollout.
_VOLATILE = frozenset(
    ("pod-template-hash", "controller-revision-hash", "pod-template-generation",
     "rollouts-pod-template-hash", "statefulset.kubernetes.io/pod-name", "controller-uid",
     "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
     "apps.kubernetes.io/pod-index", "osm-proxy-uuid")
)  # fmt: skip


def common(own: Sequence[Workload], moving: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """What all of some workloads have, the shortest first.

    Args:
        moving: labels that do not stay as they are written.
    """
    for key in ("app", "app.kubernetes.io/name"):
        if key not in moving:
            yield _shared([{key: one.labels[key]} if key in one.labels else {} for one in own])
    yield without(_shared([one.selector for one in own]), moving)
    yield without(_shared([staying(one) for one in own]), moving)


def first_exact(
    candidates: Iterable[Mapping[str, str]],
    own: Sequence[Workload],
    others: Sequence[Workload | Behind],
) -> Mapping[str, str] | None:
    """The first labels that select all of *own* and none of *others*."""
    for labels in candidates:
        if (
            labels
            and all(selects(labels, one.labels) for one in own)
            and not any(selects(labels, one.labels) for one in others)
        ):
            return labels
    return None


def staying(workload: Workload) -> Mapping[str, str]:
    """The labels of its pods that are the same in each, and after each rollout."""
    return without(workload.labels, _VOLATILE)


def without(labels: Mapping[str, str], keys: Iterable[str]) -> Mapping[str, str]:
    return {key: value for key, value in labels.items() if key not in keys}


def _shared(all_labels: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
    first, *rest = all_labels
    return {
        key: value
        for key, value in first.items()
        if all(labels.get(key) == value for labels in rest)
    }
