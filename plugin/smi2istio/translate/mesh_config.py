"""MeshConfig: what is left of it when its mode and its egress have been read.

The object goes away, so every setting that nothing else took up is named.

Source: the specification, §4 and §9; reference/osm-semantics.md §5.
"""

from collections.abc import Iterator

from smi2istio.catalog import osm as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where, Witness
from smi2istio.documents import Document
from smi2istio.emit import Consumed
from smi2istio.fields import Fields
from smi2istio.source import mesh_config
from smi2istio.source.mesh_config import MeshConfig


def translate(document: Document, context: Context) -> Iterator[Consumed | Diagnostic | Fields]:
    """Report on one configuration, which goes away.

    To be called for every MeshConfig, and for the ConfigMaps of which
    ``source.mesh_config.is_config_map`` is true.

    Raises:
        Refusal: S2I102, S2I106, S2I512.
    """
    yield Consumed(document)
    if document.kind == mesh_config.KIND and document.name != mesh_config.NAME:
        yield catalog.other_mesh_config(Where(document), document.name)
        return
    config = context.bundle.parsed(document, mesh_config.parse)
    if config.external_authorization:
        yield catalog.external_authorization_dropped(config.external_authorization, Witness(""))
    for place in config.settings:
        yield catalog.setting_dropped(place)
    if config.excluded:
        yield from _excluded_elsewhere(config, context)
    yield config.fields


def _excluded_elsewhere(config: MeshConfig, context: Context) -> Iterator[Diagnostic]:
    """Members to whose pods the exclusion lists could not be written."""
    without = tuple(name for name in context.mesh.members if not context.bundle.workloads(name))
    if without:
        keys = tuple(exclusion.istio for exclusion in config.excluded)
        yield catalog.excluded_elsewhere(Where(config.document), without, keys)
