"""What istiod asks of a RequestAuthentication beyond its CRD.

Source: istio/istio pkg/config/validation, validateJwtRule
"""

from collections.abc import Iterator
from typing import Any

from smi2istio.validate.emitted import ISTIOD, Emitted, Problem


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
    return isinstance(keys, list) and all(isinstance(key, dict) and "kty" in key for key in keys)
