"""What the repository shows to people, as meshes: every fixture and every kustomization.

OSM can only be asked about what a cluster with OSM could have held.
"""

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.conformance.aim import aimed
from tests.meshes.mesh import Body, Mesh, Translation, bodies, translate

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"

# What OSM 1.2's API server takes; the last group is a misspelling that it does not know.
# Source: OSM 1.2.4, cmd/osm-bootstrap/crds.
_SERVED = {
    "access.smi-spec.io": {"v1alpha3"},
    "specs.smi-spec.io": {"v1alpha4"},
    "split.smi-spec.io": {"v1alpha2"},
    "spec.smi-spec.io": set(),
}

# What these show is how text is read, and a mesh is made of what was read.
_OF_TEXT = ("mesh-config/words-of-yaml", "reading/lists-of-a-kind")


def meshes() -> Iterator[Mesh]:
    """Those that are translated, and that a cluster with OSM could hold."""
    yield from filter(held, every_fixture())


def every_fixture() -> Iterator[Mesh]:
    """Every fixture that is translated, with requests about it."""
    for path in sorted(FIXTURES.glob("*/*/expected.yaml")):
        name = str(path.parent.relative_to(FIXTURES))
        if name in _OF_TEXT:
            continue
        config = path.with_name("config.yaml")
        body = bodies(config.read_text())[0] if config.exists() else {}
        options = dict(body.get("spec") or body.get("data") or {})
        documents = bodies(path.with_name("input.yaml").read_text())
        yield _asked(name, documents, options)


def kustomizations() -> Iterator[Mesh]:
    """What each kustomization that has an expectation builds, before it is transformed."""
    for path in sorted(ROOT.glob("kustomize/**/want.yaml")):
        documents = _built(path.parent)
        told = any(one["kind"] == "MeshConfig" for one in documents)
        config = {} if told else {"mode": "enforcing"}
        yield _asked(str(path.parent.relative_to(ROOT)), documents, config)


def wanted(mesh: Mesh) -> Translation:
    """What a kustomization is known to build: a test of the hosts compares it."""
    return translate(mesh)._replace(text=(ROOT / mesh.name / "want.yaml").read_text())


def _asked(name: str, documents: Iterable[Body], config: Body) -> Mesh:
    return aimed(Mesh(name, tuple(documents), config), name)


def _built(directory: Path) -> list[Body]:
    """The documents of a kustomization; without leave to run it, its function is passed over."""
    command = (str(ROOT / ".tools/kustomize"), "build", "--enable-alpha-plugins", str(directory))
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return bodies(done.stdout)


def held(mesh: Mesh) -> bool:
    """Whether a cluster holds a mesh: in served versions, once each, and no longer in kustomize.

    The user's own policies are no part of the comparison, nor are rate limits, because what they
    refuse depends on the clock, nor entrances for gateways that are not in the documents.
    """
    ids = [
        (one.get("kind"), one["metadata"].get("namespace"), one["metadata"].get("name"))
        for one in mesh.documents
    ]
    return (
        mesh.options.source_mesh.has_mode
        and not mesh.options.dry_run
        and len(ids) == len(set(ids))
        and all(_served(one) for one in mesh.documents)
        and "rateLimit" not in str(mesh.documents)
        and "internal.config.kubernetes.io" not in str(mesh.documents)
        and "AuthorizationPolicy" not in {kind for kind, _, _ in ids}
        and all(("Service", *gateway) in ids for gateway in _gateways(mesh.documents))
        and any(group in str(mesh.documents) for group in ("smi-spec.io", "openservicemesh.io"))
    )


def _gateways(documents: Iterable[Body]) -> Iterator[tuple[str, str]]:
    """The Services, by namespace and name, whose addresses IngressBackends let in."""
    for body in documents:
        if body.get("kind") == "IngressBackend":
            for source in body["spec"].get("sources") or ():
                if source.get("kind") == "Service":
                    yield source["namespace"], source["name"]


def _served(document: Body) -> bool:
    """Whether the API server takes a document: methods are upper case there, ranges have a mask."""
    group, _, version = str(document.get("apiVersion")).partition("/")
    spec = document.get("spec") or {}
    matches = spec.get("matches") or []
    listed = [it for one in matches if isinstance(one, dict) for it in one.get("methods") or ()]
    upper = all(str(method) == str(method).upper() for method in listed)
    ranges = [it for it in spec.get("sources") or () if it.get("kind") == "IPRange"]
    if not upper or any("/" not in one["name"] for one in ranges):
        return False
    return group not in _SERVED or version in _SERVED[group]
