"""PyYAML's parser: libyaml where it is there, else the one in Python.

Both must read the same, so nothing of PyYAML above events is used.
"""

from collections.abc import Callable
from typing import Protocol

import yaml
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner


class Events(Protocol):
    def get_event(self) -> yaml.Event | None: ...


class PureParser(Reader, Scanner, Parser):
    """PyYAML without libyaml, taking tabs between tokens as libyaml and Go do."""

    def __init__(self, stream: str | bytes) -> None:
        Reader.__init__(self, stream)
        Scanner.__init__(self)
        Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()


def _fastest() -> Callable[[str | bytes], Events]:
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser  # not there without libyaml  # noqa: PLC0415

        return CParser
    return PureParser


PARSER = _fastest()
