"""A movie whose timecode does not count on: recorders that start anew, cuts of several pieces."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import rushes
from functions.contract.errors import SourceNotFound
from functions.contract.frames import FrameRange
from functions.contract.timecode import Timecode
from functions.media.containers.mxf_sets import read_time
from functions.media.movie.timeline import mxf_timeline
from tests.media.edited_movies import box, boxes, rewritten, with_edits
from tests.media.remux_movies import write_numbered

RATE = Fraction(24)
START = Timecode.parse("10:00:00:00", RATE)
HOUR = 10 * 3600 * 24


def movie(folder: Path) -> Path:
    return write_numbered(folder / "A.mov", FrameRange(0, 48), rate=RATE, start=START, sound=None)


def with_counters(source: Path, target: Path, pieces: list[tuple[int, int]]) -> Path:
    """The timecode track holds these (counter, frames), which stand at the end of the file."""
    place = 0

    def change(path: tuple[bytes, ...], content: bytes, track: int) -> bytes | None:
        if path[-1] != b"stbl" or b"tmcd" not in content:
            return None
        parts = dict(boxes(content))
        (ticks,) = struct.unpack_from(">I", parts[b"stts"], 12)
        (whole,) = struct.unpack_from(">I", parts[b"stts"], 8)
        each = whole * ticks // 48
        parts[b"stts"] = struct.pack(">II", 0, len(pieces)) + b"".join(
            struct.pack(">II", 1, length * each) for _, length in pieces
        )
        parts[b"stsz"] = struct.pack(">III", 0, 4, len(pieces))
        parts[b"stsc"] = struct.pack(">5I", 0, 1, 1, len(pieces), 1)
        parts[b"stco"] = struct.pack(">III", 0, 1, place)
        return b"".join(box(kind, body) for kind, body in parts.items())

    place = len(rewritten(source, target, change).read_bytes()) + 8
    made = rewritten(source, target, change).read_bytes()
    content = b"".join(struct.pack(">I", counter) for counter, _ in pieces)
    target.write_bytes(made + box(b"mdat", content))
    return target


def event(path: Path, first: str, last: str) -> str:
    """What `pull` makes of a cut from first up to last: frames, or the reason why not."""
    cut = path.parent / "cut.edl"
    cut.write_text(f"TITLE: C\n001  {path.stem} V C {first} {last} 01:00:00:00 01:00:00:04\n")
    try:
        made: Any = rushes.pull(
            input=str(cut), media=[str(path.parent)], output=f"{path.parent}/out/", handles=0
        )
    except SourceNotFound as error:
        return error.detail
    return str(made.report["pulled"][0]["frames"])


def test_a_track_of_pieces_that_count_on_is_one(tmp_path: Path) -> None:
    """A counter for every frame, or for every second, is no jump; midnight is none either."""
    day = 24 * 3600 * 24
    for number, pieces in enumerate(
        (
            [(HOUR + n, 1) for n in range(48)],
            [(HOUR, 12), (HOUR + 12, 36)],
            [(day - 12, 12), (0, 36)],
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = with_counters(movie(folder), folder / "B.mov", pieces)
        report: Any = rushes.inspect(input=str(made), output=f"{folder}/out/").report
        assert "findings" not in report or not report["findings"]
        assert report["camera"]["timecode"] == str(Timecode(pieces[0][0], RATE))


def test_a_jump_is_told_and_no_frame_behind_it_is_pulled(tmp_path: Path) -> None:
    """Counted on from the first piece, 10:00:00:30 would be the frame of 11:00:00:06."""
    source, folder = movie(tmp_path), tmp_path / "media"
    folder.mkdir()
    made = with_counters(source, folder / "B001.mov", [(HOUR, 24), (HOUR + 86400, 24)])
    report: Any = rushes.inspect(input=str(made), output=f"{tmp_path}/out/").report
    said = "its timecode jumps at picture 24: 10:00:00:23 to 11:00:00:00"
    assert [(one["code"], one["detail"]) for one in report["findings"]] == [("timecode-odd", said)]
    assert event(made, "10:00:00:20", "10:00:01:00") == "20-23"
    for first, last in (("10:00:01:06", "10:00:01:10"), ("11:00:00:06", "11:00:00:10")):
        assert "where its timecode jumps" in event(made, first, last)
    plate = rushes.plate(input=str(made), output=f"{tmp_path}/p/", source="rec709", frames="22-25")
    assert plate.assumed["notes"] == [said]


@pytest.mark.parametrize("gap", [1, -1, 7])
def test_a_frame_too_many_or_too_few_is_a_jump(tmp_path: Path, gap: int) -> None:
    """A dropped frame shifts everything behind it."""
    made = with_counters(movie(tmp_path), tmp_path / "B.mov", [(HOUR, 20), (HOUR + 20 + gap, 28)])
    report: Any = rushes.inspect(input=str(made), output=f"{tmp_path}/out/").report
    assert "jumps at picture 20" in report["findings"][0]["detail"]


def test_a_cut_of_two_edits_in_both_tracks_jumps(tmp_path: Path) -> None:
    """As QuickTime saves two pieces of a take; of pictures alone it counts on."""
    edits = [(500, 30 * 512), (500, 6 * 512)]
    both = with_edits(movie(tmp_path), tmp_path / "both.mov", {0: list(edits), 1: list(edits)})
    report: Any = rushes.inspect(input=str(both), output=f"{tmp_path}/out/").report
    (one,) = (one for one in report["findings"] if one["code"] == "timecode-odd")
    assert one["detail"].endswith("at picture 12: 10:00:01:17 to 10:00:00:06")
    alone = with_edits(movie(tmp_path), tmp_path / "alone.mov", {0: list(edits)})
    report = rushes.inspect(input=str(alone), output=f"{tmp_path}/out/").report
    assert "timecode-odd" not in [one["code"] for one in report["findings"]]


def mxf_header(components: list[tuple[int, int]]) -> bytes:
    """Header metadata of a material package with one track of timecode: ST 377-1, local sets."""

    def item(tag: int, body: bytes) -> bytes:
        return struct.pack(">HH", tag, len(body)) + body

    def one(kind: int, *items: bytes) -> bytes:
        key = bytes.fromhex("060e2b34025301010d01010101010000")
        body = b"".join(items)
        return key[:14] + bytes([kind, 0]) + struct.pack(">BI", 0x84, len(body)) + body

    def name(number: int) -> bytes:
        return bytes(15) + bytes([number])

    def batch(*numbers: int) -> bytes:
        return struct.pack(">II", len(numbers), 16) + b"".join(map(name, numbers))

    parts = [10 + place for place in range(len(components))]
    sets = [
        one(0x36, item(0x3C0A, name(1)), item(0x4403, batch(2))),
        one(0x3B, item(0x3C0A, name(2)), item(0x4803, name(3))),
        one(0x0F, item(0x3C0A, name(3)), item(0x1001, batch(*parts))),
    ]
    for number, (start, length) in zip(parts, components, strict=True):
        sets.append(
            one(0x14, item(0x3C0A, name(number)), item(0x0202, struct.pack(">q", length)),
                item(0x1501, struct.pack(">q", start)), item(0x1502, struct.pack(">H", 24)),
                item(0x1503, b"\0"))
        )  # fmt: skip
    return b"".join(sets)


def test_timecode_of_an_mxf_in_several_components() -> None:
    """A component that does not count on from the one before is a jump."""
    for components, steady in (
        ([(HOUR, 48)], None),
        ([(HOUR, 20), (HOUR + 20, 28)], None),
        ([(HOUR, 20), (HOUR + 21, 28)], 20),
        ([(HOUR, 20), (HOUR + 20, 8), (0, 20)], 28),
    ):
        found = mxf_timeline(read_time(mxf_header(components)), RATE, 48)
        assert found.start == Timecode(HOUR, RATE)
        assert found.steady == steady and ("jumps" in found.odd_timecode) == (steady is not None)
