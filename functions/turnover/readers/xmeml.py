"""Final Cut Pro 7's XML (xmeml 1 to 5), which Premiere and Resolve write.

Positions of a clip (`in`, `out`) count from the media's first frame at the clip's own rate,
of a retimed clip in the frames that it plays; the remap's graph gives the media's. A clip's
edge inside a transition is -1, and its `in` and `out` then hold the transition's frames.

Reference: Apple, "Final Cut Pro XML Interchange Format", Topics, Timing Values and Speed XML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath

from functions.contract.errors import InvalidRequest
from functions.contract.timecode import nominal_rate
from functions.sidecars.safe_xml import Element
from functions.turnover.model import Event, Turnover
from functions.turnover.readers.xmeml_clips import (
    Media,
    clip_event,
    is_true,
    number,
    rate_of,
    read_media,
    remapped,
    timecode_start,
)
from functions.turnover.readers.xml_file import child, elements, read_xml, text_at
from functions.turnover.time_map import Span
from functions.turnover.timeline import MAX_DEPTH, Item, Source, flatten

_SHAPES = "transforms, crops or opacity"


def read_xmeml(data: bytes, name: str) -> Turnover:
    """Events of the sequences; where there is none, the clips of its bins whole.

    Raises InvalidRequest for what does not read, LimitExceeded for more than 20,000 clips.
    """
    root = read_xml(data, name, "xmeml")
    reader = _Reader(root, name)
    events = list(reader.events())
    if len(reader.sequences) > 1:
        events = [replace(each, number=f"{at:03d}") for at, each in enumerate(events, 1)]
    notes = list(dict.fromkeys(reader.notes))
    if reader.shaped:
        notes.append(f"{reader.shaped} clips have {_SHAPES}: plates are the camera's whole frame")
    return Turnover(
        title=reader.title or PurePosixPath(name).stem,
        rate=reader.rate or (events[0].rate if events else Fraction(24)),
        drop=reader.drop,
        events=tuple(events),
        notes=tuple(notes),
        sounds=reader.sounds,
    )


class _Reader:
    """One document: its files and sequences by id, written once and named afterwards."""

    def __init__(self, root: Element, name: str) -> None:
        self._root, self._name = root, name
        self.notes: list[str] = []
        self.sounds = self.shaped = 0
        self.title: str | None = None
        self.rate: Fraction | None = None
        self.drop = False
        self._files: dict[str, Element] = {}
        self._whole: dict[str, Element] = {}
        self._built: dict[int, tuple[Item, ...]] = {}
        self._open: set[int] = set()
        self.sequences, self._clips = self._scanned()

    def _scanned(self) -> tuple[list[Element], list[Element]]:
        """Sequences and clips of the browser; a sequence that another holds is no cut."""
        top, clips, nested = list[Element](), list[Element](), set[str]()
        todo: list[tuple[Element, bool]] = [(self._root, False)]
        while todo:
            each, inside = todo.pop()
            key = each.attrib.get("id", "")
            if each.tag == "file" and len(elements(each)) and key not in self._files:
                self._files[key] = each
            if each.tag == "sequence":
                if child(each, "media") is not None:
                    self._whole.setdefault(key, each)
                if inside:
                    nested.add(key)
                else:
                    top.append(each)
            elif each.tag == "clip" and not inside:
                clips.append(each)
            inside = inside or each.tag in ("sequence", "clip", "clipitem")
            todo += [(inner, inside) for inner in reversed(elements(each))]
        used = {each for each in nested if each}
        return [each for each in top if each.attrib.get("id", "") not in used] or top, clips

    def events(self) -> Iterator[Event]:
        """In the order of the timelines, or of the bins."""
        for sequence in self.sequences:
            said = rate_of(sequence)
            if said is None:
                self.notes.append("a sequence does not say its rate: 24 is taken")
            rate = said or Fraction(24)
            start, drop, notes = timecode_start(sequence, rate, self._name)
            self.notes += [each.replace("its file", "a sequence") for each in notes]
            if self.rate is None:
                self.rate, self.drop = rate, drop
            self.title = self.title or text_at(sequence, "name")
            yield from flatten(self._sequence(sequence, 0), rate, start or 0)
        if self.sequences:
            return
        items = []
        for clip in self._clips:
            rate = rate_of(clip) or Fraction(24)
            items.append(self._clip(clip, rate, (0, None), 0))
        yield from flatten(tuple(each for each in items if each is not None), Fraction(24))

    def _sequence(self, sequence: Element, depth: int) -> tuple[Item, ...]:
        """Items of a sequence in seconds from its first frame."""
        key = id(sequence)
        if key in self._built:
            return self._built[key]
        if key in self._open or depth > MAX_DEPTH:
            raise InvalidRequest(f"{self._name}: a sequence holds itself", field="timeline")
        self._open.add(key)
        rate = rate_of(sequence) or Fraction(24)
        media, found = child(sequence, "media"), list[Item]()
        video = None if media is None else child(media, "video")
        tracks = [] if video is None else elements(video, "track")
        for lane, track in enumerate(tracks):
            found += [
                replace(item, lane=lane, enabled=item.enabled and is_true(track, "enabled", True))
                for item in self._track(track, rate, depth)
            ]
        for audio in [] if media is None else elements(media, "audio"):
            for track in elements(audio, "track"):
                self.sounds += len(elements(track, "clipitem"))
        self._open.discard(key)
        self._built[key] = tuple(found)
        return self._built[key]

    def _track(self, track: Element, rate: Fraction, depth: int) -> Iterator[Item]:
        """Clips with the transitions beside them."""
        found = elements(track, "clipitem", "generatoritem", "transitionitem")
        for at, element in enumerate(found):
            if element.tag == "transitionitem":
                continue
            start, end = number(element, self._name, "start"), number(element, self._name, "end")
            before = found[at - 1] if at else None
            after = found[at + 1] if at + 1 < len(found) else None
            head = tail = 0
            begins, stops = start, end
            if start == -1 and before is not None and before.tag == "transitionitem":
                begins, cut = self._transition(before)
                head, start = cut - begins, cut
            if end == -1 and after is not None and after.tag == "transitionitem":
                cut, stops = self._transition(after)[1], number(after, self._name, "end")
                tail, end = (stops or cut) - cut, cut
            item = self._clip(element, rate, (begins, stops), depth)
            if item is not None:
                # The seat of the item is all that it plays; what a transition plays is beside.
                seat = Span(item.seat.start + head / rate, item.seat.stop - tail / rate)
                yield replace(item, seat=seat, head=head / rate, tail=tail / rate)

    def _edge(self, element: Element, key: str) -> int | None:
        """In or out; -1 says none."""
        found = number(element, self._name, key)
        return None if found == -1 else found

    def _transition(self, element: Element) -> tuple[int, int]:
        """First frame, and the frame of the cut below it."""
        start = number(element, self._name, "start") or 0
        end = number(element, self._name, "end") or start
        alignment = text_at(element, "alignment") or "center"
        if alignment.startswith("start"):
            return start, start
        return start, end if alignment.startswith("end") else (start + end) // 2

    def _clip(
        self, element: Element, timeline: Fraction, edges: tuple[int | None, int | None], depth: int
    ) -> Item | None:
        """A clip over all that it plays; None for what shows nothing."""
        media = read_media(element, self._files, self._name)
        event = clip_event(element, media, timeline)
        if event is None:
            return None
        if media is not None and not media.has_video:
            self.sounds += 1
            return None
        rate = rate_of(element) or timeline
        entry, leave = (self._edge(element, key) for key in ("in", "out"))
        start, end = (None if each == -1 else each for each in edges)
        if start is None and end is None:
            note = "it does not say where it stands: taken for the timeline's start"
            event = replace(event, notes=(*event.notes, note))
        entry = entry or 0
        if leave is None:
            whole = number(element, self._name, "duration") or (media.length if media else 0)
            leave = entry + (whole if start is None or end is None else end - start)
        played = Fraction(leave - entry) / rate * timeline
        start = (0 if end is None else round(end - played)) if start is None else start
        end = round(start + played) if end is None else end
        seat = Span(start / timeline, max(start, end) / timeline)
        if end < start:
            event = replace(event, trouble=f"it ends at {end}, before it starts at {start}")
            return Item(seat=seat, source=Source(event=event, step=1 / timeline))
        offset = number(element, self._name, "subclipinfo", "startoffset") or 0
        own, notes = remapped(
            element, seat, timeline, rate, (entry, leave), Fraction(offset), self._name
        )
        self.shaped += any(
            text_at(each, "effect", "effectid") in ("basic", "crop", "opacity", "distort")
            for each in elements(element, "filter")
        )
        enabled = is_true(element, "enabled", True)
        inner = child(element, "sequence")
        if inner is not None:
            sequence = self._whole.get(inner.attrib.get("id", ""), inner)
            if child(sequence, "media") is None:
                lost = replace(event, trouble="its sequence is not in the document")
                return Item(
                    seat=seat, enabled=enabled, source=Source(event=lost, step=1 / timeline)
                )
            items = self._sequence(sequence, depth + 1)
            self.notes += [f"{event.called}: {note}" for note in notes]
            return Item(seat=seat, own=own, enabled=enabled, items=items)
        return Item(
            seat=seat,
            own=own,
            enabled=enabled,
            source=_source(replace(event, notes=(*event.notes, *notes)), media, timeline, rate),
        )


def _source(event: Event, media: Media | None, timeline: Fraction, rate: Fraction) -> Source:
    """What a clip shows, whose own time is seconds from its media's first frame."""
    step, own = 1 / timeline, media.rate if media is not None and media.rate else rate
    counting, notes = rate, event.notes
    if nominal_rate(own) != nominal_rate(rate):
        counting = own
        notes = (*notes, f"its media counts {own} frames a second and its clip {rate}")
    start = media.start if media is not None else 0
    event = replace(
        event,
        rate=own,
        drop=media.drop if media is not None else None,
        media_start=start,
        notes=notes,
    )
    return Source(event=event, step=step, counting=counting, shift=Fraction(start))
