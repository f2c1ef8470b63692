"""The configuration on the command line: ``--config``, and each option by its own name.

An option given by name replaces that of the file.  The options are those of
``smi2istio.options``, whose types and defaults decide how they are written here.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

import click

from smi2istio import options
from smi2istio.diagnostics import Refusal, Where
from smi2istio.documents import Document, read_stream
from smi2istio.options import Options
from smi2istio.source_mesh import SourceMesh

FILE = "smi2istio.yaml"

HELP: Mapping[str, str] = {
    "sourceMesh": "The mesh whose meaning the documents have: osm, smi.",
    "mode": "auto, enforcing or permissive; auto asks the MeshConfig of the input.",
    "meshName": "The OSM mesh to translate, if the input has more than one.",
    "namespaces": "A member of the mesh whose label is not in the input.",
    "namespace": "The namespace of documents that have none.",
    "createNamespaces": "Write a Namespace for members that the input lacks.",
    "baseline": "emit or omit default deny, strict mTLS and the Sidecar.",
    "revision": "The revision of Istio that injects the sidecars.",
    "istioVersion": "The oldest minor of Istio the output must run on.",
    "trustDomain": "Istio's trust domain.",
    "clusterDomain": "The domain of the cluster's Services.",
    "rootNamespace": "Istio's root namespace, if it is not that of the revision.",
    "splitTo": "services or subsets: what a backend of a TrafficSplit becomes.",
    "envoyFilters": "allow or refuse EnvoyFilters for what no field of Istio can say.",
    "patterns": "Decisions for regexes, a YAML list of {regex, paths} or {regex, values}.",
    "workloads": "Accounts without workloads in the input, a YAML list of"
    " {serviceAccount, namespace, labels, ports}.",
    "gateways": "What stands behind Services that IngressBackends let in, a YAML list of"
    " {service, namespace, serviceAccount or ipBlocks}.",
    "labelWorkloads": "Label pod templates where no selector is exact.",
    "accept": "A code whose wider result is taken, alone or as 'CODE Kind/namespace/name'.",
    "dryRun": "Write policies that only report what they would refuse.",
}

_KEY = re.compile("[A-Za-z]+")
C = TypeVar("C", bound=Callable[..., object])


class Configuration(NamedTuple):
    """What holds for a run; *found* is the file that was taken because of its name."""

    options: Options
    found: str = ""


def configured(command: C) -> C:
    """Give a command ``--config`` and the options."""
    for key in reversed(options.NAMES):
        command = _option(key)(command)
    return click.option(
        "--config",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help=f"The configuration; {FILE} in the current directory if it is there.",
    )(command)


def read(file: Path | None, given: Mapping[str, object], own: Document | None) -> Configuration:
    """Read the configuration: that of a file or of a ResourceList, then what is given by name.

    Raises:
        click.UsageError: a mistake on the command line.
        Refusal: a mistake in a file.
        Unreadable: a file is not YAML.
    """
    return replaced(held(file, own), given)


def held(file: Path | None, own: Document | None, directory: Path = Path()) -> Configuration:
    """*file*, else *own* (of a ResourceList), else the file of *directory* by its name.

    Raises:
        click.UsageError: the file holds more than one document, or none.
        Refusal: a mistake in it.
        Unreadable: it is not YAML.
    """
    found = ""
    if file is None and own is None and (directory / FILE).is_file():
        file, found = directory / FILE, str(directory / FILE)
    return Configuration(options.of_document(_document(file) if file else own), found)


def replaced(configuration: Configuration, given: Mapping[str, object]) -> Configuration:
    """What holds when options are given by name.

    Raises:
        click.UsageError: a mistake on the command line.
    """
    values = dict(_given(given))
    if not values:
        return configuration
    base = configuration.options
    try:
        merged = options.of_texts(values, Where(), base)
    except Refusal as refusal:
        place = _KEY.sub(lambda key: _flag(key[0]), str(refusal.diagnostic.where), count=1)
        raise click.UsageError(f"{place}: {refusal.diagnostic.message}") from None
    return configuration._replace(options=merged._replace(where=base.where))


def _given(values: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for key in options.NAMES:
        value = values[attribute(key)]
        if value not in (None, ()):
            yield key, list(value) if isinstance(value, tuple) else value


def _document(file: Path) -> Document:
    documents = read_stream(file.read_bytes(), str(file))
    if len(documents) != 1:
        raise click.UsageError(f"{file} must hold one document, and holds {len(documents)}")
    return documents[0]


def _option(key: str) -> Callable[[C], C]:
    default = Options._field_defaults[attribute(key)]
    kind = Options.__annotations__[attribute(key)]
    flag, text = _flag(key), HELP[key]
    if kind is bool:
        return click.option(f"{flag}/--no-{flag[2:]}", default=None, help=text)
    if kind == tuple[str, ...]:
        return click.option(flag, multiple=True, metavar="TEXT", help=f"{text}  May be repeated.")
    if kind in (str, SourceMesh):
        shown = getattr(default, "name", default)
        text = f"{text}  Default: {shown}." if shown else text
        return click.option(flag, metavar="TEXT", help=text)
    return click.option(flag, metavar="YAML", help=text)


def attribute(key: str) -> str:
    """An option's name among those of ``Options``."""
    return _words(key, "_")


def _flag(key: str) -> str:
    return f"--{_words(key, '-')}"


def _words(key: str, between: str) -> str:
    return re.sub("[A-Z]", lambda letter: f"{between}{letter[0].lower()}", key)
