"""What was damaged in a job's folder is a sentence or is passed over, and never a fault here."""

from __future__ import annotations

from datetime import datetime

import pytest

from functions.contract.errors import DamagedSource
from functions.contract.receipt import failure_uri, receipt_uri
from functions.jobs.pace import Pace, met_deadline, pace_uri
from functions.jobs.report import lines as report_lines
from functions.jobs.status import lines, plan_uri, read_job, report_of, report_uri, wait
from tests.dispatch.fakes import FakeWork
from tests.dispatch.test_status import OUT, do, planned

BROKEN = [b"", b"{", b"[1]", b'{"a": "\xff"}', b'{"a":' * 100_000, b'{"failures": [1]}']
TOLD = [
    b'{"failures": [{"clip": 0, "problem": {"code": [], "detail": 1}}]}',
    b'{"done": -1}',
]


@pytest.mark.parametrize("text", [*BROKEN, b'{"job": 1}'], ids=lambda text: repr(text[:12]))
def test_a_damaged_plan_is_a_sentence(text: bytes) -> None:
    """No JSON, no text, brackets without end, another shape: the source is damaged."""
    work = FakeWork()
    plan = planned(work, "A")
    work.store.files[plan_uri(OUT, plan.job)] = text
    with pytest.raises(DamagedSource, match="no plan of a job"):
        read_job(OUT, work.store)


@pytest.mark.parametrize(("found", "changed"), [(b'"index":0', b'"index":7')])
def test_a_plan_that_contradicts_itself_is_damaged(found: bytes, changed: bytes) -> None:
    """Clips are found by their index: one that is not there would end a report in a fault."""
    work = FakeWork()
    uri = plan_uri(OUT, planned(work, "A").job)
    work.store.files[uri] = work.store.files[uri].replace(found, changed)
    with pytest.raises(DamagedSource, match="numbered"):
        read_job(OUT, work.store)


@pytest.mark.parametrize("text", [*BROKEN, *TOLD], ids=lambda text: repr(text[:12]))
def test_what_is_damaged_beside_a_plan_is_passed_over(text: bytes) -> None:
    """Report, pace, note and receipt: status, wait and report tell what is left."""
    work = FakeWork()
    plan = planned(work, "A")
    do(work, plan, 0, 0, 1, 2, 3)
    output, units = str(plan.clips[0].output), plan.clips[0].units
    for uri in (report_uri(OUT, plan.job), pace_uri(OUT, plan.job)):
        work.store.files[uri] = text
    work.store.files[receipt_uri(output, units[0].unit)] = text
    work.store.files[failure_uri(output, units[1].unit)] = text
    (status,) = wait(OUT, work.store, lambda seconds: None, patience=1)
    assert list(lines(status))
    told = report_of(plan, work.store)
    assert (told["reused"], told["missing"], told["failures"]) == (3, 1, [])
    assert list(report_lines(told))


def test_a_pace_of_no_year_is_told() -> None:
    """A time that no calendar has, in a pace or as `ready_by`, ends in words and in no fault."""
    assert Pace(at=0.0, ready_at=1e300).words() == "ready about 1e+300 s after 1970"
    edge = datetime.fromisoformat("9999-12-31T23:59:59-14:00").timestamp()
    assert met_deadline({"state": "done"}, edge, 0.0)["in_time"]
