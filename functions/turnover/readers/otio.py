"""OpenTimelineIO files of every schema version, and bundles of them.

The JSON is read here and not by the library: it refuses schemas newer than itself, recurses
in C without a bound, and gives times as floating point. What a range means is the library's
documentation, "Timeline Structure" and "Time Ranges".
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.timecode import nominal_rate
from functions.turnover.model import Event, Turnover, is_shot_name
from functions.turnover.readers.facts import cdl_of, file_name, ids_of, reel_of, under
from functions.turnover.readers.otio_values import (
    files_rate,
    objects_in,
    offsets_of,
    range_of,
    range_unread,
    rate_of,
    schema_of,
    time_of,
    whole_number,
)
from functions.turnover.time_map import ONE, ZERO, Span, TimeMap
from functions.turnover.timeline import MAX_DEPTH, Item, Source, flatten

_FASTEST = 100_000
_WHOLE = "the range of a track lies outside of what it holds: it is taken for its timecode"
_NOWHERE = "nothing says which frames it uses: no source range and no range of its media"
_UNREAD = "its source range does not read: pull it by hand"
_CURVE = "it has a speed change of its own curve: pull it by hand"


def read_otio(data: bytes, name: str, max_bytes: int) -> Turnover:
    """The picture events of timelines, or of a bin's clips whole.

    data : of an .otio, or of an .otioz, whose content.otio is read

    Raises InvalidRequest for what does not read, LimitExceeded for what is too large or deep.
    """
    if data[:2] == b"PK":
        data = _bundled(data, name, max_bytes)
    try:
        document = json.loads(data)
    except RecursionError as error:
        raise LimitExceeded(f"{name} is nested too deep", field="timeline") from error
    except (ValueError, UnicodeError) as error:
        raise InvalidRequest(f"{name} does not read: {error}"[:300], field="timeline") from error
    reader = _Reader(name)
    parts = list(reader.parts(document))
    if not parts:
        raise InvalidRequest(f"{name} has no timeline and no clip", field="timeline")
    events: list[Event] = []
    for items, rate, start in parts:
        events += flatten(items, rate, start)
    numbered = tuple(
        each if len(parts) == 1 else replace(each, number=f"{place:03d}")
        for place, each in enumerate(events, 1)
    )
    title = str(under(document, "name") or "") or PurePosixPath(name).stem
    return Turnover(
        title=title,
        rate=parts[0][1],
        events=numbered,
        notes=tuple(dict.fromkeys(reader.notes)),
        sounds=reader.sounds,
    )


def _bundled(data: bytes, name: str, max_bytes: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as bundle:
            entry = bundle.getinfo("content.otio")
            if entry.file_size > max_bytes:
                raise LimitExceeded(
                    f"content.otio of {name} has {entry.file_size} bytes, at most {max_bytes} "
                    "are read",
                    field="timeline",
                )
            with bundle.open(entry) as stream:
                return stream.read(max_bytes)
    except KeyError as error:
        raise InvalidRequest(f"{name} holds no content.otio", field="timeline") from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError,
            ValueError) as error:  # fmt: skip
        raise InvalidRequest(f"{name} is no bundle: {error}", field="timeline") from error


class _Reader:
    """One document."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.notes: list[str] = []
        self.sounds = 0

    def parts(self, document: Any) -> Iterator[tuple[tuple[Item, ...], Fraction, int]]:
        """Timelines and loose clips: items, rate, first record frame."""
        schema = schema_of(document)
        if schema == "Timeline":
            tracks = under(document, "tracks") or {}
            begins = time_of(under(document, "global_start_time"))
            rate = begins[1] if begins else _first_rate(tracks) or Fraction(24)
            item = self._item(tracks, ZERO, 0, rate)
            yield (item,) if item else (), rate, round(begins[0] * rate) if begins else 0
        elif schema in ("SerializableCollection", "SerializeableCollection"):
            for each in objects_in(document, "children"):
                yield from self.parts(each)
        elif schema in ("Clip", "Stack", "Track", "Sequence"):
            rate = _first_rate(document) or Fraction(24)
            item = self._item(document, ZERO, 0, rate)
            yield (item,) if item else (), rate, 0
        elif not isinstance(document, dict) or not schema:
            raise InvalidRequest(f"{self._name} is no OpenTimelineIO file", field="timeline")

    def _item(self, node: Any, begins: Fraction, depth: int, rate: Fraction) -> Item | None:
        """What stands at a moment of its parent; None for gaps, sound and unknown things."""
        if depth > 2 * MAX_DEPTH:
            raise LimitExceeded(f"{self._name} is nested too deep", field="timeline")
        schema = schema_of(node)
        kind = str(node.get("kind") or "Video") if schema in ("Track", "Sequence") else "Video"
        if kind.lower() == "audio":
            self.sounds += sum(schema_of(each) == "Clip" for each in objects_in(node, "children"))
            return None
        if kind.lower() != "video":
            self.notes.append(f"a track of the kind {kind[:60]} is taken for pictures")
        if schema == "Clip":
            return self._clip(node, begins, rate)
        if schema not in ("Stack", "Track", "Sequence"):
            if schema not in ("Gap", "Filler", "Transition"):
                self.notes.append(f"an item of the kind {schema or 'without a name'} is left out")
            return None
        items, total = self._children(node, schema, depth, rate)
        total = max([total, *(each.seat.stop for each in items)])
        span = range_of(node.get("source_range")) or Span(ZERO, total)
        if total > 0 and (span.start >= total or span.stop <= 0) and schema != "Stack":
            # A list's record timecode, which the CMX adapter writes as a range of its track.
            self.notes.append(_WHOLE)
            span = Span(ZERO, total)
        seat = Span(begins, begins + span.length)
        times, _, trouble = _retimed(node, TimeMap.shifted(begins, span.start), span)
        if trouble or range_unread(node):
            what = "a speed change of its own curve" if trouble else "a range that does not read"
            why = f"the compound around it ({node.get('name') or 'without a name'}) has {what}"
            items = tuple(_troubled(each, f"{why}: pull it by hand") for each in items)
        return Item(seat=seat, own=times, enabled=_enabled(node), items=items)

    def _children(
        self, node: Any, schema: str, depth: int, rate: Fraction
    ) -> tuple[tuple[Item, ...], Fraction]:
        """Items of a track or stack, and its length."""
        children = objects_in(node, "children")
        track = schema != "Stack"
        items, cursor, longest, lane = [], ZERO, ZERO, 0
        for place, child in enumerate(children):
            length = self._length(child, depth)
            item = self._item(child, cursor, depth + 1, rate)
            if item is not None:
                head, tail = _beside(children, place) if track else (ZERO, ZERO)
                items.append(replace(item, head=head, tail=tail, lane=0 if track else lane))
                lane += 1
            if track:
                cursor += length
            longest = max(longest, cursor if track else length)
            if range_unread(child):
                self.notes.append("a range does not read: what follows it may stand elsewhere")
            if schema_of(child) == "Transition" and None in offsets_of(child):
                self.notes.append("a transition's offsets do not read: pulled without it")
        return tuple(items), longest

    def _length(self, node: Any, depth: int) -> Fraction:
        """Seconds that a child fills."""
        schema = schema_of(node)
        if depth > 2 * MAX_DEPTH:
            raise LimitExceeded(f"{self._name} is nested too deep", field="timeline")
        if schema == "Transition" or not isinstance(node, dict):
            return ZERO
        span = range_of(node.get("source_range"))
        if span is None and schema == "Clip":
            span = range_of(under(_reference(node), "available_range"))
        if span is not None:
            return span.length
        lengths = [self._length(each, depth + 1) for each in objects_in(node, "children")]
        return max(lengths, default=ZERO) if schema == "Stack" else sum(lengths, ZERO)

    def _clip(self, node: Any, begins: Fraction, timeline: Fraction) -> Item:
        reference = _reference(node)
        available = under(reference, "available_range")
        span = range_of(node.get("source_range")) or range_of(available)
        event, trouble = _event(node, reference, timeline), None
        if span is None or range_unread(node):
            why = _UNREAD if range_unread(node) else _NOWHERE
            event = replace(event, trouble=event.trouble or why)
            source = Source(event=event, step=1 / timeline)
            seat = Span(begins, begins + 1 / timeline)
            return Item(seat=seat, source=source, enabled=_enabled(node))
        own = rate_of(node.get("source_range")) or rate_of(available) or timeline
        numbered = schema_of(reference) == "ImageSequenceReference"
        counted, files = rate_of(available), files_rate(under(reference, "rate"))
        if numbered and files and nominal_rate(files) != nominal_rate(counted or files + 1):
            counted = files
        media = counted or own
        if nominal_rate(media) == nominal_rate(own) or not 1 <= media <= 1000:
            media = own  # 23.976 and 24 count the same labels
        else:
            event = _noted(event, f"its media counts {media} frames a second and its range {own}")
        if available is not None and range_of(available) is None:
            event = _noted(event, "the range of its media does not read: it is not used")
        times, effects, trouble = _retimed(node, TimeMap.shifted(begins, span.start), span)
        if effects:
            event = _noted(event, f"effects that a plate leaves out: {', '.join(effects)}")
        first = range_of(available)
        event = replace(
            event,
            rate=media,
            media_start=None if first is None else round(first.start * (counted or media)),
            first_number=whole_number(reference, "start_frame", 1) if numbered and first else None,
            step=max(1, whole_number(reference, "frame_step", 1)) if numbered else 1,
            trouble=event.trouble or trouble,
        )
        return Item(
            seat=Span(begins, begins + span.length),
            own=times,
            enabled=_enabled(node),
            source=Source(event=event, step=1 / own),
        )


def _noted(event: Event, note: str) -> Event:
    return replace(event, notes=(*event.notes, note))


def _troubled(item: Item, why: str) -> Item:
    source = item.source
    if source is not None:
        source = replace(source, event=replace(source.event, trouble=why))
    return replace(item, source=source, items=tuple(_troubled(each, why) for each in item.items))


def _event(node: Any, reference: Any, rate: Fraction) -> Event:
    """Everything about a clip but its times."""
    metadata, more = node.get("metadata"), under(reference, "metadata")
    file, reel, notes = _file(reference), reel_of(metadata, more), []
    if reference is None and under(node, "media_references"):
        key = str(node.get("active_media_reference_key"))[:60]
        notes.append(f"the reference to its media that is in use, {key!r}, is not in the document")
    name = str(node.get("name") or "") or str(under(reference, "name") or "")
    markers = objects_in(node, "markers")
    texts = [str(under(each, key) or "") for each in markers for key in ("name", "comment")]
    cdl = None
    try:
        cdl = cdl_of(under(metadata, "cdl")) or cdl_of(under(more, "cdl"))
    except ValueError as error:
        notes.append(f"its CDL is left out: {error}")
    generator = None
    if schema_of(reference) == "GeneratorReference":
        kind = under(reference, "generator_kind") or under(reference, "name") or "of no kind"
        generator = f"it is made by a generator ({kind}) and has no media"
    return Event(
        number="",
        name=name or file or reel or "clip without a name",
        reel=reel,
        file=file,
        ids=ids_of(metadata, more),
        start=0,
        length=0,
        rate=rate,
        shot=next((text for text in texts if is_shot_name(text)), None),
        comments=tuple(text for text in texts if text),
        cdl=cdl,
        notes=tuple(notes),
        trouble=generator,
    )


def _file(reference: Any) -> str | None:
    """Name of the media file without its folders; of a sequence, its pattern."""
    if schema_of(reference) == "ImageSequenceReference":
        padding = max(0, min(20, whole_number(reference, "frame_zero_padding", 0)))
        prefix = str(under(reference, "name_prefix") or "")
        return f"{prefix}%0{padding}d{under(reference, 'name_suffix') or ''}"
    url = str(under(reference, "target_url") or "")
    return file_name(url) or None


def _retimed(node: Any, times: TimeMap, span: Span) -> tuple[TimeMap, list[str], str | None]:
    """With an item's time effects, names of its other effects, why times cannot be told."""
    pace, others, trouble = ONE, [], None
    if node.get("effects") and not isinstance(node.get("effects"), list):
        trouble = "its effects do not read: pull it by hand"
    for effect in objects_in(node, "effects"):
        schema = schema_of(effect)
        if under(effect, "enabled") is False:
            continue
        if schema == "FreezeFrame":
            pace = ZERO
        elif schema == "LinearTimeWarp":
            scalar = under(effect, "time_scalar")
            scalar = scalar if isinstance(scalar, int | float) else float("nan")
            if not abs(scalar) < _FASTEST:
                trouble = "its speed is no number: pull it by hand"
                continue
            pace *= Fraction(scalar).limit_denominator(100_000)
        elif "Time" in schema:
            trouble = _CURVE
        else:
            others.append(str(under(effect, "effect_name") or under(effect, "name") or schema))
    ((begins, own),) = times.points
    if pace < 0:
        # A range is the material from its lowest frame on: backwards it is shown from its end.
        own -= pace * span.length
    return TimeMap.shifted(begins, own, pace), list(dict.fromkeys(others)), trouble


def _beside(children: list[Any], place: int) -> tuple[Fraction, Fraction]:
    """Seconds that the transitions beside a child use before and after its cut."""
    found = []
    for neighbour, side in ((place - 1, 0), (place + 1, 1)):
        over = children[neighbour] if 0 <= neighbour < len(children) else None
        found.append((offsets_of(over)[side] if schema_of(over) == "Transition" else None) or ZERO)
    return found[0], found[1]


def _reference(clip: Any) -> Any:
    """The media reference in use (Clip.2), or the only one (Clip.1)."""
    many = clip.get("media_references")
    if isinstance(many, dict):
        return many.get(str(clip.get("active_media_reference_key") or "DEFAULT_MEDIA"))
    return clip.get("media_reference")


def _enabled(node: Any) -> bool:
    return node.get("enabled") is not False


def _first_rate(node: Any) -> Fraction | None:
    """The rate of the first range below a node: of the timeline, where it says none."""
    todo, steps = [node], 0
    while todo and steps < 10_000:
        each = todo.pop()
        steps += 1
        if schema_of(each) == "Track" and each.get("kind") == "Audio":
            continue
        found = rate_of(under(each, "source_range"))
        if found is not None and 1 <= found <= 1000:
            return found
        todo += reversed(objects_in(each, "children"))
    return None
