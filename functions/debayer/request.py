"""The request of debayer, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.operation import about, names_output
from functions.picture.fields import PictureRequest
from functions.picture.picture_spec import PictureSpec


class DebayerRequest(PictureRequest, frozen=True, kw_only=True):
    """Debayer a clip, or a part of one."""

    output: Annotated[str, about("folder for the frames", uri=True, unit="FOLDER")]
    compression: Annotated[
        Literal["none", "zips", "zip", "piz", "dwaa", "dwab"],
        about("of the EXR files; dwaa and dwab lose something"),
    ] = "none"
    depth: Annotated[
        Literal["half", "float"],
        about("of the EXR files: half of 16 bit, or float of 32 bit all the way from the sensor"),
    ] = "half"
    space: Annotated[
        Literal["aces", "acescg", "camera"],
        about("ACES2065-1, ACEScg, or white-balanced linear camera RGB", section="Colour"),
    ] = "aces"
    through: (
        Annotated[
            Literal["input", "working", "looks"],
            about(
                "how far the AMF is applied: input leaves its looks to who comes "
                "after; looks, when looks are given",
                section="Colour",
            ),
        ]
        | None
    ) = None
    tier: Annotated[
        Literal["exact", "view"], about("error budget of colour steps", section="Colour")
    ] = "exact"
    name: (
        Annotated[str, names_output("of the files: <name>.<frame>.exr; the clip's if not said")]
        | None
    ) = None

    def __post_init__(self) -> None:
        """Name what cannot be before a clip is opened."""
        if self.depth == "float" and self.compression in ("dwaa", "dwab"):
            raise InvalidRequest(
                f"{self.compression} keeps halves: write floats with none, zips, zip or piz",
                field="depth",
            )

    @property
    def decides_colour(self) -> bool:
        """Whether it says more of colour than the camera does."""
        asked = self.exposure != 0 or self.white is not None or self.idt != "dng"
        return self.amf is not None or bool(self.looks) or self.space == "acescg" or asked

    @property
    def decides(self) -> bool:
        """Whether it says more than the clip does, of colour or of framing."""
        return self.decides_colour or self.fdl is not None or picture_spec_of(self).framing.asks


def picture_spec_of(request: DebayerRequest) -> PictureSpec:
    """What is asked of the clip's pictures."""
    return request.picture_spec(
        raw_only=True,
        output=request.space,
        through=request.through,
        tier=request.tier,
        samples=request.depth,
    )


def output_name(request: DebayerRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or uris.legal_name(clip_name)
