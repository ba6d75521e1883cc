"""Jobs through a broker that behaves as the real one was seen to, with its faults: all is done,
once, and the bytes are those of a calm run. `make chaos` runs 1,000 tiny units and more seeds."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from functions.contract.errors import OutputConflict
from functions.contract.operation import Limits
from functions.contract.receipt import failure_uri
from functions.contract.store import Store
from functions.dispatch.sending import backoff
from functions.jobs.report import Ledger
from functions.jobs.status import read_job
from functions.serve.events.cloudevents import make_request_event, write_event
from functions.serve.events.dead_letters import DeadLetters
from functions.serve.events.event_door import answer_events
from functions.serve.http.service import Service
from functions.serve.run.catalog import Catalog
from functions.serve.run.runner import Runner
from functions.serve.run.settings import Settings
from functions.serve.telemetry.log import Log
from functions.storage import open_store
from tests.dispatch.chaos import Faulty
from tests.dispatch.cluster import Cluster, running
from tests.media.takes import frame_file
from tests.serve.processes import environment

LONG = "CHAOS_SEEDS" in os.environ
TINY = 1000 if LONG else 130
SEEDS = range(1, 1 + int(os.environ.get("CHAOS_SEEDS", "1")))


class Pods:
    """The functions' pods: faults by the seed, and what happens when so many units are done.

    rate : of a hundred tries that meet a fault
    at : done units -> what to call then
    bad : frames whose output is another's: they fail for good
    """

    def __init__(self, store: Store, seed: int, rate: float, bad: str = "", seconds: float = 0.0):
        self.work = Faulty(store, seed, 0)
        self.at: dict[int, Callable[[], None]] = {}
        self.injected: Counter[str] = Counter()
        self.noted: list[float] = []
        self._store, self._rate, self._bad, self._seconds = store, rate, bad, seconds
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, headers: Mapping[str, str], body: bytes) -> Any:
        operation, unit = headers["ce-type"].split(".")[2], headers["ce-subject"]
        request = json.loads(body)
        with self._lock:
            faults = ("killed before", "killed after", "plain 500", "no event")
            hit = self._random.random() * 100 < self._rate
            fault = self._random.choice(faults) if hit else ""
            self.injected[fault] += 1
        if fault == "killed before":
            raise ConnectionError
        if fault == "plain 500":
            return 500, {}, b"Internal Server Error"
        time.sleep(self._seconds)
        if request["frames"] == self._bad:
            problem = OutputConflict("other content stands there").problem()
            self._store.put(failure_uri(request["output"], unit), json.dumps(problem).encode())
            self.noted.append(time.monotonic())
            return 409, {}, json.dumps(problem).encode()
        answer = self.work.do(operation, unit, request)
        with self._lock:
            happens = self.at.pop(len(self.work.done), None)
        if happens is not None:
            happens()
        if fault == "killed after":
            raise ConnectionError
        said = {} if fault == "no event" else {"ce-type": f"dev.rushes.{operation}.completed.v1"}
        return 200, said, answer


class Place:
    """A clip of so many frames, and a folder for jobs."""

    def __init__(self, folder: Path, frames: int) -> None:
        self.folder, self.clip = folder, folder / "A"
        self.store = open_store((f"file://{folder}/",), None)
        self.clip.mkdir()
        (self.clip / "A_0001.dng").write_bytes(frame_file(1))
        for number in range(2, frames + 1):
            os.link(self.clip / "A_0001.dng", self.clip / f"A_{number:04d}.dng")

    def job(self, name: str, **more: Any) -> dict[str, Any]:
        """A frame a unit."""
        clip = {"operation": "debayer", "input": f"file://{self.clip}/"}
        units = {"frames": 1}
        output = f"file://{self.folder}/{name}/"
        return {"output": output, "units": units, "attempts": 12, "clips": [clip], **more}

    def dispatch(self, job: dict[str, Any], sink: str) -> dict[str, Any]:
        """A dispatcher that nobody kills."""
        runner = Runner(Settings(sink=sink, scratch=self.folder), Catalog())
        report = runner.run("dispatch", job).report
        assert report is not None
        return report

    def kill_one(
        self, job: dict[str, Any], sink: str, moment: threading.Event, gone: threading.Event
    ) -> None:
        """A dispatcher of its own process, killed at that moment."""
        file = self.folder / "job.json"
        file.write_text(json.dumps(job))
        words = [sys.executable, "-m", "functions.serve.cli.main", "dispatch", str(file)]
        with subprocess.Popen(
            [*words, "--sink", sink],
            env=environment(self.folder),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                assert moment.wait(120)
            finally:
                process.kill()
                process.wait()
                gone.set()

    def files(self, name: str) -> dict[str, bytes]:
        """What the job made."""
        return {path.name: path.read_bytes() for path in (self.folder / name / "A").glob("A.*")}

    def letters(self) -> DeadLetters:
        """The reader of dead letters, which says nothing."""
        return DeadLetters(self.store, Log(write=lambda line: None))


@contextmanager
def cluster(place: Place, pods: Any, **how: Any) -> Iterator[tuple[Cluster, Callable[[], None]]]:
    """A cluster, and what kills its channel from any thread."""
    made = Cluster(pods, place.letters().take, **how)
    with running(made) as call:
        loop: asyncio.AbstractEventLoop = made.loop

        def kill() -> None:
            asyncio.run_coroutine_threadsafe(made.kill_channel(), loop)

        yield made, kill
        del call


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Back-off of hundredths of a second."""
    monkeypatch.setattr(backoff, "FIRST", 0.02)


def calm(place: Place) -> dict[str, bytes]:
    """What a calm run makes."""
    with cluster(place, Pods(place.store, 0, 0)) as (made, _):
        assert place.dispatch(place.job("calm"), made.url)["state"] == "done"
    return place.files("calm")


@pytest.mark.parametrize("seed", SEEDS)
def test_sixty_units_survive_everything(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Channel, pods and dispatcher killed, 500s, and a unit that fails for good while the broker
    tries it nine times: the others are done once, and its note is the outcome within seconds."""
    place = Place(tmp_path, 60)
    wanted = calm(place)
    pods = Pods(place.store, seed, 15, bad="30", seconds=0.05)
    settled: list[float] = []
    settle = Ledger.settle

    def told(self: Ledger, outcome: Any) -> None:
        if outcome.problem is not None:
            settled.append(time.monotonic())
        settle(self, outcome)

    monkeypatch.setattr(Ledger, "settle", told)
    with cluster(place, pods, delay=0.05) as (made, kill):
        moment, gone = threading.Event(), threading.Event()

        def hold() -> None:
            moment.set()
            gone.wait(60)
            time.sleep(0.3)  # its POST is open meanwhile

        pods.at = {8: kill, 20: hold, 40: kill}
        job = place.job("storm")
        place.kill_one(job, made.url, moment, gone)
        pods.noted.clear()
        report = place.dispatch(job, made.url)
    waited = settled[0] - pods.noted[0]
    with capsys.disabled():
        print(
            f"\n60 units, seed {seed}: {dict(pods.injected + made.seen)}, note seen {waited:.1f} s"
        )
    assert made.seen["channel killed"] == 2
    assert made.seen["sender hung up"] >= 1
    assert (report["failed"], report["done"] + report["reused"]) == (1, 59)
    assert [f["problem"]["code"] for f in report["failures"]] == ["output_conflict"]
    assert set(pods.work.done.values()) == {1}
    assert place.files("storm") == {k: v for k, v in wanted.items() if ".30." not in k}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("asynchronous", [False, True], ids=["synchronous", "asynchronous"])
def test_many_tiny_units_need_few_threads(
    tmp_path: Path, seed: int, asynchronous: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """More are in flight than threads are there; what a killed channel loses is sent again."""
    place = Place(tmp_path, TINY)
    pods = Pods(place.store, seed, 10, seconds=0.005)
    most = 0

    def count() -> None:
        """A pod holds its first unit until enough are sent: a slow machine sends them slowly."""
        nonlocal most
        until = time.monotonic() + 30
        while not asynchronous and made.most_open < 60 and time.monotonic() < until:
            time.sleep(0.01)
        most = max(most, threading.active_count())

    with cluster(place, pods, asynchronous=asynchronous) as (made, kill):
        pods.at = dict.fromkeys(range(1, TINY // 2), count) | {TINY // 2: kill}
        job = place.job("storm", patience=2.0 if asynchronous else 60.0, in_flight=120)
        report = place.dispatch(job, made.url)
    with capsys.disabled():
        print(
            f"\n{TINY} units, {seed=}, {asynchronous=}: {dict(pods.injected + made.seen)}, "
            f"{made.most_open} POSTs open, {most} threads, {report['wall_seconds']:.1f} s"
        )
    (status,) = read_job(job["output"], place.store)
    assert (report["state"], status.complete, status.failures) == ("done", True, ())
    assert set(pods.work.done.values()) == {1}
    # What a calm run makes: see `Faulty.do`.
    calm = {f"A.{n}.txt": f"frame {n}".encode() * 20 for n in range(1, TINY + 1)}
    assert place.files("storm") == calm
    if not asynchronous:
        assert made.most_open >= 60
        assert most < 80


def test_a_job_that_outlives_its_time_out_goes_on_by_itself(tmp_path: Path) -> None:
    """A dispatcher behind a Service hands a long job to the JobSink once, which finishes it; the
    event delivered again starts no second Job."""
    place = Place(tmp_path, 16)
    pods = Pods(place.store, 1, 0, seconds=0.2)
    jobs: list[dict[str, Any]] = []
    over = threading.Event()
    doors: list[Service] = []

    def function(headers: Mapping[str, str], body: bytes) -> Any:
        if headers["ce-type"] != "dev.rushes.dispatch.requested.v1":
            return pods(headers, body)
        reply = answer_events(doors[0], "dispatch", headers, body, {})
        return reply.status, reply.headers, reply.body

    def start_job(headers: Mapping[str, str], body: bytes) -> None:
        event = json.loads(body)
        jobs.append(event)

        def work() -> None:
            place.dispatch(event["data"], made.url)
            over.set()

        threading.Thread(target=work).start()

    job = place.job("long", in_flight=2)
    made = Cluster(function, place.letters().take, start_job)
    with running(made):
        settings = Settings(
            sink=made.url, job_sink=made.jobs, limits=Limits(seconds=2), scratch=tmp_path
        )
        runner = Runner(settings, Catalog(), served=True)
        logged: list[str] = []
        doors.append(Service(settings, Catalog(), runner, log=Log(write=logged.append)))
        message = write_event("binary", make_request_event("dispatch", "j", job, sent="1"))
        reply = answer_events(doors[0], "dispatch", message.headers, message.body, {})
        assert (reply.status, reply.body) == (202, b"")
        again = answer_events(doors[0], "dispatch", message.headers, message.body, {})
        assert again.status in (200, 202)  # the Job may have ended meanwhile
        assert over.wait(60)
    assert [event["rushesrun"] for event in jobs] == ["job"]
    assert jobs[0]["id"] != message.headers["ce-id"]
    assert any('"handed over"' in line for line in logged)
    assert len(place.files("long")) == 16
    assert set(pods.work.done.values()) == {1}
