"""What the user has decided in the configuration, where the input does not tell.

Source: the specification, §2, §6.1 (workloads), §8 (patterns) and §9 (IngressBackend).
"""

import re
from collections.abc import Iterator

from smi2istio.catalog import reading
from smi2istio.diagnostics import Refusal, Where
from smi2istio.fields import Fields
from smi2istio.names import address_range, is_port, label_value
from smi2istio.records import Record

#: What every name of Kubernetes, trust domain or revision fits; a star would be a wildcard.
_NAME = r"[a-z0-9]([-a-z0-9._]*[a-z0-9])?"


class PatternDecision(Record):
    """The user's own translation of one regex; of `paths` and `values` one is empty."""

    regex: str
    paths: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


class WorkloadDecision(Record):
    """The pods of an account whose workloads are not in the input.

    Attributes:
        ports: pairs of workload port and protocol, "http" or "tcp".
    """

    service_account: str
    namespace: str
    labels: tuple[tuple[str, str], ...]
    ports: tuple[tuple[int, str], ...] = ()


class GatewayDecision(Record):
    """The pods of a Service that an IngressBackend lets in; one of the two last is empty.

    Attributes:
        service_account: the gateway's, where it has a sidecar of Istio or is Istio's own.
        ip_blocks: its addresses, where it has none.
    """

    service: str
    namespace: str
    service_account: str
    ip_blocks: tuple[str, ...]


Decision = PatternDecision | WorkloadDecision | GatewayDecision


def gateways(spec: Fields, key: str) -> tuple[GatewayDecision, ...]:
    """Read the list *key*.

    Raises:
        Refusal: S2I102, S2I105, S2I119, S2I120, S2I130, S2I137.
    """
    found = []
    for entry in _entries(spec, key, "service", "namespace", "serviceAccount", "ipBlocks"):
        account = entry.text("serviceAccount")
        decision = GatewayDecision(
            name(entry.required("service"), entry.at("service")),
            name(entry.required("namespace"), entry.at("namespace")),
            account and name(account, entry.at("serviceAccount")),
            _ranges(entry, "ipBlocks"),
        )
        if bool(decision.service_account) == bool(decision.ip_blocks):
            raise Refusal(reading.account_or_addresses(entry.where))
        found.append(decision)
    return tuple(found)


def _ranges(entry: Fields, key: str) -> tuple[str, ...]:
    written = entry.values(key, str)
    found = [address_range(one) for one in written]
    if None in found:
        index = found.index(None)
        raise Refusal(reading.not_a_range(entry.at(key).at(index), written[index]))
    return written


def _entries(spec: Fields, key: str, *known: str) -> Iterator[Fields]:
    """The entries of a list; a key that is none is named before one that is missing.

    Raises:
        Refusal: S2I102, S2I120.
    """
    for entry in spec.mappings(key):
        for word in entry.names():
            if word not in known:
                raise Refusal(reading.unknown_option(entry.at(word), word, known))
        yield entry


def name(text: str, where: Where) -> str:
    """A name as Kubernetes allows them.

    Raises:
        Refusal: S2I119.
    """
    if not re.fullmatch(_NAME, text):
        raise Refusal(reading.not_a_name(where, text))
    return text


def patterns(spec: Fields, key: str) -> tuple[PatternDecision, ...]:
    """Read the list *key*.

    Raises:
        Refusal: S2I102, S2I105, S2I120, S2I128.
    """
    decisions = []
    for entry in _entries(spec, key, "regex", "paths", "values"):
        decision = PatternDecision(
            entry.required("regex"), entry.values("paths", str), entry.values("values", str)
        )
        if bool(decision.paths) == bool(decision.values):
            raise Refusal(reading.one_of_paths_and_values(entry.where))
        decisions.append(decision)
    return tuple(decisions)


def workloads(spec: Fields, key: str) -> tuple[WorkloadDecision, ...]:
    """Read the list *key*.

    Raises:
        Refusal: S2I102, S2I105, S2I119, S2I120, S2I129, S2I136.
    """
    return tuple(
        WorkloadDecision(
            name(entry.required("serviceAccount"), entry.at("serviceAccount")),
            name(entry.required("namespace"), entry.at("namespace")),
            _labels(entry),
            tuple(_port(port) for port in _entries(entry, "ports", "number", "protocol")),
        )
        for entry in _entries(spec, key, "serviceAccount", "namespace", "labels", "ports")
    )


def _labels(entry: Fields) -> tuple[tuple[str, str], ...]:
    labels = entry.mapping("labels")
    found = tuple(sorted((name, labels.get(name, str)) for name in labels.names()))
    if not found:
        raise Refusal(reading.missing(labels.where))
    return tuple((name, _label(value, labels.at(name))) for name, value in found)


def _label(value: str | None, where: Where) -> str:
    """The value of a label as Kubernetes allows them; an empty one is a value, too.

    Raises:
        Refusal: S2I136.
    """
    if value is None or not label_value(value):
        raise Refusal(reading.not_a_label(where, value or ""))
    return value


def _port(entry: Fields) -> tuple[int, str]:
    number = entry.raw("number")
    if not is_port(number):
        raise Refusal(reading.bad_port(entry.at("number"), number))
    return number, entry.one_of("protocol", "http", "tcp")
