"""TrafficSplits keep every share, whatever the spelling, the version and the order."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smi2istio.bundle import Bundle
from smi2istio.compiler import Compilation, compile_documents
from smi2istio.controllers import canary_targets
from smi2istio.documents import Document, dump, read_stream
from smi2istio.options import Options
from smi2istio.source.split import ServiceName, service_name
from smi2istio.source_mesh import MESHES

SMI = Options(source_mesh=MESHES["smi"])
Body = dict[str, Any]


def read(*bodies: Body) -> list[Document]:
    documents = read_stream("---\n".join(dump(body) for body in bodies).encode())
    for position, document in enumerate(documents):
        document.position = position
    return documents


def compiled(*bodies: Body, options: Options = SMI) -> Compilation:
    return compile_documents(read(*bodies), options)


def emitted(result: Compilation) -> list[Body]:
    assert not result.failed, [str(one) for one in result.diagnostics]
    return [output.body for output in result.outputs if output.body]


def said(result: Compilation) -> list[str]:
    return [f"{one.code} {one.where.path}" for one in result.diagnostics]


def service(name: str, *ports: int, namespace: str = "shop", **annotations: str) -> Body:
    metadata: Body = {"name": name, "namespace": namespace}
    if annotations:
        prefix = "internal.config.kubernetes.io/"
        metadata["annotations"] = {f"{prefix}{key}": value for key, value in annotations.items()}
    listed = [{"name": f"http-{port}", "port": port} for port in ports or (80,)]
    spec = {"selector": {"app": name}, "ports": listed}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def split(
    backends: list[tuple[str, Any]], *, root: str = "web", version: str = "v1alpha4", **spec: Any
) -> Body:
    return {
        "apiVersion": f"split.smi-spec.io/{version}",
        "kind": "TrafficSplit",
        "metadata": {"name": "canary", "namespace": "shop"},
        "spec": {
            "service": root,
            "backends": [{"service": name, "weight": weight} for name, weight in backends],
            **spec,
        },
    }


def group(*matches: Body) -> Body:
    return {
        "apiVersion": "specs.smi-spec.io/v1alpha4",
        "kind": "HTTPRouteGroup",
        "metadata": {"name": "testers", "namespace": "shop"},
        "spec": {"matches": [{"name": f"m{place}", **one} for place, one in enumerate(matches)]},
    }


MATCHES = [{"kind": "HTTPRouteGroup", "name": "testers"}]
LONG_DOMAIN = "example.org"


class TestNamesOfServices:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("web", ServiceName("web")),
            ("web.shop", ServiceName("web", "shop")),
            ("web.shop.svc", ServiceName("web", "shop")),
            ("web.shop.svc.cluster", ServiceName("web", "shop", cluster=True)),
            ("web.shop.svc.example.org", ServiceName("web", "shop")),
            ("shop/web", ServiceName("web", "shop")),
            ("1-web", ServiceName("1-web")),
            ("w" * 63, ServiceName("w" * 63)),
        ],
    )
    def test_are_read_in_every_spelling(self, text: str, expected: ServiceName) -> None:
        assert service_name(text, LONG_DOMAIN) == expected

    @pytest.mark.parametrize(
        "text",
        ["", "web.", "web.shop.", ".shop", "web..svc", "Web", "web_1", "-web", "web-", "w" * 64,
         "web.shop.pod", "web.shop.svc.cluster.local", "web.shop.svc.example.org.", "a/b/c",
         "shop/", "/web", "shop/web.svc", "web:80", "*", "*.shop", "web shop"],
    )  # fmt: skip
    def test_are_not_guessed(self, text: str) -> None:
        assert service_name(text, LONG_DOMAIN) is None

    def test_end_in_the_domain_of_the_cluster(self) -> None:
        options = SMI._replace(cluster_domain=LONG_DOMAIN)
        result = compiled(service("web"), service("v1"), split([("v1", 1)]), options=options)

        (virtual_service,) = emitted(result)
        (route,) = virtual_service["spec"]["http"]
        assert virtual_service["spec"]["hosts"] == ["web.shop.svc.example.org"]
        assert route["route"][0]["destination"]["host"] == "v1.shop.svc.example.org"

    def test_from_before_kustomize_are_found(self) -> None:
        """The overlay put a prefix before the names and changed the namespace."""
        result = compiled(
            service("blue-web", previousNames="web", previousNamespaces="base"),
            service("blue-v1", previousNames="v1", previousNamespaces="base"),
            split([("v1", 1)], root="web.base"),
        )

        (virtual_service,) = emitted(result)
        (route,) = virtual_service["spec"]["http"]
        assert virtual_service["spec"]["hosts"] == ["blue-web.shop.svc.cluster.local"]
        assert route["route"][0]["destination"]["host"] == "blue-v1.shop.svc.cluster.local"
        assert not result.diagnostics

    def test_of_a_split_without_namespace_need_one(self) -> None:
        body = split([("v1", 1)])
        del body["metadata"]["namespace"]

        assert "S2I113 " in said(compiled(body))

    def test_of_a_split_without_namespace_take_the_configured_one(self) -> None:
        bodies = [service("web"), service("v1"), split([("v1", 1)])]
        for body in bodies:
            del body["metadata"]["namespace"]
        result = compiled(*bodies, options=SMI._replace(namespace="shop"))

        (virtual_service,) = emitted(result)
        assert virtual_service["spec"]["hosts"] == ["web.shop.svc.cluster.local"]
        assert "namespace" not in virtual_service["metadata"]


class TestMatches:
    def test_name_methods_in_upper_case(self) -> None:
        result = compiled(
            service("web"),
            split([("v1", 1)], matches=MATCHES),
            service("v1"),
            group({"methods": ["get", "", "GET", "M-SEARCH"]}),
            options=Options(),
        )

        (virtual_service,) = emitted(result)
        matched, _ = virtual_service["spec"]["http"]
        assert matched["match"] == [{"method": {"regex": "GET|M-SEARCH"}}]
        assert "S2I346 spec.matches[0].methods" in said(result)

    def test_that_no_request_can_fit_split_nothing(self) -> None:
        result = compiled(
            service("web"),
            service("v1"),
            split([("v1", 1)], matches=MATCHES),
            group({"methods": [""], "pathRegex": "/x"}),
            options=Options(),
        )

        assert emitted(result) == []
        assert "S2I345 spec.matches[0].methods" in said(result)
        assert "S2I216 spec.service" in said(result)

    def test_leave_connections_to_the_root(self) -> None:
        database = service("web", 3306)
        database["spec"]["ports"][0]["name"] = "tcp-db"
        result = compiled(
            database, split([("v1", 1)], matches=MATCHES), group({"headers": {"x": "y"}})
        )

        assert emitted(result) == []
        assert "S2I216 spec.service" in said(result)

    def test_are_refused_where_the_proxy_would_refuse_the_regex(self) -> None:
        result = compiled(
            service("web"),
            split([("web", 1)], matches=MATCHES),
            group({"headers": {"x-a": "(?=a)b"}}),
        )

        assert "S2I350 spec.matches[0].headers" in said(result)

    @pytest.mark.parametrize("version", ["v1alpha1", "v1alpha2"])
    def test_are_unknown_to_old_versions(self, version: str) -> None:
        body = split([("web", 1)], version=version, matches=MATCHES)
        result = compiled(service("web"), body, group({"headers": {"x": "y"}}))

        assert "S2I103 spec.matches" in said(result)


def test_an_unknown_field_is_an_error() -> None:
    body = split([("web", 1)])
    body["spec"]["backends"][0]["wieght"] = 2

    assert "S2I103 spec.backends[0].wieght" in said(compiled(service("web"), body))


@pytest.mark.parametrize(
    "weight",
    ["9" * 5000, "1K", "1ki", "1e", "1e3k", "1e3.5", "1 ", "-1", "m", ".", "", "٣", True, [1], {}],
)
def test_a_quantity_that_is_no_weight_is_refused(weight: Any) -> None:
    result = compiled(service("web"), split([("web", 1), ("v1", weight)], version="v1alpha1"))

    assert said(result) == ["S2I202 spec.backends[1].weight"]


@pytest.mark.parametrize(
    ("first", "second", "written"),
    [
        ("1", "1k", [1, 1000]),
        ("500m", "1.5k", [500, 1_500_000]),
        ("1.5Ki", "1M", [1536, 10**6]),
        (".5", "5.", [500, 5000]),
        ("+1", "1e3", [1, 1000]),
        ("1E2", "5e-1", [100_000, 500]),
        ("1000m", "1", [1000, 1000]),
        ("500000u", "1", [500, 1000]),
        ("1.5m", "0.0001", [1500, 100]),
        ("100n", "1u", [100, 1000]),
        ("0.0000000001", "2n", [1, 2]),
        (1e-05, 0.5, [10, 500_000]),
        ("0E", "1", [0, 1]),
    ],
)
def test_quantities_are_written_as_kubernetes_reads_them(
    first: str | float, second: str | float, written: list[int]
) -> None:
    body = split([("web", first), ("v1", second)], version="v1alpha1")
    (route,) = emitted(compiled(service("web"), service("v1"), body))[0]["spec"]["http"]

    assert [target["weight"] for target in route["route"]] == written


def test_osm_in_permissive_mode_routed_roots_without_pods() -> None:
    bare = service("web")
    del bare["spec"]["selector"]
    bodies = (bare, service("v1"), split([("v1", 1)], version="v1alpha2"))
    enforcing, permissive = (
        compiled(*bodies, options=Options(mode=mode)) for mode in ("enforcing", "permissive")
    )

    assert said(enforcing) == ["S2I215 spec.service"]
    assert said(permissive) == []


@pytest.mark.parametrize("spec", [{"hosts": 7.5, "gateways": True}, {"hosts": True}])
def test_a_virtual_service_of_any_type_routes_no_root(spec: Body) -> None:
    other = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "other", "namespace": "shop"},
        "spec": {**spec, "http": [{"route": [{"destination": {"host": "web"}}]}]},
    }
    body = split([("v1", 1)], version="v1alpha2")
    result = compiled(service("web"), service("v1"), other, body)

    assert said(result) == []
    assert [one["metadata"]["name"] for one in emitted(result)] == [body["metadata"]["name"]]


def test_a_canary_promotes_the_workload_that_kustomize_renamed() -> None:
    canary = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"targetRef": {"kind": "Deployment", "name": "web"}},
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "blue-web",
            "namespace": "shop",
            "annotations": {
                "internal.config.kubernetes.io/previousNames": "web",
                "internal.config.kubernetes.io/previousNamespaces": "shop",
            },
        },
    }
    other = {**canary, "metadata": {"name": "cart", "namespace": "other"}}
    bundle = Bundle(read(canary, deployment, other), SMI)

    assert canary_targets(bundle, "shop") == {"blue-web"}
    assert canary_targets(bundle, "other") == {"web"}
    assert canary_targets(bundle, "elsewhere") == set()


names = st.sampled_from(["web", "v1", "v2", "v3"])
weights = st.integers(0, 1000)
quantities = st.one_of(
    weights,
    weights.map(str),
    weights.map("{}m".format),
    st.integers(0, 100).map("{}k".format),
    st.integers(0, 100).map("{}Ki".format),
    st.decimals(0, 100, places=3).map(str),
)


def worth(quantity: Any) -> Fraction:
    text = str(quantity)
    unit = {"m": Fraction(1, 1000), "k": Fraction(1000), "i": Fraction(1024)}.get(text[-1])
    return Fraction(text.rstrip("mkKi")) * (unit or 1)


def shares(backends: list[tuple[str, Any]]) -> dict[str, Fraction]:
    total = sum(worth(weight) for _, weight in backends)
    found: dict[str, Fraction] = {}
    for name, weight in backends:
        found[name] = found.get(name, Fraction()) + worth(weight) / total
    return {name: share for name, share in found.items() if share}


def shares_of(route: Body) -> dict[str, Fraction]:
    return shares(
        [
            (target["destination"]["host"].partition(".")[0], target["weight"])
            for target in route["route"]
        ]
    )


@given(st.lists(st.tuples(names, weights), min_size=1, max_size=6))
def test_every_backend_keeps_its_exact_share(backends: list[tuple[str, int]]) -> None:
    """On an undeclared port, so both of HTTP requests and of connections."""
    services = [service(name) for name in ("web", "v1", "v2", "v3")]
    for one in services:
        one["spec"]["ports"] = [{"port": 7000}]
    result = compiled(*services, split(backends))

    if not any(weight for _, weight in backends):
        assert said(result) == ["S2I201 spec.backends"]
        return
    (virtual_service,) = emitted(result)
    (http,), (tcp,) = virtual_service["spec"]["http"], virtual_service["spec"]["tcp"]
    assert shares_of(http) == shares_of(tcp) == shares(backends)
    assert [target["weight"] for target in http["route"]] == [weight for _, weight in backends]
    assert all(target["weight"] for target in tcp["route"])


@given(st.lists(st.tuples(names, quantities), min_size=1, max_size=6))
def test_quantities_keep_their_exact_share(backends: list[tuple[str, Any]]) -> None:
    services = [service(name) for name in ("web", "v1", "v2", "v3")]
    result = compiled(*services, split(backends, version="v1alpha1"))

    if not any(worth(weight) for _, weight in backends):
        assert said(result) == ["S2I201 spec.backends"]
        return
    (virtual_service,) = emitted(result)
    (route,) = virtual_service["spec"]["http"]
    assert shares_of(route) == shares(backends)


@given(
    ports=st.fixed_dictionaries(
        {name: st.sets(st.sampled_from([80, 81, 82]), min_size=1) for name in ("web", "v1", "v2")}
    ),
    backends=st.lists(st.tuples(st.sampled_from(["v1", "v2"]), st.integers(0, 3)), min_size=1),
)
def test_a_port_is_shared_by_those_who_have_it(
    ports: dict[str, set[int]], backends: list[tuple[str, int]]
) -> None:
    services = [service(name, *sorted(numbers)) for name, numbers in ports.items()]
    result = compiled(*services, split(backends))

    having = {
        port: [(name, weight) for name, weight in backends if port in ports[name]]
        for port in ports["web"]
    }
    if not all(any(weight for _, weight in left) for left in having.values()):
        assert result.failed
        assert {"S2I201", "S2I212"} & {one.code for one in result.diagnostics}
        return
    (virtual_service,) = emitted(result)
    routes = virtual_service["spec"]["http"]
    found = {
        (route["match"][0]["port"] if len(ports["web"]) > 1 else min(ports["web"])): route
        for route in routes
    }
    assert {port: shares_of(route) for port, route in found.items()} == {
        port: shares(left) for port, left in having.items()
    }
    for port, route in found.items():
        assert {target["destination"]["port"]["number"] for target in route["route"]} == {port}


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(chance: random.Random) -> None:
    other = split([("web", 1), ("v3", 2)], root="v2", version="v1alpha1")
    other["metadata"]["name"] = "other"
    bodies = [
        service("web", 80, 81),
        service("v1", 80),
        service("v2", 80, 81),
        split([("v1", 9), ("v2", 1)], matches=MATCHES),
        group({"headers": {"x-a": "b.*"}}),
        other,
    ]
    straight = compiled(*bodies)
    chance.shuffle(bodies)
    shuffled = compiled(*bodies)

    assert sorted(map(dump, emitted(straight))) == sorted(map(dump, emitted(shuffled)))
    assert sorted(map(str, straight.diagnostics)) == sorted(map(str, shuffled.diagnostics))


@pytest.mark.parametrize(
    "gateways", ["public, mesh", '["public"', '["public", 1]', '[""]', '{"public": 1}']
)
def test_gateways_are_a_json_list_of_names(gateways: str) -> None:
    key = "VirtualService.v1alpha3.networking.istio.io/spec.gateways"
    body = split([("website-v1", 1)])
    body["metadata"]["annotations"] = {key: gateways}

    assert f"S2I223 metadata.annotations[{key}]" in said(compiled(body))
