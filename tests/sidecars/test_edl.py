"""CMX 3600 lists, long reels and drop frame included, against OpenTimelineIO's arithmetic."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode
from functions.turnover.edl import read_edl

HEAD = "TITLE: T\nFCM: NON-DROP FRAME\n"


def events(body: str, rate: Fraction | None = None) -> list[tuple[str, str | None, int, int]]:
    """(number, reel, first, last) of each event."""
    found = read_edl((HEAD + body).encode(), "t.edl", rate).events
    return [(e.number, e.reel, *e.needed) for e in found]


def line(number: int, reel: str, kind: str, *labels: str) -> str:
    return f"{number:03d}  {reel} V     {kind} {' '.join(labels)}\n"


def seconds(*at: float) -> tuple[str, ...]:
    """Labels at 24 frames a second."""
    return tuple(str(Timecode(round(each * 24), Fraction(24))) for each in at)


@pytest.mark.parametrize(
    "name",
    [
        "avid_example.edl",
        "cdl.edl",
        "gap_test.edl",
        "no_spaces_test.edl",
        "nucoda_example.edl",
        "screening_example.edl",
    ],
)
def test_ranges_are_those_of_opentimelineio(shared_data: Path, name: str) -> None:
    """Source and record of every cut equal what OpenTimelineIO's own reader computes."""
    path = shared_data / "editorial" / name
    ours = read_edl(path.read_bytes(), name).events
    timeline = otio.adapters.read_from_file(str(path), rate=24)
    theirs = timeline.find_clips()
    assert len(ours) == len(theirs)
    places = []
    for event, clip in zip(ours, theirs, strict=True):
        source = clip.trimmed_range()
        assert event.needed == (source.start_time.value, source.end_time_inclusive().value)
        assert event.name == clip.name
        places.append((event.record, clip.range_in_parent().start_time.value))
    # OpenTimelineIO's record times begin at 0, an EDL's at an hour of its own.
    assert {ours - theirs for ours, theirs in places} == {places[0][0] - places[0][1]}


def test_speeds_are_those_of_opentimelineio(shared_data: Path) -> None:
    """548 events with retimes and freezes: range and speed equal OpenTimelineIO's."""
    path = shared_data / "editorial" / "speed_effects.edl"
    ours = read_edl(path.read_bytes(), path.name).events
    theirs = otio.adapters.read_from_file(str(path), rate=24).find_clips()
    assert len(ours) == len(theirs) == 548
    retimed = 0
    for event, clip in zip(ours, theirs, strict=True):
        source = clip.trimmed_range()
        assert event.start == source.start_time.value
        warp = next((e for e in clip.effects if hasattr(e, "time_scalar")), None)
        if warp is not None:
            retimed += 1
            assert float(event.speed) == pytest.approx(warp.time_scalar, abs=1e-9)
    assert retimed >= 10


def test_a_dissolve_needs_the_frames_of_both_sides() -> None:
    """The outgoing clip goes on for the length of the dissolve, the incoming one is whole."""
    body = (
        line(1, "A", "C       ", *seconds(10, 12, 0, 2))
        + line(2, "A", "C       ", *seconds(12, 12, 2, 2))
        + line(2, "B", "D    024", *seconds(20, 23, 2, 5))
    )
    assert events(body) == [("001", "A", 240, 240 + 48 + 24 - 1), ("002", "B", 480, 551)]


def test_an_outgoing_clip_of_its_own_is_an_event() -> None:
    """A dissolve from a picture that no cut shows before pulls that picture's tail alone."""
    body = (
        line(1, "A", "C       ", *seconds(10, 12, 0, 2))
        + line(2, "C", "C       ", *seconds(50, 50, 2, 2))
        + line(2, "B", "D    024", *seconds(20, 23, 2, 5))
    )
    assert events(body)[1] == ("002", "C", 1200, 1223)


def test_fades_from_black_pull_no_black() -> None:
    """BL is nobody's reel."""
    body = (
        line(1, "BL", "C       ", *seconds(0, 0, 0, 0))
        + line(1, "A", "D    024", *seconds(10, 12, 0, 2))
        + line(2, "BL", "C       ", *seconds(0, 1, 2, 3))
    )
    assert events(body) == [("001", "A", 240, 287)]


@pytest.mark.parametrize("speed", ["048.0", "012.0", "-24.0", "000.0", "036.5"])
def test_retimes_cover_every_frame_that_is_shown(speed: str) -> None:
    """M2 in frames a second: each shown position lies in the range, which is no wider."""
    body = (
        line(1, "A", "C       ", *seconds(100, 102, 0, 2))
        + f"M2   A   {speed}   {seconds(100)[0]}\n"
    )
    ((_, _, first, last),) = events(body)
    shown = [2400 + Fraction(speed) / 24 * place for place in range(48)]
    assert first <= min(shown)
    assert max(shown) <= last
    assert min(shown) - first < 1
    assert last - max(shown) < 1


def test_drop_frame_labels_count_as_smpte_counts() -> None:
    """Over a minute's edge the labels 00 and 01 do not exist, as OpenTimelineIO counts too."""
    text = "TITLE: T\nFCM: DROP FRAME\n001  A V C 01:00:59;20 01:01:00;10 01:00:00;00 01:00:00;18\n"
    turnover = read_edl(text.encode(), "t.edl")
    assert turnover.rate == Fraction(30000, 1001)
    (event,) = turnover.events
    rate = 30000 / 1001
    ends = [
        otio.opentime.from_timecode(label, rate).value for label in ("01:00:59;20", "01:01:00;10")
    ]
    assert event.needed == (ends[0], ends[1] - 1)
    assert event.length == 18
    assert event.label(event.needed[1]) == "01:01:00;09"


@pytest.mark.parametrize(
    "reel", ["A", "A001_C004", "A" * 32, "B" * 128, "A001 C004 with spaces", "A001C004_230511.mov"]
)
def test_reels_of_any_length(reel: str) -> None:
    """Reels of 8, 32 and 128 characters, as File32 and File128 lists have them."""
    assert events(line(1, reel, "C       ", *seconds(1, 2, 0, 1))) == [("001", reel, 24, 47)]


def test_remarks_are_read() -> None:
    """Clip name, source file, CDL and a shot from a marker belong to their event."""
    body = (
        line(1, "AX", "C       ", *seconds(1, 2, 0, 1))
        + "* FROM CLIP NAME:  take 7\n* SOURCE FILE: A001.mov\n"
        "* ASC_SOP (1.1 1 0.9)(0.01 -0.02 0)(1 1 1.2)\n* ASC_SAT 0.8\n"
        "* LOC: 01:00:00:10 RED     ABC_010_020\n" + line(2, "R2", "C       ", *seconds(1, 2, 1, 2))
    )
    first, second = read_edl((HEAD + body).encode(), "t.edl").events
    assert (first.name, first.file, first.reel, first.shot) == (
        "take 7",
        "A001.mov",
        None,
        "ABC_010_020",
    )
    assert first.cdl is not None
    assert first.cdl.slope == (1.1, 1.0, 0.9)
    assert first.cdl.offset == (0.01, -0.02, 0.0)
    assert first.cdl.saturation == 0.8
    assert (second.name, second.cdl, second.shot) == ("R2", None, None)


def test_audio_is_left_out() -> None:
    """Events of audio tracks are no pictures; AA/V ones are."""
    body = line(1, "A", "C       ", *seconds(1, 2, 0, 1)).replace(" V ", " A2 ")
    body += line(2, "B", "C       ", *seconds(1, 2, 0, 1)).replace(" V ", " B ")
    assert [e[1] for e in events(body)] == ["B"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("001  A  V  C  01:00:00:00 01:00:01:00\n", "line 3"),
        ("001  A  V  C  01:00:01:00 01:00:00:00 01:00:00:00 01:00:01:00\n", "ends before"),
        ("001  A  V  C  01:00:00:24 01:00:01:00 01:00:00:00 01:00:01:00\n", "own rate"),
        ("", "no event"),
        ("* FROM CLIP NAME: x\n", "no event"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(body: str, said: str) -> None:
    """Broken lines end in a sentence and not in a wrong range."""
    with pytest.raises(InvalidRequest, match=said):
        events(body)


def test_the_given_rate_counts(shared_data: Path) -> None:
    """Labels past 23 need a rate to be said, and read with it."""
    data = (shared_data / "editorial/timecode_mismatch.edl").read_bytes()
    with pytest.raises(InvalidRequest, match="own rate"):
        read_edl(data, "t.edl")
    turnover = read_edl(data, "t.edl", Fraction(25))
    assert turnover.assumed == ()
    assert turnover.events[0].start == 90_000
    odd = [event for event in turnover.events if event.notes]
    assert odd, "mismatched source and record lengths are noted"


def test_random_bytes_never_crash() -> None:
    """Anything at all is an EDL or a sentence."""
    import random

    chance = random.Random(7)
    good = (HEAD + line(1, "A", "C       ", *seconds(1, 2, 0, 1))).encode()
    for _ in range(500):
        data = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            read_edl(bytes(data), "t.edl")
        except InvalidRequest:
            continue
