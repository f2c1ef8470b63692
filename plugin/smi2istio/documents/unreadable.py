"""Text that is not YAML as Kubernetes reads it."""

from collections.abc import Sequence


class Unreadable(Exception):
    """Input that no document can be made of.

    Attributes:
        problem: what is wrong, without the place.
        file: "" where unknown.
        line: 1-based; 0 unknown.
        column: 1-based; 0 unknown.
        byte: 0-based offset in the input for what is not even text; -1 otherwise.
        earlier: the 1-based line that the problem speaks of beside its own; 0 for none.
    """

    def __init__(  # noqa: PLR0913 - all of it a place
        self,
        problem: str,
        line: int = 0,
        column: int = 0,
        byte: int = -1,
        file: str = "",
        *,
        earlier: int = 0,
    ) -> None:
        super().__init__(problem)
        self._problem, self.file, self.earlier = problem, file, earlier
        self.line, self.column, self.byte = line, column, byte

    @property
    def problem(self) -> str:
        return f"{self._problem}, on line {self.earlier}" if self.earlier else self._problem

    def hinted(self, hint: str) -> "Unreadable":
        """The same, with what may help."""
        return Unreadable(f"{self.problem}; {hint}", self.line, self.column, self.byte, self.file)

    def moved(self, lines: int, file: str) -> "Unreadable":
        """The same, seen from a file in which the text begins after *lines* lines."""
        line, earlier = (one + lines if one else 0 for one in (self.line, self.earlier))
        file = file or self.file
        return Unreadable(self._problem, line, self.column, self.byte, file, earlier=earlier)

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        parts += [f"line {self.line}"] if self.line else []
        parts += [f"column {self.column}"] if self.column else []
        parts += [f"byte {self.byte}"] if self.byte >= 0 else []
        return f"{', '.join(parts)}: {self.problem}" if parts else self.problem


class AllUnreadable(Exception):
    """Everything in several texts that no document can be made of."""

    def __init__(self, errors: Sequence[Unreadable]) -> None:
        super().__init__("\n".join(map(str, errors)))
        self.errors = errors
