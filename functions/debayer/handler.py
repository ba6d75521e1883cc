"""debayer: camera raw in, a sequence of scene-linear half-float EXR out.

Levels, white balance, demosaic, camera matrix to ACES2065-1 and half float happen in one
pass over each frame; an AMF's looks and an FDL's framing are obeyed where they are given, and
what was done is said in the AMF and FDL beside the frames. Threads share the unit by runs of
neighbouring frames, each with its own reader and buffers, so that reading, kernels, encoding
and writing overlap and the bytes of a frame never depend on how a clip was split.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.contract.errors import LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Operation, Request, Result, Work, count_frames
from functions.contract.store import Stat, Store
from functions.picture import Framing, Pictures, Wish, open_pictures, picture_sources
from functions.picture.wish import Filter, Preserve
from functions.sidecars.fdl import FitMethod, Layer

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
        Literal["aces", "acescg", "camera"],
        Meta(description="ACES2065-1, ACEScg, or white-balanced linear camera RGB"),
    ] = "aces"
    amf: Annotated[str, Meta(description="ACES metadata file", extra_json_schema=_URI)] | None = (
        None
    )
    through: (
        Annotated[
            Literal["input", "working", "looks"],
            Meta(
                description="how far the AMF is applied: input leaves its looks to who comes "
                "after; looks, when looks are given"
            ),
        ]
        | None
    ) = None
    looks: Annotated[
        tuple[str, ...],
        Meta(
            description=".cube .3dl .clf .ctf .cc .ccc .cdl, after the AMF's",
            extra_json_schema=_URI,
        ),
    ] = ()
    look_space: (
        Annotated[str, Meta(description="where CDL and table looks work; acescct")] | None
    ) = None
    config: Annotated[str, Meta(description="OCIO config", extra_json_schema=_URI)] | None = None
    fdl: (
        Annotated[str, Meta(description="framing decision list", extra_json_schema=_URI)] | None
    ) = None
    context: Annotated[str, Meta(description="of the FDL, by label")] | None = None
    canvas: Annotated[str, Meta(description="of the FDL, by id or label")] | None = None
    decision: (
        Annotated[str, Meta(description="framing decision of the FDL, by id, label or intent")]
        | None
    ) = None
    template: Annotated[str, Meta(description="canvas template, by id or label")] | None = None
    template_file: (
        Annotated[
            str, Meta(description="FDL that holds the canvas template", extra_json_schema=_URI)
        ]
        | None
    ) = None
    layer: Annotated[Layer, Meta(description="cut this layer out, not scaled")] | None = None
    width: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=131072,
                description="scale so that the framing is so wide and keep what is around it; "
                "with height: fit inside and pad",
            ),
        ]
        | None
    ) = None
    height: Annotated[int, Meta(ge=1, le=131072, description="as width")] | None = None
    fit: Annotated[FitMethod, Meta(description="how the framing meets width and height")] | None = (
        None
    )
    preserve: (
        Annotated[Preserve, Meta(description="outermost layer kept around the framing")] | None
    ) = None
    filter: Annotated[Filter, Meta(description="where pixels are scaled")] = "lanczos3"
    tier: Annotated[Literal["exact", "view"], Meta(description="error budget of colour steps")] = (
        "exact"
    )
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

    @property
    def decides_colour(self) -> bool:
        """Whether it says more of colour than the camera does."""
        return self.amf is not None or bool(self.looks) or self.space == "acescg"

    @property
    def decides(self) -> bool:
        """Whether it says more than the clip does, of colour or of framing."""
        return self.decides_colour or self.fdl is not None or wish_of(self).framing.asks


def wish_of(request: DebayerRequest) -> Wish:
    """What is asked of the clip's pictures."""
    return Wish(
        input=request.input,
        frames=request.frames,
        raw_only=True,
        amf=request.amf,
        fdl=request.fdl,
        looks=request.looks,
        look_space=request.look_space,
        config=request.config,
        output=request.space,
        through=request.through,
        tier=request.tier,
        method=request.method,
        filter=request.filter,
        framing=Framing(
            context=request.context,
            canvas=request.canvas,
            decision=request.decision,
            template=request.template,
            template_file=request.template_file,
            layer=request.layer,
            width=request.width,
            height=request.height,
            fit=request.fit,
            preserve=request.preserve,
        ),
    )


def run(request: DebayerRequest, work: Work) -> Result:
    """Write one EXR a frame, and what decides about them beside; see the module's docstring."""
    from functions.debayer.pipeline import develop_frames
    from functions.debayer.sidecars import write_sidecars

    with open_pictures(wish_of(request), work) as pictures:
        frames = chosen_frames(request, pictures, work)
        if len(frames) > work.limits.frames:
            raise LimitExceeded(
                f"{len(frames)} frames in one unit; this function's limit is {work.limits.frames}",
                field="frames",
            )
        develop_frames(request, pictures, frames, work)
        report = write_sidecars(request, pictures, work)
    return Result(frames=count_frames(frames), report=report)


def explain(request: DebayerRequest, work: Work) -> dict[str, Any]:
    """Frame mapping, canvas, colour steps and output names, from headers only."""
    from functions.debayer.plan import plan_debayer

    with open_pictures(wish_of(request), work) as pictures:
        return plan_debayer(request, pictures, work)


def sources(request: DebayerRequest, store: Store) -> Iterable[Stat]:
    """Stats of the files that hold the wanted frames, and of what decides about them."""
    return picture_sources(wish_of(request), store)


def chosen_frames(request: DebayerRequest, pictures: Pictures, work: Work) -> FrameRange:
    """The frames of the request; what it left out is noted as assumed."""
    frames = pictures.resolve()
    if request.name is None:
        work.assume("name", output_name(request, pictures.facts.name))
    return frames


def output_name(request: DebayerRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or re.sub(r"[^A-Za-z0-9._-]+", "_", clip_name).lstrip("._-") or "clip"


OPERATION = Operation(
    name="debayer",
    request=DebayerRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="camera raw to scene-linear ACES EXR frames",
    shapes=(
        "kernels",
        "functions.media",
        "functions.colour",
        "functions.sidecars",
        "functions.picture",
        "functions.debayer",
    ),
)
