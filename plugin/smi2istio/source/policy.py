"""Retry of policy.openservicemesh.io, and the references that its kinds have in common.

OSM 1.1 wrote the interval as `retryBackoffInterval`, 1.2 as `retryBackoffBaseInterval`.

Source: osm v1.2.4, pkg/apis/policy/v1alpha1; reference/osm-semantics.md §6.3.
"""

from smi2istio.catalog import osm_policies as catalog
from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.records import Record
from smi2istio.source.durations import duration
from smi2istio.source.marks import RANGE, element


class Reference(Record):
    """An account or a Service of the mesh."""

    kind: str
    name: str
    namespace: str
    where: Where


class Retry(Record):
    """Retries of one account's requests; what is not written is "" or, for attempts, 1.

    Attributes:
        backoff_where: the place of the interval.
    """

    source: Reference
    destinations: tuple[Reference, ...]
    attempts: int
    per_try: str
    conditions: str
    backoff: str
    policy: Fields
    backoff_where: Where
    fields: Fields


def retry(document: Document) -> Retry:
    """Parse a Retry.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I418.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    spec.need("source", "destinations", "retryPolicy")
    policy = spec.mapping("retryPolicy")
    attempts = policy.get("numRetries", int)
    old = "retryBackoffInterval"
    key = old if policy.has(old) else "retryBackoffBaseInterval"
    return Retry(
        reference(spec.mapping("source"), ("ServiceAccount",)),
        tuple(reference(one, ("Service",)) for one in spec.mappings("destinations")),
        1 if attempts is None else attempts,
        duration(policy, "perTryTimeout"),
        policy.text("retryOn"),
        duration(policy, key),
        policy,
        policy.at(key),
        fields,
    )


def address_range(text: str, where: Where) -> str:
    """A range of addresses, of which OSM's proxies read none without its length.

    Raises:
        Refusal: S2I474, S2I512.
    """
    if "/" not in text:
        raise Refusal(catalog.range_without_mask(where, text))
    return element(text, RANGE, where)


def reference(fields: Fields, kinds: tuple[str, ...]) -> Reference:
    """Read a reference that must be of one of some kinds.

    Accounts and Services are nobody's without a namespace; addresses and principals have none.

    Raises:
        Refusal: S2I102, S2I105, S2I106.
    """
    kind = fields.required("kind")
    if kind not in kinds:
        raise Refusal(reading.not_one_of(fields.at("kind"), kind, kinds))
    named = kind in ("ServiceAccount", "Service")
    namespace = fields.required("namespace") if named else fields.text("namespace")
    return Reference(kind, fields.required("name"), namespace, fields.where)
