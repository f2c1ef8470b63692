"""HTTPMatch → what Istio has to require of a request: methods, paths, conditions.

Each match is compiled once per run, however many targets use it, so that what there is to
say about its regexes is said once.

Source: the specification, §6.4 and §8.
"""

from smi2istio.assemble import losses
from smi2istio.catalog import access as catalog
from smi2istio.decisions import Decision as Decided
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.istio import bridge
from smi2istio.istio.patterns import Field
from smi2istio.istio.security import condition
from smi2istio.options import Options
from smi2istio.records import Record
from smi2istio.regex.decision import Decision, decide
from smi2istio.regex.language import language
from smi2istio.regex.tree import Undecidable
from smi2istio.source.specs import HTTPMatch, is_method

#: What OSM's proxies took of a regex, but for what every program of RE2 has.
_SHORT = 100 - 4
#: What proxies set or strip on the way, so that no policy sees what a client sent.
_PROXY_HEADERS = frozenset(
    ("x-forwarded-client-cert", "expect", "te", "connection", "keep-alive", "proxy-connection",
     "transfer-encoding")
)  # fmt: skip
#: What the name of a header is made of. Source: RFC 9110, section 5.6.2.
_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class Requirement(Record):
    """A match in Istio's terms; ``dead`` if no request can fit it.

    Attributes:
        methods, paths: empty for any.
        conditions: entries of `when`.
        bridges: what an EnvoyFilter has to evaluate for the conditions.
        host: the place and regex of a `host` entry, which only the destination's Services
            can decide; "" for none.
    """

    match: HTTPMatch
    methods: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    conditions: tuple[dict[str, object], ...] = ()
    bridges: tuple[bridge.RequestRule, ...] = ()
    host: str = ""
    host_where: Where = Where()
    dead: bool = False

    @property
    def reads_headers(self) -> bool:
        """Whether a condition is about a header itself, so that it is never true of TCP."""
        return any(str(entry["key"]).startswith("request.headers[") for entry in self.conditions)


class Requirements:
    """Compiles matches, each once; collects what there is to say and which decisions were used.

    Attributes:
        losses: by place the regexes whose values accept something else.
        long: matches whose path OSM's proxies may have refused for its size.
    """

    def __init__(self, options: Options, used: set[Decided]) -> None:
        self._options = options
        self._compiled: dict[Where, Requirement] = {}
        self._said: list[Diagnostic] = []
        self.losses: dict[Where, losses.Loss] = {}
        self.long: list[HTTPMatch] = []
        self._used = used

    def take_diagnostics(self) -> list[Diagnostic]:
        """What has been said since the last call."""
        said, self._said = self._said, []
        return said

    def of(self, match: HTTPMatch) -> Requirement:
        """Compile a match, or return what it was compiled to before."""
        if match.where not in self._compiled:
            before = len(self._said)
            found = self._compiled[match.where] = self._compile(match)
            if found.dead:  # then no request is lost or let in by the rest of it
                self._said[before:] = [one for one in self._said[before:] if not one.witness]
        return self._compiled[match.where]

    def host_is_decided(self, requirement: Requirement) -> bool:
        """Whether the names of Services do not matter for a `host` entry.

        The user has decided it under `patterns`, or its regex cannot be compared with names.
        """
        if self._chosen("host", requirement.host):
            return True
        try:
            language("header", requirement.host, self._options.source_mesh.header_regex)
        except Undecidable:
            return True
        return False

    def host(self, requirement: Requirement) -> Decision:
        """Decide the regex of a `host` entry by itself, where the Services do not tell."""
        match, where = requirement.match, requirement.host_where
        return self._decide("host", "host", match, requirement.host, where)

    def hosts(self, requirement: Requirement) -> tuple[str, ...]:
        """What stands for the regex of a `host` entry and accepts something else; none if equal."""
        loss = self.losses.get(requirement.host_where)
        return loss.decision.values[0] if loss and loss.decision.values else ()

    def host_matches(self, requirement: Requirement, authority: str) -> bool:
        """Whether the regex of a `host` entry accepts an authority."""
        reading = self._options.source_mesh.header_regex
        return language("header", requirement.host, reading).accepts(authority)

    def _compile(self, match: HTTPMatch) -> Requirement:
        methods, dead = self._methods(match)
        found = Requirement(match, methods, dead=dead)
        if match.path_regex:
            where = match.where.at("pathRegex")
            if _is_long(match.path_regex):
                self.long.append(match)
            found = self._add(found, "path", ":path", match.path_regex, where)
        for (name, regex), where in zip(match.headers, match.places, strict=True):
            lower = name.lower()
            if lower == "host":
                found = found._replace(host=regex, host_where=where)
            elif lower in _PROXY_HEADERS:
                self._said.append(catalog.proxy_header(where, name))
                found = found._replace(dead=True)
            elif not _TOKEN.issuperset(lower):
                self._said.append(catalog.impossible_header(where, name))
                found = found._replace(dead=True)
            else:
                found = self._add(found, "header", name, regex, where)
        return found

    def _add(
        self, found: Requirement, field: Field, header: str, regex: str, where: Where
    ) -> Requirement:
        decision = self._decide(field, header, found.match, regex, where)
        if decision.outcome in ("rejected", "inexpressible", "dead"):
            return found._replace(dead=True)
        if decision.bridge:
            rule = bridge.request_rule(
                header, regex, decision.bridge.pattern, decision.bridge.member
            )
            conditions = (*found.conditions, bridge.condition(rule))
            return found._replace(conditions=conditions, bridges=(*found.bridges, rule))
        if field == "path":
            return found._replace(paths=decision.values[0] if decision.values else ())
        entries = (condition(f"request.headers[{header}]", values) for values in decision.values)
        return found._replace(conditions=(*found.conditions, *entries))

    def _methods(self, match: HTTPMatch) -> tuple[tuple[str, ...], bool]:
        where = match.where.at("methods")
        given = tuple(method for method in match.methods if method)
        if match.methods and not given:
            self._said.append(catalog.dead_methods(where))
            return (), True
        for method in given:
            if not is_method(method):
                self._said.append(catalog.bad_method(where, method))
            elif method != method.upper():
                self._said.append(catalog.lower_case_method(where, method))
        if "*" in given:
            return (), False
        return tuple(dict.fromkeys(method.upper() for method in given)), False

    def _decide(
        self, field: Field, name: str, match: HTTPMatch, regex: str, where: Where
    ) -> Decision:
        options, mesh = self._options, self._options.source_mesh
        reading = mesh.path_regex if field == "path" else mesh.header_regex
        chosen = self._chosen(field, regex)
        bridges = options.envoy_filters == "allow"
        decision = decide(field, regex, reading, chosen=chosen, bridges=bridges)
        if decision.values or decision.outcome == "anything":
            if decision.fidelity == "unproved":
                self._said.append(catalog.decision_unproved(where, regex, decision.detail))
            elif decision.fidelity != "equal":
                self.losses[where] = losses.Loss(match, field, name, regex, where, decision)
        else:
            self._said.append(losses.without_values(decision, field, regex, where, reading))
        return decision

    def _chosen(self, field: Field, regex: str) -> tuple[str, ...]:
        for entry in self._options.patterns:
            values = entry.paths if field == "path" else entry.values
            if entry.regex == regex and values:
                self._used.add(entry)
                return values
        return ()


def _is_long(regex: str) -> bool:
    """A dot and a class take up to eight instructions, all else but counts one for each byte."""
    sets = regex.count(".") + regex.count("[") + regex.count("\\")
    return "{" in regex or len(regex.encode()) + 8 * sets > _SHORT
