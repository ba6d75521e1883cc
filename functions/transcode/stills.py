"""Stills in place of a movie: one file a frame, with the look, the framing and the burn-ins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from functions.colour.icc import icc_profile
from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange
from functions.contract.operation import Result, Work, count_frames
from functions.picture import Developed, Pictures
from functions.picture.frames.still_files import Encode, write_still_frames
from functions.transcode.burn import Facts
from functions.transcode.guides import burner_of, drawn_report, plan_guides
from functions.transcode.request import TranscodeRequest, output_name

Kind = Literal["jpeg", "png", "tiff", "exr"]
_EXTENSIONS: dict[Kind, str] = {"jpeg": "jpg", "png": "png", "tiff": "tif", "exr": "exr"}
_DEPTHS = {"jpeg": "8 bit", "png": "16 bit", "tiff": "16 bit", "exr": "half"}
_BYTES = 40  # a pixel of a file in the making: rows of words, what is packed of them


@dataclass(frozen=True, slots=True)
class StillPlan:
    """name : of the files, before the number; digits : of the number
    tagged : how the files say their colour, for people
    """

    kind: Kind
    name: str
    digits: int
    icc: tuple[str, bytes] | None
    tagged: str | None

    def file(self, number: int) -> str:
        """Name of a frame's file."""
        return f"{self.name}.{number:0{self.digits}d}.{_EXTENSIONS[self.kind]}"


def plan_stills(request: TranscodeRequest, pictures: Pictures, work: Work) -> StillPlan:
    """Raises InvalidRequest for a colour that the files cannot hold."""
    kind, plan = request.stills, pictures.plan
    assert kind is not None
    if kind != "exr" and plan.scene_linear:
        raise InvalidRequest(
            f"{plan.output} is scene-linear light, which {kind} does not hold: name a display in "
            "`space`, or write exr",
            field="space",
        )
    if kind == "jpeg" and plan.tags.transfer in ("smpte2084", "arib-std-b67"):
        raise InvalidRequest(
            f"JPEG has 8 bits, too few for {plan.output}: write png or tiff", field="stills"
        )
    name = output_name(request, pictures.facts.name)
    if request.name is None:
        work.assume("name", name)
    icc, tagged = None, None
    if kind == "exr":
        tagged = "chromaticities"
    else:
        icc = icc_profile(plan.tags.primaries, plan.tags.transfer, plan.peak)
        tagged = f"ICC profile: {icc[0]}" if icc else None
        if kind == "png":
            from functions.media.write.stills import has_h273

            if has_h273(plan.tags.primaries, plan.tags.transfer):
                tagged = f"cICP; {tagged}" if tagged else "cICP"
        if tagged is None:
            work.assume("tags", f"none: {kind} has no words for the colour of {plan.output}")
    return StillPlan(kind, name, max(4, pictures.facts.padding), icc, tagged)


def write_stills(request: TranscodeRequest, pictures: Pictures, work: Work) -> Result:
    """Write and commit one file a frame."""
    planned = plan_stills(request, pictures, work)
    wanted = pictures.resolve()
    work.limits.check_frames(len(wanted))
    write_still_frames(
        pictures,
        wanted,
        work,
        encode=_encoder(request, planned, pictures),
        name=planned.file,
        written=_BYTES,
    )
    return Result(
        frames=count_frames(wanted), report=stills_report(request, planned, pictures, wanted)
    )


def stills_report(
    request: TranscodeRequest, planned: StillPlan, pictures: Pictures, wanted: FrameRange
) -> dict[str, Any]:
    """For receipt and `explain`."""
    plan = pictures.plan
    return {
        "clip": pictures.clip_report(),
        "stills": {
            "kind": planned.kind,
            "depth": _DEPTHS[planned.kind],
            "width": plan.width,
            "height": plan.height,
            "first": planned.file(wanted.start),
            "last": planned.file(wanted.last),
            "count": len(wanted),
            "colour": [plan.tags.primaries, plan.tags.transfer],
            "tagged": planned.tagged,
        },
        **drawn_report(
            request,
            plan_guides(request, plan, plan.width, plan.height),
            burner_of(request, plan, plan.width, plan.height),
        ),
        "remarks": list(plan.notes),
    }


def _encoder(request: TranscodeRequest, planned: StillPlan, pictures: Pictures) -> Encode:
    facts, plan = pictures.facts, pictures.plan
    guides = plan_guides(request, plan, plan.width, plan.height)

    def encode(frame: Developed) -> bytes | bytearray:
        planes = frame.planes
        guides.draw(planes)
        if request.burn_in:
            said = Facts(frame.number, frame.timecode, facts.camera.reel, facts.name)
            burner_of(request, plan, plan.width, plan.height).draw(planes, said)
        if frame.alpha is not None and planned.kind != "jpeg":
            planes = np.concatenate([planes, frame.alpha[None]])
        if planned.kind == "exr":
            from functions.media.write.exr import encode_exr
            from functions.picture.frames.exr_headers import Space, exr_header

            space: Space = "acescg" if request.space == "acescg" else "aces"
            aspect = plan.pixel_aspect if plan.geometry is not None else None
            head = exr_header(
                facts, frame, frame.number, space, "zip", pixel_aspect=aspect
            )  # fmt: skip
            return encode_exr(planes, head, "zip")
        words = _words(planes)
        if planned.kind == "tiff":
            from functions.media.write.tiff import encode_tiff

            return encode_tiff(words, icc=planned.icc[1] if planned.icc else None)
        from functions.media.write.stills import encode_jpeg, encode_png

        if planned.kind == "jpeg":
            icc = planned.icc[1] if planned.icc else None
            return encode_jpeg(words, quality=request.quality or 90, icc=icc)
        tags = plan.tags
        return encode_png(words, icc=planned.icc, primaries=tags.primaries, transfer=tags.transfer)

    return encode


def _words(planes: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    """Floats of a finished picture, which a file of integers ends at 0.0 and 1.0."""
    if planes.dtype == np.uint16:
        return planes
    clipped = np.nan_to_num(planes.astype(np.float32), nan=0.0).clip(0.0, 1.0)
    return np.rint(clipped * np.float32(65535.0)).astype(np.uint16)
