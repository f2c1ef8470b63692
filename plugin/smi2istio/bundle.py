"""All documents of the input, indexed for look-ups.  Changes nothing.

Objects that stay (Services, workloads, Namespaces) are parsed only when somebody asks
for their namespace, so a large input costs little.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar, cast

from smi2istio.catalog import reading
from smi2istio.diagnostics import Diagnostic, Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import in_words
from smi2istio.kinds import group_of
from smi2istio.options import Options
from smi2istio.source import core, marks, renames

T = TypeVar("T")


class Bundle:
    """The documents of one run.

    Attributes:
        documents: all of them, in the order of the input.
        texts: what they are parts of; to search these is cheaper than to ask each document.
        options: the configuration.
        namespaces: name → Namespace document.
    """

    def __init__(self, documents: Sequence[Document], options: Options) -> None:
        self.documents = tuple(documents)
        self.texts = tuple({id(one.extent.data): one.extent.data for one in documents}.values())
        self.options = options
        self._by_kind: dict[tuple[str, str], list[Document]] = {}
        self._names: dict[tuple[str, str], dict[tuple[str, str], list[Document]]] = {}
        self._services: dict[str, tuple[core.Service, ...]] = {}
        self._workloads: dict[str, tuple[core.Workload, ...]] = {}
        self._mentioning: dict[str, Sequence[Document]] = {}
        self._once: dict[Callable[[Bundle], Any], object] = {}
        self._parsed: dict[tuple[int, Callable[[Document], Any]], object] = {}
        for document in self.documents:
            self._by_kind.setdefault((group_of(document.group), document.kind), []).append(document)
        self.namespaces = {
            document.name: document for document in self._by_kind.get(("", "Namespace"), ())
        }

    def namespace_of(self, document: Document) -> str:
        """The namespace a document is in effect in; "" where nobody said."""
        return document.namespace or self.options.namespace

    def kinds(self) -> Iterable[tuple[str, str]]:
        """The group and kind of everything in the input."""
        return self._by_kind.keys()

    @cached_property
    def by_namespace(self) -> Mapping[str, Sequence[Document]]:
        """Each namespace → all that is in effect there, in the order of the input."""
        return self._by_home(self.documents)

    def of_kind(self, group: str, kind: str) -> Sequence[Document]:
        """All documents of a kind, any version, in the order of the input."""
        return self._by_kind.get((group, kind), ())

    def find(
        self, group: str, kind: str, name: str, namespace: str, referrer: Document | None = None
    ) -> Document | None:
        """The document that a reference means: by its name, else by one it had before.

        Where several instances of one base of kustomize had it, the one of the referrer
        is meant.

        Raises:
            Refusal: S2I131 if it cannot be told which.
        """
        found = self._index(group, kind).get((namespace, name), [])
        if len(found) > 1 and referrer is not None:
            same = [
                one for one in found if renames.instance(one) == renames.instance(referrer)
            ] or found
            here = self.namespace_of(referrer)
            found = [one for one in same if self.namespace_of(one) == here] or same
            if any(one.body != found[0].body for one in found):  # else one object, read twice
                names = tuple(f"{self.namespace_of(one)}/{one.name}" for one in found)
                raise Refusal(reading.ambiguous(Where(referrer), kind, name, names))
        return found[0] if found else None

    def mentioning(self, word: str) -> Sequence[Document]:
        """The documents that may contain *word*, for rare look-ups over everything."""
        if word not in self._mentioning:
            if any(word.encode() in text for text in self.texts):
                found = [one for one in self.documents if one.mentions(word)]
            else:
                found = [one for one in self.documents if one.is_disguised]
            self._mentioning[word] = found
        return self._mentioning[word]

    @cached_property
    def marked(self) -> Collection[Document]:
        """The documents that stay and may carry a mark of OSM."""
        found = {*self.mentioning(marks.PREFIX), *self.mentioning(marks.PROXY_UUID)}
        return frozenset(filter(marks.may_carry, found))

    def once(self, compute: "Callable[[Bundle], T]") -> T:
        """What *compute* makes of the bundle, computed at the first call."""
        if compute not in self._once:
            self._once[compute] = compute(self)
        return cast("T", self._once[compute])

    def parsed(self, document: Document, parse: Callable[[Document], T]) -> T:
        """The result of *parse* for a document, the same object each time."""
        key = (document.position, parse)
        if key not in self._parsed:
            self._parsed[key] = parse(document)
        return cast("T", self._parsed[key])

    def account(self, name: str, namespace: str, referrer: Document) -> tuple[str, str]:
        """The namespace and name that a service account has in the output.

        kustomize may have renamed the account, and moved it together with the document that
        refers to it, whose fields still say what was there before.
        """
        if not self._renamed:
            return namespace, name
        document = self.find("", "ServiceAccount", name, namespace, referrer)
        if document is not None:
            return self.namespace_of(document), document.name
        moved = bool(namespace) and namespace in renames.former_namespaces(referrer)
        return (self.namespace_of(referrer) if moved else namespace), name

    def services(self, namespace: str) -> tuple[core.Service, ...]:
        """The Services of a namespace, sorted by name."""
        if namespace not in self._services:
            found = (
                core.service(document, namespace)
                for document in self._services_of.get(namespace, ())
            )
            self._services[namespace] = tuple(sorted(found, key=lambda service: service.name))
        return self._services[namespace]

    def unreadable_ports(self) -> Iterator[Diagnostic]:
        """What is wrong with the ports of Services that somebody has asked for."""
        for service in chain.from_iterable(self._services.values()):
            for path, value in core.unreadable_ports(service):
                where = Where(service.document, path)
                yield reading.wrong_type(where, in_words(0), in_words(value))

    def service(
        self, name: str, namespace: str, referrer: Document | None = None
    ) -> core.Service | None:
        """The Service that a reference means."""
        document = self.find("", "Service", name, namespace, referrer)
        if document is None:
            return None
        found = self.services(
            self.namespace_of(document)
        )  # not *namespace*: it may be a former one
        return next(one for one in found if one.document is document)

    def workloads(self, namespace: str) -> tuple[core.Workload, ...]:
        """What makes pods in a namespace, sorted by kind and name."""
        if namespace not in self._workloads:
            found = [
                one._replace(
                    service_account=self.account(one.service_account, namespace, document)[1]
                )
                for document in self._workloads_of.get(namespace, ())
                if (one := core.workload(document, namespace)) is not None
            ]
            self._workloads[namespace] = tuple(sorted(found, key=lambda one: (one.kind, one.name)))
        return self._workloads[namespace]

    def had_sidecar(self, workload: core.Workload) -> bool:
        """Whether pods had one in the old mesh.

        With hostNetwork never; else the pod's own word counts, else the namespace's; where
        nobody says no, they had.
        """
        if workload.host_network:
            return False
        mesh, namespace = self.options.source_mesh, self.namespaces.get(workload.namespace)
        asked = marks.injection(workload.annotations, workload.labels, mesh)
        if asked is None and namespace is not None:
            asked = marks.injection(namespace.annotations, namespace.labels, mesh)
        return asked is not False

    def is_homeless(self, name: str) -> bool:
        """Whether nobody said in which namespace a Service is."""
        services = self.of_kind("", "Service")
        return any(one.name == name and not self.namespace_of(one) for one in services)

    def selectable(self, namespace: str) -> tuple[core.Workload, ...]:
        """What labels may select in a namespace: its pods and machines, and those of no namespace.

        Whoever applies what has none decides where it comes to stand.
        """
        machines = (
            core.machine(one, namespace)
            for one in self.of_kind("networking.istio.io", "WorkloadEntry")
            if self.namespace_of(one) in ("", namespace)
        )
        homeless = self.workloads("") if namespace else ()
        return (*self.workloads(namespace), *homeless, *machines)

    @cached_property
    def _services_of(self) -> Mapping[str, Sequence[Document]]:
        return self._by_home(self.of_kind("", "Service"))

    @cached_property
    def _workloads_of(self) -> Mapping[str, Sequence[Document]]:
        """What may make pods: nothing else is asked for its namespace."""
        return self._by_home(self.mentioning("containers"))

    def _by_home(self, documents: Iterable[Document]) -> Mapping[str, Sequence[Document]]:
        found: dict[str, list[Document]] = {}
        for document in documents:
            found.setdefault(self.namespace_of(document), []).append(document)
        return found

    def _index(self, group: str, kind: str) -> dict[tuple[str, str], list[Document]]:
        """(namespace, name) → the documents that have, or had, that name; who has it first."""
        key = (group, kind)
        if key not in self._names:
            index: dict[tuple[str, str], list[Document]] = {}
            for document in self.of_kind(group, kind):
                index.setdefault((self.namespace_of(document), document.name), []).append(document)
            for document in filter(self._renamed.__contains__, self.of_kind(group, kind)):
                current = self.namespace_of(document)
                for namespace, name in renames.former(document):
                    for place in ((current, name), (namespace, name)):
                        known = index.setdefault(place, [])
                        if document not in known:
                            known.append(document)
            self._names[key] = index
        return self._names[key]

    @cached_property
    def _renamed(self) -> Collection[Document]:
        """The documents that may have had another name."""
        return frozenset(self.mentioning(renames.PREVIOUS))
