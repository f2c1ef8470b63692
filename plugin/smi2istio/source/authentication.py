"""Policy and MeshPolicy of authentication.istio.io: one message, two scopes.

`targets[].labels`, `allowTls` and, with an mTLS peer, `peerIsOptional` were read by nothing
that decides about a connection; they are named in :attr:`Policy.inert`.

Source: istio/api 1.4.9 authentication/v1alpha1/policy.proto; istio 1.4.9
pkg/config/validation; reference/legacy-and-neighbours.md §1.1, §1.3.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from smi2istio.catalog import legacy as catalog
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document
from smi2istio.fields import Fields
from smi2istio.records import Record
from smi2istio.source import proto

_EXCHANGED = "ingress-authorization"

Kind = Literal["exact", "prefix", "suffix"]
_KINDS: tuple[Kind, ...] = ("exact", "prefix", "suffix")


class Target(Record):
    """A Service, and those of its ports that are meant; none for all."""

    name: str
    ports: tuple[int | str, ...]
    where: Where


class PathMatch(Record):
    """How a path is compared, and with what."""

    kind: Kind
    text: str

    def matches(self, path: str) -> bool:
        if self.kind == "prefix":
            return path.startswith(self.text)
        return path.endswith(self.text) if self.kind == "suffix" else path == self.text


class Trigger(Record):
    """Paths on which a token is asked for: no excluded one, and, if there are any, an included."""

    excluded: tuple[PathMatch, ...]
    included: tuple[PathMatch, ...]

    def matches(self, path: str) -> bool:
        return not any(one.matches(path) for one in self.excluded) and (
            not self.included or any(one.matches(path) for one in self.included)
        )


class Jwt(Record):
    issuer: str
    audiences: tuple[str, ...]
    jwks_uri: str
    jwks: str
    headers: tuple[str, ...]
    params: tuple[str, ...]
    triggers: tuple[Trigger, ...]
    where: Where


class Policy(Record):
    """A parsed Policy or MeshPolicy.

    Attributes:
        mode: what callers have to speak: "STRICT", "PERMISSIVE", or "" for plaintext only.
        origins_optional: no token is ever required.
        use_origin: `request.auth.principal` is the token's, not the peer's.
        inert: fields that had no effect.
    """

    targets: tuple[Target, ...]
    mode: str
    origins: tuple[Jwt, ...]
    origins_optional: bool
    use_origin: bool
    inert: tuple[Where, ...]
    fields: Fields

    @property
    def demand(self) -> tuple[object, ...]:
        """What it asks of callers, for comparison with another Policy."""
        origins = tuple(one._replace(where=Where()) for one in self.origins)
        return self.mode, origins, self.origins_optional, self.use_origin

    @property
    def requires_token(self) -> bool:
        return bool(self.origins) and not self.origins_optional


def policy(document: Document) -> Policy:
    """Parse a Policy or a MeshPolicy.

    Raises:
        Refusal: S2I102, S2I105, S2I106, S2I601, S2I610.
    """
    fields = Fields.of(document)
    spec = fields.mapping("spec")
    inert: list[Where] = []
    targets = tuple(_target(one, inert) for one in spec.mappings("targets"))
    mode = _mode(spec, inert)
    origins = tuple(_origin(one) for one in spec.mappings("origins"))
    issuer, often = Counter(one.issuer for one in origins).most_common(1)[0] if origins else ("", 0)
    if often > 1:
        raise Refusal(catalog.invalid(spec.at("origins"), f"issuer {issuer!r} stands there twice"))
    binding = proto.enum(spec, "principalBinding", ("USE_PEER", "USE_ORIGIN"))
    return Policy(
        targets,
        mode,
        origins,
        proto.flag(spec, "originIsOptional"),
        binding == "USE_ORIGIN",
        tuple(inert),
        fields,
    )


def _target(fields: Fields, inert: list[Where]) -> Target:
    if fields.has("labels"):
        inert.append(fields.at("labels"))
    fields.skip("labels")
    ports = tuple(_port(port) for port in fields.mappings("ports"))
    return Target(fields.required("name"), ports, fields.where)


def _port(fields: Fields) -> int | str:
    number = fields.get("number", int)
    return fields.required("name") if number is None else number


def _mode(spec: Fields, inert: list[Where]) -> str:
    """The mode of the first mTLS peer; a null one counts as much as an empty one."""
    modes = []
    for peer in spec.mappings("peers"):
        if peer.has("jwt"):
            raise Refusal(catalog.inexpressible(peer.at("jwt"), "a token as peer never worked"))
        if peer.written("mtls"):
            mtls = peer.mapping("mtls")
            modes.append(proto.enum(mtls, "mode", ("STRICT", "PERMISSIVE")))
            if proto.flag(mtls, "allowTls"):
                inert.append(mtls.at(proto.key(mtls, "allowTls")))
    if proto.flag(spec, "peerIsOptional"):
        inert.append(spec.at(proto.key(spec, "peerIsOptional")))
    return modes[0] if modes else ""


def _origin(fields: Fields) -> Jwt:
    if not fields.has("jwt"):
        raise Refusal(catalog.invalid(fields.where, "an origin needs 'jwt'"))
    jwt = fields.mapping("jwt")
    headers = proto.texts(jwt, "jwtHeaders")
    if _EXCHANGED in headers:
        why = f"a token that was exchanged, in the header {_EXCHANGED!r}"
        raise Refusal(catalog.inexpressible(jwt.at(proto.key(jwt, "jwtHeaders")), why))
    return Jwt(
        jwt.required("issuer"),
        jwt.values("audiences", str),
        jwt.text(proto.key(jwt, "jwksUri")),
        jwt.text("jwks"),
        headers,
        proto.texts(jwt, "jwtParams"),
        tuple(_triggers(jwt)),
        jwt.where,
    )


def _triggers(jwt: Fields) -> Iterator[Trigger]:
    for rule in jwt.mappings(proto.key(jwt, "triggerRules")):
        yield Trigger(
            tuple(map(_path, rule.mappings(proto.key(rule, "excludedPaths")))),
            tuple(map(_path, rule.mappings(proto.key(rule, "includedPaths")))),
        )


def _path(fields: Fields) -> PathMatch:
    kinds = [kind for kind in _KINDS if fields.has(kind)]
    if len(kinds) + fields.has("regex") != 1:
        raise Refusal(catalog.invalid(fields.where, "a path is one of exact, prefix, suffix"))
    if not kinds:
        raise Refusal(catalog.inexpressible(fields.at("regex"), "Istio's paths have no regexes"))
    return PathMatch(kinds[0], fields.text(kinds[0]))
