"""Movies in parts: the joining unit waits for its parts, and a job goes on where it was."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import msgspec
import pytest

from functions.contract.clip import ClipFacts
from functions.contract.errors import DamagedSource
from functions.contract.frames import FrameRange
from functions.contract.operation import Answer, Prepared
from functions.contract.picture import AudioFacts, PictureFacts
from functions.contract.receipt import receipt_uri
from functions.dispatch.job import parse_job
from functions.dispatch.planning import draw
from functions.dispatch.request import DispatchRequest
from functions.dispatch.sending.send import Courier
from functions.dispatch.unit import run
from functions.jobs.outcome import Outcome, Parcel
from functions.jobs.plan import Drawn, Plan, PlannedUnit, served_by
from functions.jobs.report import Ledger
from functions.jobs.status import commit_plan, report_of, status_of
from functions.serve.run.identity import unit_of
from tests.dispatch.fakes import FakeSink, FakeWork, headers_of, operation_of, receipt_for

OUT = "file:///job/"


class MovieWork(FakeWork):
    """Knows `transcode` and `stitch`; fields are not looked at."""

    def prepare(self, operation: str, request: Mapping[str, Any]) -> Prepared:
        plain = {k: v for k, v in sorted(request.items()) if k != "overwrite"}
        unit = unit_of(operation, plain, (), ())
        output = str(request["output"])
        stands = receipt_uri(output, unit) in self.store.files
        receipt = receipt_for(operation, unit, plain) if stands else None
        return Prepared(
            operation=operation, unit=unit, request=plain, output=output, receipt=receipt
        )


class AskingSink(FakeSink):
    """Does a stitch only when every part's receipt stands, as the function would."""

    def do(self, operation: str, unit: str, request: Mapping[str, Any]) -> Any:
        if operation == "stitch":
            for part in request["parts"]:
                assert part in self.store.files, "a stitch was sent before its parts stood"
        return super().do(operation, unit, request)


def job_of(**fields: Any) -> Any:
    clip = {"operation": "transcode", "input": "file:///A001.mov", **fields}
    return parse_job(OUT, [clip], {}, {"frames": 20})


def heard(uri: str, frames: str | None) -> tuple[ClipFacts, FrameRange]:
    """Headers of a clip with sound."""
    facts, wanted = headers_of(0, 99)(uri, frames)
    sound = (AudioFacts(codec="pcm_s16le", rate=48000, channels=2, layout="stereo"),)
    return msgspec.structs.replace(facts, picture=PictureFacts(audio=sound)), wanted


def drawn(work: MovieWork, headers: Any = heard, **fields: Any) -> Drawn:
    return draw(job_of(**fields), headers, work.prepare, operation_of, most_frames=100_000)


def deliver(found: Drawn, work: MovieWork, sink: FakeSink, lanes: int = 3) -> Ledger:
    """What `dispatch` does between plan and report."""
    commit_plan(found.plan, work.store)
    ledger = Ledger(found)
    parcels = [
        Parcel(
            unit=unit.unit,
            operation=unit.operation or clip.operation,
            request=clip.request_of(unit),
            output=clip.output_of(unit),
            clip=clip.index,
            frames=unit.frames,
            count=unit.count,
            after=tuple(u for u in unit.after if u not in found.standing),
        )
        for clip in found.plan.clips
        for unit in clip.units
        if unit.unit not in found.standing
    ]
    courier = Courier(work.store, work, attempts=2, patience=600, told=ledger.settle)
    courier.start(parcels, sink, lanes)
    courier.finish()
    courier.join()
    return ledger


def joining(plan: Plan) -> PlannedUnit:
    return plan.clips[0].units[-1]


def test_a_movie_is_cut_and_joined_at_the_end() -> None:
    """100 frames in units of 20 are five parts in a folder of their own and one stitch."""
    plan = drawn(MovieWork()).plan
    (clip,) = plan.clips
    *parts, join = clip.units
    assert [unit.frames for unit in parts] == ["0-19", "20-39", "40-59", "60-79", "80-99"]
    folder = parts[0].output
    assert folder is not None and folder.startswith("file:///job/A001/.rushes/parts/")
    assert clip.request_of(parts[1])["name"] == "A001.0000020-0000039"
    assert (join.operation, join.count, join.frames) == ("stitch", 0, "0-99")
    assert join.after == tuple(unit.unit for unit in parts)
    assert join.own["parts"] == [receipt_uri(folder, unit.unit) for unit in parts]
    assert join.own["output"] == "file:///job/A001/"
    assert join.own["name"] == "A001"


def test_a_short_movie_needs_no_stitch() -> None:
    """A movie of one unit is made whole, at its own place."""
    work = MovieWork()
    job = parse_job(OUT, [{"operation": "transcode", "input": "file:///A.mov"}], {}, {"frames": 99})
    (unit,) = (
        draw(job, headers_of(0, 50), work.prepare, operation_of, most_frames=100)
        .plan.clips[0]
        .units
    )
    assert (unit.operation, unit.output, unit.after) == (None, None, ())


def test_overlapping_sound_is_a_part_of_its_own() -> None:
    """An MP4's parts have no sound; the sound is made once over all frames and joined to them."""
    (clip,) = drawn(MovieWork(), codec="h264").plan.clips
    *parts, sound, join = clip.units
    assert {clip.request_of(unit)["only"] for unit in parts} == {"picture"}
    assert (clip.request_of(sound)["only"], sound.frames, sound.count) == ("sound", "0-99", 0)
    assert sound.output is not None
    assert join.own["sound"] == receipt_uri(sound.output, sound.unit)
    assert sound.unit in join.after


@pytest.mark.parametrize(
    "fields", [{"codec": "h264", "audio": "none"}, {"codec": "prores-hq"}, {"codec": "dnxhr-hq"}]
)
def test_other_sound_stays_with_its_pictures(fields: dict[str, str]) -> None:
    """PCM and silence need no part of their own."""
    (clip,) = drawn(MovieWork(), **fields).plan.clips
    assert all("only" not in clip.request_of(unit) for unit in clip.units)


def test_a_silent_clip_has_no_sound_part() -> None:
    """A clip without sound is cut into parts of pictures as it is."""
    (clip,) = drawn(MovieWork(), headers_of(0, 99), codec="h264").plan.clips
    assert all("only" not in clip.request_of(unit) for unit in clip.units)


def test_parts_begin_at_groups_and_cadences() -> None:
    """At 29.97 parts of H.264 hold multiples of 60 frames: groups of 12, samples of 5."""

    def ntsc(uri: str, frames: str | None) -> tuple[ClipFacts, FrameRange]:
        facts, _ = heard(uri, frames)
        rate = Fraction(30000, 1001)
        return msgspec.structs.replace(facts, rate=rate), FrameRange(0, 200)

    units = drawn(MovieWork(), ntsc, codec="h264").plan.clips[0].units
    cut = [unit.frames for unit in units if unit.count]
    assert cut == ["0-59", "60-119", "120-179", "180-199"]


def test_op_atom_is_made_in_one_piece() -> None:
    """A file for each stream cannot be joined, so the movie is one unit."""
    (unit,) = drawn(MovieWork(), codec="dnxhr-hq", container="mxf-opatom").plan.clips[0].units
    assert (unit.frames, unit.after) == (None, ())


@pytest.mark.parametrize("lanes", [1, 3, 16])
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_stitch_is_sent_when_all_parts_stand(lanes: int, asynchronous: bool) -> None:
    """Whatever is in flight, and whether answers come by the storage, the stitch comes last."""
    work = MovieWork()
    sink = AskingSink(work.store, asynchronous=asynchronous)
    found = drawn(work)
    report = deliver(found, work, sink, lanes).report(1.0)
    assert sink.log[-1] == joining(found.plan).unit
    assert (report["state"], report["done"], report["frames"]) == ("done", 6, 100)
    assert report["frames_made"] == 100
    assert status_of(found.plan, work.store).complete


def test_frames_of_a_sound_part_are_not_counted_twice() -> None:
    """A movie of 100 frames with its sound apart is 100 frames in the report."""
    work = MovieWork()
    report = deliver(drawn(work, codec="h264"), work, AskingSink(work.store)).report(1.0)
    assert (report["frames"], report["frames_made"], report["failed"]) == (100, 100, 0)


def test_a_failed_part_is_no_stitch() -> None:
    """A part that cannot be made leaves the stitch unsent, and both are told as failed."""
    work = MovieWork()
    found = drawn(work)
    third = found.plan.clips[0].units[2].unit

    def bad(unit: str, request: Mapping[str, Any], attempt: int) -> Answer | None:
        del request, attempt
        problem = DamagedSource("frame 44 is cut short").problem()
        return Answer(None, problem) if unit == third else None

    sink = AskingSink(work.store, bad)
    report = deliver(found, work, sink).report(1.0)
    assert (report["state"], report["failed"], report["done"]) == ("failed", 2, 4)
    assert joining(found.plan).unit not in sink.sent
    told = {failure["unit"]: failure["problem"] for failure in report["failures"]}
    said = told[joining(found.plan).unit]
    assert said["code"] == "damaged_source"
    assert "frames 40-59" in said["detail"] and "frame 44" in said["detail"]


def test_a_job_goes_on_where_it_was() -> None:
    """After a kill only missing parts are made, and the stitch once."""
    work = MovieWork()
    first = drawn(work)
    (clip,) = first.plan.clips
    for unit in clip.units[:3]:
        AskingSink(work.store).do("transcode", unit.unit, clip.request_of(unit))
    assert not status_of(first.plan, work.store).complete
    again = drawn(work)
    sink = AskingSink(work.store)
    deliver(again, work, sink)
    assert sink.log == [unit.unit for unit in again.plan.clips[0].units[3:]]
    assert again.plan.json() == first.plan.json()


def test_parts_have_served_when_the_movie_stands() -> None:
    """Parts that are deleted after the stitch are not made again, and the job is complete."""
    work = MovieWork()
    found = drawn(work)
    deliver(found, work, AskingSink(work.store))
    for uri in [uri for uri in work.store.files if "/parts/" in uri]:
        del work.store.files[uri]
    again = drawn(work)
    assert set(again.standing) == {unit.unit for unit in again.plan.clips[0].units}
    status = status_of(again.plan, work.store)
    assert (status.complete, status.frames_done) == (True, 100)
    report = report_of(again.plan, work.store)
    assert (report["state"], report["frames"]) == ("done", 100)
    assert len(served_by(again.plan, [joining(again.plan).unit])) == 5


def test_a_missing_stitch_is_named() -> None:
    """The status of a job whose parts stand alone says that the stitch is missing."""
    work = MovieWork()
    found = drawn(work)
    (planned,) = found.plan.clips
    for unit in planned.units[:-1]:
        AskingSink(work.store).do("transcode", unit.unit, planned.request_of(unit))
    (clip,) = status_of(found.plan, work.store).clips
    assert (clip.done, clip.missing) == (5, ("stitch 0-99",))


def test_two_ranges_of_one_movie_at_one_place_are_refused() -> None:
    """Two transcodes that would write one file are a conflict although their frames differ."""
    clips = [
        {"operation": "transcode", "input": "file:///A001.mov", "frames": frames, "output": "x"}
        for frames in ("0-49", "50-99")
    ]
    job = parse_job(OUT, clips, {}, {"frames": 20})
    with pytest.raises(ValueError, match="would both write"):
        draw(job, headers_of(0, 99), MovieWork().prepare, operation_of, most_frames=1000)


def test_two_cuts_of_one_movie_share_a_folder() -> None:
    """Cuts are named by their ranges; only the same range twice is a conflict."""

    def clips(*ranges: str) -> Any:
        return parse_job(
            OUT,
            [
                {"operation": "trim", "input": "file:///A.mov", "frames": r, "output": "x"}
                for r in ranges
            ],
            {},
            {},
        )

    plan = draw(
        clips("0-4", "5-9"), headers_of(0, 99), MovieWork().prepare, operation_of, most_frames=9
    ).plan
    assert len(plan.clips) == 2
    with pytest.raises(ValueError, match="would both write"):
        draw(
            clips("0-4", "0-4"), headers_of(0, 99), MovieWork().prepare, operation_of, most_frames=9
        )


def test_the_function_sends_parts_and_stitch(monkeypatch: pytest.MonkeyPatch) -> None:
    """`dispatch` itself gives each parcel its own operation, place and order."""
    work = MovieWork()
    sink = AskingSink(work.store)
    work.open_sink = sink.open
    found = drawn(work)
    monkeypatch.setattr("functions.dispatch.unit._draw", lambda request, work, store: found)
    request = DispatchRequest(
        output=OUT, clips=[{"operation": "transcode", "input": "file:///A001.mov"}]
    )
    result = run(request, work)  # type: ignore[arg-type]
    assert result.report is not None and result.report["state"] == "done"
    assert sink.log[-1] == joining(found.plan).unit


def test_an_outcome_frees_each_waiter_once() -> None:
    """A part that two movies wait for frees both."""
    from functions.dispatch.sending.held import Held

    def parcel(unit: str, *after: str) -> Parcel:
        return Parcel(
            unit=unit, operation="x", request={}, output=None, clip=0, frames=None, count=0,
            after=after,
        )  # fmt: skip

    held = Held([parcel("m", "a", "b"), parcel("n", "b")])
    done = receipt_for("x", "b", {})
    assert held.settle(Outcome(parcel=parcel("b"), attempts=1, receipt=done)) == []
    freed = held.freed()
    assert freed is not None and freed.unit == "n"
    assert held.freed() is None
    held.settle(Outcome(parcel=parcel("a"), attempts=1, receipt=done))
    assert held.freed() is not None
