"""Units in a confined process: whatever one does, the server's worker goes on."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.make_clip import make_clip
from functions.serve.box import landlock, seccomp
from tests.serve.processes import Call, Server, children, environment, server
from tests.serve.rogue import COMMAND

pytestmark = pytest.mark.skipif(not seccomp.available(), reason="filters are for x86-64 Linux")
LIMIT = 256 << 20


class Boxed:
    """A server of one worker, its folder and what it is asked."""

    def __init__(self, running: Server, folder: Path) -> None:
        self.running, self.folder = running, folder

    def worker(self) -> str:
        """Process id."""
        master = self.running.process.pid
        return Path(f"/proc/{master}/task/{master}/children").read_text().split()[0]

    def ask(self, act: str, about: object = "", **fields: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer."""
        answer = self.running.post({"act": act, "about": str(about), **fields}, "/rogue")
        return answer.status_code, answer.json()

    def said(self, act: str, about: object = "", **fields: Any) -> Any:
        """What an act that ends says of itself."""
        status, answer = self.ask(act, about, **fields)
        assert status == 200, answer
        return answer["report"]["said"]

    def lines(self, event: str) -> list[dict[str, Any]]:
        """Of the log."""
        text = (self.folder / "server.log").read_text()
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line for line in found if line["event"] == event]


@pytest.fixture(scope="module")
def boxed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boxed]:
    """It knows a secret, as servers do."""
    folder = tmp_path_factory.mktemp("boxed")
    settings = {
        "RUSHES_BOX": "on",
        "RUSHES_LIMITS_SECONDS": "0.5",
        "RUSHES_LIMITS_MEMORY": str(LIMIT),
        "AWS_SECRET_ACCESS_KEY": "of-the-server",
    }
    with server(folder, COMMAND, **settings) as running:
        found = Boxed(running, folder)
        found.said("nothing")
        yield found


@pytest.fixture(autouse=True)
def same_worker(boxed: Boxed) -> Iterator[None]:
    """The next request is served by the same worker, and scratch is empty."""
    before = boxed.worker()
    yield
    assert boxed.said("nothing") == "done"
    assert boxed.worker() == before
    assert list(boxed.folder.glob("rushes-unit-*")) == []


@pytest.mark.parametrize(
    ("act", "word"), [("abort", "SIGABRT"), ("segv", "SIGSEGV"), ("memory of C", "SIGABRT"),
                      ("exit", "exit code 3")]
)  # fmt: skip
def test_a_crash_is_the_sources(boxed: Boxed, act: str, word: str) -> None:
    """422 with the signal and the file; explain too, whose headers are the same library's."""
    uri = f"file://{boxed.folder}/a.mxf"
    status, answer = boxed.ask(act, 3, input=uri)
    assert (status, answer["code"], answer["uri"]) == (422, "damaged_source", uri)
    assert word in answer["detail"]
    assert boxed.ask(act, 3, explain=True)[0] == 422
    assert boxed.lines("unit")[-2]["unit"]


def test_memory_over_the_limit_is_refused_by_the_kernel(boxed: Boxed) -> None:
    """413, and what is within it is given."""
    assert boxed.ask("memory", 2 * LIMIT)[1]["code"] == "limit_exceeded"
    assert boxed.said("memory", LIMIT // 2) == LIMIT // 2


@pytest.mark.parametrize("act", ["spin", "sleep"])
def test_who_does_not_come_back_is_ended(boxed: Boxed, act: str) -> None:
    """A unit that looks at no clock is ended from outside, or by its limit of processor time."""
    assert boxed.ask(act)[1]["code"] in ("deadline_exceeded", "damaged_source")


def test_health_is_answered_meanwhile(boxed: Boxed) -> None:
    """And a second unit is told that the worker is busy."""
    call = threading.Thread(target=boxed.ask, args=("sleep",))
    call.start()
    while "rushes_units_in_flight 1.0" not in boxed.running.get("/metrics").text:
        assert call.is_alive()
    assert boxed.running.get("/healthz").status_code == 200
    assert boxed.ask("nothing")[1]["code"] == "busy"
    call.join()


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_files_outside_are_not_there(boxed: Boxed, tmp_path: Path) -> None:
    """Neither read nor written: of the roots, files are read and none is written."""
    inside = boxed.folder / "inside.txt"
    inside.write_text("a camera file")
    (tmp_path / "outside.txt").write_text("somebody's")
    assert boxed.said("read", inside) == "a camera file"
    for act, path in (
        ("read", "/etc/passwd"),
        ("read", tmp_path / "outside.txt"),
        ("write", inside),
        ("write", boxed.folder / "new.txt"),
        ("write", tmp_path / "new.txt"),
        ("parent", ""),
    ):
        assert boxed.said(act, path) == "PermissionError", (act, path)
    link = boxed.folder / "link.txt"
    link.symlink_to(tmp_path / "outside.txt")
    assert boxed.said("read", link) == "PermissionError"


def test_no_way_out(boxed: Boxed) -> None:
    """No connection, no program, no process, no signal to another."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert boxed.said("connect", listening.getsockname()[1]) == "OSError"
    for act in ("run", "fork", "kill"):
        assert boxed.said(act, "/bin/true") in ("OSError", "PermissionError"), act


def test_it_knows_nothing_of_the_server(boxed: Boxed) -> None:
    """No secret in its environment, and open are its own socket and its own scratch alone."""
    names, files = boxed.said("secrets")
    assert not [name for name in names if name.startswith(("AWS_", "RUSHES_"))]
    assert [re.sub(r"\d+|\w+$", "", Path(each).name) for each in files] in (
        ["rushes-unit-", "socket:[]"],
        ["socket:[]", "rushes-unit-"],
    ), files
    pid = boxed.ask("nothing")[1]["report"]["pid"]
    assert pid != int(boxed.worker())


def test_outputs_are_below_the_units_own(boxed: Boxed) -> None:
    """Content of memory and of scratch arrives whole; another place is refused by the worker."""
    out = boxed.folder / "out"
    fields = {"output": f"file://{out}/"}
    status, answer = boxed.ask("nothing", **fields)
    assert (status, answer["status"]) == (200, "done")
    assert (out / "said.txt").read_text() == "done"
    assert (out / "file").read_bytes() == b"of the scratch folder"
    assert boxed.ask("nothing", **fields)[1]["status"] == "reused"
    (out / "said.txt").write_text("other")
    assert boxed.ask("nothing", **fields)[1]["code"] == "output_conflict"
    for uri in (f"file://{boxed.folder}/elsewhere.txt", f"file://{out}/../elsewhere.txt"):
        assert boxed.ask("put", uri, **fields)[1]["code"] == "refused"
    assert not (boxed.folder / "elsewhere.txt").exists()
    (out / "said.txt").unlink()
    assert boxed.ask("put", f"file://{out}/inside.txt", **fields)[0] == 200
    assert (out / "inside.txt").read_bytes() == b"x"


def test_the_log_says_what_holds(boxed: Boxed) -> None:
    """At its start, so that a kernel that lacks one is seen."""
    assert "seccomp" in boxed.lines("ready")[0]["box"]
    assert ("landlock" in boxed.lines("ready")[0]["box"]) == bool(landlock.version())


def test_sigterm_asks_the_unit_and_leaves_nobody(tmp_path: Path) -> None:
    """A unit that looks is given back as busy; the processes of the box end with the server."""
    with server(tmp_path, COMMAND, RUSHES_BOX="on", RUSHES_GRACE="2") as running:
        call = Call(running, {"act": "stop"}, "/rogue")
        family = _family(running)
        running.process.terminate()
        assert call.answer().json()["code"] == "busy"
        assert running.process.wait(30) == 0
    assert not [pid for pid in family if _alive(pid)]


def test_a_killed_worker_takes_its_units_along(tmp_path: Path) -> None:
    """By kill -9 of the worker too; the next worker has a fork server of its own."""
    with server(tmp_path, COMMAND, RUSHES_BOX="on") as running:
        Call(running, {"act": "sleep"}, "/rogue")
        worker, *others = _family(running)
        os.kill(worker, 9)
        while any(_alive(pid) for pid in others):
            assert running.process.poll() is None
        while (answer := running.post({"act": "nothing"}, "/rogue")).status_code != 200:
            assert answer.status_code == 429


def _family(running: Server) -> list[int]:
    """A worker, its fork server and a child, once they are there."""
    while len(found := _descendants(running.process.pid)) < 3:
        assert running.process.poll() is None
    return found


def _descendants(pid: int) -> list[int]:
    found = []
    for child in children(pid):
        found += [child, *_descendants(child)]
    return found


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_job_is_dispatched_from_the_box(tmp_path: Path) -> None:
    """Its plan is made and its units are sent by a confined process, which has no connection."""
    make_clip(tmp_path / "A001", frames=2, width=320, height=180)
    job = {"output": f"file://{tmp_path}/out/", "units": {"frames": 1},
           "clips": [{"operation": "debayer", "input": f"file://{tmp_path}/A001/"}]}  # fmt: skip
    command = [sys.executable, "-m", "functions.serve.cli.main"]
    settings = {"RUSHES_BOX": "on", "RUSHES_WORKERS": "2", "RUSHES_THREADS": "1"}
    with server(tmp_path, command, **settings) as running:
        (tmp_path / "job.json").write_text(json.dumps(job))
        done = subprocess.run(
            [*command, "dispatch", "job.json", "--sink", running.url, "--json"],
            cwd=tmp_path, env=environment(tmp_path, **settings), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").rglob("*.exr"))) == 2
