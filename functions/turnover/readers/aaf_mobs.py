"""Mobs of an AAF: tracks, timecode, the chain down to the tape, speed parameters."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from functions.contract.amf import Cdl
from functions.contract.timecode import nominal_rate
from functions.turnover.model import Event, skips_labels
from functions.turnover.rates import exact_rate
from functions.turnover.readers.facts import file_name, parse_cdl
from functions.turnover.time_map import ZERO, Span, TimeMap

_LONGEST_CHAIN = 32
_MAX_POINTS = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file's first frame stands.

    start : its timecode in frames; None where no mob has any
    """

    start: int | None
    drop: bool | None
    reel: str | None
    files: tuple[str, ...]
    ids: tuple[str, ...]
    notes: tuple[str, ...]


def edit_rate(slot: Any) -> Fraction:
    """Frames a second of a track."""
    value = getattr(slot, "edit_rate", None)
    found = None if value is None else exact_rate(Fraction(str(value)))
    return found or Fraction(24)


def is_picture(slot: Any) -> bool:
    """Whether a track shows pictures."""
    return "picture" in str(getattr(slot, "media_kind", "")).lower()


def picture_slots(mob: Any) -> list[Any]:
    """Tracks of pictures from the lowest up, by number where they have one."""
    slots = [each for each in mob.slots if is_picture(each) and hasattr(each, "edit_rate")]
    return sorted(slots, key=lambda slot: int(_value(slot, "PhysicalTrackNumber") or 0))


def timecode_of(
    mob: Any, rate: Fraction, notes: list[str] | None = None
) -> tuple[int, bool] | None:
    """First frame and drop flag of a mob's timecode that counts as a rate does.

    notes : gets what of its timecode is not taken
    """
    found, others, told = [], set[int](), [] if notes is None else notes
    for slot in mob.slots:
        segment = slot.segment
        if type(segment).__name__ == "Pulldown":
            segment = _value(segment, "InputSegment")
        parts = list(segment.components) if type(segment).__name__ == "Sequence" else [segment]
        if not parts or type(parts[0]).__name__ != "Timecode":
            continue
        if sum(type(each).__name__ == "Timecode" for each in parts) > 1:
            told.append("its timecode does not run through: that of its beginning is taken")
        others.add(int(parts[0].fps))
        if int(parts[0].fps) == nominal_rate(rate):
            number = _value(slot, "PhysicalTrackNumber")
            # A track without a number is as good as the first.
            found.append((int(number or 1), int(parts[0].start), bool(parts[0].drop)))
    if not found:
        if others:
            counts = " and ".join(map(str, sorted(others)))
            told.append(f"its timecode counts {counts} frames a second and it {rate}: not taken")
        return None
    _, start, drop = min(found, key=lambda each: each[0])
    return start, drop and skips_labels(rate)


def source_place(mob: Any, slot: Any, rate: Fraction) -> Place:
    """Of a file's mob: its timecode, or that of what it was made from."""
    at, start, drop, passed = 0, None, None, 0
    names: list[str] = []
    files: list[str] = []
    ids: list[str] = []
    seen: list[int] = []
    notes: list[str] = []
    while mob is not None and passed < _LONGEST_CHAIN:
        passed += 1
        names.append(str(mob.name or ""))
        ids.append(str(mob.mob_id).lower())
        files += _locators(mob)
        found = timecode_of(mob, rate, notes)
        if found is not None:
            start, drop = found[0] + at, found[1]
            seen.append(start)
        segment: Any = slot.segment if slot is not None else None
        if type(segment).__name__ == "Sequence":
            clips = [e for e in segment.components if type(e).__name__ == "SourceClip"]
            if len(clips) > 1:
                notes.append("its file is of several pieces of tape: the first one's is taken")
            segment = clips[0] if clips else None
        if type(segment).__name__ != "SourceClip" or segment.mob is None:
            break
        following = segment.mob
        below = next((e for e in following.slots if e.slot_id == segment.slot_id), None)
        own = edit_rate(below) if below is not None else rate
        step = Fraction(int(segment.start or 0))
        if nominal_rate(own) != nominal_rate(rate):
            step = step / own * rate
        at += round(step)
        mob, slot = following, below
    if len(set(seen)) > 1:
        notes.append("its file and its tape have different timecode: the tape's is taken")
    reel = names[-1] if len(names) > 1 and names[-1] else None
    return Place(
        start, drop, reel, tuple(dict.fromkeys(files)), tuple(ids), tuple(dict.fromkeys(notes))
    )


def clip_event(mob: Any, place: Place, rate: Fraction) -> Event:
    """The event of a file's mob but its times."""
    name = str(mob.name or "")
    cdl, notes = cdl_and_notes(mob)
    return Event(
        number="",
        name=name or place.reel or "clip without a name",
        reel=place.reel,
        file=place.files[0] if place.files else None,
        aliases=place.files[1:],
        ids=place.ids,
        start=0,
        length=0,
        rate=rate,
        drop=place.drop,
        media_start=place.start or 0,
        cdl=cdl,
        notes=(*place.notes, *notes),
    )


def cdl_and_notes(mob: Any) -> tuple[Cdl | None, tuple[str, ...]]:
    """The CDL of a mob's comments, as Avid keeps a log's columns."""
    comments = {}
    for key, value in _comments(mob):
        comments[key.upper()] = str(value)
    try:
        return parse_cdl(comments.get("ASC_SOP"), comments.get("ASC_SAT")), ()
    except ValueError as error:
        return None, (f"its CDL is left out: {error}",)


def markers_of(mob: Any, track: Any) -> list[tuple[int, str]]:
    """Positions and texts of the markers of a track."""
    found = []
    for slot in mob.slots:
        if type(slot).__name__ not in ("EventMobSlot", "EventSlot"):
            continue
        segment = slot.segment
        parts = list(segment.components) if type(segment).__name__ == "Sequence" else [segment]
        for each in parts:
            tracks = _value(each, "DescribedSlots")
            if tracks and track.slot_id not in list(tracks):
                continue
            position, text = _value(each, "Position"), _value(each, "Comment")
            if position is not None and text:
                found.append((int(position), str(text).strip()))
    return found


def speed_map(
    group: Any, inner: Any, seat: Span, rate: Fraction
) -> tuple[TimeMap | None, str | None]:
    """A retime's input time by its parent's, from 0; None for an effect that is none.

    Avid keeps the curve that it plays as offsets of the input at every half frame. Else
    SpeedRatio is the length that is shown by the length that is used.
    """
    found = {str(each.name): each for each in group.parameters or ()}
    offsets = found.get("PARAM_SPEED_OFFSET_MAP_U")
    points = list(offsets.pointlist)[:_MAX_POINTS] if offsets is not None else []
    if len(points) > 1 or (points and "SpeedRatio" not in found):
        curve = {
            seat.start + Fraction(float(each.time)) / rate: Fraction(
                float(each.value)
            ).limit_denominator(1_000_000)
            / rate
            for each in points
        }
        return TimeMap(tuple(sorted(curve.items())), ZERO), None
    name = str(group.operation.name or "").lower().replace(" ", "")
    ratio = found.get("SpeedRatio")
    if ratio is not None:
        said = _values_of(ratio)
        if len(said) != 1:
            how = "changes, and does not say where" if said else "is not said"
            why = f"its speed ({group.operation.name}) {how}: pull it by hand"
            return TimeMap.shifted(seat.start, ZERO), why
        value = said.pop()
        used, shown = int(inner.length or 0), int(group.length or 0)
        if not value or (used == 1 and shown > 1):
            return TimeMap.shifted(seat.start, ZERO, ZERO), None
        pace = 1 / value
        if shown and abs(abs(value) - Fraction(used, shown)) < abs(
            abs(pace) - Fraction(used, shown)
        ):
            pace = value  # some write the speed itself, which the lengths tell
        return TimeMap.shifted(seat.start, ZERO if pace > 0 else -pace * seat.length, pace), None
    if "repeat" in name or "freeze" in name:
        return TimeMap.shifted(seat.start, ZERO, ZERO), None
    if "speed" in name or "timewarp" in name or name == "motioncontrol":
        why = f"its speed change ({group.operation.name}) does not say how fast: pull it by hand"
        return TimeMap.shifted(seat.start, ZERO), why
    return None, None


def _values_of(parameter: Any) -> set[Fraction]:
    """The value of a parameter; several of one that varies."""
    value = getattr(parameter, "value", None)
    if value is not None:
        return {Fraction(str(value))}
    return {Fraction(str(each.value)) for each in list(parameter.pointlist or ())[:_MAX_POINTS]}


def _locators(mob: Any) -> list[str]:
    """Names of the files that a mob's descriptor points to."""
    descriptor = getattr(mob, "descriptor", None)
    locators = _value(descriptor, "Locator") if descriptor is not None else None
    urls = [_value(each, "URLString") for each in locators or ()]
    return [name for url in urls if url and (name := file_name(str(url)))]


def _comments(mob: Any) -> list[tuple[str, Any]]:
    comments = getattr(mob, "comments", None)
    try:
        return [(str(key), value) for key, value in comments.items()] if comments else []
    except (AttributeError, TypeError, ValueError):
        return []


def _value(thing: Any, key: str) -> Any:
    """A property's value; None where it has none."""
    found = thing.get(key) if hasattr(thing, "get") else None
    return getattr(found, "value", None)
