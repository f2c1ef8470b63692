"""Random meshes: Kubernetes objects, access documents and the configuration of a run.

One source of randomness makes everything, so a number names a mesh.  Sources live in
namespace ``s``, destinations in ``d``.
"""

from random import Random
from typing import NamedTuple

from tests.meshes.cluster import Cluster
from tests.meshes.dice import Body, Dice, named
from tests.meshes.policies import Policies


class Mesh(NamedTuple):
    """The documents of a mesh, and the ``spec`` of its configuration."""

    documents: tuple[Body, ...]
    config: Body


def mesh(seed: int) -> Mesh:
    """The mesh of a number."""
    dice = Dice(Random(seed))
    cluster = Cluster(dice)
    documents = [*cluster.documents(), *_config(dice)]
    documents += Policies(dice, cluster.accounts).documents()
    dice.random.shuffle(documents)
    return Mesh(tuple(documents), _options(dice))


def _config(dice: Dice) -> list[Body]:
    if not dice.osm:
        return []
    traffic: Body = {"enableEgress": True}
    traffic["enablePermissiveTrafficPolicyMode"] = "permissive" in dice.odd
    if dice.may("excluded port", 0.5):
        traffic["inboundPortExclusionList"] = [9090]
    config = named("config.openservicemesh.io/v1alpha2", "MeshConfig", "osm-mesh-config",
                   "osm-system")  # fmt: skip
    return [{**config, "spec": {"traffic": traffic}}]


def _options(dice: Dice) -> Body:
    spec: Body = {} if dice.osm else {"sourceMesh": dice.reading}
    if dice.osm and "permissive" not in dice.odd and dice.chance(0.3):
        spec["mode"] = "enforcing"
    if "unlisted members" in dice.odd:
        spec["namespaces"] = ["s", "d"]
    if "trust domain" in dice.odd:
        spec["trustDomain"] = "td.example"
    if dice.chance(0.1):
        spec["labelWorkloads"] = True
    if "patterns" in dice.odd:
        spec["patterns"] = [{"regex": ".*a-book.*new", "paths": ["/a-booknew"]}]
        spec["patterns"] += [{"regex": "[0-9]+", "values": ["7*"]}]
        spec["accept"] = ["S2I356"]
    if "accepted port" in dice.odd:
        spec["accept"] = ["S2I325", "S2I356"]
    return spec
