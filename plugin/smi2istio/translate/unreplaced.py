"""Kinds of OSM that nothing of Istio's takes the place of: reported, or refused.

| kind and field | result | limit |
|---|---|---|
| MeshRootCertificate `spec.provider` | nothing: the CA belongs to Istio's installation | S2I470 |
| MeshRootCertificate `spec.trustDomain` | compared with the option `trustDomain` | S2I471 |
| MultiClusterService (OSM 1.0, 1.1) | nothing | S2I472, refused |
| ExtensionService (unreleased OSM) | nothing: only a Telemetry of OSM reads it | S2I473 |
| Telemetry of OSM (unreleased) | nothing: it decides only what is logged | S2I473 |
| Backpressure (OSM 0.2 to 0.7) | nothing: an experiment that was off by default | S2I480 |

Source: the specification, §9; reference/osm-semantics.md §5 and §6.5,
legacy-and-neighbours.md §6.3.
"""

from collections.abc import Iterator

from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields

_PROVIDERS = ("tresor", "vault", "certManager")


def mesh_root_certificate(document: Document, context: Context) -> Iterator[Diagnostic | Fields]:
    """Report on one, which goes away.

    Raises:
        Refusal: S2I102.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    provider = spec.mapping("provider")
    names = [name for name in provider.names() if name in _PROVIDERS]
    spec.skip("role", "spiffeEnabled", "intent")
    yield catalog.root_certificate(Where(document, "spec.provider"), names[0] if names else "")
    domain = spec.text("trustDomain")
    if domain and domain != context.options.trust_domain:
        yield catalog.other_trust_domain(
            spec.at("trustDomain"), domain, context.options.trust_domain
        )
    yield fields


def multi_cluster_service(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Refuse one: traffic to other clusters needs another installation of Istio."""
    yield catalog.several_clusters(Where(document))


def extension_service(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Report on one, which goes away."""
    yield catalog.logging_dropped(Where(document), "an extension provider")


def telemetry(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Report on one, which goes away."""
    yield catalog.logging_dropped(Where(document), "a Telemetry of Istio with accessLogging")


def backpressure(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Report on one, which goes away; its label names the Service."""
    yield catalog.backpressure_dropped(Where(document), document.labels.get("app", ""))
