"""What the API server, istiod and Envoy refuse never leaves the program.

Expectations are from the CRDs of istio.io/api, from istiod's webhook and from a real
Envoy (reference/istio-target.md §4, reference/istio-verified.md).
"""

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from smi2istio.bundle import Bundle
from smi2istio.diagnostics import Where
from smi2istio.documents import Document, dump, read_stream
from smi2istio.options import Options
from smi2istio.validate import validate
from smi2istio.validate.emitted import Emitted
from smi2istio.validate.ids import taken_ids

Body = dict[str, Any]
Edit = Callable[[Any], object]


VALID: dict[str, Body] = {
    document.kind: dict(document.body)
    for document in read_stream((Path(__file__).parent / "validate/valid.yaml").read_bytes())
}
POLICY, AUTHENTICATION = VALID["AuthorizationPolicy"], VALID["PeerAuthentication"]
ROUTES, SUBSETS = VALID["VirtualService"], VALID["DestinationRule"]
SIDECAR, FILTER = VALID["Sidecar"], VALID["EnvoyFilter"]
TOKENS, ENTRY = VALID["RequestAuthentication"], VALID["ServiceEntry"]


def policy(source: str, action: str, rule: Body) -> Body:
    metadata = {"name": "web", "annotations": {"smi2istio.dev/source": source}}
    spec = {"action": action, "rules": [rule]}
    return {**POLICY, "metadata": metadata, "spec": spec}


#: What may be without `from`: a role of the old Istio that is bound to anybody, and what
#: its configuration excluded; and the rule that asks for a token.
BOUND = policy(
    "ServiceRole/shop/r, ServiceRoleBinding/shop/b",
    "ALLOW",
    {"to": [{"operation": {"methods": ["GET"], "ports": ["8080"]}}]},
)
EXCLUDED = policy("ClusterRbacConfig/default", "ALLOW", {})
DENIAL = policy(
    "Policy/shop/web",
    "DENY",
    {
        "from": [{"source": {"notRequestPrincipals": ["*"]}}],
        "to": [{"operation": {"notMethods": ["OPTIONS"], "ports": ["8080"]}}],
    },
)


def codes(body: Body, minor: str = "1.26") -> list[str]:
    return [found.code for found in validate(Emitted(body, Where()), minor, "cluster.local")]


def says(body: Body, minor: str = "1.26") -> str:
    (found,) = validate(Emitted(body, Where()), minor, "cluster.local")
    return found.message


def edited(body: Body, path: str, edit: Edit | object) -> Body:
    """A copy with the value at *path* replaced, or passed to *edit* if that is a function."""
    copy = deepcopy(body)
    *way, last = [int(step) if step.isdecimal() else step for step in path.split("/")]
    holder: Any = copy
    for step in way:
        holder = holder[step]
    if callable(edit):
        edit(holder[last])
    else:
        holder[last] = edit
    return copy


def without(key: str) -> Edit:
    return lambda holder: holder.pop(key)


def having(**fields: object) -> Edit:
    return lambda holder: holder.update(fields)


def weighted(*weights: int) -> list[Body]:
    host = "web.shop.svc.cluster.local"
    return [{"destination": {"host": host}, "weight": weight} for weight in weights]


@pytest.mark.parametrize("body", VALID.values(), ids=VALID)
@pytest.mark.parametrize("minor", ["1.22", "1.26", "1.31", "1.40"])
def test_what_we_emit_is_valid(body: Body, minor: str) -> None:
    assert codes(body, minor) == []


@pytest.mark.parametrize("body", [BOUND, EXCLUDED, DENIAL], ids=["bound", "excluded", "denial"])
def test_what_the_old_istio_said_is_valid(body: Body) -> None:
    assert codes(body) == []


@pytest.mark.parametrize("source", ["", "TrafficTarget/shop/web", "ServiceRole/shop/r"])
def test_nothing_else_may_admit_everybody(source: str) -> None:
    for body in (BOUND, EXCLUDED):
        other = edited(body, "metadata/annotations", {"smi2istio.dev/source": source})

        assert codes(other) == ["S2I906"]


def test_a_document_of_no_istio_kind_is_passed_over() -> None:
    assert codes({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}) == []


RULE, SOURCE = "spec/rules/0", "spec/rules/0/from/0/source"
OPERATION = "spec/rules/0/to/0/operation"
HTTP, DESTINATION = "spec/http/0", "spec/http/0/route/0/destination"
PATCH = "spec/configPatches/0"
NAMED = f"{PATCH}/match/listener/filterChain/filter"
POOL = "spec/trafficPolicy/connectionPool/tcp"
CUSTOM = policy("", "CUSTOM", {"to": [{"operation": {"notPorts": ["3306"]}}]})
CUSTOM["spec"]["provider"] = {"name": "authz"}
FROM, WHEN = [{"source": {"namespaces": ["a"]}}], [{"key": "source.principal", "values": ["a"]}]
WILDCARDS = ["a.b.svc.cluster.local", "*.svc.cluster.local"]
TWO_OVER_TCP = {
    "hosts": ["a.com", "b.com"],
    "ports": [{"number": 80, "name": "tcp", "protocol": "TCP"}],
    "resolution": "DNS",
}
NAMESAKES = [{"number": number, "name": "http", "protocol": "HTTP"} for number in (80, 81)]
BYTES = {"status": 200, "body": {"bytes": "YQ="}}


# What the API server refuses: the schema, then the rules.
@pytest.mark.parametrize(
    ("body", "path", "edit", "code", "message"),
    [
        (POLICY, RULE, having(form=[]), "S2I901", "spec.rules[0].form: unknown field"),
        (POLICY, "spec", having(selectors={}), "S2I901", "spec.selectors: unknown field"),
        (POLICY, "spec/action", "allow", "S2I901", "'allow' is not one of ALLOW, DENY, AUDIT"),
        (POLICY, f"{OPERATION}/ports/0", 8080, "S2I901", "expected string, found 8080"),
        (POLICY, f"{OPERATION}/ports", None, "S2I901", "expected array, found None"),
        (POLICY, f"{RULE}/when/0", without("key"), "S2I901", "'key' is a required property"),
        (POLICY, "metadata/name", "Web", "S2I901", "'Web' is not a name"),
        (POLICY, "metadata/name", "w" * 254, "S2I901", "is not a name"),
        (POLICY, "metadata/namespace", "shop.a", "S2I901", "is not the name of a namespace"),
        (POLICY, "metadata", having(labels={"a": "x y"}), "S2I901", "is not a label value"),
        (POLICY, "metadata", having(labels={"-a": "x"}), "S2I901", "is not a label key"),
        (POLICY, "metadata", having(annotations={"a b": ""}), "S2I901", "not an annotation key"),
        (POLICY, "metadata", having(annotations={"a": 1}), "S2I901", "expected string, found 1"),
        (POLICY, "apiVersion", "security.istio.io/v2", "S2I901", "is not one of security.istio"),
        (POLICY, "spec/selector/matchLabels/app", "w" * 64, "S2I901", "is too long"),
        (ROUTES, f"{HTTP}/route/0/weight", 2**31, "S2I901", "2147483648 is not a 32-bit number"),
        (ROUTES, f"{HTTP}/route/0/weight", "90", "S2I901", "expected integer, found '90'"),
        (ROUTES, f"{HTTP}/match/0/uri", having(exact="/"), "S2I901", "only one of exact, prefix"),
        (ROUTES, DESTINATION, without("host"), "S2I901", "'host' is a required property"),
        (ROUTES, f"{HTTP}/match/0/port", 2**32, "S2I901", "is greater than the maximum"),
        (SUBSETS, "spec", without("host"), "S2I901", "'host' is a required property"),
        (FILTER, f"{PATCH}/applyTo", "FILTER", "S2I901", "'FILTER' is not one of"),
        (POLICY, "spec/selector/matchLabels/app", "w*", "S2I903", "'w*' contains '*'"),
        (POLICY, SOURCE, having(serviceAccounts=["a"]), "S2I903", "cannot stand beside principals"),
        (POLICY, "spec", having(targetRefs=[]), "S2I903", "only one of selector and targetRef"),
        (AUTHENTICATION, "spec", having(portLevelMtls={"80": {}}), "S2I903", "needs a selector"),
        (FILTER, "spec/workloadSelector/labels/app", "w*", "S2I903", "'w*' contains '*'"),
        (ENTRY, "spec/ports", NAMESAKES, "S2I903", "spec.ports: two elements have one name"),
        (ENTRY, "spec/ports/0", having(targetPort=1.0), "S2I901", "expected integer, found 1.0"),
        (POLICY, "spec", having(targetRefs=[{"kind": "A\n", "name": "a"}]), "S2I901", "'A\\n'"),
        (ROUTES, HTTP, having(directResponse=BYTES), "S2I901", "'YQ=' is not in base64"),
    ],
)
def test_the_api_server_would_refuse(
    body: Body, path: str, edit: Edit | object, code: str, message: str
) -> None:
    wrong = edited(body, path, edit)

    assert codes(wrong) == [code]
    assert message in says(wrong)


def test_what_only_newer_minors_refuse_is_refused_and_names_the_first_of_them() -> None:
    wrong = edited(POLICY, "spec/selector/matchLabels/app", "w*")

    assert codes(wrong, "1.22") == ["S2I903"]
    assert says(wrong, "1.22").endswith("'w*' contains '*', from Istio 1.23 on")
    assert says(wrong, "1.23").endswith("'w*' contains '*'")


def test_since_1_27_a_token_needs_an_issuer_or_a_place_of_its_keys() -> None:
    wrong = edited(TOKENS, "spec/jwtRules/1", without("issuer"))

    assert codes(wrong, "1.26") == ["S2I901"]
    assert codes(wrong, "1.27") == ["S2I904"]
    assert codes(edited(TOKENS, "spec/jwtRules/0", without("issuer")), "1.27") == []


@pytest.mark.parametrize("kind", ["ServiceEntry", "DestinationRule"])
def test_a_document_without_spec_is_refused(kind: str) -> None:
    for minor in ("1.22", "1.31"):
        assert (
            len(codes(edited({"body": VALID[kind]}, "body", without("spec"))["body"], minor)) == 1
        )


def test_every_mistake_is_named() -> None:
    wrong = edited(POLICY, RULE, having(form=[], too=[]))

    assert codes(wrong) == ["S2I901", "S2I901"]


@pytest.mark.parametrize(
    ("body", "path", "edit", "minor", "needed"),
    [
        (ROUTES, HTTP, having(retries={"backoff": "1s"}), "1.22", "1.26"),
        (ROUTES, HTTP, having(retries={"backoff": "1s"}), "1.25", "1.26"),
        (POLICY, "spec/rules/0/from/0", {"source": {"serviceAccounts": ["a"]}}, "1.24", "1.25"),
        (POLICY, "spec/rules/0/from/0", {"source": {"trustDomains": ["a"]}}, "1.29", "1.30"),
        (FILTER, f"{PATCH}/patch/operation", "MERGE_AND_REPLACE_LIST", "1.30", "1.31"),
    ],
)
def test_a_field_that_the_minor_lacks_names_the_one_that_has_it(
    body: Body, path: str, edit: Edit | object, minor: str, needed: str
) -> None:
    newer = edited(body, path, edit)

    assert codes(newer, minor) == ["S2I902"]
    assert f"needs Istio {needed}, and istioVersion is {minor}" in says(newer, minor)
    assert codes(newer, needed) == []


# What istiod's webhook refuses, what Envoy refuses, and what they read otherwise than meant.
@pytest.mark.parametrize(
    ("body", "path", "edit", "code", "message"),
    [
        (POLICY, SOURCE, without("principals"), "S2I904", "from[0].source: is empty"),
        (POLICY, "spec/rules/0/from/0", without("source"), "S2I904", "from[0].source: is empty"),
        (POLICY, "spec/rules/1/to/0", {"operation": {}}, "S2I904", "to[0].operation: is empty"),
        (POLICY, "spec/rules/1/to/0", {}, "S2I904", "to[0].operation: is empty"),
        (POLICY, f"{SOURCE}/principals/0", "", "S2I904", "principals: holds an empty value"),
        (POLICY, f"{OPERATION}/methods/0", "", "S2I904", "methods: holds an empty value"),
        (POLICY, f"{OPERATION}/ports/0", "65536", "S2I904", "'65536' is not a port"),
        (POLICY, f"{OPERATION}/ports/0", "http", "S2I904", "'http' is not a port"),
        (POLICY, f"{OPERATION}/ports/0", "٣", "S2I904", "is not a port"),
        (POLICY, f"{OPERATION}/paths/0", "/a/{2}", "S2I904", "because of '{2}'"),
        (POLICY, f"{OPERATION}/paths/0", "/a{*}", "S2I904", "because of 'a{*}'"),
        (POLICY, f"{OPERATION}/paths/0", "/{*}/b*", "S2I904", "because of 'b*'"),
        (POLICY, f"{OPERATION}/paths/0", "/{*}//b", "S2I904", "because of ''"),
        (POLICY, f"{OPERATION}/paths/0", "/{**}/{*}", "S2I904", "operator after '{**}'"),
        (POLICY, f"{OPERATION}/paths/0", "/{**}/{**}", "S2I904", "operator after '{**}'"),
        (POLICY, f"{RULE}/when/0/key", "request.headers", "S2I904", "is not an attribute"),
        (POLICY, f"{RULE}/when/0/key", "request.headers[]", "S2I904", "is not an attribute"),
        (POLICY, f"{RULE}/when/0/key", "destination.labels[a]", "S2I904", "is not an attribute"),
        (POLICY, f"{RULE}/when/0", without("values"), "S2I904", "when[0]: has no values"),
        (POLICY, f"{RULE}/when/0/values/0", "", "S2I904", "values: holds an empty value"),
        (
            POLICY,
            "metadata",
            having(annotations={"istio.io/dry-run": "yes"}),
            "S2I904",
            "istio.io/dry-run is 'yes'",
        ),
        (
            ROUTES,
            "metadata",
            having(annotations={"istio.io/dry-run": "true"}),
            "S2I904",
            "is for AuthorizationPolicies",
        ),
        (ROUTES, "spec/gateways/1", "a/b/c", "S2I904", "'a/b/c' is not the name of a Gateway"),
        (ROUTES, "spec/gateways/1", "ingress/", "S2I904", "is not the name of a Gateway"),
        (ROUTES, "spec/hosts/0", "*", "S2I904", "'*' is not a host"),
        (ROUTES, "spec/hosts/0", "web_1.shop.svc.cluster.local", "S2I904", "is not a host"),
        (ROUTES, "spec/hosts/0", "web.shop.svc.1", "S2I904", "is not a host"),
        (ROUTES, "spec/hosts", ["a.b.svc.cluster.local"] * 2, "S2I904", "is there twice"),
        (ROUTES, HTTP, without("route"), "S2I904", "route: has no destination"),
        (ROUTES, "spec", lambda spec: [spec.pop("http"), spec.pop("tcp")], "S2I904", "no route"),
        (ROUTES, f"{DESTINATION}/host", "*", "S2I904", "'*' is not a host"),
        (ROUTES, f"{DESTINATION}/port/number", 0, "S2I904", "0 is not a port"),
        (ROUTES, f"{DESTINATION}/port/number", 65536, "S2I904", "65536 is not a port"),
        (ROUTES, f"{DESTINATION}/port", {}, "S2I904", "0 is not a port"),
        (ROUTES, DESTINATION, having(subset="a.b"), "S2I904", "is not the name of a subset"),
        (ROUTES, f"{HTTP}/route/1/weight", -1, "S2I904", "a weight is negative"),
        (ROUTES, f"{HTTP}/route/0/weight", 0, "S2I904", "all weights are 0"),
        (ROUTES, f"{HTTP}/match/0/port", 0, "S2I904", "0 is not a port"),
        (ROUTES, f"{HTTP}/match/0/method", {"prefix": ""}, "S2I904", "the prefix is empty"),
        (ROUTES, f"{HTTP}/match/0/authority", {"regex": "("}, "S2I904", "RE2 refuses the regex"),
        (ROUTES, f"{HTTP}/match/0/uri/regex", "", "S2I904", "must have 1 to 1024 bytes, not 0"),
        (ROUTES, f"{HTTP}/match/0/uri/regex", "a" * 1025, "S2I904", "bytes, not 1025"),
        (ROUTES, f"{HTTP}/match/0/uri/regex", "ü" * 513, "S2I904", "bytes, not 1026"),
        (ROUTES, f"{HTTP}/match/0/uri/regex", "(?=a)b", "S2I904", "RE2 refuses the regex"),
        (ROUTES, f"{HTTP}/match/0/headers/x-user/regex", "*", "S2I904", "RE2 refuses the regex"),
        (ROUTES, f"{HTTP}/match/0/headers", having(**{"a b": {}}), "S2I904", "name of a header"),
        (SUBSETS, "spec/host", "web shop", "S2I904", "'web shop' is not a host"),
        (SUBSETS, "spec/subsets/1/name", "web-v1", "S2I904", "'web-v1' is there twice"),
        (SUBSETS, "spec/subsets/1/name", "v.2", "S2I904", "'v.2' is not the name of a subset"),
        (SUBSETS, "spec/subsets/1/labels/app", "a b", "S2I904", "app=a b is not a label"),
        (SIDECAR, "spec", {}, "S2I904", "spec: is empty"),
        (FILTER, PATCH, without("applyTo"), "S2I904", "applyTo is missing"),
        (FILTER, f"{PATCH}/patch", without("operation"), "S2I904", "operation is missing"),
        (FILTER, f"{PATCH}/patch", without("value"), "S2I904", "value is missing"),
        (
            FILTER,
            f"{PATCH}/match/listener/filterChain/filter",
            without("name"),
            "S2I904",
            "no name",
        ),
        (POLICY, f"{SOURCE}", having(ipBlocks=["10.0.0.0/33"]), "S2I904", "'10.0.0.0/33' is no"),
        (POLICY, f"{SOURCE}", having(notIpBlocks=["10.0.0.0/08"]), "S2I904", "'10.0.0.0/08' is no"),
        (POLICY, f"{SOURCE}", having(ipBlocks=["fe80::1%a/8"]), "S2I904", "'fe80::1%a/8' is no"),
        (
            POLICY,
            f"{RULE}/when/0",
            {"key": "source.ip", "values": ["010.0.0.1"]},
            "S2I904",
            "no ad",
        ),
        (
            POLICY,
            f"{RULE}/when/0",
            {"key": "destination.port", "values": ["x"]},
            "S2I904",
            "a port",
        ),
        (POLICY, OPERATION, having(notPorts=["-1"]), "S2I904", "'-1' is not a port"),
        (POLICY, "spec", {"action": "DENY"}, "S2I904", "spec: DENY needs rules"),
        (POLICY, "spec", having(provider={"name": "a"}), "S2I904", "the action is ALLOW"),
        (CUSTOM, "spec", without("provider"), "S2I904", "the action is CUSTOM"),
        (CUSTOM, "spec/provider", {}, "S2I904", "spec.provider: has no name"),
        (
            CUSTOM,
            "spec/rules/0",
            having(**{"from": FROM}),
            "S2I904",
            "cannot ask who the caller is",
        ),
        (CUSTOM, "spec/rules/0", having(when=WHEN), "S2I904", "cannot ask who the caller is"),
        (CUSTOM, "metadata", having(annotations={"istio.io/dry-run": "true"}), "S2I904", "or deny"),
        (ROUTES, "metadata", having(annotations={"istio.io/dry-run": ""}), "S2I904", "or deny"),
        (ROUTES, "spec/gateways/1", "80", "S2I904", "'80' is not the name of a Gateway"),
        (
            ROUTES,
            "spec/hosts",
            WILDCARDS,
            "S2I904",
            "hosts[1]: '*.svc.cluster.local' is there twice",
        ),
        (ROUTES, "spec/hosts", WILDCARDS[::-1], "S2I904", "hosts[1]: 'a.b.svc.cluster.local' is"),
        (ROUTES, "spec", having(exportTo=[".", "shop"]), "S2I904", "'shop' is there twice"),
        (ROUTES, "spec", having(exportTo=["*", "shop"]), "S2I904", "'*' stands alone"),
        (ROUTES, "spec", having(exportTo=["~"]), "S2I904", "'~' is not the name of a namespace"),
        (ROUTES, f"{HTTP}/match/0/sourceLabels/app", "a b", "S2I904", "app=a b is not a label"),
        (ROUTES, f"{HTTP}/match/0/sourceNamespace", "a.b", "S2I904", "not the name of a namespace"),
        (ROUTES, f"{HTTP}/retries/attempts", -1, "S2I904", "attempts: -1 is negative"),
        (ROUTES, f"{HTTP}/retries/attempts", 0, "S2I904", "says how to try again, and no attempts"),
        (ROUTES, f"{HTTP}/retries/perTryTimeout", "1.5ms", "S2I904", "number of milliseconds"),
        (ROUTES, f"{HTTP}/retries/retryOn", "5xx, 503", "S2I904", "' 503' is no reason to try"),
        (ROUTES, f"{HTTP}/retries/retryOn", "99", "S2I904", "'99' is no reason to try again"),
        (SUBSETS, "spec/trafficPolicy", {}, "S2I904", "spec.trafficPolicy: is empty"),
        (SUBSETS, "spec/trafficPolicy/connectionPool", {}, "S2I904", "connectionPool: is empty"),
        (SUBSETS, f"{POOL}/maxConnections", -1, "S2I904", "maxConnections: -1 is negative"),
        (SUBSETS, f"{POOL}/connectTimeout", "1.5ms", "S2I904", "no whole number of milliseconds"),
        (SUBSETS, "spec", having(exportTo=["."] * 2), "S2I904", "exportTo[1]: '.' is there twice"),
        (ENTRY, "spec", having(addresses=["a"]), "S2I904", "'a' is no address, and no range"),
        (ENTRY, "spec/hosts/0", "80", "S2I904", "'80' cannot be resolved"),
        (ENTRY, "spec/exportTo/0", "a.b", "S2I904", "'a.b' is not the name of a namespace"),
        (ENTRY, "spec", TWO_OVER_TCP, "S2I904", "TCP does not tell which of the hosts is meant"),
        (FILTER, "spec/workloadSelector/labels", {"*": "a"}, "S2I904", "or contains '*'"),
        (FILTER, NAMED, having(subFilter={"name": ""}), "S2I904", "subFilter: has no name"),
        (FILTER, NAMED, {"name": "a", "subFilter": {"name": "b"}}, "S2I904", "is for HTTP_FILTER"),
        (TOKENS, "spec/jwtRules/1/jwks", '{"keys": {}}', "S2I904", "not a JSON Web Key Set"),
        (TOKENS, "spec/jwtRules/1/jwks", '{"keys": [{}]}', "S2I904", "not a JSON Web Key Set"),
        (TOKENS, "spec/jwtRules/1/jwks", '{"kty": "oct"}', "S2I904", "not a JSON Web Key Set"),
        (TOKENS, "spec/jwtRules/1/jwks", '{"kty": "oct", "k": "$"}', "S2I904", "not a JSON Web"),
        (POLICY, f"{OPERATION}/paths/0", "a/{*}", "S2I905", "must begin with one '/'"),
        (POLICY, f"{OPERATION}/paths/0", "//a/{*}", "S2I905", "must begin with one '/'"),
        (ROUTES, f"{HTTP}/route", weighted(2**31 - 1, 2**31 - 1, 2), "S2I905", "4294967296, more"),
        (
            FILTER,
            f"{PATCH}/patch/value/typed_config/request_rules/0/on_header_present",
            {"regex_value_rewrite": {"pattern": {"regex": "(?=a)b"}}},
            "S2I905",
            "request_rules[0].on_header_present.regex_value_rewrite.pattern.regex: RE2 refuses",
        ),
        (POLICY, RULE, without("from"), "S2I906", "without 'from' admits everybody"),
        (POLICY, f"{RULE}/from", [], "S2I906", "from: an empty list reads as no restriction"),
        (BOUND, f"{OPERATION}", without("ports"), "S2I906", "without 'from' admits everybody"),
        (BOUND, RULE, without("to"), "S2I906", "without 'from' admits everybody"),
        (DENIAL, OPERATION, without("ports"), "S2I906", "closes what is not HTTP"),
        (DENIAL, OPERATION, having(notPaths=["/a{b}"]), "S2I904", "is not a path template"),
        (TOKENS, "spec/jwtRules/1/jwks", "{", "S2I904", "jwks: is not a JSON Web Key Set"),
        (TOKENS, "spec/jwtRules/0/jwksUri", "ftp://a/k", "S2I903", "no http or https address"),
        (TOKENS, "spec/jwtRules/0", having(jwks="{}"), "S2I903", "only one of jwksUri"),
        (POLICY, f"{RULE}/to", [], "S2I906", "to: an empty list reads as no restriction"),
        (POLICY, f"{RULE}/when", [], "S2I906", "when: an empty list reads as no restriction"),
        (POLICY, "spec/rules", [], "S2I906", "rules: an empty list reads as no restriction"),
        (POLICY, f"{RULE}/to/1", {"operation": {"ports": ["1"]}}, "S2I906", "drops all for TCP"),
        (ROUTES, "spec/hosts/0", "web.shop", "S2I906", "'web.shop' is not a full name"),
        (ROUTES, "spec/hosts/0", "web", "S2I906", "'web' is not a full name"),
        (ROUTES, f"{DESTINATION}/host", "web.shop.svc", "S2I906", "is not a full name"),
        (SUBSETS, "spec/host", "web.shop", "S2I906", "'web.shop' is not a full name"),
        (ROUTES, "spec", without("hosts"), "S2I906", "without hosts it routes nothing"),
        (ROUTES, "spec/tcp/0/route/0", having(weight=0), "S2I906", "of weight 0 gets everything"),
        (ROUTES, f"{HTTP}/match", [], "S2I906", "match: an empty list reads as no restriction"),
    ],
)
def test_istiod_or_envoy_would_refuse_or_misread(
    body: Body, path: str, edit: Edit | object, code: str, message: str
) -> None:
    wrong = edited(body, path, edit)

    assert codes(wrong) == [code]
    assert message in says(wrong)


# Just beside the mistakes above.
@pytest.mark.parametrize(
    ("body", "path", "edit"),
    [
        (POLICY, "metadata/name", "w" * 253),
        (POLICY, "metadata", without("namespace")),
        (POLICY, "metadata", having(labels={"example.com/a": "x_y.z", "b": ""})),
        (POLICY, "metadata", having(annotations={"V.example.com/a": "any text: *"})),
        (POLICY, "metadata", having(annotations={"istio.io/dry-run": "true"})),
        (POLICY, "spec", {}),
        (POLICY, "spec", without("selector")),
        (POLICY, "spec/selector/matchLabels/app", "w" * 63),
        (POLICY, "spec", without("action")),
        (POLICY, "spec/rules/1", without("to")),
        (POLICY, f"{OPERATION}/ports/0", "65535"),
        (POLICY, f"{OPERATION}/paths/0", "/{*}/{**}"),
        (POLICY, f"{OPERATION}/paths/0", "/{**}/a"),
        (POLICY, f"{OPERATION}/paths/0", "/{**}/"),
        (POLICY, f"{OPERATION}/paths/0", "*/a//b"),
        (POLICY, f"{OPERATION}/paths/0", "/a*b"),
        (POLICY, f"{RULE}/when/0/key", "request.headers[:path]"),
        (POLICY, f"{RULE}/when/0/key", "experimental.envoy.filters.smi2istio[path-0a1b2c3d]"),
        (POLICY, f"{RULE}/when/0", {"key": "source.ip", "notValues": ["10.0.0.0/8"]}),
        (AUTHENTICATION, "spec/mtls/mode", "PERMISSIVE"),
        (ROUTES, "spec", without("gateways")),
        (ROUTES, "spec", without("http")),
        (ROUTES, "spec/gateways/1", "public.ingress.svc.cluster.local"),
        (ROUTES, "spec/hosts/0", "*.shop.svc.cluster.local"),
        (ROUTES, f"{HTTP}/route", weighted(2**31 - 1, 2**31 - 1, 1)),
        (ROUTES, f"{HTTP}/route", weighted(0, 1)),
        (ROUTES, f"{HTTP}/route", weighted(1)),
        (ROUTES, f"{HTTP}/match/0/uri", {"prefix": ""}),
        (ROUTES, f"{HTTP}/match/0/uri/regex", "a" * 1024),
        (ROUTES, f"{HTTP}/match/0/uri/regex", r"\p{Greek}+"),
        (ROUTES, f"{HTTP}/match/0/headers", having(**{"X-A.b~": {"exact": ""}})),
        (ROUTES, f"{DESTINATION}/port/number", 65535),
        (SUBSETS, "spec", without("subsets")),
        (SUBSETS, "spec/subsets/1/name", "2-" + "w" * 61),
        (SUBSETS, "spec/subsets/1", without("labels")),
        (FILTER, "spec", without("workloadSelector")),
        (POLICY, f"{SOURCE}", having(ipBlocks=["::ffff:10.0.0.1", "10.0.0.0/32", "fe80::1%a"])),
        (POLICY, f"{RULE}/when/0", {"key": "destination.port", "values": ["65535"]}),
        (CUSTOM, "spec/rules/0", having(when=[{"key": "source.ip", "values": ["::"]}])),
        (ROUTES, "spec", having(exportTo=["*"])),
        (ROUTES, "spec", having(exportTo=[".", "clients"])),
        (ROUTES, "spec/hosts", ["a.b.svc.cluster.local", "*.c.svc.cluster.local"]),
        (ROUTES, f"{HTTP}/retries", {"attempts": 0}),
        (ROUTES, f"{HTTP}/retries/retryOn", "503,reset,retriable-4xx"),
        (ROUTES, f"{HTTP}/retries/perTryTimeout", "1.5s"),
        (ENTRY, "spec", {**TWO_OVER_TCP, "resolution": "NONE"}),
        (TOKENS, "spec/jwtRules/1/jwks", '{"kty": "oct", "k": "YQ"}'),
    ],
)
def test_what_stands_beside_a_mistake_is_valid(body: Body, path: str, edit: Edit | object) -> None:
    assert codes(edited(body, path, edit)) == []


def test_full_names_end_in_the_domain_of_the_cluster() -> None:
    (found, *_) = validate(Emitted(SUBSETS, Where()), "1.26", "example.org")

    assert found.code == "S2I906"


def test_a_diagnostic_stands_at_the_source_and_names_the_emitted_document() -> None:
    (source,) = documents(TARGET)

    (found,) = validate(
        Emitted(edited(POLICY, "spec/action", "allow"), Where(source)), "1.26", "cluster.local"
    )

    assert str(found).startswith(
        "error[S2I901] TrafficTarget shop/tt: AuthorizationPolicy shop/web spec.action: 'allow'"
    )


def test_a_valid_document_does_not_cost_the_import_of_jsonschema() -> None:
    bodies = [body for body in VALID.values() if "jwks" not in str(body)]  # those are JSON
    program = (
        "import sys; from smi2istio.diagnostics import Where;"
        "from smi2istio.validate import validate; from smi2istio.validate.emitted import Emitted;"
        f"found = [d for body in {bodies!r}"
        " for d in validate(Emitted(body, Where()), '1.26', 'cluster.local')];"
        "print(found, sorted({'jsonschema', 'json', 'pathlib'} & set(sys.modules)))"
    )

    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)

    assert answer.stdout == "[] []\n"


TARGET = {
    "apiVersion": "access.smi-spec.io/v1alpha3",
    "kind": "TrafficTarget",
    "metadata": {"name": "tt", "namespace": "shop"},
}


def documents(*bodies: Body) -> list[Document]:
    return read_stream("---\n".join(map(dump, bodies)).encode(), "in.yaml")


def ids(emitted: list[Emitted], kept: list[Document], namespace: str = "") -> list[str]:
    bundle = Bundle(kept, Options(namespace=namespace))
    return [str(found) for found in taken_ids(emitted, bundle)]


def test_an_emitted_id_that_the_input_has_is_refused_with_both_places() -> None:
    older = edited(POLICY, "apiVersion", "security.istio.io/v1beta1")
    source, kept = documents(TARGET, older)

    (found,) = ids([Emitted(POLICY, Where(source))], [source, kept])

    assert found == (
        "error[S2I910] TrafficTarget shop/tt: AuthorizationPolicy shop/web has the name of"
        f" AuthorizationPolicy shop/web (in.yaml:{kept.line})"
    )


def test_an_id_that_is_emitted_twice_is_refused_with_both_places() -> None:
    one, two = documents(TARGET, edited(TARGET, "metadata/name", "other"))

    (found,) = ids([Emitted(POLICY, Where(one)), Emitted(POLICY, Where(two))], [one, two])

    assert found == (
        "error[S2I910] TrafficTarget shop/other: AuthorizationPolicy shop/web has the name of"
        " TrafficTarget shop/tt (in.yaml:1)"
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata/name", "other"),
        ("metadata/namespace", "other"),
        ("kind", "RequestAuthentication"),
        ("apiVersion", "example.com/v1"),
    ],
)
def test_an_id_differs_by_group_kind_namespace_or_name(path: str, value: str) -> None:
    assert ids([Emitted(POLICY, Where())], documents(edited(POLICY, path, value))) == []


def test_a_document_without_a_namespace_is_in_the_configured_one() -> None:
    bare = edited(POLICY, "metadata", without("namespace"))

    assert len(ids([Emitted(bare, Where())], documents(POLICY), namespace="shop")) == 1
    assert ids([Emitted(bare, Where())], documents(POLICY), namespace="other") == []
