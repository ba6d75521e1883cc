"""AAF: a speed, a timecode, a tape and a length that are not taken as they are are told."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aaf2
import pytest

from functions.turnover.model import Event
from functions.turnover.read import read_turnover
from functions.turnover.readers.aaf_mobs import speed_map
from functions.turnover.time_map import Span


def group(ratio: Any) -> SimpleNamespace:
    """A motion effect of 24 frames over 48, as the library gives it."""
    return SimpleNamespace(
        parameters=[ratio], operation=SimpleNamespace(name="Video Speed Control"), length=24
    )


def points(*values: Fraction) -> list[SimpleNamespace]:
    return [SimpleNamespace(time=at, value=value) for at, value in enumerate(values)]


HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("ratio", "told"),
    [
        (SimpleNamespace(name="SpeedRatio", value=HALF), None),
        (SimpleNamespace(name="SpeedRatio", value=None, pointlist=points(HALF, HALF)), None),
        (SimpleNamespace(name="SpeedRatio", value=None, pointlist=points(HALF, HALF / 2)),
         "changes, and does not say where"),
        (SimpleNamespace(name="SpeedRatio", value=None, pointlist=[]), "is not said"),
    ],
)  # fmt: skip
def test_a_speed_ratio_that_varies_is_told(ratio: SimpleNamespace, told: str | None) -> None:
    """The Video Speed Control effect has one SpeedRatio (AAF Edit Protocol): its first value is
    not that of all frames."""
    seat = Span(Fraction(0), Fraction(1))
    times, trouble = speed_map(group(ratio), SimpleNamespace(length=48), seat, Fraction(24))
    assert times is not None
    assert (told in str(trouble)) if told else (trouble is None and times.pace == 2)


def cut(
    path: Path,
    *,
    counts: int = 24,
    breaks: bool = False,
    pieces: tuple[int, ...] = (0,),
    start: int = 10,
    length: int = 20,
) -> Event:
    """One clip of 24 frames a second, down to a tape at 01:00:00:00.

    counts : of the tape's timecode. breaks : it jumps. pieces : of tape that the file is made of
    """
    with aaf2.open(str(path), "w") as file:
        make = file.create
        tape, source, master = make.SourceMob(), make.SourceMob(), make.MasterMob()
        tape.name = master.name = "A001"
        tape.descriptor, source.descriptor = make.TapeDescriptor(), make.ImportDescriptor()
        edit = make.CompositionMob("CUT")
        edit.usage = "Usage_TopLevel"
        file.content.mobs.extend([tape, source, master, edit])
        slots = [mob.create_picture_slot("24") for mob in (tape, source, master, edit)]
        slots[0].segment = make.SourceClip(media_kind="picture", length=10**6)
        code = make.Sequence(media_kind="timecode")
        for hour in range(1, 2 + breaks):
            part = make.Timecode(counts, drop=False)
            part.start, part.length = hour * 3600 * counts, 500
            code.components.append(part)
        tape.create_timeline_slot("24").segment = code
        whole = make.Sequence(media_kind="picture")
        for at in pieces:
            whole.components.append(tape.create_source_clip(slots[0].slot_id, at, 500))
        slots[1].segment = whole
        slots[2].segment = source.create_source_clip(slots[1].slot_id, 0, 1000)
        slots[3].segment = master.create_source_clip(slots[2].slot_id, start, length)
    (event,) = read_turnover(path.read_bytes(), "cut.aaf").events
    return event


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ({}, ()),
        ({"counts": 30, "breaks": True}, (
            "its timecode does not run through: that of its beginning is taken",
            "its timecode counts 30 frames a second and it 24: not taken",
        )),
        ({"pieces": (0, 2000), "start": 990}, (
            "its file is of several pieces of tape: the first one's is taken",
            "it asks for frames that its clip in the document has not",
        )),
    ],
)  # fmt: skip
def test_what_is_not_taken_of_a_mob_is_told(
    tmp_path: Path, made: dict[str, Any], said: tuple[str, ...]
) -> None:
    """One start and one rate hold for a whole clip; what says otherwise is a note."""
    event = cut(tmp_path / "cut.aaf", **made)
    assert event.notes == said
    assert made or event.needed == (86410, 86429)


def test_a_length_below_0_is_no_cut(tmp_path: Path) -> None:
    """A damaged document is told, and no frames before its start are taken."""
    assert cut(tmp_path / "short.aaf", length=-5).trouble == "its length is -5 frames"
