"""Statements below the lines of an event go to the picture that they are of."""

from __future__ import annotations

from fractions import Fraction

from functions.turnover.model import Event
from functions.turnover.readers.edl import read_edl
from tests.turnover.edl_lines import HEAD

A_SECOND = "01:00:01:00 01:00:02:00 01:00:00:00 01:00:01:00"
OUT = "02:00:02:00 02:00:02:00 01:00:01:00 01:00:01:00"
IN = "03:00:00:00 03:00:04:00 01:00:01:00 01:00:03:00"
SOP = "(1.1 1 1)(0 0 0)(1 1 1)"


def read(*lines: str) -> tuple[Event, ...]:
    return read_edl((HEAD + "\n".join(lines)).encode(), "t.edl", Fraction(24)).events


def test_remarks_below_the_sound_of_an_event_are_of_its_picture() -> None:
    """Picture and sound are lines of one event (CMX 3600): name, CDL, mark and speed are both's."""
    (event,) = read(
        f"001 AX V C {A_SECOND}", f"001 AX A C {A_SECOND}", f"001 AX A2 C {A_SECOND}",
        "M2 AX 012.0 01:00:01:00", "* FROM CLIP NAME: A001_C001", f"* ASC_SOP {SOP}",
        "* LOC: 01:00:00:00 RED ABC_010",
    )  # fmt: skip
    assert (event.name, event.shot, event.speed) == ("A001_C001", "ABC_010", Fraction(1, 2))
    assert event.cdl is not None


def test_remarks_of_a_sound_event_are_not_the_picture_before() -> None:
    """Lists that number all lines alike keep an event's remarks between its lines."""
    (event,) = read(
        f"000 AX V C {A_SECOND}", "* FROM CLIP NAME: A001", f"000 AX A C {A_SECOND}",
        "* FROM CLIP NAME: B001", f"* ASC_SOP {SOP}",
    )  # fmt: skip
    assert (event.name, event.cdl) == ("A001", None)


def test_a_transition_with_sound_names_both_of_its_pictures() -> None:
    """FROM names the picture that goes out and TO the one that comes in, sound between or not."""
    for sound in (False, True):
        lines = [
            f"{number} AX {channel} {kind} {times}"
            for number, kind, times in (("002", "C", OUT), ("002", "D 012", IN))
            for channel in ("V", "A")[: 1 + sound]
        ]
        found = read(
            *lines, "* FROM CLIP NAME: A001", f"* ASC_SOP {SOP}", "* TO CLIP NAME: B001"
        )  # fmt: skip
        assert [(e.name, e.cdl is not None) for e in found] == [("A001", True), ("B001", False)]


def test_a_speed_is_of_the_line_that_starts_where_it_says() -> None:
    """Of two lines of one reel, M2's timecode tells which is retimed, in either order."""
    speeds = ["M2 AX 012.0 02:00:02:00", "M2 AX 048.0 03:00:00:00"]
    for order in (speeds, speeds[::-1]):
        found = read(f"002 AX V C {OUT}", f"002 AX V D 012 {IN}", *order)
        assert [event.speed for event in found] == [Fraction(1, 2), 2]
        assert [event.needed for event in found] == [
            (7200 * 24 + 48, 7200 * 24 + 53), (10800 * 24, 10800 * 24 + 95)
        ]  # fmt: skip


def test_speeds_that_contradict_are_told() -> None:
    """Two speeds of one line keep it from being pulled; the reel of another is a note."""
    (event,) = read(f"001 A V C {A_SECOND}", "M2 A 048 01:00:01:00", "M2 A 012 01:00:01:00")
    assert event.trouble == "it has two speeds (M2), 48 and 12"
    (event,) = read(f"001 A V C {A_SECOND}", "M2 B 012 01:00:01:00")
    assert event.notes == ("its speed (M2) is written for reel B",)


def test_a_freeze_a_split_and_a_second_cdl_are_told() -> None:
    """What a remark says of the frames is obeyed or a note."""
    (event,) = read(f"001 A V C {A_SECOND}", "* * FREEZE FRAME")
    assert (event.speed, event.needed, event.notes) == (
        0, (86424, 86424), ("it is a freeze frame",)
    )  # fmt: skip
    (event,) = read(
        f"001 AX V C {A_SECOND}", "* FROM CLIP NAME: Z1_5 (LAY3) FF ", "* * FREEZE FRAME"
    )
    assert (event.name, event.speed) == ("Z1_5 (LAY3)", 0)
    (event,) = read(f"001 A B C {A_SECOND}", "SPLIT:    VIDEO DELAY=  00:00:00:10")
    assert "start apart" in event.notes[0]
    (event,) = read(f"001 A V C {A_SECOND}", f"* ASC_SOP {SOP}", "* ASC_SOP (2 1 1)(0 0 0)(1 1 1)")
    assert "two CDLs" in event.notes[0]


def test_a_point_before_the_frames_is_no_drop_frame() -> None:
    """CMX writes the first field of non-drop frame as 01:00:00.00, of drop frame as 01:00:00,00
    (list Avid-L, "CMX and split-field", 2001)."""
    for mark, drop, first in ((".", None, 108000), (",", True, 107892)):
        labels = " ".join(f"01:00:0{second}{mark}00" for second in (0, 1, 0, 1))
        (event,) = read_edl(
            f"TITLE: T\n001 A V C {labels}\n".encode(), "t.edl", Fraction(30000, 1001)
        ).events
        assert (event.drop, event.start) == (drop, first)
