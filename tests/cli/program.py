"""The program as users and hosts run it, and documents to run it on."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml

PROGRAM = str(Path(sys.executable).with_name("smi2istio"))

SPLIT = """\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata:
  name: canary
  namespace: shop
spec:
  service: website
  backends:
  - service: website-v1
    weight: 90
  - service: website-v2
    weight: 10
"""
SERVICES = "---\n".join(
    f"""\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}} # kept as it is
spec:
  selector: {{app: website}}
  ports:
  - {{name: http, port: 80}}
"""
    for name in ("website", "website-v1", "website-v2")
)
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {mode: 'on'} # 0644\n"
REFUSED = SPLIT.replace("weight: 90", "weight: many")
SUMMARY = "smi2istio: 1 TrafficSplit → 1 VirtualService"


def run(
    *arguments: str | Path,
    given: str | bytes = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        input=given.encode() if isinstance(given, str) else given,
        capture_output=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **(env or {})},
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def resource_list(*documents: str, configuration: str = "") -> str:
    items = "".join("- " + text.strip("\n").replace("\n", "\n  ") + "\n" for text in documents)
    return f"""\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
{items}functionConfig:
  apiVersion: smi2istio.dev/v1alpha1
  kind: SmiToIstio
  metadata: {{name: smi-to-istio}}
  spec: {{{configuration}}}
"""


def kinds(stream: str) -> list[str]:
    return [document["kind"] for document in yaml.safe_load_all(stream)]
