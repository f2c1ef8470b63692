"""Documents with mistakes, made from valid ones.

Three ways: every single change of a document; a few changes at random; and a part of
``spec`` made up from the schema, which reaches the fields that are never written.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import chain, product
from pathlib import Path
from random import Random
from typing import Any

from smi2istio.documents import read_stream
from smi2istio.validate import schemas

Body = dict[str, Any]
Change = Callable[[Any, Any], object]
Schema = Mapping[str, Any]

ROOT = Path(__file__).parents[2]


def _read(name: str) -> list[Body]:
    text = (ROOT / "tests/validate" / name).read_bytes()
    return [dict(document.body) for document in read_stream(text)]


#: Each kind with every field that is written, and with fields that are not.
VALID, OTHERS = _read("valid.yaml"), _read("others.yaml")

#: Values that are wrong somewhere, or just right.
ODD: list[Any] = [
    None, True, 0, 1, -1, 2**31 - 1, 2**31, 2**32 - 1, 2**32, -(2**31) - 1, 1.0, 0.5,
    "", "*", "a*", "A", "a.b", "a_b", "-a", "a/b", "a/b/c", "w" * 63, "w" * 64, "w" * 253,
    "w" * 254, "a\n", "ALLOW", "DENY", "STRICT", "DISABLE", "80", "1s",
    [], {}, [None], [""], [{}], ["x"] * 3, [{}] * 513, {"": ""}, {"a": "*"}, {"*": "a"},
    {"exact": "a", "regex": "b"}, {str(number): "x" for number in range(300)},
]  # fmt: skip


def fields(schema: Any) -> set[str]:
    """Every name of a field in a schema."""
    if isinstance(schema, list):
        return set().union(*map(fields, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(fields, schema.values()))


def names(kind: str) -> list[str]:
    """The fields of *kind*, and some that it has not."""
    known = (fields(schemas.istio(kind, minor)) for minor in ("1.22", "1.31"))
    return sorted({"status", "metadata", "labels", "generateName", "x"}.union(*known))


def holders(value: Any) -> list[Any]:
    """Every mapping and list in a document, the document first."""
    found = [value] if isinstance(value, (dict, list)) else []
    for inner in value.values() if isinstance(value, dict) else value if found else ():
        found += holders(inner)
    return found


def become(value: Any) -> Change:
    return lambda holder, key: operator.setitem(holder, key, deepcopy(value))


def renamed(name: str) -> Change:
    def change(holder: Any, key: Any) -> None:
        if isinstance(holder, dict):
            holder[name] = holder.pop(key)

    return change


def twice(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(deepcopy(holder[key]))


def repeat(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.extend([holder[key]] * 512)


CHANGES: list[Change] = [
    *(become(value) for value in ODD),
    *(renamed(value) for value in ODD if isinstance(value, str)),
    operator.delitem,
    twice,
    repeat,
]


def changed(body: Body) -> Iterator[Body]:
    """Every copy of a document in which one value or key is another, absent, or new."""
    known = names(body["kind"])
    for number, original in enumerate(holders(body)):
        keys = list(original) if isinstance(original, dict) else list(range(len(original)))
        news = known if isinstance(original, dict) else ()
        for key, change in chain(product(keys, CHANGES), product(news, (become("x"), become({})))):
            if original is body and key in ("kind", "metadata"):
                continue  # without them there is nobody to judge, or no place to name
            copy = deepcopy(body)
            change(holders(copy)[number], key)
            yield copy


#: Words in the languages of Istio's fields, right and nearly right.
DURATIONS = (
    "5s",
    "1m30s",
    "1ms",
    "0s",
    "999us",
    "-1s",
    "+1s",
    "1",
    "1d",
    ".5s",
    "1e3s",
    "9999999h",
)
ADDRESSES = (
    "https://a.b/c", "http://a", "https://[::1]:1/x", "HTTPS://a", "ftp://a", "https:a", "//a",
    "http://a b", "http://", "https://a/%zz", "http://u:p@a/?q#f", "http://a:b", "a",
)  # fmt: skip
SOCKETS = ("unix:///a", "unix://@a", "unix://a", "unix:///a/", "10.0.0.1")
WORDS = (
    *DURATIONS, *ADDRESSES, *SOCKETS, "10.0.0.1",
    "10.0.0.0/8", "10.0.0.0/33", "10.0.0.1/08", "010.0.0.1", "::1", "fe80::/10",
    "::ffff:10.0.0.1", "fe80::1%eth0", "1.2.3", "a.b.c.", ".a", "a..b", "*.a", "*a.b", "*-a.b",
    "a.*", "a.1", "1.2.3.4.5", "web.shop.svc.cluster.local", "mesh", "mesh/a", "./a", "*/*", "~",
    ".", "a/", "/a", "{*}", "/{*}", "/{**}/a/{*}", "/a{", "/a/{*}//b", "{**}/", "0", "65535",
    "65536", "-80", "+80", "080", "8 0", "5xx,foo", "503", "5xx, 503", "99",
    "retriable-status-codes", "request.headers[", "source.ip", "request.headers[a]b",
    "request.headers[a]]", "request.headers[[a]]", "request.auth.claims[a][b]",
    "request.auth.claims[a]b]", "experimental.envoy.filters.[a]",
    "experimental.envoy.filters.a.b", "experimental.envoy.filters.a[b][c]", "source.namespace",
    "source.principal", "source.x", "destination.labels[a]", "destination.ip", "destination.port",
    "connection.sni", "remote.ip", "request.auth.principal", "request.auth.presenter", "(", "[a",
    "a**", "\\pN", "(?i)a", "(?=a)", "(?<n>a)", "(?P<n>a)", "\\C", "x{1001}", "a b", "a=b", "é",
    "true", "null", "{}", '{"keys": {}}', '{"keys": [{}]}', "NONE", "DNS", "DNS_ROUND_ROBIN",
    "STATIC", "WAYPOINT", "UPSERT", "REMOVE", "Service", "Gateway", "core", "CUSTOM", "AUDIT",
    "HTTP", "TCP", "UDP", "http", "GRPC", "spiffe://a/b", "ns/sa", "a" * 1025,
)  # fmt: skip
_CHARACTERS = "*{}[]/.:,- \nA0é~|\\"


def mutated(body: Body, dice: Random) -> Body:
    """A copy with one change in half of the cases, else with a few."""
    copy = deepcopy(body)
    for _ in range(dice.choice((1, 1, 2, 3))):
        holder = dice.choice([one for one in holders(copy) if one])
        key = dice.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        if holder is not copy or key == "spec":  # without the rest there is nobody to judge
            dice.choice(_ways(dice))(holder, key)
    return copy


def _ways(dice: Random) -> tuple[Change, ...]:
    def respell(holder: Any, key: Any) -> None:
        text = holder[key]
        if isinstance(text, str):
            at = dice.randint(0, len(text))
            holder[key] = text[:at] + dice.choice(_CHARACTERS) + text[at + dice.randint(0, 1) :]

    return (
        *(dice.choice(CHANGES), operator.delitem, twice, become(dice.choice(ODD))),
        *(respell, respell, become(dice.choice(WORDS)), renamed(dice.choice(WORDS))),
    )


def grown(body: Body, schema: Schema, dice: Random) -> Body:
    """A copy in which one part of ``spec`` is made up from the schema."""
    copy = deepcopy(body)
    found = list(_sites(copy, "spec", schema["properties"]["spec"], 1))
    (site,) = dice.choices(found, [weight for *_, weight in found])
    holder, key, part, _ = site
    holder[key] = _made(part, dice)
    return copy


def _sites(
    holder: Any, key: Any, part: Schema, weight: int
) -> Iterator[tuple[Any, Any, Schema, int]]:
    """Each field that a document has or could have; those that rules speak of weigh more."""
    ruled = 6 if "x-kubernetes-validations" in part else 1
    yield holder, key, part, max(weight, ruled)
    value = holder.get(key) if isinstance(holder, dict) else holder[key]
    if isinstance(value, dict):
        for name in part.get("properties", value):
            known = part.get("properties", {}).get(name) or part.get("additionalProperties", {})
            yield from _sites(value, name, known, ruled)
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from _sites(value, index, part.get("items", {}), ruled)


def _made(part: Schema, dice: Random) -> Any:
    """A value of the schema, mostly; numbers and texts are often on its edges."""
    if dice.random() < 0.03:
        return deepcopy(dice.choice(ODD))
    if "enum" in part:
        return dice.choice(part["enum"])
    return _MADE[part.get("type", "object")](part, dice)


def _mapping(part: Schema, dice: Random) -> Body:
    required = part.get("required", ())
    made = {
        name: _made(inner, dice)
        for name, inner in part.get("properties", {}).items()
        if name in required or dice.random() < 0.3
    }
    if "additionalProperties" in part:
        for _ in range(dice.randrange(3)):
            made[dice.choice(WORDS)] = _made(part["additionalProperties"], dice)
    return made


def _list(part: Schema, dice: Random) -> list[Any]:
    return [_made(part["items"], dice) for _ in range(dice.choice((0, 1, 1, 2)))]


def _integer(part: Schema, dice: Random) -> int:
    least, most = int(part.get("minimum", -1)), int(part.get("maximum", 2**32))
    edges = (0, 1, 80, 6553, 6554, 65535, 65536, 2**31 - 1, 2**31)
    return dice.choice((*edges, least, most, least - 1, most + 1))


def _text(schema: Schema, dice: Random) -> str:
    rules = str(schema.get("x-kubernetes-validations", ""))
    if dice.random() < 0.2:
        return dice.choice(("", "*", "a"))
    words = {"duration(": DURATIONS, "url(": ADDRESSES, "unix:": SOCKETS}
    return dice.choice(next((some for part, some in words.items() if part in rules), WORDS))


_MADE: Mapping[str, Callable[[Schema, Random], Any]] = {
    "object": _mapping,
    "array": _list,
    "string": _text,
    "integer": _integer,
    "number": lambda _, dice: dice.choice((0, 0.5, 1, 100, 100.5, -1)),
    "boolean": lambda _, dice: dice.random() < 0.5,
}
