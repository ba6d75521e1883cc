"""CMX 3600 lists, long reels and drop frame included, against OpenTimelineIO's arithmetic."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from functions.turnover.readers.edl import read_edl
from tests.turnover.edl_lines import HEAD, events, line, seconds


@pytest.mark.parametrize(
    "name",
    [
        "avid_example.edl",
        "cdl.edl",
        "dissolve_test_2.edl",
        "gap_test.edl",
        "no_spaces_test.edl",
        "nucoda_example.edl",
        "screening_example.edl",
        "transition_duration.edl",
    ],
)
def test_ranges_are_those_of_opentimelineio(shared_data: Path, name: str) -> None:
    """Source and record of every cut equal what OpenTimelineIO's own reader computes.

    The outgoing side of a dissolve goes on for the out offset of OpenTimelineIO's transition.
    """
    path = shared_data / "editorial" / name
    ours = read_edl(path.read_bytes(), name).events
    timeline = otio.adapters.read_from_file(str(path), rate=24)
    theirs = timeline.find_clips()
    assert len(ours) == len(theirs)
    places = []
    for event, clip in zip(ours, theirs, strict=True):
        source = clip.trimmed_range()
        _, following = clip.parent().neighbors_of(clip)
        over = following.out_offset.value if isinstance(following, otio.schema.Transition) else 0
        first, last = source.start_time.value, source.end_time_inclusive().value
        assert event.needed == (first, last + over)
        assert clip.name in (event.name, event.number)
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


@pytest.mark.parametrize("kind", ["D    024", "W001 024"])
def test_a_transition_in_one_line_outlasts_the_picture_before(kind: str) -> None:
    """Systems that write no line for the outgoing picture mean the one that ends there."""
    body = line(1, "A", "C       ", *seconds(10, 12, 0, 2)) + line(
        2, "B", kind, *seconds(20, 23, 2, 5)
    )
    assert events(body) == [("001", "A", 240, 287 + 24), ("002", "B", 480, 551)]


def test_a_fade_out_outlasts_the_picture_before() -> None:
    """A dissolve to black shows as much of the picture as it takes, and pulls no black."""
    body = (
        line(1, "A", "C       ", *seconds(10, 12, 0, 2))
        + line(2, "A", "C       ", *seconds(12, 12, 2, 2))
        + line(2, "BL", "D    024", *seconds(0, 1, 2, 3))
    )
    assert events(body) == [("001", "A", 240, 287 + 24)]


def test_audio_between_the_lines_of_a_dissolve_hides_nothing() -> None:
    """The outgoing line finds its transition past an event of sound."""
    body = (
        line(1, "A", "C       ", *seconds(10, 12, 0, 2))
        + line(2, "A", "C       ", *seconds(12, 12, 2, 2))
        + line(2, "S", "C       ", *seconds(0, 1, 2, 3)).replace(" V ", " A ")
        + line(2, "B", "D    024", *seconds(20, 23, 2, 5))
    )
    assert events(body)[0] == ("001", "A", 240, 287 + 24)


def test_both_sources_of_a_key_are_pulled_as_they_stand() -> None:
    """Under a key nothing goes on past its cut: background and foreground are two events."""
    body = line(1, "A", "K B     ", *seconds(10, 12, 0, 2)) + line(
        1, "B", "K    010", *seconds(20, 22, 0, 2)
    )
    assert events(body) == [("001", "A", 240, 287), ("001", "B", 480, 527)]


@pytest.mark.parametrize("speed", ["048.0", "012.0", "000.0", "036.5"])
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


@pytest.mark.parametrize(
    ("columns", "speed", "expected"),
    [
        ((100, 102), "-024.0", (2400, 2447)),
        ((102, 100), "-024.0", (2400, 2447)),
        ((100, 104), "-048.0", (2400, 2495)),
        ((100, 101), "-012.0", (2400, 2423)),
    ],
)
def test_a_reverse_uses_the_material_of_its_columns(
    columns: tuple[float, float], speed: str, expected: tuple[int, int]
) -> None:
    """Source in and out are the material, played from its end, whichever is written first."""
    body = line(1, "A", "C       ", *seconds(*columns, 0, 2))
    body += f"M2   A   {speed}   {seconds(columns[0])[0]}\n"
    assert events(body) == [("001", "A", *expected)]
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert event.start == expected[1]
    assert event.notes == ("it plays backwards",)


def test_a_rounded_speed_does_not_shorten_the_range() -> None:
    """M2 has one decimal: the source column of a long event reaches further, and counts."""
    columns = (100, 100 + 3963 / 24, 0, 2000 / 24)  # 47.556 frames a second
    body = line(1, "A", "C       ", *seconds(*columns)) + "M2   A   047.5   00:01:40:00\n"
    assert events(body) == [("001", "A", 2400, 2400 + 3963 - 1)]
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert event.notes == ()


def test_a_speed_that_contradicts_the_columns_is_told() -> None:
    """Where M2 and the columns are far apart, the range holds both and a note says so."""
    body = line(1, "A", "C       ", *seconds(100, 103, 0, 2)) + "M2   A   048.0   00:01:40:00\n"
    (event,) = read_edl((HEAD + body).encode(), "t.edl").events
    assert event.needed == (2400, 2400 + 2 * 47)
    assert "72 frames" in event.notes[0]


def test_a_day_goes_over_into_the_next() -> None:
    """A take that runs past midnight has an out label below its in label."""
    body = (
        "001  A V C 23:59:59:00 00:00:01:00 23:59:59:12 00:00:01:12\n"
        "002  B V C 01:00:00:00 01:00:01:00 00:00:01:12 00:00:02:12\n"
    )
    day = 24 * 86400
    assert events(body) == [("001", "A", day - 24, day + 23), ("002", "B", 86400, 86423)]


def test_the_frame_code_mode_counts_where_labels_do_not_tell() -> None:
    """FCM: DROP FRAME with colons throughout is drop frame; a source that cannot be, is not."""
    text = (
        "TITLE: T\nFCM: DROP FRAME\n"
        "001  A V C 01:00:59:20 01:01:00:10 01:00:00:00 01:00:00:18\n"
        "002  B V C 01:01:00:00 01:01:00:10 01:00:00:18 01:00:00:28\n"
    )
    turnover = read_edl(text.encode(), "t.edl")
    assert turnover.rate == Fraction(30000, 1001)
    first, second = turnover.events
    assert first.length == 18
    ends = [
        otio.opentime.from_timecode(label, 30000 / 1001).value
        for label in ("01:00:59;20", "01:01:00;10")
    ]
    assert first.needed == (ends[0], ends[1] - 1)
    assert (first.drop, second.drop) == (True, False)
    assert second.label(second.start) == "01:01:00:00"


def test_marks_in_a_list_tell_drop_frame_label_by_label() -> None:
    """A non-drop source in a drop frame list keeps its own count; 59.94 skips four labels."""
    text = "TITLE: T\n001  A V C 01:01:00:00 01:01:00:10 01:00:00;00 01:00:00;10\n"
    (event,) = read_edl(text.encode(), "t.edl").events
    assert (event.drop, event.start) == (False, 61 * 60 * 30)
    text = "TITLE: T\n001  A V C 00:00:59;58 00:01:00;06 01:00:00;00 01:00:00;04\n"
    rate = Fraction(60000, 1001)
    (event,) = read_edl(text.encode(), "t.edl", rate).events
    assert event.needed == (3598, 3601)
    assert otio.opentime.from_timecode("00:01:00;06", float(rate)).value == 3602


def test_lists_without_marks_or_mode_do_not_tell_how_they_count() -> None:
    """Colons alone leave it to the clip that is found."""
    (event,) = read_edl((HEAD + line(1, "A", "C", *seconds(1, 2, 0, 1))).encode(), "t.edl").events
    assert (event.drop, event.labels) == (None, True)


@pytest.mark.parametrize(
    ("reel", "remark", "expected"),
    [
        ("A001C004", "* REEL: A001C004_230511_R1XY", "A001C004_230511_R1XY"),
        ("AX", "* REEL: A001C004_230511_R1XY", "A001C004_230511_R1XY"),
        ("A001C004", "* REEL: B002", "A001C004"),
        ("\u0410\u0411\u0412_\u65e5\u672c", "* x", "\u0410\u0411\u0412_\u65e5\u672c"),
    ],
)
def test_the_whole_reel_is_the_remarks(reel: str, remark: str, expected: str) -> None:
    """A remark tells the rest of a reel that was cut, and no other reel; letters are anyone's."""
    body = line(1, reel, "C       ", *seconds(1, 2, 0, 1)) + remark + "\n"
    assert [each[1] for each in events(body)] == [expected]


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
