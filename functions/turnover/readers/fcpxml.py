"""Final Cut Pro's XML (1.5 to 1.13): projects, compounds, multicam, connected clips, retimes.

Read here and not through OpenTimelineIO's adapter, which rounds frame rates down to whole
numbers (at 29.97 it counts 29 frames a second) and leaves out transitions and retimes.

Reference: Apple, "FCPXML Reference", Describing Final Cut Pro Items.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import PurePosixPath

from functions.contract.errors import InvalidRequest
from functions.sidecars.safe_xml import Element
from functions.turnover.model import Event, Turnover, skips_labels
from functions.turnover.readers.fcpxml_clips import (
    Asset,
    Story,
    bends,
    clip_source,
    format_rate,
    has_effects,
    seconds,
    timing,
)
from functions.turnover.readers.xml_file import child, elements, read_xml
from functions.turnover.time_map import ZERO, Span, TimeMap
from functions.turnover.timeline import MAX_DEPTH, Item, flatten

_LEAVES = ("asset-clip", "video", "title")
_CONTAINERS = ("clip", "sync-clip", "ref-clip", "mc-clip", "gap", "audition")
_FOREVER = Fraction(10**9)


def read_fcpxml(data: bytes, name: str) -> Turnover:
    """Every clip with a picture of the projects; where there is none, of the browser.

    Raises InvalidRequest for what does not read, LimitExceeded for more than 20,000 clips.
    """
    reader = _Reader(read_xml(data, name, "fcpxml"), name)
    events = tuple(
        replace(each, number=f"{place:03d}") for place, each in enumerate(reader.events(), 1)
    )
    if reader.shaped:
        clips = "1 clip has" if len(reader.shaped) == 1 else f"{len(reader.shaped)} clips have"
        reader.notes.append(f"{clips} effects: plates are the camera's whole frame")
    return Turnover(
        title=reader.title or PurePosixPath(name).stem,
        rate=reader.rate or (events[0].rate if events else Fraction(24)),
        drop=reader.drop,
        events=events,
        notes=tuple(dict.fromkeys(reader.notes)),
        sounds=len(reader.sounds),
    )


class _Reader:
    """One document: its resources by id, and its story elements as items."""

    def __init__(self, root: Element, name: str) -> None:
        self._root, self._name = root, name
        self._resources = {
            each.attrib.get("id", ""): each
            for group in elements(root, "resources")
            for each in elements(group)
        }
        self._opened: dict[tuple[str, str | None], tuple[Item, ...]] = {}
        self._open: list[str] = []
        self._placed: dict[Element, Fraction] = {}
        self.sounds: set[Element] = set()
        self.shaped: set[Element] = set()
        self.notes: list[str] = []
        self.title: str | None = None
        self.rate: Fraction | None = None
        self.drop = False

    def events(self) -> Iterator[Event]:
        """In the order of the timelines."""
        found = list(self._walk(self._root, 6))
        projects = [each for each in found if each.tag == "project"]
        if not projects:
            for clip in found:
                rate = self._rate_of(clip) or Fraction(24)
                yield from flatten(tuple(self._story(clip, Story(rate))), rate)
            return
        if len(found) > len(projects):
            self.notes.append(
                f"{len(found) - len(projects)} clips of its browser are in no project of it"
            )
        for project in projects:
            for sequence in elements(project, "sequence"):
                self.title = self.title or project.attrib.get("name")
                said = self._rate_of(sequence)
                if said is None:
                    self.notes.append("a sequence does not say its rate: 24 is taken")
                rate = said or Fraction(24)
                if self.rate is None:
                    self.rate = rate
                    self.drop = sequence.attrib.get("tcFormat") == "DF" and skips_labels(rate)
                yield from flatten(self._sequence(sequence), rate)

    def _walk(self, element: Element, deep: int) -> Iterator[Element]:
        """Projects and clips of libraries and events, in order."""
        for each in elements(element):
            if each.tag in ("library", "event", "collection-folder") and deep:
                yield from self._walk(each, deep - 1)
            elif each.tag in ("project", *_LEAVES, *_CONTAINERS):
                yield each

    def _sequence(self, sequence: Element) -> tuple[Item, ...]:
        rate = self._rate_of(sequence) or Fraction(24)
        return tuple(
            item
            for spine in elements(sequence, "spine")
            for item in self._spine(spine, Story(rate))
        )

    def _spine(self, spine: Element, story: Story) -> Iterator[Item]:
        """Story elements one after the other, with the transitions beside them."""
        found = elements(spine)
        end = ZERO
        for element in found:
            # What does not say its place follows what is before it.
            over = element.tag == "transition"
            length = self._seat(element).length
            self._placed.setdefault(element, end - length / 2 if over else end)
            end = end if over else self._seat(element).stop
        for at, element in enumerate(found):
            if element.tag == "transition":
                continue
            head = tail = ZERO
            seat = self._seat(element)
            if at and found[at - 1].tag == "transition":
                head = max(ZERO, seat.start - self._seat(found[at - 1]).start)
            if at + 1 < len(found) and found[at + 1].tag == "transition":
                tail = max(ZERO, self._seat(found[at + 1]).stop - seat.stop)
            for item in self._story(element, story):
                yield item if item.roomy else replace(item, head=head, tail=tail)

    def _story(self, element: Element, story: Story) -> Iterator[Item]:
        """The picture of one clip of any kind, then what is connected to it."""
        if story.depth > MAX_DEPTH:
            raise InvalidRequest(f"{self._name} is nested too deep", field="timeline")
        story = story.deeper()
        lane = self._lane(element)
        if element.tag == "spine":
            offset = self._time(element, "offset")
            items = tuple(self._spine(element, story))
            yield Item(
                seat=Span(offset, _FOREVER),
                own=TimeMap.shifted(offset, ZERO),
                items=items,
                lane=lane,
                roomy=True,
            )
            return
        if element.tag == "audition":
            takes = elements(element, *_LEAVES, *_CONTAINERS)
            if len(takes) > 1:
                self.notes.append(f"of {len(takes)} takes of an audition the first is pulled")
            for item in self._story(takes[0], story) if takes else ():
                shift = self._time(element, "offset") - self._time(takes[0], "offset")
                moved = shift if "offset" not in takes[0].attrib else ZERO
                yield _moved(item, moved, lane)
            return
        if element.tag not in (*_LEAVES, *_CONTAINERS):
            if element.tag == "audio":
                self.sounds.add(element)
            elif element.tag != "caption":
                self.notes.append(f"an element {element.tag} is left out")
            return
        seat, start = self._seat(element), self._start(element)
        local = TimeMap.shifted(seat.start, start)
        enabled = element.attrib.get("enabled") != "0"
        if any(map(has_effects, (element, *elements(element, "mc-source")))):
            self.shaped.add(element)
        content = self._content(element, story, seat, start)
        if element.attrib.get("srcEnable") == "audio":
            self.sounds.add(element)
        elif content is not None:
            yield replace(content, seat=seat, enabled=enabled and content.enabled, lane=lane)
        connected = tuple(
            item
            for each in elements(element)
            if "lane" in each.attrib
            for item in self._story(each, story)
        )
        if connected:
            # It may outlast what it hangs on, and not the compound around.
            yield Item(seat=seat, own=local, items=connected, lane=lane, roomy=True)

    def _content(self, element: Element, story: Story, seat: Span, start: Fraction) -> Item | None:
        """What an element itself shows; None for gaps and sound."""
        if element.tag in _LEAVES:
            asset = self._asset(element)
            if asset is not None and not asset.has_video:
                self.sounds.add(element)
                return None
            source, own = clip_source(element, asset, story, seat, start, self._name)
            return Item(seat=seat, own=own, source=source)
        if element.tag == "gap":
            return None
        map_of_own = timing(element, self._name, seat.start - start)
        own = map_of_own or TimeMap.shifted(seat.start, start)
        if note := bends(element, own, seat):
            self.notes.append(f"{element.attrib.get('name') or element.tag}: {note}")
        if element.tag in ("clip", "sync-clip"):
            inner = story.within(element)
            parts = elements(element, "spine", *_LEAVES, *_CONTAINERS)
            items = tuple(
                item
                for each in parts
                if "lane" not in each.attrib
                for item in self._story(each, inner)
            )
            return Item(seat=seat, own=own, items=items) if items else None
        return Item(seat=seat, own=own, items=self._compound(element))

    def _compound(self, element: Element) -> tuple[Item, ...]:
        """Items of the media that a ref-clip or mc-clip names, in its own time."""
        key = element.attrib.get("ref", "")
        media = self._resources.get(key)
        if media is None:
            self.notes.append(f"compound {key!r} is named and not in the document")
            return ()
        if key in self._open:
            raise InvalidRequest(f"{self._name}: a compound holds itself", field="timeline")
        angles = elements(element, "mc-source")
        shown = [a for a in angles if a.attrib.get("srcEnable") in (None, "all", "video")]
        if angles and not shown:
            self.sounds.add(element)
            return ()
        wanted = shown[0].attrib.get("angleID") if shown else None
        if (key, wanted) in self._opened:
            return self._opened[key, wanted]
        self._open.append(key)
        items: list[Item] = []
        for sequence in elements(media, "sequence"):
            items += self._sequence(sequence)
        for multicam in elements(media, "multicam"):
            rate = self._rate_of(multicam) or self.rate or Fraction(24)
            angles = elements(multicam, "mc-angle")
            chosen = [each for each in angles if wanted in (None, each.attrib.get("angleID"))][:1]
            if not chosen:
                self.notes.append(f"angle {wanted!r} of a multicam clip is not in the document")
            for angle in chosen:
                items += self._spine(angle, Story(rate))
        self._open.pop()
        self._opened[key, wanted] = tuple(items)
        return self._opened[key, wanted]

    def _seat(self, element: Element) -> Span:
        """Seconds of the parent's time."""
        offset, length = self._time(element, "offset"), element.attrib.get("duration")
        if "offset" not in element.attrib:
            offset = self._placed.get(element, ZERO)
        if length is not None:
            stop = offset + seconds(length, self._name)
            if stop < offset:
                raise InvalidRequest(
                    f"{self._name}: a duration of {length[:60]!r} is below 0", field="timeline"
                )
            return Span(offset, stop)
        asset = self._asset(element)
        if asset is not None:
            return Span(offset, offset + asset.length)
        media = self._resources.get(element.attrib.get("ref", ""))
        inner = (
            next((each for each in media if each.tag == "sequence"), None)
            if media is not None
            else None
        )
        if inner is not None and "duration" in inner.attrib:
            return Span(offset, offset + self._time(inner, "duration"))
        takes = elements(element, *_LEAVES, *_CONTAINERS) if element.tag == "audition" else []
        if takes:
            return Span(offset, offset + self._seat(takes[0]).length)
        return Span(offset, offset)

    def _start(self, element: Element) -> Fraction:
        """A clip's first moment in its own time: its media's where it says none."""
        resource = self._resources.get(element.attrib.get("ref", ""))
        if "start" in element.attrib or resource is None:
            return self._time(element, "start")
        if resource.tag == "asset":
            return self._time(resource, "start")
        inner = child(resource, "sequence") if resource.tag == "media" else None
        inner = inner if inner is not None else child(resource, "multicam")
        return self._time(inner, "tcStart") if inner is not None else ZERO

    def _asset(self, element: Element) -> Asset | None:
        resource = self._resources.get(element.attrib.get("ref", ""))
        if resource is None or resource.tag != "asset":
            return None
        return Asset.read(resource, self._rate_of(resource), self._name)

    def _rate_of(self, element: Element) -> Fraction | None:
        form = self._resources.get(element.attrib.get("format", ""))
        return None if form is None else format_rate(form, self._name)

    def _time(self, element: Element, key: str) -> Fraction:
        found = element.attrib.get(key)
        return ZERO if found is None else seconds(found, self._name)

    def _lane(self, element: Element) -> int:
        try:
            return max(-1000, min(1000, int(element.attrib.get("lane", "0")[:6])))
        except ValueError:
            return 0


def _moved(item: Item, by: Fraction, lane: int) -> Item:
    """The same item at another place of its parent."""
    points = tuple((time + by, own) for time, own in item.own.points)
    seat = Span(item.seat.start + by, item.seat.stop + by)
    return replace(item, seat=seat, own=replace(item.own, points=points), lane=item.lane + lane)
