"""What tests of commands share: a directory of manifests."""

from pathlib import Path

import pytest
from tests.cli.program import SERVICES, SPLIT


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A repository as users have them, with what is no object of a cluster."""
    files = {
        "manifests/services.yaml": SERVICES,
        "manifests/mesh/split.yml": SPLIT,
        "manifests/mesh/other.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}}',
        "manifests/kustomization.yaml": "resources: [services.yaml]\n",
        "manifests/values.yaml": "replicas: 3\nkind: none\n",
        "manifests/smi2istio.yaml": "apiVersion: smi2istio.dev/v1alpha1\nkind: SmiToIstio\n",
        "manifests/.git/config.yaml": "[",
        "manifests/README.md": "# Manifests",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path
