"""config.istio.io passes, with a warning: what Mixer refused is no longer refused.

Source: reference/legacy-and-neighbours.md §3; istio 1.4.9 mixer/adapter.
"""

from collections.abc import Iterator

from smi2istio.catalog import legacy as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Where
from smi2istio.documents import Document
from smi2istio.lenient import spec_of

_REFUSED = "this refused requests and no longer does; {}"
_DENY = _REFUSED.format("write an AuthorizationPolicy with action DENY")
_LIST = _REFUSED.format("write an AuthorizationPolicy with ipBlocks or notIpBlocks")
_QUOTA = _REFUSED.format("write a rate limit")
_REPORTS = "it reported and refused nothing; a Telemetry takes its place"
_WIRING = "if it led to a denier, a list or a quota, requests were refused and no longer are"

#: A kind, or the adapter or template of a `handler` or an `instance` → what became of it.
_MEANING = {
    **dict.fromkeys(("denier", "checknothing", "opa", "authorization"), _DENY),
    **dict.fromkeys(("listchecker", "listentry"), _LIST),
    **dict.fromkeys(("memquota", "redisquota", "quota", "QuotaSpec", "QuotaSpecBinding"), _QUOTA),
    **dict.fromkeys(
        ("metric", "logentry", "tracespan", "prometheus", "stdio", "fluentd", "statsd",
         "stackdriver", "zipkin", "circonus", "dogstatsd"), _REPORTS
    ),
    **dict.fromkeys(
        ("adapter", "template", "attributemanifest", "HTTPAPISpec", "HTTPAPISpecBinding",
         "kubernetes", "kubernetesenv"), "it described what others used"
    ),
}  # fmt: skip


def translate(document: Document, _: Context) -> Iterator[Diagnostic]:
    """Leave the document, and say what it no longer does."""
    spec = spec_of(document)
    names = (spec.get(key) for key in ("compiledAdapter", "compiledTemplate", "adapter"))
    word = next((name for name in names if isinstance(name, str)), document.kind)
    yield catalog.removed_api(Where(document), _MEANING.get(word, _WIRING))
