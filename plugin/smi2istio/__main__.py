"""The program: a KRM function when there are no arguments, else the command line.

A host starts the function for every build, so nothing is imported here that the
function does not need; click alone would cost as much as all of it.

Source: the KRM Functions Specification; reference/krm-hosts.md §1.2, §3.3.
"""

import os
import sys
from collections.abc import Sequence

from smi2istio import krm, options
from smi2istio.catalog import reading
from smi2istio.cli import streams
from smi2istio.compiler import Compilation, compile_documents, unchanged
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document, Unreadable
from smi2istio.report import text


def main() -> int:
    """Run; the exit status."""
    if len(sys.argv) > 1 or streams.is_terminal() or "_SMI2ISTIO_COMPLETE" in os.environ:
        from smi2istio.cli.main import run  # imports click  # noqa: PLC0415

        return run()
    return streams.finish(*answer(streams.read_input()))


def answer(data: bytes) -> tuple[bytes, str, int]:
    """The function: what it writes to standard output and standard error, and its exit status.

    On errors the items go out as they came, with the results, because kpt shows those;
    only if the input is no ResourceList at all there is no output.
    """
    try:
        resource_list = krm.read(data)
    except Unreadable as error:
        return b"", text.report(unchanged((), (reading.unreadable(Where(), str(error)),))), 1
    if resource_list is None:
        word = reading.not_a_resource_list if data.strip() else reading.empty_input
        return b"", text.report(unchanged((), (word(Where()),))), 1
    resource_list.open_lists(lambda _: True)
    documents = resource_list.documents
    compilation = _compiled(documents, resource_list.function_config)
    output = resource_list.write(
        *krm.changes(documents, krm.booked(documents, compilation.outputs)),
        results=[krm.result(one) for one in compilation.diagnostics],
    )
    return output, text.report(compilation), int(compilation.failed)


def _compiled(documents: Sequence[Document], configuration: Document | None) -> Compilation:
    try:
        return compile_documents(documents, options.of_document(configuration))
    except Refusal as refusal:
        return unchanged(documents, (refusal.diagnostic,))


if __name__ == "__main__":
    sys.exit(main())
