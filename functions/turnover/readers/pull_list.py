"""Pull lists as VFX editors send them: a table whose columns are found by their names.

A timecode in an `out` column is the first frame that is not used, as in an EDL, unless a
duration says otherwise; a `last` column and plain frame numbers include it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.numbers import read_whole
from functions.turnover.model import Event, Turnover
from functions.turnover.rates import parse_rate
from functions.turnover.readers.facts import file_name, parse_cdl
from functions.turnover.readers.table import Position, decode_text, frames_between, parse_position

_MAX_ROWS = 100_000
_MAX_COLUMNS = 1000
_LONGEST_HEAD = 100_000
_SEARCHED = 30  # rows that may stand above the columns' names
_ODD = re.compile(r"[^a-z0-9]+")
_NAMES = {
    "shot": "shot shotname shotcode shotid vfxid vfxshot vfxname vfxcode vfxshotcode vfx vfxnumber "
    "plateshot",
    "clip": "clip clipname name sourceclip sourceclipname source sourcename media element take "
    "platesource cameraclip",
    "file": "file filename sourcefile sourcefilename path filepath sourcepath mediafile",
    "reel": "reel reelname tape tapename roll cameraroll camroll sourcereel sourcetape cameraroll",
    "in": "in tcin sourcein srcin sourcetcin srctcin sourcetimecodein timecodein start starttc "
    "startframe tcstart sourcestart srcstart inpoint cutin framein sourceintc srcintc intc",
    "first": "first firstframe firsttc",
    "out": "out tcout sourceout srcout sourcetcout srctcout sourcetimecodeout timecodeout end "
    "endtc endframe tcend sourceend srcend outpoint cutout frameout sourceouttc srcouttc outtc",
    "last": "last lastframe lasttc",
    "range": "frames range framerange sourceframes sourcerange",
    "duration": "duration dur length framecount count cutduration cutlength",
    "handles": "handles handle handlelength handleframes",
    "head": "headhandle headhandles headin handlehead handlein",
    "tail": "tailhandle tailhandles handletail handleout",
    "speed": "speed retime timewarp speedchange respeed motioneffect",
    "rate": "fps rate framerate",
    "notes": "notes note comments comment description desc vfxdescription scope scopeofwork",
    "sop": "ascsop sop cdlsop",
    "saturation": "ascsat sat cdlsat saturation",
}
_COLUMNS = {word: key for key, words in _NAMES.items() for word in words.split()}


_TIMES = ("in", "first", "out", "last", "range", "duration", "rate")
_NORMAL_SPEED = ("100", "100%", "1", "1x", "1.0", "100.0", "100.0%", "no", "none", "n", "-")


def read_pull_list(data: bytes, name: str, rate: Fraction | None = None) -> Turnover:
    """One event for each row that names a clip.

    rate : of the timecode where the list has no column of it; 24 without it

    Raises InvalidRequest for a table without a column of clips, LimitExceeded for more than
    100,000 rows.
    """
    columns, rows = _table(decode_text(data, name), name)
    assumed = []
    if rate is None and "rate" not in columns:
        assumed.append(("rate", "24 frames per second: the list says none"))
    default = rate or Fraction(24)
    events: list[Event] = []
    for line, cells in rows:
        row: dict[str, str] = {}
        odd: list[str] = []
        for column, cell in zip(columns, cells, strict=False):
            text = cell.strip()
            if column and text and row.setdefault(column, text) != text and column in _TIMES:
                odd.append(f"two columns say its {column}: {row[column]!r} is taken, not {text!r}")
        if any(each.strip() for each in cells[len(columns) :]):
            odd.append(f"line {line} has {len(cells)} cells for {len(columns)} columns")
        if row:
            event = _event(row, f"{len(events) + 1:03d}", line, default)
            events.append(replace(event, notes=(*event.notes, *odd)))
    if any("out" in columns and each.labels and each.length for each in events):
        how = "the frame of a timecode in `out` is not used, as in an EDL"
        if "duration" not in columns:
            assumed.append(("out", how))
    return Turnover(
        title=PurePosixPath(name).stem,
        rate=events[0].rate if events else default,
        events=tuple(events),
        assumed=tuple(assumed),
    )


def _table(text: str, name: str) -> tuple[list[str | None], list[tuple[int, list[str]]]]:
    """Columns as they are known, None for others, and rows with the numbers of their lines."""
    lines = text.splitlines()
    marks = [max("\t;,", key=line.count) for line in lines[:_SEARCHED]]
    for at, (line, mark) in enumerate(zip(lines, marks, strict=False)):
        words = line.split(mark)
        if '"' in line and len(line) < _LONGEST_HEAD:
            words = next(csv.reader([line], delimiter=mark))
        if len(words) > _MAX_COLUMNS:
            raise LimitExceeded(f"{name} has {len(words)} columns", field="timeline")
        columns = [_COLUMNS.get(_ODD.sub("", word.strip().lower())) for word in words]
        if {"clip", "reel", "file"} & set(columns) and len(set(columns) - {None}) > 1:
            rows: list[tuple[int, list[str]]] = []
            below, begins = lines[at + 1 :], 0
            reader = csv.reader(below, delimiter=mark)
            try:
                for cells in reader:
                    over = reader.line_num - begins > 1
                    if over and "".join(below[begins : reader.line_num]).count('"') % 2:
                        raise csv.Error("a quote that begins a cell is not closed")
                    begins = reader.line_num
                    rows.append((at + 1 + reader.line_num, cells))
                    if len(rows) > _MAX_ROWS:
                        raise LimitExceeded(
                            f"{name} has more than {_MAX_ROWS} rows", field="timeline"
                        )
            except csv.Error as error:
                line_number = at + 2 + begins
                raise InvalidRequest(
                    f"{name}, line {line_number}: {error}", field="timeline"
                ) from error
            return columns, rows
    raise InvalidRequest(
        f"{name} has no line of column names with a clip, reel or file and one more, as "
        "shot,clip,in,out,handles,notes",
        field="timeline",
    )


def _event(row: Mapping[str, str], number: str, line: int, rate: Fraction) -> Event:
    notes, cdl, trouble, handles = [], None, None, None
    span = _Span()
    try:
        rate = parse_rate(row["rate"], "timeline") if "rate" in row else rate
        sides = [read_whole(row[key], 10_000) for key in ("handles", "head", "tail") if key in row]
        handles = max(sides) if sides else None
        if handles is not None and handles < 0:
            raise ValueError(f"{handles} handles are no number of frames")
        span = _span(row, rate)
    except (ValueError, InvalidRequest) as error:
        trouble = f"line {line}: {getattr(error, 'detail', error)}"
    try:
        cdl = parse_cdl(row.get("sop"), row.get("saturation"))
    except ValueError as error:
        notes.append(f"its CDL is left out: {error}")
    if row.get("speed", "100").lower().replace(" ", "") not in _NORMAL_SPEED:
        notes.append(f"its speed is {row['speed'][:60]!r}: its frames are as the list says them")
    clip, reel = row.get("clip"), row.get("reel")
    file = file_name(row["file"]) if "file" in row else None
    names = [each for each in (clip and file_name(clip), reel, file) if each]
    if not names:
        trouble = trouble or f"line {line}: it names no clip, reel or file"
    return Event(
        number=number,
        name=names[0] if names else f"line {line}",
        reel=reel,
        file=file,
        start=span.start.frame,
        length=span.length,
        rate=rate,
        drop=span.start.drop,
        labels=span.start.label,
        numbers=not span.start.label,
        from_first=span.from_first,
        to_last=span.to_last,
        handles=handles,
        shot=row.get("shot"),
        comments=tuple(row[key] for key in ("notes",) if key in row),
        cdl=cdl,
        notes=(*notes, *span.notes),
        trouble=trouble,
    )


class _Span:
    """What a row says about its frames."""

    def __init__(self) -> None:
        self.start = Position(0, False, None)
        self.length = 0
        self.from_first = self.to_last = True
        self.notes: list[str] = []


def _span(row: Mapping[str, str], rate: Fraction) -> _Span:
    """Raises ValueError for cells that do not read or contradict one another."""
    found = _Span()
    cells = dict(row)
    if "range" in cells and not {"in", "first"} & set(cells):
        text = cells["range"].replace("–", "-")
        begins, dash, ends = text.partition("-")
        cells |= {"first": begins, "last": ends if dash else begins}
    begin = parse_position(cells.get("in") or cells.get("first", ""), rate)
    last = parse_position(cells.get("last", ""), rate)
    out = parse_position(cells.get("out", ""), rate)
    lasts = parse_position(cells.get("duration", ""), rate)
    if last is not None and out is not None and not 0 <= out.frame - last.frame <= 1:
        raise ValueError(f"its out {cells['out']} and its last {cells['last']} differ")
    if begin is None:
        if out or last:
            raise ValueError("it has an out and no in")
        return found
    found.start, found.from_first = begin, False
    end = last or out
    if end is None:
        found.to_last = lasts is None
        found.length = lasts.frame if lasts is not None else 0
    else:
        if end.label != begin.label:
            raise ValueError("one end is a timecode and the other a number")
        count = frames_between(begin, end, rate)
        inclusive = last is not None or not begin.label
        found.length = count + 1 if inclusive else count
        if lasts is not None and lasts.frame in (count, count + 1):
            found.length = lasts.frame
        elif lasts is not None and lasts.frame > 0:
            raise ValueError(
                f"from in to out are {count} frames, and its duration is {lasts.frame}"
            )
        found.to_last = False
    if not found.to_last and found.length < 1:
        raise ValueError("it has no frame")
    beside = row.get("range", "") if {"in", "first"} & set(row) else ""
    begins_at, dash, _ = beside.replace("–", "-").partition("-")
    ours = str(row.get("in") or row.get("first")) if dash else str(found.length)
    if beside and begins_at.strip() != ours and not found.to_last:
        found.notes.append(
            f"its frames {beside[:60]!r} stand beside an in and out, which are taken"
        )
    return found
