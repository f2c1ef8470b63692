"""The schema of the configuration: it refuses what the reader refuses, and nothing else.

The reader in ``options.py`` decides and words its refusals, because it starts in a fraction
of the time; the schema is what editors see, and what the command line and Argo CD's form are
made of.  Here both are asked about thousands of configurations.  In one thing the schema asks
for less: it does not count the parts of an IPv6 address.
"""

import json
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from smi2istio import options
from smi2istio.cli import parameters
from smi2istio.cli.configuration import OPTIONS, SCHEMA
from smi2istio.diagnostics import Refusal
from smi2istio.documents import Unreadable, dump, read_stream
from smi2istio.options import API_VERSION, DEFAULTS, KIND
from smi2istio.source_mesh import MESHES

Change = Callable[[Any, Any], object]

CONFIGURATIONS = sorted(Path(__file__).parents[1].glob("fixtures/*/*/config.yaml"))
VALIDATOR = Draft7Validator(json.loads(SCHEMA))

#: Every option, with a value that is not its default.
FULL: dict[str, Any] = {
    "apiVersion": API_VERSION,
    "kind": KIND,
    "metadata": {"name": "smi-to-istio", "annotations": {"a": "b"}},
    "spec": {
        "sourceMesh": "osm",
        "mode": "permissive",
        "meshName": "osm",
        "namespaces": ["shop", "store"],
        "namespace": "shop",
        "createNamespaces": True,
        "baseline": "omit",
        "revision": "asm-1-27",
        "istioVersion": "1.22",
        "trustDomain": "td.example",
        "clusterDomain": "cluster.example",
        "rootNamespace": "aks-istio-system",
        "splitTo": "subsets",
        "envoyFilters": "refuse",
        "patterns": [{"regex": ".*a.*b", "paths": ["/a/b"]}, {"regex": "a.", "values": ["ab"]}],
        "workloads": [
            {
                "serviceAccount": "till",
                "namespace": "shop",
                "labels": {"app": "till"},
                "ports": [{"number": 8080, "protocol": "http"}],
            }
        ],
        "gateways": [
            {"service": "gateway", "namespace": "edge", "serviceAccount": "gateway"},
            {"service": "proxy", "namespace": "edge", "ipBlocks": ["10.0.0.0/24"]},
        ],
        "labelWorkloads": True,
        "accept": ["S2I464 Egress/shop/all", "S2I356"],
        "dryRun": True,
    },
}

#: Values that are wrong somewhere, or just right.  Not 1.0, which JSON Schema counts among the
#: integers, and no final line end, which Python's `$` overlooks and JavaScript's does not.
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 65535, 65536, 1.27, "", "a", "A", "a.b", "a_b", "-a", "*", "a/b",
    "é", "osm", "smi", "auto", "enforcing", "permissive", "emit", "omit", "default", "asm-1-27",
    "1.26", "1.3", "1.21", "1.022", "1.100", "1.1000", "v1.26", "10.0.0.0/24", "10.0.0.7",
    "10.0.0.0/33", "10.0.0.0/08", "10.0.0.256", "10.0.0.07", "fd00::/8", "fd00::/129",
    "istio-system", "services", "http", "tcp", "allow", "S2I356",
    [], {}, [None], [""], ["a"], ["A"], [1], [{}], {"": ""}, {"a": None}, {"a": "b"}, {"a": 1},
]  # fmt: skip


def become(value: Any) -> Change:
    return lambda holder, key: operator.setitem(holder, key, deepcopy(value))


def renamed(name: str, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[name] = holder.pop(key)


def twice(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(holder[key])


CHANGES: list[Change] = [
    *(become(value) for value in ODD),
    *(partial(renamed, name) for name in ("x", "mode", "paths", "values", "ipBlocks", "ports")),
    operator.delitem,
    twice,
]


def holders(value: Any) -> Iterator[Any]:
    """Every mapping and list in a configuration, but for those in its metadata."""
    if isinstance(value, (dict, list)):
        yield value
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if key != "metadata":
                yield from holders(inner)


def in_force(body: Mapping[str, Any]) -> bool:
    """Whether the reader takes a configuration, as it stands in a file."""
    try:
        options.of_document(read_stream(dump(body).encode())[0])
    except (Refusal, Unreadable):
        return False
    return True


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(VALIDATOR.schema)


def test_it_describes_every_option_with_its_default() -> None:
    assert list(OPTIONS) == list(options.NAMES)
    for key, schema in OPTIONS.items():
        default = getattr(DEFAULTS, options.NAMES[key])
        if key == "sourceMesh":
            default = default.name
        found = list(default) if isinstance(default, tuple) else default
        assert schema["default"] == found, key
        assert schema["description"].endswith(".")


def test_it_knows_every_source_mesh() -> None:
    assert OPTIONS["sourceMesh"]["enum"] == [*MESHES, None]


@pytest.mark.parametrize("file", CONFIGURATIONS, ids=lambda path: path.parent.name)
def test_it_agrees_with_the_reader_about_every_fixture(file: Path) -> None:
    document = read_stream(file.read_bytes())[0]
    if document.kind == "ConfigMap":
        return  # its values are text, which says nothing to a schema

    assert VALIDATOR.is_valid(document.body) is in_force(document.body)


def test_it_agrees_with_the_reader_about_every_single_change() -> None:
    verdicts = Counter[bool]()
    for number, original in enumerate(holders(FULL)):
        for key in list(original) if isinstance(original, dict) else range(len(original)):
            for change in CHANGES:
                copy = deepcopy(FULL)
                change(list(holders(copy))[number], key)
                taken = in_force(copy)
                verdicts[taken] += 1
                assert VALIDATOR.is_valid(copy) is taken, copy

    assert min(verdicts[True], verdicts[False]) > 500


@pytest.mark.fuzz
@given(st.data())
def test_and_about_several(data: st.DataObject) -> None:
    body = deepcopy(FULL)
    for _ in range(data.draw(st.integers(2, 5))):
        holder = data.draw(st.sampled_from([one for one in holders(body) if one]))
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        data.draw(st.sampled_from(CHANGES))(holder, data.draw(st.sampled_from(keys)))
        if not body:
            break
    taken = in_force(body)
    event("taken" if taken else "refused")

    assert VALIDATOR.is_valid(body) is taken


def test_argo_cd_is_offered_the_same_options() -> None:
    """Lists of texts as lists; lists of mappings as text, which is YAML."""
    holding = options.of_document(read_stream(dump(FULL).encode())[0])
    offered = {str(one["name"]): one for one in parameters.announced(holding)}

    assert list(offered) == list(options.NAMES)
    for key, one in offered.items():
        assert one["tooltip"] == OPTIONS[key]["description"]
        value = FULL["spec"][key]
        if isinstance(value, list):
            texts = isinstance(value[0], str)
            assert one.get("array") == (value if texts else None)
        else:
            assert one["string"] == (str(value).lower() if value is True else value)
