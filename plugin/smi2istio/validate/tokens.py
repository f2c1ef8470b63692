"""What istiod asks of a RequestAuthentication beyond its CRD.

Source: istio/istio pkg/config/validation, validateJwtRule; RFC 7518 §6
"""

import re
from collections.abc import Iterator
from typing import Any

from smi2istio.validate.emitted import ISTIOD, Emitted, Problem

#: Type of a key → what it cannot be without, in base64url.
_FIELDS = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",), "oct": ("k",)}


def request_authentication(emitted: Emitted, _: str) -> Iterator[Problem]:
    """S2I904."""
    for index, rule in enumerate(emitted.spec.get("jwtRules", ())):
        path = f"spec.jwtRules[{index}]"
        if not rule.get("issuer") and not rule.get("jwksUri"):
            yield ISTIOD, path, "has neither an issuer nor a jwksUri"
        if rule.get("jwks") and not _is_key_set(rule["jwks"]):
            yield ISTIOD, f"{path}.jwks", "is not a JSON Web Key Set"


def _is_key_set(text: str) -> bool:
    # Hardly any document holds its keys.
    import json  # noqa: PLC0415

    try:
        found: Any = json.loads(text)
    except ValueError:
        return False
    keys = found.get("keys", [found]) if isinstance(found, dict) else None
    return isinstance(keys, list) and all(map(_is_key, keys))


def _is_key(key: Any) -> bool:
    if not isinstance(key, dict) or key.get("kty") not in _FIELDS:
        return False
    values = [key.get(field) for field in _FIELDS[key["kty"]]]
    return all(isinstance(one, str) and _is_base64url(one) for one in values)


def _is_base64url(text: str) -> bool:
    """As istiod decodes it: padded or not, in either alphabet."""
    return bool(re.match(r"[A-Za-z0-9_/+-]*={0,2}\Z", text)) and len(text.rstrip("=")) % 4 != 1
