"""A job that is watched: what it says at each look, and what it costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from functions.contract.store import Stat
from functions.jobs.causes import ADVICE, by_cause
from functions.jobs.pace import Pace
from functions.jobs.speed import speed
from functions.jobs.status import status_of
from functions.jobs.watch import MOST_LISTINGS, Watch
from functions.storage.file import FileStore
from tests.console.written_jobs import FRAMES, WrittenJob


class CountingStore(FileStore):
    """Counts listings."""

    listed = 0

    def list(self, folder: str, start: str = "") -> Iterator[Stat]:
        self.listed += 1
        return super().list(folder, start)


@pytest.fixture
def store() -> CountingStore:
    """The files of this machine."""
    return CountingStore([Path("/")])


def test_a_watch_says_what_status_says(tmp_path: Path, store: CountingStore) -> None:
    """Receipts, notes, and notes that were taken back, at every step as a fresh look has them."""
    job = WrittenJob(tmp_path, ["A", "B", "C"], units=4)
    watch = Watch(job.plan, store)

    def agree() -> tuple[int, int]:
        watch.look(time.time())
        told, fresh = watch.summary(time.time()), status_of(job.plan, store)
        assert (told["done"], told["failed"]) == (fresh.done, len(fresh.failures))
        assert told["frames_done"] == fresh.frames_done
        return told["done"], told["failed"]

    assert agree() == (0, 0)
    job.begin()
    job.done(0)
    job.failed(5, "frame 52: cut off")
    assert agree() == (1, 1)
    assert [(f["clip"], f["problem"]["detail"]) for f in watch.failures()] == [
        (1, "frame 52: cut off")
    ]
    job.taken_back(5)
    assert agree() == (1, 0)
    job.failed(5, "frame 53: cut off")
    assert agree() == (1, 1)
    assert watch.failures()[0]["problem"]["detail"] == "frame 53: cut off"
    for at in range(12):
        job.done(at)
    assert agree() == (12, 0)
    assert watch.summary(time.time())["state"] == "done"


def test_rows_are_those_that_changed(tmp_path: Path, store: CountingStore) -> None:
    """After a version only the clips that changed since are told."""
    job = WrittenJob(tmp_path, ["A", "B", "C"], units=2)
    watch = Watch(job.plan, store)
    watch.look(time.time())
    assert [row["clip"] for row in watch.rows()] == [0, 1, 2]
    seen = watch.version
    job.done(2)
    watch.look(time.time())
    assert [(row["clip"], row["states"]) for row in watch.rows(seen)] == [(1, "d.")]


@pytest.mark.parametrize("flat", [False, True])
def test_what_is_done_is_not_listed_again(tmp_path: Path, store: CountingStore, flat: bool) -> None:
    """A large job is listed a bounded part at each look, found whole all the same, and costs
    nothing when it is done."""
    names = [f"C{n}" for n in range(300)]
    job = WrittenJob(tmp_path, names, units=2, flat=flat)
    watch = Watch(job.plan, store)
    for at in range(0, 600, 2):
        job.done(at)
    job.failed(599, "cut off")
    looks = 0
    while not watch.has_seen_all:
        before = store.listed
        watch.look(time.time())
        assert store.listed - before <= MOST_LISTINGS
        looks += 1
        assert looks <= -(-300 // MOST_LISTINGS)
    assert watch.summary(0)["done"] == 300
    assert len(watch.failures()) == 1
    for at in range(1, 600, 2):
        job.done(at)
    while watch.summary(0)["done"] < 600:
        watch.look(time.time())
    before = store.listed
    watch.look(time.time())
    assert store.listed == before


def test_units_at_work_are_those_that_a_dispatcher_told_of(
    tmp_path: Path, store: CountingStore
) -> None:
    """While it is believed: a dispatcher that told nothing for a minute may have gone."""
    job = WrittenJob(tmp_path, ["A", "B"], units=2)
    job.begin()
    sent = tuple(unit.unit for _, unit in job.units[:3])
    pace = msgspec.json.encode(Pace(at=1000.0, at_work=sent))
    (tmp_path / ".rushes/jobs/j1.pace").write_bytes(pace)
    job.done(0)
    job.failed(2, "cut off")
    watch = Watch(job.plan, store)
    watch.look(1010.0)
    assert [row["states"] for row in watch.rows()] == ["dr", "f."]
    told = watch.summary(1010.0)
    assert (told["at_work"], told["left"]) == (2, 0)
    watch.look(1070.0)
    assert watch.summary(1070.0)["at_work"] == 0
    assert [row["states"] for row in watch.rows()] == ["d.", "f."]


def test_the_speed_is_of_the_last_minute_and_the_rest_follows(
    tmp_path: Path, store: CountingStore
) -> None:
    """Frames a second and seconds left by the times of receipts, in plain arithmetic."""
    job = WrittenJob(tmp_path, ["A"], units=30)
    job.begin()
    now = (tmp_path / ".rushes/jobs/j1.report.json").stat().st_mtime + 40
    for at in range(20):
        job.done(at, now - 2 * at - 1)
    watch = Watch(job.plan, store)
    watch.look(time.time())
    told = watch.summary(now)
    assert told["frames_a_second"] == pytest.approx(20 * FRAMES / 40, abs=0.01)
    # 20 units in 40 seconds, 10 to come.
    assert told["eta_seconds"] == pytest.approx(20, abs=0.2)
    assert speed([], 1.0, now, None).left is None


def test_what_the_plan_does_not_know_is_read_from_receipts(
    tmp_path: Path, store: CountingStore
) -> None:
    """Frames of units that choose their own, and what checks found, errors first."""
    job = WrittenJob(tmp_path, ["A", "B"], units=1, counted=False)
    found = [
        {"severity": "warning", "code": "odd-name", "detail": "a name", "path": "x.exr"},
        {"severity": "error", "code": "cut-off", "detail": "a frame", "frame": 7},
        {"severity": "info", "code": "note", "detail": "nothing"},
    ]
    job.done(0, report={"findings": found})
    job.done(1)
    watch = Watch(job.plan, store)
    watch.look(time.time())
    assert watch.summary(0)["frames_done"] == 2 * FRAMES
    assert [each["code"] for each in watch.findings()] == ["cut-off", "odd-name", "note"]
    assert [row["findings"] for row in watch.rows()] == [2, 0]


def test_failures_are_told_by_cause_with_what_to_do(tmp_path: Path, store: CountingStore) -> None:
    """Numbers and clips in a sentence make no new cause."""
    job = WrittenJob(tmp_path, ["A", "B", "C"], units=2)
    for at in range(4):
        name = job.units[at][0].name
        job.failed(at, f"{name}: frame {at} of {name} is cut off at {at * 7}")
    job.failed(5, "no such file", "source_not_found")
    watch = Watch(job.plan, store)
    watch.look(time.time())
    first, second = by_cause(watch.failures())
    assert (first["code"], first["units"], first["clips"]) == ("damaged_source", 4, 2)
    assert (second["code"], second["units"]) == ("source_not_found", 1)
    assert first["advice"] == ADVICE["damaged_source"]


def test_every_error_has_its_advice() -> None:
    """A code that the tree has and the table lacks would be told as a fault of ours."""
    from functions.contract.errors import leaves

    assert {leaf.code for leaf in leaves()} <= ADVICE.keys()
