"""S2I9xx: checking the emitted documents.

Each message begins with the place in the emitted document; the diagnostic itself stands
at the document of the input that it was made from.
"""

from smi2istio.diagnostics import ERROR, NONE, rule


@rule("S2I901", ERROR, NONE)
def not_in_schema(place: str, problem: str) -> str:
    """An emitted document does not fit the schema of its kind.

    The API server would refuse it, or drop the field.  Where only a newer Istio than
    `istioVersion` would, the message names the first that does.  Names, labels, service
    accounts and ports are copied from the input and from the configuration: correct the
    value that the message shows there.  If it is in neither, this is a fault of
    smi2istio; please report it.
    """
    return f"{place}: {problem}"


@rule("S2I902", ERROR, NONE)
def needs_newer_istio(place: str, minor: str, needed: str) -> str:
    """The output needs a newer Istio than the configuration names.

    The chosen minor would drop the field or refuse the value.  Set `istioVersion` to
    the minor that the message names if all clusters run it; otherwise take the setting
    that asks for it out of the input.
    """
    return f"{place}: needs Istio {needed}, and istioVersion is {minor}"


@rule("S2I903", ERROR, NONE)
def breaks_rule(place: str, problem: str) -> str:
    """An emitted document breaks a rule of its CRD.

    Beside the schema, Istio's CRDs carry rules (x-kubernetes-validations), and the API
    server would refuse the document.  The output has to run on newer minors than
    `istioVersion` as well: if only those have the rule, the message says from which on.
    Correct the value that the message shows in the input or in the configuration.
    """
    return f"{place}: {problem}"


@rule("S2I904", ERROR, NONE)
def refused_by_istiod(place: str, problem: str) -> str:
    """Istio's admission webhook would refuse an emitted document.

    Where the webhook is absent, istiod leaves the rule out in silence.  Correct the
    value that the message shows in the input or in the configuration.
    """
    return f"{place}: {problem}"


@rule("S2I905", ERROR, NONE)
def refused_by_envoy(place: str, problem: str) -> str:
    """The API server and istiod take an emitted document, but not Envoy.

    Envoy keeps its old configuration or does not start, so the document has no effect,
    and nothing tells.  Correct the value that the message shows in the input or in the
    configuration.
    """
    return f"{place}: {problem}"


@rule("S2I906", ERROR, NONE)
def misread(place: str, problem: str) -> str:
    """An emitted document is valid, but Istio reads it otherwise than meant.

    It would let more traffic through than the source, or send it elsewhere, and nothing
    in the cluster reports that.  Correct the value that the message shows in the input
    or in the configuration; if it is in neither, please report the fault.
    """
    return f"{place}: {problem}"


@rule("S2I910", ERROR, NONE)
def id_taken(emitted: str, other: str) -> str:
    """An emitted document has the kind, namespace and name of another.

    Only one of them can exist in a cluster.  Rename one of the two documents that the
    message names, or take the one of the input out if it is an earlier translation.  What
    the baseline adds to a member is named `allow-nothing` and `default`.
    """
    return f"{emitted} has the name of {other}"
