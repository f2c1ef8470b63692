"""Examines meshes: both control planes configure both proxies, which get the same requests."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.conformance.certificates import Authority
from tests.conformance.cluster import Cluster, synthesise
from tests.conformance.injection import members
from tests.conformance.mesh import Mesh, Translation, baseline, bodies, translate
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
from tests.conformance.witnesses import requests as witness_requests

from smi2istio.diagnostics import Diagnostic, Fidelity

Translator = Callable[[Mesh], Translation]


class Examination(NamedTuple):
    """What became of one mesh.

    Attributes:
        osm, istio: absent where the program refuses the mesh, or istiod its output.
        refusals: what istiod refused.
        witnesses: diagnostics that announce a difference, and which requests show it.
    """

    mesh: Mesh
    translation: Translation
    refusals: tuple[str, ...] = ()
    osm: Answers | None = None
    istio: Answers | None = None
    before: Generated | None = None
    after: Generated | None = None
    witnesses: tuple[tuple[Diagnostic, range], ...] = ()

    def outcomes(self, position: int) -> tuple[tuple[Outcome, ...], Outcome]:
        """What OSM, in each order, and Istio did with the request at *position*."""
        if self.osm is None or self.istio is None:
            raise ValueError(f"{self.mesh.name} was not played")
        return self.osm.outcomes[position], self.istio.outcomes[position][0]


async def examine(meshes: Sequence[Mesh], translator: Translator = translate) -> list[Examination]:
    """Examine a batch in one go; a hundred meshes fill one Envoy well."""
    found = [_witnessed(Examination(mesh, translator(mesh))) for mesh in meshes]
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


def _witnessed(one: Examination) -> Examination:
    """With the witnesses of its diagnostics among the requests."""
    wanted = list(one.mesh.requests)
    witnesses = []
    cluster = synthesise(one.mesh.documents, one.mesh.options.namespaces)
    for said in one.translation.diagnostics:
        if said.rule.fidelity in (Fidelity.NARROWER, Fidelity.WIDER):
            start = len(wanted)
            wanted += witness_requests(said, one.mesh, cluster)
            witnesses.append((said, range(start, len(wanted))))
    mesh = one.mesh._replace(requests=tuple(wanted))
    return one._replace(mesh=mesh, witnesses=tuple(witnesses))


async def _generated(found: list[Examination]) -> list[Examination]:
    """Ask both control planes about the meshes that the program translates."""
    made = list(found)
    asked = [
        (index, *pair) for index, one in enumerate(found) if (pair := _clusters(one)) is not None
    ]
    osm = [_question(found[index].mesh.for_osm, cluster) for index, cluster, _ in asked]
    istio = [_question(_output(found[index], before), after) for index, before, after in asked]
    answers = await asyncio.gather(ask(OSM_PROGRAM, osm), ask(ISTIO_PROGRAM, istio))
    for (index, before, after), *said in zip(asked, *answers, strict=True):
        made[index] = _read(found[index], before, after, *said)
    return made


def _clusters(one: Examination) -> tuple[Cluster, Cluster] | None:
    if one.translation.text is None:
        return None
    before = synthesise(one.mesh.documents, one.mesh.options.namespaces)
    return before, synthesise(bodies(one.translation.text), one.mesh.options.namespaces)


def _output(one: Examination, before: Cluster) -> str:
    """The output, with the baseline that another application owns."""
    text = one.translation.text or ""
    if one.mesh.options.emits_baseline:
        return text
    return text + baseline(members(before), permissive=one.mesh.permissive)


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
