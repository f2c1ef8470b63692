"""What OSM's configuration says, in whichever form it was written.

Source: osm v1.2.4, pkg/apis/config/v1alpha2; reference/osm-semantics.md §5.
"""

from collections.abc import Mapping

from smi2istio.diagnostics import Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.records import Record
from smi2istio.source.marks import Exclusion


class Given(Record):
    """A setting that is written and sets something, by its name in a MeshConfig."""

    name: str
    value: object
    where: Where


class Tracing(Record):
    """Where spans are sent; what is not written is "" or 0."""

    address: str
    port: int
    endpoint: str
    where: Where


class ExternalAuthorization(Record):
    """The server that is asked about each HTTP request; what is not written is "" or 0."""

    address: str
    port: int
    prefix: str
    timeout: str
    lets_pass: bool
    where: Where


class MeshConfig(Record):
    """What is read of it; None where it does not say, or where it is not enabled.

    Attributes:
        excluded: the lists of traffic that passes by the sidecars, those that hold anything.
        retries, egress_policies: the feature flags that put Retry and Egress in force.
        mode_where, egress_where: places of the two fields.
    """

    document: Document
    fields: Fields
    permissive: bool | None
    egress: bool | None
    excluded: Mapping[Exclusion, tuple[str, ...]]
    settings: tuple[Given, ...]
    tracing: Tracing | None
    authorization: ExternalAuthorization | None
    retries: bool | None
    egress_policies: bool | None
    mode_where: Where
    egress_where: Where
