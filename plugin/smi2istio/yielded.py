"""What translators and assemblers have yielded so far, by its type."""

from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")


class Yielded:
    """Values in the order in which they came."""

    def __init__(self) -> None:
        self._found: dict[type, list[Any]] = {}

    def take(self, yielded: Iterable[object]) -> None:
        for one in yielded:
            self.of(type(one)).append(one)

    def of(self, kind: type[T]) -> list[T]:
        return self._found.setdefault(kind, [])

    def holds(self, module: str) -> bool:
        """Whether there is a value of a type of this module, which need not be imported."""
        return any(kind.__module__ == module for kind in self._found)
