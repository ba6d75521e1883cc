"""One clip of an xmeml: its file, its time remap, what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_exact, read_whole
from functions.contract.timecode import Timecode, nominal_rate
from functions.sidecars.safe_xml import Element, text_of
from functions.turnover.model import Event, is_shot_name, skips_labels
from functions.turnover.readers.facts import file_name, parse_cdl
from functions.turnover.readers.xml_file import child, elements, text_at
from functions.turnover.time_map import ONE, ZERO, Span, TimeMap

_TICKS = 254_016_000_000  # of Premiere, a second
_FASTEST = 100_000
# What a keyframe of a speed graph has beside its point; anything else bends the curve.
_STRAIGHT = {
    "when",
    "value",
    "speedvirtualkf",
    "speedkfstart",
    "speedkfend",
    "speedkfin",
    "speedkfout",
}
_UNREAD = "its speed change does not read: taken at normal speed, look at it"
_BENT = "its speed changes by a curve that is read as straight between its points"
# Told together, as a frame that is not the camera's.
_SHAPES = ("timeremap", "basic", "crop", "opacity", "distort")
_NOT_MEDIA = {"slug", "graphicandtype", "adjustmentlayer", "colormatte", "barsandtone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A `file`: start and length in its own frames; `made` names what has no camera file."""

    name: str
    file: str | None
    reel: str | None
    rate: Fraction | None
    start: int
    drop: bool | None
    length: int
    has_video: bool
    made: str | None
    uid: str | None
    notes: tuple[str, ...] = ()


def number(element: Element, name: str, *tags: str) -> int | None:
    """A whole number below an element of document `name`; None where there is none.

    Raises InvalidRequest for a text that is none.
    """
    text = text_at(element, *tags)
    if text is None:
        return None
    try:
        return read_whole(text.partition(".")[0] if text.rstrip("0").endswith(".") else text)
    except ValueError as error:
        line = element.sourceline
        raise InvalidRequest(
            f"{name}, line {line}: {'/'.join(tags)} {error}", field="timeline"
        ) from error


def is_true(element: Element, tag: str, default: bool) -> bool:
    """A boolean below an element, TRUE or FALSE."""
    text = text_at(element, tag)
    return default if text is None else text.upper() not in ("FALSE", "0", "NO")


def rate_of(element: Element) -> Fraction | None:
    """Of its `rate`: 24 with NTSC is 24000/1001."""
    text = text_at(element, "rate", "timebase")
    if text is None:
        return None
    try:
        base = read_exact(text)
    except ValueError:
        return None
    if not 1 <= base <= 1000:
        return None
    ntsc = (text_at(element, "rate", "ntsc") or "FALSE").upper() in ("TRUE", "1", "YES")
    return base * Fraction(1000, 1001) if ntsc else base


def timecode_start(
    element: Element, rate: Fraction, name: str
) -> tuple[int | None, bool, tuple[str, ...]]:
    """Of its `timecode`, the first frame, whether labels skip, and what contradicts."""
    found = child(element, "timecode")
    if found is None:
        return None, False, ()
    rate = rate_of(found) or rate
    drop = (text_at(found, "displayformat") or "NDF").upper() == "DF" and skips_labels(rate)
    frame = number(found, name, "frame")
    text = text_at(found, "string")
    if text is None:
        return frame, drop, ()
    try:
        label = text[:8].replace(";", ":") + (";" if drop else ":") + text[9:]
        said = Timecode.parse(label, rate).frame
    except InvalidRequest as error:
        if frame is None:
            raise InvalidRequest(f"{name}: {error.detail}", field="timeline") from error
        return frame, drop, (f"the timecode of its file does not read: {error.detail}",)
    if frame is not None and frame != said:
        return frame, drop, (f"its file starts at {text} and at frame {frame}: the frame is taken",)
    return said, drop, ()


def read_media(element: Element, files: Mapping[str, Element], name: str) -> Media | None:
    """The file of a clip, which may be written with another clip; None without one."""
    found = child(element, "file")
    if found is None:
        track = child(element, "media", "video", "track", "clipitem")
        found = None if track is None else child(track, "file")
    if found is None:
        return None
    whole = files.get(found.attrib.get("id", ""), found) if not elements(found) else found
    rate = rate_of(whole)
    start, drop, notes = timecode_start(whole, rate or Fraction(24), name)
    url, title = text_at(whole, "pathurl") or "", text_at(whole, "name") or ""
    kinds = child(whole, "media")
    source = (text_at(whole, "mediaSource") or "").lower().replace(" ", "")
    made = source if source in _NOT_MEDIA or (title == "Slug" and not url) else None
    return Media(
        name=title,
        file=file_name(url) or title or None,
        reel=text_at(whole, "timecode", "reel", "name"),
        rate=rate,
        start=start or 0,
        drop=drop if child(whole, "timecode") is not None else None,
        length=number(whole, name, "duration") or 0,
        has_video=kinds is None or child(kinds, "video") is not None or not elements(kinds),
        made=made and (title or made),
        uid=text_at(whole, "uuid"),
        notes=notes,
    )


def clip_event(element: Element, media: Media | None, rate: Fraction) -> Event | None:
    """Everything about a clip but its times; None for black."""
    trouble = None
    if element.tag == "generatoritem" or (media is not None and media.made):
        kind = text_at(element, "effect", "name") or (media.made if media else None)
        if (kind or "").lower() in ("slug", "black video") and element.tag == "generatoritem":
            return None
        trouble = f"it is made by a generator ({kind or 'of no name'}) and has no media"
        if (kind or "").lower() == "slug":
            trouble = "its media was offline in the application that wrote the document"
    elif is_true(element, "adjustmentlayer", False):
        trouble = "it is an adjustment layer and has no media"
    elif child(element, "multiclip") is not None:
        trouble = "it is a multiclip: collapse it to its angle, or pull it by hand"
    marks = [text_at(m, key) for m in elements(element, "marker") for key in ("name", "comment")]
    for group in elements(element, "logginginfo", "comments"):
        marks += [text_of(each).strip() for each in elements(group)]
    texts = [each for each in marks if each]
    cdl, notes = None, list(media.notes) if media else []
    filters = [each for each in elements(element, "filter") if is_true(each, "enabled", True)]
    named = {
        text_at(each, "effect", "name") or "without a name": None
        for each in filters
        if text_at(each, "effect", "effectid") not in _SHAPES
        and text_at(each, "effect", "mediatype") != "audio"
    }
    if named:
        notes.append(f"effects that a plate leaves out: {', '.join(named)}"[:300])
    if child(element, "rate") is not None and rate_of(element) is None:
        notes.append(f"its rate does not read: {rate} is taken")
    colour = child(element, "colorinfo")
    if colour is not None:
        try:
            cdl = parse_cdl(text_at(colour, "asc_sop"), text_at(colour, "asc_sat"))
        except ValueError as error:
            notes.append(f"its CDL is left out: {error}")
        luts = [text_at(colour, key) for key in ("lut", "lut1", "lut2")]
        notes += [f"its LUT {each} is not part of the plate" for each in luts if each]
    names = (text_at(element, "name"), media.name if media else None)
    uids = (media.uid if media else None, text_at(element, "uuid"))
    return Event(
        number="",
        name=next((each for each in names if each), "clip without a name"),
        reel=media.reel if media else None,
        file=media.file if media else None,
        ids=tuple(each.lower() for each in uids if each),
        start=0,
        length=0,
        rate=rate,
        shot=next((each for each in texts if is_shot_name(each)), None),
        comments=tuple(texts),
        cdl=cdl,
        notes=tuple(notes),
        trouble=trouble,
    )


def remapped(
    element: Element,
    seat: Span,
    timeline: Fraction,
    rate: Fraction,
    edges: tuple[int, int],
    offset: Fraction,
    name: str,
) -> tuple[TimeMap, list[str]]:
    """Seconds of the media by those of the timeline, and what to look at.

    Parameters
    ----------
    seat : all that the clip plays. timeline, rate : of the timeline and of `edges`, which are
        the clip's in and out. offset : frames from the media's first to the clip's first
    """
    entry, leave = (Fraction(each) for each in edges)
    # 24 in a timeline of 23.976 is one frame for each.
    pace = timeline / rate if nominal_rate(timeline) == nominal_rate(rate) else ONE
    played, taken = seat.length * pace * rate, leave - entry
    if is_true(element, "stillframe", False):
        at = number(element, name, "stillframeoffset")
        held = (Fraction(at) if at is not None else entry) + offset
        return TimeMap.shifted(seat.start, held / rate, ZERO), []
    if leave < entry:
        return TimeMap.shifted(seat.start, (entry + offset) / rate, pace), [
            f"its out ({leave}) is before its in ({entry}): taken from its in"
        ]
    effect = _time_remap(element)
    if effect is None:
        if abs(played - taken) > 1 and taken > 0 and played > 0:
            note = (
                f"it plays {float(played):g} frames of {taken}, without a speed: taken for a retime"
            )
            return TimeMap.shifted(seat.start, (entry + offset) / rate, taken / played * pace), [
                note
            ]
        return TimeMap.shifted(seat.start, (entry + offset) / rate, pace), []
    speed, backwards = effect.speed, effect.backwards
    if len(effect.points) > 1:
        found = {
            seat.start + (when - entry) / rate / pace: (value + offset) / rate
            for when, value in effect.points
        }
        return TimeMap(tuple(sorted(found.items()))), [_BENT] if effect.bent else []
    if speed is None:
        return TimeMap.shifted(seat.start, (entry + offset) / rate, pace), [_UNREAD]
    if speed == 0:
        return TimeMap.shifted(seat.start, (entry + offset) / rate, ZERO), []
    # In and out count what is played; some writers give the frames of the media instead.
    scaled = abs(played - taken) <= 1
    factor = speed if scaled else ONE
    first, last = entry * factor, leave * factor
    ticks = number(element, name, "pproTicksIn")
    if scaled and ticks is not None and ticks > 0:
        first, last = Fraction(ticks) * rate / _TICKS, ZERO
        last = first + taken * speed
    if not scaled and played > 0:
        speed = taken / played
    if backwards:
        return TimeMap.shifted(seat.start, (last + offset) / rate, -speed * pace), []
    return TimeMap.shifted(seat.start, (first + offset) / rate, speed * pace), []


@dataclass(frozen=True, slots=True)
class _Remap:
    """A time remap: None for a speed that does not read; points of the graph of a curve.

    bent : whether the graph has handles, which are not read
    """

    speed: Fraction | None
    backwards: bool = False
    points: tuple[tuple[Fraction, Fraction], ...] = ()
    bent: bool = False


def _time_remap(element: Element) -> _Remap | None:
    """Of a clip; None without one. Two of them, as numbers that are none, do not read."""
    effects = [
        effect
        for each in elements(element, "filter")
        if text_at(each, "effect", "effectid") == "timeremap"
        and is_true(each, "enabled", True)
        and (effect := child(each, "effect")) is not None
    ]
    if not effects:
        return None
    found = {text_at(p, "parameterid"): p for p in elements(effects[0], "parameter")}
    speed, backwards, graph = ONE, False, found.get("graphdict")
    try:
        if "speed" in found:
            speed = read_exact(text_at(found["speed"], "value") or "") / 100
        points = _graph(graph)
    except ValueError:
        return _Remap(None)
    if "reverse" in found:
        backwards = is_true(found["reverse"], "value", False)
    if abs(speed) > _FASTEST or len(effects) > 1:
        return _Remap(None)
    frames = elements(graph, "keyframe") if graph is not None else []
    bent = any(part.tag not in _STRAIGHT for each in frames for part in elements(each))
    return _Remap(abs(speed), backwards or speed < 0, tuple(points), bent)


def _graph(graph: Element | None) -> list[tuple[Fraction, Fraction]]:
    """Frames played and frames of the media, without the ends that only extend it.

    Raises ValueError for a point that is none.
    """
    inner, every = [], []
    for each in elements(graph, "keyframe") if graph is not None else ():
        point = (
            read_exact(text_at(each, "when") or ""),
            read_exact(text_at(each, "value") or ""),
        )
        every.append(point)
        if child(each, "speedkfstart") is None and child(each, "speedkfend") is None:
            inner.append(point)
    points = inner if len({when for when, _ in inner}) > 1 else every
    return sorted(dict(points).items())
