"""One rule of a role for the subjects of a binding, in today's words.

The parts of a subject are ANDed and subjects are alternatives, as are sources of a rule;
conditions belong to a rule as a whole, so a subject that needs one gets a rule of its own.

Source: the specification, §9; istio 1.4.9 pilot/pkg/security/authz/model/{permission,
principal}.go; reference/legacy-and-neighbours.md §2.5, §2.6.
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import NamedTuple

from smi2istio.catalog import legacy as catalog
from smi2istio.diagnostics import Diagnostic, Refusal
from smi2istio.emit import Json
from smi2istio.source.rbac import OPERATIONS, Rule, Subject

#: Constraints that are decided from the input (see ``role_services``), not by the proxy.
DECIDED = ("destination.port", "destination.name", "destination.namespace", "destination.user")
LABEL = re.compile(r"destination\.labels\[(.+)\]")
_CONDITION = re.compile(
    r"destination\.ip|connection\.sni|request\.headers\[.+\]|experimental\.envoy\.filters\..+\[.+\]"
)
_TOKEN = re.compile(r"request\.headers\[.+\]|request\.auth\.(audiences|presenter|claims\[.+\])")
_ANYBODY, _AUTHENTICATED = ("*", "allUsers"), "allAuthenticatedUsers"

#: Lists of a subject, and properties → the field of a source, and the condition that says the same.
_SOURCES: Mapping[str, tuple[str, str]] = {
    "user": ("principals", "source.principal"),
    "names": ("principals", "source.principal"),
    "not_names": ("notPrincipals", ""),
    "namespaces": ("namespaces", "source.namespace"),
    "not_namespaces": ("notNamespaces", ""),
    "ips": ("ipBlocks", "source.ip"),
    "not_ips": ("notIpBlocks", ""),
    "source.principal": ("principals", "source.principal"),
    "source.user": ("principals", "source.principal"),
    "source.namespace": ("namespaces", "source.namespace"),
    "source.ip": ("ipBlocks", "source.ip"),
}
_GROUPS = "request.auth.claims[groups]"


class Caller(NamedTuple):
    """A subject as a source and conditions; neither for anybody."""

    source: Mapping[str, Sequence[str]]
    conditions: tuple[Json, ...]


def callers(
    subjects: Sequence[Subject], *, use_origin: bool
) -> Generator[Diagnostic, None, list[Caller]]:
    """What the subjects are; those that nobody fulfils are left out, and said so.

    Args:
        use_origin: the principal of `request.auth.principal` is that of the token.

    Raises:
        Refusal: S2I632.
    """
    found = []
    for subject in subjects:
        unknown = [name for name in subject.properties if not _known(name)]
        if subject.empty:
            yield catalog.grants_nothing(subject.where, "the subject is empty")
        elif unknown:
            why = f"nothing ever set the property {unknown[0]!r}"
            yield catalog.grants_nothing(subject.where.at("properties"), why)
        else:
            found.append((yield from _caller(subject, use_origin=use_origin)))
    return found


def _known(name: str) -> bool:
    return name in _SOURCES or name == "request.auth.principal" or bool(_TOKEN.fullmatch(name))


def _caller(subject: Subject, *, use_origin: bool) -> Generator[Diagnostic, None, Caller]:
    source: dict[str, Sequence[str]] = {}
    conditions: list[Json] = []
    for name, values in _parts(subject):
        if name == "source.principal" and values == ("*",):
            yield catalog.any_principal(subject.where.at("properties"))
        field, key = _SOURCES.get(name, ("", name))
        if name == "request.auth.principal":
            field, key = ("requestPrincipals", name) if use_origin else _SOURCES["user"]
        if field in ("namespaces", "notNamespaces"):
            _check_namespaces(subject, name, values)
        if field and field not in source:
            source[field] = values
        else:
            conditions.append({"key": key, "values": list(values)})
    if groups := subject.lists.get("not_groups"):
        conditions.append({"key": _GROUPS, "notValues": list(groups)})
    return Caller(source, tuple(conditions))


def _parts(subject: Subject) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Field or property, and its values, in the order in which they are documented."""
    if subject.user and subject.user not in _ANYBODY:
        yield "user", (_principal(subject.user),)
    if subject.group:
        yield _GROUPS, (subject.group,)
    for name, values in subject.lists.items():
        if name == "groups":
            yield _GROUPS, values
        elif name in ("names", "not_names"):
            yield name, tuple(map(_principal, values))
        elif name != "not_groups":
            yield name, values
    for name, value in sorted(subject.properties.items()):
        yield name, (value,)


def _principal(name: str) -> str:
    return "*" if name == _AUTHENTICATED else name


def _check_namespaces(subject: Subject, name: str, values: Sequence[str]) -> None:
    for value in values:
        if "*" in value[1:-1]:
            why = f"a namespace with a star inside, {value!r}"
            raise Refusal(catalog.no_condition(subject.where, name, why))


def conditions(rule: Rule) -> list[Json]:
    """The constraints that the proxy looks at.

    Raises:
        Refusal: S2I632.
    """
    found: list[Json] = []
    for key, values in rule.constraints.items():
        if key in DECIDED or LABEL.fullmatch(key):
            continue
        if not _CONDITION.fullmatch(key):
            why = "Istio 1.4 took no notice of it, so what was meant is not known"
            raise Refusal(catalog.no_condition(rule.where.at("constraints"), key, why))
        found.append({"key": key, "values": list(values)})
    return found


def rules(rule: Rule, ports: Sequence[int], who: Sequence[Caller]) -> Iterator[Json]:
    """The rules for callers without conditions, as one, and for each of the others.

    Raises:
        Refusal: S2I632.
    """
    _check_operations(rule)
    operation: Json = {key: list(values) for key, values in rule.operations.items()}
    operation["ports"] = [str(port) for port in sorted(ports)]
    to = [{"operation": operation}]
    shared = conditions(rule)
    plain = [one.source for one in who if not one.conditions]
    if any(not source for source in plain):
        yield {"to": to, **({"when": shared} if shared else {})}
    elif plain:
        yield {"from": _sources(plain), "to": to, **({"when": shared} if shared else {})}
    for one in who:
        if one.conditions:
            begin: Json = {"from": _sources([one.source])} if one.source else {}
            yield {**begin, "to": to, "when": [*one.conditions, *shared]}


def _check_operations(rule: Rule) -> None:
    for name, today in OPERATIONS.items():
        for value in rule.operations.get(today, ()):
            if not value:
                why = "Istio takes no empty value"
            elif "paths" in name and ("{" in value or "}" in value):
                why = "braces were letters, and make a path template today"
            else:
                continue
            raise Refusal(catalog.no_condition(rule.where.at(name), value, why))


def _sources(found: Sequence[Mapping[str, Sequence[str]]]) -> list[Json]:
    """The sources; those that name nothing but principals are one."""
    named = sorted(
        {name for one in found if list(one) == ["principals"] for name in one["principals"]}
    )
    others: list[Mapping[str, Sequence[str]]]
    others = [one for one in found if list(one) != ["principals"]]
    both = [{"principals": named}, *others] if named else others
    written = [{key: list(values) for key, values in one.items()} for one in both]
    return [{"source": source} for source in written]
