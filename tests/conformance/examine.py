"""Examines meshes: both control planes configure both proxies, which get the same requests."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conformance.certificates import Authority
from tests.conformance.cluster import Cluster, synthesise
from tests.conformance.mesh import Mesh, Translation, bodies, translate
from tests.conformance.programs import ISTIO as ISTIO_PROGRAM
from tests.conformance.programs import OSM as OSM_PROGRAM
from tests.conformance.programs import ask
from tests.conformance.requests import Outcome, RigError
from tests.conformance.sides import (
    ISTIO,
    OSM,
    Generated,
    Side,
    istio_generated,
    osm_generated,
)
from tests.conformance.stage import Answers, Scene, Stage
from tests.conformance.static import Json


class Examination(NamedTuple):
    """What became of one mesh.

    Attributes:
        osm, istio: absent where the program refuses the mesh, or istiod its output.
        refusals: what istiod refused.
    """

    mesh: Mesh
    translation: Translation
    refusals: tuple[str, ...] = ()
    osm: Answers | None = None
    istio: Answers | None = None
    before: Generated | None = None
    after: Generated | None = None

    def outcomes(self, position: int) -> tuple[tuple[Outcome, ...], Outcome]:
        """What OSM, in each order, and Istio did with the request at *position*."""
        if self.osm is None or self.istio is None:
            raise ValueError(f"{self.mesh.name} was not played")
        return self.osm.outcomes[position], self.istio.outcomes[position][0]


async def examine(meshes: Sequence[Mesh]) -> list[Examination]:
    """Examine a batch in one go; a hundred meshes fill one Envoy well."""
    found = [Examination(mesh, translate(mesh)) for mesh in meshes]
    found = await _generated(found)
    played = [index for index, one in enumerate(found) if one.after is not None]
    with tempfile.TemporaryDirectory(prefix="smi2istio-") as directory:
        authority = Authority(_new(Path(directory) / "ca"))
        osm, istio = await asyncio.gather(
            _play(OSM, authority, Path(directory), [found[index] for index in played]),
            _play(ISTIO, authority, Path(directory), [found[index] for index in played]),
        )
    for index, before, after in zip(played, osm, istio, strict=True):
        found[index] = found[index]._replace(osm=before, istio=after)
    return found


async def _generated(found: list[Examination]) -> list[Examination]:
    """Ask both control planes about the meshes that the program translates."""
    clusters = [_clusters(one) for one in found]
    asked = [index for index, pair in enumerate(clusters) if pair is not None]
    pairs = [(found[index], *pair) for index in asked if (pair := clusters[index]) is not None]
    before, after = await asyncio.gather(
        ask(OSM_PROGRAM, [_question(one.mesh.text, cluster) for one, cluster, _ in pairs]),
        ask(
            ISTIO_PROGRAM,
            [_question(one.translation.text or "", cluster) for one, _, cluster in pairs],
        ),
    )
    made = list(found)
    for index, pair, osm, istio in zip(asked, pairs, before, after, strict=True):
        made[index] = _read(*pair, osm, istio)
    return made


def _clusters(one: Examination) -> tuple[Cluster, Cluster] | None:
    if one.translation.text is None:
        return None
    members = one.mesh.options.namespaces
    before = synthesise(one.mesh.documents, members)
    return before, synthesise(bodies(one.translation.text))


def _question(text: str, cluster: Cluster) -> Json:
    return {"id": "", "mesh": "osm", "objects": cluster.objects, "documents": text}


def _read(one: Examination, before: Cluster, after: Cluster, osm: Json, istio: Json) -> Examination:
    for answer in (osm, istio):
        if answer.get("error"):
            raise RigError(f"{one.mesh.name}: {answer['error']}")
    if istio["refusals"]:
        return one._replace(refusals=tuple(istio["refusals"]))
    return one._replace(before=osm_generated(osm, before), after=istio_generated(istio, after))


async def _play(
    side: Side, authority: Authority, directory: Path, found: Sequence[Examination]
) -> list[Answers]:
    scenes = []
    for one in found:
        generated = one.before if side is OSM else one.after
        if generated is None:
            raise ValueError(f"{one.mesh.name} was not generated")
        scenes.append(Scene(generated, one.mesh.requests))
    return await Stage(side, authority, _new(directory / side.name)).play(scenes)


def _new(directory: Path) -> Path:
    directory.mkdir()
    return directory
