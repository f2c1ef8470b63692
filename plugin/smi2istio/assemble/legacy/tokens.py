"""The rules that refuse requests without a token, and where an invalid one was not looked at.

Source: the specification, §9; istio/proxy 1.4.9 src/envoy/http/authn/origin_authenticator.cc;
reference/legacy-and-neighbours.md §1.5, §1.7.
"""

from collections.abc import Iterator, Sequence

from smi2istio.catalog import legacy as catalog
from smi2istio.diagnostics import Refusal, Where
from smi2istio.emit import Json
from smi2istio.istio.patterns import Kind, spell
from smi2istio.legacy import Authentication
from smi2istio.source.authentication import PathMatch, Policy, Trigger

_EVERYWHERE = Trigger((), ())


def denials(one: Authentication, issuers: frozenset[str], ports: Sequence[int]) -> list[Json]:
    """The rules of a DENY policy: three for each trigger rule.

    Args:
        issuers: all whose tokens are valid at these pods; those of other Policies don't count.
        ports: workload ports that speak HTTP.

    Raises:
        Refusal: S2I610.
    """
    source = {"source": {"notRequestPrincipals": _principals(one, issuers)}}
    found = []
    for trigger in _triggers(one.policy):
        paths = {
            "paths": [_written(path, one.where) for path in trigger.included],
            "notPaths": [_written(path, one.where) for path in trigger.excluded],
        }
        fields: Json = {key: values for key, values in paths.items() if values}
        fields["ports"] = [str(port) for port in sorted(set(ports))]
        found += [{"from": [source], **rule} for rule in _no_preflight(fields)]
    return found


def _principals(one: Authentication, issuers: frozenset[str]) -> list[str]:
    own = [jwt.issuer for jwt in one.policy.origins]
    others = issuers.difference(own)
    if not others:
        return ["*"]
    for issuer in own:
        if any(other.startswith(f"{issuer}/") for other in others):
            why = f"tokens of another issuer that begins with {issuer!r} are valid there as well"
            raise Refusal(catalog.inexpressible(one.where, why))
    return [f"{issuer}/*" for issuer in own]


def _triggers(policy: Policy) -> Sequence[Trigger]:
    triggers = policy.origins[0].triggers  # several issuers have none
    return (_EVERYWHERE,) if _EVERYWHERE in triggers else triggers or (_EVERYWHERE,)


def _no_preflight(fields: Json) -> Iterator[Json]:
    """The same for all requests but CORS preflights, which have all three of these marks."""
    yield {"to": [{"operation": {**fields, "notMethods": ["OPTIONS"]}}]}
    for header in ("origin", "access-control-request-method"):
        condition = {"key": f"request.headers[{header}]", "notValues": ["*"]}
        yield {"to": [{"operation": fields}], "when": [condition]}


def _written(path: PathMatch, where: Where) -> str:
    kind: Kind = "present" if not path.text and path.kind != "exact" else path.kind
    value = spell("path", kind, path.text)
    if value is None:
        why = f"no value of Istio's means the {path.kind} '{path.text}'"
        raise Refusal(catalog.inexpressible(where, why))
    return value


def unchecked(policy: Policy) -> str:
    """A path on which an invalid token passed; "" if there is none."""
    if policy.origins_optional:
        return "/"
    triggers = policy.origins[0].triggers
    paths = [path for trigger in triggers for path in trigger.excluded]
    tried = [_sample(path) for path in paths] + ["/", "/other"]
    if not triggers:
        return ""
    return next((path for path in tried if not any(one.matches(path) for one in triggers)), "")


def _sample(path: PathMatch) -> str:
    return path.text if path.text.startswith("/") else f"/{path.text}"
