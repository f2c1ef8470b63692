"""Names and durations, as Kubernetes and Go take them."""

import pytest

from smi2istio import names
from smi2istio.durations import nanoseconds


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


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("10.0.0.0/24", "10.0.0.0/24"),
        ("10.0.0.7/24", "10.0.0.7/24"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("10.0.0.0/255.0.0.0", None),
        ("10.0.0.0/08", None),
        ("10.0.0.0/", None),
        ("10.0.0.0/33", None),
        ("fe80::1%eth0", None),
        (" 192.0.2.7", None),
        ("", None),
    ],
)
def test_ranges_are_those_that_go_reads(text: str, taken: str | None) -> None:
    assert names.address_range(text) == taken


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0", 0), ("1ns", 1), ("1us", 1_000), ("1µs", 1_000), ("1μs", 1_000), ("1ms", 1_000_000),
        ("1s", 10**9), ("1m", 60 * 10**9), ("1h", 3600 * 10**9), ("1.5s", 1_500_000_000),
        (".5s", 500_000_000), ("5.s", 5 * 10**9), ("1h1m1s", 3661 * 10**9), ("-1s", -(10**9)),
        ("+1s", 10**9), ("0.9ns", 0), ("9223372036854775807ns", 2**63 - 1),
        ("9223372036854775808ns", None), ("2562048h", None), ("", None), ("1", None), ("s", None),
        (".s", None), ("1d", None), ("1 s", None), ("1s ", None), ("1s\n", None), ("--1s", None),
        ("1e3s", None), ("٣s", None), ("9" * 5_000 + "s", None),
    ],
)  # fmt: skip
def test_durations_are_read_as_go_reads_them(text: str, length: int | None) -> None:
    assert nanoseconds(text) == length
