"""A request as it arrives at the sidecar of its destination."""

import re
from typing import NamedTuple

#: Escapes of letters and digits, which need none.
_LETTER = re.compile("%(3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])")


class Request(NamedTuple):
    """One request, or one connection.

    Attributes:
        source: the caller's service account, ``namespace/name``; "" sends plaintext.
        pod: the destination, ``namespace/name``.
        port: the workload port.
        service: the Service that the caller had in mind, ``name.namespace``.
        method: "" opens a connection and sends bytes that are not HTTP.
        authority: "" is the service's own name.
        address: where the caller is; "" is at its pod, or where nobody else is.
        outside: how a caller outside OSM's mesh, but in Istio's, came to OSM: by its "address",
            in plaintext, or with a "certificate"; "" is a member.
    """

    source: str
    pod: str
    port: int
    service: str
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    authority: str = ""
    address: str = ""
    outside: str = ""

    @property
    def host(self) -> str:
        return self.authority or self.service

    @property
    def normalised(self) -> "Request":
        """The same to a mesh that resolves escapes of letters, and dot segments."""
        path, mark, query = self.path.partition("?")
        segments: list[str] = []
        for one in _LETTER.sub(lambda escape: chr(int(escape[1], 16)), path).split("/"):
            if one == "..":
                del segments[-1:]
            elif one != ".":
                segments.append(one)
        return self._replace(path="/".join(segments) + mark + query)

    def __str__(self) -> str:
        words = [f"{self.method} {self.path}" if self.method else "TCP"]
        words += [f"[{name}: {value}]" for name, value in self.headers]
        words += [f"[host: {self.authority}]"] if self.authority else []
        source = self.source or "nobody"
        source += f" at {self.address}" if self.address else ""
        return f"{' '.join(words)} port {self.port} from {source} to {self.pod} ({self.service})"
