"""Says "certainly valid" of the documents that this program writes, or nothing.

jsonschema takes longer to import than everything else takes to run, and nearly all
documents are valid.  So this module knows by heart the fields that translators write,
each with the strictest limits of all supported minors; whatever it does not know, or
does not like, goes to the judge.  It may be wrong only by saying nothing.

Source: schemas/istio
"""

from collections.abc import Mapping

from smi2istio.names import (
    annotation_key,
    dns_label,
    dns_subdomain,
    is_port,
    label_key,
    label_value,
)
from smi2istio.validate.shapes import (
    Check,
    address,
    anything,
    closed,
    duration,
    each,
    either,
    external,
    flag,
    int32,
    keyed,
    labelled,
    one_of,
    percentage,
    selected_key,
    selected_value,
    some,
    some_ports,
    some_text,
    text,
    uint32,
    unlike,
    url,
)


def _string_match(value: object) -> bool:
    """One of three; an empty one means presence."""
    return type(value) is dict and len(value) <= 1 and _STRING_MATCH(value)


_TEXTS = each(text)
_STRING_MATCH = closed({"exact": text, "prefix": text, "regex": text})
_SELECTOR = closed({"matchLabels": keyed(selected_key, selected_value, 256)})
_WORKLOAD_SELECTOR = closed({"labels": keyed(selected_key, selected_value, 256)})

_OPERATION = closed(
    dict.fromkeys(
        ("hosts", "methods", "paths", "ports", "notHosts", "notMethods", "notPaths", "notPorts"),
        _TEXTS,
    )
)
_SOURCE = closed(
    dict.fromkeys(
        ("principals", "notPrincipals", "requestPrincipals", "notRequestPrincipals", "namespaces",
         "notNamespaces", "ipBlocks", "notIpBlocks"),
        _TEXTS,
    )
)  # fmt: skip
_RULE = closed(
    {
        "from": each(closed({"source": _SOURCE}), 512),
        "to": each(closed({"operation": _OPERATION})),
        "when": each(closed({"key": text, "values": _TEXTS, "notValues": _TEXTS}, "key")),
    }
)
_AUTHORIZATION_POLICY = closed(
    {
        "selector": _SELECTOR,
        "action": one_of("ALLOW", "DENY", "CUSTOM"),
        "provider": closed({"name": text}),
        "rules": each(_RULE, 512),
    }
)

_MTLS = closed({"mode": one_of("STRICT", "PERMISSIVE", "DISABLE")})
_PEER_AUTHENTICATION = closed({"mtls": _MTLS})
#: Ports need a selector with labels.
_SELECTED_AUTHENTICATION = closed(
    {
        "selector": closed({"matchLabels": labelled}, "matchLabels"),
        "mtls": _MTLS,
        "portLevelMtls": some_ports(_MTLS),
    },
    "selector",
)

_TOKEN: dict[str, Check] = {
    "issuer": some_text,
    "audiences": each(some_text),
    "fromHeaders": each(closed({"name": some_text}, "name")),
    "fromParams": each(some_text),
    "forwardOriginalToken": flag,
}
_JWT_RULE = either(
    closed({**_TOKEN, "jwksUri": url}, "issuer"), closed({**_TOKEN, "jwks": text}, "issuer")
)
_REQUEST_AUTHENTICATION = closed({"selector": _SELECTOR, "jwtRules": each(_JWT_RULE, 512)})

_DESTINATION = closed({"host": text, "subset": text, "port": closed({"number": uint32})}, "host")
_ROUTE = each(closed({"destination": _DESTINATION, "weight": int32}, "destination"))
_HTTP_MATCH = closed(
    {
        "authority": _string_match,
        "headers": keyed(text, _string_match),
        "method": _string_match,
        "port": uint32,
        "sourceLabels": keyed(text, text),
        "sourceNamespace": text,
        "uri": _string_match,
    }
)
_RETRIES = closed({"attempts": int32, "perTryTimeout": duration, "retryOn": text})
_VIRTUAL_SERVICE = closed(
    {
        "hosts": _TEXTS,
        "gateways": _TEXTS,
        "exportTo": _TEXTS,
        "http": each(closed({"match": each(_HTTP_MATCH), "route": _ROUTE, "retries": _RETRIES})),
        "tcp": each(closed({"match": each(closed({"port": uint32})), "route": _ROUTE})),
    }
)
_SUBSET = closed({"name": text, "labels": keyed(text, text)}, "name")
_POOL = closed(
    {
        "tcp": closed({"maxConnections": int32, "connectTimeout": duration}),
        "http": closed(
            dict.fromkeys(
                ("http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection",
                 "maxRetries"),
                int32,
            )
        ),
    }
)  # fmt: skip
_DESTINATION_RULE = closed(
    {
        "host": text,
        "trafficPolicy": closed({"connectionPool": _POOL}),
        "subsets": each(_SUBSET),
        "exportTo": _TEXTS,
    },
    "host",
)
_EXTERNAL_PORTS = unlike(
    some(closed({"number": is_port, "name": some_text, "protocol": some_text}, "number", "name")),
    *("number", "name"),
)
_SERVICE_ENTRY = closed(
    {
        "hosts": some(external),
        "addresses": some(address),
        "ports": _EXTERNAL_PORTS,
        "location": one_of("MESH_EXTERNAL"),
        "resolution": one_of("NONE"),
        "exportTo": _TEXTS,
    },
    "hosts",
)
_RESOLVED_ENTRY = closed(
    {
        "hosts": some(external),
        "ports": _EXTERNAL_PORTS,
        "location": one_of("MESH_EXTERNAL"),
        "resolution": one_of("DNS"),
        "exportTo": _TEXTS,
    },
    "hosts",
)
_NAMED = each(closed({"name": some_text}, "name"))
_TRACING = closed({"providers": _NAMED, "randomSamplingPercentage": percentage})
_TELEMETRY = closed(
    {
        "selector": _SELECTOR,
        "tracing": each(_TRACING),
        "accessLogging": each(closed({"providers": _NAMED})),
    }
)
_SIDECAR = closed({"outboundTrafficPolicy": closed({"mode": one_of("REGISTRY_ONLY")})})

_FILTER = closed({"name": text, "subFilter": closed({"name": text})})
_LISTENER = closed({"portNumber": uint32, "filterChain": closed({"filter": _FILTER})})
_CONFIG_PATCH = closed(
    {
        "applyTo": one_of("HTTP_FILTER", "NETWORK_FILTER"),
        "match": closed({"context": one_of("SIDECAR_INBOUND"), "listener": _LISTENER}),
        "patch": closed({"operation": one_of("INSERT_FIRST", "INSERT_BEFORE"), "value": anything}),
    }
)
_ENVOY_FILTER = closed(
    {"workloadSelector": _WORKLOAD_SELECTOR, "configPatches": each(_CONFIG_PATCH)}
)

_METADATA = closed(
    {
        "name": dns_subdomain,
        "namespace": dns_label,
        "labels": keyed(label_key, label_value),
        "annotations": keyed(annotation_key, text),
    },
    "name",
)


def _kind(api_version: str, kind: str, spec: Check) -> Check:
    return closed(
        {
            "apiVersion": one_of(api_version),
            "kind": one_of(kind),
            "metadata": _METADATA,
            "spec": spec,
        },
        "apiVersion",
        "metadata",
        "spec",
    )


#: kind → whether the API server of every supported minor certainly takes the document.
KINDS: Mapping[str, Check] = {
    kind: _kind(api_version, kind, spec)
    for api_version, kind, spec in (
        ("security.istio.io/v1", "AuthorizationPolicy", _AUTHORIZATION_POLICY),
        (
            "security.istio.io/v1",
            "PeerAuthentication",
            either(_PEER_AUTHENTICATION, _SELECTED_AUTHENTICATION),
        ),
        ("security.istio.io/v1", "RequestAuthentication", _REQUEST_AUTHENTICATION),
        ("networking.istio.io/v1", "VirtualService", _VIRTUAL_SERVICE),
        ("networking.istio.io/v1", "DestinationRule", _DESTINATION_RULE),
        ("networking.istio.io/v1", "ServiceEntry", either(_SERVICE_ENTRY, _RESOLVED_ENTRY)),
        ("networking.istio.io/v1", "Sidecar", _SIDECAR),
        ("telemetry.istio.io/v1", "Telemetry", _TELEMETRY),
        ("networking.istio.io/v1alpha3", "EnvoyFilter", _ENVOY_FILTER),
    )
}
