"""A service account's pods: the labels that select exactly them, and the ports that are open.

Istio selects by labels, SMI by service account, so a set of labels has to be found that
selects every pod of the account and no pod of another one; it is proved on the pod
templates of the input.

Source: the specification, §6.1 and §6.3.
"""

from collections.abc import Iterator, Mapping, Sequence

from smi2istio.bundle import Bundle
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.controllers import canary_targets
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Edit
from smi2istio.emit import Edited
from smi2istio.exposure import Behind, Exposed, Ports, exposure, listed, listed_for, of_pods
from smi2istio.names import label_value
from smi2istio.records import Record
from smi2istio.selectors import common, first_exact, staying, without
from smi2istio.source import marks
from smi2istio.source.core import Workload, selects, title

ACCOUNT_LABEL = "smi2istio.dev/service-account"
#: Labels of which Flagger rewrites the first that it finds: x becomes x-primary.
_RELABELLED = ("app", "name", "app.kubernetes.io/name")


class Pods(Record):
    """Pods that one policy selects.

    Attributes:
        suffix: what the policy's name gets, "" or "-" and the workload's name.
        exposed: the Service ports in front of them.
    """

    suffix: str
    labels: Mapping[str, str]
    ports: Ports
    exposed: tuple[Exposed, ...] = ()


class Front(Record):
    """A workload and what stands in front of it; only those with equal keys share a policy.

    Attributes:
        hosts: the Services by whose names it is called, and whether by those of its pods.
    """

    workload: Workload
    ports: Ports
    exposed: tuple[Exposed, ...]
    hosts: frozenset[tuple[str, bool]]

    @property
    def key(self) -> tuple[Ports, frozenset[tuple[str, bool]]]:
        return self.ports, self.hosts

    def labelled(self, label: Mapping[str, str]) -> "Front":
        workload = self.workload
        return self._replace(workload=workload._replace(labels={**workload.labels, **label}))


def pods(
    context: Context, account: str, where: Where, *, by_host: bool
) -> Iterator[Pods | Diagnostic | Edited]:
    """Find the pods of an account (``namespace/name``), one value for each policy.

    Args:
        by_host: a match names a host, so workloads behind different Services differ as
            workloads with different ports do.

    Raises:
        Refusal: S2I334 if nothing is known of the account's pods, S2I335 if no labels are
            exact, S2I336 if none of its pods has a sidecar.
    """
    namespace, _, name = account.partition("/")
    own = [one for one in context.bundle.workloads(namespace) if one.service_account == name]
    others: list[Workload | Behind] = [
        *(
            one for one in context.bundle.selectable(namespace)
            if one.service_account != name and injected(context.bundle, one)
        ),
        *Behind.elsewhere(context, account, own),
    ]  # fmt: skip
    if not own:
        yield from _decided(context, account, others, where)
        return
    meshed = [one for one in own if injected(context.bundle, one)]
    if not meshed:
        raise Refusal(catalog.no_sidecar(where, account, title(own[0])))
    fronts: list[Front] = []
    for one in meshed:
        front = exposure(context, one)
        yield from front.diagnostics
        named = front.exposed if by_host else ()
        names = frozenset((found.service.name, found.per_pod) for found in named)
        fronts.append(Front(one, front.ports, front.exposed, names))
    yield from _select(context, account, _with_ports(context, fronts), others, where)


def _with_ports(context: Context, fronts: list[Front]) -> list[Front]:
    """What is known of the ports of some workloads is known of all; else it is listed, or not."""
    if not any(front.ports.known for front in fronts):
        fronts = [one._replace(ports=listed_for(context, one.workload)) for one in fronts]
    known = any(front.ports.known for front in fronts)  # then no Service in the input is an answer
    return [front._replace(ports=front.ports._replace(known=known)) for front in fronts]


def injected(bundle: Bundle, workload: Workload) -> bool:
    """Whether a workload's pods have a sidecar."""
    off = marks.switched_off(workload.annotations, workload.labels)
    return not off and bundle.had_sidecar(workload)


def _decided(
    context: Context, account: str, others: Sequence[Workload | Behind], where: Where
) -> Iterator[Pods | Diagnostic]:
    """The pods that the configuration describes, because the input does not hold them."""
    decisions = context.options.described(account)
    if not decisions:
        name = account.partition("/")[2]
        homeless = (one for one in context.bundle.workloads("") if one.service_account == name)
        found = next(map(title, homeless), "")
        raise Refusal(catalog.no_workload(where, account, found))
    context.used.update(decisions)
    for number, one in enumerate(decisions, 1):
        labels = dict(one.labels)
        caught = next((other for other in others if selects(labels, other.labels)), None)
        if caught:
            raise Refusal(catalog.no_exact_selector(where, account, _title(caught), described=True))
        suffix = f"-{number}" if len(decisions) > 1 else ""
        front = of_pods(context, Behind.of(one))
        if one.ports and (front.diagnostics or not front.ports.known):  # Services do not tell all
            yield Pods(suffix, labels, listed([one]))
            continue
        yield from front.diagnostics
        if one.ports and listed([one]) != front.ports:
            yield catalog.ports_of_services(where, account)
        yield Pods(suffix, labels, front.ports, front.exposed)


def _select(
    context: Context,
    account: str,
    fronts: Sequence[Front],
    others: Sequence[Workload | Behind],
    where: Where,
) -> Iterator[Pods | Edited | Diagnostic]:
    own = [front.workload for front in fronts]
    canaries = canary_targets(context.bundle, own[0].namespace)
    moving = _RELABELLED if any(one.name in canaries for one in own) else ()
    first = fronts[0]
    alike = all(front.key == first.key for front in fronts)
    labels = first_exact(common(own, moving), own, others) if alike else None
    if labels:
        yield Pods("", labels, first.ports, first.exposed)
        return
    found = list(_one_by_one(fronts, others, canaries))
    caught = next((one for one in found if not isinstance(one, Pods)), None)
    if caught is None:
        yield from (one for one in found if isinstance(one, Pods))
        return
    labelled = _labelled(fronts, others, canaries, alike=alike)
    if not (labelled and context.options.label_workloads):
        ours = [one for one in own if one is caught]
        other = "" if ours and not staying(ours[0]) else _title(caught)
        said = catalog.no_exact_selector
        raise Refusal(said(where, account, other, ours=bool(ours), labelled=bool(labelled)))
    name = account.partition("/")[2]
    for workload in own:
        path = (*workload.template, "metadata", "labels", ACCOUNT_LABEL)
        yield Edited(workload.document, (Edit(path, name),))
        yield catalog.workload_labelled(Where(workload.document), ACCOUNT_LABEL, name)
    yield from labelled


def _labelled(
    fronts: Sequence[Front],
    others: Sequence[Workload | Behind],
    canaries: frozenset[str],
    *,
    alike: bool,
) -> list[Pods]:
    """What is selected once the account stands in a label; nothing if that is not exact either."""
    own, label = fronts[0], {ACCOUNT_LABEL: fronts[0].workload.service_account}
    if not (label_value(own.workload.service_account) and first_exact((label,), (), others)):
        return []
    if alike:
        return [Pods("", label, own.ports, own.exposed)]
    found = list(_one_by_one([one.labelled(label) for one in fronts], others, canaries))
    exact = [one for one in found if isinstance(one, Pods)]
    return exact if len(exact) == len(found) else []


def _one_by_one(
    fronts: Sequence[Front], others: Sequence[Workload | Behind], canaries: frozenset[str]
) -> Iterator[Pods | Workload | Behind]:
    """One or two values for each workload, or the workload that its labels catch as well."""
    for front in fronts:
        workload = front.workload
        foreign = [*others, *(one.workload for one in fronts if one.key != front.key)]
        moving = _RELABELLED if workload.name in canaries else ()
        suffix = f"-{workload.name}"
        for labels in (workload.selector, staying(workload)):
            if exact := first_exact((without(labels, moving),), (workload,), foreign):
                yield Pods(suffix, exact, front.ports, front.exposed)
                break
            promoted = _promoted(labels)
            if moving and all(first_exact((both,), (), foreign) for both in (labels, promoted)):
                yield Pods(suffix, labels, front.ports, front.exposed)
                yield Pods(f"{suffix}-primary", promoted, front.ports, front.exposed)
                break
        else:
            labels = staying(workload)
            yield next((one for one in foreign if selects(labels, one.labels)), workload)


def _title(one: Workload | Behind) -> str:
    return one.title if isinstance(one, Behind) else title(one)


def _promoted(labels: Mapping[str, str]) -> Mapping[str, str]:
    """The labels of the pods that Flagger promotes: x becomes x-primary in the first it finds."""
    key = next((key for key in _RELABELLED if key in labels), "")
    return {name: f"{value}-primary" if name == key else value for name, value in labels.items()}
