"""CMX 3600 edit decision lists, with reels of 8, 32, 128 or any number of characters.

The columns are told by what stands in them and not by their place: every system that
writes long reels moves them. Read are cuts, dissolves, wipes and keys of the video tracks,
speed changes (M2), clip names, source files, markers (LOC) and CDLs.

Reference: "Time and Control Code ... Edit Decision List", CMX 3600 format, SMPTE ST 258.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction

from functions.contract.amf import Cdl, Triple
from functions.contract.errors import InvalidRequest
from functions.contract.timecode import Timecode
from functions.turnover.model import Event, Turnover

_TC = r"(\d\d:\d\d:\d\d[:;.]\d\d)"
_EVENT = re.compile(
    r"^(\d+)\s+(\S.*?)\s+([ABNV][A-Z0-9/]*)\s+(C|D|W\d+|K[BO]?)\s+(?:(\d+)\s+)?"
    rf"{_TC}\s+{_TC}\s+{_TC}\s+{_TC}\s*$"
)
_LOOKS_LIKE = re.compile(rf"^\d+\s.*{_TC}")
_SPEED = re.compile(rf"^M2\s+(\S.*?)\s+(-?\d+(?:\.\d+)?)\s+{_TC}", re.IGNORECASE)
_MARKER = re.compile(rf"^LOC:\s*{_TC}\s+\S+\s+(\S.*)$", re.IGNORECASE)
_SHOT = re.compile(r"^[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+$")
_NUMBER = r"(-?\d*\.?\d+(?:[eE][-+]?\d+)?)"
_TRIPLE = rf"\(\s*{_NUMBER}[\s,]+{_NUMBER}[\s,]+{_NUMBER}\s*\)"
_SOP = re.compile(rf"^ASC_SOP:?\s*{_TRIPLE}\s*{_TRIPLE}\s*{_TRIPLE}", re.IGNORECASE)
_SAT = re.compile(rf"^ASC_SAT:?\s*{_NUMBER}", re.IGNORECASE)
_BLACK = {"BL", "BLK", "BLACK"}
NTSC = Fraction(30000, 1001)


@dataclass
class _Edit:
    """One line of an event, and the remarks that follow it."""

    number: str
    reel: str
    track: str
    kind: str
    frames: int
    source: tuple[str, str]
    record: tuple[str, str]
    line: int
    speed: Fraction | None = None
    remarks: dict[str, str] = field(default_factory=dict)
    sop: tuple[Triple, Triple, Triple] | None = None
    saturation: float | None = None
    shot: str | None = None


def read_edl(data: bytes, name: str, rate: Fraction | None = None) -> Turnover:
    """Events of the video tracks; black is left out.

    Parameters
    ----------
    rate : of the timecode; 24 where nothing says it, 30000/1001 for drop frame

    Raises InvalidRequest for what is no EDL, an event line that does not read, or labels
    that the rate does not have; the sentence names the line.
    """
    # Some systems write UTF-16; every other byte of its ASCII is zero.
    wide = b"\0" in data[:200]
    text = data.decode("utf-16" if wide else "utf-8", "replace")
    title, edits = _parsed(text, name)
    if not edits:
        raise InvalidRequest(f"{name} has no event of an EDL", field="timeline")
    assumed: tuple[tuple[str, str], ...] = ()
    drop = any(mark in label for e in edits for label in (*e.source, *e.record) for mark in ";.")
    if rate is None:
        rate = NTSC if drop else Fraction(24)
        assumed = (("rate", f"{rate} frames per second: the EDL says none"),)
    events: list[Event] = []
    for place, edit in enumerate(edits):
        if not edit.track.startswith(("V", "B", "N")) or edit.reel.upper() in _BLACK:
            continue
        _add(events, edit, edits[place + 1] if place + 1 < len(edits) else None, rate, name)
    return Turnover(title=title or name, rate=rate, events=tuple(events), assumed=assumed)


def is_shot_name(text: str) -> bool:
    """Whether a marker's text is a shot: words joined by underscores, as ABC_010_020."""
    return _SHOT.match(text) is not None


def _parsed(text: str, name: str) -> tuple[str, list[_Edit]]:
    title, edits = "", list[_Edit]()
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip("\ufeff \t\r\x1a")
        if line.upper().startswith("TITLE:"):
            title = line[6:].strip()
        elif found := _EVENT.match(line):
            event, reel, track, kind, frames, *labels = found.groups()
            source, record = (labels[0], labels[1]), (labels[2], labels[3])
            length = int(frames or 0)
            edits.append(_Edit(event, reel, track, kind, length, source, record, number))
        elif _LOOKS_LIKE.match(line):
            raise InvalidRequest(
                f"{name}, line {number}: {line!r} is no event: number, reel, track, transition "
                "and four timecodes",
                field="timeline",
            )
        elif found := _SPEED.match(line):
            _speed(edits, found[1], Fraction(found[2]))
        elif edits:
            _remark(edits, line.lstrip("* ").strip())
    return title, edits


def _speed(edits: list[_Edit], reel: str, speed: Fraction) -> None:
    """To the edit of that reel in the event that was written last."""
    for edit in reversed(edits):
        if edit.number != edits[-1].number:
            break
        if edit.reel == reel or edit.reel.startswith(reel):
            edit.speed = speed
            return
    if edits:
        edits[-1].speed = speed


def _remark(edits: list[_Edit], remark: str) -> None:
    last = edits[-1]
    key, colon, value = remark.partition(":")
    key = " ".join(key.upper().split())
    if found := _SOP.match(remark):
        numbers = [float(each) for each in found.groups()]
        last.sop = tuple(tuple(numbers[at : at + 3]) for at in (0, 3, 6))  # type: ignore[assignment]
    elif found := _SAT.match(remark):
        last.saturation = float(found[1])
    elif found := _MARKER.match(remark):
        if is_shot_name(found[2].strip()):
            last.shot = found[2].strip()
    elif colon and key == "FROM CLIP NAME":
        # In a transition it names the outgoing picture, which is the line before.
        before = edits[-2] if last.kind != "C" and len(edits) > 1 else last
        (before if before.number == last.number else last).remarks.setdefault(key, value.strip())
    elif colon and key in ("TO CLIP NAME", "SOURCE FILE", "CLIP NAME", "REEL", "CAMERA ROLL"):
        last.remarks.setdefault(key, value.strip())


def _add(
    events: list[Event], edit: _Edit, following: _Edit | None, rate: Fraction, name: str
) -> None:
    source_in, source_out, record_in, record_out = (
        _frames(label, rate, edit, name) for label in (*edit.source, *edit.record)
    )
    length, taken = record_out - record_in, source_out - source_in
    if length < 0 or taken < 0:
        raise InvalidRequest(
            f"{name}, line {edit.line}: event {edit.number} ends before it starts",
            field="timeline",
        )
    outgoing = following.frames if following is not None and following.kind != "C" else 0
    clip = edit.remarks.get("TO CLIP NAME" if edit.kind != "C" else "FROM CLIP NAME")
    clip = clip or edit.remarks.get("CLIP NAME") or edit.remarks.get("FROM CLIP NAME")
    if length == 0:
        if not outgoing:
            return
        before = events[-1] if events else None
        if before is not None and _goes_on(before, edit, source_in):
            events[-1] = replace(before, tail=max(before.tail, outgoing))
            return
    speed, notes = _retime(edit, rate, length, taken)
    cdl = None
    if edit.sop is not None or edit.saturation is not None:
        slope, offset, power = edit.sop or ((1.0,) * 3, (0.0,) * 3, (1.0,) * 3)
        saturation = 1.0 if edit.saturation is None else edit.saturation
        cdl = Cdl(slope=slope, offset=offset, power=power, saturation=saturation)
    events.append(
        Event(
            number=edit.number,
            name=clip or edit.reel,
            reel=None if edit.reel.upper() == "AX" else edit.reel,
            file=edit.remarks.get("SOURCE FILE"),
            start=source_in,
            length=length,
            record=record_in,
            rate=rate,
            drop=_is_drop(edit.source[0]),
            speed=speed,
            tail=outgoing if length == 0 else 0,
            track=int(edit.track[1:]) if edit.track[1:].isdecimal() else 1,
            shot=edit.shot,
            cdl=cdl,
            notes=notes,
        )
    )


def _goes_on(before: Event, edit: _Edit, source_in: int) -> bool:
    """Whether the outgoing picture of a transition is the event before, going on."""
    end = before.start + before.length * before.speed
    return before.reel in (edit.reel, None) and abs(end - source_in) < 1


def _retime(
    edit: _Edit, rate: Fraction, length: int, taken: int
) -> tuple[Fraction, tuple[str, ...]]:
    """Source frames per timeline frame, and what is odd about it."""
    if edit.speed is not None:
        # M2 is written in labels a second: 24 is normal speed at 23.976 as well.
        nominal = Timecode(0, rate).nominal
        speed = edit.speed / nominal
        notes = ("it plays backwards",) if speed < 0 else ()
        if speed == 0:
            notes = ("it is a freeze frame",)
        return speed, notes
    if length and taken != length:
        return Fraction(taken, length), (
            f"its source has {taken} frames and its record {length}, without a speed (M2): "
            "taken for a retime",
        )
    return Fraction(1), ()


def _frames(label: str, rate: Fraction, edit: _Edit, name: str) -> int:
    try:
        mark = ";" if _is_drop(label) else ":"
        return Timecode.parse(label[:8] + mark + label[9:], rate).frame
    except InvalidRequest as error:
        raise InvalidRequest(
            f"{name}, line {edit.line}: {error.detail}; give the timeline's own rate",
            field="rate",
        ) from error


def _is_drop(label: str) -> bool:
    return label[8] != ":"
