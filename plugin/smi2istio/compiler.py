"""The pipeline: documents and options in, documents and diagnostics out.  Pure.

    intake → membership → translators → assemble → place → validate

Any error, and nothing is converted: a refused target left out of otherwise good output
would be an outage, or an open door.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from smi2istio import intake, membership
from smi2istio.assemble import baseline, policies, routes
from smi2istio.assemble.placing import Output, merged, place
from smi2istio.assemble.requirements import Requirements
from smi2istio.bundle import Bundle
from smi2istio.catalog import reading
from smi2istio.consent import consented
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal, Severity, Where
from smi2istio.documents import Document, Unreadable
from smi2istio.emit import Addition, Consumed, Edited, Emission, Kept
from smi2istio.fields import Fields
from smi2istio.grants import Grant
from smi2istio.kinds import group_of
from smi2istio.options import Options
from smi2istio.routes import Route
from smi2istio.translate import TRANSLATORS, Yield, delivery, namespace, of_the_rest
from smi2istio.validate import validate
from smi2istio.validate.schemas import known_fields

_SEVERITIES = tuple(Severity)


class Compilation(NamedTuple):
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


class _Heap:
    """What the translators have yielded so far, by kind."""

    def __init__(self) -> None:
        self.grants: list[Grant] = []
        self.routes: list[Route] = []
        self.emissions: list[Emission] = []
        self.additions: list[Addition] = []
        self.edited: list[Edited] = []
        self.kept: set[int] = set()
        self.consumed: set[int] = set()
        self.diagnostics: list[Diagnostic] = []

    def take(self, yielded: Iterable[Yield | Emission | Addition]) -> None:
        """Sort what a generator yields; its refusal ends it with one diagnostic."""
        unread: list[Fields] = []
        try:
            for one in yielded:
                match one:
                    case Diagnostic():
                        self.diagnostics.append(one)
                    case Grant():
                        self.grants.append(one)
                    case Route():
                        self.routes.append(one)
                    case Emission():
                        self.emissions.append(one)
                    case Addition():
                        self.additions.append(one)
                    case Edited():
                        self.edited.append(one)
                    case Kept():
                        self.kept.add(one.document.position)
                    case Consumed():
                        self.consumed.add(one.document.position)
                    case Fields():
                        unread.append(one)
        except Refusal as refusal:
            self.diagnostics.append(refusal.diagnostic)
        for fields in unread:
            self.diagnostics.extend(_unknown(fields))


def compile_documents(documents: Sequence[Document], options: Options) -> Compilation:
    """Translate what is ours among *documents*; the rest passes through.

    Positions of the documents must be different.
    """
    try:
        outputs, heap = _compile(documents, options)
    except Unreadable as error:
        said = reading.unreadable(Where(), str(error))
        return _unchanged(documents, (said,))
    diagnostics = _sorted(heap.diagnostics)
    if any(one.severity is Severity.ERROR for one in diagnostics):
        return _unchanged(documents, diagnostics)
    consumed = Counter(one.kind for one in documents if one.position in heap.consumed)
    emitted = Counter(str(output.body["kind"]) for output in outputs if output.body)
    return Compilation(tuple(outputs), diagnostics, consumed, emitted)


def _compile(documents: Sequence[Document], options: Options) -> tuple[list[Output], _Heap]:
    heap = _Heap()
    single, said = intake.twins(documents)
    heap.take(said)
    heap.take(intake.check(single, options))
    bundle = Bundle(single, options)
    mesh, said = membership.resolve(bundle, options)
    heap.take(said)
    context = Context(bundle, options, mesh)
    requirements = Requirements(options)
    _translate(single, context, heap)
    heap.consumed |= {one.position for one in documents} - {one.position for one in single}
    if not mesh.permissive or options.dry_run:
        heap.take(policies.assemble(heap.grants, context, requirements))
    else:
        heap.take(policies.not_in_force(context))
    heap.take(routes.assemble(heap.routes, context))
    heap.take(baseline.assemble(context, heap.emissions))
    edits = merged((one.document, one.edits) for one in heap.edited)
    gone = frozenset(heap.consumed)
    outputs = place(documents, heap.emissions, heap.additions, edits, gone, bundle)
    heap.take(_checked(outputs, options))
    used = requirements.used
    heap.diagnostics = list(
        consented(heap.diagnostics, options, used, converted=bool(heap.consumed))
    )
    return outputs, heap


def _translate(documents: Iterable[Document], context: Context, heap: _Heap) -> None:
    for document in documents:
        if intake.is_ours(document):
            translator = TRANSLATORS.get((group_of(document.group), document.kind))
            if translator is None:
                heap.take([reading.not_translated(Where(document), document.kind)])
                continue
            heap.take(translator(document, context))
            if document.position not in heap.kept:
                heap.consumed.add(document.position)
        else:
            for translator in of_the_rest(document, context):
                heap.take(translator(document, context))
    heap.take(delivery.check(context))
    heap.take(namespace.create(context))


def _unknown(fields: Fields) -> Iterator[Diagnostic]:
    document = fields.where.document
    assert document is not None
    word = reading.ignored_field if document.kind == "MeshConfig" else reading.unknown_field
    for where, key, known in fields.unread():
        yield word(where, key, known_fields(document, where.path) or known)


def _checked(outputs: Iterable[Output], options: Options) -> Iterator[Diagnostic]:
    for output in outputs:
        if output.body:
            yield from validate(output.body, options)


def _sorted(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each once, errors first, then in the order of the input."""

    def order(one: Diagnostic) -> tuple[int, int]:
        document = one.where.document
        position = document.position if document is not None else -1
        return _SEVERITIES.index(one.severity), position

    unique = {(one.code, one.where.path, one.message, id(one.where.document)): one for one in diagnostics}
    return tuple(sorted(unique.values(), key=order))


def _unchanged(documents: Iterable[Document], diagnostics: tuple[Diagnostic, ...]) -> Compilation:
    outputs = tuple(Output(document) for document in documents)
    return Compilation(outputs, diagnostics, Counter(), Counter())
