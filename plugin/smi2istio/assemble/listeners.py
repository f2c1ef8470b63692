"""Services and regexes of which OSM made what its proxies refused, or only some pods answered.

OSM took the number behind the name of a targetPort from the Endpoints, where the pods that
have the same ports are a subset: from the first subset that has the name, or that has a
single port, whatever its name; a Service of type ExternalName has no subset.  No number at
all, or one number twice, made Envoy refuse the listener, and no port of these pods was
reachable.

Source: osm v1.2.4, pkg/k8s/client.go (GetTargetPortFromEndpoints), run with Envoy 1.40;
reference/osm-verified.md §4, "two ports with one target"; envoy, source/common/common/regex.cc
(re2.max_program_size.error_level).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import combinations

from smi2istio import protocols
from smi2istio.assemble.sites import Door, Site
from smi2istio.catalog import access as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.records import Record
from smi2istio.regex.program import least_size
from smi2istio.regex.tree import Undecidable
from smi2istio.source.core import Service, ServicePort, Workload, selects, title
from smi2istio.source.specs import HTTPMatch

#: Envoy's default, which OSM left as it was; Istio sets 32768.
_MAX_PROGRAM = 100

#: Workload ports of a subset, by the place of the Service's port.
Numbers = Mapping[int, int]


class Refused(Record):
    """Why Envoy refused what OSM made of a Service.

    Attributes:
        port: of the Service.
        only: the workload port whose HTTP routes were lost; 0 where all ports were.
        certain: it does not depend on the order of the subsets.
    """

    port: ServicePort
    why: str
    only: int = 0
    certain: bool = True


def differences(site: Site, context: Context) -> Iterator[Diagnostic]:
    """What Istio opens of a destination's ports and OSM's proxies did not, with a request."""
    namespace, _, account = site.grants[0].destination.partition("/")
    workloads = context.bundle.workloads(namespace)
    ours = [one for one in workloads if one.service_account == account]
    for service in context.bundle.services(namespace):
        if not service.selector or service.is_plain:
            continue
        if any(selects(service.selector, one.labels) for one in ours):
            behind = [one for one in workloads if selects(service.selector, one.labels)]
            yield from _of_service(service, behind, site)


def too_large(long: Iterable[HTTPMatch], site: Site) -> Iterator[Diagnostic]:
    """Regexes for a path, for which the proxies of a destination refused all routes of a port.

    Envoy 1.40 does not ask how large those for headers are, and 1.22 was not to be had.
    """
    for match in long:
        having = [grant for grant in site.grants if match in site.alive(grant)]
        with suppress(Undecidable):
            if having and least_size(match.path_regex) > _MAX_PROGRAM:
                inside = [site.before(match), site.after(match)]
                found = (site.find(door, inside, ()) for door in site.doors(having))
                if witness := next(filter(None, found), None):
                    where = match.where.at("pathRegex")
                    yield catalog.regex_too_large(where, match.path_regex, witness)


def _of_service(service: Service, behind: Sequence[Workload], site: Site) -> Iterator[Diagnostic]:
    subsets = [] if service.external else [_numbers(service, one) for one in behind]
    found = refused(service, subsets)
    if found:
        witness = site.first(partial(_is_lost, found.only, service, site))
        if witness:
            where = _where(service, found.port)
            yield catalog.ports_refused(
                where, found.why, found.only, witness, certain=found.certain
            )
        return
    for port in service.ports if len(behind) > 1 else ():
        there = zip(subsets, behind, strict=True)
        numbers = {one[port.place]: title(pod) for one, pod in there if port.place in one}
        witness = site.first(partial(_is_one_of, numbers)) if len(numbers) > 1 else None
        if witness and protocols.osm(port):
            where = _where(service, port).at("targetPort")
            yield catalog.numbers_differ(where, str(port.target), numbers, witness)


def _is_lost(only: int, service: Service, site: Site, door: Door) -> bool:
    documents = (one.service.document for one in door.pods.exposed)
    return only in (0, door.port) and (len(site.pods) == 1 or service.document in documents)


def _is_one_of(numbers: Container[int], door: Door) -> bool:
    return door.port in numbers


def _where(service: Service, port: ServicePort) -> Where:
    return Where(service.document, f"spec.ports[{port.place}]")


def _numbers(service: Service, workload: Workload) -> Numbers:
    numbers = (
        (one.place, one.target if isinstance(one.target, int) else workload.ports.get(one.target))
        for one in service.ports
    )
    return {place: number for place, number in numbers if number}


def refused(service: Service, pods: Sequence[Numbers]) -> Refused | None:
    """What Envoy refused, whichever of the pods came first in the Endpoints."""
    subsets = [one for index, one in enumerate(pods) if one and one not in pods[:index]]
    orders = [[one, *(other for other in subsets if other is not one)] for one in subsets]
    found = [_of_order(service, order) for order in orders or [[]]]
    told = next(filter(None, found), None)
    return told and told._replace(certain=None not in found)


def _of_order(service: Service, subsets: Sequence[Numbers]) -> Refused | None:
    opened: dict[tuple[int, str, str], tuple[ServicePort, int]] = {}
    for port in service.ports:
        spoken = protocols.osm(port._replace(protocol="TCP"))  # OSM did not look at that
        number = _resolved(port, subsets)
        if spoken and not number:
            return Refused(port, "no workload port")
        opened.setdefault((port.number, port.app_protocol, spoken), (port, number))
    for (one, (first, number)), (other, (second, again)) in combinations(opened.items(), 2):
        chains = sorted((one[2], other[2]))  # "" for none
        if number == again and chains[1] and chains != ["", "tcp"]:
            # A name that was taken for a number is what is to be mended.
            right, wrong = sorted((first, second), key=lambda one: isinstance(one.target, str))
            why = f"workload port {number}, as port {right.number} did"
            return Refused(wrong, why, only=0 if chains[0] else number)
    return None


def _resolved(port: ServicePort, subsets: Sequence[Numbers]) -> int:
    for numbers in subsets:
        if len(numbers) == 1:
            return next(iter(numbers.values()))
        if port.place in numbers:
            return numbers[port.place]
    return 0
