"""Status, wait and report: from plan and receipts alone, on another machine."""

from __future__ import annotations

import msgspec
import pytest

from functions.contract.errors import (
    DamagedSource,
    DeadlineExceeded,
    SourceNotFound,
)
from functions.contract.receipt import failure_uri, receipt_uri
from functions.dispatch.job import parse_job
from functions.dispatch.planning import draw
from functions.jobs.failure_notes import take_back
from functions.jobs.plan import Plan
from functions.jobs.report import failure_lines
from functions.jobs.report import lines as report_lines
from functions.jobs.status import (
    commit_plan,
    commit_report,
    lines,
    plan_uri,
    read_job,
    read_plans,
    report_of,
    wait,
)
from tests.dispatch.fakes import FakeSink, FakeWork, headers_of, operation_of

OUT = "file:///job/"


def planned(work: FakeWork, *names: str, method: str = "best") -> Plan:
    """A job of clips in units of 25 frames, its plan committed."""
    clips = [{"input": f"file:///{name}_%06d.dng", "method": method} for name in names]
    job = parse_job(OUT, clips, {"operation": "debayer"}, {"frames": 25})
    plan = draw(job, headers_of(), work.prepare, operation_of, most_frames=1000).plan
    commit_plan(plan, work.store)
    return plan


def do(work: FakeWork, plan: Plan, clip: int, *units: int) -> None:
    """Do some units of a clip."""
    for number in units:
        unit = plan.clips[clip].units[number]
        request = plan.clips[clip].request_of(unit)
        FakeSink(work.store).do("debayer", unit.unit, request)


def test_status_counts_receipts() -> None:
    """Units and frames done, and which frames are missing, clip by clip."""
    work = FakeWork()
    plan = planned(work, "A", "B", "missing/C")
    do(work, plan, 0, 0, 1, 2, 3)
    do(work, plan, 1, 2)
    (status,) = read_job(OUT, work.store)
    assert (status.total, status.done, status.missing) == (9, 5, 4)
    assert (status.frames, status.frames_done) == (200, 125)
    assert status.clips[1].missing == ("1001-1025", "1026-1050", "1076-1100")
    assert not status.complete
    text = "\n".join(lines(status))
    assert "5 of 9 units" in text
    assert "B: 1/4 units, missing 1001-1025" in text
    assert "C: failed: source_not_found" in text


def test_a_complete_job_says_so() -> None:
    """Every receipt stands: complete, over, nothing missing."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1, 2, 3)
    (status,) = read_job(OUT, work.store)
    assert status.complete
    assert status.over
    assert list(lines(status)) == [
        f"job {plan.job} at {OUT}: 4 of 4 units, 100 of 100 frames, complete"
    ]


def test_a_newer_plan_supersedes_an_older_one() -> None:
    """Of two jobs at one output the one dispatched last is told of, be it the older one again;
    the other by its name. Reports beside them are no plans."""
    work = FakeWork()
    one, two = planned(work, "A"), planned(work, "B")
    commit_report({"output": OUT, "job": one.job}, work.store, keep=False)
    do(work, two, 0, 0)
    assert {s.job: s.done for s in read_job(OUT, work.store)} == {two.job: 1}
    assert [s.job for s in read_job(OUT, work.store, one.job)] == [one.job]
    commit_plan(one, work.store)
    assert [s.job for s in read_job(OUT, work.store)] == [one.job]
    with pytest.raises(SourceNotFound, match="no job x"):
        read_job(OUT, work.store, "x")


def test_failures_of_one_cause_are_one_line() -> None:
    """Thirteen units of a clip that cannot be read say one sentence, whatever numbers are in it."""
    failures = [
        {
            "clip": 0,
            "unit": f"u{n}",
            "frames": f"{n}",
            "input": "file:///A",
            "problem": {"code": "damaged_source", "detail": f"frame {n}: cut short"},
        }
        for n in range(13)
    ]
    other = {**failures[0], "problem": {"code": "refused", "detail": "no"}}
    assert list(failure_lines([*failures, other])) == [
        "  failed: 13 units of file:///A, first frames 0: damaged_source: frame 0: cut short",
        "  failed: file:///A frames 0: refused: no",
    ]


def test_no_job_is_an_error() -> None:
    """A folder without plans, and a plan that is none, are told apart."""
    work = FakeWork()
    with pytest.raises(SourceNotFound, match="no job stands at"):
        read_job(OUT, work.store)
    work.store.put(plan_uri(OUT, "x"), b"{")
    with pytest.raises(DamagedSource, match="no plan of a job"):
        read_plans(OUT, work.store)


def test_wait_returns_when_the_last_receipt_stands() -> None:
    """Looks become rarer while nothing happens, and each receipt makes them quick again."""
    work = FakeWork()
    plan = planned(work, "A")
    slept: list[float] = []

    def pause(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) in (3, 6, 7, 8):
            do(work, plan, 0, (3, 6, 7, 8).index(len(slept)))

    (status,) = wait(OUT, work.store, pause)
    assert status.complete
    assert slept == [0.5, 0.75, 1.125, 0.5, 0.75, 1.125, 0.5, 0.5]


def test_wait_lists_nothing_again_that_is_done() -> None:
    """After the first look only what is missing is looked for: a folder whose units are all done is
    not listed, and a few units of many are asked for by their names."""
    work = FakeWork()
    plan = planned(work, "A", "B")
    do(work, plan, 0, 0, 1, 2, 3)
    do(work, plan, 1, 0, 1)

    def pause(seconds: float) -> None:
        work.store.listed.clear()
        if 2 not in done:
            done.append(2)
        else:
            do(work, plan, 1, 2, 3)

    done: list[int] = []
    work.store.listed.clear()
    (status,) = wait(OUT, work.store, pause)
    assert status.complete
    assert not [folder for folder in work.store.listed if folder.endswith(".rushes/")]


def test_wait_loses_its_patience() -> None:
    """Without any receipt for so long, the wait ends with the contract's error."""
    work = FakeWork()
    planned(work, "A")
    slept: list[float] = []
    with pytest.raises(DeadlineExceeded, match="0 of 4 units done"):
        wait(OUT, work.store, slept.append, patience=60)
    assert 60 <= sum(slept) < 75


def test_wait_ends_with_a_job_that_failed() -> None:
    """What the dispatcher reported as failed will not come by itself."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1, 2)
    lost = plan.clips[0].units[3]
    failure = {
        "clip": 0,
        "unit": lost.unit,
        "frames": lost.frames,
        "input": "file:///A",
        "problem": {"code": "damaged_source", "detail": "cut short"},
    }
    commit_report({"output": OUT, "job": plan.job, "failures": [failure]}, work.store, keep=False)
    (status,) = wait(OUT, work.store, pytest.fail)
    assert status.over
    assert not status.complete
    assert "failed: file:///A frames 1076-1100: damaged_source: cut short" in "\n".join(
        lines(status)
    )
    do(work, plan, 0, 3)
    assert read_job(OUT, work.store)[0].failures == ()


def noted(work: FakeWork, plan: Plan, clip: int, unit: int) -> None:
    """A unit failed where no dispatcher hears of it."""
    lost = plan.clips[clip].units[unit]
    request = plan.clips[clip].request_of(lost)
    FakeSink(work.store).fail(lost.unit, request, DamagedSource("cut short", frame=1080))


def test_what_functions_noted_is_told() -> None:
    """Status, wait and report show a failure and its sentence though no dispatcher reported it."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1, 2)
    noted(work, plan, 0, 3)
    (status,) = wait(OUT, work.store, pytest.fail)
    assert (status.over, status.complete, status.missing) == (True, False, 1)
    sentence = "failed: file:///A_%06d.dng frames 1076-1100: damaged_source: cut short"
    assert sentence in "\n".join(lines(status))
    found = report_of(plan, work.store)
    assert (found["state"], found["failed"], found["missing"]) == ("failed", 1, 0)
    assert found["failures"][0]["problem"]["frame"] == 1080
    assert sentence in "\n".join(report_lines(found))


def test_a_failure_is_told_once() -> None:
    """What the dispatcher reported and the function noted is one failure."""
    work = FakeWork()
    plan = planned(work, "A")
    noted(work, plan, 0, 3)
    problem = DamagedSource("cut short").problem()
    failure = {"clip": 0, "unit": plan.clips[0].units[3].unit, "attempts": 2, "problem": problem}
    report = {"output": OUT, "job": plan.job, "failures": [failure]}
    commit_report(report, work.store, keep=False)
    (status,) = read_job(OUT, work.store)
    assert status.failures == (failure,)


def test_a_note_is_nothing_once_the_receipt_stands() -> None:
    """A retry that went well overrules it, whatever is written later; so does taking it back."""
    work = FakeWork()
    plan = planned(work, "A")
    for unit in (0, 1, 2, 3):
        noted(work, plan, 0, unit)
    assert len(read_job(OUT, work.store)[0].failures) == 4
    do(work, plan, 0, 0, 1, 2)
    take_back([("file:///job/A/", plan.clips[0].units[3].unit)], work.store)
    assert read_job(OUT, work.store)[0].failures == ()
    assert report_of(plan, work.store)["failed"] == 0


def test_taking_back_writes_only_where_a_note_stands() -> None:
    """Units without a note cost the listing of their folder and no write."""
    work = FakeWork()
    plan = planned(work, "A", "B")
    noted(work, plan, 1, 2)
    before = dict(work.store.files)
    places = [(str(c.output), u.unit) for c in plan.clips for u in c.units]
    for _ in range(2):
        take_back(places, work.store)
    changed = {uri for uri in work.store.files if work.store.files[uri] != before.get(uri)}
    assert changed == {failure_uri("file:///job/B/", plan.clips[1].units[2].unit)}
    assert work.store.listed["file:///job/A/.rushes/"] == 2


def test_wait_for_one_job_of_several() -> None:
    """A job can be named; an unknown one is an error."""
    work = FakeWork()
    planned(work, "A")
    done = planned(work, "B")
    do(work, done, 0, 0, 1, 2, 3)
    (status,) = wait(OUT, work.store, pytest.fail, job=done.job)
    assert status.job == done.job
    with pytest.raises(SourceNotFound):
        wait(OUT, work.store, pytest.fail, job="nobody")


def test_a_report_is_summed_from_receipts() -> None:
    """Without any dispatcher's report, the receipts give units, frames and seconds."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1)
    found = report_of(plan, work.store)
    assert (found["units"], found["reused"], found["missing"], found["frames"]) == (4, 2, 2, 50)
    assert found["seconds"]["total"] == 4.0
    assert found["state"] == "running"


def test_a_clips_line_says_what_it_lacks() -> None:
    """A clip is told as failed or missing units as long as not all of them stand."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1)
    uri = failure_uri("file:///job/A/", plan.clips[0].units[2].unit)
    work.store.files[uri] = msgspec.json.encode(DamagedSource("cut off").problem())
    found = report_of(plan, work.store)
    (row,) = found["clips"]
    assert (row["failed"], found["failed"]) == (1, 1)
    (line,) = [line for line in report_lines(found) if line.startswith("  A:")]
    assert "2/4 units" in line
    assert "1 failed, 1 missing:" in line


def test_status_lists_each_folder_once() -> None:
    """One listing a clip however many units it has, and no receipt is read."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1, 2, 3)
    work.store.listed.clear()
    uri = receipt_uri("file:///job/A/", plan.clips[0].units[0].unit)
    work.store.files[uri] = b"not even JSON"
    (status,) = read_job(OUT, work.store)
    assert status.done == 4
    assert work.store.listed["file:///job/A/.rushes/"] == 1
