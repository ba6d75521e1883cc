"""From raw frames to committed EXR files."""

from __future__ import annotations

from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.debayer.request import DebayerRequest, output_name
from functions.media.write.exr import ExrHeader
from functions.picture import Developed, Pictures
from functions.picture.frames.exr_files import write_exr_frames
from functions.picture.frames.exr_headers import exr_header


def develop_frames(
    request: DebayerRequest, pictures: Pictures, frames: FrameRange, work: Work
) -> None:
    """Develop, encode and commit every frame of `frames`, as `write_exr_frames` does."""
    facts, plan = pictures.facts, pictures.plan
    base = output_name(request, facts.name)
    aspect = plan.pixel_aspect if plan.geometry is not None else None

    def header(frame: Developed) -> ExrHeader:
        return exr_header(
            facts, frame, frame.number, request.space, request.compression, pixel_aspect=aspect
        )

    write_exr_frames(
        pictures,
        frames,
        work,
        compression=request.compression,
        header=header,
        name=lambda number: f"{base}.{number:0{facts.padding}d}.exr",
    )
