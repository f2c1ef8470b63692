"""What has to be written where no output goes is printed once, as YAML that can be pasted."""

from pathlib import Path

import yaml

from smi2istio.compiler import compile_documents
from smi2istio.documents import dump, read_stream
from smi2istio.options import DEFAULTS, Options
from smi2istio.report import as_json, text

FIXTURES = Path(__file__).parents[1] / "fixtures"


def said(case: str, options: Options = DEFAULTS) -> list[str]:
    source = (FIXTURES / case / "input.yaml").read_bytes()
    return text.report(compile_documents(read_stream(source), options)).splitlines()


def block(lines: list[str], heading: str) -> str:
    start = lines.index(heading) + 1
    rest = lines[start:]
    return "\n".join(rest[: next(at for at, one in enumerate(rest) if not one.startswith("  "))])


def test_helm_values_are_merged_into_one_tree() -> None:
    lines = said("mesh-config/settings-of-istio")

    values = yaml.safe_load(block(lines, "to set where Istio is installed, in Helm values:"))

    assert values == {
        "global": {"proxy": {"logLevel": "debug", "resources": {"limits": {"cpu": "100m"}}}},
        "meshConfig": {
            "meshMTLS": {
                "minProtocolVersion": "TLSV1_3",
                "cipherSuites": ["ECDHE-RSA-AES128-GCM-SHA256"],
            },
            "defaultConfig": {
                "proxyMetadata": {"SECRET_TTL": "2400h", "WORKLOAD_RSA_KEY_SIZE": "4096"}
            },
        },
        "pilot": {"env": {"MAX_WORKLOAD_CERT_TTL": "2400h"}},
    }


def test_providers_stand_in_one_list() -> None:
    lines = said("mesh-config/config-map-settings")

    values = yaml.safe_load(block(lines, "to set where Istio is installed, in Helm values:"))

    assert values["meshConfig"]["enableTracing"] is True
    assert values["meshConfig"]["extensionProviders"] == [
        {
            "name": "osm-ext-authz",
            "envoyExtAuthzGrpc": {
                "service": "auth.shop.svc.cluster.local",
                "port": 9000,
                "timeout": "3s",
                "includeRequestBodyInCheck": {
                    "maxRequestBytes": 8192,
                    "allowPartialMessage": True,
                },
            },
        },
        {
            "name": "osm-tracing",
            "zipkin": {"service": "zipkin.tracing.svc.cluster.local", "port": 9411},
        },
    ]


def test_a_server_that_may_fail_open_does_so_in_istio() -> None:
    lines = said("mesh-config/external-authorization-ports")

    values = yaml.safe_load(block(lines, "to set where Istio is installed, in Helm values:"))

    (provider,) = values["meshConfig"]["extensionProviders"]
    assert provider["envoyExtAuthzGrpc"] == {
        "service": "auth.example.com",
        "port": 9000,
        "timeout": "2s",
        "failOpen": True,
        "includeRequestBodyInCheck": {"maxRequestBytes": 8192, "allowPartialMessage": True},
    }


def test_a_timeout_that_is_no_duration_is_one_second() -> None:
    """As it was in OSM; Istio would refuse its whole mesh configuration."""
    source = (FIXTURES / "mesh-config/external-authorization-ports/input.yaml").read_bytes()
    compilation = compile_documents(read_stream(source.replace(b"2s", b"soon")), DEFAULTS)

    (moved,) = [one for one in compilation.diagnostics if one.code == "S2I414"]
    (setting,) = moved.settings
    assert yaml.safe_load(dump(setting.value))[0]["envoyExtAuthzGrpc"]["timeout"] == "1s"


def test_collectors_of_old_istio_get_no_path() -> None:
    new = said("mesh-config/tracing-path-of-old-istio")
    old = said("mesh-config/tracing-path-of-old-istio", Options(istio_version="1.23"))

    assert [line.strip() for line in new if "spans" in line][-1] == "path: /spans"
    assert [line.strip() for line in old][-3:-1] == [
        "service: zipkin.tracing.svc.cluster.local",
        "port: 9412",
    ]


def test_the_add_on_of_aks_has_a_config_map_for_each_revision() -> None:
    lines = said("mesh-config/tracing", Options(revision="asm-1-28"))
    heading = (
        "to set where Istio is installed, in"
        " ConfigMap aks-istio-system/istio-shared-configmap-asm-1-28:"
    )

    (mesh,) = yaml.safe_load(block(lines, heading))["data"].values()

    assert yaml.safe_load(mesh) == {
        "enableTracing": True,
        "extensionProviders": [
            {
                "name": "osm-tracing",
                "zipkin": {"service": "jaeger.osm-system.svc.cluster.local", "port": 9411},
            }
        ],
    }


def test_nothing_is_printed_where_nothing_has_to_be_set() -> None:
    assert not [line for line in said("mesh-config/enforcing") if line.startswith("to set")]


def test_json_holds_each_setting_with_its_diagnostic() -> None:
    source = (FIXTURES / "mesh-config/settings/input.yaml").read_bytes()
    compilation = compile_documents(read_stream(source), DEFAULTS)

    report = yaml.safe_load(as_json.report(compilation, text.PLAIN))

    settings = [setting for one in report["diagnostics"] for setting in one["settings"]]
    assert settings == [
        {"place": "Helm values", "path": ["global", "proxy", "logLevel"], "value": "debug"}
    ]


def test_what_a_controller_owns_is_changed_by_hand() -> None:
    """Argo's controller edits a VirtualService, with these routes, and creates none."""
    lines = said("traffic-split/controllers")

    canary = yaml.safe_load(block(lines, "to write into Canary/shop/website:"))
    rollout = yaml.safe_load(block(lines, "to write into Rollout/shop/cart:"))
    beside = yaml.safe_load(block(lines, "to write into a new document beside Rollout/shop/cart:"))

    assert canary == {"spec": {"provider": "istio"}}
    routing = rollout["spec"]["strategy"]["canary"]["trafficRouting"]
    assert routing == {"istio": {"virtualService": {"name": "cart-split"}}}
    assert (beside["kind"], beside["metadata"]["name"]) == ("VirtualService", "cart-split")
    assert beside["spec"] == {
        "hosts": ["cart"],
        "http": [
            {
                "route": [
                    {"destination": {"host": "cart-stable"}, "weight": 100},
                    {"destination": {"host": "cart-canary"}, "weight": 0},
                ]
            }
        ],
    }


def test_a_rollout_without_its_services_gets_no_document() -> None:
    assert not [line for line in said("traffic-split/rollout-without-names") if "a new" in line]
