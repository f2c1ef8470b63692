"""Records behave as NamedTuples do, where they are used alike."""

import pytest

from smi2istio.records import Record


class Port(Record):
    number: int
    name: str = ""
    protocol: str = "TCP"


def test_fields_come_in_order_by_name_or_from_the_default() -> None:
    port = Port(80, protocol="UDP")
    assert (port.number, port.name, port.protocol) == (80, "", "UDP")


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((), {"name": "http"}),
        ((80, "http", "TCP", "more"), {}),
        ((80,), {"number": 80}),
        ((80,), {"nmae": "http"}),
    ],
)
def test_fields_that_are_missing_or_unknown_are_refused(
    values: tuple[object, ...], named: dict[str, object]
) -> None:
    with pytest.raises(TypeError, match="Port has the fields number, name, protocol"):
        Port(*values, **named)  # type: ignore[arg-type]  # it would find them


def test_equality_is_of_the_type_and_all_fields() -> None:
    class Other(Record):
        number: int
        name: str = ""
        protocol: str = "TCP"

    assert Port(80) == Port(80, "")
    assert len({Port(80), Port(80, ""), Port(80, "http")}) == 2
    assert Port(80) != Port(81)
    assert Port(80) != Other(80)


def test_a_copy_differs_in_what_was_asked_for() -> None:
    port = Port(80, "http")
    assert port._replace(name="web") == Port(80, "web")
    assert port == Port(80, "http")
    assert repr(port) == "Port(number=80, name='http', protocol='TCP')"


def test_a_record_matches_by_position_and_has_no_other_attributes() -> None:
    match Port(80, "http"):
        case Port(number, name):
            assert (number, name) == (80, "http")
    with pytest.raises(AttributeError):
        Port(80).other = 1  # type: ignore[attr-defined]  # it would find this
