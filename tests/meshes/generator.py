"""Random meshes: Kubernetes objects, access documents and the configuration of a run.

One source of randomness makes everything, so a number names a mesh.  Sources live in
namespace ``s``, destinations in ``d``, gateways in ``ingress``.
"""

from random import Random

from tests.meshes.dice import Body, Dice, named
from tests.meshes.mesh import Mesh
from tests.meshes.objects import Objects
from tests.meshes.osm import beyond_access
from tests.meshes.policies import Policies


def mesh(seed: int, *, served: bool = False) -> Mesh:
    """The mesh of a number; if *served*, one that a cluster with OSM 1.2 can hold."""
    dice = Dice(Random(seed), served=served)
    objects = Objects(dice)
    documents = [*objects.documents(), *_config(dice)]
    documents += Policies(dice, objects.accounts).documents()
    documents += beyond_access(dice)
    described = _described(dice, documents)
    dice.random.shuffle(documents)
    return Mesh(f"seed {seed}", tuple(documents), _options(dice) | described)


def _config(dice: Dice) -> list[Body]:
    if not dice.osm:
        return []
    traffic: Body = {"enableEgress": not dice.odd & {"egress"}}
    traffic["enablePermissiveTrafficPolicyMode"] = "permissive" in dice.odd
    if dice.may("excluded port", 0.5):
        traffic["inboundPortExclusionList"] = [9090]
    spec: Body = {"traffic": traffic}
    if "retry" in dice.odd:
        spec["featureFlags"] = {"enableRetryPolicy": dice.chance(0.8)}
    elif "egress" in dice.odd:
        spec["featureFlags"] = {"enableEgressPolicy": True}
    config = named("config.openservicemesh.io/v1alpha2", "MeshConfig", "osm-mesh-config",
                   "osm-system")  # fmt: skip
    return [{**config, "spec": spec}]


def _described(dice: Dice, documents: list[Body]) -> Body:
    """The option `workloads`, which stands for what is kept elsewhere."""
    if "described workloads" not in dice.odd:
        return {}
    away = [
        one for one in documents if one["kind"] == "Service" or "template" in one.get("spec", {})
    ]
    documents[:] = [one for one in documents if one not in away]
    found = {
        one["spec"]["template"]["spec"].get("serviceAccountName", "web"): one
        for one in away
        if "template" in one["spec"] and one["metadata"]["namespace"] == "d"
    }
    ports = [{"number": 8080, "protocol": "http"}, {"number": 3307, "protocol": "tcp"}]
    return {
        "workloads": [
            {"serviceAccount": name, "namespace": "d", "labels": {"sa": name}, "ports": ports}
            for name in sorted(found)
        ]
    }


#: What some of the unusual things say in the configuration; of two that say the same the later.
_SAID: dict[str, Body] = {
    "unlisted members": {"namespaces": ["s", "d"]},
    "trust domain": {"trustDomain": "td.example"},
    "baseline of others": {"baseline": "omit"},
    "split to subsets": {"splitTo": "subsets"},
    "no bridge": {"envoyFilters": "refuse"},
    "patterns": {
        "patterns": [
            {"regex": ".*a-book.*new", "paths": ["/a-booknew"]},
            {"regex": "[0-9]+", "values": ["7*"]},
        ],
        "accept": ["S2I356"],
    },
    "accepted port": {"accept": ["S2I325", "S2I356"]},
}


def _options(dice: Dice) -> Body:
    spec: Body = {} if dice.osm else {"sourceMesh": dice.reading}
    if dice.osm and "permissive" not in dice.odd and dice.chance(0.3):
        spec["mode"] = "enforcing"
    if dice.chance(0.1):
        spec["labelWorkloads"] = True
    for oddity, said in _SAID.items():
        if oddity in dice.odd:
            spec |= said
    if "ingress by gateway" in dice.odd:
        chosen = dice.random.choice(({"serviceAccount": "nginx"}, {"ipBlocks": ["10.0.0.0/16"]}))
        spec["gateways"] = [{"service": "nginx", "namespace": "ingress", **chosen}]
    return spec
