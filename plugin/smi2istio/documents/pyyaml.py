"""PyYAML, imported without the regexes of those of its parts that nobody uses here.

It compiles ten at import, for its loader in Python: two thirds of what `import yaml`
costs, which is more than reading a bookstore with libyaml.  So they are compiled at
their first use.  Where PyYAML has been imported before, there is nothing to save.

Source: PyYAML's reader.py, constructor.py and resolver.py, which keep what `re.compile`
gives them and call no more than its methods.
"""

import re


class _Later:
    """A regex that is compiled when somebody matches with it."""

    __slots__ = ("_given",)

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._given = pattern, flags

    def __getattr__(self, name: str) -> object:
        return getattr(_compile(*self._given), name)  # which remembers what it has compiled


_compile = re.compile
re.compile = _Later  # type: ignore[assignment]  # for as long as this import takes
try:
    import yaml
finally:
    re.compile = _compile

__all__ = ["yaml"]
