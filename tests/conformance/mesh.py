"""A mesh: its documents, how the program is configured, and what the program makes of it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import yaml
from tests.conformance.requests import Request

from smi2istio import krm
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Diagnostic
from smi2istio.documents import Stream, read_stream
from smi2istio.options import DEFAULTS, Options

Body = dict[str, Any]

_PERMISSIVE = """\
apiVersion: config.openservicemesh.io/v1alpha2
kind: MeshConfig
metadata: {name: osm-mesh-config, namespace: osm-system}
spec: {traffic: {enablePermissiveTrafficPolicyMode: true}}
"""
_STRICT = """
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {{name: baseline, namespace: {namespace}}}
spec: {{mtls: {{mode: STRICT}}}}
"""
_NOTHING = """
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: baseline, namespace: {namespace}}}
spec: {{}}
"""


class Mesh(NamedTuple):
    """Documents as somebody keeps them in Git, and requests to try.

    Attributes:
        name: where it comes from: a fixture, or a seed.
    """

    name: str
    text: str
    requests: tuple[Request, ...] = ()
    options: Options = DEFAULTS

    @property
    def for_osm(self) -> str:
        """The text, with the mode that only the configuration of the program tells."""
        told = any(one.get("kind") == "MeshConfig" for one in self.documents)
        if self.options.mode != "permissive" or told:
            return self.text
        return f"{self.text}\n---\n{_PERMISSIVE}"

    @property
    def permissive(self) -> bool:
        """Whether OSM lets everybody do everything."""
        traffic = [
            (one.get("spec") or {}).get("traffic") or {}
            for one in self.documents
            if one.get("kind") == "MeshConfig"
        ]
        told = any(one.get("enablePermissiveTrafficPolicyMode") for one in traffic)
        return told or self.options.mode == "permissive"

    @property
    def documents(self) -> list[Body]:
        return bodies(self.text)


class Translation(NamedTuple):
    """The output, None where the program refuses the mesh, and what it said."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


def bodies(text: str) -> list[Body]:
    """The documents of a stream as Kubernetes reads them."""
    return [dict(one.body) for one in read_stream(text.encode())]


def stream(documents: Iterable[Body]) -> str:
    """Documents as text."""
    return "---\n".join(
        yaml.dump(one, Dumper=yaml.CSafeDumper, sort_keys=False) for one in documents
    )


def baseline(members: Iterable[str], *, permissive: bool) -> str:
    """What `baseline: omit` leaves to somebody else, for every member."""
    wanted = _STRICT if permissive else _STRICT + _NOTHING
    return "".join(wanted.format(namespace=name) for name in sorted(members))


def translate(mesh: Mesh) -> Translation:
    """What the program under test makes of *mesh*."""
    source = Stream(mesh.text.encode())
    compilation = compile_documents(source.documents, mesh.options)
    if compilation.failed:
        return Translation(None, compilation.diagnostics)
    written = source.write(*krm.changes(source.documents, compilation.outputs))
    return Translation(written.decode(), compilation.diagnostics)
