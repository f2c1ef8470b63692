"""Egresses that open one host twice to one account, which OSM's proxies refused.

OSM wrote a virtual host for each, and merged none; Envoy takes no two with the same domains, so
an account with such policies had no HTTP to the outside at all.

Source: osm v1.2.4, pkg/catalog/egress.go; reference/osm-semantics.md §6.1.
"""

from collections.abc import Iterator
from contextlib import suppress

from smi2istio.bundle import Bundle
from smi2istio.catalog import osm_policies as catalog
from smi2istio.context import Context
from smi2istio.diagnostics import Diagnostic, Refusal
from smi2istio.documents import Document
from smi2istio.kinds import OSM_POLICY
from smi2istio.source.egress import Egress, egress

#: Account, host and port → the Egresses that open it.
_Openers = dict[tuple[str, str, int], list[Document]]


def check(
    read: Egress, accounts: frozenset[str], document: Document, context: Context
) -> Iterator[Diagnostic]:
    """S2I479 where a host is opened by another Egress before this one, or twice by this one."""
    openers = context.bundle.once(_openers)
    for account in sorted(accounts):
        for host, port in _opened(read):
            found = [
                one for one in openers.get((account, host, port), ())
                if context.bundle.namespace_of(one) in context.mesh.members
            ]  # fmt: skip
            found.sort(key=lambda one: (one.name, context.bundle.namespace_of(one)))
            if found[0] is not document or found.count(document) > 1:
                where = read.spec.at("hosts").at(read.hosts.index(host))
                yield catalog.opened_twice(where, found[0].name, f"{host}:{port}", account)
                return


def _openers(bundle: Bundle) -> _Openers:
    found: _Openers = {}
    for document in bundle.of_kind(OSM_POLICY, "Egress"):
        with suppress(Refusal):  # its own translation says why
            read = bundle.parsed(document, egress)
            for source in dict.fromkeys((one.name, one.namespace) for one in read.sources):
                namespace, name = bundle.account(*source, document)
                for host, port in _opened(read):
                    found.setdefault((f"{namespace}/{name}", host, port), []).append(document)
    return found


def _opened(read: Egress) -> Iterator[tuple[str, int]]:
    for port in read.ports:
        if port.protocol == "http":
            yield from ((host, port.number) for host in read.hosts)
