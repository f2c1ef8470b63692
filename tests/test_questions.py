"""What `init` prints: it decides nothing by itself, and every answer in it settles its question.

The answers are taken as a user takes them: the mark in front of a line is removed.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from smi2istio.catalog import access
from smi2istio.compiler import compile_documents
from smi2istio.diagnostics import Diagnostic, Refusal, Severity, Where
from smi2istio.documents import Unreadable, read_stream
from smi2istio.options import API_VERSION, DEFAULTS, KIND, Options, of_document
from smi2istio.report import questions

FIXTURES = Path(__file__).parents[1] / "fixtures"
#: Marked once; twice is another choice, and two marks together are a reason.
ANSWER = re.compile(r"^( +)# (\S.*|  .*)$")
#: What has to be filled in.
BLANKS = (("asm-1-NN", "asm-1-27"), ("namespace: NAME", "namespace: shop"))


def held(text: str) -> Options:
    return of_document(read_stream(text.encode())[0])


def configured(case: Path) -> Options | None:
    """The configuration of a fixture; None where it is refused."""
    config = case / "config.yaml"
    try:
        return held(config.read_text(encoding="utf-8")) if config.exists() else DEFAULTS
    except Refusal:
        return None


#: Each fixture with its configuration; a mistake in that ends every run.
CASES = {
    path.parent: options
    for path in sorted(FIXTURES.glob("*/*/input.yaml"))
    if (options := configured(path.parent)) is not None
}


def said(case: Path, options: Options) -> Sequence[Diagnostic]:
    try:
        documents = read_stream((case / "input.yaml").read_bytes())
    except Unreadable:
        return ()
    return compile_documents(documents, options).diagnostics


def printed(case: Path, options: Options) -> str:
    return questions.configuration(options, questions.questions(said(case, options), options))


def taken(text: str, *refused: str) -> str:
    """The file with the mark taken off every answer, but for those that begin as told."""
    lines = []
    for line in text.splitlines():
        answer = ANSWER.match(line)
        lines.append(f"{answer[1]}{answer[2]}" if answer else line)
        if answer and answer[2].startswith(refused):
            lines[-1] = line
    whole = "\n".join(lines)
    for blank, filled in BLANKS:
        whole = whole.replace(blank, filled)
    return f"{whole}\n"


def first_answers(text: str) -> str:
    """Every answer that is marked once, but for a second one to the same question."""
    keys = re.findall(r"^  # ([A-Za-z]+: .*)$", text, re.MULTILINE)
    chosen = {answer.partition(":")[0]: answer for answer in reversed(keys)}
    return taken(text, *(answer for answer in keys if chosen[answer.partition(":")[0]] != answer))


def same(one: Options, other: Options) -> bool:
    """Whether they decide the same; what is printed names the source mesh in any case."""
    bare, too = (each._replace(where=Where(), names_mesh=False) for each in (one, other))
    return bare == too


@pytest.mark.parametrize(
    ("case", "options"), CASES.items(), ids=[f"{path.parent.name}/{path.name}" for path in CASES]
)
class TestEveryFixture:
    def test_as_printed_it_is_what_held_before(self, case: Path, options: Options) -> None:
        assert same(held(printed(case, options)), options)

    def test_its_answers_settle_what_an_option_can_settle(
        self, case: Path, options: Options
    ) -> None:
        """Four rounds at most, because an answer may lead to another question."""
        mistakes = {str(one) for one in questions.unsettled(said(case, options), options)}
        for _ in range(4):
            options = held(first_answers(printed(case, options)))

        left = [one for one in said(case, options) if one.severity is Severity.ERROR]
        assert {str(one) for one in left} <= mistakes


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("mesh-config/absent", "mode: enforcing"),
        ("mesh-config/absent", "mode: permissive"),
        ("mesh-config/aks", "revision: asm-1-27"),
        ("mesh-config/aks", "revision: default"),
        ("namespace/two-meshes", "meshName: lab-mesh"),
        ("namespace/two-meshes", "meshName: osm"),
        ("namespace/inferred", "createNamespaces: true"),
        ("namespace/inferred", "namespaces: [buyers, shop]"),
        ("mesh-root-certificate/tresor", "trustDomain: example.com"),
    ],
)
def test_each_answer_settles_its_question(name: str, answer: str) -> None:
    """The answers are all there, and one of them is enough."""
    case, (key, value) = FIXTURES / name, next(iter(yaml.safe_load(answer).items()))
    before = printed(case, DEFAULTS)
    found = [spec for line in blocks(before, key) if (spec := yaml.safe_load(line))]
    after = questions.questions(said(case, held(chosen(before, {key: value}))), DEFAULTS)

    assert {key: value} in found
    assert key not in [question.key for question in after]


def blocks(text: str, key: str) -> list[str]:
    """Every answer about an option, as YAML of its own."""
    marked = re.sub(r"^  # ", "", text, flags=re.MULTILINE)
    for blank, filled in BLANKS:
        marked = marked.replace(blank, filled)
    return re.findall(rf"^{key}:.*\n(?:- .*\n)*", marked, re.MULTILINE)


def chosen(text: str, spec: Mapping[str, object]) -> str:
    """The file with entries of `spec` written by hand."""
    return text + "".join(f"  {key}: {value}\n" for key, value in spec.items())


def test_a_wider_answer_asks_who_answers_for_it() -> None:
    """The second mark taken off: it allows more, so it is an error until it is accepted."""
    case = FIXTURES / "scenarios" / "bookstore"
    wide = taken(taken(printed(case, DEFAULTS))).replace(
        "    paths: ['*a-booknew'", "    # paths: ["
    )
    wide = wide.replace("    values: ['*-http-client',", "    # values: ['*-http-client',")
    asked = questions.questions(said(case, held(wide)), held(wide))

    assert "paths: ['*new']" in wide
    assert {question.key for question in asked} == {"accept"}
    assert "S2I356" in next(iter(asked)).answers

    accepted = held(first_answers(printed(case, held(wide))))

    assert not [one for one in said(case, accepted) if one.severity is Severity.ERROR]
    assert not questions.questions(said(case, accepted), accepted)


def test_what_is_decided_and_does_not_help_is_not_asked_again() -> None:
    """It would stand twice in the file; what no option settles is reported."""
    undecided, decided = DEFAULTS, DEFAULTS._replace(label_workloads=True)
    error = access.no_exact_selector(Where(), "shop/website", "Deployment till", labelled=True)

    assert [one.key for one in questions.questions([error], undecided)] == ["labelWorkloads"]
    assert not questions.unsettled([error], undecided)
    assert not questions.questions([error], decided)
    assert questions.unsettled([error], decided) == [error]


def test_decisions_that_are_there_are_kept() -> None:
    """Of every kind, and metadata with them; their questions are not asked again."""
    text = f"""\
apiVersion: {API_VERSION}
kind: {KIND}
metadata:
  name: shop
  annotations:
    config.kubernetes.io/function: 'exec: {{path: smi2istio}}'
spec:
  sourceMesh: osm
  mode: enforcing
  namespaces:
  - shop
  patterns:
  - regex: .*a-book.*new
    paths:
    - /a-book/new
  workloads:
  - serviceAccount: website
    namespace: shop
    labels:
      app: 'on'
    ports:
    - number: 8080
      protocol: http
  gateways:
  - service: nginx
    namespace: ingress
    ipBlocks:
    - 10.0.0.0/24
  accept:
  - S2I356
  dryRun: true
"""

    assert questions.configuration(held(text), {}) == text


def test_a_list_that_is_there_gets_more_elements() -> None:
    case = FIXTURES / "scenarios" / "bookstore"
    text = f"""\
apiVersion: {API_VERSION}
kind: {KIND}
spec:
  patterns:
  - regex: ".*a-book.*new"
    paths: [/buy-a-book/new]
"""
    answered = held(taken(printed(case, held(text))))

    assert [one.regex for one in answered.patterns] == [".*a-book.*new", ".*-http-client/*.*"]
    assert not questions.questions(said(case, answered), answered)


def test_names_of_the_input_are_written_so_that_they_stay_what_they_are() -> None:
    """Numbers, and a word that YAML 1.1 takes for a truth value."""
    case = FIXTURES / "traffic-target" / "no-workload"
    given = (case / "input.yaml").read_text(encoding="utf-8")
    for name in ("'123'", "'on'", "'1e3'"):
        destination = given.replace("    name: website\n", f"    name: {name}\n")
        diagnostics = compile_documents(read_stream(destination.encode()), DEFAULTS).diagnostics
        file = taken(questions.configuration(DEFAULTS, questions.questions(diagnostics, DEFAULTS)))

        (entry,) = yaml.safe_load(file.replace("  mode: permissive", "  # "))["spec"]["workloads"]
        assert entry["serviceAccount"] == yaml.safe_load(name)


def test_a_question_is_asked_once_however_often_it_arises() -> None:
    """With five reasons, and the number of the others."""
    route = "apiVersion: specs.smi-spec.io/v1alpha4\nkind: TCPRoute\nmetadata: {{name: r{}}}\n"
    stream = "---\n".join(route.format(number) for number in range(8)).encode()
    diagnostics = compile_documents(read_stream(stream), DEFAULTS).diagnostics
    file = questions.configuration(DEFAULTS, questions.questions(diagnostics, DEFAULTS))

    assert file.count("# namespace: NAME") == 1
    assert file.count("## error[S2I113]") == 5
    assert "  ## and 3 more\n" in file
