"""The input before anything is translated: which documents are ours, and which cannot be read.

Source: the specification, §6 "Reading".
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from smi2istio.catalog import reading
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document, Extent, Unreadable
from smi2istio.fields import in_words
from smi2istio.kinds import KINDS, MISSPELT, SERVED_BY_OSM, VERSIONS, group_of
from smi2istio.options import Options
from smi2istio.source import marks
from smi2istio.source_mesh import SourceMesh

#: What the groups of SMI and OSM end in, and what misspelt ones still have in them.
_DOMAINS = (".smi-spec.io", ".openservicemesh.io")
_WORDS = ("smi-spec", "smispec", "openservicemesh")

#: Groups whose documents mean nothing without a namespace.
_NAMESPACED = frozenset(SERVED_BY_OSM)
_LEGACY_NAMESPACED = frozenset(("Policy", "ServiceRole", "ServiceRoleBinding"))


def unreadable(error: Unreadable) -> Diagnostic:
    """What is to be said of text that no document can be made of."""
    if not error.file:
        return reading.unreadable(Where(), str(error))
    place = Document(Extent.of("", error.line, error.file))
    problem = Unreadable(error.problem, 0, error.column, error.byte)
    return reading.unreadable(Where(place), str(problem))


def all_unreadable(documents: Iterable[Document], errors: Iterable[Unreadable]) -> list[Unreadable]:
    """Some errors, and those of all documents, so that they can be mended at once."""
    found = {str(one): one for one in errors}
    for document in documents:
        try:
            _ = document.body
        except Unreadable as error:
            found[str(error)] = error
    return list(found.values())


def is_ours(document: Document) -> bool:
    """Whether a document belongs to a mesh that is being left; such a document goes away."""
    return _is_ours(document.api_version, document.kind)


@lru_cache(maxsize=1024)  # asked often, of thousands of documents of a few kinds
def _is_ours(api_version: str, kind: str) -> bool:
    group, slash, _ = api_version.partition("/")
    return group_of(group) in VERSIONS if slash else kind in KINDS


@lru_cache(maxsize=1024)
def is_nearly_ours(api_version: str, kind: str) -> bool:
    """Whether a document seems to be of SMI or OSM, and its group is none of theirs."""
    group, slash, _ = api_version.partition("/")
    if _is_ours(api_version, kind) or not slash:
        return False
    if kind in KINDS:
        return not group or any(word in group.lower() for word in _WORDS)
    return f".{group.lower()}".endswith(_DOMAINS)


def is_empty_list(document: Document) -> bool:
    """Whether the API server says with it that there is nothing of a kind: it goes away."""
    return document.kind.endswith("List") and document.body.get("items", "") in ([], None)


def twins(
    documents: Sequence[Document], mesh: SourceMesh
) -> tuple[list[Document], list[Diagnostic]]:
    """The documents without copies of ours, and what was found twice.

    A Namespace counts as ours if one of its copies is marked: the other would take the new
    labels away again.
    """
    first: dict[tuple[str, str, str, str], Document] = {}
    kept: list[Document] = []
    said: list[Diagnostic] = []
    for document in documents:
        named = is_ours(document) and not is_empty_list(document)
        if not (named or document.kind == "Namespace"):
            kept.append(document)
            continue
        group = group_of(document.group)
        key = (group, document.kind, document.namespace, document.name)
        known = first.setdefault(key, document)
        marked = any(marks.may_carry(one, mesh.domains) for one in (known, document))
        if known is document or not (is_ours(document) or marked):
            kept.append(document)
        elif known.body == document.body:
            said.append(reading.twin(Where(document), _place(known)))
        else:
            said.append(reading.defined_twice(Where(document), _place(known), _place(document)))
    return kept, said


def contradictions(documents: Iterable[Document]) -> Iterator[Diagnostic]:
    """Documents that stay, of which two are one object and say different things."""
    first: dict[tuple[str, str, str], Document] = {}
    for document in documents:
        known = first.setdefault((document.group, document.kind, document.name), document)
        if known is not document and known.body != document.body:
            yield reading.defined_twice(Where(document), _place(known), _place(document))


def check(documents: Sequence[Document], options: Options) -> Iterator[Diagnostic]:
    """What is wrong with the heads of our documents."""
    old: set[str] = set()
    for document in documents:
        if is_nearly_ours(document.api_version, document.kind):
            yield _misspelt(document, options)
        elif not is_ours(document) or is_empty_list(document):
            continue
        elif "/" not in document.api_version:
            yield reading.no_group(*_misspelling(document, options))
        else:
            yield from _head(document, options)
            group, version = group_of(document.group), _version(document)
            if version in VERSIONS[group] and SERVED_BY_OSM.get(group, version) != version:
                old.add(f"{group}/{version}")
    if old and options.source_mesh.one_version:
        yield reading.old_version(Where(), tuple(sorted(old)))


def _misspelt(document: Document, options: Options) -> Diagnostic:
    if document.kind not in KINDS:
        return reading.not_translated(Where(document), document.kind)
    word = reading.unknown_group if document.group else reading.no_group
    return word(*_misspelling(document, options))


def _misspelling(document: Document, options: Options) -> tuple[Where, str, str]:
    """Where an apiVersion stands, what it is, and what it should be for this kind."""
    group, version = KINDS[document.kind], document.api_version
    known = next((one for one in VERSIONS[group] if version.endswith(one)), _usual(group, options))
    return Where(document, "apiVersion"), version, f"{group}/{known}"


def _usual(group: str, options: Options) -> str:
    """The version in which documents of a group were written for the source mesh."""
    newest = VERSIONS[group][-1]
    return SERVED_BY_OSM.get(group, newest) if options.source_mesh.osm_protocols else newest


def _head(document: Document, options: Options) -> Iterator[Diagnostic]:
    group, version = group_of(document.group), _version(document)
    where = Where(document, "apiVersion")
    if document.group == MISSPELT:
        yield reading.misspelt_group(where)
    if version not in VERSIONS[group] and document.kind != "IdentityBinding":
        yield reading.unknown_version(where, version, VERSIONS[group])
    if not document.name:
        yield _no_text(document, "name") or reading.no_name(Where(document))
    namespaced = group in _NAMESPACED or document.kind in _LEGACY_NAMESPACED
    wrong = None if document.namespace else _no_text(document, "namespace")
    if wrong:
        yield wrong
    elif namespaced and not (document.namespace or options.namespace):
        yield reading.no_namespace(Where(document))


def _no_text(document: Document, key: str) -> Diagnostic | None:
    """What is wrong with a name that is there, and no text."""
    metadata = document.body.get("metadata")
    value = metadata.get(key) if isinstance(metadata, dict) else None
    if value is None or isinstance(value, str):
        return None
    where = Where(document, f"metadata.{key}")
    return reading.wrong_type(where, in_words(""), in_words(value))


def _version(document: Document) -> str:
    return document.api_version.rpartition("/")[2]


def _place(document: Document) -> str:
    if document.file:
        return f"{document.file}:{document.line}"
    return f"document {document.position + 1}"
