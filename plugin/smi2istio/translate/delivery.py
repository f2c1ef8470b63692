"""Canaries of Flagger and Rollouts of Argo that write TrafficSplits: reported, not changed.

Their controllers would go on writing documents that nothing reads.  Editing them is not
ours to do: Flagger must run with Istio first, and flags of the controllers count that no
document shows.

Source: reference/legacy-and-neighbours.md §4.
"""

from collections.abc import Iterator

from smi2istio import delivery
from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where


def check(context: Context) -> Iterator[Diagnostic]:
    """What to write instead, for each document that makes a controller write splits."""
    for canary in delivery.canaries(context.bundle):
        # Without a provider it may be one of Istio's, unless the mesh here is another.
        member = context.bundle.namespace_of(canary.document) in context.mesh.members
        if canary.writes_splits or (member and not canary.provider):
            where = Where(canary.document, "spec.provider")
            yield catalog.canary_writes_splits(where, canary.provider, canary.inert)
    for rollout in delivery.rollouts(context.bundle):
        where = Where(rollout.document, "spec.strategy.canary.trafficRouting.smi")
        yield catalog.rollout_writes_splits(
            where, rollout.split, rollout.root, rollout.stable, rollout.canary
        )
