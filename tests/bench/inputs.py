"""Input for the benchmark: ResourceLists as kustomize 5.8.1 writes them.

Compared byte for byte with what a real build sends to an exec function; the notes in
reference/tools.md §7 call this the usual mix, with fewer SMI documents and more ConfigMaps.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

Body = dict[str, Any]

#: Stands for the number of a namespace while its objects are written once for all.
_NUMBER: Final = "NNNN"
_NEXT: Final = "MMMM"
_INDEX: Final = "@INDEX@"
_ID: Final = "@ID@"

_FUNCTION_CONFIG: Final = """\
functionConfig:
  apiVersion: smi2istio.dev/v1alpha1
  kind: SmiToIstio
  metadata:
    annotations:
      config.kubernetes.io/function: |
        exec:
          path: smi2istio
      config.kubernetes.io/local-config: 'true'
    name: smi-to-istio
  spec:
    mode: enforcing
"""


class _Dumper(yaml.CSafeDumper):
    """Writes block scalars where kustomize does."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else '"' if text in ("true", "false") or text.isdigit() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def write(path: Path, bodies: Iterable[str]) -> None:
    """Write a ResourceList; *bodies* are items from :func:`item`, numbered here."""
    with path.open("w", encoding="utf-8") as out:
        out.write("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n")
        for index, body in enumerate(bodies):
            out.write(body.replace(_INDEX, str(index)).replace(_ID, str(index + 1)))
        out.write(_FUNCTION_CONFIG)


def item(body: Body) -> str:
    """One object as an item: keys sorted, with the annotations that kustomize adds."""
    group, _, version = str(body["apiVersion"]).rpartition("/")
    metadata: Mapping[str, Any] = body["metadata"]
    identity = {"group": group, "kind": body["kind"], "name": metadata["name"]}
    identity |= {"namespace": metadata.get("namespace", ""), "version": version}
    known = "".join(f"{key}: {value}\n" for key, value in identity.items() if value)
    annotations = {**metadata.get("annotations", {}), "kustomize.config.k8s.io/id": known}
    text = yaml.dump(annotations, Dumper=_Dumper, default_flow_style=False)
    added = "".join(f"      {line}\n" for line in text.splitlines()) + (
        f"      config.kubernetes.io/index: '{_INDEX}'\n"
        f"      internal.config.kubernetes.io/index: '{_INDEX}'\n"
        f"      internal.config.kubernetes.io/annotations-migration-resource-id: '{_INDEX}'\n"
        f"      internal.config.kubernetes.io/id: '{_ID}'\n"
        f"      config.k8s.io/id: '{_ID}'\n"
    )
    marked = {**body, "metadata": {**metadata, "annotations": "MARK"}}
    text = yaml.dump(marked, Dumper=_Dumper, default_flow_style=False, width=10**6)
    block = "".join(f"  {line}\n" for line in text.splitlines())
    return "-" + block[1:].replace("    annotations: MARK\n", f"    annotations:\n{added}", 1)


def stream(path: Path) -> Iterator[str]:
    """The documents of a file as items."""
    for body in yaml.load_all(path.read_bytes(), Loader=yaml.CSafeLoader):
        yield item(body)


def mix(namespaces: int) -> Iterator[str]:
    """100 objects for each namespace; every fifth is a member of the mesh, with five SMI documents.

    40 namespaces are 4,000 objects, of which 40 are SMI.  A target's source lives in the
    next member namespace.
    """
    yield item(_mesh_config())
    plain = [item(body) for body in (_namespace(member=False), *_others(20), *_maps(39))]
    member = [
        item(body) for body in (_namespace(member=True), *_others(20), *_maps(34), *_policies())
    ]
    for number in range(namespaces):
        following = (number // 5 * 5 + 5) % namespaces
        for text in plain if number % 5 else member:
            yield text.replace(_NUMBER, f"{number:04}").replace(_NEXT, f"{following:04}")


def targets(number: int) -> Iterator[str]:
    """As many TrafficTargets as workloads, ten for each namespace."""
    yield item(_mesh_config())
    texts = [item(_namespace(member=True)), *(item(body) for body in _others(10))]
    texts += [item(_routes("routes")), *(item(_target(f"app-{n:02}", "routes")) for n in range(10))]
    for namespace in range(number // 10):
        following = (namespace + 1) % (number // 10)
        for text in texts:
            yield text.replace(_NUMBER, f"{namespace:04}").replace(_NEXT, f"{following:04}")


def _object(kind: str, name: str, api_version: str = "v1", **rest: Any) -> Body:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": f"team-{_NUMBER}"},
        **rest,
    }


def _mesh_config() -> Body:
    body = _object("MeshConfig", "osm-mesh-config", "config.openservicemesh.io/v1alpha2")
    body["metadata"]["namespace"] = "osm-system"
    traffic = {"enableEgress": False, "enablePermissiveTrafficPolicyMode": False}
    return {**body, "spec": {"traffic": traffic}}


def _namespace(*, member: bool) -> Body:
    metadata: Body = {"name": f"team-{_NUMBER}", "labels": {"team": f"team-{_NUMBER}"}}
    if member:
        metadata["labels"]["openservicemesh.io/monitored-by"] = "osm"
        metadata["annotations"] = {"openservicemesh.io/sidecar-injection": "enabled"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _others(number: int) -> Iterator[Body]:
    """Deployments, each with its account and Service."""
    for app in (f"app-{n:02}" for n in range(number)):
        yield _object("ServiceAccount", app)
        ports = [{"name": "http", "port": 80, "targetPort": "http"}]
        yield _object("Service", app, spec={"ports": ports, "selector": {"app": app}})
        container = {
            "name": app,
            "image": f"registry.example.com/team-{_NUMBER}/{app}:1.0.0",
            "ports": [{"name": "http", "containerPort": 8080}],
            "env": [{"name": "MODE", "value": "production"}, {"name": "DEBUG", "value": "false"}],
            "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m"}},
        }
        template = {
            "metadata": {"labels": {"app": app, "team": f"team-{_NUMBER}"}},
            "spec": {"serviceAccountName": app, "containers": [container]},
        }
        selector = {"matchLabels": {"app": app}}
        spec = {"replicas": 2, "selector": selector, "template": template}
        yield _object("Deployment", app, "apps/v1", spec=spec)


def _maps(number: int) -> Iterator[Body]:
    text = "".join(f"setting.{n} = value of setting {n}\n" for n in range(20))
    for n in range(number):
        yield _object("ConfigMap", f"settings-{n:02}", data={"app.properties": text, "level": "1"})


def _policies() -> Iterator[Body]:
    """Five SMI documents, about the first workloads of the namespace."""
    yield _routes("routes")
    for app in ("app-00", "app-01", "app-02"):
        yield _target(app, "routes")
    backends = [{"service": "app-01", "weight": 90}, {"service": "app-02", "weight": 10}]
    spec = {"service": "app-00", "backends": backends}
    yield _object("TrafficSplit", "canary", "split.smi-spec.io/v1alpha2", spec=spec)


def _routes(name: str) -> Body:
    matches = [
        {"name": "read", "pathRegex": "/api/v1/.*", "methods": ["GET", "HEAD"]},
        {"name": "write", "pathRegex": "/api/v1/items", "methods": ["POST"]},
        {"name": "beta", "pathRegex": "/beta/.*", "headers": [{"x-beta": "yes|please"}]},
    ]
    return _object("HTTPRouteGroup", name, "specs.smi-spec.io/v1alpha4", spec={"matches": matches})


def _target(app: str, routes: str) -> Body:
    spec = {
        "destination": {"kind": "ServiceAccount", "name": app, "namespace": f"team-{_NUMBER}"},
        "rules": [{"kind": "HTTPRouteGroup", "name": routes, "matches": ["read", "write", "beta"]}],
        "sources": [
            {"kind": "ServiceAccount", "name": f"app-{n:02}", "namespace": f"team-{_NEXT}"}
            for n in (3, 4)
        ],
    }
    return _object("TrafficTarget", f"to-{app}", "access.smi-spec.io/v1alpha3", spec=spec)
