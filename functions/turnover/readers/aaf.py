"""Avid's AAF: compositions down their mobs to the file that was linked or captured.

pyaaf2 reads the file; the arithmetic is here. A composition's clip points into a master mob,
that into a file's source mob, and that into the tape or card it came from. Each step adds its
own start once; the timecode is that of the last mob that has one.

Reference: AMWA, "AAF Object Specification v1.1", and "AAF Edit Protocol", section 6.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any

from functions.contract.errors import InvalidRequest, RushesError
from functions.contract.timecode import nominal_rate
from functions.turnover.model import Event, Turnover, is_shot_name
from functions.turnover.readers.aaf_mobs import (
    clip_event,
    edit_rate,
    is_picture,
    markers_of,
    picture_slots,
    source_place,
    speed_map,
    timecode_of,
)
from functions.turnover.time_map import ONE, ZERO, Span, TimeMap
from functions.turnover.timeline import MAX_DEPTH, Item, Source, flatten

_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_aaf(data: bytes, name: str) -> Turnover:
    """Events of the compositions that no other holds; where there is none, of the bin's clips.

    Raises InvalidRequest for what is no AAF or does not read.
    """
    if not data.startswith(_COMPOUND_FILE):
        raise InvalidRequest(f"{name} is no AAF: no compound file", field="timeline")
    import aaf2

    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "turnover.aaf"
            path.write_bytes(data)
            with aaf2.open(str(path), "r") as file:
                return _Reader(name).turnover(list(file.content.mobs))
    except RushesError:
        raise
    except Exception as error:
        # The library has errors of every kind for damaged files.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InvalidRequest(f"{name} does not read: {reason[:300]}", field="timeline") from error


class _Reader:
    """One document."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._built: dict[tuple[str, int], tuple[Item, ...]] = {}
        self._open: set[tuple[str, int]] = set()
        self.notes: list[str] = []
        self.sounds = 0

    def turnover(self, mobs: list[Any]) -> Turnover:
        """Of all mobs of the file."""
        compositions = [each for each in mobs if type(each).__name__ == "CompositionMob"]
        tops = [each for each in compositions if "TopLevel" in str(each.usage)] or compositions
        chosen = [each for each in tops if any(picture_slots(each))] or [
            each for each in mobs if type(each).__name__ == "MasterMob"
        ]
        events: list[Event] = []
        rate, drop = None, False
        for mob in chosen:
            for lane, slot in enumerate(picture_slots(mob)):
                own = edit_rate(slot)
                start, skips = timecode_of(mob, own) or (0, False)
                if rate is None:
                    rate, drop = own, skips
                items = tuple(replace(each, lane=lane) for each in self._slot(mob, slot))
                found = list(flatten(items, own, start))
                events += [_marked(each, markers_of(mob, slot), start) for each in found]
            self.sounds += sum(
                1
                for slot in mob.slots
                if "Sound" in str(slot.media_kind)
                for each in _components(slot.segment)
                if type(each).__name__ == "SourceClip"
            )
        numbered = (replace(each, number=f"{at:03d}") for at, each in enumerate(events, 1))
        return Turnover(
            title=str(chosen[0].name or "") if chosen else PurePosixPath(self._name).stem,
            rate=rate or Fraction(24),
            drop=drop,
            events=tuple(numbered),
            notes=tuple(dict.fromkeys(self.notes)),
            sounds=self.sounds,
        )

    def _slot(self, mob: Any, slot: Any) -> tuple[Item, ...]:
        """Items of a mob's track in its own time, from its origin."""
        key = str(mob.mob_id), int(slot.slot_id)
        if key in self._built:
            return self._built[key]
        if key in self._open or len(self._open) > MAX_DEPTH:
            raise InvalidRequest(f"{self._name}: a composition holds itself", field="timeline")
        self._open.add(key)
        items = tuple(self._segment(slot.segment, ZERO, edit_rate(slot), ()))
        self._open.discard(key)
        self._built[key] = items
        return items

    def _segment(
        self, segment: Any, begins: Fraction, rate: Fraction, effects: tuple[str, ...]
    ) -> Iterator[Item]:
        """Items of one component that starts at a second of its parent's time."""
        kind = type(segment).__name__
        if kind == "Sequence":
            yield from self._sequence(segment, begins, rate, effects)
        elif kind == "SourceClip":
            yield from self._clip(segment, begins, rate, effects)
        elif kind == "OperationGroup":
            yield from self._effect(segment, begins, rate, effects)
        elif kind == "Selector":
            selected = list(self._segment(segment["Selected"].value, begins, rate, effects))
            yield from selected
            if not selected and "Alternates" in segment:
                # A clip that the editor muted: a filler is selected in its place.
                for each in segment["Alternates"].value:
                    for item in self._segment(each, begins, rate, effects):
                        yield replace(item, enabled=False)
        elif kind == "EssenceGroup":
            choices = list(segment["Choices"].value)
            if choices:
                yield from self._segment(choices[0], begins, rate, effects)
        elif kind == "NestedScope":
            for lane, each in enumerate(segment["Slots"].value):
                for item in self._segment(each, begins, rate, effects):
                    yield replace(item, lane=item.lane + lane)
        elif kind not in ("Filler", "ScopeReference", "Timecode", "EdgeCode"):
            self.notes.append(f"a component of kind {kind} is left out")

    def _sequence(
        self, sequence: Any, begins: Fraction, rate: Fraction, effects: tuple[str, ...]
    ) -> Iterator[Item]:
        """One after the other; a transition lies over the end of one and the start of the next."""
        parts = _components(sequence)
        cursor = begins
        for at, each in enumerate(parts):
            length = Fraction(int(each.length or 0)) / rate
            if type(each).__name__ == "Transition":
                cursor -= length
                continue
            head, tail = ZERO, ZERO
            if at and type(parts[at - 1]).__name__ == "Transition":
                head = min(length, Fraction(int(parts[at - 1]["CutPoint"].value)) / rate)
            if at + 1 < len(parts) and type(parts[at + 1]).__name__ == "Transition":
                over = parts[at + 1]
                tail = Fraction(int(over.length) - int(over["CutPoint"].value)) / rate
                tail = min(length - head, tail)
            for item in self._segment(each, cursor, rate, effects):
                seat = Span(item.seat.start, item.seat.stop)
                if seat.start == cursor and seat.length == length:
                    seat = Span(seat.start + head, seat.stop - tail)
                    item = replace(item, head=head, tail=tail)
                yield replace(item, seat=seat)
            cursor += length

    def _clip(
        self, clip: Any, begins: Fraction, rate: Fraction, effects: tuple[str, ...]
    ) -> Iterator[Item]:
        seat = Span(begins, begins + Fraction(int(clip.length or 0)) / rate)
        mob = clip.mob
        if mob is None:
            if int(clip.slot_id or 0):
                self.notes.append(f"a clip of mob {clip.mob_id} has no mob in the file")
            event = Event(
                number="", name="clip without media", start=0, length=0, rate=rate,
                trouble="its media is not in the document",
            )  # fmt: skip
            yield Item(seat=seat, source=Source(event=event, step=1 / rate))
            return
        slot = next((each for each in mob.slots if each.slot_id == clip.slot_id), None)
        if slot is None or not is_picture(slot):
            self.sounds += 1
            return
        own = edit_rate(slot)
        pace = rate / own if nominal_rate(rate) == nominal_rate(own) else ONE
        start = Fraction(int(clip.start or 0)) / rate * pace
        times = TimeMap.shifted(seat.start, start, pace)
        if seat.stop < seat.start:
            event = Event(
                number="", name=str(mob.name or "clip"), start=0, length=0, rate=rate,
                trouble=f"its length is {int(clip.length)} frames",
            )  # fmt: skip
            yield Item(
                seat=Span(seat.start, seat.start + 1 / rate),
                source=Source(event=event, step=1 / rate),
            )
            return
        if type(mob).__name__ != "SourceMob":
            items = self._slot(mob, slot)
            if type(mob).__name__ == "MasterMob":
                items = tuple(_named(each, mob, effects) for each in items)
                held = Fraction(int(slot.segment.length or 0)) / own
                if held and (start < 0 or start + seat.length * pace > held):
                    note = "it asks for frames that its clip in the document has not"
                    items = tuple(_noted(each, note) for each in items)
            yield Item(seat=seat, own=times, items=items)
            return
        place = source_place(mob, slot, own)
        event = clip_event(mob, place, own)
        if effects:
            event = replace(
                event,
                notes=(*event.notes, f"effects that a plate leaves out: {', '.join(effects)}"),
            )
        source = Source(event=event, step=1 / rate, shift=Fraction(place.start or 0))
        yield Item(seat=seat, own=times, source=source)

    def _effect(
        self, group: Any, begins: Fraction, rate: Fraction, effects: tuple[str, ...]
    ) -> Iterator[Item]:
        """What an effect is made of; retimes become part of its time."""
        name = str(group.operation.name or "without a name")
        length = Fraction(int(group.length or 0)) / rate
        seat = Span(begins, begins + length)
        inputs = list(group.segments or ())
        if not inputs:
            event = Event(
                number="", name=name, start=0, length=0, rate=rate,
                trouble=f"it is made by a title or generator ({name}) and has no media",
            )  # fmt: skip
            yield Item(seat=seat, source=Source(event=event, step=1 / rate))
            return
        times, trouble = speed_map(group, inputs[0], seat, rate)
        if times is None:
            more = effects if name in effects or name == "SpatialAdapter" else (*effects, name)
            for lane, each in enumerate(inputs):
                for item in self._segment(each, begins, rate, more):
                    yield replace(item, lane=item.lane + lane)
            return
        items = tuple(self._segment(inputs[0], ZERO, rate, effects))
        if trouble:
            items = tuple(_troubled(each, trouble) for each in items)
        yield Item(seat=seat, own=times, items=items)


def _components(segment: Any) -> list[Any]:
    return list(segment.components) if type(segment).__name__ == "Sequence" else [segment]


def _named(item: Item, mob: Any, effects: tuple[str, ...]) -> Item:
    """An item of a master mob, by the name that editorial knows."""
    source = item.source
    if source is not None:
        event = source.event
        name = str(mob.name or "") or event.name
        notes = event.notes
        if effects:
            notes = (*notes, f"effects that a plate leaves out: {', '.join(effects)}")
        from functions.turnover.readers.aaf_mobs import cdl_and_notes

        cdl, more = cdl_and_notes(mob)
        source = replace(
            source,
            event=replace(
                event,
                name=name,
                aliases=tuple(dict.fromkeys((*event.aliases, event.name))),
                ids=(*event.ids, str(mob.mob_id).lower()),
                cdl=cdl or event.cdl,
                notes=(*notes, *more),
            ),
        )
    return replace(
        item, source=source, items=tuple(_named(each, mob, effects) for each in item.items)
    )


def _noted(item: Item, note: str) -> Item:
    source = item.source
    if source is not None:
        event = replace(source.event, notes=(*source.event.notes, note))
        source = replace(source, event=event)
    return replace(item, source=source, items=tuple(_noted(each, note) for each in item.items))


def _troubled(item: Item, why: str) -> Item:
    source = item.source
    if source is not None:
        source = replace(source, event=replace(source.event, trouble=why))
    return replace(item, source=source, items=tuple(_troubled(each, why) for each in item.items))


def _marked(event: Event, markers: list[tuple[int, str]], start: int) -> Event:
    """With the texts of the markers over it."""
    first = event.record - start
    texts = [text for at, text in markers if first <= at < first + event.length]
    shot = next((text for text in texts if is_shot_name(text)), None)
    return replace(event, shot=event.shot or shot, comments=(*event.comments, *texts))
