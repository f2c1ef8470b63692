"""Names and durations, as Kubernetes and Go take them."""

import pytest

from smi2istio import names


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("web", "label subdomain value"),
        ("w" * 63, "label subdomain value"),
        ("w" * 64, "subdomain"),
        ("web.shop", "subdomain value"),
        ("web..shop", "value"),
        ("Web", "value"),
        ("web_1", "value"),
        ("-web", ""),
        ("web-", ""),
        ("web\n", ""),
        ("*", ""),
        ("", "value"),
        (1, ""),
        (None, ""),
    ],
)
def test_names_are_those_of_kubernetes(text: object, taken: str) -> None:
    kinds = {
        "label": names.dns_label(text),
        "subdomain": names.dns_subdomain(text),
        "value": names.label_value(text),
    }
    assert [kind for kind, takes in kinds.items() if takes] == taken.split()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("app", True),
        ("app.kubernetes.io/name", True),
        ("/name", False),
        ("App.io/name", False),
        ("app/", False),
        ("a/b/c", False),
    ],
)
def test_keys_have_a_prefix_or_none(text: str, key: bool) -> None:  # noqa: FBT001 - what is expected
    assert names.label_key(text) is key
    assert names.annotation_key(text) is (key or text == "App.io/name")


def test_a_label_of_a_host_may_have_capitals_and_no_underscore() -> None:
    assert names.host_label("Web")
    assert not names.host_label("we_b")
    assert not names.host_label("we.b")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0),
        ("8080", 8080),
        ("", None),
        ("-1", None),
        ("http", None),
        ("٣", None),
        ("9" * 5000, None),
    ],
)
def test_numbers_have_few_digits(text: str, number: int | None) -> None:
    assert names.number(text) == number
