"""Pin what a directory renders to: copy this file beside a directory `manifests/`.

Write or renew the snapshot with `pytest --snapshot-update`, and read its diff.
"""

import subprocess
from pathlib import Path

from syrupy.assertion import SnapshotAssertion


def test_rendered(snapshot: SnapshotAssertion) -> None:
    manifests = Path(__file__).parent / "manifests"
    command = ["smi2istio", "render", str(manifests)]

    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout == snapshot
