r"""The names, labels, keys and numbers that Kubernetes takes.

Two regexes serve all of them, because every start pays for each.  They are anchored by
``fullmatch``: Python's ``$`` would let a final line feed through.

Source: k8s.io/apimachinery, pkg/util/validation.
"""

import re
from typing import TypeGuard

_LABEL_LENGTH, _SUBDOMAIN_LENGTH, _DIGITS, _LAST_PORT = 63, 253, 9, 65535
_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


def dns_label(text: object) -> bool:
    """RFC 1123: names of namespaces and Services."""
    return dns_subdomain(text) and "." not in str(text) and len(str(text)) <= _LABEL_LENGTH


def dns_subdomain(text: object) -> bool:
    """RFC 1123: names of most other objects."""
    return (
        isinstance(text, str)
        and len(text) <= _SUBDOMAIN_LENGTH
        and bool(_SUBDOMAIN.fullmatch(text))
    )


def label_value(text: object) -> bool:
    """The value of a label: empty, or like its name."""
    return text == "" or _label_name(text)


def label_key(text: object) -> bool:
    """The key of a label: ``prefix/name``, of which the prefix may be missing."""
    if not isinstance(text, str):
        return False
    prefix, slash, name = text.rpartition("/")
    return _label_name(name) and (dns_subdomain(prefix) if slash else True)


def annotation_key(text: object) -> bool:
    """The key of an annotation: as a label's, but for the case of letters."""
    return isinstance(text, str) and label_key(text.lower())


def host_label(text: str) -> bool:
    """One label of a host as Istio takes it: RFC 1123, but capitals count."""
    return _label_name(text) and "_" not in text and "." not in text


def number(text: str) -> int | None:
    """What is written as a port or an index; None for what is none, or beyond all of them."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def address_range(text: str) -> str | None:
    """A range of addresses as Istio takes it; None for what is none.

    An address alone gets the length of a single one: where annotations hold it, Istio reads
    none without.
    """
    from ipaddress import ip_address, ip_network  # noqa: PLC0415 - few documents have ranges

    address, slash, length = text.partition("/")
    try:
        full = text if slash else f"{address}/{ip_address(address).max_prefixlen}"
        bits = ip_network(full, strict=False).prefixlen
    except ValueError:
        return None
    # Python reads zones, masks and leading zeros, Go does not.
    return None if "%" in text or (slash and length != str(bits)) else full


def is_port(value: object) -> TypeGuard[int]:
    """The number of a port that something can listen on."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _LAST_PORT


def _label_name(text: object) -> bool:
    return isinstance(text, str) and len(text) <= _LABEL_LENGTH and bool(_QUALIFIED.fullmatch(text))
