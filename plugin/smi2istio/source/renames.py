"""What kustomize notes of the names that an object had before.

It renames objects before it calls a function and mends references only after it, so a
reference may still hold an old name.

Source: reference/krm-hosts.md §0.
"""

from collections.abc import Iterator

from smi2istio.documents import Document

_INTERNAL = "internal.config.kubernetes.io/"
#: What begins each annotation with a former name; who mentions it may have had one.
PREVIOUS = f"{_INTERNAL}previous"


def former(document: Document) -> Iterator[tuple[str, str]]:
    """Each namespace and name that an object had."""
    namespaces = former_namespaces(document)
    for name, namespace in zip(former_names(document), namespaces, strict=False):
        if name:
            yield ("" if namespace == "default" else namespace), name


def former_names(document: Document) -> list[str]:
    return document.annotations.get(f"{PREVIOUS}Names", "").split(",")


def former_namespaces(document: Document) -> list[str]:
    return document.annotations.get(f"{PREVIOUS}Namespaces", "").split(",")


def instance(document: Document) -> tuple[str, str]:
    """What kustomize put around the names of one instance of a base."""
    return document.annotation(f"{_INTERNAL}prefixes"), document.annotation(f"{_INTERNAL}suffixes")
