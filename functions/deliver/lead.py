"""What stands before the programme: slate, then leader, with numbers counted back from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.contract.frames import FrameRange, rate_text
from functions.contract.timecode import Timecode, nominal_rate
from functions.deliver.inks import light_of_inks, told
from functions.picture import Developed, Pictures

Kind = Literal["countdown", "black"]
_DTYPES: dict[str, Any] = {"exr": np.float16}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Frames before the programme.

    slate, leader : how many of each
    kind : of leader
    first : the clip's own number of the programme's first frame, from which is counted back
    offset : from the clip's own numbers to the master's
    start : timecode of the programme's first frame
    rate : frames per second
    thumbnail : whether the programme's first frame is on the slate
    chart : whether the framing is
    title, lines : of the slate
    """

    slate: int
    leader: int
    kind: Kind
    first: int
    offset: int
    start: Timecode | None
    rate: Fraction
    title: str
    lines: tuple[tuple[str, str], ...]
    thumbnail: bool = False
    chart: bool = False

    def __len__(self) -> int:
        return self.slate + self.leader

    @property
    def frames(self) -> FrameRange:
        """In the clip's own numbers; they may be below 0."""
        return FrameRange(self.first - len(self), self.first)

    @property
    def pop(self) -> int | None:
        """The frame that sounds: two seconds before the programme, where the leader has it."""
        before = 2 * nominal_rate(self.rate)
        return self.first - before if self.leader >= before else None

    def label(self, number: int) -> Timecode | None:
        """Timecode of one of its frames; before midnight is the day before."""
        return None if self.start is None else back(self.start, self.first - number)

    def pictures(self, pictures: Pictures, kind: str) -> Iterator[Developed]:
        """Its frames, in the samples of the master's own pictures.

        kind : of master, "exr" or another. Planes stay as they are for the frames that share
        them: do not write into them.
        """
        from functions.deliver.drawn import draw_countdown

        plan, facts = pictures.plan, pictures.facts
        width, height = plan.width, plan.height
        palette = self.palette(pictures, kind)
        cover = None
        if plan.alpha is not None:
            opaque = 65535 if palette.dtype == np.uint16 else 1.0
            cover = np.full((height, width), opaque, palette.dtype)
        planes = None
        for number in self.frames:
            left = self.first - number
            if left > self.leader:
                if planes is None:
                    planes = self._slate(palette, pictures)
            elif self.kind == "black":
                planes = _inked(palette, np.zeros((height, width), np.uint8))
            else:
                words = self._words(number, left)
                nominal = nominal_rate(self.rate)
                planes = _inked(palette, draw_countdown(left, nominal, words, width, height))
            assert planes is not None
            yield Developed(number, width, height, planes, self.label(number), facts.camera, cover)

    def _slate(self, palette: npt.NDArray[Any], pictures: Pictures) -> npt.NDArray[Any]:
        from functions.deliver.drawn import draw_chart, draw_slate, small_size
        from functions.deliver.small import small_picture

        width, height = pictures.plan.width, pictures.plan.height
        room = small_size(width, height) if self.thumbnail else None
        drawing = draw_slate(self.title, self.lines, width, height, room)
        if self.chart:
            geometry = pictures.plan.geometry
            box = geometry.output.framing if geometry is not None else None
            draw_chart(drawing, (box.x, box.y, box.width, box.height) if box else None)
        planes = _inked(palette, drawing)
        if room is not None:
            x, y, wide, high = room
            first = next(pictures.frames(FrameRange(self.first, self.first + 1)))
            planes[:, y : y + high, x : x + wide] = small_picture(first.planes, wide, high)
        return planes

    def palette(self, pictures: Pictures, kind: str) -> npt.NDArray[Any]:
        """(3, 1, n) of the master's samples: the inks through its output transform."""
        light = light_of_inks()
        out = np.empty(light.shape, _DTYPES.get(kind, np.uint16))
        return pictures.plan.rendering().apply(light, out)

    def report(self, pictures: Pictures, kind: str) -> dict[str, Any]:
        """For receipt and `explain`: which frames, and the code values of every ink."""
        pop = self.pop
        return {
            "slate": self.slate,
            "leader": self.leader,
            "first": self.frames.start + self.offset,
            "last": self.first - 1 + self.offset,
            "timecode": _text(self.label(self.frames.start)),
            "pop": None if pop is None else pop + self.offset,
            "inks": told(self.palette(pictures, kind)),
        }

    def _words(self, number: int, left: int) -> tuple[str, ...]:
        seconds, frames = divmod(left, nominal_rate(self.rate))
        label = self.label(number)
        own = f"FRAME {number + self.offset}"
        return (*([str(label)] if label else []), own, f"-{seconds}+{frames:02d}")


def back(label: Timecode, frames: int) -> Timecode:
    """The timecode so many frames earlier, over midnight.

    >>> str(back(Timecode.parse("00:00:00:00", Fraction(24)), 1))
    '23:59:59:23'
    """
    last = f"23:59:59{';' if label.drop else ':'}{label.nominal - 1:02d}"
    day = Timecode.parse(last, label.rate).frame + 1
    return Timecode((label.frame - frames) % day, label.rate, label.drop)


def slate_lines(
    said: dict[str, str | None], numbers: FrameRange, start: Timecode | None, pictures: Pictures,
    *, about: str, rate: Fraction,
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Label and value of each line; what nobody says has no line.

    said : show, shot, date, note as the request has them
    numbers : of the whole programme in the master's own count
    about : the profile in words
    """
    plan, facts = pictures.plan, pictures.facts
    tags = [tag for tag in (plan.tags.primaries, plan.tags.transfer) if tag]
    colour = " / ".join([plan.output, *tags])
    found = [
        ("SHOW", said.get("show")),
        ("SHOT", said.get("shot")),
        ("REEL", facts.camera.reel),
        ("CLIP", facts.name),
        ("TIMECODE", _text(start)),
        ("FRAMES", f"{numbers} ({len(numbers)})"),
        ("RATE", f"{rate_text(rate)} FPS"),
        ("DATE", said.get("date")),
        ("MASTER", about),
        ("SIZE", f"{plan.width} x {plan.height}"),
        ("COLOUR", colour),
        ("NOTE", said.get("note")),
    ]
    return tuple((label, value) for label, value in found if value)


def _inked(palette: npt.NDArray[Any], drawing: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
    planes: npt.NDArray[Any] = np.take(palette[:, 0], drawing, axis=1)
    return planes


def _text(label: Timecode | None) -> str | None:
    return None if label is None else str(label)
