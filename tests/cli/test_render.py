"""``smi2istio render``: a stream or a ResourceList in, a stream out."""

import subprocess

import yaml
from tests.cli.program import OTHER, PROGRAM, REFUSED, SERVICES, SPLIT, SUMMARY, resource_list, run


def test_a_stream() -> None:
    done = run("render", "-", given=f"{SERVICES}---\n{SPLIT}---\n{OTHER}")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{SERVICES}---\n")
    assert done.stdout.endswith(f"---\n{OTHER}")
    assert done.stderr == f"{SUMMARY}\n"


def test_the_function_and_the_stream_say_the_same() -> None:
    documents = [*SERVICES.split("---\n"), SPLIT, OTHER]
    as_list = run(given=resource_list(*documents))
    as_stream = run("render", given="---\n".join(documents))

    assert list(yaml.safe_load_all(as_stream.stdout)) == yaml.safe_load(as_list.stdout)["items"]


def test_a_list_becomes_a_stream_without_what_hosts_wrote() -> None:
    marked = OTHER.replace(
        "{name: settings}",
        "\n  name: settings\n  annotations:\n    internal.config.kubernetes.io/index: '0'",
    )
    done = run("render", "-", given=resource_list(marked))

    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout) == yaml.safe_load(OTHER)


def test_a_list_brings_its_configuration() -> None:
    done = run("render", given=resource_list(SPLIT, configuration="mode: lax"))

    assert done.returncode == 1
    assert "error[S2I106] SmiToIstio smi-to-istio spec.mode" in done.stderr


def test_nothing_is_written_on_errors() -> None:
    done = run("render", given=f"{OTHER}---\n{REFUSED}")

    assert (done.returncode, done.stdout) == (1, "")


def test_nothing_at_all_is_an_error() -> None:
    done = run("render", "-")

    assert (done.returncode, done.stdout) == (1, "")
    assert "error[S2I116]" in done.stderr


def test_help_needs_no_input() -> None:
    with subprocess.Popen([PROGRAM, "render", "--help"], stdin=subprocess.PIPE) as process:
        assert process.wait(timeout=300) == 0  # if it waited for input, it would wait for ever


def test_colour_is_for_those_who_ask() -> None:
    assert "\x1b[" not in run("render", given=REFUSED).stderr
    assert run("render", "--color", "always", given=REFUSED).stderr.startswith("\x1b[1;31merror")


def test_quiet_says_errors_only() -> None:
    assert run("render", "-q", given=f"{SERVICES}---\n{SPLIT}").stderr == ""
    assert run("render", "-q", given=REFUSED).stderr.count("\n") == 1
