"""One master from request to files."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np

from functions.contract.operation import Result, Work
from functions.contract.receipt import Frames
from functions.deliver.numbering import Planned, plan_frames
from functions.deliver.request import DeliverRequest, picture_spec_of
from functions.media.write.exr_header import ExrHeader
from functions.picture import Developed, Pictures
from functions.picture.memory import DPX_FILE, EXR_FILE, MOVIE_FILE, TIFF_FILE
from functions.picture.unit import PictureUnit


class DeliverUnit(PictureUnit[DeliverRequest]):
    """One master, or a part of one."""

    def __init__(self, request: DeliverRequest, work: Work) -> None:
        super().__init__(request, picture_spec_of(request), work)

    def run(self) -> Result:
        """Write the master, and the AMF and FDL that say what was done."""
        request, work, pictures = self.request, self.work, self.pictures.open()
        planned = plan_frames(request, pictures, work)
        if request.only != "sidecars":
            work.limits.check_frames(planned.count)
            _tell(request, pictures, work)
            _WRITERS[request.made.kind](request, planned, pictures, work)
        # Of a master in parts they stand beside the first: they say the same of all.
        if request.only != "picture" and (planned.first_part or request.only == "sidecars"):
            for name, content in _sidecars(planned, pictures).items():
                work.commit(name, content)
        report = {**pictures.plan.report(), **_lead_report(request, planned, pictures)}
        first, last = planned.number(planned.frames.start), planned.number(planned.frames.last)
        frames = None if request.only == "sidecars" else Frames(first, last, len(planned.frames))
        return Result(frames=frames, report=report)

    def explain(self) -> dict[str, Any]:
        """Names, numbers, canvas and colour steps, from headers only."""
        request, work, pictures = self.request, self.work, self.pictures.open()
        planned = plan_frames(request, pictures, work)
        _tell(request, pictures, work)
        frames, lead = planned.frames, planned.lead
        start = lead.frames.start if lead else frames.start
        beside = planned.first_part and request.only != "picture"
        return {
            **pictures.plan.report(),
            **_lead_report(request, planned, pictures),
            "profile": request.made.about,
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {
                "first": planned.file(start),
                "last": planned.file(frames.last),
                "count": 1 if request.made.kind == "movie" else planned.count,
                "beside": list(_sidecars(planned, pictures)) if beside else [],
            },
            "limits_broken": work.limits.broken_by(
                planned.count, pictures.memory(_FILE[request.made.kind])
            ),
        }


def _lead_report(request: DeliverRequest, planned: Planned, pictures: Pictures) -> dict[str, Any]:
    if planned.lead is None:
        return {}
    return {"lead": planned.lead.report(pictures, request.made.kind)}


def _tell(request: DeliverRequest, pictures: Pictures, work: Work) -> None:
    """What becomes of fields and of uneven times."""
    facts = pictures.facts
    order = facts.picture.field_order
    if order != "progressive" and facts.layout is None and request.fields == "deinterlace":
        work.assume("fields", f"interlaced ({order}): one picture of each two fields, by bwdif")
    if facts.picture.variable:
        work.assume("times", "the rate varies: each picture is shown for one frame")


def _sidecars(planned: Planned, pictures: Pictures) -> dict[str, bytes]:
    plan = pictures.plan
    found = {f"{planned.name}.amf": plan.amf_after, **plan.files_after}
    if plan.fdl_after is not None:
        found[f"{planned.name}.fdl"] = plan.fdl_after
    return found


def _lead_frames(
    encode: Callable[[Developed], bytes | bytearray],
    kind: str,
    planned: Planned,
    pictures: Pictures,
    work: Work,
) -> None:
    """Slate and leader as frames of their own."""
    if planned.lead is None:
        return
    for frame in planned.lead.pictures(pictures, kind):
        work.check()
        with work.stage("encode"):
            content = encode(frame)
        work.commit(planned.file(frame.number), content, planned.number(frame.number))


def _exr(request: DeliverRequest, planned: Planned, pictures: Pictures, work: Work) -> None:
    from functions.media.write.exr import encode_exr
    from functions.picture.frames.exr_files import write_exr_frames
    from functions.picture.frames.exr_headers import exr_header

    facts = msgspec.structs.replace(pictures.facts, rate=planned.said_rate)
    plan = pictures.plan
    aspect = plan.pixel_aspect if plan.geometry is not None else None

    def header(frame: Developed) -> ExrHeader:
        number = planned.number(frame.number)
        labelled = planned.labelled(frame)
        return exr_header(facts, labelled, number, "aces", request.compression, pixel_aspect=aspect)

    def encode(frame: Developed) -> bytearray:
        planes = frame.planes
        if frame.alpha is not None:
            planes = np.concatenate([planes, frame.alpha[None]])
        return encode_exr(planes, header(frame), request.compression)

    _lead_frames(encode, "exr", planned, pictures, work)
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
    encode: Callable[[Developed], bytes | bytearray],
    planned: Planned,
    pictures: Pictures,
    work: Work,
    written: int,
) -> None:
    from functions.picture.frames.still_files import write_still_frames

    _lead_frames(encode, "words", planned, pictures, work)
    write_still_frames(
        pictures,
        planned.frames,
        work,
        encode=encode,
        name=planned.file,
        number=planned.number,
        written=written,
    )


def _aspect(pictures: Pictures) -> Fraction:
    return Fraction(pictures.plan.pixel_aspect).limit_denominator(1000)


def _tiff(request: DeliverRequest, planned: Planned, pictures: Pictures, work: Work) -> None:
    from functions.media.write.tiff import encode_tiff

    about, aspect = request.made.about, _aspect(pictures)

    def encode(frame: Developed) -> bytes:
        planes = frame.planes
        if frame.alpha is not None:
            planes = np.concatenate([planes, frame.alpha[None]])
        return encode_tiff(planes, description=about, pixel_aspect=aspect)

    _stills(encode, planned, pictures, work, _FILE[request.made.kind])


def _dpx(request: DeliverRequest, planned: Planned, pictures: Pictures, work: Work) -> None:
    from functions.media.write.dpx import encode_dpx

    facts, aspect = pictures.facts, _aspect(pictures)

    def encode(frame: Developed) -> bytearray:
        return encode_dpx(
            frame.planes,
            transfer=request.made.transfer,
            frame=planned.number(frame.number),
            timecode=planned.labelled(frame).timecode,
            rate=planned.said_rate,
            reel=facts.camera.reel,
            name=planned.file(frame.number),
            pixel_aspect=aspect,
        )

    _stills(encode, planned, pictures, work, _FILE[request.made.kind])


def _movie(request: DeliverRequest, planned: Planned, pictures: Pictures, work: Work) -> None:
    from functions.deliver.sounding import open_sound
    from functions.picture.frames.movie_file import write_movie

    profile, lead = request.made, planned.lead
    with open_sound(request, planned, pictures, work) as sound:
        write_movie(
            pictures,
            planned.frames,
            work,
            name=planned.file(planned.frames.start),
            codec=profile.codec,
            container=profile.container,
            rate=planned.rate,
            before=lead.pictures(pictures, profile.kind) if lead else (),
            relabel=planned.labelled,
            tracks=sound.tracks,
            sound=sound.blocks,
            keep_fields=request.fields == "keep",
        )


_FILE = {"exr": EXR_FILE, "tiff": TIFF_FILE, "dpx": DPX_FILE, "movie": MOVIE_FILE}
_WRITERS = {"exr": _exr, "tiff": _tiff, "dpx": _dpx, "movie": _movie}
