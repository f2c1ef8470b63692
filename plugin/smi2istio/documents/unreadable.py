"""Text that is not YAML as Kubernetes reads it."""


class Unreadable(Exception):
    """Input that no document can be made of.

    Attributes:
        problem: what is wrong, without the place.
        file: "" where unknown.
        line: 1-based; 0 unknown.
        column: 1-based; 0 unknown.
        byte: 0-based offset in the input for what is not even text; -1 otherwise.
    """

    def __init__(
        self, problem: str, line: int = 0, column: int = 0, byte: int = -1, file: str = ""
    ) -> None:
        super().__init__(problem)
        self.problem, self.file = problem, file
        self.line, self.column, self.byte = line, column, byte

    def moved(self, lines: int, file: str) -> "Unreadable":
        """The same, seen from a file in which the text begins after *lines* lines."""
        line = self.line + lines if self.line else 0
        return Unreadable(self.problem, line, self.column, self.byte, file or self.file)

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        parts += [f"line {self.line}"] if self.line else []
        parts += [f"column {self.column}"] if self.column else []
        parts += [f"byte {self.byte}"] if self.byte >= 0 else []
        return f"{', '.join(parts)}: {self.problem}" if parts else self.problem
