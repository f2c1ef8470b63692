"""Random access documents: targets, routes and splits, right and wrong."""

from collections.abc import Sequence

from tests.meshes import regexes
from tests.meshes.dice import Body, Dice, named, subject

ACCESS, SPECS, SPLIT = "access.smi-spec.io", "specs.smi-spec.io", "split.smi-spec.io"
ACCOUNTS = ("s/c1", "s/c2", "s/c3", "d/web")


class Policies:
    """What says who may call whom."""

    def __init__(self, dice: Dice, accounts: Sequence[str]) -> None:
        self.dice, self.accounts = dice, accounts

    def documents(self) -> list[Body]:
        """A namespace has documents of its own, which may be called as those of another."""
        found: list[Body] = []
        for namespace in sorted({account.partition("/")[0] for account in self.accounts}):
            found += self._access(namespace)
        return [*found, *(self._split() if self.dice.odd & {"split", "split to subsets"} else [])]

    def _access(self, namespace: str) -> list[Body]:
        accounts = [one for one in self.accounts if one.startswith(f"{namespace}/")]
        groups = [self._group(name) for name in self.dice.some(("g1", "g2"), 1, 2)]
        tcp = [self._tcp_route(name) for name in self.dice.some(("g1", "t2"), 0, 2)]
        targets = [
            self._target(f"target-{number}", self.dice.random.choice(accounts), groups, tcp)
            for number in range(1, self.dice.random.randint(1, 4) + 1)
        ]
        found = [*groups, *tcp, *targets]
        elsewhere = "other namespace" in self.dice.odd and not self.dice.osm
        for body in found:
            body["metadata"].setdefault("namespace", "s" if elsewhere else namespace)
        return found

    def _group(self, name: str) -> Body:
        version = (
            self.dice.random.choice(("v1alpha1", "v1alpha2", "v1alpha3")) if self._old() else ""
        )
        body = named(f"{SPECS}/{version or 'v1alpha4'}", "HTTPRouteGroup", name)
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
            match["pathRegex"] = regexes.path(self.dice.random)
        if self.dice.chance(0.7):
            words = ["GET", "POST", "PUT", "HEAD", *(["*"] if self.dice.chance(0.3) else [])]
            if "odd methods" in self.dice.odd:
                words = [""] if self.dice.chance(0.2) else ["", "GET", "GET", "DELETE"]
                words += [] if self.dice.served else ["get"]
            match["methods"] = self.dice.some(words, 1, 3)
        if headers and self.dice.chance(0.35):
            match["headers"] = self._headers()
        return match

    def _headers(self) -> object:
        names = ["x-a", "X-B", "user-agent"]
        pairs = [{name: regexes.value(self.dice.random)} for name in self.dice.some(names, 0, 2)]
        if self.dice.chance(0.3):
            host = self.dice.random.choice(("host", "host", "Host"))
            pairs.append({host: self.dice.random.choice(regexes.HOSTS)})
        if "proxy headers" in self.dice.odd:
            pairs.append({"te": ".*"})
        if "two definitions" in self.dice.odd and pairs:
            pairs.append({next(iter(pairs[0])): regexes.value(self.dice.random)})
        if not self.dice.served and self.dice.chance(0.2):
            return {name: regex for pair in pairs for name, regex in pair.items()}
        return pairs

    def _tcp_route(self, name: str) -> Body:
        body = named(f"{SPECS}/v1alpha4", "TCPRoute", name)
        ports = self.dice.some((8080, 3307, 9090, 3306, 80), 0, 3)
        body["spec"] = {"matches": {"name": "m", "ports": ports}} if ports else {}
        return body

    def _target(self, name: str, account: str, groups: list[Body], tcp: list[Body]) -> Body:
        version = self.dice.random.choice(("v1alpha1", "v1alpha2")) if self._old() else "v1alpha3"
        body = named(f"{ACCESS}/{version}", "TrafficTarget", name)
        rules: list[Body] = [self._http_rule(group) for group in self.dice.some(groups, 0, 2)]
        routes = [route for route in tcp if self.dice.chance(0.3)]
        rules += [{"kind": "TCPRoute", "name": one["metadata"]["name"]} for one in routes]
        if not rules and self.dice.chance(0.9):
            rules = [self._http_rule(groups[0])]
        destination = subject(account)
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
        """A root over the Services of the accounts, or over versions that it selects as well."""
        if "no service" in self.dice.odd:
            return []
        subsets = "split to subsets" in self.dice.odd
        made = [self._version(number) for number in (1, 2)] if subsets else []
        names = [one["metadata"]["name"] for one in made] or [
            account.partition("/")[2] for account in self.accounts if account.startswith("d/")
        ]
        root = named("v1", "Service", "root", "d")
        ports = [{"name": "http", "port": 80, "targetPort": 8080}]
        if self.dice.chance(0.3):
            ports.append({"name": "tcp-db", "port": 3306, "targetPort": 3307})
        selector = {"app": "web"} if subsets else {"tier": "back"}
        root["spec"] = {"selector": selector, "ports": ports}
        split = named(f"{SPLIT}/v1alpha2", "TrafficSplit", "split", "d")
        spelt = self.dice.random.choice(("root", "root.d", "root.d.svc.cluster.local"))
        backends = [{"service": name, "weight": self._weight()} for name in names]
        if self.dice.chance(0.2):
            backends.append({"service": self.dice.random.choice(("root", "nowhere")), "weight": 5})
        split["spec"] = {"service": spelt, "backends": backends}
        return [*made, root, split]

    def _version(self, number: int) -> Body:
        body = named("v1", "Service", f"root-v{number}", "d")
        ports = [{"name": "http", "port": 80, "targetPort": 8080}]
        return body | {
            "spec": {"selector": {"app": "web", "version": f"v{number}"}, "ports": ports}
        }

    def _weight(self) -> int:
        return self.dice.random.choice((0, 1, 10, 50, 50, 90))
