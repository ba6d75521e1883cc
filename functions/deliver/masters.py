"""One master from request to files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Result, Work
from functions.contract.receipt import Frames
from functions.deliver.handler import DeliverRequest, output_name, wish_of
from functions.media.exr_header import ExrHeader
from functions.picture import Developed, Pictures, open_pictures

_EXTENSIONS = {"exr": "exr", "tiff": "tif", "dpx": "dpx"}


@dataclass(frozen=True, slots=True)
class _Planned:
    """Frames of the clip, and what their files are called."""

    name: str
    frames: FrameRange
    offset: int
    digits: int
    extension: str

    def number(self, own: int) -> int:
        """The master's number of the clip's own frame."""
        return own + self.offset

    def file(self, own: int) -> str:
        """Name of a frame's file, or of the movie."""
        if self.extension in ("mov", "mxf"):
            return f"{self.name}.{self.extension}"
        return f"{self.name}.{self.number(own):0{self.digits}d}.{self.extension}"


def make_master(request: DeliverRequest, work: Work) -> Result:
    """Frames or movie, AMF, FDL."""
    with open_pictures(wish_of(request), work) as pictures:
        planned = _planned(request, pictures, work)
        if len(planned.frames) > work.limits.frames:
            raise LimitExceeded(
                f"{len(planned.frames)} frames in one unit; this function's limit is "
                f"{work.limits.frames}",
                field="frames",
            )
        _WRITERS[request.made.kind](request, planned, pictures, work)
        plan = pictures.plan
        for name, content in _sidecars(planned, pictures).items():
            work.commit(name, content)
        report = plan.report()
    first, last = planned.number(planned.frames.start), planned.number(planned.frames.last)
    return Result(frames=Frames(first, last, len(planned.frames)), report=report)


def plan_master(request: DeliverRequest, work: Work) -> dict[str, Any]:
    """What `make_master` would write."""
    with open_pictures(wish_of(request), work) as pictures:
        planned = _planned(request, pictures, work)
        frames = planned.frames
        broken = []
        if len(frames) > work.limits.frames:
            broken.append(f"{len(frames)} frames are over the limit of {work.limits.frames}")
        return {
            **pictures.plan.report(),
            "profile": request.made.about,
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {
                "first": planned.file(frames.start),
                "last": planned.file(frames.last),
                "count": 1 if request.made.kind == "movie" else len(frames),
                "beside": list(_sidecars(planned, pictures)),
            },
            "limits_broken": broken,
        }


def _planned(request: DeliverRequest, pictures: Pictures, work: Work) -> _Planned:
    frames, facts = pictures.resolve(), pictures.facts
    if frames.step != 1 and request.made.kind == "movie":
        raise InvalidRequest("a movie has every frame: no step", field="frames")
    if request.start is not None and frames.step != 1:
        raise InvalidRequest("a start and a step are said together", field="start")
    name = output_name(request, facts.name)
    if request.name is None:
        work.assume("name", name)
    offset = 0 if request.start is None else request.start - frames.start
    digits = facts.padding if request.start is None else 4
    digits = max(4, digits, len(str(frames.last + offset)))
    kind = request.made.kind
    extension = request.made.container if kind == "movie" else _EXTENSIONS[kind]
    return _Planned(name, frames, offset, digits, extension)


def _sidecars(planned: _Planned, pictures: Pictures) -> dict[str, bytes]:
    plan = pictures.plan
    found = {f"{planned.name}.amf": plan.amf_after, **plan.files_after}
    if plan.fdl_after is not None:
        found[f"{planned.name}.fdl"] = plan.fdl_after
    return found


def _exr(request: DeliverRequest, planned: _Planned, pictures: Pictures, work: Work) -> None:
    from functions.picture.exr_frames import write_exr_frames
    from functions.picture.headers import exr_header

    facts, plan = pictures.facts, pictures.plan
    aspect = plan.pixel_aspect if plan.geometry is not None else None

    def header(frame: Developed) -> ExrHeader:
        number = planned.number(frame.number)
        return exr_header(facts, frame, number, "aces", request.compression, pixel_aspect=aspect)

    write_exr_frames(
        pictures,
        planned.frames,
        work,
        compression=request.compression,
        header=header,
        name=planned.file,
        number=planned.number,
    )


def _stills(
    encode: Callable[[Developed], bytes], planned: _Planned, pictures: Pictures, work: Work
) -> None:
    from functions.picture.still_frames import write_still_frames

    write_still_frames(
        pictures,
        planned.frames,
        work,
        encode=encode,
        name=planned.file,
        number=planned.number,
    )


def _tiff(request: DeliverRequest, planned: _Planned, pictures: Pictures, work: Work) -> None:
    from functions.media.tiff_write import encode_tiff

    about = request.made.about

    def encode(frame: Developed) -> bytes:
        planes = frame.planes
        if frame.alpha is not None:
            planes = np.concatenate([planes, frame.alpha[None]])
        return encode_tiff(planes, description=about)

    _stills(encode, planned, pictures, work)


def _dpx(request: DeliverRequest, planned: _Planned, pictures: Pictures, work: Work) -> None:
    from functions.media.dpx_write import encode_dpx

    facts = pictures.facts

    def encode(frame: Developed) -> bytes:
        return encode_dpx(
            frame.planes,
            transfer=request.made.transfer,
            frame=planned.number(frame.number),
            timecode=frame.timecode,
            rate=facts.rate,
            reel=facts.camera.reel,
            name=planned.file(frame.number),
        )

    _stills(encode, planned, pictures, work)


def _movie(request: DeliverRequest, planned: _Planned, pictures: Pictures, work: Work) -> None:
    from functions.picture.movie_file import write_movie

    profile = request.made
    write_movie(
        pictures,
        planned.frames,
        work,
        name=planned.file(planned.frames.start),
        codec=profile.codec,
        container=profile.container,
    )


_WRITERS = {"exr": _exr, "tiff": _tiff, "dpx": _dpx, "movie": _movie}
