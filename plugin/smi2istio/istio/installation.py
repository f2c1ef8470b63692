"""Parts of Istio's installation: its mesh configuration, and the values of its Helm charts.

The add-on of AKS reads the mesh configuration from a ConfigMap for each revision and has
no Helm values.

Source: istio.io/api, mesh/v1alpha1; reference/istio-target.md §3,
reference/legacy-and-neighbours.md §6.4.
"""

from smi2istio.diagnostics import Setting
from smi2istio.options import is_add_on

_HELM = "Helm values"


def minor(version: str) -> int:
    """26 of "1.26"."""
    return int(version.partition(".")[2])


def mesh_setting(revision: str, path: tuple[str, ...], value: object) -> Setting:
    """A part of the mesh configuration."""
    if is_add_on(revision):
        place = f"ConfigMap aks-istio-system/istio-shared-configmap-{revision}"
        return Setting(place, path, value)
    return Setting(_HELM, ("meshConfig", *path), value)


def helm_setting(path: tuple[str, ...], value: object) -> Setting:
    """A value of the charts; not for the add-on of AKS."""
    return Setting(_HELM, path, value)


def provider(revision: str, name: str, kind: str, fields: dict[str, object]) -> Setting:
    """An extension provider, which policies and Telemetry name."""
    return mesh_setting(revision, ("extensionProviders",), [{"name": name, kind: fields}])
