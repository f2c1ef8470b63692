"""What the compiler puts out, as changes of the input by place."""

from collections.abc import Iterable, Sequence

from smi2istio.assemble.placing import Output
from smi2istio.documents import Document, Element, edit


def changes(
    documents: Iterable[Document], outputs: Iterable[Output]
) -> tuple[dict[int, Sequence[Element]], list[Element]]:
    """By position what stands there now, without what has not changed; and what is appended."""
    found: dict[int, list[Element]] = {document.position: [] for document in documents}
    end: list[Element] = []
    for output in outputs:
        if output.at is None:
            if output.body is not None:
                end.append(output.body)
        else:
            found[output.at.position].append(_element(output.at, output))
    same = {document.position: [document] for document in documents}
    return {at: new for at, new in found.items() if new != same.get(at)}, end


def _element(document: Document, output: Output) -> Element:
    if output.body is not None:
        return output.body
    return document.replaced(edit(document, output.edits)) if output.edits else document
