"""debayer: camera raw in, a sequence of scene-linear half-float EXR out.

Levels, white balance, demosaic, camera matrix to ACES2065-1 and half float happen in one
pass over each frame; an AMF's looks and an FDL's framing are obeyed where they are given, and
what was done is said in the AMF and FDL beside the frames. Threads share the unit by runs of
neighbouring frames, each with its own reader and buffers, so that reading, kernels, encoding
and writing overlap and the bytes of a frame never depend on how a clip was split.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from functions.contract import uris
from functions.contract.errors import LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Operation, Result, Work, count_frames
from functions.contract.store import Stat, Store
from functions.picture.fields import PictureRequest
from functions.picture.picture_request import Wish

if TYPE_CHECKING:
    from functions.picture import Pictures

_URI = {"format": "uri"}


class DebayerRequest(PictureRequest, frozen=True, kw_only=True):
    """Debayer a clip, or a part of one."""

    output: Annotated[str, Meta(description="folder for the frames", extra_json_schema=_URI)]
    compression: Annotated[
        Literal["none", "zips", "zip", "piz"], Meta(description="of the EXR files")
    ] = "none"
    space: Annotated[
        Literal["aces", "acescg", "camera"],
        Meta(description="ACES2065-1, ACEScg, or white-balanced linear camera RGB"),
    ] = "aces"
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
    return request.wish(
        raw_only=True, output=request.space, through=request.through, tier=request.tier
    )


def run(request: DebayerRequest, work: Work) -> Result:
    """Write one EXR a frame, and what decides about them beside; see the module's docstring."""
    from functions.debayer.pipeline import develop_frames
    from functions.debayer.sidecars import write_sidecars
    from functions.picture import open_pictures

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
    from functions.picture import open_pictures

    with open_pictures(wish_of(request), work) as pictures:
        return plan_debayer(request, pictures, work)


def sources(request: DebayerRequest, store: Store) -> Iterable[Stat]:
    """Stats of the files that hold the wanted frames, and of what decides about them."""
    from functions.picture import picture_sources

    return picture_sources(wish_of(request), store)


def chosen_frames(request: DebayerRequest, pictures: Pictures, work: Work) -> FrameRange:
    """The frames of the request; what it left out is noted as assumed."""
    frames = pictures.resolve()
    if request.name is None:
        work.assume("name", output_name(request, pictures.facts.name))
    return frames


def output_name(request: DebayerRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or uris.legal_name(clip_name)


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
    loads=(
        "functions.debayer.pipeline",
        "functions.debayer.sidecars",
        "functions.picture.plan.make",
        "functions.picture.plan.sources",
    ),
)
