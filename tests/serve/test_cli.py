"""The command line, in this process and as a real one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from functions.contract.errors import leaves
from functions.contract.version import VERSION
from functions.serve.cli.main import run_cli
from functions.serve.cli.operation_command import LARGEST_REQUEST
from tests.serve.echo_main import ECHO
from tests.serve.processes import ECHO_COMMAND, Held, environment, server


class Ran:
    """How a command ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


Run = Callable[..., Ran]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run `rushes ...` in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Ran:
        code = run_cli([str(a) for a in arguments], ECHO)
        return Ran(code, *capfd.readouterr())

    return call


def test_an_operation_takes_bare_paths(run: Run, hello: Path, tmp_path: Path) -> None:
    """INPUT and OUTPUT may be paths of this machine; the summary names what was made."""
    ran = run("echo", "in/hello.txt", "out", "--count", "2", "--mode", "upper")
    assert (ran.code, ran.err) == (0, "")
    assert (tmp_path / "out" / "echo.0001.txt").read_text() == "HELLO\n"
    assert "echo: done, 2 frames (0-1)" in ran.out
    assert str(tmp_path / "out" / "echo.0000.txt") in ran.out
    assert "assumed words" in ran.out
    assert "2 files, 12 B" in ran.out


def test_names_stand_for_themselves(run: Run, tmp_path: Path) -> None:
    """Percent signs, spaces and hashes in a path are literal."""
    odd = tmp_path / "A 001.%06d#1.txt"
    odd.write_text("x")
    ran = run("echo", odd.name, "out dir", "--json")
    receipt = json.loads(ran.out)
    assert receipt["inputs"][0]["uri"] == f"file://{odd}"
    assert (tmp_path / "out dir" / "echo.0000.txt").exists()


def test_the_receipt_is_printed_whole(run: Run, hello: Path, tmp_path: Path) -> None:
    """--json prints the very bytes that stand beside the output."""
    ran = run("echo", hello, "out", "--json")
    receipt = json.loads(ran.out)
    assert (tmp_path / "out" / ".rushes" / f"{receipt['unit']}.json").read_text() == ran.out
    assert run("echo", hello, "out").out.startswith("echo: reused")


def test_options_have_the_types_of_the_schema(run: Run, hello: Path) -> None:
    """Numbers, choices, lists as JSON and booleans both ways reach the request."""
    ran = run(
        "echo", hello, "out", "--json", "--words", '["a", "b"]', "--share", "0.5", "--reverse"
    )
    request = json.loads(ran.out)["request"]
    assert (request["words"], request["share"], request["reverse"]) == (["a", "b"], 0.5, True)


def test_a_list_is_said_by_the_same_option_again(run: Run, hello: Path) -> None:
    """Plain words of a repeated option and JSON lists among them make one list."""
    ran = run("echo", hello, "out", "--json", "--words", "a", "--words", '["b", "c"]')
    assert json.loads(ran.out)["request"]["words"] == ["a", "b", "c"]


def test_the_request_may_be_a_file(run: Run, hello: Path, tmp_path: Path) -> None:
    """--request takes it whole, paths in it are relative to it, and options go over it."""
    (tmp_path / "in" / "r.json").write_text(
        json.dumps({"input": "hello.txt", "output": "there/", "count": 5, "mode": "upper"})
    )
    ran = run("echo", "--request", "in/r.json", "--count", "1", "--json")
    receipt = json.loads(ran.out)
    assert receipt["frames"]["count"] == 1
    assert receipt["outputs"][0]["uri"] == f"file://{tmp_path}/in/there/echo.0000.txt"
    assert (tmp_path / "in" / "there" / "echo.0000.txt").read_text() == "HELLO\n"


def test_a_boolean_of_the_file_can_be_taken_back(run: Run, hello: Path, tmp_path: Path) -> None:
    """--no-<name> sets a boolean to false over a request file."""
    (tmp_path / "r.json").write_text(json.dumps({"input": str(hello), "explain": True}))
    assert "copies: 1" in run("echo", "--request", "r.json").out
    assert "echo: done" in run("echo", "--request", "r.json", "--no-explain").out


@pytest.mark.parametrize("leaf", leaves(), ids=lambda leaf: leaf.code)
def test_each_error_has_its_exit_code_and_sentence(run: Run, hello: Path, leaf: Any) -> None:
    """The sentence goes to standard error, the exit code is the tree's."""
    ran = run("echo", hello, "out", "--fail", leaf.code)
    assert (ran.code, ran.out, ran.err) == (leaf.exit_code, "", "rushes: as was asked\n")


def test_json_prints_the_problem(run: Run, hello: Path) -> None:
    """With --json an error is the problem object on standard output."""
    ran = run("echo", hello, "out", "--fail", "damaged_source", "--json")
    found = json.loads(ran.out)
    assert (ran.code, found["code"], found["frame"]) == (12, "damaged_source", 7)


def test_a_fault_is_told_without_a_traceback(run: Run, hello: Path) -> None:
    """A mistake of the code is one sentence, the place where it was, and exit 1."""
    ran = run("echo", hello, "out", "--fail", "fault")
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.err
    assert "tests/serve/echo.py" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ecko"],
        ["echo"],
        ["echo", "a", "b", "c"],
        ["echo", "a", "b", "--mode", "sideways"],
        ["echo", "a", "b", "--count", "two"],
        ["echo", "a", "b", "--words", "[1"],
        ["echo", "a", "b", "--unknown"],
        ["echo", "--request", "missing.json"],
        ["explain"],
        ["explain", "nothing"],
        ["--nothing"],
        ["status"],
    ],
)
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str]) -> None:
    """Usage errors exit with 2 and say what is wrong in one line on standard error."""
    ran = run(*arguments)
    assert ran.code == 2
    if arguments == ["explain"]:
        assert "Usage: " in ran.err
    else:
        assert ran.err.startswith("rushes")
        assert ran.err.count("\n") == 1
    assert ran.out == ""


def test_a_near_miss_is_named(run: Run) -> None:
    """A misspelt command is told what was meant."""
    assert "Did you mean 'echo'?" in run("ecko").err
    assert "Did you mean 'echo'?" in run("explain", "ecko").err


def test_what_is_allowed_is_named(run: Run) -> None:
    """A wrong choice, option or command is told what there is."""
    assert "'plain', 'upper'" in run("echo", "a", "b", "--mode", "sideways").err
    assert "There are: --count, --mode, --words, " in run("echo", "a", "b", "--zzz").err
    assert "There are: " in run("zzz").err
    assert "'--count'" in run("echo", "a", "b", "--cuont", "2").err


def test_all_bad_fields_are_one_sentence(run: Run, hello: Path, tmp_path: Path) -> None:
    """A request file with several faults is an invalid request that names each."""
    (tmp_path / "r.json").write_text('{"count": "x", "colour": 1}')
    ran = run("echo", "--request", "r.json")
    assert ran.code == 10
    assert all(name in ran.err for name in ("count", "colour", "input"))


def test_explain_says_what_would_be(run: Run, hello: Path, tmp_path: Path) -> None:
    """`explain OPERATION` prints the plan and writes nothing."""
    ran = run("explain", "echo", hello, "out", "--count", "3")
    assert ran.code == 0
    assert "copies: 3" in ran.out
    assert "steps:\n  - read\n  - write: 3\n" in ran.out
    assert json.loads(run("explain", "echo", hello, "out", "--json").out)["copies"] == 1
    assert not (tmp_path / "out").exists()


def test_help_lists_operations_and_tools(run: Run) -> None:
    """`--help` names every operation with its summary, also one that cannot be imported."""
    ran = run("--help")
    assert ran.code == 0
    assert "the input again, some times" in ran.out
    assert "a handler that cannot be imported" in ran.out
    assert "settings" in ran.out


def test_an_operation_s_help_is_made_from_its_request(run: Run) -> None:
    """Fields are options with their descriptions, choices and defaults."""
    text = run("echo", "--help").out
    assert "INPUT [OUTPUT]" in text
    assert "how often" in text
    assert "[default: 1]" in text
    assert "[plain|upper]" in text


def test_the_version(run: Run) -> None:
    """`--version` prints it."""
    assert VERSION in run("--version").out


def test_settings_are_listed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`settings` shows name, value and source; secrets are masked."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("PORT", "1234")
    ran = run("settings")
    assert "hush" not in ran.out
    assert any(line.split()[:3] == ["PORT", "1234", "environment"] for line in ran.out.splitlines())


def test_bad_settings_end_the_command(
    run: Run, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad variable is an invalid request with its name, before any work."""
    monkeypatch.setenv("RUSHES_THREADS", "none")
    ran = run("echo", hello, "out")
    assert ran.code == 10
    assert "RUSHES_THREADS" in ran.err


def test_openapi_is_printed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """`openapi` prints the document of $FUNCTION."""
    monkeypatch.setenv("FUNCTION", "echo")
    assert "/echo" in json.loads(run("openapi").out)["paths"]


def test_status_of_no_job_is_not_found(run: Run) -> None:
    """Asking after a job where none is ends with its code."""
    for command in ("status", "wait"):
        assert run(command, "nowhere").code == 13


def command(folder: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the real command in a folder."""
    return subprocess.run(
        [*ECHO_COMMAND, *arguments],
        cwd=folder,
        env=environment(folder, **environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_to_sends_the_request_to_a_server(tmp_path: Path, hello: Path) -> None:
    """--to has a running function do it; the receipt is the one that it would be here."""
    with server(tmp_path, FUNCTION="echo") as running:
        there = command(tmp_path, "echo", "in/hello.txt", "out", "--to", running.url, "--json")
        failed = command(
            tmp_path, "echo", "in/hello.txt", "x", "--fail", "refused", "--to", running.url
        )
        plan = command(tmp_path, "explain", "echo", "in/hello.txt", "--to", running.url)
    here = command(tmp_path, "echo", "in/hello.txt", "out", "--json")
    first, second = json.loads(there.stdout), json.loads(here.stdout)
    assert (first["status"], second["status"]) == ("done", "reused")
    assert first["unit"] == second["unit"]
    assert (failed.returncode, failed.stderr) == (15, "rushes: as was asked\n")
    assert "copies: 1" in plan.stdout


def test_to_a_server_that_is_not_there(tmp_path: Path, hello: Path) -> None:
    """--to where nobody answers is an unavailable store, which a retry may cure."""
    done = command(tmp_path, "echo", str(hello), "--to", "http://127.0.0.1:1")
    assert done.returncode == 20


def test_to_with_a_token(tmp_path: Path, hello: Path) -> None:
    """--token-file is sent as the bearer token."""
    (tmp_path / "token").write_text("sesame\n")
    with server(tmp_path, RUSHES_TOKEN_FILE=str(tmp_path / "token")) as running:
        arguments = ["echo", str(hello), "--to", running.url]
        assert command(tmp_path, *arguments).returncode == 15
        assert command(tmp_path, *arguments, "--token-file", "token").returncode == 0
        (tmp_path / "token").write_bytes(b"\xff\xfe")
        done = command(tmp_path, *arguments, "--token-file", "token")
        assert (done.returncode, "Traceback" in done.stderr) == (10, False)


def test_standard_input_may_be_the_request(tmp_path: Path, hello: Path) -> None:
    """--request - reads it there."""
    done = subprocess.run(
        [*ECHO_COMMAND, "echo", "--request", "-"],
        input=json.dumps({"input": "in/hello.txt", "output": "out"}),
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_without_a_traceback(
    tmp_path: Path, hello: Path, number: signal.Signals, code: int
) -> None:
    """Ctrl-C exits with 130 and SIGTERM with 143, and the scratch folder is empty after."""
    held = Held(tmp_path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [*ECHO_COMMAND, "echo", str(hello), "--started", held.fields["started"], "--forever"],
        env=environment(tmp_path, RUSHES_SCRATCH=str(scratch)),
        stderr=subprocess.PIPE,
        text=True,
        # A test run in a shell's background has Ctrl-C switched off, and hands that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    held.began()
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Traceback" not in err
    assert list(scratch.iterdir()) == []


def test_a_closed_pipe_is_quiet(tmp_path: Path, hello: Path) -> None:
    """A reader that goes away ends the command without a word."""
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [*ECHO_COMMAND, "echo", str(hello), "--json"],
        env=environment(tmp_path),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    _, err = process.communicate(timeout=60)
    assert err == ""
    assert process.returncode == 1


@pytest.mark.parametrize(
    "line",
    [
        "import rushes",
        *(
            f"from functions.serve.cli.main import run_cli; run_cli({arguments!r})"
            for arguments in (["--help"], ["--version"], ["nothing"])
        ),
    ],
)
def test_what_touches_no_clip_imports_nothing_heavy(tmp_path: Path, line: str) -> None:
    """Python's import, help, version and usage errors load no picture library or web server."""
    script = (
        f"import sys\n{line}\n"
        "heavy = {'numpy', 'flask', 'gunicorn', 'av', 'numba', 'obstore', 'requests', 'rich',"
        " 'OpenEXR', 'rawpy', 'imagecodecs', 'cloudevents', 'prometheus_client', 'kernels'}\n"
        "sys.exit(f'loaded {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_request_larger_than_any_job_is_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of 5 GB and a device without end are a limit, and cost little memory."""
    giant = tmp_path / "job.json"
    giant.touch()
    os.truncate(giant, 5 << 30)
    for file in (str(giant), "/dev/zero"):
        assert run_cli(["dispatch", file]) == 16
        assert f"more than {LARGEST_REQUEST} bytes" in capsys.readouterr().err
