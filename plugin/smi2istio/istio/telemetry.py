"""Constructors of telemetry.istio.io.

Target: https://istio.io/latest/docs/reference/config/telemetry/
"""

from smi2istio.emit import istio_object

API_VERSION = "telemetry.istio.io/v1"
_ALL = 100  # percent


def tracing(name: str, namespace: str, provider: str) -> dict[str, object]:
    """Send every span of a namespace's pods; Istio's own default is one in a hundred."""
    spec = {"tracing": [{"providers": [{"name": provider}], "randomSamplingPercentage": _ALL}]}
    return istio_object(API_VERSION, "Telemetry", name, namespace, spec)
