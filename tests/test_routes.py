"""One VirtualService for each host, and nobody else's."""

from typing import Any

import pytest

from smi2istio.assemble.routes import assemble
from smi2istio.bundle import Bundle
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document, dump, read_stream
from smi2istio.emit import Emission
from smi2istio.membership import Mesh
from smi2istio.options import Options
from smi2istio.routes import Route

HOST = "web.shop.svc.cluster.local"
HTTP: tuple[dict[str, Any], ...] = ({"route": [{"destination": {"host": "v1"}, "weight": 1}]},)


def split(name: str) -> Document:
    body = {
        "apiVersion": "split.smi-spec.io/v1alpha2",
        "kind": "TrafficSplit",
        "metadata": {"name": name, "namespace": "shop"},
    }
    (document,) = read_stream(dump(body).encode())
    return document


def virtual_service(namespace: str, spec: Any) -> Document:
    body = {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "VirtualService",
        "metadata": {"name": "own", "namespace": namespace},
        "spec": spec,
    }
    (document,) = read_stream(dump(body).encode())
    return document


def route(document: Document, **fields: Any) -> Route:
    where = Where(document, "spec.service")
    return Route(HOST, where, document, HTTP)._replace(**fields)


def assembled(*routes: Route, existing: Document | None = None) -> list[Emission | Diagnostic]:
    options = Options()
    bundle = Bundle([existing] if existing else [], options)
    return list(assemble(routes, Context(bundle, options, Mesh(), set())))


def codes(yielded: list[Emission | Diagnostic]) -> list[str]:
    return [one.code for one in yielded if isinstance(one, Diagnostic)]


def test_a_route_becomes_an_object_named_and_placed_as_its_split() -> None:
    document = split("canary")

    (emission,) = assembled(route(document))
    assert isinstance(emission, Emission)
    assert emission.body == {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "canary", "namespace": "shop"},
        "spec": {"hosts": [HOST], "http": list(HTTP)},
    }
    assert (emission.at, emission.carries) == (document, document)


def test_subsets_become_a_destination_rule_after_it() -> None:
    document, group = split("canary"), split("testers")
    subsets = (("v1", {"app": "web", "version": "v1"}),)

    first, second = assembled(route(document, subsets=subsets, groups=(group,)))
    assert isinstance(first, Emission)
    assert isinstance(second, Emission)
    assert [first.body["kind"], second.body["kind"]] == ["VirtualService", "DestinationRule"]
    assert second.body["spec"] == {
        "host": HOST,
        "subsets": [{"name": "v1", "labels": {"app": "web", "version": "v1"}}],
    }
    assert first.sources == second.sources == (document, group)


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "a", "b")])
def test_all_splits_of_a_root_but_the_first_by_name_are_refused(order: tuple[str, ...]) -> None:
    found = [
        one for one in assembled(*(route(split(name)) for name in order))
        if isinstance(one, Diagnostic)
    ]  # fmt: skip

    assert [str(one) for one in found] == [
        f"error[S2I209] TrafficSplit shop/{name} spec.service:"
        " Service 'web' is already split by TrafficSplit 'a'"
        for name in ("b", "c")
    ]


@pytest.mark.parametrize(
    ("namespace", "spec"),
    [
        ("shop", {"hosts": ["web"]}),
        ("shop", {"hosts": ["other", "web.shop"]}),
        ("other", {"hosts": ["web.shop.svc"]}),
        ("other", {"hosts": ["WEB.shop.svc.cluster.local"]}),
        ("shop", {"hosts": ["web"], "gateways": []}),
        ("shop", {"hosts": ["web"], "gateways": ["public", "mesh"]}),
    ],
)
def test_a_virtual_service_of_the_user_keeps_its_host(namespace: str, spec: Any) -> None:
    found = assembled(route(split("canary")), existing=virtual_service(namespace, spec))

    assert codes(found) == ["S2I210"]


@pytest.mark.parametrize(
    ("namespace", "spec"),
    [
        ("other", {"hosts": ["web"]}),
        ("shop", {"hosts": ["web"], "gateways": ["public"]}),
        ("shop", {"hosts": ["*.shop.svc.cluster.local"]}),
        ("shop", {"hosts": ["web.example.org"]}),
        ("shop", {}),
        ("shop", None),
    ],
)
def test_a_virtual_service_for_something_else_does_no_harm(namespace: str, spec: Any) -> None:
    found = assembled(route(split("canary")), existing=virtual_service(namespace, spec))

    assert codes(found) == []
