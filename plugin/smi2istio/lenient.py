"""Documents that are not ours to judge, read leniently: what has another type counts as absent.

Services, workloads, policies of the user's own and what controllers read stay as they are, and
whether they are right is for the API server to say.
"""

from collections.abc import Mapping

from smi2istio.documents import Document


def spec_of(document: Document) -> Mapping[str, object]:
    return mapping(document.body.get("spec"))


def mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    return value if isinstance(value, str) else ""


def texts(value: object) -> tuple[str, ...]:
    """The elements of a list as text, whatever they are."""
    return tuple(map(str, items(value)))
