"""One mesh, compiled, and both deciders asked about the same requests."""

import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import NamedTuple

from tests.meshes.dice import Body
from tests.meshes.generator import Mesh

from smi2istio import krm
from smi2istio.access.request import Answer, Request, Verdict, destination
from smi2istio.access.source import Source
from smi2istio.access.target import Target
from smi2istio.access.targets import InForce
from smi2istio.bundle import Bundle
from smi2istio.compiler import Compilation, compile_documents
from smi2istio.diagnostics import Diagnostic, Fidelity, Where
from smi2istio.documents import Document, Stream, dump
from smi2istio.istio.patterns import Field, accepts
from smi2istio.options import Options, of_texts
from smi2istio.source.core import Workload, selects

#: What these say is about one reason of the old mesh only.
_ABOUT = {"S2I332": "no Service opens", "S2I509": "has no sidecar"}
#: The routes of such a target let the sources of others in, or refuse them.
_BOTH_WAYS = ("S2I303",)


class Run(NamedTuple):
    """A mesh that could be translated."""

    source: Source
    target: Target
    diagnostics: tuple[Diagnostic, ...]


class Difference(NamedTuple):
    """A request on which the two sides disagree without a word of the translator."""

    request: Request
    source: Verdict
    target: Verdict

    @property
    def nature(self) -> tuple[object, ...]:
        """What is the same as long as it is the same difference."""
        sides = self.source, self.target
        return tuple((one.answer, one.reasons[0].text) for one in sides)

    def __str__(self) -> str:
        return (
            f"{self.request}\n"
            f"  source: {self.source.answer}: {'; '.join(map(str, self.source.reasons))}\n"
            f"  Istio:  {self.target.answer}: {'; '.join(map(str, self.target.reasons))}"
        )


def options(mesh: Mesh) -> Options:
    return of_texts(mesh.config, Where())


def text(documents: Iterable[Body]) -> bytes:
    return "---\n".join(dump(body) for body in documents).encode()


def compiled(mesh: Mesh) -> tuple[Run | None, Compilation]:
    """Compile; no run where the mesh is refused."""
    data, chosen = text(mesh.documents), options(mesh)
    stream = Stream(data)
    compilation = compile_documents(stream.documents, chosen)
    if compilation.failed:
        return None, compilation
    output = stream.write(*krm.changes(stream.documents, compilation.outputs))
    run = Run(
        Source(Bundle(stream.documents, chosen)),
        Target(Bundle(Stream(output).documents, chosen)),
        compilation.diagnostics,
    )
    return run, compilation


def difference(run: Run, request: Request) -> Difference | None:
    """The difference that a request shows, unless the translator has told of it."""
    before, after = run.source.decide(request), run.target.decide(request)
    if Answer.UNKNOWN in (before.answer, after.answer) or _is_outside(run, before, request):
        return None
    found = Difference(request, before, after)
    if before.answer is not Answer.EITHER and before.allows == after.allows:
        return None
    told = _told(run, found, Fidelity.WIDER if after.allows else Fidelity.NARROWER)
    return None if told else found


def _is_outside(run: Run, before: Verdict, request: Request) -> bool:
    """What is outside the promise in a permissive mesh, where no policy is emitted.

    Ports that no Service exposes, and bytes that are not HTTP where OSM read HTTP.
    """
    closed = any(reason.text.startswith("no Service opens") for reason in before.reasons)
    return run.source.setting.permissive and (request.tcp or closed)


def _told(run: Run, found: Difference, fidelity: Fidelity) -> bool:
    return any(
        _concerns(one, run, found)
        for one in run.diagnostics
        if one.rule.fidelity is fidelity or one.code in _BOTH_WAYS
    )


def _concerns(diagnostic: Diagnostic, run: Run, found: Difference) -> bool:
    """Whether a diagnostic is about what decides the request.

    One about a match has to be about a match that accepts it, and for a wider result about
    any match of the destination: the one that OSM puts first refuses.
    """
    place = diagnostic.where
    if place.document is None or _ABOUT.get(diagnostic.code, "") not in str(found.source.reasons):
        return False
    if place.document.kind != "HTTPRouteGroup":
        return place.document in _around(run, found.request)
    routes = [reason.where for reason in found.source.reasons]
    if diagnostic.rule.fidelity is Fidelity.NARROWER and _accepted(diagnostic, found.request):
        return False
    if diagnostic.rule.fidelity is Fidelity.WIDER:
        routes = [route.where for one in _targets(run, found.request) for route in one.routes]
    return any(
        route.document is place.document and place.path.startswith(route.path) for route in routes
    )


def _accepted(diagnostic: Diagnostic, request: Request) -> bool:
    """Whether the patterns that lose something accept this request all the same."""
    written = re.search(r"becomes '(.*)', which", diagnostic.message)
    if not written:
        return False
    key = diagnostic.where.path.rpartition(".")[2]
    texts = [request.path] if key == "pathRegex" else request.values(key)
    field: Field = "path" if key == "pathRegex" else "header"
    return any(accepts(field, one, text) for one in written[1].split(", ") for text in texts)


def _around(run: Run, request: Request) -> Iterator[Document]:
    """The documents about a destination: its targets, its Services, its Namespace."""
    bundle = run.source.bundle
    workload = destination(bundle, request)
    yield from (one.document for one in _targets(run, request))
    for service in bundle.services(workload.namespace):
        if selects(service.selector, workload.labels):
            yield service.document
    if workload.namespace in bundle.namespaces:
        yield bundle.namespaces[workload.namespace]


def _targets(run: Run, request: Request) -> list[InForce]:
    workload = destination(run.source.bundle, request)
    return run.source.targets.get(workload.account, [])


def is_true(run: Run, diagnostic: Diagnostic) -> bool:
    """Whether the old mesh allowed a witness somewhere, in one order of its routes at least.

    Whether Istio refuses it depends on other matches too.  A witness is about a match, so it
    may be that nobody could connect to use it.
    """
    verdicts = [run.source.decide(request) for request in _witnesses(run, diagnostic)]
    routed = [one for one in verdicts if not one.reasons[0].text.startswith(_NOT_CONNECTED)]
    return not routed or any(one.allows for one in routed)


_NOT_CONNECTED = ("no Service", "no target", "the mesh wants")


def _witnesses(run: Run, diagnostic: Diagnostic) -> Iterator[Request]:
    """A witness, from whomever and to whomever it may be sent."""
    witness, bundle = diagnostic.witness, run.source.bundle
    assert witness is not None
    sources = [witness.source] if witness.source else sorted(_callers(run))
    path, mark, query = witness.path.partition("?")
    hosts = [value for name, value in witness.headers if name.lower() == "host"]
    for namespace in run.source.setting.members:
        for workload in bundle.workloads(namespace):
            for source, port in product(sources, _ports(run, workload)):
                yield Request(
                    source,
                    f"{workload.kind}/{workload.namespace}/{workload.name}",
                    witness.port or port,
                    witness.method or "GET",
                    path,
                    mark + query,
                    witness.headers,
                    hosts[0] if hosts else "",
                    tcp=not witness.method,
                )


def _callers(run: Run) -> set[str]:
    return {name for few in run.source.targets.values() for one in few for name in one.sources}


def _ports(run: Run, workload: Workload) -> list[int]:
    services = run.source.bundle.services(workload.namespace)
    targets = {port.target for service in services for port in service.ports}
    return sorted(workload.ports.get(one, 0) if isinstance(one, str) else one for one in targets)
