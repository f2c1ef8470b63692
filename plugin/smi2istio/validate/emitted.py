"""An emitted document, and what is found wrong with it."""

from collections.abc import Callable, Mapping
from typing import Any

from smi2istio.catalog import checking
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.emit import SOURCE
from smi2istio.records import Record

#: A finding: the code that words it, the field's path, and what is wrong there.
Problem = tuple[Callable[[Where, str, str], Diagnostic], str, str]

ISTIOD, ENVOY, MISREAD = checking.refused_by_istiod, checking.refused_by_envoy, checking.misread


class Emitted(Record):
    """A document to be checked.

    Attributes:
        where: the document of the input in whose place it stands.
    """

    body: Mapping[str, Any]
    where: Where

    @property
    def kind(self) -> str:
        return str(self.body["kind"])

    @property
    def namespace(self) -> str:
        return str(self.body["metadata"].get("namespace", ""))

    @property
    def spec(self) -> Mapping[str, Any]:
        spec: Mapping[str, Any] = self.body.get("spec", {})
        return spec

    @property
    def source_kinds(self) -> frozenset[str]:
        """The kinds of the documents that it was made from, as its provenance says."""
        annotations = self.body.get("metadata", {}).get("annotations", {})
        sources = str(annotations.get(SOURCE, "")).split(", ")
        return frozenset(source.partition("/")[0] for source in sources if source)

    def place(self, path: str = "") -> str:
        """A place in this document, as messages write it."""
        metadata = self.body.get("metadata", {})
        namespace, name = metadata.get("namespace"), metadata.get("name", "")
        owner = f"{namespace}/{name}" if namespace else str(name)
        return " ".join(part for part in (self.kind, owner, path) if part)
