"""Where the parts of a document are in its text.

Only for documents that :func:`smi2istio.documents.reader.load` has read: PyYAML's
composer recurses, and a document that was read is known not to be too deep.
"""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.composer import Composer

from smi2istio.documents.parsers import COMPOSER


def compose(text: str, composer: Callable[[str], Composer] = COMPOSER) -> yaml.Node:
    """The tree of nodes; the marks count characters of *text*."""
    node = composer(text).get_single_node()
    assert node is not None  # noqa: S101 - the document was read
    return node


def entry(node: yaml.Node, step: str | int) -> tuple[Any, Any] | None:
    """Key and value (the value twice for an element of a list); None where there is none."""
    if isinstance(node, yaml.MappingNode):
        return next((pair for pair in node.value if pair[0].value == step), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


def line_of(root: yaml.Node, path: str) -> int:
    """0-based line of a field, or of the nearest thing above it that exists."""
    line, node, rest = root.start_mark.line, root, path
    while rest:
        step, after = _next_step(node, rest)
        found = entry(node, step) if step is not None else None
        if found is None:
            break
        line, node, rest = found[0].start_mark.line, found[1], after
    return line


def _next_step(node: yaml.Node, path: str) -> tuple[str | int | None, str]:
    """The first step of a path; keys may contain dots, so the longest one that fits counts."""
    if path.startswith("["):
        index, _, rest = path[1:].partition("]")
        return (int(index) if index.isdecimal() else None), rest.removeprefix(".")
    if not isinstance(node, yaml.MappingNode):
        return None, ""
    keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    fitting = [key for key in keys if path == key or path.startswith((f"{key}.", f"{key}["))]
    if not fitting:
        return None, ""
    key = max(fitting, key=len)
    return key, path[len(key) :].removeprefix(".")
