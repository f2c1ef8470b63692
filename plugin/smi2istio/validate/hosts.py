"""Hosts that networking documents name, and the namespaces that may see a document.

Service names must be full: Istio completes ``svc``, with the namespace of the document,
but not ``svc.ns``.

Source: istio/istio pkg/config/validation, validateExportTo
"""

from collections.abc import Iterator

from smi2istio.names import host_label
from smi2istio.validate.emitted import ISTIOD, MISREAD, Emitted, Problem
from smi2istio.validate.values import host


def service(name: str, path: str, domain: str) -> Iterator[Problem]:
    """S2I904, and S2I906 for a name that is not full; without *domain* any host will do."""
    if not host(name) or name == "*":
        yield ISTIOD, path, f"{name!r} is not a host"
    elif domain and not name.endswith(f".svc.{domain}"):
        yield MISREAD, path, f"{name!r} is not a full name; Istio would not complete it"


def export_to(emitted: Emitted) -> Iterator[Problem]:
    """S2I904 for a list of namespaces that names one twice, or all of them and some."""
    names = emitted.spec.get("exportTo", ())
    own = emitted.namespace
    for index, name in enumerate(names):
        path = f"spec.exportTo[{index}]"
        if name not in (".", "*") and not host_label(name):
            yield ISTIOD, path, f"{name!r} is not the name of a namespace"
        if (name if name != "." else own) in [one if one != "." else own for one in names[:index]]:
            yield ISTIOD, path, f"{name!r} is there twice"
    if "*" in names and len(names) > 1:
        yield ISTIOD, "spec.exportTo", "'*' stands alone"
