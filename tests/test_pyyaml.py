"""PyYAML is the same whether its regexes are compiled at once or later."""

import subprocess
import sys

# All that PyYAML's loader in Python matches: characters, numbers, words, dates.
_DOCUMENT = "[1, 0x1F, 1.5, 12:30, yes, ~, 2027-09-30, 2027-09-30T10:00:00Z, '<<', plain]"
_LOADS = f"""
import datetime, re, sys
{{imports}}
for loader in yaml.SafeLoader, yaml.BaseLoader:
    print(yaml.load("{_DOCUMENT}", loader))
try:
    yaml.load("a\\x07", yaml.SafeLoader)
except yaml.YAMLError as error:
    print(error)
print(re.compile("a").__class__)
"""


def _printed(imports: str) -> str:
    program = _LOADS.format(imports=imports)
    run = subprocess.run((sys.executable, "-c", program), capture_output=True, check=True)
    return run.stdout.decode()


def test_it_reads_the_same_as_when_it_is_imported_by_itself() -> None:
    printed = _printed("from smi2istio.documents.pyyaml import yaml")
    assert printed == _printed("import yaml")
    assert "datetime.date(2027, 9, 30)" in printed
    assert "special characters are not allowed" in printed


def test_its_regexes_are_not_compiled_by_the_import() -> None:
    program = (
        "import re; from smi2istio.documents.pyyaml import yaml\n"
        "resolvers = yaml.resolver.Resolver.yaml_implicit_resolvers.values()\n"
        "regexes = [regex for found in resolvers for _, regex in found]\n"
        "regexes += [yaml.reader.Reader.NON_PRINTABLE]\n"
        "print(len(regexes) > 7, any(isinstance(regex, re.Pattern) for regex in regexes))"
    )
    run = subprocess.run((sys.executable, "-c", program), capture_output=True, check=True)
    assert run.stdout.split() == [b"True", b"False"]
