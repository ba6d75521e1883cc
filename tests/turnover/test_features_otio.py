"""What OTIO, ALE and pull lists have beside plain clips."""

from __future__ import annotations

import io
import json
import zipfile
from fractions import Fraction
from typing import Any

import pytest

from functions.contract.errors import InvalidRequest
from functions.turnover.model import Event
from functions.turnover.read import inside_bundle, read_turnover
from tests.turnover.test_features import HOUR, fcpxml, told


def time(value: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": value}


def span(start: float, length: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start), "duration": time(length)}


def otio_clip(name: str, start: float, length: float, **fields: Any) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "Clip.1", "name": name, "source_range": span(start, length), **fields}


def otio(*children: dict[str, Any], **track: Any) -> tuple[Event, ...]:
    whole = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": list(children), **track}
    tracks = {"OTIO_SCHEMA": "Stack.1", "children": [whole]}
    return read_turnover(
        json.dumps({"OTIO_SCHEMA": "Timeline.1", "tracks": tracks}).encode(), "t.otio"
    ).events


def warp(scalar: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "LinearTimeWarp.1", "time_scalar": scalar}


def test_otio_items_that_are_off_are_disabled_with_all_that_is_in_them() -> None:
    """On a clip, a stack or a track."""
    stack = {"OTIO_SCHEMA": "Stack.1", "enabled": False, "children": [otio_clip("B", 0, 9)]}
    events = otio(otio_clip("A", 0, 9, enabled=False), stack, otio_clip("C", 0, 9))
    assert [(e.name, e.disabled) for e in events] == [("A", True), ("B", True), ("C", False)]
    assert all(e.disabled for e in otio(otio_clip("A", 0, 9), enabled=False))


def test_otio_sound_in_a_stack_is_no_picture() -> None:
    """A compound with its sound shows its picture alone."""
    sound = {"OTIO_SCHEMA": "Track.1", "kind": "Audio", "children": [otio_clip("S", 0, 9)]}
    picture = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [otio_clip("A", 0, 9)]}
    (event,) = otio({"OTIO_SCHEMA": "Stack.1", "children": [picture, sound]})
    assert event.name == "A"


@pytest.mark.parametrize(
    ("effects", "inner", "expected"),
    [
        ([warp(2)], [], (110, 156)),  # half a second in, at twice the speed
        ([warp(-1)], [], (110, 133)),
        ([{"OTIO_SCHEMA": "FreezeFrame.1"}], [], (110, 110)),
        ([warp(2)], [warp(0.5)], (105, 128)),
        ([warp(2), {"OTIO_SCHEMA": "Effect.1", "effect_name": "Blur"}], [], (110, 156)),
    ],
)
def test_otio_effects_of_a_stack_reach_its_clips(
    effects: list[dict[str, Any]], inner: list[dict[str, Any]], expected: tuple[int, int]
) -> None:
    """A retime of a compound is one of what is inside it."""
    clip = otio_clip("A", 100, 200, effects=inner)
    stack = {"OTIO_SCHEMA": "Stack.1", "children": [clip], "source_range": span(10, 24),
             "effects": effects}  # fmt: skip
    (event,) = otio(stack)
    assert event.needed == expected


def test_otio_media_of_another_rate() -> None:
    """A range at 24 of media at 48: every frame of the media, and a note."""
    reference = {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "A.mov", "available_range": {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": {"OTIO_SCHEMA": "RationalTime.1", "rate": 48, "value": 0},
        "duration": {"OTIO_SCHEMA": "RationalTime.1", "rate": 48, "value": 480}}}  # fmt: skip
    (event,) = otio(otio_clip("A", 24, 24, media_reference=reference))
    assert (event.needed, event.rate) == ((48, 95), 48)
    assert "48 frames a second" in event.notes[0]


@pytest.mark.parametrize("rate", [1, 48, 24000, Fraction(25)])
def test_otio_lengths_are_frames_of_the_timeline(rate: Any) -> None:
    """Whatever a clip's range counts in, two seconds are 48 frames of a timeline at 24."""
    first = otio_clip("B", 0, 24)
    clip = otio_clip("A", 24, 24)
    for key in ("start_time", "duration"):
        clip["source_range"][key] = {
            "OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(2 * rate)
        }  # fmt: skip
    found = otio(first, clip, first)
    assert [(each.record, each.length) for each in found] == [(0, 24), (24, 48), (72, 24)]


def test_otio_bundles() -> None:
    """The timeline of a zipped bundle, and where it lies in one that is a folder."""
    document = json.dumps(otio_clip("A", 0, 9)).encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("content.otio", document)
        bundle.writestr("version.txt", "1")
    (event,) = read_turnover(packed.getvalue(), "t.otioz").events
    assert event.needed == (0, 8)
    assert inside_bundle("file:///x/t.otiod/") == "file:///x/t.otiod/content.otio"
    assert inside_bundle("file:///x/t.fcpxmld") == "file:///x/t.fcpxmld/Info.fcpxml"
    assert inside_bundle("file:///x/t.otio") == "file:///x/t.otio"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("A,01:00:00:00,01:00:01:00,,,", (HOUR, 24)),
        ("A,01:00:00:00,01:00:01:00,,,24", (HOUR, 24)),
        ("A,01:00:00:00,01:00:00:23,,,24", (HOUR, 24)),  # the duration tells
        ("A,01:00:00:00,,,,24", (HOUR, 24)),
        ("A,01:00:00:00,,01:00:00:23,,", (HOUR, 24)),  # a last frame is used
        ("A,1001,1024,,,", (1001, 24)),
        ("A,,,,1001-1024,", (1001, 24)),
    ],
)
def test_pull_lists_say_ranges_in_many_ways(row: str, expected: tuple[int, int]) -> None:
    """In and out, last, a range, a duration; the columns' names may be spelt in any way."""
    text = f"Notes for you\n\nClip Name,Source IN,tc_out,Last Frame,Frames,Dur\n{row}\n"
    (event,) = read_turnover(text.encode(), "t.csv", Fraction(24)).events
    assert (event.start, event.length) == expected


def test_pull_lists_tell_rows_that_do_not_read() -> None:
    """A wrong cell is an event with its line; the others are read."""
    text = "shot;reel;in;out;handles\nS1;A;x;01:00:01:00;8\nS2;B;01:00:00:00;01:00:01:00;12\n"
    one, two = read_turnover(text.encode(), "t.csv", Fraction(24)).events
    assert one.trouble == "line 2: 'x' is not a whole number"
    assert (two.shot, two.reel, two.handles, two.needed) == ("S2", "B", 12, (HOUR, HOUR + 23))
    with pytest.raises(InvalidRequest, match="column names"):
        read_turnover(b"a,b\n1,2\n", "t.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1", "mac_roman"])
def test_logs_of_any_encoding(encoding: str) -> None:
    """Sound rows are counted, rows without an end are open, CDLs keep their exponents."""
    text = (
        "Heading\nFIELD_DELIM\tTABS\nFPS\t25\n\nColumn\nName\tTracks\tStart\tEnd\tTape\tASC_SOP\n"
        "\nData\nCaf\u00e9_1\tV\t01:00:00:00\t\tR\u00f61\t(1.1 1 0.9)(1.2e-05 -0.02 0)(1 1 1)\n"
        "S1\tA1A2\t01:00:00:00\t01:00:01:00\t\t\n"
    )
    found = read_turnover(text.encode(encoding), "t.ale")
    (event,) = found.events
    assert (event.name, event.reel, event.to_last) == ("Caf\u00e9_1", "R\u00f61", True)
    assert (event.start, event.rate, found.sounds) == (90000, 25, 1)
    assert event.cdl is not None
    assert event.cdl.offset == (0.000012, -0.02, 0.0)


def test_items_of_unknown_kinds_are_told() -> None:
    """What a newer application writes between clips is named, and takes its time."""
    odd = {"OTIO_SCHEMA": "Hologram.3", "source_range": span(0, 10)}
    tracks = {"OTIO_SCHEMA": "Track.1", "kind": "Video", "children": [odd, otio_clip("A", 5, 9)]}
    found = read_turnover(json.dumps(tracks).encode(), "t.otio")
    assert told(found.events) == [("A", 5, 13, 10)]
    assert found.notes == ("an item of the kind Hologram is left out",)
    found = fcpxml(
        '<live-drawing offset="0s" duration="1s"/>'
        '<asset-clip ref="b" offset="1s" name="B001" duration="1s"/>'
    )
    assert told(found.events) == [("B001", 0, 23, 24)]
    assert found.notes == ("an element live-drawing is left out",)
