"""The report for code scanning, as SARIF: a result for each diagnostic, a rule for each code.

GitHub refuses a whole file if one result has no location, so what concerns the run stands
at the configuration, else at the first file that was read.  Rules are those that are
needed, with the pages of ``smi2istio explain`` as their help.

Source: Static Analysis Results Interchange Format 2.1.0, §3.11, §3.27, §3.49; GitHub's
"SARIF support for code scanning".
"""

import json
import re
from inspect import cleandoc
from pathlib import Path
from typing import Final
from urllib.parse import quote

from smi2istio.compiler import Compilation
from smi2istio.diagnostics import Diagnostic, Rule, Where, printable
from smi2istio.report import text
from smi2istio.report.text import Manner

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
#: What has no file came on standard input.
_STDIN = "stdin"


def report(compilation: Compilation, manner: Manner) -> str:
    """The whole report; *manner* decides which severities are listed."""
    shown = text.shown(compilation, manner)
    rules = sorted({one.code: one.rule for one in shown}.items())
    index = {code: number for number, (code, _) in enumerate(rules)}
    files = (output.at.file for output in compilation.outputs if output.at)
    elsewhere = manner.configuration or next(files, "")
    run = {
        "tool": {"driver": {**_driver(), "rules": [_rule(rule) for _, rule in rules]}},
        "results": [_result(one, index[one.code], elsewhere) for one in shown],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver() -> dict[str, str]:
    # Reads files, for which no other format has a use.
    from importlib.metadata import version  # noqa: PLC0415

    return {"name": "smi2istio", "version": version("smi2istio")}


def _rule(rule: Rule) -> dict[str, object]:
    title, _, page = cleandoc(rule.page).partition("\n\n")
    return {
        "id": rule.code,
        "shortDescription": {"text": title},
        "fullDescription": {"text": page.partition("\n\n")[0].replace("\n", " ")},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": rule.severity},
        "properties": {"fidelity": rule.fidelity},
    }


def _result(diagnostic: Diagnostic, index: int, elsewhere: str) -> dict[str, object]:
    found: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index,
        "level": diagnostic.severity,
        "message": {"text": _plain(diagnostic.message)},
        "locations": [_location(diagnostic.where, elsewhere)],
    }
    if diagnostic.witness:
        found["properties"] = {"witness": printable(str(diagnostic.witness))}
    return found


def _location(where: Where, elsewhere: str) -> dict[str, object]:
    file = where.file or elsewhere
    place: dict[str, object] = {"artifactLocation": _artifact(file)}
    line = where.line if where.file or not elsewhere else 0
    if line:
        place["region"] = {"startLine": line}
    found: dict[str, object] = {"physicalLocation": place}
    if str(where):
        found["logicalLocations"] = [{"fullyQualifiedName": printable(str(where))}]
    return found


def _artifact(file: str) -> dict[str, str]:
    """Relative to the checkout, in which the program is run."""
    path = Path(file or _STDIN)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}


def _plain(message: str) -> str:
    """A text in which nothing is a link: ``[a](b)`` is one even in plain text."""
    plain = printable(message)
    return re.sub(r"([\[\]])", r"\\\1", plain) if "](" in plain else plain
