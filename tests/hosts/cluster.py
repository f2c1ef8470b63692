"""A Kubernetes API server on loopback, as tests and as kubectl and helm see it.

The program is Kubernetes' own (tests/hosts/apiserver).  Requests are made here as well, not by
kubectl alone, because its words do not say which of hundreds of documents they are about.
"""

import json
import re
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPSConnection
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import yaml
from tests.hosts.processes import SECONDS

PROGRAM = Path(__file__).parents[2] / ".tools" / "apiserver"


class Answer(NamedTuple):
    """What the server says to one document; *body* is the object, or why it is refused."""

    path: str
    status: int
    warnings: list[str]
    body: dict[str, Any]

    @property
    def complaint(self) -> str:
        """Empty if the server takes the document without a word."""
        refusal = [str(self.body["message"])] if self.status >= 400 else []
        return "; ".join([*refusal, *self.warnings])


class Cluster:
    """A running server.

    Attributes:
        kubeconfig: for those who come with a client of their own.
        istio: the minor whose CRDs are there.
    """

    def __init__(self, kubeconfig: Path, istio: str) -> None:
        self.kubeconfig, self.istio = kubeconfig, istio
        config = yaml.safe_load(kubeconfig.read_text("utf-8"))
        self._token = config["users"][0]["user"]["token"]
        address = urlsplit(config["clusters"][0]["cluster"]["server"]).netloc
        context = ssl.create_default_context()
        # The server has made its certificate itself, a moment ago.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._connection = HTTPSConnection(address, context=context, timeout=SECONDS)
        self._kinds: dict[str, dict[str, dict[str, Any]]] = {}
        self._made: set[str] = set()

    def close(self) -> None:
        self._connection.close()

    def apply(self, text: str, *, dry_run: bool = False) -> Answer:
        """Server-side apply of one document, as it is written, with strict validation."""
        document = yaml.safe_load(text)
        kind = self._kind(document["apiVersion"], document["kind"])
        if kind is None:
            return Answer("", 404, [], {"message": f"no kind {document['kind']}"})
        options = {"fieldManager": "tests", "fieldValidation": "Strict", "force": "true"}
        query = urlencode(options | ({"dryRun": "All"} if dry_run else {}))
        name, namespace = (document["metadata"].get(key) for key in ("name", "namespace"))
        place = f"namespaces/{quote(namespace or 'default')}/" if kind["namespaced"] else ""
        path = f"{_root(document['apiVersion'])}/{place}{kind['name']}/{quote(name)}"
        if place and not dry_run:
            self._made.add(path)
        return self.request("PATCH", path, query, text)

    def clear(self) -> None:
        """Delete what was applied here, but CRDs and namespaces, which would need a controller."""
        for path in self._made:
            self.request("DELETE", path)
        self._made.clear()

    def request(self, method: str, path: str, query: str = "", text: str = "") -> Answer:
        """One exchange, on a new connection if the server has closed the old one.

        It does so after 90 seconds without a request, which other tests may take.
        """
        try:
            return self._exchange(method, path, query, text)
        except (ConnectionError, ssl.SSLError):
            self._connection.close()
            return self._exchange(method, path, query, text)

    def _exchange(self, method: str, path: str, query: str, text: str) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"}
        if text:
            headers["Content-Type"] = "application/apply-patch+yaml"
        self._connection.request(method, f"{path}?{query}", text.encode(), headers)
        with self._connection.getresponse() as response:
            warnings = response.headers.get_all("Warning") or []
            said = response.read()
            is_json = response.headers.get_content_type() == "application/json"
            body = json.loads(said) if is_json else {"message": said.decode()}
            return Answer(path, response.status, warnings, body)

    def establish(self, crds: str) -> None:
        """Apply CRDs, and wait until documents of their kinds are taken."""
        answers = [self.apply(text) for text in documents(crds)]
        for answer in answers:  # of what the server warns Istio's authors are to be told
            assert answer.status < 300, answer.complaint
        for spec in (answer.body["spec"] for answer in answers):
            for version in filter(itemgetter("served"), spec["versions"]):
                self.await_kind(f"{spec['group']}/{version['name']}", spec["names"]["kind"])

    def await_kind(self, version: str, kind: str) -> None:
        """Wait until the server lists a kind and serves it, which may come in either order."""

        def is_served() -> bool:
            found = self._kind(version, kind)
            return found is not None and self.serves(f"{_root(version)}/{found['name']}")

        _wait(is_served, lambda: f"{version} {kind} is served")

    def serves(self, path: str) -> bool:
        return self.request("GET", path).status == 200

    def _kind(self, version: str, kind: str) -> dict[str, Any] | None:
        if kind not in self._kinds.get(version, ()):  # others may have applied its CRD meanwhile
            found = self.request("GET", _root(version)).body.get("resources", [])
            self._kinds[version] = {one["kind"]: one for one in found if "/" not in one["name"]}
        return self._kinds[version].get(kind)


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def documents(stream: str) -> list[str]:
    """The texts of a stream, without those that are comments alone."""
    return [text for text in re.split(r"^---.*\n", stream, flags=re.MULTILINE) if _holds(text)]


def _holds(text: str) -> bool:
    return any(line.strip() and not line.startswith("#") for line in text.splitlines())


@contextmanager
def running(istio: str) -> Iterator[Cluster]:
    """A server of one's own, until the end of the block."""
    # A socket's path may have 107 characters, so its directory is not pytest's.
    with tempfile.TemporaryDirectory() as short:
        directory = Path(short)
        file, kubeconfig = directory / "log", directory / "kubeconfig"
        with (
            file.open("w") as log,
            subprocess.Popen(
                [PROGRAM, directory], stdin=subprocess.PIPE, stdout=log, stderr=log
            ) as process,
        ):
            try:
                _wait(lambda: _lives(process, file) and kubeconfig.exists(), file.read_text)
                with closing(Cluster(kubeconfig, istio)) as cluster:
                    _wait(
                        lambda: _lives(process, file) and cluster.serves("/readyz"), file.read_text
                    )
                    yield cluster
            finally:
                process.kill()


def _lives(process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text("utf-8")
    return True


def _wait(condition: Callable[[], bool], complaint: Callable[[], str]) -> None:
    limit = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < limit, f"not after {SECONDS} s: {complaint()}"
        time.sleep(0.1)
