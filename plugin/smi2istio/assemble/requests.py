"""Searches the shortest request that some matches accept and others do not.

A request is a method, a path and headers; that another match does not accept it can be due
to any of these, so the choices are tried one after the other.

Source: the specification, §1 (what a witness is).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from smi2istio.assemble.requirements import Requirement
from smi2istio.diagnostics import Witness
from smi2istio.regex.emitted import written
from smi2istio.regex.language import Language, language, shortest
from smi2istio.regex.tree import TooComplex
from smi2istio.source.specs import HTTPMatch
from smi2istio.source_mesh import SourceMesh

PATH, _HOST = ":path", "host"
_AUTHORITY = r"[!-@\[-~]+"  # any, in lower case: nobody asks for more
_HEADERS = "request.headers["
#: The first of these that fits is shown for a match of any method; one is nobody's own.
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PROPFIND")
_TRIES = 200  # choices of what another match does not accept

_Texts = tuple[tuple[str, Language], ...]


class Demand(NamedTuple):
    """What is asked of a request: by a match of the old mesh, or by what became of it.

    Attributes:
        methods: none for any.
        texts: what the path and headers, in lower case, have to be; a name may stand twice.
    """

    methods: frozenset[str]
    texts: _Texts


#: Accepts every request.
ANY = Demand(frozenset(), ())


def of_match(match: HTTPMatch, mesh: SourceMesh) -> Demand:
    """As the old mesh reads it.

    Raises:
        Undecidable: one of its regexes cannot be read.
    """
    texts = [(PATH, language("path", match.path_regex or ".*", mesh.path_regex))]
    texts += (
        (name.lower(), language("header", regex, mesh.header_regex))
        for name, regex in match.headers
    )
    return Demand(_methods(match), tuple(texts))


def of_requirement(requirement: Requirement, mesh: SourceMesh, hosts: Sequence[str] = ()) -> Demand:
    """As Istio reads what is emitted; where that is proved to be the same, as the old mesh does.

    Args:
        hosts: what stands for a `host` entry, where that is not the same.

    Raises:
        Undecidable: one of its regexes cannot be read, and no values stand for it.
    """
    match, bridged = requirement.match, {one.header for one in requirement.bridges}
    texts: list[tuple[str, Language]] = []
    if requirement.paths:
        texts.append((PATH, written("path", requirement.paths)))
    elif PATH in bridged:
        texts.append((PATH, language("path", match.path_regex, mesh.path_regex)))
    for name, regex in match.headers:
        lower = name.lower()
        if lower == _HOST and hosts:
            texts.append((lower, written("header", map(str.lower, hosts))))
        elif lower in bridged or lower == _HOST:
            texts.append((lower, language("header", regex, mesh.header_regex)))
    for condition in requirement.conditions:
        key, values = str(condition["key"]), condition["values"]
        if key.startswith(_HEADERS) and isinstance(values, list):
            texts.append((key[len(_HEADERS) : -1].lower(), written("header", values)))
    return Demand(_methods(match), tuple(texts))


def _methods(match: HTTPMatch) -> frozenset[str]:
    methods = frozenset(method.upper() for method in match.methods if method)
    return frozenset() if "*" in methods else methods


def request(
    inside: Sequence[Demand], outside: Sequence[Demand], names: Sequence[str] | None = None
) -> Witness | None:
    """The request; None if there is none.

    Args:
        inside: all of which accept it.
        outside: none of which accepts it.
        names: the authorities by which the pods are called; None where they are not known.

    Raises:
        TooComplex: it cannot be told.
    """
    asked: list[list[Demand]] = []
    for method in _common(inside):
        rivals = [one for one in outside if not one.methods or method in one.methods]
        if rivals in asked:
            continue
        asked.append(rivals)
        found = _Search(inside, rivals, names).run()
        if found:
            headers = tuple((name, text) for name, text in found.items() if name != PATH)
            return Witness("", method, found[PATH], headers)
    return None


def _common(inside: Iterable[Demand]) -> Iterator[str]:
    listed = [one.methods for one in inside if one.methods]
    if listed:
        yield from sorted(frozenset.intersection(*listed))
    else:
        yield from METHODS


class _Search:
    """The values of one request of a method."""

    def __init__(
        self, inside: Sequence[Demand], rivals: Sequence[Demand], names: Sequence[str] | None
    ) -> None:
        self.names = names
        self.wanted: dict[str, list[Language]] = {}
        for one in inside:
            for name, texts in one.texts:
                self.wanted.setdefault(name, []).append(texts)
        self.wanted.setdefault(PATH, [language("path", ".*")])
        if any(name == _HOST for one in rivals for name, _ in one.texts):
            self.wanted.setdefault(_HOST, [])  # a request has an authority, wanted or not
        if _HOST in self.wanted:
            self.wanted[_HOST].append(language("header", _AUTHORITY))
        # A match that wants a header which is not sent accepts nothing.
        self.rivals = [one for one in rivals if all(name in self.wanted for name, _ in one.texts)]
        self.tries = _TRIES

    def run(self) -> Mapping[str, str] | None:
        found: dict[str, str] = {}
        for name in self.wanted:
            text = self.value(name, ())
            if text is None:
                return None
            found[name] = text
        return self.avoiding(found, dict.fromkeys(found, ()))

    def avoiding(
        self, found: Mapping[str, str], excluded: Mapping[str, tuple[Language, ...]]
    ) -> Mapping[str, str] | None:
        """The values, or others beside what is excluded, that none of the rivals accepts."""
        self.tries -= 1
        if self.tries < 0:
            raise TooComplex("too many matches accept the same requests")
        rival = next((one for one in self.rivals if _accepts(one, found)), None)
        if rival is None:
            return found
        for name, texts in rival.texts:
            more = (*excluded[name], texts)
            text = self.value(name, more)
            if text is not None:
                better = self.avoiding({**found, name: text}, {**excluded, name: more})
                if better:
                    return better
        return None

    def value(self, name: str, excluded: Sequence[Language]) -> str | None:
        if name != _HOST or self.names is None:
            return shortest(self.wanted[name], excluded)
        fitting = (one for one in self.names if all(_in(one, self.wanted[name])))
        return next((one for one in fitting if not any(_in(one, excluded))), None)


def _in(text: str, languages: Iterable[Language]) -> Iterator[bool]:
    return (one.accepts(text) for one in languages)


def _accepts(demand: Demand, texts: Mapping[str, str]) -> bool:
    return all(language.accepts(texts[name]) for name, language in demand.texts)
