"""Requests, and what became of them.

An outcome is allowed or not and nothing else: whatever goes wrong for another reason is a
``RigError``, because a broken rig must never look like a refusal.
"""

from typing import NamedTuple


class RigError(Exception):
    """The rig failed; nothing is known about the mesh."""


class Request(NamedTuple):
    """One request as it arrives at the sidecar of a destination.

    Attributes:
        source: the caller's service account, ``namespace/name``; "" presents no certificate.
        pod: the destination, ``namespace/name``.
        port: the workload port.
        service: the Service that the caller had in mind, ``name.namespace``.
        method: "" opens a connection and sends bytes that are not HTTP.
        authority: "" is the service's own name.
    """

    source: str
    pod: str
    port: int
    service: str
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    authority: str = ""

    @property
    def host(self) -> str:
        return self.authority or self.service

    def __str__(self) -> str:
        words = [f"{self.method} {self.path}" if self.method else "TCP"]
        words += [f"[{name}: {value}]" for name, value in self.headers]
        words += [f"[host: {self.authority}]"] if self.authority else []
        source = self.source or "nobody"
        return f"{' '.join(words)} port {self.port} from {source} to {self.pod} ({self.service})"


class Outcome(NamedTuple):
    """What one proxy did: reached the upstream or not, and how it said so."""

    allowed: bool
    how: str
