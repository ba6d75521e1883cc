"""One clip of an FCPXML: its asset, its time map, its conformed rate, what it says of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from functions.contract.errors import InvalidRequest
from functions.contract.numbers import read_exact
from functions.contract.timecode import nominal_rate
from functions.sidecars.safe_xml import Element
from functions.turnover.model import Event, is_shot_name, skips_labels
from functions.turnover.rates import exact_rate
from functions.turnover.readers.facts import cdl_of, file_name
from functions.turnover.readers.xml_file import elements
from functions.turnover.time_map import ONE, Span, TimeMap
from functions.turnover.timeline import Source

_LARGEST = Fraction(10**8)  # seconds: three years
_REEL = "com.apple.proapps.studio.reel"
_NAMED_RATE = re.compile(r"[pi](\d{2,4})$")
_CDL = re.compile(
    r"\b(slope|offset|power|saturation)\s{0,9}=\s{0,9}(?:\"([^\"]{0,200})\"|'([^']{0,200})')"
)
_PICTURE_EFFECTS = (
    "adjust-crop", "adjust-corners", "adjust-transform", "adjust-blend", "adjust-stabilization",
    "adjust-rollingShutter", "adjust-360-transform", "adjust-reorient", "adjust-orientation",
    "adjust-cinematic", "adjust-colorConform", "adjust-stereo-3D", "filter-video",
    "filter-video-mask",
)  # fmt: skip
_ASC = "info-asc-cdl"
_CURVED = "its speed changes smoothly and is read as straight between its points: look at its ends"
_SOUND = (".wav", ".aif", ".aiff", ".mp3", ".m4a", ".caf", ".bwf")


def seconds(text: str, name: str) -> Fraction:
    """`1001/30000s`, `5s` or `2.5s`. Raises InvalidRequest for another form or huge values."""
    try:
        found = read_exact(text.strip().removesuffix("s"))
    except ValueError as error:
        raise InvalidRequest(f"{name}: {text[:60]!r} is no time", field="timeline") from error
    if abs(found) > _LARGEST:
        raise InvalidRequest(f"{name}: {text[:60]!r} is no time of a clip", field="timeline")
    return found


def format_rate(form: Element, name: str) -> Fraction | None:
    """Frames a second of a `format`, by its frame duration or by its name (`1080p2398`)."""
    duration = form.attrib.get("frameDuration")
    if duration:
        length = seconds(duration, name)
        return 1 / length if Fraction(1, 1000) <= length <= 1 else None
    found = _NAMED_RATE.search(form.attrib.get("name", "")[:200])
    if not found:
        return None
    digits = found[1]
    return exact_rate(Fraction(digits) if len(digits) < 4 else Fraction(int(digits), 100))


@dataclass(frozen=True, slots=True)
class Story:
    """What a sequence or an enclosing clip says about what is in it.

    rate : of the sequence. outer : a `clip` around, which names and marks its picture
    """

    rate: Fraction
    outer: Element | None = None
    depth: int = 0

    def deeper(self) -> Story:
        """One level down."""
        return replace(self, depth=self.depth + 1)

    def within(self, element: Element) -> Story:
        """What is inside a `clip`; a `sync-clip` is made of clips with names of their own."""
        return replace(self, outer=element if element.tag == "clip" else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Media of a document: start and length in seconds, rate None for stills."""

    name: str
    file: str | None
    uid: str | None
    start: Fraction
    length: Fraction
    rate: Fraction | None
    has_video: bool
    reel: str | None

    @classmethod
    def read(cls, resource: Element, rate: Fraction | None, name: str) -> Asset:
        """From an `asset` element."""
        # The camera's own file before a proxy of it.
        media = sorted(
            elements(resource, "media-rep"),
            key=lambda each: each.attrib.get("kind", "original-media") != "original-media",
        )
        source = resource.attrib.get("src") or (media[0].attrib.get("src", "") if media else "")
        file, said = file_name(source) or None, resource.attrib.get("hasVideo")
        silent = said is None and "hasAudio" not in resource.attrib
        return cls(
            name=resource.attrib.get("name", ""),
            file=file,
            uid=resource.attrib.get("uid") or None,
            start=seconds(resource.attrib.get("start", "0s"), name),
            length=seconds(resource.attrib.get("duration", "0s"), name),
            rate=rate,
            has_video=said == "1" or (silent and not (file or "").lower().endswith(_SOUND)),
            reel=_reel(resource),
        )

    def holds(self, time: Fraction) -> bool:
        """Whether a moment is in it, give or take a frame."""
        frame = 1 / (self.rate or 1)
        return self.start - frame <= time <= self.start + self.length + frame


def timing(element: Element, name: str, shift: Fraction) -> TimeMap | None:
    """The time map of an element from its parent's time, which is its own plus `shift`."""
    found = next(iter(elements(element, "timeMap")), None)
    if found is None:
        return None
    points = sorted(
        {
            (
                seconds(each.attrib.get("time", ""), name) + shift,
                seconds(each.attrib.get("value", ""), name),
            )
            for each in elements(found, "timept")
        }
    )
    if len({time for time, _ in points}) != len(points):
        raise InvalidRequest(f"{name}: two points of a time map at one time", field="timeline")
    return TimeMap(tuple(points)) if points else None


def bends(element: Element, own: TimeMap, seat: Span) -> str | None:
    """Why the range of a retime is near and not exact: its curve is cut between its points."""
    curved = any(
        each.attrib.get("interp", "smooth2") != "linear"
        for found in elements(element, "timeMap")
        for each in elements(found, "timept")
    )
    points = {time for time, _ in own.points}
    cut = [at for at in (seat.start, seat.stop) if min(points) < at < max(points)]
    return _CURVED if curved and len(points) > 2 and not points.issuperset(cut) else None


def has_effects(element: Element) -> bool:
    """Whether a clip shows its media changed; a colour correction of numbers is a CDL."""
    return any(
        each.attrib.get("enabled", "1") != "0"
        and not any(inner.tag == _ASC or _ASC in (inner.text or "") for inner in each)
        for each in elements(element, *_PICTURE_EFFECTS)
    )


def clip_source(
    element: Element,
    asset: Asset | None,
    story: Story,
    seat: Span,
    start: Fraction,
    name: str,
) -> tuple[Source, TimeMap]:
    """What a clip shows, and the seconds of its media by its parent's.

    seat, start : in the parent's time, and the same moment in its own
    """
    outer = story.outer
    marked = [each for each in (outer, element) if each is not None]
    event = _event(marked, asset, story.rate)
    step = 1 / story.rate
    if asset is None or asset.rate is None:
        why = "it is a still, or its media has no frame rate"
        if asset is None:
            why = "it is made by a title or generator and has no media"
        event = replace(event, trouble=why)
        return Source(event=event, step=step), TimeMap.shifted(seat.start, start)
    notes = list(event.notes)
    pace, conform = ONE, _conform(marked)
    alike = nominal_rate(asset.rate) == nominal_rate(story.rate)
    if conform or (conform is None and alike):
        # Of conformed media each frame is one of the timeline.
        pace = story.rate / asset.rate
    if asset.rate != story.rate and not alike:
        how = "each frame becomes one of it" if conform else "in its own time"
        notes.append(
            f"its media counts {asset.rate} frames a second and the timeline {story.rate}: {how}"
        )
    own = timing(element, name, seat.start - start)
    if own is not None and (note := bends(element, own, seat)):
        notes.append(note)
    if own is None:
        scaled = start * story.rate / asset.rate
        if pace != 1 and not asset.holds(start) and asset.holds(scaled):
            start = scaled
        own = TimeMap.shifted(seat.start, start, pace)
    first = asset.start * asset.rate
    drop = any(each.attrib.get("tcFormat") == "DF" for each in marked)
    event = replace(
        event,
        rate=asset.rate,
        drop=drop and skips_labels(asset.rate),
        media_start=round(first),
        notes=tuple(notes),
    )
    # Media whose timecode is on no frame of its own rate is counted from its first frame.
    return Source(event=event, step=step, shift=round(first) - first), own


def _conform(marked: list[Element]) -> bool | None:
    """Whether a clip's rate is scaled to the timeline's; None where nothing says so."""
    for each in marked:
        for found in elements(each, "conform-rate"):
            return found.attrib.get("scaleEnabled", "1") != "0"
    return None


def _event(marked: list[Element], asset: Asset | None, rate: Fraction) -> Event:
    """Everything about a clip but its times; the outermost element goes first."""
    notes: list[str] = []
    texts = [
        (mark.attrib.get("value") or mark.text or "").strip()
        for each in marked
        for mark in elements(each, "marker", "chapter-marker", "note", "keyword")
    ]
    cdl = None
    try:
        found = [dict.fromkeys(_cdls(each)) for each in marked]
        said = next((list(each) for each in found if each), [])
        cdl = cdl_of(dict(said[0])) if said else None
        if len(said) > 1:
            notes.append(f"it has {len(said)} CDLs: the first is taken")
    except ValueError as error:
        notes.append(f"its CDL is left out: {error}")
    names = [each.attrib.get("name", "") for each in marked] + [asset.name if asset else ""]
    reels = [_reel(each) for each in marked] + [asset.reel if asset else None]
    return Event(
        number="",
        name=next((each for each in names if each), "clip without a name"),
        reel=next((each for each in reels if each), None),
        file=asset.file if asset is not None else None,
        ids=(asset.uid.lower(),) if asset is not None and asset.uid else (),
        start=0,
        length=0,
        rate=rate,
        shot=next((each for each in texts if is_shot_name(each)), None),
        comments=tuple(each for each in texts if each),
        cdl=cdl,
        notes=tuple(notes),
    )


def _cdls(element: Element) -> list[tuple[tuple[str, str], ...]]:
    """Of an `info-asc-cdl`, which newer versions write as a comment in a filter.

    Raises ValueError for one without numbers.
    """
    found = []
    for each in element:
        text = each.text or ""
        numbers: list[tuple[str, str]] | None = None
        if each.tag == "filter-video" and each.attrib.get("enabled", "1") != "0":
            found += _cdls(each)
        elif each.tag == _ASC:
            numbers = [(str(key), str(value)) for key, value in each.attrib.items()]
        elif not isinstance(each.tag, str) and _ASC in text:
            numbers = [(key, one or other) for key, one, other in _CDL.findall(text)]
        if numbers == []:
            raise ValueError(f"{text.strip()[:60]!r} has no numbers")
        if numbers:
            found.append(tuple(numbers))
    return found


def _reel(element: Element) -> str | None:
    for group in elements(element, "metadata"):
        for each in elements(group, "md"):
            value = (each.attrib.get("value") or each.text or "").strip()
            if each.attrib.get("key") == _REEL and value:
                return value
    return None
