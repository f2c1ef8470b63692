"""Files and directories, as input and as output."""

import os
from pathlib import Path

import pytest
from tests.cli.program import OTHER, REFUSED, SERVICES, SPLIT, SUMMARY, kinds, run


def test_all_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    """Bytes, what the parser refuses at once, and what it is asked about only later."""
    (tmp_path / "a.yaml").write_bytes(b"\0")
    (tmp_path / "b.yaml").write_text("{{- if .Values.a }}\nkind: Service\n{{- end }}\n")
    (tmp_path / "c.yaml").write_text("apiVersion: v1\nkind: A\nmetadata:\n  a: b\n  a: c\n")
    done = run("render", str(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("error[S2I101]") == 3
    assert "render the chart first, as 'smi2istio generate' does" in done.stderr
    assert "on line 4 (" in done.stderr
    assert run("render", str(tmp_path / "c.yaml")).stderr.count("render the chart") == 0


def test_a_directory_is_read_to_its_depth(directory: Path) -> None:
    done = run("render", "manifests", cwd=directory)

    assert kinds(done.stdout) == [*["Service"] * 3, "ConfigMap", "VirtualService"]
    assert done.stderr == f"{SUMMARY}; 3 files passed over\n"


def test_links_are_followed_once_and_pipes_are_left_alone(directory: Path) -> None:
    manifests = directory / "manifests"
    (manifests / "mesh").rename(directory / "shared")
    (manifests / "mesh").symlink_to(directory / "shared")
    (directory / "shared" / "back").symlink_to(manifests)
    os.mkfifo(manifests / "pipe.yaml")

    done = run("render", "manifests", cwd=directory)

    assert kinds(done.stdout) == [*["Service"] * 3, "ConfigMap", "VirtualService"]


def test_a_byte_order_mark_stands_at_the_beginning_only(tmp_path: Path) -> None:
    """Inside a stream it would be a part of the first key, or hide a separator."""
    (tmp_path / "a.yaml").write_text(SERVICES)
    (tmp_path / "b.yaml").write_text(f"\ufeff---\n{OTHER}")
    (tmp_path / "c.yaml").write_text(f"\ufeff{SPLIT}", newline="\r\n")
    done = run("render", str(tmp_path))

    assert done.stdout.startswith(f"{SERVICES}---\n{OTHER}---\n"), done.stderr
    assert kinds(done.stdout) == [*["Service"] * 3, "ConfigMap", "VirtualService"]
    assert "\ufeff" not in done.stdout


def test_a_file_of_which_a_byte_order_mark_is_left_is_not_written(tmp_path: Path) -> None:
    group = "apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\n"
    group += "metadata: {name: unused, namespace: shop}\nspec: {matches: [{name: any}]}\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.yaml").write_text(f"\ufeff{group}")
    (tmp_path / "in" / "b.yaml").write_text(OTHER)
    done = run("render", "in", "-o", "out/", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["b.yaml"]


def test_a_directory_goes_to_a_directory(directory: Path) -> None:
    done = run("render", "manifests", "-o", "out/", cwd=directory)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    out = directory / "out"
    written = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert written == ["mesh/other.json", "mesh/split.yml", "services.yaml"]
    assert (out / "services.yaml").read_text() == SERVICES
    assert kinds((out / "mesh/split.yml").read_text()) == ["VirtualService"]


def test_a_file_goes_to_a_file(directory: Path) -> None:
    mesh = directory / "manifests" / "mesh"
    done = run("render", mesh / "split.yml", mesh / "other.json", "-o", "o.yaml", cwd=directory)

    assert done.returncode == 0, done.stderr
    assert kinds((directory / "o.yaml").read_text()) == ["VirtualService", "ConfigMap"]


def test_an_output_is_left_alone_on_errors(directory: Path) -> None:
    (directory / "out.yaml").write_text("before")
    (directory / "manifests/mesh/split.yml").write_text(REFUSED)
    done = run("render", "manifests", "-o", "out.yaml", cwd=directory)

    assert done.returncode == 1
    assert "(manifests/mesh/split.yml:10)" in done.stderr
    assert (directory / "out.yaml").read_text() == "before"


def test_an_output_that_cannot_be_written_is_an_error(directory: Path) -> None:
    done = run("render", "manifests", "-o", "manifests/README.md/out.yaml", cwd=directory)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("smi2istio: ")
    assert "Traceback" not in done.stderr


def test_an_output_that_is_no_regular_file_stays_what_it_is(directory: Path) -> None:
    done = run("render", "manifests/mesh/split.yml", "-o", "/dev/stdout", cwd=directory)

    assert kinds(done.stdout) == ["VirtualService"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("manifests", "-o", "manifests/out/"), "inside the input"),
        (("-", "-o", "out/"), "standard input has no name"),
        (("manifests/services.yaml", "manifests"), "two inputs have the name 'services.yaml'"),
        (("nowhere",), "does not exist"),
    ],
)
def test_misunderstandings_are_usage_errors(
    arguments: tuple[str, ...], complaint: str, directory: Path
) -> None:
    done = run("render", *arguments, cwd=directory, given=SPLIT)

    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_an_unreadable_file_is_named(directory: Path) -> None:
    (directory / "manifests/mesh/deployment.yaml").write_text("kind: {{ .Values.kind }}\n")
    done = run("render", "manifests", cwd=directory)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error[S2I101] column ")
    assert "(manifests/mesh/deployment.yaml:1)" in done.stderr
