"""The report as Markdown, for a comment on a pull request or the summary of a job.

Names and texts of the input are shown as code, so that none of them is a link, a tag or
a mention that notifies somebody.

Source: CommonMark §6.1 (code spans) and §4.5 (fenced code blocks).
"""

import re
from collections.abc import Iterable, Iterator

from smi2istio.compiler import Compilation
from smi2istio.diagnostics import Diagnostic, printable
from smi2istio.report import installation, text
from smi2istio.report.text import Manner


def report(compilation: Compilation, manner: Manner) -> str:
    """The whole report: a sentence, an item for each diagnostic, what there is to paste."""
    shown = text.shown(compilation, manner)
    head, _, rest = text.summary(compilation, manner).partition(": ")
    lines = [f"**{head}**: {_code(rest)}" if rest else f"**{head}**"]
    if shown:
        lines += ["", *map(_item, shown)]
    if not manner.brief:
        lines += _blocks(text.paste_block(shown))
        lines += _blocks(map(printable, installation.fragments(shown)))
    return "".join(f"{line}\n" for line in lines)


def _item(diagnostic: Diagnostic) -> str:
    place = " ".join(_code(part) for part in _places(diagnostic))
    message = _code(diagnostic.message)
    return f"- **{diagnostic.severity}** {diagnostic.code} {place}{': ' if place else ''}{message}"


def _places(diagnostic: Diagnostic) -> Iterator[str]:
    where = diagnostic.where
    yield from (part for part in (str(where), text.file_and_line(where)) if part)


def _blocks(lines: Iterable[str]) -> Iterator[str]:
    """YAML below each line that is not indented."""
    for section in re.split(r"\n(?=\S)", "\n".join(lines)):
        head, *yaml = section.split("\n")
        if yaml:
            fence = "`" * max(3, _longest_run(section) + 1)
            yield from ("", _code(head), "", f"{fence}yaml", *yaml, fence)


def _code(words: str) -> str:
    """A code span: its fence is longer than any inside, a blank keeps them apart."""
    words = printable(words)
    fence = "`" * (_longest_run(words) + 1)
    apart = " " if words.startswith(("`", " ")) or words.endswith(("`", " ")) else ""
    return f"{fence}{apart}{words}{apart}{fence}"


def _longest_run(words: str) -> int:
    return max(map(len, re.findall("`+", words)), default=0)
