"""The pipeline: documents and options in, documents and diagnostics out.  Pure.

    intake → membership → translators → assemble → place → validate

Any error, and nothing is converted: a refused target left out of otherwise good output
would be an outage, or an open door.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final

from smi2istio import intake, membership
from smi2istio.assemble import baseline, policies, routes
from smi2istio.assemble.placing import Changes, Output, merged, place
from smi2istio.assemble.requirements import Requirements
from smi2istio.bundle import Bundle
from smi2istio.catalog import assembling, reading
from smi2istio.consent import consented
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Severity, Where
from smi2istio.documents import Document, Unreadable
from smi2istio.emit import Addition, Consumed, Edited, Emission, Kept
from smi2istio.fields import Fields
from smi2istio.grants import Grant
from smi2istio.istio.standing import AUTHORIZATION_POLICY, PEER_AUTHENTICATION, SECURITY
from smi2istio.options import Options
from smi2istio.protocols import Misread
from smi2istio.records import Record
from smi2istio.routes import Limits, Retries, Route
from smi2istio.translate import checks, namespace, translators
from smi2istio.validate import validate
from smi2istio.validate.emitted import Emitted
from smi2istio.validate.ids import taken_ids
from smi2istio.yielded import Yielded

if TYPE_CHECKING:
    from smi2istio.translate import Yield

_SEVERITIES = tuple(Severity)

#: What assembles the values of a module that few inputs yield.  Entrances come last: they ask
#: what else says which traffic their pods take.
_RARE: Final = {
    "smi2istio.legacy": "smi2istio.assemble.legacy",
    "smi2istio.entrances": "smi2istio.assemble.entrances",
}


class Compilation(Record):
    """The result of a run.

    Attributes:
        outputs: in order; on errors the input as it came.
        diagnostics: errors first, each once, in the order of the input.
        consumed, emitted: how many objects of each kind went away, and came.
        changed: whether anything is not as it was.
    """

    outputs: tuple[Output, ...]
    diagnostics: tuple[Diagnostic, ...]
    consumed: Counter[str]
    emitted: Counter[str]

    @property
    def failed(self) -> bool:
        return any(one.severity is Severity.ERROR for one in self.diagnostics)

    @property
    def changed(self) -> bool:
        return any(output.body or output.edits for output in self.outputs) or bool(self.consumed)


def compile_documents(documents: Sequence[Document], options: Options) -> Compilation:
    """Translate what is ours among *documents*; the rest passes through.

    Positions of the documents must be different.
    """
    try:
        run = _compile(documents, options)
    except Unreadable as error:
        errors = intake.all_unreadable(documents, (error,))
        return unchanged(documents, tuple(map(intake.unreadable, errors)))
    diagnostics = _sorted(run.diagnostics)
    if any(one.severity is Severity.ERROR for one in diagnostics):
        return unchanged(documents, diagnostics)
    consumed = Counter(one.kind for one in documents if one.position in run.gone)
    emitted = Counter(str(output.body["kind"]) for output in run.outputs if output.body)
    return Compilation(tuple(run.outputs), diagnostics, consumed, emitted)


class _Run(Record):
    outputs: list[Output]
    diagnostics: list[Diagnostic]
    gone: frozenset[int]


def _compile(documents: Sequence[Document], options: Options) -> _Run:
    heap = Yielded()
    single, said = intake.twins(documents, options.source_mesh)
    heap.take(said)
    heap.take(intake.check(single, options))
    broken = {one.where.document for one in heap.of(Diagnostic) if one.severity is Severity.ERROR}
    bundle = Bundle(single, options)
    mesh, said = membership.resolve(bundle, options)
    heap.take(said)
    context = Context(bundle, options, mesh, set())
    foreign = {one for one in single if mesh.foreign and bundle.namespace_of(one) in mesh.foreign}
    heap.take(_translated([one for one in single if one not in broken | foreign], context))
    requirements = Requirements(options, context.used)
    heap.take(_assembled(heap, context, requirements))
    heap.take(bundle.unreadable_ports())
    ours = {one for one in single if intake.is_ours(one)} - foreign
    twins = set(documents) - set(single)
    gone = (ours | twins | {one.document for one in heap.of(Consumed)}) - {
        one.document for one in heap.of(Kept)
    }
    positions = frozenset(one.position for one in gone)
    changes = Changes(heap.of(Emission), heap.of(Addition), merged(heap.of(Edited)), positions)
    outputs = place(documents, changes, bundle)
    heap.take(_checked(outputs, bundle))
    said = list(consented(heap.of(Diagnostic), options, context.used, converted=bool(gone)))
    return _Run(outputs, said, positions)


def _assembled(
    heap: Yielded, context: Context, requirements: Requirements
) -> Iterator[Emission | Addition | Edited | Diagnostic]:
    """What all that was yielded comes to, taken together."""
    for fields in heap.of(Fields):
        yield from _unknown(fields)
    places = yield from policies.assemble(heap.of(Grant), heap.of(Misread), context, requirements)
    yield from routes.assemble(heap.of(Route), context, heap.of(Retries), heap.of(Limits))
    for module, assembler in _RARE.items():
        if heap.holds(module):
            yield from import_module(assembler).assemble(heap, context)
    yield from baseline.baseline(context)
    yield from baseline.gateways(context)
    yield from baseline.plaintext(context)
    if context.bundle.of_kind(SECURITY, AUTHORIZATION_POLICY):
        # Few inputs have policies already.
        from smi2istio.assemble import additive, refusing  # noqa: PLC0415

        yield from additive.admits_more(context, (one.body for one in heap.of(Emission)))
        yield from refusing.refuses_more(places, context, requirements)
    if context.bundle.of_kind(SECURITY, PEER_AUTHENTICATION):
        from smi2istio.assemble import identities  # noqa: PLC0415 - few inputs have any already

        yield from identities.taken(places, context, requirements)


def _translated(documents: Iterable[Document], context: Context) -> "Iterator[Yield]":
    """What the translators make of each document; a refusal ends that document's only."""
    for document in documents:
        for translator in translators(document, context):
            try:
                yield from translator(document, context)
            except Refusal as refusal:
                yield refusal.diagnostic
    for check in checks(context):
        yield from check(context)
    yield from namespace.create(context)


def _unknown(fields: Fields) -> Iterator[Diagnostic]:
    unread = list(fields.unread())
    document = fields.where.document
    if not unread or document is None:
        return
    # The schemas are read from files, which only a mistake is worth.
    from smi2istio.validate.schemas import known_fields  # noqa: PLC0415

    version = document.api_version.rpartition("/")[2]
    harmless = document.kind in ("MeshConfig", "ConfigMap")
    word = reading.ignored_field if harmless else reading.unknown_field
    for where, key, known in unread:
        parent = where.path.rpartition(".")[0]
        yield word(where, key, known_fields(document.kind, version, parent) or known)


def _checked(outputs: Iterable[Output], bundle: Bundle) -> Iterator[Diagnostic]:
    options = bundle.options
    emitted = [Emitted(output.body, Where(output.at)) for output in outputs if output.body]
    kinds = Counter(one.kind for one in emitted)
    policies = kinds["AuthorizationPolicy"]
    if options.dry_run and (policies or kinds["PeerAuthentication"]):
        yield assembling.dry_run(options.where.at("dryRun"), policies)
    for one in emitted:
        yield from validate(one, options.istio_version, options.cluster_domain)
    yield from taken_ids(emitted, bundle)


def _sorted(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each once, errors first, then in the order of the input."""

    def order(one: Diagnostic) -> tuple[int, int]:
        document = one.where.document
        position = document.position if document is not None else -1
        return _SEVERITIES.index(one.severity), position

    unique = {
        (one.code, one.where.path, one.message, id(one.where.document)): one for one in diagnostics
    }
    return tuple(sorted(unique.values(), key=order))


def unchanged(documents: Iterable[Document], diagnostics: tuple[Diagnostic, ...]) -> Compilation:
    outputs = tuple(Output(document) for document in documents)
    return Compilation(outputs, diagnostics, Counter(), Counter())
