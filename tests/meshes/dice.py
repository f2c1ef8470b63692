"""What random meshes are drawn with: likely and unlikely, and the shape of objects.

What is usual is likely, and of what is unusual each mesh gets a few things, so that most
meshes can be translated and every combination comes up.
"""

from collections.abc import Sequence
from random import Random
from typing import Any

from smi2istio.source_mesh import MESHES

Body = dict[str, Any]

#: What a mesh may have that most don't.
UNUSUAL = (
    "old versions", "udp", "named target", "two numbers", "well-known port", "closed appProtocol",
    "h2c", "two services", "two services, two protocols", "no service", "sniffed names",
    "tcp server", "foreign kinds", "no sources", "dangling", "wrong namespace", "no namespace",
    "no matches", "no rules", "udp route", "matches of tcp route", "destination port",
    "permissive", "split", "split to subsets", "annotations", "not injected", "excluded port",
    "host network", "shared labels", "headless", "one target twice", "odd methods",
    "proxy headers", "two definitions", "unlisted members", "inferred members",
    "second account", "second namespace", "trust domain", "odd names", "no tcp ports",
    "other namespace", "patterns", "accepted port", "described workloads", "baseline of others",
    "ingress", "ingress by gateway", "ingress of identities", "egress", "retry", "limits",
    "no bridge",
)  # fmt: skip

#: Of these, what no cluster with OSM 1.2 holds: it serves one version of each kind.
UNSERVED = frozenset(
    ("old versions", "destination port", "other namespace", "trust domain",
     "described workloads", "accepted port")
)  # fmt: skip

#: What meshes other than OSM's may have; the rest they refuse or do not know.
OF_OTHERS = (
    "old versions", "udp", "named target", "well-known port", "h2c", "two services",
    "two services, two protocols", "no service", "sniffed names", "tcp server", "no sources",
    "udp route", "split", "shared labels", "headless", "one target twice", "odd methods",
    "proxy headers", "two definitions", "unlisted members", "second account", "trust domain",
    "odd names", "no tcp ports", "other namespace", "other namespace", "patterns", "foreign kinds",
    "not injected", "excluded port", "mtls mode", "no rules", "destination port",
)  # fmt: skip

#: In whose reading the documents of a mesh are written; `osm` more often than all of the others.
READINGS = ("osm",) * 12 + tuple(MESHES)


class Dice:
    """One source of randomness for all of a mesh.

    Attributes:
        served: as a cluster with OSM 1.2 can hold it.
        reading: the source mesh.
        odd: what is unusual.
    """

    def __init__(self, random: Random, *, served: bool = False) -> None:
        self.random = random
        self.served = served
        self.reading = "osm" if served else random.choice(READINGS)
        unusual = UNUSUAL if self.osm else OF_OTHERS
        possible = [one for one in unusual if not (served and one in UNSERVED)]
        self.odd = set(random.sample(possible, random.randint(0, 4)))

    @property
    def osm(self) -> bool:
        return self.reading == "osm"

    def some(self, choices: Sequence[Any], least: int, most: int) -> list[Any]:
        """Some of the choices, in any order, each at most once."""
        most = min(most, len(choices))
        return self.random.sample(choices, self.random.randint(min(least, most), most))

    def chance(self, likely: float) -> bool:
        return self.random.random() < likely

    def may(self, oddity: str, likely: float) -> bool:
        """Whether something unusual happens here."""
        return oddity in self.odd and self.chance(likely)


def named(api_version: str, kind: str, name: str, namespace: str = "") -> Body:
    metadata: Body = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def subject(account: str) -> Body:
    namespace, _, name = account.partition("/")
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
