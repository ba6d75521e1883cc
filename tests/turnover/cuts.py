"""Random cuts with known truth, and a small writer of each format.

The writers know nothing of the readers: labels are made by the published formula for drop
frame, times as fractions of seconds.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from functions.turnover.placing import Media

RATES = [
    (Fraction(24000, 1001), False), (Fraction(24), False), (Fraction(25), False),
    (Fraction(30000, 1001), False), (Fraction(30000, 1001), True), (Fraction(30), False),
    (Fraction(48), False), (Fraction(50), False), (Fraction(60000, 1001), False),
    (Fraction(60000, 1001), True), (Fraction(60), False), (Fraction(100), False),
    (Fraction(120000, 1001), False), (Fraction(120), False),
]  # fmt: skip


@dataclass(frozen=True)
class Take:
    """A clip: its first frame's count since midnight, and how many there are."""

    name: str
    start: int
    frames: int


@dataclass(frozen=True)
class Use:
    """length frames of a take from its frame `first`, at a record frame."""

    take: Take
    first: int
    length: int
    record: int
    speed: Fraction = Fraction(1)
    head: int = 0
    tail: int = 0

    @property
    def truth(self) -> tuple[str, int, int]:
        """The take's own first and last frame that is seen."""
        if self.speed < 0:
            return self.take.name, self.first, self.first + self.used - 1
        shown = [self.first + self.speed * k for k in range(-self.head, self.length + self.tail)]
        return self.take.name, math.floor(min(shown)), math.ceil(max(shown))

    @property
    def used(self) -> int:
        """Frames of the take's material without transitions."""
        return math.ceil(abs(self.speed) * self.length)


@dataclass(frozen=True)
class Cut:
    """A timeline of one track."""

    rate: Fraction
    drop: bool
    uses: tuple[Use, ...]

    @property
    def nominal(self) -> int:
        return round(self.rate)

    @property
    def takes(self) -> list[Take]:
        return list({use.take.name: use.take for use in self.uses}.values())

    @property
    def media(self) -> list[Media]:
        return [
            Media(uri=f"file:///m/{take.name}.mov", name=take.name, reel=None, first=0,
                  count=take.frames, start=take.start, rate=self.rate, drop=self.drop)
            for take in self.takes
        ]  # fmt: skip

    def label(self, frame: int) -> str:
        """Timecode of a count (D. Heidelberger's formula for drop frame)."""
        base = self.nominal
        if self.drop:
            skip = base // 15
            ten, one = base * 600 - 9 * skip, base * 60 - skip
            frame %= ten * 144
            tens, rest = divmod(frame, ten)
            frame += 9 * skip * tens + (skip * ((rest - skip) // one) if rest > skip else 0)
        frame %= base * 86400
        seconds, frames = divmod(frame, base)
        width = 3 if base > 100 else 2
        return (f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
                f"{';' if self.drop else ':'}{frames:0{width}d}")  # fmt: skip

    @property
    def day(self) -> int:
        base = self.nominal
        return base * 86400 - (base // 15 * 9 * 144 if self.drop else 0)

    def plain(self) -> Cut:
        """Without transitions and retimes."""
        return replace(
            self,
            uses=tuple(replace(u, speed=Fraction(1), head=0, tail=0) for u in self.uses),
        )


@st.composite
def cuts(draw: st.DrawFn, retimes: bool = True, transitions: bool = True) -> Cut:
    """One to eight uses of up to three takes, at any rate, some of them over midnight."""
    rate, drop = draw(st.sampled_from(RATES))
    blank = Cut(rate, drop, ())
    takes = []
    for number in range(draw(st.integers(1, 3))):
        frames = draw(st.integers(300, 5000))
        start = draw(
            st.one_of(
                st.integers(0, blank.day - 1),
                st.integers(1, frames - 1).map(lambda back: blank.day - back),
                st.just(blank.nominal * 3600),
            )
        )
        takes.append(Take(f"A00{number + 1}_C00{number + 1}", start, frames))
    uses: list[Use] = []
    record = draw(st.sampled_from([0, 3600 * blank.nominal]))
    for place in range(draw(st.integers(1, 8))):
        take = draw(st.sampled_from(takes))
        length = draw(st.integers(24, 60))
        speeds = [Fraction(1)] * 3 + [Fraction(2), Fraction(1, 2), Fraction(-1), Fraction(3)]
        speed = draw(st.sampled_from(speeds)) if retimes else Fraction(1)
        used = math.ceil(abs(speed) * length)
        first = draw(st.integers(12, take.frames - used - 13))
        gap = draw(st.sampled_from([0, 0, 0, 7]))
        use = Use(take, first, length, record + gap, speed)
        plain = place and not gap and speed == 1 and uses[-1].speed == 1
        if transitions and plain and draw(st.booleans()):
            frames = draw(st.integers(1, 10))
            head, tail = draw(st.sampled_from([(frames, frames), (frames, 0), (0, frames)]))
            uses[-1] = replace(uses[-1], tail=tail)
            use = replace(use, head=head)
        uses.append(use)
        record = use.record + length
    return Cut(rate, drop, tuple(uses))


def edl(cut: Cut, marks: bool = True) -> bytes:
    """CMX 3600; a dissolve has two lines, its first frame is where the incoming begins.

    marks : drop frame by semicolons too, and not by the FCM line alone
    """
    lines = ["TITLE: CUT", f"FCM: {'DROP FRAME' if cut.drop else 'NON-DROP FRAME'}"]

    def label(frame: int) -> str:
        return cut.label(frame) if marks else cut.label(frame).replace(";", ":")

    for place, use in enumerate(cut.uses):
        number, name = f"{place + 1:03d}", use.take.name
        following = cut.uses[place + 1] if place + 1 < len(cut.uses) else None
        mixes = following is not None and following.head + use.tail > 0
        over = following.head if following is not None and mixes else 0
        at = use.take.start + use.first
        start, stop = use.record - use.head, use.record + use.length - over
        source = at - use.head, at + (use.used if use.speed != 1 else use.length - over)
        kind = "C       "
        if place and use.head + cut.uses[place - 1].tail:
            frames = use.head + cut.uses[place - 1].tail
            before = cut.uses[place - 1]
            leaving = before.take.start + before.first + before.length - use.head
            labels = [label(leaving)] * 2 + [label(start)] * 2
            lines.append(f"{number}  {before.take.name} V     C        {' '.join(labels)}")
            kind = f"D    {frames:03d}"
        labels = [label(each) for each in (*source, start, stop)]
        lines.append(f"{number}  {name} V     {kind} {' '.join(labels)}")
        if use.speed != 1:
            lines.append(f"M2   {name}       {float(use.speed * cut.nominal):.1f}    {label(at)}")
        lines.append(f"* FROM CLIP NAME: {name}.mov" if "C" in kind else f"* TO CLIP NAME: {name}")
    return "\r\n".join(lines).encode()


def _seconds(frames: int | Fraction, rate: Fraction) -> str:
    time = frames / rate
    return f"{time.numerator}/{time.denominator}s"


def fcpxml(cut: Cut) -> bytes:
    """A project of one spine, with asset-clips, time maps, transitions and gaps."""
    frame = 1 / cut.rate
    kind = "DF" if cut.drop else "NDF"
    assets = "".join(
        f'<asset id="r{at + 2}" name="{take.name}" start="{_seconds(take.start, cut.rate)}" '
        f'duration="{_seconds(take.frames, cut.rate)}" hasVideo="1" format="r1">'
        f'<media-rep kind="original-media" src="file:///x/{take.name}.mov"/></asset>'
        for at, take in enumerate(cut.takes)
    )
    refs = {take.name: f"r{at + 2}" for at, take in enumerate(cut.takes)}
    begin = cut.uses[0].record
    spine, at = [], begin
    for place, use in enumerate(cut.uses):
        if use.record > at:
            spine.append(f'<gap offset="{_seconds(at, cut.rate)}" start="3600s" '
                         f'duration="{_seconds(use.record - at, cut.rate)}"/>')  # fmt: skip
        over = use.head + cut.uses[place - 1].tail if place else 0
        if over:
            spine.append(f'<transition offset="{_seconds(use.record - use.head, cut.rate)}" '
                         f'duration="{_seconds(over, cut.rate)}"/>')  # fmt: skip
        own = use.take.start + use.first
        inner = ""
        if use.speed != 1:
            low, high = (own, own + use.speed * use.length)
            if use.speed < 0:
                low, high = own + use.used, own
            inner = (f'<timeMap><timept time="{_seconds(own, cut.rate)}" '
                     f'value="{_seconds(low, cut.rate)}" interp="smooth2"/>'
                     f'<timept time="{_seconds(own + use.length, cut.rate)}" '
                     f'value="{_seconds(high, cut.rate)}"/></timeMap>')  # fmt: skip
        spine.append(
            f'<asset-clip ref="{refs[use.take.name]}" name="{use.take.name}" '
            f'offset="{_seconds(use.record, cut.rate)}" start="{_seconds(own, cut.rate)}" '
            f'duration="{_seconds(use.length, cut.rate)}" tcFormat="{kind}">{inner}</asset-clip>'
        )
        at = use.record + use.length
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml><fcpxml version="1.11"><resources>'
        f'<format id="r1" frameDuration="{frame.numerator}/{frame.denominator}s" width="64" '
        f'height="36"/>{assets}</resources><library><event><project name="CUT">'
        f'<sequence format="r1" tcStart="{_seconds(begin, cut.rate)}" tcFormat="{kind}"><spine>'
        f"{''.join(spine)}</spine></sequence></project></event></library></fcpxml>"
    ).encode()


def xmeml(cut: Cut) -> bytes:
    """Final Cut Pro 7: files written once, edges of -1 in transitions, graphs of retimes."""
    ntsc = "TRUE" if cut.rate.denominator == 1001 else "FALSE"
    rate = f"<rate><timebase>{cut.nominal}</timebase><ntsc>{ntsc}</ntsc></rate>"
    kind = "DF" if cut.drop else "NDF"
    begin = cut.uses[0].record
    written: set[str] = set()
    items = []
    for place, use in enumerate(cut.uses):
        before = cut.uses[place - 1] if place else None
        start, end = use.record - begin, use.record - begin + use.length
        if before is not None and use.head + before.tail:
            align = "center" if use.head == before.tail else "end" if use.head else "start-black"
            items.append(f"<transitionitem>{rate}<start>{start - use.head}</start>"
                         f"<end>{start + before.tail}</end><alignment>{align}</alignment>"
                         "</transitionitem>")  # fmt: skip
        mixes = place + 1 < len(cut.uses) and cut.uses[place + 1].head + use.tail > 0
        leads = before is not None and use.head + before.tail > 0
        into, out = use.first - use.head, use.first + use.length + use.tail
        remap = ""
        if use.speed != 1:
            low = use.first if use.speed > 0 else use.first + use.used
            high = low + use.speed * use.length
            into, out = 100, 100 + use.length
            keys = "".join(
                f"<keyframe><when>{when}</when><value>{float(value)}</value></keyframe>"
                for when, value in ((into, low), (out, high))
            )
            remap = (
                "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
                f"<parameter><parameterid>speed</parameterid><value>{float(use.speed * 100)}"
                "</value></parameter><parameter><parameterid>graphdict</parameterid>"
                f"{keys}</parameter></effect></filter>"
            )
        file = f'<file id="{use.take.name}"/>'
        if use.take.name not in written:
            written.add(use.take.name)
            file = (
                f'<file id="{use.take.name}"><name>{use.take.name}.mov</name>'
                f"<pathurl>file://localhost/S%3a/{use.take.name}.mov</pathurl>{rate}"
                f"<duration>{use.take.frames}</duration><timecode>{rate}"
                f"<string>{cut.label(use.take.start)}</string><frame>{use.take.start}</frame>"
                f"<displayformat>{kind}</displayformat></timecode><media><video/></media></file>"
            )
        items.append(
            f'<clipitem id="c{place}"><name>{use.take.name}</name><enabled>TRUE</enabled>'
            f"<duration>{use.take.frames}</duration>{rate}<start>{-1 if leads else start}</start>"
            f"<end>{-1 if mixes else end}</end><in>{into}</in><out>{out}</out>{file}{remap}"
            "</clipitem>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE xmeml><xmeml version="5">'
        f'<sequence id="s"><name>CUT</name>{rate}<timecode>{rate}<frame>{begin}</frame>'
        f"<displayformat>{kind}</displayformat></timecode><media><video><track>{''.join(items)}"
        "</track></video></media></sequence></xmeml>"
    ).encode()


def otio(cut: Cut, depths: list[int]) -> bytes:
    """Clips, each inside as many stacks as `depths` says, trimmed there to what is used."""
    rate = float(cut.rate)

    def time(value: float) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value)}

    def span(start: float, length: float) -> dict[str, Any]:
        return {"OTIO_SCHEMA": "TimeRange.1", "start_time": time(start), "duration": time(length)}

    def node(schema: str, **fields: Any) -> dict[str, Any]:
        return {"OTIO_SCHEMA": schema, "name": "", "metadata": {}, "effects": [], **fields}

    children: list[dict[str, Any]] = []
    at = begin = cut.uses[0].record
    for place, use in enumerate(cut.uses):
        if use.record > at:
            children.append(node("Gap.1", source_range=span(0, use.record - at)))
        before = cut.uses[place - 1] if place else None
        if before is not None and use.head + before.tail:
            children.append(
                node("Transition.1", in_offset=time(use.head), out_offset=time(before.tail))
            )
        depth = depths[place % len(depths)] if use.speed == 1 else 0
        margin = 11 if depth else 0
        warp = node("LinearTimeWarp.1", time_scalar=float(use.speed))
        own = use.take.start + use.first
        item = node(
            "Clip.2",
            name=use.take.name,
            source_range=span(own - margin, use.length + 2 * margin),
            effects=[] if use.speed == 1 else [warp],
            media_references={"DEFAULT_MEDIA": node(
                "ExternalReference.1", target_url=f"file:///x/{use.take.name}.mov",
                available_range=span(use.take.start, use.take.frames))},
            active_media_reference_key="DEFAULT_MEDIA",
        )  # fmt: skip
        for level in range(depth):
            last = level == depth - 1
            seen = span(margin, use.length) if last else span(0, use.length + 2 * margin)
            item = node("Stack.1", children=[item], source_range=seen)
        children.append(item)
        at = use.record + use.length
    track = node("Track.1", kind="Video", children=children)
    tracks = node("Stack.1", children=[track])
    timeline = node("Timeline.1", tracks=tracks, global_start_time=time(begin))
    return json.dumps(timeline).encode()


def ale(cut: Cut) -> bytes:
    """A log of the uses, one row each."""
    fps = {"23.976": 24000, "29.97": 30000, "59.94": 60000, "119.88": 120000}
    rate = next((k for k, v in fps.items() if cut.rate == Fraction(v, 1001)), str(cut.rate))
    rows = [
        f"{use.take.name}\tV\t{cut.label(use.take.start + use.first)}"
        f"\t{cut.label(use.take.start + use.first + use.length)}\t{use.take.name}"
        for use in cut.uses
    ]
    head = f"Heading\nFIELD_DELIM\tTABS\nFPS\t{rate}\n\nColumn\nName\tTracks\tStart\tEnd\tTape\n"
    return (head + "\nData\n" + "\n".join(rows) + "\n").encode()


def pull_list(cut: Cut) -> bytes:
    """A table as VFX editors send, with more columns than anybody reads."""
    rows = [
        f"ABC_{place:03d},{use.take.name},{cut.label(use.take.start + use.first)},"
        f"{cut.label(use.take.start + use.first + use.length)},8,x,{float(cut.rate):.3f}"
        for place, use in enumerate(cut.uses)
    ]
    return "\n".join(["VFX Shot,Clip Name,TC In,TC Out,Handles,Colour,FPS", *rows]).encode()
