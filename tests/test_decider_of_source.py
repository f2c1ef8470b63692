"""The decider of the source documents, against what OSM 1.2.4 and a real Envoy did.

Each row was observed there: server ``d/web`` behind a Service with `http` 80 → 8080 and
`tcp-db` 3306 → 3307, clients ``s/c1`` and ``s/c2``.

Source: reference/osm-verified.md §2 and §4; for `smi` the specification, §3.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from smi2istio.access.request import Answer, NoSuchWorkload, Request
from smi2istio.access.source import Source
from smi2istio.bundle import Bundle
from smi2istio.documents import dump, read_stream
from smi2istio.options import Options
from smi2istio.source_mesh import MESHES

ALLOW, DENY, EITHER = Answer.ALLOW, Answer.DENY, Answer.EITHER
Body = dict[str, Any]
ENFORCING = Options(mode="enforcing", namespaces=("d", "s"))
SMI = Options(source_mesh=MESHES["smi"], namespaces=("d", "s"))


def named(api_version: str, kind: str, name: str, **spec: object) -> Body:
    metadata = {"name": name, "namespace": "d"}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


def service(*ports: Body, name: str = "web") -> Body:
    return named("v1", "Service", name, selector={"app": "web"}, ports=list(ports))


HTTP = {"name": "http", "port": 80, "targetPort": 8080}
TCP = {"name": "tcp-db", "port": 3306, "targetPort": 3307}
POD = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"serviceAccountName": "web", "containers": [{"name": "web"}]},
}
SERVER = (
    named("apps/v1", "Deployment", "web", template=POD),
    service(HTTP, TCP),
)


def account(name: str, namespace: str, kind: str = "ServiceAccount") -> Body:
    found = {"kind": kind, "name": name, "namespace": namespace}
    return {key: value for key, value in found.items() if value}


def target(name: str, *rules: Body, sources: Sequence[str | Body] = ("c1",), **more: Body) -> Body:
    spec = {
        "destination": account("web", "d"),
        "rules": list(rules),
        "sources": [account(one, "s") if isinstance(one, str) else one for one in sources],
    }
    return named("access.smi-spec.io/v1alpha3", "TrafficTarget", name, **{**spec, **more})


def group(*matches: Mapping[str, object], name: str = "g") -> Body:
    return named("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", name, matches=list(matches))


def tcp_route(*ports: int, name: str = "t") -> Body:
    spec = {"matches": {"ports": list(ports)}}
    return named("specs.smi-spec.io/v1alpha4", "TCPRoute", name, **spec)


def http_rule(*matches: str, name: str = "g") -> Body:
    return {"kind": "HTTPRouteGroup", "name": name, "matches": list(matches)}


TCP_RULE = {"kind": "TCPRoute", "name": "t"}
X = {"name": "x", "pathRegex": "/x"}


def decided(documents: tuple[Body, ...], request: Request, options: Options = ENFORCING) -> Answer:
    """What is decided where there is the usual server, with its usual Service if there is none."""
    has_service = any(one["kind"] == "Service" for one in documents)
    return decided_alone((*documents, *SERVER[: 1 if has_service else 2]), request, options)


def decided_alone(
    documents: tuple[Body, ...], request: Request, options: Options = ENFORCING
) -> Answer:
    found = read_stream("---\n".join(map(dump, documents)).encode())
    return Source(Bundle(found, options)).decide(request).answer


def http(path: str = "/x", source: str | None = "s/c1", port: int = 8080, **more: Any) -> Request:
    return Request(source, "d/web", port, path=path, **more)


def raw(port: int = 3307, source: str | None = "s/c1") -> Request:
    return Request(source, "d/web", port, tcp=True)


ONLY_HTTP = (target("a", http_rule("x")), group(X))


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (raw(), ALLOW),
        (raw(source="s/c2"), DENY),
        (http(source="s/c2"), DENY),
        (http(), ALLOW),
        (http("/y"), DENY),
        (http(source=None), DENY),
        (raw(source=None), DENY),
        (raw(8080), DENY),  # bytes that are not HTTP
        (http(port=3307), ALLOW),  # to a TCP port they are bytes
        (http(port=9090), DENY),  # in no Service
    ],
)
def test_a_target_with_only_http_rules_opens_the_tcp_ports_too(
    request_: Request, answer: Answer
) -> None:
    assert decided(ONLY_HTTP, request_) is answer


@pytest.mark.parametrize(
    ("ports", "on_http", "on_tcp"),
    [
        ([(8080,)], ALLOW, DENY),
        ([(3307,)], DENY, ALLOW),
        ([(80, 3306)], DENY, DENY),
        ([()], ALLOW, ALLOW),
        ([(), (8080,)], ALLOW, DENY),
    ],
)
def test_tcp_routes_restrict_http_to_their_ports(
    ports: list[tuple[int, ...]], on_http: Answer, on_tcp: Answer
) -> None:
    routes = [tcp_route(*some, name=f"t{index}") for index, some in enumerate(ports)]
    rules = [{"kind": "TCPRoute", "name": route["metadata"]["name"]} for route in routes]
    documents = (target("b", http_rule("x"), *rules), group(X), *routes)

    assert decided(documents, http()) is on_http
    assert decided(documents, raw()) is on_tcp


@pytest.mark.parametrize(
    ("documents", "on_http", "on_tcp"),
    [
        ((target("b", TCP_RULE), tcp_route(3307)), DENY, ALLOW),
        ((target("c", http_rule()), group(X)), DENY, ALLOW),
        ((target("c", http_rule("nothing", "x")), group(X)), ALLOW, ALLOW),
        ((target("c", {**TCP_RULE, "matches": ["x"]}), tcp_route(name="t"), group(X, name="t")),
         ALLOW, ALLOW),
        ((target("c"), group(X)), DENY, DENY),
        ((target("c", http_rule("x")), group()), DENY, ALLOW),
        ((target("f", http_rule("x"), destination=account("web", "")), group(X)), DENY, DENY),
        ((target("f", http_rule("x"), sources=[account("c1", "")]), group(X)),
         DENY, DENY),
        ((target("j", http_rule("x", name="gone")),), DENY, ALLOW),
        ((target("j", http_rule("x"), {"kind": "TCPRoute", "name": "gone"}), group(X)), DENY, DENY),
        ((target("j", http_rule("x"), {"kind": "TCPRoute", "name": "gone"}),
          target("k", TCP_RULE), tcp_route(8080), group(X)), ALLOW, DENY),
        ((target("j", http_rule("x"), {"kind": "UDPRoute", "name": "u"}), group(X)), DENY, DENY),
        # steps 3 and 5 are independent unions
        ((target("t", http_rule("x"), TCP_RULE), tcp_route(9999),
          target("u", {"kind": "TCPRoute", "name": "u"}), tcp_route(8080, name="u"), group(X)),
         ALLOW, DENY),
        # of another kind: no endpoints; beside another target that names it: let in
        ((target("k", http_rule("x"), sources=[account("c1", "s", "Group")]), group(X)),
         DENY, DENY),
        ((target("k", http_rule("x"), sources=[account("c1", "s", "Group")]),
          target("l", http_rule("y")), group(X, {"name": "y", "pathRegex": "/y"})), ALLOW, ALLOW),
        # no sources: anybody who can call
        ((target("n", http_rule("x"), sources=()), group(X)), DENY, DENY),
        ((target("n", http_rule("x"), sources=()), target("l", http_rule("y")),
          group(X, {"name": "y", "pathRegex": "/y"})), ALLOW, ALLOW),
        ((), DENY, DENY),
    ],
)  # fmt: skip
def test_incomplete_targets_are_what_osm_made_of_them(
    documents: tuple[Body, ...], on_http: Answer, on_tcp: Answer
) -> None:
    assert decided(documents, http()) is on_http
    assert decided(documents, raw()) is on_tcp


@pytest.mark.parametrize("place", ["target", "group"])
def test_nothing_is_looked_up_in_another_namespace(place: str) -> None:
    documents = (target("f", http_rule("x")), group(X))
    documents[("target", "group").index(place)]["metadata"]["namespace"] = "s"

    assert decided(documents, http()) is DENY


@pytest.mark.parametrize(
    ("regex", "allowed", "denied"),
    [
        ("/api", "/api", "/api/ /apix /x/api /API //api /%61pi /x/../api /api;v=1"),
        ("/v1.0", "/v1.0 /v1x0", "/v10"),
        ("/a|/b", "/a /b", "/bx /ab"),
        ("/pre/.*", "/pre/ /pre/../admin /pre/%2e%2e/admin", "/pre /x/pre/"),
        ("", "/ /x /x/y", ""),
    ],
)
def test_a_path_regex_matches_the_whole_path(regex: str, allowed: str, denied: str) -> None:
    documents = (target("d", http_rule("p")), group({"name": "p", "pathRegex": regex}))

    for path in allowed.split():
        assert decided(documents, http(path)) is ALLOW, path
        assert decided(documents, http(path, query="?x=1")) is ALLOW, path
    for path in denied.split():
        assert decided(documents, http(path)) is DENY, path
        assert decided(documents, http(path, query="?/api")) is DENY, path


@pytest.mark.parametrize(
    ("regex", "lines", "answer"),
    [
        ("abc", ["abc"], ALLOW),
        ("abc", [" abc "], ALLOW),
        ("abc", ["abcd"], DENY),
        ("abc", ["zabc"], DENY),
        ("abc", ["ABC"], DENY),
        ("abc", [], DENY),
        ("abc", ["abc", "abc"], DENY),  # joined with a comma in OSM's time
        (".*", [""], ALLOW),
        (".*", [], DENY),
    ],
)
def test_a_header_regex_matches_the_whole_value(
    regex: str, lines: list[str], answer: Answer
) -> None:
    match = {"name": "x", "headers": [{"x-a": regex}]}
    headers = tuple(("X-A", line) for line in lines)

    assert decided((target("d", http_rule("x")), group(match)), http(headers=headers)) is answer


def test_all_headers_must_match_and_of_a_name_that_stands_twice_the_last() -> None:
    documents = (
        target("d", http_rule("x")),
        group({"name": "x", "headers": [{"x-a": "1"}, {"x-b": "2"}, {"x-a": "3"}]}),
    )

    assert decided(documents, http(headers=(("x-a", "3"), ("x-b", "2")))) is ALLOW
    assert decided(documents, http(headers=(("x-a", "1"), ("x-b", "2")))) is DENY
    assert decided(documents, http(headers=(("x-a", "3"),))) is DENY


@pytest.mark.parametrize(
    ("regex", "authority", "answer"),
    [
        (r"web\.d", "web.d", ALLOW),
        (r"web\.d", "web.d:80", DENY),
        (r"web\.d", "web.d.svc.cluster.local", DENY),
        (r"web\.d", "WEB.d", DENY),
        (r"httpbin\.org", "httpbin.org", DENY),  # none of the ten names
        (".*", "web.d.svc:80", ALLOW),
        (".*", "web.d:81", DENY),
        (".*", "WEB.D", ALLOW),
    ],
)
@pytest.mark.parametrize("key", ["host", "Host"])
def test_a_host_is_matched_with_the_whole_authority(
    key: str, regex: str, authority: str, answer: Answer
) -> None:
    match = {"name": "x", "headers": [{key: regex}]}

    assert decided((target("e", http_rule("x")), group(match)), http(authority=authority)) is answer


@pytest.mark.parametrize(
    ("methods", "allowed", "denied"),
    [
        (["*"], "GET PROPFIND", ""),
        (["POST", "*"], "GET PROPFIND", ""),
        ([], "GET PROPFIND", ""),
        (["GET"], "GET", "HEAD POST"),
        (["GET", "POST", "GET", ""], "GET POST", "PUT"),
        ([""], "", "GET"),
    ],
)
def test_methods(methods: list[str], allowed: str, denied: str) -> None:
    documents = (target("g", http_rule("x")), group({"name": "x", "methods": methods}))

    assert {decided(documents, http(method=one)) for one in allowed.split()} <= {ALLOW}
    assert {decided(documents, http(method=one)) for one in denied.split()} <= {DENY}


@pytest.mark.parametrize(
    ("source", "path", "answer"),
    [
        ("s/c1", "/ab", EITHER),
        ("s/c2", "/ab", EITHER),
        ("s/c2", "/ac", DENY),
        ("s/c1", "/ac", ALLOW),
        ("s/c1", "/z", DENY),
    ],
)
def test_of_overlapping_routes_any_may_come_first(source: str, path: str, answer: Answer) -> None:
    documents = (
        target("t1", http_rule("all")),
        target("t2", http_rule("one"), sources=("c2",)),
        group({"name": "all", "pathRegex": "/a.*"}, {"name": "one", "pathRegex": "/ab"}),
    )

    assert decided(documents, http(path, source)) is answer


def test_the_routes_of_a_target_whose_sources_are_nobody_refuse_all() -> None:
    nobody = target("t2", http_rule("all"), sources=(account("c1", ""),))
    routes = group({"name": "one", "pathRegex": "/ab"}, {"name": "all", "pathRegex": "/a.*"})

    assert decided((target("t1", http_rule("one")), nobody, routes), http("/ab")) is EITHER


def test_equal_routes_are_one_unless_their_methods_have_another_order() -> None:
    both = (target("t1", http_rule("x")), target("t2", http_rule("y"), sources=("c2",)))
    x, y = ({"name": name, "methods": ["GET", "POST"]} for name in "xy")

    assert decided((*both, group(x, y)), http()) is ALLOW
    assert decided((*both, group(x, {"name": "y", "methods": ["POST", "GET"]})), http()) is EITHER


@pytest.mark.parametrize(
    ("port", "on_http", "on_tcp"),
    [
        ({"name": "tcp"}, DENY, DENY),
        ({"name": "tcp-x"}, ALLOW, ALLOW),
        ({"name": "mysql"}, DENY, DENY),
        ({"name": "https-z"}, DENY, DENY),
        ({}, DENY, DENY),
        ({"name": "tcp-server-first-x"}, ALLOW, ALLOW),
        ({"name": "tcp-w", "appProtocol": "http"}, DENY, DENY),
        ({"appProtocol": "TCP"}, ALLOW, ALLOW),
        ({"appProtocol": "grpc"}, DENY, DENY),
        ({"appProtocol": "https"}, DENY, DENY),
        ({"appProtocol": "kubernetes.io/h2c"}, DENY, DENY),
        ({"name": "tcp-server-first"}, ALLOW, ALLOW),
    ],
)
def test_protocols_of_ports(port: Body, on_http: Answer, on_tcp: Answer) -> None:
    """A request that no route accepts passes on TCP ports only."""
    documents = (*ONLY_HTTP, service({"port": 80, "targetPort": 8080, **port}))

    assert decided(documents, http("/y")) is on_http
    assert decided(documents, raw(8080)) is on_tcp


@pytest.mark.parametrize(
    ("app_protocol", "answer"), [("http", ALLOW), ("HTTP", ALLOW), ("grpc", ALLOW), ("mysql", DENY)]
)
def test_what_osm_reads_as_http(app_protocol: str, answer: Answer) -> None:
    port = {"port": 80, "targetPort": 8080, "appProtocol": app_protocol}

    assert decided((*ONLY_HTTP, service(port)), http()) is answer


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (http("/z", "s/c2", method="PUT"), ALLOW),
        (raw(source="s/c2"), ALLOW),
        (http(source=None), DENY),
        (http(port=9090), DENY),
    ],
)
def test_in_a_permissive_mesh_targets_are_not_in_force(request_: Request, answer: Answer) -> None:
    options = ENFORCING._replace(mode="permissive")

    assert decided(ONLY_HTTP, request_, options) is answer


def test_the_mode_is_that_of_the_mesh_config() -> None:
    traffic = {"enablePermissiveTrafficPolicyMode": True}
    config = named("config.openservicemesh.io/v1alpha2", "MeshConfig", "osm-mesh-config",
                   traffic=traffic)  # fmt: skip
    options = ENFORCING._replace(mode="auto")

    assert decided((*ONLY_HTTP, config), http("/z", "s/c2"), options) is ALLOW
    assert decided(ONLY_HTTP, http("/z", "s/c2"), options) is DENY


@pytest.mark.parametrize("annotation", ["disabled", "no", "FALSE"])
def test_without_a_sidecar_everybody_is_served(annotation: str) -> None:
    annotations = {"openservicemesh.io/sidecar-injection": annotation}
    pod = {**POD, "metadata": {"labels": {"app": "web"}, "annotations": annotations}}
    documents = (named("apps/v1", "Deployment", "web", template=pod), SERVER[1])

    assert decided_alone(documents, http(source=None, port=9999)) is ALLOW


def test_an_excluded_port_passes_by_the_sidecar() -> None:
    annotations = {"openservicemesh.io/inbound-port-exclusion-list": "7000, 8080"}
    pod = {**POD, "metadata": {"labels": {"app": "web"}, "annotations": annotations}}
    documents = (named("apps/v1", "Deployment", "web", template=pod), SERVER[1])

    assert decided_alone(documents, http(source=None)) is ALLOW
    assert decided_alone(documents, http(source=None, port=3307)) is DENY


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (http("/x"), ALLOW),
        (http("/xy/z"), ALLOW),  # anchored at the start only
        (http("/ax"), DENY),
        (raw(), DENY),  # HTTP rules open no TCP
        (http(source="s/c2"), DENY),
    ],
)
def test_the_specification_reads_a_target_by_itself(request_: Request, answer: Answer) -> None:
    rule = {"kind": "HTTPRouteGroup", "name": "g"}  # all matches

    assert decided((target("s", rule), group(X)), request_, SMI) is answer


def test_the_specification_restricts_http_by_the_tcp_routes_of_the_same_target() -> None:
    documents = (
        target("s", http_rule("x"), TCP_RULE),
        target("o", http_rule("y")),
        tcp_route(3307),
        group(X, {"name": "y", "pathRegex": "/y"}),
    )

    assert decided(documents, http("/x"), SMI) is DENY
    assert decided(documents, http("/y"), SMI) is ALLOW
    assert decided(documents, raw(), SMI) is ALLOW


def of(mesh: str) -> Options:
    return Options(source_mesh=MESHES[mesh], namespaces=("d", "s"))


@pytest.mark.parametrize(
    ("mesh", "paths"),
    [
        ("osm", ["/x"]),
        ("smi", ["/x", "/xy"]),
        ("linkerd", ["/x", "/xy"]),
        ("consul", ["/x", "/xy"]),
        ("traefik", ["/x", "/xy"]),
        ("nginx", ["/x", "/xy", "/a/x"]),
    ],
)
def test_how_much_of_a_path_has_to_match_is_the_meshs(mesh: str, paths: list[str]) -> None:
    options = ENFORCING if mesh == "osm" else of(mesh)
    asked = ["/x", "/xy", "/a/x", "/a"]

    assert [one for one in asked if decided(ONLY_HTTP, http(one), options) is ALLOW] == paths


@pytest.mark.parametrize(
    ("mesh", "answer"),
    [("smi", DENY), ("linkerd", DENY), ("consul", DENY), ("traefik", ALLOW), ("nginx", ALLOW)],
)
def test_how_much_of_a_header_has_to_match_is_the_meshs(mesh: str, answer: Answer) -> None:
    documents = (target("t", http_rule("h")), group({"name": "h", "headers": [{"x-a": "b"}]}))

    assert decided(documents, http(headers=(("x-a", "abc"),)), of(mesh)) is answer
    assert decided(documents, http(headers=(("x-a", "b"),)), of(mesh)) is ALLOW


@pytest.mark.parametrize(
    ("mesh", "answer"), [("smi", DENY), ("linkerd", DENY), ("traefik", ALLOW), ("nginx", ALLOW)]
)
def test_a_mesh_without_default_deny_leaves_open_what_no_target_names(
    mesh: str, answer: Answer
) -> None:
    elsewhere = target("t", http_rule("x"), destination=account("other", "d"))

    for request in (http("/y"), http(source=None), http(port=9999), raw()):
        assert decided((elsewhere, group(X)), request, of(mesh)) is answer
        assert decided(ONLY_HTTP, request, of(mesh)) is DENY


def test_traefik_mesh_lets_the_sources_of_a_target_without_rules_send_anything() -> None:
    requests = (http("/y"), raw(), http(source="s/c2"), http(port=9999))

    answers = [decided((target("t"),), one, of("traefik")) for one in requests]
    assert answers == [ALLOW, ALLOW, DENY, DENY]


@pytest.mark.parametrize(("mesh", "answer"), [("smi", DENY), ("nginx", DENY), ("traefik", ALLOW)])
def test_the_ports_of_a_tcp_route_are_its_own_in_traefik_mesh(mesh: str, answer: Answer) -> None:
    documents = (target("t", http_rule("x"), TCP_RULE), tcp_route(3307), group(X))

    assert decided(documents, http(), of(mesh)) is answer
    assert decided(documents, raw(), of(mesh)) is ALLOW


@pytest.mark.parametrize(
    ("mesh", "key", "value", "request_", "answer"),
    [
        ("linkerd", "linkerd.io/inject", "disabled", http(source=None), ALLOW),
        ("linkerd", "linkerd.io/inject", "enabled", http(source=None), DENY),
        ("osm", "linkerd.io/inject", "disabled", http(source=None), DENY),
        ("linkerd", "config.linkerd.io/skip-inbound-ports", "25, 8000-8100", http(), ALLOW),
        ("linkerd", "config.linkerd.io/skip-inbound-ports", "25, 8000-8079", http(), DENY),
        ("nginx", "config.nsm.nginx.com/mtls-mode", "strict", http(source=None), DENY),
        ("nginx", "config.nsm.nginx.com/mtls-mode", "strict", http(), ALLOW),
        ("nginx", "config.nsm.nginx.com/mtls-mode", "permissive", http(source=None), ALLOW),
    ],
)
def test_the_meshs_own_annotations_count(
    mesh: str, key: str, value: str, request_: Request, answer: Answer
) -> None:
    """No target names the pods."""
    pod = {**POD, "metadata": {"labels": {"app": "web"}, "annotations": {key: value}}}
    documents = (named("apps/v1", "Deployment", "web", template=pod), service(HTTP, TCP))
    options = ENFORCING if mesh == "osm" else of(mesh)

    assert decided_alone(documents, request_, options) is answer


def entrance(protocol: str, *sources: Body, port: int = 8080) -> Body:
    backends = [{"name": "web", "port": {"number": port, "protocol": protocol}}]
    version = "policy.openservicemesh.io/v1alpha1"
    return named(version, "IngressBackend", "in", backends=backends, sources=list(sources))


RANGE = {"kind": "IPRange", "name": "10.2.0.0/16"}
NGINX = {"kind": "AuthenticatedPrincipal", "name": "nginx.ingress.cluster.local"}


@pytest.mark.parametrize(
    ("document", "source", "answer"),
    [
        (entrance("http"), None, ALLOW),
        (entrance("http"), "s/c2", DENY),  # a member comes through its sidecar
        (entrance("http", RANGE), None, Answer.UNKNOWN),  # a request does not tell its address
        (entrance("http", NGINX), None, ALLOW),  # plaintext has no name
        (entrance("http", port=9090), None, DENY),
        (entrance("https", NGINX), "ingress/nginx", ALLOW),
        (entrance("https", NGINX), "ingress/other", DENY),
        (entrance("https", NGINX), None, DENY),
        (entrance("https", NGINX, RANGE), "ingress/nginx", Answer.UNKNOWN),
        (entrance("https"), "ingress/other", ALLOW),
    ],
)
def test_an_ingress_backend_lets_in_beside_the_mesh(
    document: Body, source: str | None, answer: Answer
) -> None:
    assert decided((*ONLY_HTTP, document), http(source=source)) is answer


def test_a_workload_is_named_by_its_kind_where_its_name_is_not_enough() -> None:
    twin = named("apps/v1", "StatefulSet", "web", template=POD)
    documents = (*ONLY_HTTP, *SERVER, twin)

    with pytest.raises(NoSuchWorkload, match="several"):
        decided_alone(documents, http())
    with pytest.raises(NoSuchWorkload, match="no workload"):
        decided_alone(documents, http()._replace(destination="d/gone"))
    assert decided_alone(documents, http()._replace(destination="StatefulSet/d/web")) is ALLOW
