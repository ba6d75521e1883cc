"""Plans: the same job and headers always give the same units, and the units make the clip."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.contract.errors import InvalidRequest, LimitExceeded, StoreUnavailable
from functions.contract.frames import FrameRange, parse_frames
from functions.contract.segments import Parts
from functions.dispatch import planning
from functions.dispatch.job import Job, Units, parse_job
from functions.dispatch.planning import draw
from functions.dispatch.split import LARGEST_UNIT, split
from functions.jobs.plan import Drawn
from functions.serve.run.catalog import Catalog
from functions.storage.listed_once import ListedOnce
from tests.dispatch.fakes import FakeSink, FakeWork, MemoryStore, headers_of, operation_of

OUT = "file:///job/"


def job_of(*clips: dict[str, Any], **units: float) -> Job:
    """A job of debayers unless a clip says otherwise."""
    return parse_job(OUT, clips, {"operation": "debayer"}, units)


def drawn(job: Job, work: FakeWork | None = None, **headers: int) -> Drawn:
    """The job's plan with made-up headers."""
    return draw(
        job, headers_of(**headers), (work or FakeWork()).prepare, operation_of, most_frames=100_000
    )


def seconds_per_frame(fields: dict[str, Any], width: int = 2000) -> float:
    """What a debayer says of a frame of 1000 lines."""
    splitting = Catalog().load("debayer").splitting
    assert splitting is not None
    cut = splitting(fields)
    assert cut is not None
    facts, _ = headers_of()("file:///A.dng", None)
    return cut(msgspec.structs.replace(facts, width=width, height=1000)).seconds


def test_a_plan_is_repeatable() -> None:
    """Two plans of one job are the same bytes, down to the units' names."""
    clips = [{"input": f"file:///A{n:03d}_%06d.dng"} for n in range(20)]
    job = job_of(*clips, target_seconds=4)
    assert drawn(job).plan.json() == drawn(job).plan.json()


def test_the_plan_of_a_known_job() -> None:
    """100 frames of 4K at five seconds a unit: 31 would fit, and four equal parts are cut."""
    plan = drawn(job_of({"input": "file:///A001_%06d.dng"}, target_seconds=5)).plan
    (clip,) = plan.clips
    assert clip.output == "file:///job/A001/"
    assert clip.frames == "1001-1100"
    cut = [unit.frames for unit in clip.units]
    assert cut == ["1001-1025", "1026-1050", "1051-1075", "1076-1100"]
    assert clip.request_of(clip.units[0]) == {
        "frames": "1001-1025",
        "input": "file:///A001_%06d.dng",
        "output": "file:///job/A001/",
    }


def test_explicit_frames_cut_exactly() -> None:
    """Units of 24 frames are 24 frames, and the rest is the last."""
    plan = drawn(job_of({"input": "file:///A001_%06d.dng", "frames": "1-50"}, frames=24)).plan
    assert [unit.frames for unit in plan.clips[0].units] == ["1-24", "25-48", "49-50"]


@given(
    start=st.integers(0, 10_000),
    count=st.integers(1, 5_000),
    step=st.integers(1, 7),
    seconds=st.floats(0.01, 3600),
    per_frame=st.floats(0.001, 60),
    most=st.integers(1, 5_000),
    frames=st.none() | st.integers(1, 5_000),
)
def test_units_partition_the_range(
    start: int,
    count: int,
    step: int,
    seconds: float,
    per_frame: float,
    most: int,
    frames: int | None,
) -> None:
    """Every frame is in one unit and in one alone, in order, and no unit is over a limit."""
    whole = FrameRange(start, start + (count - 1) * step + 1, step)
    parts = split(
        whole,
        Units(target_seconds=seconds, frames=frames),
        Parts(way="frames", seconds=per_frame),
        most,
    )
    assert [frame for part in parts for frame in part] == list(whole)
    assert all(len(part) <= min(most, frames or LARGEST_UNIT) for part in parts)
    assert [frame for part in parts for frame in parse_frames(str(part))] == list(whole)
    if frames is None:
        # As even as equal parts can be: only the last may be short, and by less than a part each.
        assert len({len(part) for part in parts[:-1]}) <= 1


def test_slower_frames_make_shorter_units() -> None:
    """More pixels, a better method and a tighter compression each shorten the units."""
    fast = seconds_per_frame({"method": "fast", "compression": "none"})
    assert fast < seconds_per_frame({"compression": "none"})
    assert fast < seconds_per_frame({"method": "fast", "compression": "zip"})
    assert fast < seconds_per_frame({"method": "fast"}, width=8000)
    clip = {"input": "file:///A_%06d.dng"}
    plain = drawn(job_of(clip), last=9000).plan.clips[0].units
    zipped = drawn(job_of({**clip, "compression": "zip"}), last=9000).plan.clips[0].units
    assert len(zipped) > len(plain)


def test_an_operation_without_frames_is_one_unit() -> None:
    """An inspect is not cut, and its clip is not opened to plan it."""
    plan = drawn(job_of({"operation": "inspect", "input": "file:///missing/A001.mov"})).plan
    (unit,) = plan.clips[0].units
    assert (unit.frames, unit.count, plan.clips[0].output) == (None, 0, "file:///job/A001/")


def test_requests_of_all_clips_are_checked_at_once() -> None:
    """Each clip's wrong fields are named by path, and those of the defaults by theirs."""
    job = parse_job(
        OUT,
        [
            {"input": "file:///A001.mov"},
            {"input": "file:///B001.mov", "method": "magic", "frames": "9-1"},
            {"operation": "inspect", "input": "file:///C001.mov", "framez": "1"},
            {"method": "fast"},
            {"operation": "nothing", "input": "file:///D001.mov"},
        ],
        {"operation": "debayer", "compression": "zip"},
    )
    with pytest.raises(InvalidRequest) as error:
        drawn(job)
    assert {p["field"] for p in error.value.facts["problems"]} == {
        "clips[1].frames",
        "clips[1].method",
        "clips[2].framez",
        "defaults.compression",
        "clips[3].input",
        "clips[4].operation",
    }


def test_a_clip_that_cannot_be_read_does_not_stop_the_others() -> None:
    """It stands in the plan with its problem, and the other clips have their units."""
    plan = drawn(job_of({"input": "file:///missing.mov"}, {"input": "file:///B.mov"})).plan
    assert plan.clips[0].problem is not None
    assert plan.clips[0].problem["code"] == "source_not_found"
    assert plan.clips[0].units == ()
    assert len(plan.clips[1].units) == 1


def test_a_storage_that_is_away_stops_the_plan() -> None:
    """Retryable trouble is no property of a clip: the dispatch fails and may be tried again."""

    def headers(uri: str, frames: str | None) -> Any:
        raise StoreUnavailable("away")

    with pytest.raises(StoreUnavailable):
        draw(
            job_of({"input": "file:///A.mov"}),
            headers,
            FakeWork().prepare,
            operation_of,
            most_frames=10,
        )


def places(*clips: dict[str, Any]) -> list[str]:
    """The paths that a job's overlaps name."""
    try:
        drawn(job_of(*clips, frames=10))
    except InvalidRequest as error:
        assert "would both write" in error.detail
        return [problem["field"] for problem in error.facts["problems"]]
    return []


def test_two_clips_may_not_write_to_the_same_place() -> None:
    """Both are named: by default folders, by outputs said, and by frames that meet."""
    one, two = {"input": "file:///x/A_%06d.dng"}, {"input": "file:///y/A_%06d.dng"}
    assert places(one, two) == ["clips[1].output"]
    assert places({**one, "output": "a"}, {**two, "output": "b"}) == []
    assert places({**one, "frames": "1-24"}, {**one, "frames": "20-30"}) == ["clips[1].output"]
    assert places({**one, "frames": "20-30"}, {**one, "frames": "1-100"}) == ["clips[1].output"]
    sheet = {"operation": "inspect", **one}
    assert places(sheet, one) == []
    assert places(sheet, sheet) == ["clips[1].output"]


def test_sub_ranges_and_names_share_a_folder() -> None:
    """Ranges that do not meet, steps that interleave, and names that differ are fine."""
    one = {"input": "file:///x/A_%06d.dng", "output": "a"}
    assert places({**one, "frames": "1-24"}, {**one, "frames": "25-48"}) == []
    assert places({**one, "frames": "1-99x2"}, {**one, "frames": "2-98x2"}) == []
    assert places({**one, "frames": "1-99x2"}, {**one, "frames": "99-101x2"}) != []
    odd, even, few = ({**one, "frames": f} for f in ("1-99x2", "2-20x2", "11-21x2"))
    assert places(odd, even, few) == ["clips[2].output"]
    assert places({**one, "name": "left"}, {**one, "name": "right"}) == []


def test_units_that_stand_are_known() -> None:
    """A unit whose receipt stands is told beside the plan, and the plan is the same."""
    work = FakeWork()
    job = job_of({"input": "file:///A_%06d.dng", "frames": "1-30"}, frames=10)
    first = drawn(job, work)
    assert first.standing == {}
    (clip,) = first.plan.clips
    unit = clip.units[1]
    FakeSink(work.store).do("debayer", unit.unit, clip.request_of(unit))
    again = drawn(job, work)
    assert list(again.standing) == [unit.unit]
    assert again.plan == first.plan


def test_overwrite_is_the_jobs_or_the_clips() -> None:
    """A clip's own overwrite goes with its units; the job's is given when they are sent."""
    plan = drawn(job_of({"input": "file:///A.mov", "overwrite": True})).plan
    assert plan.clips[0].request["overwrite"] is True
    quiet = drawn(job_of({"input": "file:///A.mov"})).plan
    assert "overwrite" not in quiet.clips[0].request
    assert quiet.clips[0].units[0].unit == plan.clips[0].units[0].unit


def test_a_clip_is_cut_as_it_was() -> None:
    """A job whose plan stands keeps its cuts, though its frames are taken for dearer by now;
    a clip that has other frames since is cut anew."""
    job = job_of({"input": "file:///A_%06d.dng"}, target_seconds=5)
    before = draw(job, headers_of(), FakeWork().prepare, operation_of, most_frames=1000).plan
    dear = headers_of(width=40960, height=21600)
    cut = draw(job, dear, FakeWork().prepare, operation_of, most_frames=1000).plan
    assert len(cut.clips[0].units) > 4 == len(before.clips[0].units)
    cuts = msgspec.json.decode(before.json(), type=planning.Cuts)
    kept = draw(job, dear, FakeWork().prepare, operation_of, most_frames=1000, kept=cuts).plan
    assert [u.unit for u in kept.clips[0].units] == [u.unit for u in before.clips[0].units]
    longer = headers_of(1001, 1300)
    anew = draw(job, longer, FakeWork().prepare, operation_of, most_frames=1000, kept=cuts).plan
    assert anew.clips[0].units[-1].frames == "1271-1300"


def test_a_plan_survives_its_json() -> None:
    """What is committed reads back as the same plan."""
    plan = drawn(job_of({"input": "file:///A.mov"}, {"input": "file:///missing.mov"})).plan
    assert msgspec.json.decode(plan.json(), type=planning.Plan) == plan


def test_a_job_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Millions of units are a mistake in `units`, said before any is sent."""
    monkeypatch.setattr(planning, "MOST_UNITS", 99)
    with pytest.raises(LimitExceeded, match="100 units"):
        drawn(job_of({"input": "file:///A_%06d.dng", "frames": "1-100"}, frames=1))


def test_work_grows_with_the_job_and_not_with_its_square() -> None:
    """3,000 clips in one folder: a header and a check a clip, and one listing of the folder."""
    work = FakeWork()
    cached = ListedOnce(work.store)
    names = headers_of()

    def headers(uri: str, frames: str | None) -> Any:
        list(cached.list("file:///camera/"))
        return names(uri, frames)

    clips = [{"input": f"file:///camera/C{n:04d}_%06d.dng"} for n in range(3000)]
    plan = draw(job_of(*clips), headers, work.prepare, operation_of, most_frames=1000).plan
    assert len(plan.clips) == 3000
    assert work.prepared == sum(len(clip.units) for clip in plan.clips)
    assert work.store.listed == {"file:///camera/": 1}


def test_a_remembered_listing_reads_like_the_store() -> None:
    """Everything but the listing goes straight through."""
    store = MemoryStore()
    listed = ListedOnce(store)
    assert listed.put_if_absent("file:///a/b", b"12345")
    listed.put("file:///a/c", b"6")
    assert [stat.uri for stat in listed.list("file:///a/")] == ["file:///a/b", "file:///a/c"]
    assert listed.read_range("file:///a/b", 1, 3) == b"234"
    assert listed.open("file:///a/b").read() == listed.read("file:///a/b") == b"12345"
    assert listed.stat("file:///a/c").bytes == 1
    assert listed.folders("file:///a/") == ()
