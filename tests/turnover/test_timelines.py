"""Timelines through OpenTimelineIO: ranges by its own arithmetic, transitions, retimes, reels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from functions.contract.errors import InvalidRequest, UnsupportedMedia
from functions.turnover.model import Event
from functions.turnover.read import read_turnover

R24 = 24


def clip(name: str, start: int, length: int, **fields: object) -> otio.schema.Clip:
    span = otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, R24), otio.opentime.RationalTime(length, R24)
    )
    return otio.schema.Clip(name, source_range=span, **fields)


def read(*items: otio.core.Composable) -> tuple[Event, ...]:
    timeline = otio.schema.Timeline("T")
    timeline.tracks.append(otio.schema.Track("V1", children=list(items)))
    text = otio.adapters.write_to_string(timeline, "otio_json")
    return read_turnover(text.encode(), "t.otio").events


@pytest.mark.parametrize("name", ["simple_cut.otio", "multitrack.otio"])
def test_ranges_are_those_of_opentimelineio(shared_data: Path, name: str) -> None:
    """First and last source frame of every clip without neighbours' transitions."""
    path = shared_data / "editorial" / name
    ours = read_turnover(path.read_bytes(), name).events
    document = otio.adapters.read_from_file(str(path))
    timelines = [document] if isinstance(document, otio.schema.Timeline) else list(document)
    theirs = [
        c
        for each in timelines
        for track in (each.video_tracks() if isinstance(each, otio.schema.Timeline) else [each])
        for c in ([track] if isinstance(track, otio.schema.Clip) else track.find_clips())
    ]
    ranges = [(c.name, c.trimmed_range()) for c in theirs]
    expected = [(n, r.start_time.value, r.end_time_inclusive().value) for n, r in ranges]
    assert sorted((e.name, *e.needed) for e in ours) == sorted(expected)


def test_markers_of_a_newer_kind_are_no_hindrance(shared_data: Path) -> None:
    """A file with markers that the library cannot read has the events of the same cut's EDL."""
    folder = shared_data / "editorial"
    name = "screening_example.otio"
    with pytest.raises(otio.exceptions.OTIOError):  # else this test says nothing
        otio.adapters.read_from_file(str(folder / name))
    ours = read_turnover((folder / name).read_bytes(), name).events
    cut = folder / "screening_example.edl"
    edl = read_turnover(cut.read_bytes(), cut.name, Fraction(24)).events
    assert [e.needed for e in ours] == [e.needed for e in edl]


def test_transitions_need_frames_of_both_sides() -> None:
    """Each side of a dissolve is as long as OpenTimelineIO's expanded tracks make it."""
    dissolve = otio.schema.Transition(
        transition_type="SMPTE_Dissolve",
        in_offset=otio.opentime.RationalTime(5, R24),
        out_offset=otio.opentime.RationalTime(7, R24),
    )
    first, second = read(clip("A", 100, 50), dissolve, clip("B", 300, 40))
    assert first.needed == (100, 149 + 7)
    assert second.needed == (300 - 5, 339)
    track = otio.schema.Track(children=[clip("A", 100, 50), dissolve.clone(), clip("B", 300, 40)])
    expanded = otio.algorithms.track_with_expanded_transitions(track)
    _, post, _ = expanded[1]
    outgoing = expanded[1][0].trimmed_range()
    assert outgoing.end_time_inclusive().value == first.needed[1]
    assert expanded[1][2].trimmed_range().start_time.value == second.needed[0]
    assert post is not None


@pytest.mark.parametrize("scalar", [2.0, 0.5, 1.25])
def test_linear_retimes_cover_what_is_shown(scalar: float) -> None:
    """A time warp stretches the range by its scalar, rounded outwards."""
    (event,) = read(clip("A", 1000, 10, effects=[otio.schema.LinearTimeWarp(time_scalar=scalar)]))
    shown = [1000 + Fraction(scalar) * place for place in range(10)]
    first, last = event.needed
    assert 0 <= min(shown) - first < 1
    assert 0 <= last - max(shown) < 1


def test_freeze_frames_need_one_frame() -> None:
    """A freeze of 50 frames is one frame of the source, and said to be one."""
    (event,) = read(clip("A", 1000, 50, effects=[otio.schema.FreezeFrame()]))
    assert event.needed == (1000, 1000)
    assert event.notes == ("it is a freeze frame",)


@pytest.mark.parametrize(("scalar", "last"), [(-1.0, 1009), (-2.0, 1019)])
def test_a_reversed_clip_uses_its_material_from_its_end(scalar: float, last: int) -> None:
    """The range is the material, and is shown from its end, as conform tools compute it."""
    (event,) = read(clip("A", 1000, 10, effects=[otio.schema.LinearTimeWarp(time_scalar=scalar)]))
    assert event.needed == (1000, last)
    assert event.notes == ("it plays backwards",)


def test_other_time_effects_are_not_guessed() -> None:
    """A time effect of no known kind is trouble that is told, and no range."""
    (event,) = read(clip("A", 1000, 10, effects=[otio.schema.TimeEffect("Ramp")]))
    assert event.trouble is not None
    assert "curve" in event.trouble


@pytest.mark.parametrize(
    "name", ["bezier02.aaf", "spline01.aaf", "step01.aaf", "linear03.aaf", "step03.aaf"]
)
def test_curves_of_an_aaf_are_one_event_that_holds_all_they_show(
    shared_data: Path, name: str
) -> None:
    """Avid's baked offsets are read: the range holds each one at a whole frame, by pyaaf2."""
    import aaf2

    path = shared_data / "editorial" / name
    (event,) = read_turnover(path.read_bytes(), name).events
    assert event.name == "96_116_20_03_01.mov"
    assert any("speed changes" in note for note in event.notes)
    with aaf2.open(str(path)) as file:
        (mob,) = file.content.toplevel()
        todo = [slot.segment for slot in mob.slots if slot.media_kind == "Picture"]
        groups = []
        while todo:
            each = todo.pop()
            todo += list(getattr(each, "components", None) or getattr(each, "segments", None) or ())
            if type(each).__name__ == "OperationGroup" and each.operation.name == "Motion Control":
                groups.append(each)
        (group,) = groups
        (curve,) = [p for p in group.parameters if p.name == "PARAM_SPEED_OFFSET_MAP_U"]
        inner = group.segments[0].components[0]
        offsets = [p.value for p in curve.pointlist if 0 <= p.time <= group.length - 1]
    inside = [each for each in offsets if 0 <= each <= inner.length - 1]
    assert event.needed[0] <= inner.start + min(inside) < event.needed[0] + 1
    assert event.needed[1] - 1 < inner.start + max(inside) + 1 <= event.needed[1] + 1


def test_logs_give_whole_takes(shared_data: Path) -> None:
    """An ALE's lines are takes with tape and timecode; labels come back as they stand."""
    data = (shared_data / "editorial/sample_no_blanks.ale").read_bytes()
    turnover = read_turnover(data, "sample_no_blanks.ale")
    assert len(turnover.events) == 6
    first = turnover.events[0]
    assert first.reel == "A_0076C001_230511_184122_h1CTJ"
    assert first.label(first.needed[0]).encode() in data
    assert first.label(first.needed[1] + 1).encode() in data


def test_nested_clips_keep_their_place_on_the_timeline(shared_data: Path) -> None:
    """Record frames of nested clips are OpenTimelineIO's transformed times."""
    path = shared_data / "editorial/nested_example.otio"
    timeline = otio.adapters.read_from_file(str(path))
    expected = {
        c.name: c.transformed_time(c.trimmed_range().start_time, timeline.tracks).value
        for c in timeline.find_clips()
    }
    events = read_turnover(path.read_bytes(), path.name).events
    assert {e.name: e.record for e in events} == expected


def test_what_is_no_turnover_is_said(shared_data: Path) -> None:
    """Unknown kinds, damage and documents without pictures end in sentences."""
    with pytest.raises(UnsupportedMedia, match=r"\.aaf, \.ale, \.csv, \.edl"):
        read_turnover(b"", "t.docx")
    for name in ("t.otio", "t.otioz", "t.fcpxml", "t.xml", "t.aaf", "t.ale", "t.csv"):
        with pytest.raises(InvalidRequest):
            read_turnover(b"garbage", name)
    with pytest.raises(InvalidRequest, match="no picture"):
        data = (shared_data / "editorial/sector_size_512.aaf").read_bytes()
        read_turnover(data, "audio.aaf")
    with pytest.raises(InvalidRequest, match="entities"):
        read_turnover(b'<!DOCTYPE x [<!ENTITY a "b">]><fcpxml/>', "t.fcpxml")
