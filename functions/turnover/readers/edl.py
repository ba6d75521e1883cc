"""CMX 3600 edit decision lists, with reels of 8, 32, 128 or any number of characters.

Read are cuts, dissolves, wipes and keys of the picture, speed changes (M2), clip names,
source files, markers and CDLs. The source columns are the material that an event uses: under
a negative speed it is played from its end. Times may be timecode or numbers of frames.

Reference: "Time and Control Code ... Edit Decision List", CMX 3600 format, SMPTE ST 258.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.timecode import Timecode, nominal_rate
from functions.turnover.model import Event, Turnover, frames_of_day, skips_labels
from functions.turnover.readers.edl_lines import Edit, Lines, is_label, names_of, parse_lines
from functions.turnover.readers.table import decode_text

_DROP_MARKS = ";,"  # a point is the first field of non-drop frame, as a colon is the second
_MAX_EVENTS = 100_000
_M2_ROUNDED = Fraction(1, 20)  # M2 has one decimal
_SHOWN = 5
NTSC = Fraction(30000, 1001)


def read_edl(data: bytes, name: str, rate: Fraction | None = None) -> Turnover:
    """Events of the picture; black is left out.

    Parameters
    ----------
    rate : of the timecode; where nothing says it, 30000/1001 for drop frame, else the lowest
        of 24, 25, 30, 50, 60, 100 and 120 that has the list's labels

    Raises InvalidRequest for what is no EDL. A line that does not read is an event that is
    told and not pulled, or a note.
    """
    lines = parse_lines(decode_text(data, name))
    edits = lines.edits
    if not edits and not lines.broken:
        raise InvalidRequest(f"{name} has no event of an EDL", field="timeline")
    if len(edits) > _MAX_EVENTS:
        raise LimitExceeded(f"{name} has more than {_MAX_EVENTS} events", field="timeline")
    labels = [each for e in edits for each in (*e.source, *e.record) if is_label(each)]
    marked = any(label[8] in _DROP_MARKS for label in labels)
    assumed: tuple[tuple[str, str], ...] = ()
    if rate is None:
        rate = _likely_rate(edits, labels, marked)
        assumed = (("rate", f"{rate} frames per second: the EDL says none"),)
    counted = _Counted(rate, marked and skips_labels(rate))
    pictures = [each for each in edits if each.picture]
    rows = _rows(pictures, counted)
    events = [_event(row, lines, counted) for row in rows]
    events += [_broken(number, text, rate) for number, text in lines.broken]
    if events and all(each.trouble and "frames per second" in each.trouble for each in events):
        raise InvalidRequest(
            f"{name}: {events[0].trouble}; give the timeline's own rate", field="rate"
        )
    notes = []
    if marked and not skips_labels(rate):
        notes.append(
            f"its labels are marked as drop frame, which {rate} does not have: counted all"
        )
    if lines.unknown:
        shown = "; ".join(f"line {number}: {text!r}" for number, text in lines.unknown[:_SHOWN])
        count = len(lines.unknown)
        lines_are = "1 line is" if count == 1 else f"{count} lines are"
        notes.append(f"{lines_are} not understood: {shown}" + (" ..." if count > _SHOWN else ""))
    first = min((each.record for each in rows if each.trouble is None), default=0)
    return Turnover(
        title=lines.title or name.rpartition(".")[0] or name,
        rate=rate,
        drop=any(row.record_drop for row in rows) and skips_labels(rate) and first >= 0,
        events=tuple(events),
        assumed=assumed,
        notes=tuple(notes),
        sounds=sum(not each.picture for each in edits),
    )


def _likely_rate(edits: list[Edit], labels: list[str], marked: bool) -> Fraction:
    highest = max((int(label[9:]) for label in labels), default=0)
    if marked or any(each.fcm for each in edits):
        return Fraction(30000 if highest < 30 else 60000, 1001)
    return Fraction(next((r for r in (24, 25, 30, 50, 60, 100, 120) if highest < r), 1000))


@dataclass(slots=True)
class _Row:
    """One edit in frames; `tail` is what transitions after it add."""

    edit: Edit
    source: tuple[int, int] = (0, 0)
    record: int = 0
    length: int = 0
    drop: bool | None = None
    record_drop: bool | None = None
    tail: int = 0
    trouble: str | None = None

    @property
    def stop(self) -> int:
        """One past its last record frame."""
        return self.record + self.length


@dataclass(frozen=True, slots=True)
class _Counted:
    """Labels of one list as frames; `marked` says that some of its labels tell drop frame."""

    rate: Fraction
    marked: bool

    def drop(self, labels: tuple[str, str], edit: Edit) -> bool | None:
        """How a pair of labels counts; None where neither marks nor the mode tell."""
        if not is_label(labels[0]) or not skips_labels(self.rate):
            return None
        if self.marked:
            return any(label[8] in _DROP_MARKS for label in labels)
        if edit.fcm:
            # Under one mode a list may have sources of the other: what cannot be, is not.
            return all(self._parses(label) for label in labels)
        return edit.fcm

    def span(self, labels: tuple[str, str], drop: bool | None) -> tuple[int, int]:
        """In and out of a pair of labels. Raises InvalidRequest for what the rate lacks."""
        start, stop = (self._frame(label, drop) for label in labels)
        return start, stop

    def _frame(self, label: str, drop: bool | None) -> int:
        if not is_label(label):
            return int(label)
        clean = f"{label[:2]}:{label[3:5]}:{label[6:8]}{';' if drop else ':'}{label[9:]}"
        return Timecode.parse(clean, self.rate).frame

    def _parses(self, label: str) -> bool:
        try:
            self._frame(label, True)
        except InvalidRequest:
            return False
        return True


def _rows(edits: list[Edit], counted: _Counted) -> list[_Row]:
    """Edits in frames, without those that only lead a transition of the picture before."""
    rows: list[_Row] = []
    for place, edit in enumerate(edits):
        row = _Row(edit)
        try:
            _count(row, counted)
        except InvalidRequest as error:
            row.trouble = f"line {edit.line}: {error.detail}"
        before = edits[place - 1] if place else None
        if edit.mixes and row.trouble is None and not (before and _leads(before, edit)):
            # Without a line of its own for the outgoing picture, it is what ends here.
            for each in rows:
                if each.stop == row.record and each.edit.track == edit.track:
                    each.tail = max(each.tail, edit.frames)
        if edit.black:
            continue
        following = edits[place + 1] if place + 1 < len(edits) else None
        if row.trouble is None and row.length == 0:
            if following is None or not _leads(edit, following):
                continue
            if rows and _goes_on(rows[-1], row, counted.rate):
                rows[-1].tail = max(rows[-1].tail, following.frames)
                continue
            row.tail = following.frames
        rows.append(row)
    return rows


def _count(row: _Row, counted: _Counted) -> None:
    """Frames of a row's labels; across midnight they go on. Raises InvalidRequest."""
    edit = row.edit
    row.record_drop, row.drop = counted.drop(edit.record, edit), counted.drop(edit.source, edit)
    row.record, record_out = counted.span(edit.record, row.record_drop)
    row.source = counted.span(edit.source, row.drop)
    days = [frames_of_day(counted.rate, bool(each)) for each in (row.record_drop, row.drop)]
    if record_out < row.record and is_label(edit.record[0]):
        record_out += days[0]
    row.length = record_out - row.record
    source_in, source_out = row.source
    if source_out < source_in:
        backwards = edit.speed is not None and edit.speed < 0
        if backwards and not (
            is_label(edit.source[0]) and source_out + days[1] - source_in == row.length
        ):
            source_in, source_out = source_out, source_in
        elif is_label(edit.source[0]):
            source_out += days[1]
    row.source = (source_in, source_out)
    half_day = days[1] // 2
    if not 0 <= row.length <= half_day or not 0 <= source_out - source_in <= half_day:
        raise InvalidRequest(f"event {edit.number} ends before it starts")


def _leads(line: Edit, following: Edit) -> bool:
    """Whether a line is the outgoing picture of the transition below it: it has no length."""
    return following.mixes and line.record[0] == line.record[1] == following.record[0]


def _goes_on(before: _Row, row: _Row, rate: Fraction) -> bool:
    """Whether the outgoing picture of a transition is the event before, going on."""
    if before.trouble or before.stop != row.record or before.edit.reel != row.edit.reel:
        return False
    speed, taken = before.edit.speed, before.source[1] - before.source[0]
    if speed is not None and speed <= 0:
        return True  # a list has no one way to write where such a picture stands
    pace = Fraction(1) if speed is None else speed / nominal_rate(rate)
    end = before.source[0] + before.length * pace
    return abs(end - row.source[0]) < Fraction(1) or before.source[0] + taken == row.source[0]


def _event(row: _Row, lines: Lines, counted: _Counted) -> Event:
    edit = row.edit
    name, reel, file, aliases = names_of(edit, lines)
    notes = list(edit.notes)
    cdl = None
    try:
        cdl = edit.cdl()
    except ValueError as error:
        notes.append(f"its CDL is left out: {error}")
    event = Event(
        number=edit.number,
        name=name,
        reel=reel,
        file=file,
        aliases=aliases,
        ids=(edit.remarks["id"].lower(),) if "id" in edit.remarks else (),
        start=row.source[0],
        length=row.length,
        record=row.record,
        rate=counted.rate,
        drop=row.drop,
        labels=is_label(edit.source[0]),
        tail=row.tail,
        track=edit.track,
        shot=edit.shot,
        comments=tuple(edit.comments),
        cdl=cdl,
        trouble=row.trouble or edit.unread,
    )
    if edit.channel == "NONE":
        event = replace(event, trouble="its channel is NONE: it shows no picture")
    speed, frames, more = _retime(row, counted.rate)
    notes += more
    first, last = row.source[0], row.source[0] + frames - 1
    after = math.ceil(row.tail * abs(speed))
    covers = (first - after if speed < 0 else first, last if speed < 0 else last + after)
    if row.length == 0:
        covers = (first, first + max(0, math.ceil(row.tail * abs(speed)) - 1))
    start = last if speed < 0 else first
    return replace(event, start=start, speed=speed, covers=covers, notes=tuple(notes))


def _retime(row: _Row, rate: Fraction) -> tuple[Fraction, int, list[str]]:
    """Source frames per timeline frame, frames of the material, and what is odd about it."""
    taken, length = row.source[1] - row.source[0], row.length
    if row.edit.speed is None:
        if length == 0 or taken == length:
            return Fraction(1), max(1, taken), []
        note = (
            f"its source has {taken} frames and its record {length}, without a speed (M2): "
            "taken for a retime"
        )
        return Fraction(taken, length), max(1, taken), [note]
    # M2 is written in labels a second: 24 is normal speed at 23.976 as well.
    speed = row.edit.speed / nominal_rate(rate)
    if speed == 0:
        return speed, 1, ["it is a freeze frame"]
    notes = ["it plays backwards"] if speed < 0 else []
    reach = math.ceil(abs(speed) * (length - 1)) + 1 if length else 1
    if not taken or (taken == length and abs(speed) != 1):
        return speed, reach, notes  # the columns stand as if nothing were retimed
    wanted = abs(speed) * length
    if abs(wanted - taken) <= 2 + length * _M2_ROUNDED / 24:
        # The columns are the material; between two of its frames both are shown.
        return speed, taken if speed < 0 else max(taken, reach), notes
    notes.append(
        f"its source has {taken} frames and its speed (M2) uses {math.ceil(wanted)}: the range "
        "holds both"
    )
    return speed, max(taken, reach), notes


def _broken(number: int, text: str, rate: Fraction) -> Event:
    return Event(
        number=text.split()[0][:12],
        name=f"line {number}",
        start=0,
        length=0,
        rate=rate,
        trouble=f"line {number} does not read as an event: {text!r}",
    )
