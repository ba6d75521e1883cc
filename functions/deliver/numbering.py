"""Which frames a unit makes of a master, and what they are called.

A master may be made in parts: `frames` are those of the unit, `whole` those of the master. All
numbers, labels and names follow from `whole`, so that the parts are the whole, byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, rate_text
from functions.contract.operation import Work
from functions.contract.timecode import Timecode
from functions.deliver.lead import Lead, slate_lines
from functions.deliver.request import DeliverRequest, output_name
from functions.picture import Developed, Pictures

_EXTENSIONS = {"exr": "exr", "tiff": "tif", "dpx": "dpx"}
_RATE = Fraction(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """Frames of the clip, and what their files are called.

    frames : of this unit; whole : of the master; both in the clip's own numbers
    offset : from the clip's own numbers to the master's
    rate : the request's where the clip says none, else 24
    said_rate : the clip's or the request's, for headers
    start : timecode of the master's first frame; renamed : whether the request says it
    lead : what stands before the first frame, where this unit makes it
    """

    name: str
    frames: FrameRange
    whole: FrameRange
    offset: int
    digits: int
    extension: str
    rate: Fraction
    said_rate: Fraction | None
    start: Timecode | None
    renamed: bool
    lead: Lead | None

    @property
    def first_part(self) -> bool:
        """Whether the master begins here."""
        return self.frames.start == self.whole.start

    @property
    def count(self) -> int:
        """Frames that this unit makes."""
        return len(self.frames) + (len(self.lead) if self.lead else 0)

    def number(self, own: int) -> int:
        """The master's number of the clip's own frame."""
        return own + self.offset

    def file(self, own: int) -> str:
        """Name of a frame's file, or of the movie."""
        if self.extension in ("mov", "mxf"):
            return f"{self.name}.{self.extension}"
        return f"{self.name}.{self.number(own):0{self.digits}d}.{self.extension}"

    def labelled(self, frame: Developed) -> Developed:
        """The frame with the master's timecode, where the request says one."""
        if not self.renamed or self.start is None or frame.number < self.whole.start:
            return frame
        label = self.start + (frame.number - self.whole.start)
        return msgspec.structs.replace(frame, timecode=label)


def plan_frames(request: DeliverRequest, pictures: Pictures, work: Work) -> Planned:
    """Raises InvalidRequest for frames, numbers and timecode that do not fit together."""
    frames, facts = pictures.resolve(), pictures.facts
    whole = frames if request.whole is None else pictures.resolve(request.whole)
    if frames.step != whole.step or frames.start not in whole or frames.last not in whole:
        raise InvalidRequest(f"frames {frames} are no part of the whole, {whole}", field="whole")
    kind = request.made.kind
    if whole.step != 1:
        if kind == "movie":
            raise InvalidRequest("a movie has every frame: no step", field="frames")
        for field in ("start", "timecode", "slate", "leader"):
            if getattr(request, field) is not None:
                raise InvalidRequest(f"a {field} and a step are said together", field=field)
    name = output_name(request, facts.name)
    if request.name is None:
        work.assume("name", name)
    offset = 0 if request.start is None else request.start - whole.start
    digits = facts.padding if request.start is None else 4
    rate = facts.rate
    if rate is not None and request.rate is not None and Fraction(request.rate) != rate:
        raise InvalidRequest(
            f"{facts.name} is of {rate_text(rate)} frames per second, not {request.rate}",
            field="rate",
        )
    if rate is None:
        rate = _RATE if request.rate is None else Fraction(request.rate)
        if request.rate is None and (kind == "movie" or request.timecode or request.leader):
            work.assume("rate", f"{rate_text(rate)} frames per second: the clip says none")
    start = _start(request, pictures, whole, rate)
    renamed = request.timecode is not None
    if start is None and kind == "movie" and request.made.container == "mxf":
        # Of a part as of the whole, or parts would not join.
        start, renamed = Timecode((request.slate or 0) + (request.leader or 0), rate), True
        work.assume("timecode", "00:00:00:00 where the master begins: the clip has none")
    planned = Planned(
        name=name,
        frames=frames,
        whole=whole,
        offset=offset,
        digits=max(4, digits, len(str(whole.last + offset))),
        extension=request.made.container if kind == "movie" else _EXTENSIONS[kind],
        rate=rate,
        said_rate=None if facts.rate is None and request.rate is None else rate,
        start=start,
        renamed=renamed,
        lead=None,
    )
    if not planned.first_part or request.only == "sidecars":
        return planned
    return _with_lead(request, planned, pictures)


def _start(
    request: DeliverRequest, pictures: Pictures, whole: FrameRange, rate: Fraction
) -> Timecode | None:
    if request.timecode is not None:
        try:
            return Timecode.parse(request.timecode, rate)
        except InvalidRequest as error:
            raise InvalidRequest(error.detail, field="timecode") from error
    own = pictures.facts.start
    return None if own is None else own + (whole.start - pictures.numbers().start)


def _with_lead(request: DeliverRequest, planned: Planned, pictures: Pictures) -> Planned:
    slate, leader = request.slate or 0, request.leader or 0
    if not slate + leader:
        return planned
    first = planned.number(planned.whole.start)
    if request.made.kind != "movie" and first < slate + leader:
        raise InvalidRequest(
            f"{slate + leader} frames do not go before frame {first}: `start` says where the "
            "programme begins, such as 86400",
            field="start",
        )
    numbers = FrameRange(first, first + len(planned.whole))
    said = {field: getattr(request, field) for field in ("show", "shot", "date", "note")}
    lead = Lead(
        slate=slate,
        leader=leader,
        kind=request.leader_picture,
        first=planned.whole.start,
        offset=planned.offset,
        start=planned.start,
        rate=planned.rate,
        thumbnail=request.thumbnail,
        chart=request.chart,
        title=request.title or planned.name,
        lines=slate_lines(
            said, numbers, planned.start, pictures, about=request.made.about, rate=planned.rate
        ),
    )
    return replace(planned, lead=lead)
