"""Canaries of Flagger and Rollouts of Argo that write TrafficSplits: reported, not changed.

Their controllers would go on writing documents that nothing reads.  Editing them is not
ours to do: Flagger must run with Istio first, and flags of the controllers count that no
document shows.

Source: reference/legacy-and-neighbours.md §4.
"""

import re
from collections.abc import Iterator

from smi2istio import controllers
from smi2istio.catalog import split as catalog
from smi2istio.context import Context
from smi2istio.controllers import Rollout
from smi2istio.diagnostics import Diagnostic, Setting, Where

_NETWORKING = "networking.istio.io/v1"
#: Of OSM's proxies and of Linkerd's.
_METRIC = r"\b(?:osm_request_\w+|response_total|response_latency_ms\w*)\b"


def check(context: Context) -> Iterator[Diagnostic]:
    """What to write instead, for each document that makes a controller write splits."""
    for canary in controllers.canaries(context.bundle):
        # Without a provider it may be one of Istio's, unless the mesh here is another.
        member = context.bundle.namespace_of(canary.document) in context.mesh.members
        if canary.writes_splits or (member and not canary.provider):
            where = Where(canary.document, "spec.provider")
            change = Setting(where.owner, ("spec", "provider"), "istio")
            yield catalog.canary_writes_splits(where, canary.provider, canary.inert, (change,))
    for document, path, query in controllers.queries(context.bundle):
        if found := re.search(_METRIC, query):
            yield catalog.metric_of_the_mesh(Where(document, path), found[0])
    for rollout in controllers.rollouts(context.bundle):
        where = Where(rollout.document, "spec.strategy.canary.trafficRouting.smi")
        names = (rollout.split, rollout.root, rollout.stable, rollout.canary)
        yield catalog.rollout_writes_splits(where, *names, tuple(_instead(rollout, where.owner)))


def _instead(rollout: Rollout, owner: str) -> Iterator[Setting]:
    """The routing of a Rollout, and the VirtualService that its controller edits."""
    routing = {"virtualService": {"name": rollout.split}}
    yield Setting(owner, ("spec", "strategy", "canary", "trafficRouting", "istio"), routing)
    if not (rollout.root and rollout.stable and rollout.canary):
        return
    place = f"a new document beside {owner}"
    yield Setting(place, ("apiVersion",), _NETWORKING)
    yield Setting(place, ("kind",), "VirtualService")
    metadata = {"name": rollout.split, "namespace": rollout.document.namespace}
    yield Setting(place, ("metadata",), {key: one for key, one in metadata.items() if one})
    weights = ((rollout.stable, 100), (rollout.canary, 0))
    route = [{"destination": {"host": host}, "weight": weight} for host, weight in weights]
    yield Setting(place, ("spec",), {"hosts": [rollout.root], "http": [{"route": route}]})
