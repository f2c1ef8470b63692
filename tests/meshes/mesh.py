"""A mesh: its documents, how the program is configured, and what the program makes of it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.meshes.requests import Request

from smi2istio import krm
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Stream, dump, read_stream
from smi2istio.options import Options, of_texts

Body = dict[str, Any]

_CLUSTER_SCOPED = {"Namespace", "CustomResourceDefinition", "ClusterRbacConfig", "MeshPolicy"}
_PERMISSIVE: Body = {
    "apiVersion": "config.openservicemesh.io/v1alpha2",
    "kind": "MeshConfig",
    "metadata": {"name": "osm-mesh-config", "namespace": "osm-system"},
    "spec": {"traffic": {"enablePermissiveTrafficPolicyMode": True}},
}


class Mesh(NamedTuple):
    """Documents as somebody keeps them in Git, and requests to try.

    Attributes:
        name: where it comes from: a fixture, or a seed.
        config: the ``spec`` of the program's configuration.
    """

    name: str
    documents: tuple[Body, ...]
    config: Body
    requests: tuple[Request, ...] = ()

    @property
    def options(self) -> Options:
        return of_texts(self.config, Where())

    @property
    def text(self) -> str:
        return stream(self.documents)

    @property
    def applied(self) -> list[Body]:
        """The documents as OSM's cluster holds them.

        What only the configuration of the program tells, the cluster had been told otherwise.
        """
        options = self.options
        told = any(one.get("kind") == "MeshConfig" for one in self.documents)
        config = [_PERMISSIVE] if options.mode == "permissive" and not told else []
        return placed([*self.documents, *config], options.namespace)

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


class Translation(NamedTuple):
    """The output, None where the program refuses the mesh, and what it said."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]


def bodies(text: str) -> list[Body]:
    """The documents of a stream as Kubernetes reads them."""
    return [dict(one.body) for one in read_stream(text.encode())]


def stream(documents: Iterable[Body]) -> str:
    """Documents as text."""
    return "---\n".join(dump(one) for one in documents)


def placed(documents: Iterable[Body], namespace: str) -> list[Body]:
    """Documents in the namespace that they are applied to, where they name none."""
    return [
        one
        if "namespace" in one["metadata"] or one.get("kind") in _CLUSTER_SCOPED or not namespace
        else {**one, "metadata": {**one["metadata"], "namespace": namespace}}
        for one in documents
    ]


def translate(mesh: Mesh) -> Translation:
    """What the program under test makes of *mesh*."""
    source = Stream(mesh.text.encode())
    compilation = compile_documents(source.documents, mesh.options)
    if compilation.failed:
        return Translation(None, compilation.diagnostics)
    written = source.write(*krm.changes(source.documents, compilation.outputs))
    return Translation(written.decode(), compilation.diagnostics)
