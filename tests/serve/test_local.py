"""The functions of this machine: started, watched, restarted, and gone with their dispatcher."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from functions.contract.errors import InternalError, StoreUnavailable
from functions.contract.operation import Answer
from functions.serve.local import server as local
from functions.serve.local.server import LocalSink, local_functions, storage_environment
from functions.serve.run.settings import Settings
from functions.storage import S3Settings

UNIT = "ab" * 16

# Answers as `rushes serve` does where the sink looks; "crash" in a request kills it.
SERVER = """
import http.server, json, os, signal
class Handler(http.server.BaseHTTPRequestHandler):
    busy = 0
    def answer(self, status, found):
        body = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-type", "application/problem+json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        cold, leaves = os.environ.get("STUB_COLD"), os.environ.get("STUB_LEAVES")
        if leaves and not os.path.exists(leaves):
            open(leaves, "w").close()
            self.answer(503, {"detail": "shutting down"})
            os.kill(os.getpid(), signal.SIGKILL)
        self.answer(503 if cold else 200, {"detail": cold})
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if request.get("crash"):
            os.kill(os.getpid(), signal.SIGKILL)
        if request.get("fault"):
            print("the log knows why", flush=True)
        names = ("RUSHES_WORKERS", "RUSHES_THREADS", "RUSHES_HOST", "FUNCTION")
        said = {name: os.environ.get(name) for name in names}
        token = open(os.environ["RUSHES_TOKEN_FILE"]).read()
        said["authorised"] = self.headers["authorization"] == "Bearer " + token
        code = "internal_error" if request.get("fault") else "damaged_source"
        if Handler.busy < request.get("busy", 0):
            Handler.busy, code = Handler.busy + 1, "busy"
        self.answer(500, {"code": code, "detail": "x", "pid": os.getpid(), **said})
    def log_message(self, *args):
        pass
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.fixture
def stub_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """`rushes serve` is a few lines of standard library here."""
    monkeypatch.setattr(local, "_serve", lambda: [sys.executable, "-c", SERVER])


def settings(tmp_path: Path) -> Settings:
    """Settings of two cores whose scratch the test can look into."""
    return Settings(threads=2, scratch=tmp_path)


def problem(answer: Answer | None) -> dict[str, object]:
    """What the stub answered."""
    assert answer is not None
    assert answer.problem is not None
    return answer.problem


def ended(pid: int) -> bool:
    """Whether a process ends, waited for on its own descriptor and not by the clock."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], 20)[0])
    finally:
        os.close(descriptor)


@pytest.mark.usefixtures("stub_server")
def test_a_server_runs_for_the_length_of_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All operations on a core each, on loopback, behind a token; nothing is left after."""
    monkeypatch.setenv("FUNCTION", "dispatch")
    with local_functions(settings(tmp_path)) as sink:
        assert (sink.width, sink.asynchronous) == (2, False)
        said = problem(sink.send("debayer", UNIT, {}))
        (folder,) = tmp_path.iterdir()
        assert (folder / "token").stat().st_mode & 0o077 == 0
    assert said["authorised"] is True
    assert (said["RUSHES_WORKERS"], said["RUSHES_THREADS"]) == ("2", "1")
    assert (said["RUSHES_HOST"], said.get("FUNCTION")) == ("127.0.0.1", None)
    assert ended(int(str(said["pid"])))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("stub_server")
def test_a_busy_worker_here_is_asked_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that was not free for a moment costs a moment; one that stays busy is told."""
    monkeypatch.setattr(local, "_BUSY_PAUSE", 0)
    with local_functions(settings(tmp_path)) as sink:
        assert problem(sink.send("debayer", UNIT, {"busy": 3}))["code"] == "damaged_source"
        assert problem(sink.send("debayer", UNIT, {"busy": 1000}))["code"] == "busy"


@pytest.mark.usefixtures("stub_server")
def test_a_dead_server_is_started_again(tmp_path: Path) -> None:
    """The unit that saw it die is retryable, and the next send finds a new server."""
    with local_functions(settings(tmp_path)) as sink:
        first = problem(sink.send("debayer", UNIT, {}))["pid"]
        with pytest.raises(StoreUnavailable):
            sink.send("debayer", UNIT, {"crash": True})
        assert ended(int(str(first)))
        assert isinstance(sink, LocalSink)
        assert sink.server is not None
        sink.server.wait()
        assert problem(sink.send("debayer", UNIT, {}))["pid"] != first


@pytest.mark.usefixtures("stub_server")
def test_restarts_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that dies of every unit is not started for ever."""
    monkeypatch.setattr(local, "RESTARTS", 1)
    with local_functions(settings(tmp_path)) as sink:
        assert isinstance(sink, LocalSink)
        for _ in range(2):
            with pytest.raises(StoreUnavailable):
                sink.send("debayer", UNIT, {"crash": True})
            assert sink.server is not None
            sink.server.wait()
        with pytest.raises(InternalError, match="died"):
            sink.send("debayer", UNIT, {})


@pytest.mark.usefixtures("stub_server")
def test_a_fault_of_the_function_comes_with_its_log(tmp_path: Path) -> None:
    """The server's log is gone after the job, so its last words go into the problem."""
    with local_functions(settings(tmp_path)) as sink:
        found = problem(sink.send("debayer", UNIT, {"fault": True}))
    assert "the log knows why" in str(found["log"])


def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of its log is in the error, and its folder is gone."""
    monkeypatch.setattr(local, "_serve", lambda: [sys.executable, "-c", "raise SystemExit('no!')"])
    with pytest.raises(InternalError, match="no!"), local_functions(settings(tmp_path)):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("stub_server")
def test_a_server_that_cannot_get_ready_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reason other than loading does not go away: it is the error, at once."""
    monkeypatch.setenv("STUB_COLD", "ImportError: no kernels")
    with pytest.raises(InternalError, match="no kernels"), local_functions(settings(tmp_path)):
        pass


@pytest.mark.usefixtures("stub_server")
def test_a_worker_that_outlives_its_server_a_moment_is_no_reason_to_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that it is shutting down; when it has gone the server is started again."""
    monkeypatch.setenv("STUB_LEAVES", str(tmp_path / "left"))
    with local_functions(settings(tmp_path)) as sink:
        assert problem(sink.send("debayer", UNIT, {}))["authorised"] is True


@pytest.mark.usefixtures("stub_server")
def test_a_server_killed_at_its_start_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody's -9 before it is ready is no reason to give the job up."""
    flag = tmp_path / "once"
    program = f"""
import os, pathlib, signal
flag = pathlib.Path({str(flag)!r})
if not flag.exists():
    flag.touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    monkeypatch.setattr(local, "_serve", lambda: [sys.executable, "-c", program + SERVER])
    with local_functions(settings(tmp_path)) as sink:
        assert problem(sink.send("debayer", UNIT, {}))["authorised"] is True


@pytest.mark.usefixtures("stub_server")
def test_a_stopped_sink_sends_nothing(tmp_path: Path) -> None:
    """A send after the end does not start a server that nobody would stop."""
    with local_functions(settings(tmp_path)) as sink:
        pass
    with pytest.raises(StoreUnavailable, match="being stopped"):
        sink.send("debayer", UNIT, {})


def test_settings_reach_the_server_as_they_are_here() -> None:
    """Reading the environment that is made gives the same storage, roots and limits."""
    mine = Settings(
        roots=("file:///a/", "s3://plates/"),
        s3=S3Settings(endpoint="http://s3:1", region="r", access_key_id="k", allow_http=True),
    )
    found = Settings.read(storage_environment(mine))
    assert (found.roots, found.s3, found.limits) == (mine.roots, mine.s3, mine.limits)


def reaped(program: str, folder: Path, *, grace: float = 20) -> subprocess.Popen[bytes]:
    """A reaper with one Python program below it, whose standard output is ours to read."""
    return subprocess.Popen(
        [*local._reaper(grace, folder), sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def first_pid(process: subprocess.Popen[bytes]) -> int:
    """The number that the program below it prints first."""
    assert process.stdout is not None
    return int(process.stdout.readline())


WAITS = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS


@pytest.mark.parametrize(("program", "grace"), [(WAITS, 20), (DEAF, 0.1)])
def test_the_reaped_command_ends_when_the_pipe_closes(
    program: str, grace: float, tmp_path: Path
) -> None:
    """Asked first, killed after the grace: closing is all that a killed starter can do."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "token").touch()
    with reaped(program, folder, grace=grace) as process:
        pid = first_pid(process)
        assert process.stdin is not None
        process.stdin.close()
        assert ended(pid)
    assert not folder.exists()


def test_orphans_of_a_killed_command_end_with_it(tmp_path: Path) -> None:
    """Workers of a master that was killed (-9) would keep its port."""
    program = (
        "import os, signal, subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {DEAF!r}])\n"
        "signal.pause()"
    )
    with reaped(program, tmp_path) as process:
        orphan = first_pid(process)
        with Path(f"/proc/{orphan}/stat").open() as stat:
            master = int(stat.read().split()[3])
        os.kill(master, signal.SIGKILL)
        assert ended(orphan)
        assert process.wait() == 128 + signal.SIGKILL


@pytest.mark.usefixtures("stub_server")
def test_a_killed_reaper_leaves_no_server(tmp_path: Path) -> None:
    """kill -9 of the process between dispatcher and server ends the server; the next unit has
    another one."""
    with local_functions(settings(tmp_path)) as sink:
        assert isinstance(sink, LocalSink) and sink.server is not None
        first = int(str(problem(sink.send("debayer", UNIT, {}))["pid"]))
        sink.server.kill()
        assert ended(first)
        assert int(str(problem(sink.send("debayer", UNIT, {}))["pid"])) != first


def test_a_killed_dispatcher_leaves_no_server(tmp_path: Path) -> None:
    """-9 of the process that started the functions ends them too."""
    program = f"""
import sys
from pathlib import Path
from functions.serve.local import server as local
from functions.serve.run.settings import Settings
local._serve = lambda: [sys.executable, "-c", {SERVER!r}]
with local.local_functions(Settings(threads=1, scratch=Path({str(tmp_path)!r}))) as sink:
    print(sink.send("debayer", "{UNIT}", {{}}).problem["pid"], flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(local.__file__).parents[2],
    ) as dispatcher:
        server = first_pid(dispatcher)
        dispatcher.kill()
        assert ended(server)
        assert dispatcher.stdin is not None
        dispatcher.stdin.close()
