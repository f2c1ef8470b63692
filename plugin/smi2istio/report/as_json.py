"""The report for programs, as JSON.  Its shape is stable: keys are added, none goes away.

``summary``
    ``failed`` (nothing was converted), ``errors``, ``warnings``, ``notes`` (numbers),
    ``consumed`` and ``emitted`` (kind → number), ``configuration`` (file or null).
``diagnostics``, errors first, each
    ``code``, ``severity`` (error, warning, note), ``fidelity`` (equal, narrower, wider,
    none), ``message``;
    ``witness``: null, or the request on which both sides differ: ``source``
    (namespace/name of a service account, "" for anybody), ``method`` ("" for a TCP
    connection), ``path``, ``headers`` (list of ``name`` and ``value``), ``port`` (0: any);
    ``resourceRef``: null, or ``apiVersion``, ``kind``, ``name``, ``namespace``;
    ``field``: the path within the document, ``file``, ``line``: null where unknown;
    ``paste``: key of the configuration's ``spec`` → YAML to put there;
    ``settings``: what to set where Istio is installed, or in what a controller owns:
    ``place`` (Helm values, a ConfigMap, an object), ``path`` (list of keys) and ``value``;
    ``answers``: lines of the configuration's ``spec``, of which each settles the matter.
"""

import json

from smi2istio.compiler import Compilation
from smi2istio.diagnostics import Diagnostic, Severity, Witness
from smi2istio.documents import Document
from smi2istio.report import text
from smi2istio.report.text import Manner


def report(compilation: Compilation, manner: Manner) -> str:
    """The whole report; *manner* decides which severities are listed, and nothing else."""
    severities = [diagnostic.severity for diagnostic in compilation.diagnostics]
    summary = {
        "failed": compilation.failed,
        "errors": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "notes": severities.count(Severity.NOTE),
        "consumed": dict(sorted(compilation.consumed.items())),
        "emitted": dict(sorted(compilation.emitted.items())),
        "configuration": manner.configuration or None,
    }
    diagnostics = [_diagnostic(one) for one in text.shown(compilation, manner)]
    return json.dumps({"summary": summary, "diagnostics": diagnostics}, indent=2) + "\n"


def _diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    where, document = diagnostic.where, diagnostic.where.document
    paste: dict[str, str] = {}
    for key, entry in diagnostic.paste:
        paste[key] = f"{paste.get(key, '')}{entry}\n"
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "fidelity": diagnostic.rule.fidelity,
        "message": diagnostic.message,
        "witness": diagnostic.witness and _witness(diagnostic.witness),
        "resourceRef": _reference(document) if document and document.kind else None,
        "field": where.path or None,
        "file": where.file or None,
        "line": where.line or None,
        "paste": paste,
        "settings": [setting._asdict() for setting in diagnostic.settings],
        "answers": list(diagnostic.answers),
    }


def _witness(witness: Witness) -> dict[str, object]:
    headers = [{"name": name, "value": value} for name, value in witness.headers]
    return {**witness._asdict(), "headers": headers}


def _reference(document: Document) -> dict[str, str]:
    return {
        "apiVersion": document.api_version,
        "kind": document.kind,
        "name": document.name,
        "namespace": document.namespace,
    }
