r"""The spellings that Istio asks of hosts, ports, addresses and more.

Regexes end in ``\Z``: Python's ``$`` would let a final line feed through.
"""

import re

from smi2istio.durations import MILLISECOND, nanoseconds
from smi2istio.names import host_label, is_port, number

_HOST_LENGTH = 255

# Patterns are compiled at first use: most runs need few of them.
_HEADER = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z"
_WEB = (
    r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]+)?"
    r"([/?](%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?@!$&'()*+,;=-])*)?\Z"
)
_BASE64 = r"([A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2}([A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)\Z"
_SIZE = r"(0|[1-9][0-9]{0,2})\Z"


def host(text: str) -> bool:
    """A DNS name as Istio takes it: its first label may be or begin with ``*``.

    Source: istio/istio pkg/config/validation/agent, ValidateWildcardDomain
    """
    first, dot, rest = text.partition(".")
    labels = rest.removesuffix(".").split(".")
    return (
        len(text) <= _HOST_LENGTH
        and (first == "*" or host_label(first.removeprefix("*-").removeprefix("*")))
        and (not dot or rest == "" or (all(map(host_label, labels)) and not labels[-1].isdigit()))
    )


def fqdn(text: str) -> bool:
    """A host without a wildcard; a number is none."""
    return host(text) and not text.startswith("*") and not text.isdigit()


def port_text(text: str) -> bool:
    """A port as AuthorizationPolicy spells it; Istio takes 0 too, but nothing listens there."""
    return is_port(number(text))


def web_address(text: str) -> bool:
    """A URL of http or https, as RFC 3986 spells it; without user and fragment."""
    return bool(re.match(_WEB, text))


def header_name(text: str) -> bool:
    """RFC 7230: a token."""
    return bool(re.match(_HEADER, text))


def in_milliseconds(duration: str) -> bool:
    """A duration as istiod's webhook takes it, which is finer than the CRD."""
    length = nanoseconds(duration)
    return length is not None and length >= MILLISECOND and length % MILLISECOND == 0


def ip_block(text: str) -> bool:
    """An address, or a range of them, as Go's net/netip reads it."""
    # Few documents hold addresses.
    from ipaddress import ip_address  # noqa: PLC0415

    address, slash, size = text.partition("/")
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if not slash:
        return True
    most = found.max_prefixlen
    return "%" not in address and bool(re.match(_SIZE, size)) and int(size) <= most


def re2_problem(regex: str) -> str:
    """Why RE2 refuses *regex*, or ""."""
    # Few documents hold a regex, and reading one needs tables.
    from smi2istio.regex.syntax import parse  # noqa: PLC0415
    from smi2istio.regex.tree import Rejected, TooComplex, Unsupported  # noqa: PLC0415

    try:
        parse(regex)
    except Rejected as refusal:
        return f"RE2 refuses the regex '{regex}': {refusal}"
    except (TooComplex, Unsupported):
        pass  # RE2 takes more than can be compiled into patterns
    return ""


def base64(text: str) -> bool:
    """As the API server reads ``format: byte``: padded, and not empty."""
    return bool(re.match(_BASE64, text))
