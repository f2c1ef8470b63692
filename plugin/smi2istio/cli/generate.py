"""``smi2istio generate``: build a directory, then convert what was built.

It is the command of the Argo CD plugin, which runs it in the directory of an Application and
shows its users what comes on standard error.
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from smi2istio import options, renderers
from smi2istio.cli import configuration, inputs, parameters, streams
from smi2istio.cli.configuration import Configuration
from smi2istio.cli.inputs import Inputs, Text
from smi2istio.cli.render import joined
from smi2istio.cli.request import Request, Taken, carry_out, diagnosed, reports
from smi2istio.compiler import compile_documents, unchanged
from smi2istio.diagnostics import Refusal, Severity, Where, printable
from smi2istio.documents import Unreadable
from smi2istio.fields import Fields
from smi2istio.report import text

_PLACE = Where(None, "parameters")


@click.command(short_help="Build a directory and convert: Argo CD's command.")
@click.argument(
    "directory", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option(
    "--renderer",
    type=click.Choice(renderers.NAMES),
    help="What builds DIRECTORY; by default what its files say.",
)
@click.option("--release-name", metavar="TEXT", help="Helm's; by default ARGOCD_APP_NAME.")
@click.option(
    "--value-files", metavar="FILE", multiple=True, help="Helm's values.  May be repeated."
)
@click.option("--values", metavar="YAML", help="Helm's values, which replace those of files.")
@click.option("--announce", is_flag=True, help="Only print the options as Argo CD's parameters.")
@reports
def generate(  # noqa: PLR0913 - as many as a user can give
    *,
    directory: Path,
    renderer: str | None,
    release_name: str | None,
    value_files: tuple[str, ...],
    values: str | None,
    announce: bool,
    config: Path | None,
    quiet: bool,
    color: str,
    **given: object,
) -> None:
    """Build DIRECTORY with kustomize or helm, or read its YAML files, and convert.

    A kustomization is built by `kustomize build` without plugins, a Chart.yaml by `helm
    template`; anything else is read as by `render`.  Both programs are looked up on the PATH.

    Options also come from Argo CD's environment (ARGOCD_APP_PARAMETERS, PARAM_*,
    ARGOCD_ENV_*) and from smi2istio.yaml in DIRECTORY; what is given here counts most.
    """
    request = Request((directory,), config, quiet, color, given)
    build = {
        "renderer": renderer,
        "releaseName": release_name,
        "valueFiles": list(value_files),
        "values": values,
    }
    try:
        if announce:
            sys.exit(_announce(request))
        sys.exit(_generate(request, {key: value for key, value in build.items() if value}))
    except renderers.Unbuilt as error:
        lines = map(printable, f"smi2istio: {error}".split("\n"))
        sys.exit(streams.finish(b"", "".join(f"{line}\n" for line in lines), 1))


def _announce(request: Request) -> int:
    directory, config = request.paths[0], request.config
    try:
        _tree(directory)
        held = configuration.held(config, None, directory).options
    except (Refusal, Unreadable) as mistake:
        return streams.finish(b"", text.report(unchanged((), (diagnosed(mistake),))), 1)
    announced = json.dumps(list(parameters.announced(held)), indent=2)
    return streams.finish(f"{announced}\n".encode(), "", 0)


def _generate(request: Request, build: Mapping[str, object]) -> int:
    outcome = carry_out(
        request,
        compile_documents,
        (Severity.ERROR, Severity.WARNING),
        sys.stderr,
        lambda request: _taken(request, build),
    )
    report = text.report(outcome.compilation, outcome.manner)
    if outcome.compilation.failed:
        return streams.finish(b"", report, 1)
    written = outcome.inputs.written(outcome.compilation).values()
    return streams.finish(joined(written), outcome.inputs.remarks + report, 0)


def _taken(request: Request, build: Mapping[str, object]) -> Taken:
    """Read what holds, then build with it."""
    directory = request.paths[0]
    tree = _tree(directory)
    given = parameters.read(os.environ)
    found = {key: given.pop(key) for key in parameters.OF_BUILDS if key in given}
    holding = _configuration(request, given)
    built = _built(directory, tree, holding.options.namespace, {**found, **build})
    return Taken(built, holding)


def _configuration(request: Request, given: Mapping[str, object]) -> Configuration:
    """What is given in Argo CD replaces the file's, and is replaced on the command line."""
    held = configuration.held(request.config, None, request.paths[0])
    base = held.options
    merged = options.of_texts(given, _PLACE, base)
    namespace = merged.namespace or os.environ.get("ARGOCD_APP_NAMESPACE", "")
    merged = merged._replace(where=base.where, namespace=namespace)
    return configuration.replaced(held._replace(options=merged), request.options)


def _built(directory: Path, tree: Path, namespace: str, build: Mapping[str, object]) -> Inputs:
    fields = Fields(build, _PLACE)
    renderer = fields.text("renderer") or renderers.recognize(directory)
    if renderer == "yaml":
        return inputs.read((directory,))
    if renderer == "kustomize":
        built = renderers.kustomize(directory, tree)
    elif renderer == "helm":
        built = renderers.helm(directory, tree, _release(fields, namespace))
    else:
        wanted = f"not one of {', '.join(renderers.NAMES)}"
        raise renderers.Unbuilt(f"the parameter 'renderer' is {renderer!r}, and {wanted}")
    return Inputs({"": Text(built.output)}, remarks=built.remarks)


def _release(fields: Fields, namespace: str) -> renderers.Release:
    """Argo CD puts an Application's own namespace before its name, and Kubernetes no _."""
    application = os.environ.get("ARGOCD_APP_NAME", "").rpartition("_")[2]
    return renderers.Release(
        fields.text("releaseName") or application or "release-name",  # the last is helm's own
        namespace,
        fields.values("valueFiles", str),
        fields.text("values"),
        os.environ.get("KUBE_VERSION", ""),
        os.environ.get("KUBE_API_VERSIONS", ""),
    )


def _tree(directory: Path) -> Path:
    """The checkout, from which no link leads out."""
    tree = renderers.tree(directory, os.environ.get("ARGOCD_APP_SOURCE_PATH", ""))
    renderers.check_links(directory, tree)
    return tree
