"""What is offered to continuous integration: hooks, an action, a GitLab job, and our own release.

Each file is held against its schema, and each of its commands is run, as its host runs it.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from tests.packaging.conftest import ROOT

BIN = Path(sys.executable).parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
README = (ROOT / "README.md").read_text("utf-8")
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCKS = [yaml.safe_load(text) for text in YAML.findall(README)]
(HOOKS,) = (block["repos"][0] for block in BLOCKS if "repos" in block)
(STEPS,) = (block["steps"] for block in BLOCKS if "steps" in block)
GITLAB = ROOT / "plugin" / "gitlab" / "smi2istio.gitlab-ci.yml"
RELEASE = ROOT / ".github" / "workflows" / "release.yml"
SPLIT = (ROOT / "kustomize" / "snapshot" / "manifests" / "split.yaml").read_text("utf-8")
REFUSED = re.sub(r"weight: \d+", "weight: many", SPLIT, count=1)
ALONE = next(text for text in SPLIT.split("---\n") if "kind: TrafficSplit" in text).replace(
    "namespace: shop", "namespace: market"
)
#: How GitHub runs a step with `shell: bash`.
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail")


@pytest.fixture
def repository(tmp_path: Path, empty: Mapping[str, str]) -> Path:
    """A user's: a file whose name asks for trouble, and a split without its Services."""
    directory = tmp_path / "repository"
    (directory / "my manifests").mkdir(parents=True)
    (directory / "alone").mkdir()
    (directory / "alone" / "split.yaml").write_text(ALONE, "utf-8")
    (directory / "my manifests" / "split $(id).yaml").write_text(SPLIT, "utf-8")
    git(directory, empty, "init", "--quiet")
    git(directory, empty, "add", ".")
    return directory


def git(directory: Path, environment: Mapping[str, str], *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=directory, env=environment, check=True)


def refuse(repository: Path) -> None:
    (repository / "my manifests" / "split $(id).yaml").write_text(REFUSED, "utf-8")


@pytest.mark.parametrize(
    ("schema", "file"),
    [
        ("github-actions", ROOT / "action.yml"),
        ("gitlab-ci", GITLAB),
        ("github-workflows", RELEASE),
        ("github-workflows-require-timeout", RELEASE),
    ],
)
def test_the_schema_has_nothing_to_say(schema: str, file: Path) -> None:
    done = subprocess.run(
        [BIN / "check-jsonschema", "--builtin-schema", schema, file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory, empty: Mapping[str, str]) -> Path:
    """A repository with the hooks of this checkout."""
    directory = tmp_path_factory.mktemp("hooks")
    for name in ("plugin", "schemas"):
        shutil.copytree(ROOT / name, directory / name)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, directory)
    git(directory, empty, "init", "--quiet")
    git(directory, empty, "add", ".")
    git(directory, empty, "commit", "--quiet", "--message", "a")
    return directory


class TestPreCommit:
    """By pre-commit itself."""

    def ran(
        self, repository: Path, hooks: Path, empty: Mapping[str, str], hook: str
    ) -> subprocess.CompletedProcess[str]:
        revision = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=hooks, capture_output=True, text=True, check=True
        )
        (entry,) = (one for one in HOOKS["hooks"] if one["id"] == hook)
        place = {"repo": str(hooks), "rev": revision.stdout.strip()}
        repo = {**HOOKS, **place, "hooks": [{**entry, "args": ["my manifests"]}]}
        (repository / ".pre-commit-config.yaml").write_text(json.dumps({"repos": [repo]}), "utf-8")
        return subprocess.run(
            [BIN / "pre-commit", "run", "--all-files", "--verbose"],
            cwd=repository,
            env=empty,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_the_manifest_is_valid(self) -> None:
        subprocess.run(
            [BIN / "pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], check=True
        )

    def test_it_says_what_a_conversion_would_say(
        self, repository: Path, hooks: Path, empty: Mapping[str, str]
    ) -> None:
        fine = self.ran(repository, hooks, empty, "smi2istio")
        refuse(repository)
        refused = self.ran(repository, hooks, empty, "smi2istio")

        assert fine.returncode == 0, fine.stdout
        assert "smi2istio: 1 TrafficSplit → 1 VirtualService" in fine.stdout
        assert refused.returncode == 1
        assert "error[S2I202] TrafficSplit" in refused.stdout

    def test_after_a_migration_nothing_comes_back(
        self, repository: Path, hooks: Path, empty: Mapping[str, str]
    ) -> None:
        done = self.ran(repository, hooks, empty, "smi2istio-no-smi")

        assert done.returncode == 1
        assert "error[S2I118] TrafficSplit" in done.stdout


class Job(NamedTuple):
    """What a job of GitHub left."""

    status: int
    log: str
    summary: str
    outputs: dict[str, str]


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory, empty: Mapping[str, str]) -> Mapping[str, str]:
    """The environment after the first step, which installs the checkout that it is in."""
    directory = tmp_path_factory.mktemp("runner")
    environment = {
        **empty,
        "RUNNER_TEMP": str(directory),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_PATH": str(directory / "path"),
    }
    install = ACTION["runs"]["steps"][0]
    subprocess.run([*BASH, "-c", install["run"]], cwd=directory, env=environment, check=True)
    added = (directory / "path").read_text("utf-8").split()
    return {**environment, "PATH": os.pathsep.join([*added, empty["PATH"]])}


class TestAction:
    def checked(self, repository: Path, runner: Mapping[str, str], **inputs: str) -> Job:
        """The second step, with inputs as a workflow gives them."""
        step = ACTION["runs"]["steps"][1]
        files = {name: repository.parent / name for name in ("output", "summary")}
        values = {name: one["default"] for name, one in ACTION["inputs"].items()}
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        done = subprocess.run(
            [*BASH, "-c", step["run"]],
            cwd=repository,
            env={
                **runner,
                **{key: evaluated(text, values | given) for key, text in step["env"].items()},
                "GITHUB_OUTPUT": str(files["output"]),
                "GITHUB_STEP_SUMMARY": str(files["summary"]),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        lines = files["output"].read_text("utf-8").splitlines()
        outputs = dict(line.split("=", 1) for line in lines)
        summary = files["summary"].read_text("utf-8")
        return Job(done.returncode, done.stdout + done.stderr, summary, outputs)

    def results(self, job: Job) -> list[dict[str, Any]]:
        report = json.loads(Path(job.outputs["sarif"]).read_text("utf-8"))
        return list(report["runs"][0]["results"])

    def test_it_reports_to_all_who_read(self, repository: Path, runner: Mapping[str, str]) -> None:
        refuse(repository)
        job = self.checked(repository, runner, paths="my manifests")
        (result,) = self.results(job)
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]

        assert job.status == 1
        assert "error[S2I202] TrafficSplit" in job.log
        assert "- **error** S2I202 `TrafficSplit" in job.summary
        assert place == "my%20manifests/split%20%24%28id%29.yaml"

    def test_inputs_arrive(self, repository: Path, runner: Mapping[str, str]) -> None:
        config = repository / "my config.yaml"
        config.write_text(
            "apiVersion: smi2istio.dev/v1alpha1\nkind: SmiToIstio\nmetadata: {name: a}\n"
            "spec: {splitTo: nothing}\n",
            "utf-8",
        )

        assert self.checked(repository, runner).status == 0
        assert self.checked(repository, runner, fail_on="warning", paths="alone").status == 1
        assert self.checked(repository, runner, paths="alone").status == 0
        assert "error[S2I118]" in self.checked(repository, runner, no_smi="true").log
        assert "splitTo" in self.checked(repository, runner, config="my config.yaml").log

    def test_paths_are_lines_and_never_options_or_commands(
        self, repository: Path, runner: Mapping[str, str]
    ) -> None:
        both = self.checked(repository, runner, paths="my manifests\nalone\n")
        option = self.checked(repository, runner, paths="--version")
        command = self.checked(repository, runner, paths='"; touch "$HOME/owned"; "')

        assert both.status == 0
        assert "smi2istio: 2 TrafficSplits → 2 VirtualServices" in both.log
        assert option.status == 2
        assert command.status == 2
        assert not Path(runner["HOME"], "owned").exists()

    def test_the_step_of_the_readme_runs(self, repository: Path, runner: Mapping[str, str]) -> None:
        _, step, upload = STEPS
        shutil.move(repository / "my manifests", repository / step["with"]["paths"])
        given = {name.replace("-", "_"): value for name, value in step["with"].items()}

        assert set(step["with"]) <= set(ACTION["inputs"])
        assert self.checked(repository, runner, **given).status == 0
        assert upload["with"]["sarif_file"] == f"${{{{ steps.{step['id']}.outputs.sarif }}}}"

    def test_the_output_is_what_its_step_writes(self) -> None:
        step = ACTION["runs"]["steps"][1]

        assert ACTION["outputs"]["sarif"]["value"] == f"${{{{ steps.{step['id']}.outputs.sarif }}}}"
        assert "${{" not in "".join(one["run"] for one in ACTION["runs"]["steps"])


def evaluated(text: str, inputs: Mapping[str, str]) -> str:
    """An expression of GitHub, of which we use one form."""
    found = re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text)
    assert found, text
    return inputs[found[1]]


class TestGitLab:
    def ran(
        self, repository: Path, packages: Path, empty: Mapping[str, str], **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """The lines of the script are one script, which the first error ends."""
        (job,) = yaml.safe_load(GITLAB.read_text("utf-8")).values()
        (archive,) = packages.glob("*.tar.gz")
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", "\n".join(job["script"])],
            cwd=repository,
            env={
                **empty,
                **job["variables"],
                **variables,
                "SMI2ISTIO_PACKAGE": str(archive),
            },
            capture_output=True,
            text=True,
            check=False,
        )

    @pytest.mark.parametrize(
        "given", [{}, {"SMI2ISTIO_PATH": "my manifests"}], ids=["copied", "changed"]
    )
    def test_the_script_runs(
        self,
        given: Mapping[str, str],
        repository: Path,
        packages: Path,
        empty: Mapping[str, str],
    ) -> None:
        refuse(repository)
        done = self.ran(repository, packages, empty, **given)
        (job,) = yaml.safe_load(GITLAB.read_text("utf-8")).values()
        kept = [(repository / name).read_text("utf-8") for name in job["artifacts"]["paths"]]

        assert done.returncode == 1
        assert done.stdout.startswith("error[S2I202] TrafficSplit")
        assert all("S2I202" in text for text in kept)


class TestRelease:
    def build(self, empty: Mapping[str, str], tmp_path: Path, tag: str) -> int:
        """The step that builds, in a checkout of the tag."""
        checkout = tmp_path / "checkout"
        shutil.copytree(
            ROOT, checkout, ignore=shutil.ignore_patterns(".*_cache", ".venv", ".tools", ".git")
        )
        git(checkout, empty, "init", "--quiet")
        git(checkout, empty, "commit", "--quiet", "--allow-empty", "--message", "a")
        steps = yaml.safe_load(RELEASE.read_text("utf-8"))["jobs"]["build"]["steps"]
        (step,) = (one for one in steps if one.get("name") == "Build")
        done = subprocess.run(
            [*BASH, "-c", step["run"]],
            cwd=checkout,
            env={**empty, "RUNNER_TEMP": str(tmp_path), "GITHUB_REF_NAME": tag},
            capture_output=True,
            check=False,
        )
        return done.returncode

    def test_a_tag_is_built_twice_the_same(self, empty: Mapping[str, str], tmp_path: Path) -> None:
        assert self.build(empty, tmp_path, "v0.1.0") == 0
        assert sorted(path.suffix for path in (tmp_path / "dist").iterdir()) == [".gz", ".whl"]

    def test_another_version_than_the_tag_is_not_released(
        self, empty: Mapping[str, str], tmp_path: Path
    ) -> None:
        assert self.build(empty, tmp_path, "v9.9.9") != 0

    def test_only_the_job_that_publishes_may_say_who_it_is(self) -> None:
        workflow = yaml.safe_load(RELEASE.read_text("utf-8"))
        build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]

        assert workflow["permissions"] == {}
        assert build["permissions"] == {"contents": "read"}
        assert publish["permissions"] == {"id-token": "write", "attestations": "write"}
        assert not [step for step in publish["steps"] if "run" in step]
