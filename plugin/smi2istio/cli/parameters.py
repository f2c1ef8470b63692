"""Parameters of an Argo CD Application: the options, and what ``generate`` builds with.

They come in the environment: as JSON, each by itself, and as the plugin's variables.  Names
are those of the configuration; ``source-mesh`` and ``SOURCE_MESH`` are ``sourceMesh``.  A name
that is not known is refused, as in the configuration, and text that is empty is not given.

Source: Argo CD's ``ApplicationSourcePluginParameters.Environ``; config-management-plugins.md.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from smi2istio import options
from smi2istio.catalog import reading
from smi2istio.cli import configuration
from smi2istio.cli.configuration import Form
from smi2istio.diagnostics import Refusal, Where
from smi2istio.fields import Fields
from smi2istio.options import Options

#: What is no option: how the directory is built.
OF_BUILDS: Final[tuple[str, ...]] = ("renderer", "releaseName", "valueFiles", "values")

_AS_JSON, _ALONE, _VARIABLE = "ARGOCD_APP_PARAMETERS", "PARAM_", "ARGOCD_ENV_"
_ELEMENT = re.compile(r"(.+)_(0|[1-9][0-9]*)")


def read(environment: Mapping[str, str]) -> dict[str, object]:
    """By name what was given, options and builds alike; JSON counts for more than variables.

    Raises:
        Refusal: S2I101, S2I120.
    """
    found: dict[str, object] = {}
    for name, value, where in (*_variables(environment), *_parameters(environment)):
        if value not in (None, ""):
            found[_known(name, where)] = value
    return found


def announced(holding: Options) -> Iterator[dict[str, object]]:
    """The options as Argo CD wants parameters announced, with the values that hold."""
    for key, schema in configuration.OPTIONS.items():
        value = getattr(holding, options.NAMES[key])
        form = configuration.form(key)
        one: dict[str, object] = {"name": key, "title": key, "tooltip": schema["description"]}
        if form is Form.FLAG:
            yield {**one, "itemType": "boolean", "string": str(value).lower()}
        elif form is Form.TEXT:
            yield {**one, "string": getattr(value, "name", value)}
        elif form is Form.YAML:
            yield {**one, "string": ""}  # too long for a field of a form to show
        else:
            yield {**one, "collectionType": "array", "array": list(value)}


def _variables(environment: Mapping[str, str]) -> Iterator[tuple[str, object, Where]]:
    for name, value in sorted(environment.items()):
        if name.startswith(_VARIABLE):
            yield name.removeprefix(_VARIABLE), value, Where(None, "env")


def _parameters(environment: Mapping[str, str]) -> Iterator[tuple[str, object, Where]]:
    if _AS_JSON not in environment:
        yield from _alone(environment)
        return
    try:
        entries = json.loads(environment[_AS_JSON]) or []  # null for none
    except ValueError as error:
        raise Refusal(reading.unreadable(Where(None, _AS_JSON), str(error))) from None
    where = Where(None, "parameters")
    for entry in Fields({"parameters": entries}, Where()).mappings("parameters"):
        given = (entry.raw(kind) for kind in ("string", "array", "map") if entry.has(kind))
        yield entry.required("name"), next(given, None), where


def _alone(environment: Mapping[str, str]) -> Iterator[tuple[str, object, Where]]:
    """One variable for each parameter, or for each element of an array."""
    arrays: dict[str, dict[int, str]] = {}
    where = Where(None, "parameters")
    for variable, value in environment.items():
        name = variable.removeprefix(_ALONE)
        element = _ELEMENT.fullmatch(name)
        if variable.startswith(_ALONE) and element:
            arrays.setdefault(element[1], {})[int(element[2])] = value
        elif variable.startswith(_ALONE):
            yield name, value, where
    for name, elements in arrays.items():
        yield name, [elements[number] for number in sorted(elements)], where


def _known(name: str, where: Where) -> str:
    if _folded(name) not in _NAMES:
        raise Refusal(reading.unknown_option(where.at(name), name, tuple(_NAMES.values())))
    return _NAMES[_folded(name)]


def _folded(name: str) -> str:
    return re.sub("[_-]", "", name).lower()


_NAMES: Final = {_folded(name): name for name in (*options.NAMES, *OF_BUILDS)}
