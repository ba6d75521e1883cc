"""Avid Log Exchange: takes of a log, whole or as far as their start and end say.

Reference: Avid, "Avid Log Specifications": a heading, the names of the columns, rows.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.turnover.model import Event, Turnover, is_shot_name
from functions.turnover.rates import parse_rate
from functions.turnover.readers.facts import file_name, parse_cdl
from functions.turnover.readers.table import decode_text, frames_between, parse_position

_MAX_ROWS = 100_000
_LONGEST = 100_000  # of a line with quotes
_REELS = ("tape", "reel", "reel name", "tape name", "camroll", "cam roll", "camera roll")
_FILES = (
    "source file", "filename", "file name", "source file name", "source file path", "filepath",
    "unc", "clipname", "clip name", "clip", "labroll", "dpx",
)  # fmt: skip
_IDS = ("umid", "clipumid", "uuid", "uid", "source umid", "mob id")
_COMMENTS = ("comments", "comment", "description", "descript", "scene", "take", "shot", "vfx")
_SOPS = ("asc_sop", "asc sop", "asc-sop", "ascsop", "sop", "cdl")
_SATURATIONS = ("asc_sat", "asc sat", "asc-sat", "ascsat", "sat")
_SOUND = (".wav", ".bwf", ".aif", ".aiff", ".mp3")


def read_ale(data: bytes, name: str, rate: Fraction | None = None) -> Turnover:
    """Every row with a picture. A row without an end goes to the end of its clip.

    rate : of the timecode where the log says none; 24 without it

    Raises InvalidRequest for what is no log, LimitExceeded for more than 100,000 rows.
    """
    heading, columns, rows = _parts(decode_text(data, name), name)
    assumed: tuple[tuple[str, str], ...] = ()
    if heading.get("fps"):
        rate = parse_rate(heading["fps"], "timeline")
    elif rate is None:
        rate = Fraction(24)
        assumed = (("rate", "24 frames per second: the log says none"),)
    events: list[Event] = []
    sounds = 0
    twice = sorted({each for each in columns if each and columns.count(each) > 1})
    for line, cells in rows:
        # Of a column that stands twice the first is taken.
        row = dict(zip(reversed(columns), reversed(_as_wide(cells, columns)), strict=True))
        if _is_sound(row):
            sounds += 1
            continue
        event = _event(row, f"{len(events) + 1:03d}", line, rate)
        if any(cells[len(columns) :]):
            more = f"line {line} has {len(cells)} cells for {len(columns)} columns"
            event = replace(event, notes=(*event.notes, more))
        events.append(event)
    return Turnover(
        title=PurePosixPath(name).stem,
        rate=rate,
        events=tuple(events),
        assumed=assumed,
        notes=tuple(f"the column {each} stands twice: the first is taken" for each in twice),
        sounds=sounds,
    )


def _as_wide(cells: list[str], columns: list[str]) -> list[str]:
    return (cells + [""] * len(columns))[: len(columns)]


def _parts(text: str, name: str) -> tuple[dict[str, str], list[str], list[tuple[int, list[str]]]]:
    """Heading, column names in lower case, rows with the numbers of their lines."""
    heading: dict[str, str] = {}
    columns: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    section, mark = "", "\t"
    for number, line in enumerate(text.splitlines(), 1):
        word = line.strip().strip("\x1a").lower()
        if word in ("heading", "column", "data"):
            section = word
        elif not word:
            continue
        elif section == "heading":
            words = _cells(line, "\t" if "\t" in line else ",")
            # Most write a pair on each line, some all of them on one.
            for key, value in zip(words[::2], words[1::2], strict=False):
                heading.setdefault(key.lower(), value)
            mark = "," if heading.get("field_delim", "").upper().startswith("COMMA") else "\t"
        elif section == "column":
            columns = [each.lower() for each in _cells(line, mark)]
        elif section == "data":
            rows.append((number, _cells(line, mark)))
            if len(rows) > _MAX_ROWS:
                raise LimitExceeded(f"{name} has more than {_MAX_ROWS} rows", field="timeline")
    if not columns or section != "data":
        raise InvalidRequest(f"{name} is no ALE: it has no columns or no data", field="timeline")
    return heading, columns, rows


def _cells(line: str, mark: str) -> list[str]:
    """Of a line; what stands between commas may be quoted, tabs need no quotes."""
    quoted = mark == "," and '"' in line and len(line) < _LONGEST
    words = next(csv.reader([line])) if quoted else line.split(mark)
    return [each.strip() for each in words]


def _is_sound(row: Mapping[str, str]) -> bool:
    tracks = row.get("tracks", "").upper()
    if tracks:
        return "V" not in tracks
    names = [row.get(key, "").lower() for key in ("name", "source file", "filename")]
    return any(each.endswith(_SOUND) for each in names)


def _event(row: Mapping[str, str], number: str, line: int, rate: Fraction) -> Event:
    reels = [row[key] for key in _REELS if row.get(key)]
    files = [file_name(row[key]) for key in _FILES if row.get(key)]
    notes: list[str] = []
    cdl, trouble = None, None
    sop = next((row[key] for key in _SOPS if row.get(key)), "")
    saturation = next((row[key] for key in _SATURATIONS if row.get(key)), "")
    if sop.count("(") == 4:
        sop, _, last = sop.strip().rstrip(")").rpartition("(")
        saturation = saturation or last
    try:
        cdl = parse_cdl(sop, saturation)
    except ValueError as error:
        notes.append(f"its CDL is left out: {error}")
    start, length, drop, labels, opened = 0, 0, None, True, (True, True)
    try:
        # A row's own rate counts where it names another kind of label.
        rate = parse_rate(row["fps"], "timeline") if row.get("fps") else rate
        said = row.get("dropframe") or row.get("drop frame") or ""
        skips = {"true": True, "yes": True, "1": True, "df": True, "drop": True}.get(said.lower())
        begin = parse_position(row.get("start", ""), rate, skips)
        end = parse_position(row.get("end", ""), rate, skips)
        lasts = parse_position(row.get("duration", ""), rate)
        if begin is not None:
            start, drop, labels = begin.frame, begin.drop, begin.label
            opened = (False, end is None and lasts is None)
            if end is not None:
                length = frames_between(begin, end, rate)
                if lasts is not None and lasts.frame not in (length, length + 1):
                    notes.append(
                        f"from start to end are {length} frames, which are taken, and its duration "
                        f"is {lasts.frame}"
                    )
            elif lasts is not None:
                length = lasts.frame
            if not opened[1] and length == 0:
                trouble = f"line {line}: it starts where it ends"
        elif end is not None or lasts is not None:
            notes.append("it has no start: its whole clip is taken")
    except (ValueError, InvalidRequest) as error:
        trouble = f"line {line}: {getattr(error, 'detail', error)}"
    texts = tuple(row[key] for key in _COMMENTS if row.get(key))
    return Event(
        number=number,
        name=file_name(row.get("name", "")) or (reels or files or ["row without a name"])[0],
        reel=reels[0] if reels else None,
        file=files[0] if files else None,
        aliases=tuple(dict.fromkeys((*files[1:], *reels[1:]))),
        ids=tuple(row[key].lower() for key in _IDS if row.get(key)),
        start=start,
        length=length,
        rate=rate,
        drop=drop,
        labels=labels,
        from_first=opened[0],
        to_last=opened[1],
        shot=next((text for text in texts if is_shot_name(text)), None),
        comments=texts,
        cdl=cdl,
        notes=tuple(notes),
        trouble=trouble,
    )
