"""Every CEL rule of the CRDs of our kinds is here, and says what CEL says.

Expectations are read from the texts, and from the language's definition of ``has``,
``contains``, ``int`` and ``duration`` (Go's).
"""

from collections.abc import Iterator
from typing import Any

import pytest

from smi2istio.validate import schemas
from smi2istio.validate.acceptor import KINDS
from smi2istio.validate.cel import RULES, broken


def parts(schema: Any) -> Iterator[Any]:
    """A schema and all schemas in it."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from parts(inner)
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from parts(schema[keyword])


ALL = [
    part
    for kind in KINDS
    for minor in schemas.minors()
    for part in parts(schemas.istio(kind, minor))
]


def test_every_rule_of_every_minor_is_here_and_no_other() -> None:
    texts = {rule["rule"] for part in ALL for rule in part.get("x-kubernetes-validations", ())}

    assert set(RULES) == texts


def test_the_judge_knows_every_keyword_of_the_schemas() -> None:
    """A new one must be put into JSON Schema's words before it means anything."""
    keywords = {keyword for part in ALL for keyword in part}
    formats = {part["format"] for part in ALL if "format" in part}

    assert keywords == {
        *("type", "enum", "format", "pattern", "nullable", "properties", "required", "items"),
        *("additionalProperties", "minimum", "maximum", "minLength", "maxLength", "minItems"),
        *("maxItems", "minProperties", "maxProperties", "oneOf", "allOf"),
        *("x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations"),
        "x-kubernetes-group-version-kind",
        *("x-kubernetes-list-type", "x-kubernetes-list-map-keys"),
    }
    assert formats == {"int32", "double", "binary", "byte"}  # int32 and byte bind


def test_alternatives_only_name_fields() -> None:
    """So closing the objects around them is enough."""
    alternatives = str([part.get(keyword) for part in ALL for keyword in ("oneOf", "allOf")])

    assert "'required'" in alternatives
    assert "'properties'" not in alternatives


# One line for each text; white space and quotes of a text differ from minor to minor.
@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        (
            "(has(self.selector)?1:0)+(has(self.targetRef)?1:0)+(has(self.targetRefs)?1:0)<=1",
            [{}, {"selector": {}}, {"targetRefs": []}],
            [{"selector": {}, "targetRef": {}}, {"targetRef": {}, "targetRefs": []}],
        ),
        (
            "(has(self.workloadSelector)?1:0)+(has(self.targetRefs)?1:0)<=1",
            [{}, {"workloadSelector": {}}],
            [{"workloadSelector": {}, "targetRefs": []}],
        ),
        ("!self.contains('*')", ["", "a"], ["*", "a*b"]),
        ("self.all(key,!key.contains('*'))", [{}, {"a": "*"}], [{"a": "", "b*": ""}]),
        ("self.all(key,key.size()!=0)", [{}, {"a": ""}], [{"a": "", "": ""}]),
        ("self.size()==0", [""], ["a", " "]),
        (
            "self.all(key,0<int(key)&&int(key)<=65535)",
            [{}, {"1": 0, "65535": 0}],
            [
                *({"0": 0}, {"65536": 0}, {"80": 0, "-1": 0}, {"http": 0}, {"": 0}, {"8.0": 0}),
                *({"+8": 0}, {"08": 0}),  # fine for CEL; istiod cannot decode them
            ],
        ),
        (
            (
                "(has(self.selector)&&has(self.selector.matchLabels)"
                "&&self.selector.matchLabels.size()>0)||!has(self.portLevelMtls)"
            ),
            [{}, {"selector": {}}, {"portLevelMtls": {}, "selector": {"matchLabels": {"a": "b"}}}],
            [
                {"portLevelMtls": {}},
                {"portLevelMtls": {}, "selector": {}},
                {"portLevelMtls": {}, "selector": {"matchLabels": {}}},
            ],
        ),
        (
            (
                "(has(self.serviceAccounts)||has(self.notServiceAccounts))?(!has(self.principals)"
                "&&!has(self.notPrincipals)&&!has(self.namespaces)&&!has(self.notNamespaces)):true"
            ),
            [{}, {"serviceAccounts": []}, {"principals": [], "namespaces": []}],
            [
                {"serviceAccounts": [], "principals": []},
                {"notServiceAccounts": [], "notPrincipals": []},
                {"serviceAccounts": [], "namespaces": []},
                {"notServiceAccounts": [], "notNamespaces": []},
            ],
        ),
        ("has(self.address)||has(self.network)", [{"address": ""}, {"network": ""}], [{}]),
        (
            "(has(self.address)&&self.address.startsWith('unix://'))?!has(self.ports):true",
            [{"address": "unix:///a"}, {"address": "192.0.2.1", "ports": {}}, {"ports": {}}],
            [{"address": "unix:///a", "ports": {}}],
        ),
        (
            "(has(self.address)?self.address:'').startsWith('unix://')?!has(self.ports):true",
            [{"address": "unix:///a"}, {"ports": {}}],
            [{"address": "unix:///a", "ports": {}}],
        ),
        (
            (
                "self.startsWith('unix://')?(self.substring(7,8)=='/'"
                "||self.substring(7,8)=='@'):true"
            ),
            ["192.0.2.1", "unix:///a", "unix://@a"],
            ["unix://a"],
        ),
        (
            "self.startsWith('unix://')?!self.endsWith('/'):true",
            ["a/", "unix:///a"],
            ["unix:///a/"],
        ),
        (
            (
                "self.all(key,size(key)<63&&"
                "key.matches('^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$'))"
            ),
            [{}, {"http-1": 1}, {"w" * 62: 1}],
            [{"": 1}, {"-a": 1}, {"w" * 63: 1}],
        ),
        (
            "(has(self.workloadSelector)?1:0)+(has(self.endpoints)?1:0)<=1",
            [{}, {"endpoints": []}],
            [{"endpoints": [], "workloadSelector": {}}],
        ),
        (
            (
                "!(has(self.addresses)&&self.addresses.exists(k,k.contains('/'))&&"
                "(has(self.resolution)&&self.resolution!='STATIC'&&self.resolution!='NONE'))"
            ),
            [{}, {"addresses": ["192.0.2.0/24"]}, {"addresses": ["a"], "resolution": "DNS"}],
            [{"addresses": ["192.0.2.0/24"], "resolution": "DNS"}],
        ),
        (
            (
                "!((has(self.addresses)?self.addresses:[]).exists(k,k.contains('/'))&&"
                "!((has(self.resolution)?self.resolution:'NONE')in['STATIC','NONE']))"
            ),
            [{}, {"addresses": ["192.0.2.0/24"], "resolution": "STATIC"}],
            [{"addresses": ["a", "192.0.2.0/24"], "resolution": "DNS_ROUND_ROBIN"}],
        ),
        (
            "(!has(self.resolution)||self.resolution=='NONE')?!has(self.endpoints):true",
            [{}, {"endpoints": [], "resolution": "DNS"}],
            [{"endpoints": []}, {"endpoints": [], "resolution": "NONE"}],
        ),
        (
            ("((has(self.resolution)?self.resolution:'NONE')=='NONE')?!has(self.endpoints):true"),
            [{}, {"endpoints": [], "resolution": "DNS"}],
            [{"endpoints": []}, {"endpoints": [], "resolution": "NONE"}],
        ),
        (
            (
                "(has(self.resolution)&&self.resolution=='DNS_ROUND_ROBIN')"
                "?(!has(self.endpoints)||size(self.endpoints)==1):true"
            ),
            [{}, {"resolution": "DNS_ROUND_ROBIN"}, {"endpoints": []}],
            [
                {"resolution": "DNS_ROUND_ROBIN", "endpoints": []},
                {"resolution": "DNS_ROUND_ROBIN", "endpoints": [{}, {}]},
            ],
        ),
        (
            (
                "((has(self.resolution)?self.resolution:'')=='DNS_ROUND_ROBIN')"
                "?((has(self.endpoints)?self.endpoints:[]).size()<=1):true"
            ),
            [{}, {"resolution": "DNS_ROUND_ROBIN", "endpoints": []}],
            [{"resolution": "DNS_ROUND_ROBIN", "endpoints": [{}, {}]}],
        ),
        ("self!='*'", ["*.a", "a"], ["*"]),
        (
            "self.all(l1,self.exists_one(l2,l1.number==l2.number))",
            [[], [{"number": 1}, {"number": 2}]],
            [[{"number": 1}, {"number": 1}]],
        ),
        (
            "((has(self.operation)?self.operation:'')=='UPSERT')?self.value!='':true",
            [{}, {"operation": "UPSERT", "value": "a"}, {"operation": "REMOVE"}],
            [{"operation": "UPSERT", "value": ""}],
        ),
        (
            "((has(self.operation)?self.operation:'')=='UPSERT')?(self.value!=''):true",
            [{}, {"operation": "UPSERT", "value": "a"}],
            [{"operation": "UPSERT", "value": ""}],
        ),
        (
            "((has(self.operation)?self.operation:'')=='REMOVE')?!has(self.value):true",
            [{}, {"operation": "REMOVE"}, {"operation": "UPSERT", "value": "a"}],
            [{"operation": "REMOVE", "value": "a"}],
        ),
        ("duration(self)>=duration('1ms')", ["1ms", "0.001s", "1h2m3.5s"], ["0s", "-1s", "1", ""]),
        ("0<self&&self<=65535", [1, 65535], [0, -1, 65536]),
        ("0<self&&self<=6553", [1, 6553], [0, 6554]),
        (
            (
                "has(self.context)?((self.context=='WAYPOINT')?has(self.waypoint):!has(self.waypoint))"
                ":!has(self.waypoint)"
            ),
            [{}, {"context": "ANY"}, {"context": "WAYPOINT", "waypoint": {}}],
            [{"waypoint": {}}, {"context": "WAYPOINT"}, {"context": "ANY", "waypoint": {}}],
        ),
        (
            (
                "[self.group,self.kind]in[['core','Service'],['','Service'],"
                "['gateway.networking.k8s.io','Gateway']]"
            ),
            [{"group": "", "kind": "Service"}, {"group": "core", "kind": "Service"}],
            [{"kind": "Service"}, {"group": "", "kind": "Pod"}],
        ),
        (
            (
                "[self.group,self.kind]in[['core','Service'],['','Service'],"
                "['gateway.networking.k8s.io','Gateway'],['networking.istio.io','ServiceEntry']]"
            ),
            [{"group": "networking.istio.io", "kind": "ServiceEntry"}],
            [{"group": "networking.istio.io", "kind": "Service"}],
        ),
        (
            "(has(self.credentialName)?1:0)+(has(self.credentialNames)?1:0)<=1",
            [{}, {"credentialNames": []}],
            [{"credentialName": "", "credentialNames": []}],
        ),
        (
            "(has(self.credentialNames)?1:0)+(has(self.tlsCertificates)?1:0)<=1",
            [{}, {"credentialNames": []}],
            [{"tlsCertificates": [], "credentialNames": []}],
        ),
        (
            "(has(self.tlsCertificates)?1:0)+(has(self.credentialNames)?1:0)<=1",
            [{}, {"tlsCertificates": []}],
            [{"tlsCertificates": [], "credentialNames": []}],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_says_what_its_text_says(text: str, good: list[Any], bad: list[Any]) -> None:
    rules = [rule for exact, rule in RULES.items() if bare(exact) == text]

    assert rules
    for rule in rules:
        assert [rule(value) for value in good] == [""] * len(good)
        assert all(rule(value) for value in bad)


def test_the_rewritten_rule_for_ports_says_the_same() -> None:
    text = (
        "has(self.portLevelMtls)?(((has(self.selector)&&has(self.selector.matchLabels))"
        "?self.selector.matchLabels:{}).size()>0):true"
    )
    (rule,) = (rule for exact, rule in RULES.items() if bare(exact) == text)

    assert not rule({"portLevelMtls": {}, "selector": {"matchLabels": {"a": "b"}}})
    assert rule({"portLevelMtls": {}, "selector": {}})


def bare(text: str) -> str:
    return "".join(text.split()).replace('"', "'")


def test_rules_are_looked_for_in_lists_and_under_keys_of_the_user() -> None:
    schema = schemas.istio("AuthorizationPolicy", "1.26")
    spec = {
        "selector": {"matchLabels": {"app": "a*"}},
        "rules": [{}, {"from": [{"source": {"serviceAccounts": ["a"], "principals": ["b"]}}]}],
    }

    assert list(broken(schema, {"spec": spec})) == [
        ("spec.selector.matchLabels.app", "'a*' contains '*'"),
        ("spec.rules[1].from[0].source", "serviceAccounts cannot stand beside principals"),
    ]
