"""The fixtures as meshes, and which of them OSM can be asked about."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.conformance.aim import requests
from tests.conformance.mesh import Body, Mesh, bodies

from smi2istio.documents import read_stream
from smi2istio.options import DEFAULTS, of_document

FIXTURES = Path(__file__).parents[2] / "fixtures"

# What OSM 1.2's API server takes; the last group is a misspelling that it does not know.
# Source: OSM 1.2.4, cmd/osm-bootstrap/crds.
_SERVED = {
    "access.smi-spec.io": {"v1alpha3"},
    "specs.smi-spec.io": {"v1alpha4"},
    "split.smi-spec.io": {"v1alpha2"},
    "spec.smi-spec.io": set(),
}


def meshes() -> Iterator[Mesh]:
    """Those that are translated and enforced, and that a cluster with OSM could hold."""
    for path in sorted(FIXTURES.glob("*/*/expected.yaml")):
        config = path.with_name("config.yaml")
        options = of_document(read_stream(config.read_bytes())[0]) if config.exists() else DEFAULTS
        text = path.with_name("input.yaml").read_text()
        documents = bodies(text)
        if options.source_mesh.has_mode and not options.dry_run and _held(documents):
            name = str(path.parent.relative_to(FIXTURES))
            yield Mesh(name, text, requests(documents, {}, Random(name)), options)


def _held(documents: list[Body]) -> bool:
    """Whether a cluster holds them: in served versions, once each, and no longer in kustomize.

    The user's own policies are no part of the comparison, nor are rate limits: what they refuse
    depends on the clock.
    """
    ids = [
        (one.get("kind"), one["metadata"].get("namespace"), one["metadata"].get("name"))
        for one in documents
    ]
    return (
        len(ids) == len(set(ids))
        and all(_served(one) for one in documents)
        and "rateLimit" not in str(documents)
        and "internal.config.kubernetes.io" not in str(documents)
        and "AuthorizationPolicy" not in {kind for kind, _, _ in ids}
        and any(group in str(documents) for group in ("smi-spec.io", "openservicemesh.io"))
    )


def _served(document: Body) -> bool:
    group, _, version = str(document.get("apiVersion")).partition("/")
    return group not in _SERVED or version in _SERVED[group]
