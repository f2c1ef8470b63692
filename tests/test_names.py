"""Names and durations, as Kubernetes and Go take them."""

import pytest

from smi2istio import names


@pytest.mark.parametrize(
    ("text", "label", "subdomain", "value"),
    [
        ("web", True, True, True),
        ("w" * 63, True, True, True),
        ("w" * 64, False, True, False),
        ("web.shop", False, True, True),
        ("web..shop", False, False, True),
        ("Web", False, False, True),
        ("web_1", False, False, True),
        ("-web", False, False, False),
        ("web-", False, False, False),
        ("web\n", False, False, False),
        ("*", False, False, False),
        ("", False, False, True),
        (1, False, False, False),
        (None, False, False, False),
    ],
)
def test_names_are_those_of_kubernetes(
    text: object,
    label: bool,
    subdomain: bool,
    value: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert names.dns_label(text) is label
    assert names.dns_subdomain(text) is subdomain
    assert names.label_value(text) is value


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
