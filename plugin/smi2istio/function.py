"""The KRM function: a ResourceList in, a ResourceList out; and its older form.  Pure.

Source: the KRM Functions Specification; reference/krm-hosts.md §1.2, §2.7, §3.3.
"""

from collections.abc import Sequence

from smi2istio import krm, options
from smi2istio.catalog import reading
from smi2istio.compiler import Compilation, compile_documents, unchanged
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document, Stream, Unreadable, read_stream
from smi2istio.report import text


def answer(data: bytes) -> tuple[bytes, str, int]:
    """What goes to standard output and to standard error, and the exit status.

    On errors the items go out as they came, with the results, because kpt shows those;
    only if the input is no ResourceList at all there is no output.
    """
    try:
        resource_list = krm.read(data)
    except Unreadable as error:
        return _refused(reading.unreadable(Where(), str(error)))
    if resource_list is None:
        word = reading.not_a_resource_list if data.strip() else reading.empty_input
        return _refused(word(Where()))
    resource_list.open_lists(lambda _: True)
    documents = resource_list.documents
    compilation = _compiled(documents, resource_list.function_config)
    output = resource_list.write(
        *krm.changes(documents, krm.booked(documents, compilation.outputs)),
        results=[krm.result(one) for one in compilation.diagnostics],
    )
    return output, text.report(compilation), int(compilation.failed)


def transform(data: bytes, configuration: bytes) -> tuple[bytes, str, int]:
    """The same for kustomize's legacy plugins: a stream in, a stream out, nothing on errors.

    What kustomize wrote into annotations stays, because it reads its own output back.  An
    empty stream is a kustomization without resources.
    """
    try:
        stream = Stream(data)
        stream.open_lists(lambda _: True)
        held = read_stream(configuration)
    except Unreadable as error:
        return _refused(reading.unreadable(Where(), str(error)))
    documents = stream.documents
    compilation = _compiled(documents, held[0] if held else None)
    report = text.report(compilation)
    if compilation.failed:
        return b"", report, 1
    outputs = krm.booked(documents, compilation.outputs)
    return stream.write(*krm.changes(documents, outputs)), report, 0


def _refused(diagnostic: Diagnostic) -> tuple[bytes, str, int]:
    return b"", text.report(unchanged((), (diagnostic,))), 1


def _compiled(documents: Sequence[Document], configuration: Document | None) -> Compilation:
    try:
        return compile_documents(documents, options.of_document(configuration))
    except Refusal as refusal:
        return unchanged(documents, (refusal.diagnostic,))
