"""Derives the schemas of this folder from the CRDs of pinned Go modules.

The CRDs are published in Go modules, so the Go command fetches them and checks them
against the checksums below.  What is kept is what a program can check (structure,
enums, formats, patterns, CEL rules, keys of list maps); descriptions are left out.

A kind that did not change from one minor of Istio to the next is stored once, with
the older minor: whoever misses a file looks in the next older folder.

Run by ``make schemas``.  A second run changes nothing.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Module(NamedTuple):
    """A Go module; ``crds`` is where its CRDs are, ``checksum`` is the one of go.sum."""

    path: str
    version: str
    checksum: str
    crds: str

    @property
    def minor(self) -> str:
        return self.version.removeprefix("v").rpartition(".")[0]

    def files(self) -> list[Path]:
        """Its files with CRDs, on this machine; fetched where they are not there yet."""
        return sorted(_download(self).glob(self.crds))


_ISTIO_CRDS = "kubernetes/customresourcedefinitions.gen.yaml"


def _istio(version: str, checksum: str) -> Module:
    return Module("istio.io/api", version, checksum, _ISTIO_CRDS)


#: The newest patch version of each minor that the Go module proxy serves.
ISTIO = (
    _istio("v1.22.0", "h1:CdMUHgN/OfQK9ojj6lCjxlJSuUe0vD0ZAvoCcoBfn20="),
    _istio("v1.23.0", "h1:yqv3lNW6XSYS5XkbEkxsmFROXIQznp4lFWqj7xKEqCA="),
    _istio("v1.24.2", "h1:jYjcN6Iq0RPtQj/3KMFsybxmfqmjGN/dxhL7FGJEdIM="),
    _istio("v1.25.0", "h1:UVQNFUAz4R06NagA+QpEzLmi4sw+m+UuMgD6sIyXawA="),
    _istio("v1.26.0", "h1:hYWzFonwfimFkzp3P4iKJ0bCyenIoYvEIOXrLi74tjg="),
    _istio("v1.27.0", "h1:KU1DeyIvZkY2k0pF9ZY+6D0ZVB1ZgvimaPkM55NVRWk="),
    _istio("v1.28.0", "h1:0fYY9G03CAdFwE/fCkpr0v7kKsy+Hz9OCCjLNBNLbnU="),
    _istio("v1.29.0", "h1:E4rokccO3xqtxWd2zmLjlq+sKuWakrzmskhaFNFqCbs="),
    _istio("v1.30.2", "h1:xWno52OskZ51HBBOaQdLQ7GWXoooYVWGKEd9KY+dzVM="),
    _istio("v1.31.1", "h1:5Yb5ihcz4YQsCkciusK7DnFpBMwRB6EFWeUKH1Atuyk="),
)
SMI = Module(
    "github.com/servicemeshinterface/smi-sdk-go",
    "v0.5.0",
    "h1:9cZdhvGbGDlmnp9qqmcQL+RL6KZ3IzHfDLoA5Axg8n0=",
    "crds/*.yaml",
)
OSM = Module(
    "github.com/openservicemesh/osm",
    "v1.2.4",
    "h1:WBSoLWehnxedIxXHysKOR49DQVbGLW5qBdh6UD8NAUA=",
    "cmd/osm-bootstrap/crds/*.yaml",
)

#: The kinds that are emitted, or stand beside emitted ones and are looked at.
KINDS = frozenset(
    {
        "AuthorizationPolicy",
        "DestinationRule",
        "EnvoyFilter",
        "PeerAuthentication",
        "RequestAuthentication",
        "ServiceEntry",
        "Sidecar",
        "Telemetry",
        "VirtualService",
    }
)

Schema = dict[str, Any]


def main() -> None:
    derive(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)


def derive(target: Path) -> None:
    """Write all sets, ``SOURCES.md`` and ``SHA256SUMS`` below *target*."""
    for folder in ("istio", "smi", "osm"):
        shutil.rmtree(target / folder, ignore_errors=True)
    files = dict(_istio_files())
    # The SDK describes all versions of a kind by one schema, OSM each by its own: OSM's
    # is taken where there is one.
    files |= dict(_mesh_files(SMI)) | dict(_mesh_files(OSM))
    for name, schema in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    (target / "SOURCES.md").write_text(_sources(), encoding="utf-8")
    sums = [
        f"{hashlib.sha256((target / name).read_bytes()).hexdigest()}  {name}\n" for name in files
    ]
    (target / "SHA256SUMS").write_text("".join(sorted(sums, key=lambda line: line[66:])))


def _istio_files() -> Iterator[tuple[str, Schema]]:
    older: dict[str, Schema] = {}
    for module in ISTIO:
        for crd in _crds(module):
            kind, versions = crd["spec"]["names"]["kind"], crd["spec"]["versions"]
            if kind not in KINDS:
                continue
            schema = _one_schema(versions)
            schema["x-kubernetes-group-version-kind"] = [
                {"group": crd["spec"]["group"], "kind": kind, "version": version["name"]}
                for version in sorted(versions, key=lambda version: str(version["name"]))
            ]
            if older.get(kind) != schema:
                yield f"istio/{module.minor}/{kind}.json", schema
            older[kind] = schema


def _one_schema(versions: list[Schema]) -> Schema:
    """The schema that all served versions of a kind share, without ``status``.

    Raises:
        SystemExit: they differ, so one file cannot describe them.
    """
    schemas = [_without_prose(version["schema"]["openAPIV3Schema"]) for version in versions]
    if any(schema != schemas[0] for schema in schemas):
        raise SystemExit("versions of one Istio kind differ; store them separately")
    schemas[0]["properties"].pop("status", None)
    return schemas[0]


def _mesh_files(module: Module) -> Iterator[tuple[str, Schema]]:
    for crd in _crds(module):
        spec = crd["spec"]
        for version in spec["versions"]:
            holder = version.get("schema") or spec["validation"]
            folder = "smi" if spec["group"].endswith(".smi-spec.io") else "osm"
            name = f"{folder}/{version['name']}/{spec['names']['kind']}.json"
            yield name, _without_prose(holder["openAPIV3Schema"])


def _without_prose(schema: Schema) -> Schema:
    """Drop descriptions and the messages of CEL rules, but no property of such a name."""
    kept: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties"):
            kept[key] = {name: _without_prose(child) for name, child in value.items()}
        elif key == "x-kubernetes-validations":
            kept[key] = [{"rule": rule["rule"]} for rule in value]
        elif isinstance(value, dict):
            kept[key] = _without_prose(value)
        elif isinstance(value, list):
            kept[key] = [_without_prose(v) if isinstance(v, dict) else v for v in value]
        elif key != "description":
            kept[key] = value
    return kept


def _crds(module: Module) -> Iterator[Mapping[str, Any]]:
    for path in module.files():
        for document in yaml.load_all(path.read_bytes(), yaml.CSafeLoader):
            if document and document["kind"] == "CustomResourceDefinition":
                yield document


def _download(module: Module) -> Path:
    """Fetch *module* through the Go module proxy, or find it in the module cache.

    Raises:
        SystemExit: it cannot be had, or is not the one that was looked at.
    """
    wanted = f"{module.path}@{module.version}"
    command = ["go", "mod", "download", "-json", wanted]
    # The program is the Go command on PATH, as for everything else that is built here.
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=False)  # noqa: S603
    found = json.loads(answer.stdout or "{}")
    if answer.returncode or "Dir" not in found:
        raise SystemExit(f"{wanted}: {found.get('Error', 'not downloaded')}")
    if found["Sum"] != module.checksum:
        raise SystemExit(f"{wanted}: checksum {found['Sum']}, expected {module.checksum}")
    return Path(found["Dir"])


def _sources() -> str:
    rows = "".join(
        f"| {folder} | {m.path} | {m.version} | `{m.checksum}` | `{m.crds}` |\n"
        for folder, m in (
            *((f"`istio/{m.minor}/`", m) for m in ISTIO),
            ("`smi/`", SMI),
            ("`smi/`, `osm/`", OSM),
        )
    )
    return f"""# Where these schemas come from

Written by `derive.py`, as is everything in `istio/`, `smi/` and `osm/`; `make schemas` runs it.
`sha256sum -c SHA256SUMS` tells whether a file was changed by hand.

| folder | Go module | version | checksum (go.sum) | files |
|---|---|---|---|---|
{rows}
All of these modules are licensed under the Apache License, Version 2.0, as this repository is
(`LICENSE`).
Changes: only the schemas are kept, one file for each kind; descriptions, the messages of rules
and Istio's `status` are left out.

* `istio/<minor>/<Kind>.json`: a kind that is missing there is as in the next older folder.
  `x-kubernetes-group-version-kind` lists the versions in which the kind is served.
* `smi/<version>/<Kind>.json`, `osm/<version>/<Kind>.json`. Of SMI, OSM's own copy is taken where
  it has that version: the SDK describes all versions of a kind by the schema of the newest.
"""


if __name__ == "__main__":
    main()
