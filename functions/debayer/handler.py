"""debayer: camera raw in, a sequence of scene-linear half-float EXR out.

Levels, white balance, demosaic, camera matrix to ACES2065-1 and half float happen in one
pass over each frame. Threads share the unit by runs of neighbouring frames, each with its
own reader and buffers, so that reading, kernels, encoding and writing overlap and the
bytes of a frame never depend on how a clip was split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.contract.clip import Clip
from functions.contract.errors import LimitExceeded, UnsupportedMedia
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits, Operation, Request, Result, Work, count_frames
from functions.contract.store import Stat, Store
from functions.media import frames_there, identify, open_clip, resolve_frames

_URI = {"format": "uri"}


class DebayerRequest(Request, frozen=True, kw_only=True):
    """Debayer a clip, or a part of one."""

    input: Annotated[
        str, Meta(description="clip: a file, a pattern or a folder", extra_json_schema=_URI)
    ]
    output: Annotated[str, Meta(description="folder for the frames", extra_json_schema=_URI)]
    frames: Annotated[str, Meta(description="1001-1024, 1001-1100x2 or timecodes")] | None = None
    method: Annotated[
        Literal["draft", "fast", "best"], Meta(description="demosaic: quality against speed")
    ] = "best"
    compression: Annotated[
        Literal["none", "zips", "zip", "piz"], Meta(description="of the EXR files")
    ] = "none"
    space: Annotated[
        Literal["aces", "camera"],
        Meta(description="ACES2065-1, or white-balanced linear camera RGB"),
    ] = "aces"
    name: (
        Annotated[
            str,
            Meta(
                description="of the files: <name>.<frame>.exr; the clip's if not said",
                pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$",
            ),
        ]
        | None
    ) = None


def run(request: DebayerRequest, work: Work) -> Result:
    """Write one EXR a frame; see the module's docstring."""
    from functions.debayer.pipeline import develop_frames

    clip = open_clip(request.input, work.store, work.limits)
    try:
        frames = chosen_frames(request, clip, work)
        facts = clip.facts
    finally:
        clip.close()
    if len(frames) > work.limits.frames:
        raise LimitExceeded(
            f"{len(frames)} frames in one unit; this function's limit is {work.limits.frames}",
            field="frames",
        )
    develop_frames(request, facts, frames, work)
    return Result(frames=count_frames(frames))


def explain(request: DebayerRequest, work: Work) -> dict[str, Any]:
    """Frame mapping, canvas, colour steps and output names, from headers only."""
    from functions.debayer.plan import plan_debayer

    clip = open_clip(request.input, work.store, work.limits)
    try:
        return plan_debayer(request, clip, work)
    finally:
        clip.close()


def sources(request: DebayerRequest, store: Store) -> Iterable[Stat]:
    """Stats of the files that hold the wanted frames."""
    return identify(request.input, request.frames, store, Limits())


def chosen_frames(request: DebayerRequest, clip: Clip, work: Work) -> FrameRange:
    """The frames of the request; what it left out is noted as assumed.

    Raises UnsupportedMedia for a clip that is no camera raw, DamagedSource for an
    encrypted one.
    """
    facts = clip.facts
    if facts.layout is None:
        # The reader knows best why there are no raw frames: it may be encryption.
        next(iter(clip.frames(FrameRange(0, 1))), None)
        raise UnsupportedMedia(
            f"{facts.name} is not camera raw: {facts.codec} in {facts.container}",
            uri=request.input,
        )
    if request.frames is None:
        frames = frames_there(clip)
        claimed = facts.frames_claimed or len(frames)
        short = (
            f": the header claims {claimed} frames, {len(frames)} there"
            if (claimed > len(frames))
            else ""
        )
        work.assume("frames", f"{frames}{short}")
    else:
        frames = resolve_frames(clip, request.frames)
    if request.name is None:
        work.assume("name", output_name(request, facts.name))
    return frames


def output_name(request: DebayerRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or re.sub(r"[^A-Za-z0-9._-]+", "_", clip_name).lstrip("._-") or "clip"


def chunks(frames: FrameRange, threads: int) -> tuple[FrameRange, ...]:
    """Runs of neighbouring frames, one a thread, as even as can be."""
    return frames.split(-(-len(frames) // max(1, min(threads, len(frames)))))


OPERATION = Operation(
    name="debayer",
    request=DebayerRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="camera raw to scene-linear ACES EXR frames",
    shapes=("kernels", "functions.media", "functions.colour", "functions.debayer"),
)
