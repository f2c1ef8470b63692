"""Requests that show what a diagnostic says, at one of the destinations that it is about.

Source: the specification, §1, §6.2 and §8.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from smi2istio.assemble import listeners
from smi2istio.assemble.losses import Loss, example
from smi2istio.assemble.overlaps import Route, overlaps, routes
from smi2istio.assemble.policies import Place
from smi2istio.assemble.requests import Demand
from smi2istio.assemble.requirements import Requirements
from smi2istio.assemble.sites import Door, Site
from smi2istio.catalog import access as catalog
from smi2istio.catalog import namespaces
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Witness
from smi2istio.grants import Grant
from smi2istio.protocols import Misread
from smi2istio.regex.tree import Undecidable
from smi2istio.source_mesh import SourceMesh


def told(
    places: Iterable[Place],
    misread: Sequence[Misread],
    context: Context,
    requirements: Requirements,
) -> Iterator[Diagnostic]:
    """What is to be said of the targets of each destination taken together."""
    mesh = context.options.source_mesh
    ports = {(one.service, one.port) for one in misread}
    sites = [Site(place, requirements, context, ports) for place in places]
    for site in sites:
        for grant in site.grants:
            yield from _of_left_out(grant, site, mesh)
        if mesh.first_route:
            yield from overlaps(site)
            yield from listeners.differences(site, context)
            yield from listeners.too_large(requirements.long, site)
    yield from _of_losses(requirements.losses.values(), sites, mesh)
    yield from _of_misread(misread, sites)


def _of_left_out(grant: Grant, site: Site, mesh: SourceMesh) -> Iterator[Diagnostic]:
    """Sources that are left out, with a request that OSM allowed them all the same."""
    witness = None if mesh.kinds_count else _left_out(grant, site, mesh)
    if not grant.sources:
        yield catalog.no_sources(grant.where, witness)
    elif witness:
        yield catalog.let_in_elsewhere(grant.where, witness)


def _of_losses(
    losses: Iterable[Loss], sites: Sequence[Site], mesh: SourceMesh
) -> Iterator[Diagnostic]:
    """What to say of regexes whose values accept something else.

    That less is accepted is worth saying only where no other match accepts the rest.
    """
    for loss in losses:
        decision, where, regex = loss.decision, loss.where, loss.regex
        if decision.excess is not None:
            more, _ = _shown(_gained, loss, sites)
            example = more or _alone(loss, decision.excess, sites, mesh)
            yield catalog.decided_wider(where, regex, example)
        if decision.missing is None:
            continue
        less, known = _shown(_lost, loss, sites)
        if known and not less:
            continue
        text = str(less or _alone(loss, decision.missing, sites, mesh))
        values = ", ".join(value for values in decision.values for value in values)
        if "dot" in decision.reasons:
            yield catalog.literal_dot(where, regex, values, text, less)
        elif "template" in decision.reasons:
            yield catalog.unusual_bytes(where, regex, values, text, less)
        else:
            yield catalog.decided_narrower(where, regex, text, less)


def _alone(loss: Loss, text: str, sites: Sequence[Site], mesh: SourceMesh) -> Witness:
    """A request that a match loses or gains by itself, from somebody it is for."""
    doors = (door for site in sites for door in site.doors(_of_match(loss, site)))
    source = next((door.source for door in doors), "")
    return loss.example(text, mesh)._replace(source=source)


def _of_match(loss: Loss, site: Site) -> list[Grant]:
    return [one for one in site.grants if loss.match in site.alive(one)]


def _shown(
    find: Callable[[Loss, Sequence[Site]], Witness | None], loss: Loss, sites: Sequence[Site]
) -> tuple[Witness | None, bool]:
    """What is found, and whether it can be told at all."""
    try:
        return find(loss, sites), True
    except Undecidable:
        return None, False


def _lost(loss: Loss, sites: Sequence[Site]) -> Witness | None:
    """A request that a match accepted, and that no policy lets in any more.

    Raises:
        Undecidable: it cannot be told.
    """
    for site, door in _doors(loss, sites):
        if witness := site.find(door, [site.before(loss.match)], site.let_in(door)):
            return witness
    return None


def _gained(loss: Loss, sites: Sequence[Site]) -> Witness | None:
    """A request that what became of a match accepts, and that no match accepted.

    Raises:
        Undecidable: it cannot be told.
    """
    for site, door in _doors(loss, sites):
        outside = [
            site.before(match)
            for grant in site.grants
            if grant.open_sources or door.source in (*grant.sources, *grant.dropped)
            for match in site.alive(grant)
        ]
        if witness := site.find(door, [site.after(loss.match)], outside):
            return witness
    return None


def _doors(loss: Loss, sites: Sequence[Site]) -> Iterator[tuple[Site, Door]]:
    """Where the match lets somebody in; where the same is let in, only the first."""
    for site in sites:
        asked: set[tuple[Demand, ...]] = set()
        for door in site.doors(_of_match(loss, site)):
            there = tuple(site.let_in(door))
            if there not in asked:
                asked.add(there)
                yield site, door


def _left_out(grant: Grant, site: Site, mesh: SourceMesh) -> Witness | None:
    """A request that OSM allowed by a target to a source that the target does not name.

    OSM's servers looked at the name of a source and not at its kind, and took an empty list
    for anybody; its clients needed another target of the destination that lets them in.
    """
    others = {source for one in site.grants if one is not grant for source in one.sources}
    reaching = others if grant.open_sources else others.intersection(grant.dropped)
    for source in sorted(reaching.difference(grant.sources)):
        for door in site.served(source):
            there = [one for one in site.grants if one.port in (0, door.port)]
            try:
                for inside, outside in _admitting(grant, source, site, routes(site, there)):
                    if witness := site.find(door, [inside], [*outside, *site.let_in(door)]):
                        return witness
            except Undecidable:
                return example(grant.matches[0], mesh)._replace(source=source)
        if port := site.cut_off(source, grant):
            return Witness(source, "", port=port)
    return None


def _admitting(
    grant: Grant, source: str, site: Site, everything: Sequence[Route]
) -> Iterator[tuple[Demand, list[Demand]]]:
    """The routes of a target that admit a source, each with those that refuse it before."""
    refusing: list[Demand] = []
    for route in (one for one in everything if any(target is grant for target, _ in one.targets)):
        anybody = all(target.open_sources for target, _ in route.targets)
        if anybody or source in route.sources:
            yield site.before(route.match), refusing.copy()
        else:
            refusing.append(site.before(route.match))


def _of_misread(misread: Sequence[Misread], sites: Sequence[Site]) -> Iterator[Diagnostic]:
    """Ports where HTTP rules never match, with a request that they were meant for."""
    for one in misread:
        found = (site.first(partial(_is_lost, one, site)) for site in sites)
        witness = next(filter(None, found), None)
        yield namespaces.protocol_differs(one.where, one.why, one.protocol, witness)


def _is_lost(port: Misread, site: Site, door: Door) -> bool:
    return (port.service, port.port) in door.fronts and site.is_misread(door)
