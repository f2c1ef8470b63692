"""S2I9xx: checking the emitted documents.

Each message begins with the place in the emitted document; the diagnostic itself stands
at the document of the input that it was made from.
"""

from smi2istio.catalog.reading import did_you_mean
from smi2istio.diagnostics import Fidelity, Severity, rule

ERROR, NONE = Severity.ERROR, Fidelity.NONE


@rule("S2I901", ERROR, NONE)
def not_in_schema(place: str, problem: str) -> str:
    """The API server would refuse an emitted document: it does not fit the schema.

    Names, labels, service accounts and ports are copied from the input and from the
    configuration, so the value that the message shows stands there.  Correct it there.
    If it does not, this is a fault of smi2istio: please report it.
    """
    return f"{place}: {problem}"


@rule("S2I902", ERROR, NONE)
def unknown_to_istio(place: str, field: str, known: tuple[str, ...]) -> str:
    """An emitted document has a field that Istio does not know in any version.

    The API server would drop the field, and with it perhaps a restriction.  This is a
    fault of smi2istio, or of an annotation that carries Istio's fields; correct the
    annotation, or report the fault.
    """
    return f"{place}: unknown field {field!r}{did_you_mean(field, known)}"


@rule("S2I903", ERROR, NONE)
def needs_newer_istio(place: str, what: str, minor: str, needed: str) -> str:
    """The output needs a newer Istio than the configuration names.

    The chosen minor would drop the field or refuse the value.  Set `istioVersion` to
    the minor that the message names if all clusters run it; otherwise take the setting
    that asks for it out of the input.
    """
    return f"{place}: {what} needs Istio {needed}, and istioVersion is {minor}"


@rule("S2I904", ERROR, NONE)
def breaks_rule(place: str, problem: str) -> str:
    """The API server would refuse an emitted document: it breaks a rule of its CRD.

    Beside the schema, Istio's CRDs carry rules between fields (x-kubernetes-validations).
    Correct the value in the input that the message shows.
    """
    return f"{place}: {problem}"


@rule("S2I905", ERROR, NONE)
def refused_by_istiod(place: str, problem: str) -> str:
    """Istio's admission webhook would refuse an emitted document.

    Without the webhook istiod would skip the rule in silence.  Correct the value in the
    input that the message shows.
    """
    return f"{place}: {problem}"


@rule("S2I906", ERROR, NONE)
def refused_by_envoy(place: str, problem: str) -> str:
    """The API server and istiod accept an emitted document, but Envoy would refuse it.

    Envoy then keeps its old configuration, or does not start: the document has no
    effect, and nothing tells.  Correct the value in the input that the message shows.
    """
    return f"{place}: {problem}"


@rule("S2I907", ERROR, NONE)
def misread(place: str, problem: str) -> str:
    """An emitted document is valid, but Istio reads it otherwise than it was meant.

    Such a document lets more traffic through than the source, or sends it elsewhere,
    and nothing in the cluster reports it.  Correct the value in the input that the
    message shows; if none is there, report the fault.
    """
    return f"{place}: {problem}"


@rule("S2I910", ERROR, NONE)
def id_taken(emitted: str, other: str) -> str:
    """An emitted document has the kind, namespace and name of another document.

    Only one of them can exist in a cluster.  Rename one of the two documents that the
    message names, or take the one of the input out if it is an earlier translation.
    """
    return f"{emitted} has the name of {other}"
