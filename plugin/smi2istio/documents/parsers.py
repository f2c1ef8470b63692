"""PyYAML's parser: libyaml where it is there, else the one in Python.

Both must read the same, so nothing of PyYAML above events is used.
"""

from collections.abc import Callable
from typing import Protocol

from smi2istio.documents.pyyaml import yaml


class Events(Protocol):
    def get_event(self) -> yaml.Event | None: ...


class PureParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML without libyaml, taking tabs between tokens as libyaml and Go do."""

    def __init__(self, stream: str | bytes) -> None:
        yaml.reader.Reader.__init__(self, stream)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)

    def scan_to_next_token(self) -> None:
        super().scan_to_next_token()
        while self.peek() == "\t" and (self.flow_level or not self.allow_simple_key):
            self.forward()
            super().scan_to_next_token()


def _fastest() -> Callable[[str | bytes], Events]:
    if yaml.__with_libyaml__:
        from yaml._yaml import CParser  # noqa: PLC0415 - not there without libyaml

        return CParser
    return PureParser


PARSER = _fastest()
