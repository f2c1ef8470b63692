"""Whether a request fits an HTTP match, as the source mesh's proxy decides it.

Source: reference/osm-semantics.md §2, osm-verified.md §2 (d) to (g); the specification, §3.
"""

from collections.abc import Collection

from smi2istio.access.request import Request
from smi2istio.regex.language import language
from smi2istio.source.specs import HTTPMatch
from smi2istio.source_mesh import SourceMesh

#: What proxies set or strip on the way; no match ever sees what a client sent.
_PROXIES = frozenset(
    ("x-forwarded-client-cert", "expect", "te", "connection", "keep-alive", "proxy-connection",
     "transfer-encoding", "upgrade")
)  # fmt: skip
#: What no proxy takes in the name of a header.
_DELIMITERS = frozenset(' "(),/:;<=>?@[\\]{}')


def fits(
    match: HTTPMatch, request: Request, names: Collection[str] | None, mesh: SourceMesh
) -> bool:
    """Whether a match accepts a request.

    Args:
        match: path, methods and headers, of which all must fit.
        request: what arrived.
        names: the authorities by which the port is called, in lower case; None if unknown.
        mesh: how its regexes are read.

    Raises:
        Undecidable: it depends on a regex that cannot be read.
    """
    methods = {method.upper() for method in match.methods if method}
    if match.methods and not methods & {"*", request.method}:
        return False
    path = match.path_regex or ".*"
    return all(
        _header(name, regex, request, names, mesh) for name, regex in match.headers
    ) and language("path", path, mesh.path_regex).accepts(request.path)


def _header(
    name: str, regex: str, request: Request, names: Collection[str] | None, mesh: SourceMesh
) -> bool:
    lower = name.lower()
    if lower == "host":
        if names is not None and request.authority.lower() not in names:
            return False
        return language("header", regex, mesh.header_regex).accepts(request.authority)
    lines = request.values(name)
    if lower in _PROXIES or not lines or not _can_be_sent(name):
        return False
    value = ",".join(lines)  # as Envoy of OSM's time saw it
    return language("header", regex, mesh.header_regex).accepts(value)


def _can_be_sent(name: str) -> bool:
    return name.isascii() and name.isprintable() and _DELIMITERS.isdisjoint(name)
