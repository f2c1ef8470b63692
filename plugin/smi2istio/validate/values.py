r"""The spellings that Kubernetes and Istio ask of names, labels and durations.

Regexes end in ``\Z``: Python's ``$`` would let a final line feed through.
"""

import re

_LABEL_LENGTH, _SUBDOMAIN_LENGTH, _HOST_LENGTH, _LAST_PORT = 63, 253, 255, 65535

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_QUALIFIED = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"

# Patterns are compiled at first use: most runs need few of them.
_DNS_LABEL = rf"{_LABEL}\Z"
_DNS_SUBDOMAIN = rf"{_SUBDOMAIN}\Z"
_LABEL_NAME = rf"{_QUALIFIED}\Z"
_ISTIO_LABEL = r"[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?\Z"
_HEADER = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z"
_DURATION = r"[-+]?(?:0|(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z"
_WEB = (
    r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]+)?"
    r"([/?](%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:/?@!$&'()*+,;=-])*)?\Z"
)
_BASE64 = r"([A-Za-z0-9+/]{4})*[A-Za-z0-9+/]{2}([A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)\Z"
_SIZE = r"(0|[1-9][0-9]{0,2})\Z"
_MILLISECOND = 1_000_000  # in nanoseconds
_PART = r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)"
_NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}


def dns_label(text: object) -> bool:
    """RFC 1123: names of namespaces and Services."""
    return isinstance(text, str) and len(text) <= _LABEL_LENGTH and bool(re.match(_DNS_LABEL, text))


def dns_subdomain(text: object) -> bool:
    """RFC 1123: names of custom objects."""
    return (
        isinstance(text, str)
        and len(text) <= _SUBDOMAIN_LENGTH
        and bool(re.match(_DNS_SUBDOMAIN, text))
    )


def label_value(text: object) -> bool:
    """The value of a label: empty, or like its name."""
    return isinstance(text, str) and (
        not text or (len(text) <= _LABEL_LENGTH and bool(re.match(_LABEL_NAME, text)))
    )


def label_key(text: object) -> bool:
    """The key of a label: ``prefix/name``, of which the prefix may be missing."""
    if not isinstance(text, str):
        return False
    prefix, slash, name = text.rpartition("/")
    return (
        len(name) <= _LABEL_LENGTH
        and bool(re.match(_LABEL_NAME, name))
        and (dns_subdomain(prefix) if slash else True)
    )


def annotation_key(text: object) -> bool:
    """The key of an annotation: as a label's, but for the case of letters."""
    return isinstance(text, str) and label_key(text.lower())


def istio_label(text: str) -> bool:
    """One label of a host, and the name of a subset: RFC 1123, but capitals count."""
    return len(text) <= _LABEL_LENGTH and bool(re.match(_ISTIO_LABEL, text))


def host(text: str) -> bool:
    """A DNS name as Istio takes it: its first label may be or begin with ``*``.

    Source: istio/istio pkg/config/validation/agent, ValidateWildcardDomain
    """
    first, dot, rest = text.partition(".")
    labels = rest.removesuffix(".").split(".")
    return (
        len(text) <= _HOST_LENGTH
        and (first == "*" or istio_label(first.removeprefix("*-").removeprefix("*")))
        and (not dot or rest == "" or (all(map(istio_label, labels)) and not labels[-1].isdigit()))
    )


def fqdn(text: str) -> bool:
    """A host without a wildcard; a number is none."""
    return host(text) and not text.startswith("*") and not text.isdigit()


def port_number(number: int) -> bool:
    return 0 < number <= _LAST_PORT


def port_text(text: str) -> bool:
    """A port as AuthorizationPolicy spells it; Istio takes 0 too, but nothing listens there."""
    return bool(re.match(r"[0-9]+\Z", text)) and port_number(int(text))


def web_address(text: str) -> bool:
    """A URL of http or https, as RFC 3986 spells it; without user and fragment."""
    return bool(re.match(_WEB, text))


def header_name(text: str) -> bool:
    """RFC 7230: a token."""
    return bool(re.match(_HEADER, text))


def in_milliseconds(duration: str) -> bool:
    """A duration as istiod's webhook takes it, which is finer than the CRD."""
    length = nanoseconds(duration)
    return length is not None and length >= _MILLISECOND and length % _MILLISECOND == 0


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
        return f"RE2 refuses the regex {regex!r}: {refusal}"
    except (TooComplex, Unsupported):
        pass  # RE2 takes more than can be compiled into patterns
    return ""


def base64(text: str) -> bool:
    """As the API server reads ``format: byte``: padded, and not empty."""
    return bool(re.match(_BASE64, text))


def nanoseconds(duration: str) -> int | None:
    """The length of a Go duration, ``1m30s``; None for what Go refuses.

    Source: https://pkg.go.dev/time#ParseDuration
    """
    if not re.match(_DURATION, duration):
        return None
    total = 0
    for number, unit in re.findall(_PART, duration):
        whole, _, fraction = number.partition(".")
        size = _NANOSECONDS[unit]
        total += int(whole or 0) * size + int(fraction or 0) * size // 10 ** len(fraction)
    if total >= 2**63:
        return None
    return -total if duration.startswith("-") else total
