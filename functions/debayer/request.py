"""The request of debayer, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from functions.contract import uris
from functions.picture.fields import PictureRequest
from functions.picture.picture_request import Wish

_URI = {"format": "uri"}


class DebayerRequest(PictureRequest, frozen=True, kw_only=True):
    """Debayer a clip, or a part of one."""

    output: Annotated[str, Meta(description="folder for the frames", extra_json_schema=_URI)]
    compression: Annotated[
        Literal["none", "zips", "zip", "piz", "dwaa", "dwab"],
        Meta(description="of the EXR files; dwaa and dwab lose something"),
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


def output_name(request: DebayerRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or uris.legal_name(clip_name)
