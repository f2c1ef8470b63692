"""A request as the sidecar of its destination sees it, and what a decider says of it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from smi2istio.bundle import Bundle
from smi2istio.diagnostics import Where
from smi2istio.source.core import Workload


class Answer(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    EITHER = "either"  # by the random order in which OSM put its routes
    UNKNOWN = "unknown"  # the documents, or what a request tells here, don't decide it


class Request(NamedTuple):
    """One request, or one connection.

    Attributes:
        source: service account, ``namespace/name``; None for a caller without identity.
        destination: a workload, ``namespace/name`` or ``Kind/namespace/name``.
        port: a port of the workload's pods, not of a Service.
        path: without the query.
        query: from its question mark on; "" for none.
        headers: pairs of name and value; a name may stand more than once.
        authority: with the port, if the caller wrote one; counts only where a document has
            a word about it.
        tcp: a connection that does not speak HTTP; method, path and headers don't count.
    """

    source: str | None
    destination: str
    port: int
    method: str = "GET"
    path: str = "/"
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    authority: str = ""
    tcp: bool = False

    def values(self, header: str) -> list[str]:
        """The lines of a header, without the blanks that proxies strip."""
        wanted = header.lower()
        return [value.strip(" \t") for name, value in self.headers if name.lower() == wanted]

    def __str__(self) -> str:
        parts = ["TCP"] if self.tcp else [f"{self.method} {self.path}{self.query}"]
        if not self.tcp:
            parts += [f"[{name}: {value}]" for name, value in self.headers]
            parts += [f"[host: {self.authority}]"] if self.authority else []
        source = self.source or "nobody"
        return f"{' '.join(parts)} port {self.port} from {source} to {self.destination}"


class Reason(NamedTuple):
    """What decides: a rule, and where it stands; no place for what nobody wrote."""

    text: str
    where: Where = Where()

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place}: {self.text}" if place else self.text


class Verdict(NamedTuple):
    """The answer, and why; of an allowed request every rule that allows it."""

    answer: Answer
    reasons: tuple[Reason, ...]

    @property
    def allows(self) -> bool:
        """Whether the request may pass, in one order of the routes at least."""
        return self.answer in (Answer.ALLOW, Answer.EITHER)


class NoSuchWorkload(Exception):
    """The destination of a request is not in the documents."""


def allow(*reasons: Reason) -> Verdict:
    return Verdict(Answer.ALLOW, reasons)


def deny(text: str, where: Where = Where()) -> Verdict:  # noqa: B008 - immutable
    return Verdict(Answer.DENY, (Reason(text, where),))


def unknown(text: str, where: Where = Where()) -> Verdict:  # noqa: B008 - immutable
    return Verdict(Answer.UNKNOWN, (Reason(text, where),))


def best(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict where one way in is enough; the last refusal if there is none."""
    order = (Answer.ALLOW, Answer.UNKNOWN, Answer.EITHER, Answer.DENY)
    return min(verdicts, key=lambda verdict: order.index(verdict.answer))


def destination(bundle: Bundle, request: Request) -> Workload:
    """The workload that a request goes to.

    Raises:
        NoSuchWorkload: none or several have that name.
    """
    *kind, namespace, name = request.destination.split("/")
    found = [
        one for one in bundle.workloads(namespace) if one.name == name and kind in ([], [one.kind])
    ]
    if len(found) != 1:
        many = "several workloads are" if found else "no workload is"
        raise NoSuchWorkload(f"{many} named {request.destination}")
    return found[0]
