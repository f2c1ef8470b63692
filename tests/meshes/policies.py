"""Random access documents: targets, routes and splits, right and wrong."""

from collections.abc import Sequence

from tests.meshes.dice import Body, Dice, named, subject
from tests.meshes.vocabulary import HOSTS, PATHS, VALUES

ACCESS, SPECS, SPLIT = "access.smi-spec.io", "specs.smi-spec.io", "split.smi-spec.io"
ACCOUNTS = ("s/c1", "s/c2", "s/c3", "d/web")


class Policies:
    """What says who may call whom."""

    def __init__(self, dice: Dice, accounts: Sequence[str]) -> None:
        self.dice, self.accounts = dice, accounts

    def documents(self) -> list[Body]:
        return [*self._access(), *(self._split() if "split" in self.dice.odd else [])]

    def _access(self) -> list[Body]:
        groups = [self._group(name) for name in self.dice.some(("g1", "g2"), 1, 2)]
        tcp = [self._tcp_route(name) for name in self.dice.some(("g1", "t2"), 0, 2)]
        targets = [
            self._target(f"target-{number}", groups, tcp)
            for number in range(1, self.dice.random.randint(1, 4) + 1)
        ]
        found = [*groups, *tcp, *targets]
        if "other namespace" in self.dice.odd and not self.dice.osm:
            for body in found:
                body["metadata"]["namespace"] = "s"
        return found

    def _group(self, name: str) -> Body:
        version = (
            self.dice.random.choice(("v1alpha1", "v1alpha2", "v1alpha3")) if self._old() else ""
        )
        body = named(f"{SPECS}/{version or 'v1alpha4'}", "HTTPRouteGroup", name, "d")
        numbers = range(1, self.dice.random.randint(1, 4) + 1)
        matches = [self._match(f"m{number}", headers=version != "v1alpha1") for number in numbers]
        if "two definitions" in self.dice.odd:
            matches.append(self._match("m1", headers=version != "v1alpha1"))
        return body | ({"matches": matches} if version in ("v1alpha1", "v1alpha2")
                       else {"spec": {"matches": matches}})  # fmt: skip

    def _old(self) -> bool:
        return self.dice.may("old versions", 0.7)

    def _match(self, name: str, *, headers: bool) -> Body:
        match: Body = {"name": name}
        if self.dice.chance(0.85):
            match["pathRegex"] = self._regex(PATHS)
        if self.dice.chance(0.7):
            words = ["GET", "POST", "PUT", "HEAD", *(["*"] if self.dice.chance(0.3) else [])]
            if "odd methods" in self.dice.odd:
                words = [""] if self.dice.chance(0.2) else ["get", "", "GET", "GET", "DELETE"]
            match["methods"] = self.dice.some(words, 1, 3)
        if headers and self.dice.chance(0.35):
            match["headers"] = self._headers()
        return match

    def _headers(self) -> object:
        names = ["x-a", "X-B", "user-agent"]
        pairs = [{name: self._regex(VALUES)} for name in self.dice.some(names, 0, 2)]
        if self.dice.chance(0.3):
            host = self.dice.random.choice(("host", "host", "Host"))
            pairs.append({host: self.dice.random.choice(HOSTS)})
        if "proxy headers" in self.dice.odd:
            pairs.append({"te": ".*"})
        if "two definitions" in self.dice.odd and pairs:
            pairs.append({next(iter(pairs[0])): self._regex(VALUES)})
        if self.dice.chance(0.2):
            return {name: regex for pair in pairs for name, regex in pair.items()}
        return pairs

    def _regex(self, classes: dict[str, tuple[str, ...]]) -> str:
        kind = self.dice.random.choice([*classes, *(["exact", "prefix"] * 2)])
        return self.dice.random.choice(classes[kind])

    def _tcp_route(self, name: str) -> Body:
        body = named(f"{SPECS}/v1alpha4", "TCPRoute", name, "d")
        ports = self.dice.some((8080, 3307, 9090, 3306, 80), 0, 3)
        body["spec"] = {"matches": {"name": "m", "ports": ports}} if ports else {}
        return body

    def _target(self, name: str, groups: list[Body], tcp: list[Body]) -> Body:
        version = self.dice.random.choice(("v1alpha1", "v1alpha2")) if self._old() else "v1alpha3"
        body = named(f"{ACCESS}/{version}", "TrafficTarget", name, "d")
        rules: list[Body] = [self._http_rule(group) for group in self.dice.some(groups, 0, 2)]
        routes = [route for route in tcp if self.dice.chance(0.3)]
        rules += [{"kind": "TCPRoute", "name": one["metadata"]["name"]} for one in routes]
        if not rules and self.dice.chance(0.9):
            rules = [self._http_rule(groups[0])]
        destination = subject(f"d/{self.dice.random.choice(self.accounts)}")
        spec: Body = {"destination": destination, "rules": rules, "sources": self._sources()}
        self._spoil(body, spec)
        if version == "v1alpha1":
            spec["specs"] = spec.pop("rules")
            return body | spec
        return body | {"spec": spec}

    def _http_rule(self, group: Body) -> Body:
        spec = group.get("spec", group)
        names = [match["name"] for match in spec["matches"]]
        rule = {"kind": "HTTPRouteGroup", "name": group["metadata"]["name"]}
        if self.dice.chance(0.2 if "no matches" in self.dice.odd or not self.dice.osm else 0):
            return rule
        return rule | {"matches": self.dice.some(names, 1, 3)}

    def _sources(self) -> list[Body]:
        sources = [subject(account) for account in self.dice.some(ACCOUNTS, 1, 3)]
        if "odd names" in self.dice.odd:
            sources.append(subject("s/y"))  # a boolean to some readers of YAML
        if self.dice.may("foreign kinds", 0.5):
            self.dice.random.choice(sources)["kind"] = "Group"
        if self.dice.may("no namespace", 0.3):
            del self.dice.random.choice(sources)["namespace"]
        if self.dice.may("no sources", 0.5):
            sources = []
        return sources

    def _spoil(self, body: Body, spec: Body) -> None:
        """What is wrong with a target, if something is."""
        rules, destination = spec["rules"], spec["destination"]
        if self.dice.may("dangling", 0.5):
            kind = self.dice.random.choice(("HTTPRouteGroup", "TCPRoute"))
            rules.append({"kind": kind, "name": "nowhere", "matches": ["m1"]})
            rules[0].setdefault("matches", []).append("nothing")
        if self.dice.may("matches of tcp route", 0.5):
            rules.append({"kind": "TCPRoute", "name": "g1", "matches": ["m1"]})
        if self.dice.may("udp route", 0.5):
            rules.append({"kind": "UDPRoute", "name": "u"})
        if self.dice.may("no rules", 0.5):
            rules.clear()
        self._misplace(body, destination)

    def _misplace(self, body: Body, destination: Body) -> None:
        if self.dice.may("no namespace", 0.3):
            del destination["namespace"]
        if self.dice.may("foreign kinds", 0.3):
            destination["kind"] = "Group"
        if self.dice.may("wrong namespace", 0.4):
            body["metadata"]["namespace"] = "s"
        if self.dice.may("destination port", 0.6):
            destination["port"] = self.dice.random.choice((8080, 3307))
            body["apiVersion"] = f"{ACCESS}/{self.dice.random.choice(('v1alpha2', 'v1alpha3'))}"

    def _split(self) -> list[Body]:
        root = named("v1", "Service", "root", "d")
        ports = [{"name": "http", "port": 80, "targetPort": 8080}]
        root["spec"] = {"selector": {"tier": "back"}, "ports": ports}
        split = named(f"{SPLIT}/v1alpha2", "TrafficSplit", "split", "d")
        backends = [{"service": name, "weight": 50} for name in self.accounts]
        split["spec"] = {"service": "root.d", "backends": backends}
        return [root, split] if "no service" not in self.dice.odd else []
