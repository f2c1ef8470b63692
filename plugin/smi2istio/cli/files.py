"""Files are written whole or not at all."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


def write(contents: Mapping[Path, bytes]) -> None:
    """Write all files: first beside their places, then into them.

    What is no regular file (``/dev/stdout``, a pipe) is written directly.

    Raises:
        OSError: one of them cannot be written; no regular file has changed then.
    """
    waiting: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            if path.exists() and not path.is_file():
                path.write_bytes(content)
                continue
            place = path.resolve()
            place.parent.mkdir(parents=True, exist_ok=True)
            waiting[place] = place.with_name(f".{place.name}.{os.getpid()}")
            waiting[place].write_bytes(content)
        for place, temporary in waiting.items():
            temporary.replace(place)
    finally:
        for temporary in waiting.values():
            with suppress(FileNotFoundError):
                temporary.unlink()
