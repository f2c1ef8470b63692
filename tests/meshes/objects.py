"""The objects of a random cluster: Namespaces, workloads, Services."""

from tests.meshes.dice import Body, Dice, named

from smi2istio.source_mesh import MESHES

_INJECTION = "openservicemesh.io/sidecar-injection"
_EXCLUDED = "openservicemesh.io/inbound-port-exclusion-list"
_ON_LABELS = {"injector.nsm.nginx.com/auto-inject"}
#: The words of an annotation that asks for no sidecar, and for one.
_WORDS = {_INJECTION: ("disabled", "yes"), "consul.hashicorp.com/connect-inject": ("false", "true")}
#: Source mesh → its list of ports that pass by the sidecar; OSM's for the others.
_PORTS = {
    "linkerd": ("config.linkerd.io/skip-inbound-ports", "7000, 8000-8100"),
    "consul": ("consul.hashicorp.com/transparent-proxy-exclude-inbound-ports", "7000,8080"),
    "nginx": ("config.nsm.nginx.com/ignore-incoming-ports", "7000, 8080"),
}
#: Names of a second Service; which of two decides depends on how they sort.
_BESIDE = ("aux", "web-aux", "zed")


class Objects:
    """What is in the cluster, whatever the mesh.

    Attributes:
        accounts: those of destinations, ``namespace/name``.
    """

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.accounts = ["d/web", *(["d/api"] if dice.chance(0.5) else [])]
        if "second namespace" in dice.odd:
            self.accounts.append("s/web")

    def documents(self) -> list[Body]:
        return [*self._namespaces(), *self._workloads(), *self._gateway(), *self._services()]

    def _namespaces(self) -> list[Body]:
        if self.dice.odd & {"unlisted members", "inferred members"}:
            return []
        found = []
        for name in ("s", "d"):
            body = named("v1", "Namespace", name)
            body["metadata"]["labels"] = {"openservicemesh.io/monitored-by": "osm"}
            body["metadata"]["annotations"] = {_INJECTION: "enabled"}
            if "annotations" in self.dice.odd:
                body["metadata"]["annotations"] = self.dice.random.choice(
                    ({}, {_INJECTION: "disabled"})
                )
            found.append(body)
        return found

    def _workloads(self) -> list[Body]:
        found = [
            self._workload(account, f"{account.partition('/')[2]}-v{number}", number)
            for account in self.accounts
            for number in range(1, self._versions() + 1)
        ]
        if "second account" in self.dice.odd:
            found.append(self._workload("d/other", "other", 1))
        return [*found, self._workload("s/c1", "client", 1)]

    def _versions(self) -> int:
        return 2 if "split to subsets" in self.dice.odd else self.dice.random.randint(1, 2)

    def _gateway(self) -> list[Body]:
        """An ingress controller outside the mesh; the Service is what IngressBackends name."""
        if "ingress by gateway" not in self.dice.odd:
            return []
        pods = self._workload("ingress/nginx", "nginx", 1)
        service = named("v1", "Service", "nginx", "ingress")
        service["spec"] = {"selector": {"app": "nginx"}, "ports": [{"port": 80}]}
        return [named("v1", "Namespace", "ingress"), pods, service]

    def _workload(self, account: str, name: str, number: int) -> Body:
        namespace, _, called = account.partition("/")
        kind = self.dice.random.choice(("Deployment", "Deployment", "StatefulSet", "DaemonSet"))
        body = named("apps/v1", kind, name, namespace)
        labels = {"app": called, "version": f"v{number}", "tier": "back"}
        if namespace == "d" and self.dice.may("shared labels", 0.6):
            labels["app"] = "web"
        if namespace == "d" and self.dice.chance(0.1):
            labels["app.kubernetes.io/name"] = labels.pop("app")
        ports = [{"name": "http", "containerPort": 8080}, {"name": "db", "containerPort": 3307}]
        if self.dice.may("two numbers", 0.5):
            ports[0]["containerPort"] = 8080 + number
        if self.dice.may("two numbers", 0.2):
            del ports[0]
        pod: Body = {"serviceAccountName": called}
        if account == "d/web" and self.dice.chance(0.1):
            pod = {"serviceAccount": called}
        pod["containers"] = [{"name": "app", "image": "app", "ports": ports}]
        if namespace == "d" and self.dice.may("host network", 0.3):
            pod["hostNetwork"] = True
        annotations = self._pod_annotations()
        asked = {key: annotations.pop(key) for key in _ON_LABELS & annotations.keys()}
        metadata: Body = {"labels": {**labels, **asked}}
        if annotations:
            metadata["annotations"] = annotations
        selector = {"matchLabels": dict(labels)}
        body["spec"] = {"selector": selector, "template": {"metadata": metadata, "spec": pod}}
        return body

    def _pod_annotations(self) -> Body:
        found, mesh = {}, MESHES[self.dice.reading]
        if self.dice.may("not injected", 0.5):
            key = mesh.injection or _INJECTION
            found[key] = self.dice.random.choice(_WORDS.get(key, ("disabled", "enabled")))
        if self.dice.may("excluded port", 0.5):
            key, ports = _PORTS.get(mesh.name, (_EXCLUDED, "7000, 8080"))
            found[key] = ports
        if self.dice.may("mtls mode", 0.6) and mesh.mtls_mode:
            found[mesh.mtls_mode] = self.dice.random.choice(("strict", "permissive"))
        return found

    def _services(self) -> list[Body]:
        if "no service" in self.dice.odd:
            return []
        selectors: list[tuple[str, Body]] = [
            (account, {"app": account.partition("/")[2]}) for account in [*self.accounts, "d/other"]
        ]
        if self.dice.chance(0.4):
            selectors.append(("d/web-v1", {"app": "web", "version": "v1"}))
        if self.dice.odd & {"two services", "two services, two protocols"}:
            aux = self.dice.random.choice(({"tier": "back"}, {"app": "web"}))
            selectors.append((f"d/{self.dice.random.choice(_BESIDE)}", aux))
        return [self._service(name, selector) for name, selector in selectors]

    def _service(self, name: str, selector: Body) -> Body:
        namespace, _, short = name.partition("/")
        body = named("v1", "Service", short, namespace)
        ports = [self._http_port(short)]
        if "no tcp ports" not in self.dice.odd and self.dice.chance(0.7):
            ports.append(self._tcp_port())
        if self.dice.chance(0.3):
            ports.append({"name": "http-admin", "port": 9090})
        ports += self._odd_ports()
        self.dice.random.shuffle(ports)
        body["spec"] = {"selector": selector, "ports": ports}
        if self.dice.may("headless", 0.5):
            body["spec"]["clusterIP"] = "None"
        return body

    def _http_port(self, service: str) -> Body:
        port: Body = {"name": "http", "port": 80, "targetPort": 8080}
        if self.dice.odd & {"named target", "two numbers"}:
            port["targetPort"] = self.dice.random.choice(("http", "http", "nowhere"))
        if "sniffed names" in self.dice.odd:
            port["name"] = self.dice.random.choice(
                ("web", "tcp", "https", "grpc-x", "http-x", "mysql")
            )
        if "h2c" in self.dice.odd:
            port["appProtocol"] = self.dice.random.choice(("grpc", "HTTP", "http"))
        if "two services, two protocols" in self.dice.odd and service in _BESIDE:
            port |= {"name": "tcp-x", "appProtocol": "tcp"}
        return port

    def _tcp_port(self) -> Body:
        port: Body = {"name": "tcp-db", "port": 3306, "targetPort": 3307}
        if "named target" in self.dice.odd:
            port["targetPort"] = "db"
        if "tcp server" in self.dice.odd:
            port["name"] = "tcp-server-first-db"
        if self.dice.chance(0.2):
            port |= {"name": "db", "appProtocol": "tcp"}
        return port

    def _odd_ports(self) -> list[Body]:
        found: list[Body] = []
        if "udp" in self.dice.odd:
            found.append({"name": "udp-x", "port": 53, "protocol": "UDP"})
        if "well-known port" in self.dice.odd:
            found.append({"name": "mail", "port": 25, "targetPort": 2525})
        if "closed appProtocol" in self.dice.odd:
            found.append({"name": "h", "port": 443, "targetPort": 8443, "appProtocol": "https"})
        if "one target twice" in self.dice.odd:
            found.append({"name": "http-again", "port": 81, "targetPort": 8080})
        return found
