"""Marks of Istio that pods of the old mesh already have: they open what it enforced.

A pod that wants no sidecar, or that takes ports away from it, was enforced in the old mesh
all the same, because it reads only its own marks.

Source: istio, pkg/kube/inject/inject.go and webhook.go (the label counts for more than the
annotation), tools/istio-iptables; the specification, §1 and §6.1.
"""

from collections.abc import Iterator

from smi2istio.catalog import namespaces as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.source import core, marks
from smi2istio.source.core import Workload

#: What each of the marks below has in it.
DOMAIN = "sidecar.istio.io/"
_EXCLUDED = f"traffic.{DOMAIN}excludeInboundPorts"
_INCLUDED = f"traffic.{DOMAIN}includeInboundPorts"
_ALL = "*"


def check(context: Context) -> Iterator[Diagnostic]:
    """Ask every workload of a member that the old mesh gave a sidecar."""
    if not context.options.source_mesh.strict or context.options.dry_run:
        return
    for document in context.bundle.mentioning(DOMAIN):
        namespace = context.bundle.namespace_of(document)
        workload = core.workload(document, namespace)
        member = namespace in context.mesh.members
        if workload and member and context.bundle.had_sidecar(workload):
            yield from _opened(workload, context)


def _opened(workload: Workload, context: Context) -> Iterator[Diagnostic]:
    metadata = Where(workload.document, ".".join((*workload.template, "metadata")))
    asked = marks.injection(workload.annotations, workload.labels, context.options.source_mesh)
    if not asked and marks.switched_off(workload.annotations, workload.labels):
        kind = "labels" if marks.ISTIO_INJECTION in workload.labels else "annotations"
        where = metadata.at(kind).at(marks.ISTIO_INJECTION)
        yield catalog.opened_by_mark(where, "false", Witness(""))
        return
    annotations = metadata.at("annotations")
    included = workload.annotations.get(_INCLUDED, _ALL)
    if included != _ALL:
        witness = Witness("", port=next(iter(sorted(workload.declared - _ports(included))), 0))
        yield catalog.opened_by_mark(annotations.at(_INCLUDED), included, witness)
    excluded = workload.annotations.get(_EXCLUDED, "")
    opened = sorted(_ports(excluded) - _opened_before(workload, context))
    if opened:
        witness = Witness("", port=opened[0])
        yield catalog.opened_by_mark(annotations.at(_EXCLUDED), excluded, witness)


def _opened_before(workload: Workload, context: Context) -> set[int]:
    """The ports that passed by the sidecar of the old mesh as well."""
    config = context.mesh.config
    found: set[int] = set()
    for one in marks.exclusions(context.options.source_mesh):
        if one.istio == _EXCLUDED:
            meshwide = config.excluded.get(one, ()) if config else ()
            found |= _ports(",".join((workload.annotations.get(one.pod, ""), *meshwide)))
    return found


def _ports(text: str) -> set[int]:
    return {int(word) for word in text.split(",") if word.strip().isdecimal()}
