"""S2I1xx: reading documents and the configuration."""

from smi2istio.diagnostics import EQUAL, ERROR, NONE, NOTE, WARNING, Said, rule


def did_you_mean(word: str, known: tuple[str, ...]) -> str:
    """The tail of a message: the nearest known word, or nothing."""
    import difflib  # noqa: PLC0415 - slow to import, and only needed for a mistake

    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


@rule("S2I101", ERROR, NONE)
def unreadable(problem: str) -> str:
    """A document is not YAML that Kubernetes could read.

    The message names the problem and its place.  Nothing is converted, because a
    document that cannot be read may be a policy.  Mend the document; `kubectl
    apply --dry-run=client -f FILE` shows whether Kubernetes reads it.
    """
    return problem


@rule("S2I102", ERROR, NONE)
def wrong_type(wanted: str, got: str) -> str:
    """A field holds a value of the wrong type.

    The API server would refuse the document too.  Write a value of the type that
    the message names; a number or `true` that is meant as text needs quotes, and `yes`
    or `on` that is meant as `true` must have none.
    """
    return f"expected {wanted}, found {got}"


@rule("S2I103", ERROR, NONE)
def unknown_field(key: str, known: tuple[str, ...]) -> str:
    """A field of a policy is not known.

    In an access policy an unknown field may be a restriction, so leaving it out
    could let more requests through.  Correct the spelling or the indentation, or
    delete the field: the API server would have dropped it as well.
    """
    return f"unknown field{did_you_mean(key, known)}"


@rule("S2I104", WARNING, EQUAL)
def ignored_field(key: str, known: tuple[str, ...]) -> str:
    """A field of a configuration document is not known and has no effect.

    The API server would have dropped it.  Correct the spelling, or delete it.
    """
    return f"unknown field, ignored{did_you_mean(key, known)}"


@rule("S2I105", ERROR, NONE)
def missing(astray: str = "") -> str:
    """A required field is absent or empty.

    The document cannot be understood without it.  Add the field that the message
    names, or move it to its place if the indentation was lost.
    """
    return f"required, but absent or empty{f'; {astray} may belong here' if astray else ''}"


@rule("S2I106", ERROR, NONE)
def not_one_of(value: str, allowed: tuple[str, ...]) -> str:
    """A field holds a value that is not among the allowed ones.

    Write one of the values that the message lists.
    """
    return f"{value!r} is not one of {', '.join(allowed)}{did_you_mean(value, allowed)}"


@rule("S2I107", ERROR, NONE)
def no_group(api_version: str, line: str) -> str:
    """An apiVersion is absent, or it has no group or no version.

    Kubernetes would refuse it, and guessing could translate a document that was
    never in force.  Add the line that the message shows.
    """
    lost = "'/' before its version" if "." in api_version else "group"
    found = f"apiVersion {api_version!r} has no {lost}" if api_version else "no apiVersion"
    return f"{found}; write 'apiVersion: {line}'"


@rule("S2I108", ERROR, NONE)
def unknown_version(version: str, known: tuple[str, ...]) -> str:
    """A version of an API of ours was never published.

    Its fields are not known, so nothing can be said about its meaning.  Write the
    document in one of the versions that the message lists.
    """
    return f"version {version!r} was never published; known are {', '.join(known)}"


@rule("S2I109", WARNING, EQUAL)
def misspelt_group() -> str:
    """The API group is written spec.smi-spec.io, as an early SDK had it.

    It is read as specs.smi-spec.io.  No cluster with the CRDs of a release served
    the misspelt group, so check that the document was in force.
    """
    return "the group is 'specs.smi-spec.io'; read as that"


@rule("S2I110", ERROR, NONE)
def not_translated(kind: str, known: tuple[str, ...] = ()) -> str:
    """A document of a mesh that is being left is of a kind not translated.

    Passing it on in silence could lose a policy.  Correct the kind if it is misspelt;
    kinds are case-sensitive.  Else translate the document by hand, and take it out of the
    input.
    """
    if not kind:
        return "has no kind; write it"
    by_hand = "; translate it by hand and take it out of the input"
    return f"kind {kind} is not translated{did_you_mean(kind, known) or by_hand}"


@rule("S2I111", ERROR, NONE)
def defined_twice(first: str, again: str) -> str:
    """Two documents have the same kind, namespace and name.

    Only one of them can exist in a cluster, and which one is in force cannot be
    told.  Versions do not matter: they are one object.  Delete one of the two.
    """
    return f"defined at {first} and again at {again}; delete one of the two"


@rule("S2I112", NOTE, EQUAL)
def twin(first: str) -> str:
    """A document stands twice in the input, letter for letter.

    One of them is kept.  Nothing is lost, so nothing needs to be done.
    """
    return f"the same document stands at {first}; one is kept"


@rule("S2I113", ERROR, NONE)
def no_namespace() -> Said:
    """A document has no namespace, and its meaning depends on it.

    No namespace is guessed, because `default` would be the wrong one nearly always.
    Write metadata.namespace, or set `namespace` in the configuration to the one that
    these documents are applied to.
    """
    return Said(
        "has no namespace; write it, or set 'namespace' in the configuration",
        answers=("namespace: NAME # the one that these documents are applied to",),
    )


@rule("S2I114", NOTE, EQUAL)
def old_version(versions: tuple[str, ...]) -> str:
    """Documents have versions of SMI's APIs that OSM 1.x did not serve.

    They are read with the meaning that OSM 1.2 gave to access v1alpha3, specs
    v1alpha4 and split v1alpha2.
    """
    return f"{', '.join(versions)} read with the meaning of OSM 1.2, which did not serve them"


@rule("S2I115", ERROR, NONE)
def not_a_resource_list() -> str:
    """Standard input is not a ResourceList.

    Without arguments the program is a KRM function: a host such as kustomize or kpt
    sends it a ResourceList.  For a stream of documents run `smi2istio render -`.
    """
    return (
        "standard input is not a ResourceList; for a stream of documents run 'smi2istio render -'"
    )


@rule("S2I116", ERROR, NONE)
def empty_input() -> str:
    """The input is empty.

    An empty output with exit status 0 makes some hosts delete everything, and an
    empty input is nearly always a command before this one that failed.  Look at the
    command that writes the input.
    """
    return "the input is empty"


@rule("S2I117", ERROR, NONE)
def no_name() -> str:
    """A document of ours has no name.

    Every object in Kubernetes has one.  Write metadata.name.
    """
    return "has no metadata.name"


@rule("S2I118", ERROR, NONE)
def left_over(mark: str = "") -> str:
    """A document of SMI or OSM, or a mark of OSM, is left after a build.

    A document means that the build did not convert.  kustomize skips an exec function in
    silence unless it has both `--enable-alpha-plugins` and `--enable-exec`; kubectl has no
    such flag.  A mark alone may have been added by something that runs after the
    conversion, or nothing of Istio says the same; delete it where it is written.
    """
    return f"the mark {mark!r} was not converted" if mark else "was not converted"


@rule("S2I119", ERROR, NONE)
def not_a_name(text: str) -> str:
    """A name in the configuration cannot be the name of anything.

    Names of namespaces, accounts, revisions and domains are lower-case letters, digits, `-`,
    `_` and `.`; a star would be a wildcard to Istio, and `spiffe://` is none of a trust
    domain.  Write the name alone.
    """
    return f"{text!r} is no name; it may hold lower-case letters, digits, '-', '_' and '.'"


@rule("S2I120", ERROR, NONE)
def unknown_option(key: str, known: tuple[str, ...]) -> str:
    """The configuration has a key that does not exist.

    A misspelt option would be ignored, so it is refused.  `smi2istio render --help`
    lists the options.
    """
    return f"unknown option{did_you_mean(key, known)}"


@rule("S2I121", ERROR, NONE)
def minor_is_a_number(text: str) -> str:
    """The istioVersion is written without quotes.

    YAML reads 1.30 as the number 1.3, so the last digit is lost.  Put the version in
    quotes: `istioVersion: "1.30"`.
    """
    return f"{text} without quotes is a number, which loses a final zero; write it in quotes"


@rule("S2I122", ERROR, NONE)
def bad_minor(text: str) -> str:
    """The istioVersion is not a minor version of Istio that is supported.

    Write the oldest minor that the output must run on, as in "1.26".  1.22 is the
    first with path templates and the v1 API versions.
    """
    return f'{text!r} is not a minor version of Istio from 1.22 on, as in "1.26"'


@rule("S2I123", ERROR, NONE)
def foreign_configuration(kind: str) -> str:
    """The functionConfig is an object of another kind.

    It must be a SmiToIstio of smi2istio.dev/v1alpha1, or a ConfigMap whose data has
    the same keys.
    """
    return (
        f"a functionConfig of kind {kind!r} is not understood;"
        " write kind: SmiToIstio, apiVersion: smi2istio.dev/v1alpha1, or a ConfigMap"
    )


@rule("S2I124", ERROR, NONE)
def mode_without_osm(mesh: str) -> str:
    """mode: permissive is set for a source mesh that has no such mode.

    Only OSM had a permissive mode.  Leave `mode` out, or set `sourceMesh: osm`.
    """
    return f"'permissive' is a mode of OSM, and sourceMesh is {mesh!r}"


@rule("S2I125", ERROR, NONE)
def root_contradicts_revision(revision: str) -> str:
    """The rootNamespace is istio-system, but the revision is the AKS add-on's.

    The root namespace of the AKS Istio add-on is aks-istio-system; a policy in
    istio-system has no effect there.  Leave `rootNamespace` out.
    """
    return f"revision {revision!r} is the AKS add-on's, whose root namespace is aks-istio-system"


@rule("S2I126", ERROR, NONE)
def not_acceptable(entry: str, why: str) -> str:
    """An entry of accept names a code that cannot be accepted.

    `accept` takes codes of results that allow more than the source did, alone or
    with a document: `S2I3xx` or `S2I3xx Kind/namespace/name`.  `smi2istio explain
    CODE` tells a code's fidelity; only "wider" can be accepted.
    """
    return f"{entry!r} {why}"


@rule("S2I127", WARNING, EQUAL)
def unused_decision(entry: str) -> str:
    """A decision of the configuration was not used by anything.

    Either what needed the entry of `accept`, `patterns`, `workloads` or `gateways` is
    gone, and the entry can go too, or it is misspelt: a regex must be written exactly as
    in the document.  An entry of `workloads` is not needed either where the workloads of
    its account and their Services are in the input.
    """
    return f"{entry} is used by nothing"


@rule("S2I128", ERROR, NONE)
def one_of_paths_and_values() -> str:
    """An entry of patterns needs exactly one of paths and values.

    `paths` decides a pathRegex, `values` a header's regex.
    """
    return "needs exactly one of 'paths' and 'values', as a list that is not empty"


@rule("S2I129", ERROR, NONE)
def bad_port(number: object) -> str:
    """A port is not a number from 1 to 65535.

    Write the number of the container's port.
    """
    return f"{number!r} is not a port from 1 to 65535"


@rule("S2I130", ERROR, NONE)
def account_or_addresses() -> str:
    """A decision about a gateway needs an account or addresses, and not both.

    `serviceAccount` is for a gateway with a sidecar of Istio, or Istio's own, whose
    identity can be asked; `ipBlocks` for one without, whose addresses are all that is
    known of it.
    """
    return "needs exactly one of 'serviceAccount' and 'ipBlocks', as a list that is not empty"


@rule("S2I131", ERROR, NONE)
def ambiguous(kind: str, name: str, candidates: tuple[str, ...]) -> str:
    """A reference may mean several objects, because kustomize renamed them.

    Two instances of one base had the name that the field still holds, and neither prefix,
    suffix nor namespace tells them apart.  Run the function in the kustomization of each
    instance, or over the output of the build.  Where all of them have one name, delete all but
    one.
    """
    if len(set(candidates)) == 1:
        return f"{kind} {candidates[0]!r} is defined several times, in different ways; keep one"
    return f"{kind} {name!r} may be any of {', '.join(candidates)}"


@rule("S2I132", ERROR, NONE)
def unknown_group(api_version: str, line: str) -> str:
    """The API group of a document is nearly one of SMI or OSM.

    No cluster serves such a group, so the document was never in force, or the word was
    damaged on its way.  Passing it on in silence could lose a policy.  Write the line that
    the message shows, or take the document out of the input.
    """
    return f"{api_version!r} is no API of SMI or OSM; write 'apiVersion: {line}'"


@rule("S2I134", ERROR, NONE)
def shape_of_other_versions(versions: str) -> str:
    """The fields of a document are those of another version of its kind.

    SMI moved the fields of its kinds below `spec`: those of TrafficTarget in v1alpha2, and
    those of HTTPRouteGroup in v1alpha3.  What stands elsewhere was dropped by the API server.
    Write the version that the fields belong to, or move them.
    """
    return f"stands here in {versions} only; write that version, or move what is in it"


@rule("S2I135", WARNING, EQUAL)
def mode_without_effect(mesh: str) -> str:
    """mode: enforcing is set for a source mesh without default deny.

    Only OSM had a mode.  Traefik Mesh and NGINX denied nothing by default, so no
    `allow-nothing` is written, whatever `mode` says.  If the mesh was installed so that it
    denied by default, write an AuthorizationPolicy with an empty `spec` in its namespaces;
    else leave `mode` out.
    """
    return (
        f"'enforcing' is a mode of OSM and has no effect: {mesh} leaves open what no"
        " TrafficTarget names"
    )


@rule("S2I136", ERROR, NONE)
def not_a_label(text: str) -> str:
    """The value of a label in the configuration cannot be that of any pod.

    It has at most 63 letters, digits, `-`, `_` and `.`, and begins and ends with a letter or
    a digit; no value is written `""`.  Write the value that the pods have.
    """
    if not text:
        return "has no value; write the one that the pods have, or '\"\"' for none"
    return f"{text!r} is no label; it may hold letters, digits, '-', '_' and '.'"


@rule("S2I137", ERROR, NONE)
def not_a_range(text: str) -> str:
    """An address of a gateway in the configuration is none.

    Istio refuses a policy that holds something else than addresses, such as 10.0.0.7, and
    ranges of them, such as 10.0.0.0/24.  Write those that the gateway's pods have.
    """
    return f"{text!r} is no address and no range of addresses; write one such as 10.0.0.0/24"
