"""Examines meshes: both control planes configure both proxies, which get the same requests."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tests.conformance.accept import Acceptance, accepted
from tests.conformance.certificates import Authority
from tests.conformance.cluster import Cluster, synthesise
from tests.conformance.injection import baseline, labelled_by_hand, members
from tests.conformance.outcomes import Answers, Outcome, RigError
from tests.conformance.programs import ISTIO as ISTIO_PROGRAM
from tests.conformance.programs import OSM as OSM_PROGRAM
from tests.conformance.programs import ask
from tests.conformance.sides import (
    ISTIO,
    OSM,
    Generated,
    Side,
    istio_generated,
    osm_generated,
)
from tests.conformance.stage import Scene, Stage
from tests.conformance.static import Json
from tests.conformance.witnesses import requests as witness_requests
from tests.meshes.mesh import Mesh, Translation, bodies, placed, stream, translate

from smi2istio.access.source import Source
from smi2istio.access.target import Target
from smi2istio.bundle import Bundle
from smi2istio.diagnostics import Diagnostic, Fidelity
from smi2istio.documents import Stream

Translator = Callable[[Mesh], Translation]


@dataclass(frozen=True)
class Examination:
    """What became of one mesh.

    Attributes:
        objections: what istiod or one of its analyzers has against the output.
        witnesses: diagnostics that announce a difference, and which requests show it.
        osm, istio: absent where the program refuses the mesh, or istiod its output.
        before, after: what the control planes generated; absent where nobody asked them.
    """

    mesh: Mesh
    translation: Translation
    witnesses: tuple[tuple[Diagnostic, range], ...] = ()
    objections: tuple[str, ...] = ()
    osm: Answers | None = None
    istio: Answers | None = None
    before: Generated | None = None
    after: Generated | None = None

    @cached_property
    def cluster(self) -> Cluster:
        """The cluster that the mesh was in."""
        return synthesise(self.mesh.applied, labelled_by_hand(self.mesh))

    @cached_property
    def output(self) -> str:
        """What is applied to Istio: the output, and a baseline that another application owns."""
        options = self.mesh.options
        text = stream(placed(bodies(self.translation.text or ""), options.namespace))
        if options.emits_baseline:
            return text
        return text + baseline(members(self.cluster), permissive=self.mesh.permissive)

    @cached_property
    def source(self) -> Source:
        """The decider of the old mesh."""
        return Source(Bundle(Stream(self.mesh.text.encode()).documents, self.mesh.options))

    @cached_property
    def target(self) -> Target:
        """The decider of Istio."""
        return Target(Bundle(Stream(self.output.encode()).documents, self.mesh.options))

    def outcomes(self, position: int) -> tuple[tuple[Outcome, ...], Outcome]:
        """What OSM, in each order, and Istio did with the request at *position*."""
        if self.osm is None or self.istio is None:
            raise ValueError(f"{self.mesh.name} was not played")
        return self.osm.outcomes[position], self.istio.outcomes[position][0]


async def examine(meshes: Sequence[Mesh], translator: Translator = translate) -> list[Examination]:
    """Examine a batch in one go; a hundred meshes fill one Envoy well."""
    found = await _generated([begun(mesh, translator) for mesh in meshes])
    played = [index for index, one in enumerate(found) if one.after is not None]
    with tempfile.TemporaryDirectory() as directory:
        authority = Authority(_new(Path(directory) / "ca"))
        osm, istio = await asyncio.gather(
            _play(OSM, authority, Path(directory), [found[index] for index in played]),
            _play(ISTIO, authority, Path(directory), [found[index] for index in played]),
        )
    for index, before, after in zip(played, osm, istio, strict=True):
        found[index] = replace(found[index], osm=before, istio=after)
    return found


def begun(mesh: Mesh, translator: Translator = translate) -> Examination:
    """A mesh, translated, with the witnesses of its diagnostics among the requests."""
    one = Examination(mesh, translator(mesh))
    wanted = list(mesh.requests)
    witnesses = []
    for said in one.translation.diagnostics:
        if said.rule.fidelity in (Fidelity.NARROWER, Fidelity.WIDER) and said.witness is not None:
            start = len(wanted)
            wanted += witness_requests(said, said.witness, mesh, one.cluster)
            witnesses.append((said, range(start, len(wanted))))
    return replace(one, mesh=mesh._replace(requests=tuple(wanted)), witnesses=tuple(witnesses))


async def _generated(found: list[Examination]) -> list[Examination]:
    """Ask both control planes about the meshes that the program translates."""
    made = list(found)
    asked = [
        (index, synthesise(bodies(one.output), labelled_by_hand(one.mesh)))
        for index, one in enumerate(found)
        if one.translation.text is not None
    ]
    osm = [_question(stream(found[index].mesh.applied), found[index].cluster) for index, _ in asked]
    outputs = [(found[index].output, after) for index, after in asked]
    istio = [_question(*output) for output in outputs]
    answers = await asyncio.gather(
        ask(OSM_PROGRAM, osm), ask(ISTIO_PROGRAM, istio), accepted(outputs)
    )
    for (index, after), *said in zip(asked, *answers, strict=True):
        made[index] = _read(found[index], after, *said)
    return made


def _question(text: str, cluster: Cluster) -> Json:
    return {"id": "", "mesh": "osm", "objects": cluster.objects, "documents": text}


def _read(
    one: Examination, after: Cluster, osm: Json, istio: Json, acceptance: Acceptance
) -> Examination:
    for answer in (osm, istio):
        if answer.get("error"):
            raise RigError(f"{one.mesh.name}: {answer['error']}")
    if acceptance.refusals:
        return replace(one, objections=acceptance.objections)
    return replace(
        one,
        objections=acceptance.objections,
        before=osm_generated(osm, one.cluster, one.mesh.applied),
        after=istio_generated(istio, after),
    )


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
