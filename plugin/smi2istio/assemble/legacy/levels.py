"""Which Policy was in force at each port of a Service: the Service's, its namespace's, the mesh's.

The first that there is was in force as a whole; nothing was merged.  Between two of one
Service their age decided, which is not in Git.

Source: istio 1.4.9 pilot/pkg/model/push_context.go, AuthenticationPolicyForWorkload;
reference/legacy-and-neighbours.md §1.2.
"""

from collections.abc import Iterator, Sequence

from smi2istio.catalog import legacy as catalog
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.legacy import Authentication
from smi2istio.source.core import Service


class Levels:
    """All that Policies ask for, by whom it is asked of.

    Attributes:
        mesh: the MeshPolicy, if there is one.
        namespaces: name → the Policy of the whole namespace.
    """

    def __init__(self, found: Sequence[Authentication]) -> None:
        self.mesh: Authentication | None = None
        self.namespaces: dict[str, Authentication] = {}
        self._services: dict[tuple[str, str], list[Authentication]] = {}
        for one in sorted(found, key=lambda one: one.document.name):
            if one.service is not None:
                self._services.setdefault((one.namespace, one.service.name), []).append(one)
            elif one.namespace:
                self.namespaces[one.namespace] = one
            else:
                self.mesh = one

    def of(self, service: Service) -> Sequence[Authentication]:
        """What names the Service itself."""
        return self._services.get((service.namespace, service.name), ())

    def targeted(self) -> list[str]:
        """Namespaces with a Service that is named, sorted."""
        return sorted({namespace for namespace, _ in self._services})

    def wide(self) -> list[Authentication]:
        """What is about a namespace or the mesh; the mesh first."""
        mesh = [self.mesh] if self.mesh else []
        return mesh + [self.namespaces[name] for name in sorted(self.namespaces)]

    def inherited(self, namespace: str) -> Authentication | None:
        return self.namespaces.get(namespace) or self.mesh

    def in_force(self, service: Service, port: int) -> Authentication | None:
        """What was in force at a port of the Service, by the Service's number of it."""
        own = (one for one in self.of(service) if not one.ports or port in one.ports)
        return next(own, None) or self.inherited(service.namespace)

    def contradictions(self) -> Iterator[Diagnostic]:
        """S2I608 where two Policies of one Service ask different things of a port."""
        for found in self._services.values():
            for number, one in enumerate(found):
                for other in found[:number]:
                    meet = one.ports & other.ports if one.ports and other.ports else True
                    if meet and one.policy.demand != other.policy.demand:
                        port = str(min(one.ports | other.ports, default="")) or "of any number"
                        yield catalog.contradiction(one.where, port, str(Where(other.document)))
