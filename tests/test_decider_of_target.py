"""The decider of Istio's documents, against what istiod's generator and a real Envoy did.

Each row was observed there: workload ``t/app`` behind a Service with `http-x` 8080, `tcp-x`
9000 and the undeclared `web` 7000; callers over mTLS unless they are plaintext.

Source: reference/istio-verified.md (a) to (p).
"""

from typing import Any

import pytest

from smi2istio.access.request import Answer, Request
from smi2istio.access.target import Target
from smi2istio.bundle import Bundle
from smi2istio.documents import dump, read_stream
from smi2istio.options import DEFAULTS

OK, NO, UNKNOWN = Answer.ALLOW, Answer.DENY, Answer.UNKNOWN
Body = dict[str, Any]


def named(kind: str, name: str, namespace: str = "t", **spec: object) -> Body:
    version = {
        "Service": "v1",
        "Deployment": "apps/v1",
        "EnvoyFilter": "networking.istio.io/v1alpha3",
    }
    metadata = {"name": name, "namespace": namespace}
    api_version = version.get(kind, "security.istio.io/v1")
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}


POD = {"metadata": {"labels": {"app": "app"}}, "spec": {"containers": [{"name": "app"}]}}
PORTS = [{"name": name, "port": port} for name, port in
         (("http-x", 8080), ("tcp-x", 9000), ("web", 7000))]  # fmt: skip
CLUSTER = (
    named("Deployment", "app", template=POD),
    named("Service", "app", selector={"app": "app"}, ports=PORTS),
)


def policy(*rules: Body, action: str = "ALLOW", **more: Any) -> Body:
    return named("AuthorizationPolicy", "p", rules=list(rules), action=action, **more)


def to(**fields: list[str]) -> Body:
    return {"to": [{"operation": fields}]}


def when(key: str, **fields: list[str]) -> Body:
    return {"when": [{"key": key, **fields}]}


def decided(request: Request, *documents: Body) -> Answer:
    found = read_stream("---\n".join(map(dump, (*CLUSTER, *documents))).encode())
    return Target(Bundle(found, DEFAULTS)).decide(request).answer


def http(path: str = "/", source: str | None = "a/x", port: int = 8080, **more: Any) -> Request:
    path, mark, query = path.partition("?")
    return Request(source, "t/app", port, path=path, query=mark + query, **more)


def raw(port: int, source: str | None = "a/x") -> Request:
    return Request(source, "t/app", port, tcp=True)


def test_of_two_services_the_first_host_name_decides_what_a_port_speaks() -> None:
    def service(name: str, port: str) -> Body:
        ports = [{"name": port, "port": 6000}]
        return named("Service", name, selector={"app": "app"}, ports=ports)

    http_first = service("web", "http-x"), service("webs", "tcp-x")
    tcp_first = service("web", "http-x"), service("web-raw", "tcp-x")
    rule = policy(to(methods=["GET"], ports=["6000"]))

    assert decided(http(port=6000), rule, *http_first) is OK
    assert decided(http(port=6000), rule, *tcp_first) is NO


@pytest.mark.parametrize(
    ("pattern", "ok", "refused"),
    [
        ("/foo/{*}", "/foo/bar /foo/a=b /foo/a;b /foo/a:b@c /foo/a%2Fb /foo/%zz /foo/* /foo/a?x=/y",
         "/foo /foo/ /foo/?x /foo/bar/ /foo/x/y //foo/bar /foo//bar /foo/a[b]"),
        ("/a/{*}/b", "/a/x/b /a/x%2Fy/b", "/a/b /a//b /a/x/y/b /a/x/b/"),
        ("/foo/{**}", "/foo/ /foo/x /foo/x/ /foo/x/y /foo//", "/foo /foox /foo/a/[b]/c"),
        ("/foo/{**}/", "/foo// /foo/x/ /foo/x/y/", "/foo/ /foo/x"),
        ("/a/{**}/b", "/a//b /a/x/b /a/x/y/b", "/a/b"),
        ("/{*}", "/x", "/ /x/ /x/y"),
        ("/{**}", "/ /x /x/y/", ""),
        ("/a*", "/a /ab /a/b /a?x", "/A /b"),
        ("/a/*", "/a/ /a/b /a//", "/a /ab"),
        ("*/a", "/a /x/a /x/a?y=1", "/xa /x/a/"),
        ("*.jpg", "/.jpg /x/y.jpg /x.jpg?y", "/x.jpg/"),
        ("/a*b", "/a*b", "/ab /axb /a%2Ab"),
        ("*a*", "/a* /xa*", "/a /xax"),
    ],
)  # fmt: skip
def test_paths(pattern: str, ok: str, refused: str) -> None:
    allow, deny = policy(to(paths=[pattern])), policy(to(paths=[pattern]), action="DENY")
    not_there = policy(to(notPaths=[pattern]))

    for path in ok.split():
        assert decided(http(path), allow) is OK, path
        assert decided(http(path), deny) is NO, path
        assert decided(http(path), not_there) is NO, path
    for path in refused.split():
        assert decided(http(path), allow) is NO, path
        assert decided(http(path), deny) is OK, path
        assert decided(http(path), not_there) is OK, path


@pytest.mark.parametrize(
    ("rules", "answers"),
    [
        ([to(methods=["GET"], ports=["8080", "9000", "7000"])], (OK, NO, OK, NO)),
        ([to(paths=["/a"], ports=["9000"])], (NO, NO, NO, NO)),
        ([to(ports=["9000"])], (NO, OK, NO, NO)),
        ([{"to": [{"operation": {"ports": ["9000"]}},
                  {"operation": {"paths": ["/a"], "ports": ["8080"]}}]}], (OK, NO, NO, NO)),
        ([to(ports=["9000"]), to(paths=["/a"], ports=["8080"])], (OK, OK, NO, NO)),
        ([when("request.headers[x-a]", values=["*"])], (NO, NO, NO, NO)),
        ([{"from": [{"source": {"principals": ["*"]}}]}], (OK, OK, OK, OK)),
        ([to(ports=["80"])], (NO, NO, NO, NO)),
        ([when("destination.port", values=["9000"])], (NO, OK, NO, NO)),
        ([{}], (OK, OK, OK, OK)),
        ([{"from": []}], (OK, OK, OK, OK)),
        ([{"from": [], **to(methods=["GET"])}], (OK, NO, OK, NO)),
        ([], (NO, NO, NO, NO)),
    ],
)  # fmt: skip
def test_http_fields_do_not_count_on_tcp(rules: list[Body], answers: tuple[Answer, ...]) -> None:
    requests = http("/a"), raw(9000), http("/a", port=7000), raw(7000)

    assert tuple(decided(one, policy(*rules)) for one in requests) == answers


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        (to(paths=["/a"], ports=["9000"]), (OK, NO, OK, OK)),
        (to(paths=["/a"]), (NO, NO, NO, NO)),
        (to(paths=["/b"]), (OK, NO, OK, NO)),
    ],
)
def test_a_deny_is_wider_on_tcp(rule: Body, answers: tuple[Answer, ...]) -> None:
    requests = http("/a"), raw(9000), http("/a", port=7000), raw(7000)

    assert tuple(decided(one, policy(rule, action="DENY")) for one in requests) == answers


@pytest.mark.parametrize(
    ("fields", "answers"),
    [
        ({"values": ["one"]}, (NO, NO, OK, NO, NO, NO, OK, NO)),
        ({"values": ["one*"]}, (NO, NO, OK, OK, NO, NO, OK, OK)),
        ({"values": ["*one"]}, (NO, NO, OK, NO, OK, NO, OK, NO)),
        ({"values": ["*"]}, (NO, OK, OK, OK, OK, OK, OK, OK)),
        ({"notValues": ["one"]}, (OK, OK, NO, OK, OK, OK, NO, OK)),
        ({"notValues": ["*"]}, (OK, NO, NO, NO, NO, NO, NO, NO)),
    ],
)
def test_header_values(fields: dict[str, list[str]], answers: tuple[Answer, ...]) -> None:
    one_line = "", "one", "one1", "1one", "ONE"
    lines: list[list[str]] = [[], *([one] for one in one_line), ["one", "two"], ["one, two"]]
    rule = when("request.headers[x-a]", **fields)

    assert answers == tuple(
        decided(http(headers=tuple(("X-A", line) for line in some)), policy(rule))
        for some in lines
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "answer"), [(["az"], OK), (["axz"], OK), (["a"], NO), (["a", "z"], OK), ([], NO)]
)
def test_two_conditions_on_one_header(lines: list[str], answer: Answer) -> None:
    conditions = [{"key": "request.headers[x-a]", "values": [one]} for one in ("a*", "*z")]
    headers = tuple(("x-a", line) for line in lines)

    assert decided(http(headers=headers), policy({"when": conditions})) is answer


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        (to(hosts=["svc.ns"]), (OK, NO, OK, NO)),
        (to(hosts=["SVC.ns"]), (OK, NO, OK, NO)),
        (to(hosts=["svc.ns", "svc.ns:*"]), (OK, OK, OK, NO)),
        (to(hosts=["*.ns"]), (OK, NO, OK, NO)),
        (to(notHosts=["svc.ns"]), (NO, OK, NO, OK)),
        (when("request.headers[host]", values=["svc.ns"]), (OK, NO, NO, NO)),
        (when("request.headers[:authority]", values=["svc.ns"]), (OK, NO, NO, NO)),
    ],
)
def test_hosts(rule: Body, answers: tuple[Answer, ...]) -> None:
    authorities = "svc.ns", "svc.ns:8080", "SVC.NS", "svc.ns."

    assert answers == tuple(decided(http(authority=one), policy(rule)) for one in authorities)


def test_pseudo_headers_hold_the_query() -> None:
    path = policy(when("request.headers[:path]", values=["/foo"]))

    assert decided(http("/foo"), path) is OK
    assert decided(http("/foo?x"), path) is NO
    assert decided(http(), policy(when("request.headers[:method]", values=["GET"]))) is OK


@pytest.mark.parametrize(
    ("sources", "admitted"),
    [
        ([{"principals": ["cluster.local/ns/a/sa/x"]}], "a/x"),
        ([{"principals": ["cluster.local/ns/a/sa/x"], "namespaces": ["b"]}], ""),
        ([{"principals": ["cluster.local/ns/a/sa/x"]}, {"namespaces": ["b"]}], "a/x b/x b/w"),
        ([{"principals": ["*"]}], "a/x b/x b/w a/w"),
        ([{"principals": ["*/sa/x"]}], "a/x b/x"),
        ([{"principals": ["spiffe://cluster.local/ns/a/sa/x"]}], ""),
        ([{"principals": ["other/ns/a/sa/x"]}], ""),
        ([{"principals": ["cluster.local/ns/a/sa/X"]}], ""),
        ([{"namespaces": ["a"]}], "a/x a/w"),
        ([{"serviceAccounts": ["a/x"]}], "a/x"),
        ([{"notPrincipals": ["cluster.local/ns/a/sa/x"]}], "b/x b/w a/w plaintext"),
    ],
)
def test_sources(sources: list[Body], admitted: str) -> None:
    rule = {"from": [{"source": one} for one in sources]}
    callers = {"a/x": "a/x", "b/x": "b/x", "b/w": "b/w", "a/w": "a/w", "plaintext": None}

    found = [name for name, one in callers.items() if decided(http(source=one), policy(rule)) is OK]

    assert sorted(found) == sorted(admitted.split())


def test_the_alias_of_the_trust_domain() -> None:
    rule = {"from": [{"source": {"principals": ["cluster.local/ns/a/sa/x"]}}]}
    found = read_stream("---\n".join(map(dump, (*CLUSTER, policy(rule)))).encode())
    options = DEFAULTS._replace(trust_domain="td.example")

    assert Target(Bundle(found, options)).decide(http()).answer is OK


@pytest.mark.parametrize("field", ["ipBlocks", "remoteIpBlocks", "requestPrincipals"])
def test_what_a_request_does_not_tell_is_unknown(field: str) -> None:
    rule = {"from": [{"source": {field: ["10.0.0.0/8"]}}]}

    assert decided(http(), policy(rule)) is UNKNOWN
    assert decided(http(), policy(rule, {})) is OK
    assert decided(http("/a"), policy({**rule, **to(paths=["/b"])})) is NO
    assert decided(http(), policy(rule, action="DENY"), policy({})) is UNKNOWN


def test_policies_of_the_root_namespace_and_of_selectors() -> None:
    nothing = named("AuthorizationPolicy", "nothing", "istio-system")
    mine = policy({}, selector={"matchLabels": {"app": "app"}})
    others = policy({}, selector={"matchLabels": {"app": "other"}})
    waypoint = policy(targetRefs=[{"kind": "Service", "name": "app"}])

    assert decided(http()) is OK
    assert decided(http(), nothing) is NO
    assert decided(http(), nothing, mine) is OK
    assert decided(http(), nothing, others) is NO
    assert decided(http(), waypoint) is OK
    assert decided(http(), named("AuthorizationPolicy", "elsewhere", "u")) is OK


def test_a_dry_run_decides_nothing() -> None:
    shown = policy()
    shown["metadata"]["annotations"] = {"istio.io/dry-run": "true"}

    assert decided(http(), shown) is OK


def test_deny_beats_allow_and_custom_asks_somebody_else() -> None:
    assert decided(http(), policy({}), policy({}, action="DENY")) is NO
    assert decided(http(), policy({}), policy({}, action="CUSTOM")) is UNKNOWN
    assert decided(http("/a"), policy({}), policy(to(paths=["/b"]), action="CUSTOM")) is OK


def peer(mode: str = "", namespace: str = "t", **fields: Any) -> Body:
    mtls = {"mtls": {"mode": mode}} if mode else {}
    return named("PeerAuthentication", "default", namespace, **mtls, **fields)


MINE: Body = {"selector": {"matchLabels": {"app": "app"}}}


@pytest.mark.parametrize(
    ("documents", "answers"),
    [
        ([], (OK, OK, OK)),
        ([peer("STRICT")], (NO, NO, NO)),
        ([peer("STRICT", **MINE, portLevelMtls={"8080": {"mode": "PERMISSIVE"}})], (OK, NO, NO)),
        ([peer("STRICT"), peer(**MINE, portLevelMtls={"8080": {"mode": "PERMISSIVE"}})],
         (OK, NO, NO)),
        ([peer("STRICT", **MINE, portLevelMtls={"80": {"mode": "PERMISSIVE"}})], (NO, NO, NO)),
        ([peer("STRICT", **MINE, portLevelMtls={"9000": {"mode": "DISABLE"}})], (NO, OK, NO)),
        ([peer("STRICT"), peer("UNSET", **MINE)], (NO, NO, NO)),
        ([peer("STRICT", "istio-system")], (NO, NO, NO)),
        ([peer("STRICT", "istio-system", **MINE)], (OK, OK, OK)),
        ([peer("STRICT", "u")], (OK, OK, OK)),
    ],
)  # fmt: skip
def test_plaintext_callers(documents: list[Body], answers: tuple[Answer, ...]) -> None:
    requests = http(source=None), raw(9000, None), raw(7000, None)

    assert tuple(decided(one, *documents) for one in requests) == answers


def test_mtls_where_it_is_switched_off() -> None:
    off = peer("STRICT", **MINE, portLevelMtls={"9000": {"mode": "DISABLE"}})

    assert decided(raw(9000), off) is NO
    assert decided(http(), off) is OK


@pytest.mark.parametrize(
    ("methods", "ok", "refused"),
    [(["GET"], "GET", "POST"), (["get"], "", "GET"), (["*"], "GET PUT", ""),
     (["P*"], "POST PATCH", "GET")],
)  # fmt: skip
def test_methods(methods: list[str], ok: str, refused: str) -> None:
    rule = policy(to(methods=methods))

    assert {decided(http(method=one), rule) for one in ok.split()} <= {OK}
    assert {decided(http(method=one), rule) for one in refused.split()} <= {NO}


@pytest.mark.parametrize(
    ("port", "answer"),
    [
        ({"name": "http-x"}, NO), ({"name": "http2-foo"}, NO), ({"name": "grpc"}, NO),
        ({"appProtocol": "HTTP"}, NO), ({"appProtocol": "kubernetes.io/h2c"}, NO),
        ({"appProtocol": "kubernetes.io/ws"}, NO), ({"name": "grpc-web-x"}, NO),
        ({"name": "tcp-x"}, OK), ({"name": "https"}, OK), ({"name": "tls"}, OK),
        ({"name": "mysql"}, OK), ({"appProtocol": "tcp-server-first"}, OK), ({"port": 3306}, OK),
        ({"name": "web"}, OK), ({}, OK), ({"name": "http-x", "appProtocol": "gibberish"}, OK),
        ({"name": "http-x", "protocol": "UDP"}, OK),
    ],
)  # fmt: skip
def test_bytes_that_are_not_http_pass_only_where_a_port_is_not_declared_http(
    port: Body, answer: Answer
) -> None:
    service = named("Service", "a", selector={"app": "app"},
                    ports=[{"port": 80, "targetPort": 6000, **port}])  # fmt: skip

    assert decided(raw(6000), service) is answer


@pytest.mark.parametrize(
    ("port", "answer"), [({"name": "tcp-x"}, NO), ({"name": "web"}, OK), ({"port": 3306}, NO)]
)
def test_http_rules_match_where_a_port_is_not_declared_tcp(port: Body, answer: Answer) -> None:
    service = named("Service", "a", selector={"app": "app"},
                    ports=[{"port": 80, "targetPort": 6000, **port}])  # fmt: skip

    assert decided(http(port=6000), service, policy(to(methods=["GET"]))) is answer


def bridge(regex: str, member: str, header: str = ":path", **match: Any) -> Body:
    rewrite = {"pattern": {"regex": regex}, "substitution": member}
    rule = {"metadata_namespace": "envoy.filters.x", "key": "k", "regex_value_rewrite": rewrite}
    config = {
        "@type": "type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config",
        "request_rules": [{"header": header, "on_header_present": rule}],
    }
    patch = {
        "applyTo": "HTTP_FILTER",
        "match": {"context": "SIDECAR_INBOUND", **match},
        "patch": {"operation": "INSERT_FIRST", "value": {"name": "x", "typed_config": config}},
    }
    return named("EnvoyFilter", "x", configPatches=[patch])


def asking(member: str) -> Body:
    return policy(when("experimental.envoy.filters.x[k]", values=[member]))


BOOKS = r"^/books/[^?#]*new(?:[?#].*)?$"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/books/new", OK),
        ("/books/a/new?x=1", OK),
        ("/books/x?new", NO),
        ("/books/?/books/new", NO),
        ("/other", NO),
    ],
)
def test_the_bridge_computes_by_the_regex_of_the_filter(path: str, answer: Answer) -> None:
    assert decided(http(path), bridge(BOOKS, "/books/new"), asking("/books/new")) is answer


def test_without_the_filter_the_bridge_is_closed() -> None:
    asked = asking("/books/new")
    here = bridge(BOOKS, "/books/new", listener={"portNumber": 9000})
    others = bridge(BOOKS, "/books/new") | {"metadata": {"name": "x", "namespace": "u"}}

    assert decided(http("/books/new"), asked) is NO
    assert decided(http("/books/new"), asked, here) is NO
    assert decided(http("/books/new"), asked, others) is NO
    assert decided(raw(7000), asked, bridge(BOOKS, "/books/new")) is NO


@pytest.mark.parametrize(
    ("regex", "member", "lines", "answer"),
    [
        ("^a.*b$", "ab", ["ab", "ab"], OK),  # the lines are joined
        ("^a.*b$", "ab", ["ab", "zz"], NO),
        ("^a.*b$", "ab", [], NO),
        ("^(?:|fast)$", "fast", [""], OK),
        ("^a.*b$", "ab", ["match"], NO),
        ("a.*b", "ab", ["xaxbx"], UNKNOWN),  # rewrites a part
        (r"^a\\d$", r"a\\d", [r"a\d"], OK),
    ],
)
def test_the_bridge_on_a_header(regex: str, member: str, lines: list[str], answer: Answer) -> None:
    headers = tuple(("x-a", line) for line in lines)
    wanted = member.replace("\\\\", "\\")

    assert decided(http(headers=headers), bridge(regex, member, "x-a"), asking(wanted)) is answer


@pytest.mark.parametrize(
    ("labels", "answer"),
    [({"sidecar.istio.io/inject": "false"}, OK), ({"sidecar.istio.io/inject": "true"}, NO)],
)
def test_policies_need_a_sidecar(labels: dict[str, str], answer: Answer) -> None:
    pod = {"metadata": {"labels": {"app": "bare", **labels}}, "spec": POD["spec"]}
    bare = named("Deployment", "bare", template=pod)

    assert decided(http()._replace(destination="t/bare"), bare, policy()) is answer


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        ({"istio-injection": "enabled"}, NO),
        ({"istio.io/rev": "stable"}, NO),
        ({"istio-injection": "disabled"}, OK),
        ({}, OK),
    ],
)
def test_a_namespace_decides_about_its_sidecars(labels: dict[str, str], answer: Answer) -> None:
    metadata = {"name": "t", "labels": labels}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}

    assert decided(http(), namespace, policy()) is answer


def test_an_excluded_port_passes_by_the_sidecar() -> None:
    annotations = {"traffic.sidecar.istio.io/excludeInboundPorts": "1, 8080"}
    metadata = {"labels": {"app": "out"}, "annotations": annotations}
    out = named("Deployment", "out", template={"metadata": metadata, "spec": POD["spec"]})

    assert decided(http()._replace(destination="t/out"), out, policy()) is OK
    assert decided(http(port=7000)._replace(destination="t/out"), out, policy()) is NO
