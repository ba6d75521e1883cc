"""deliver: masters by named profile, from raw clips, movies and stills.

A profile says file, colour and depth; the request may add framing, looks, name and the
number of the first frame on the timeline. Colour is of the exact tier: within half a code
value of 10 bits of OpenColorIO, two half-float units for scene-linear light.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from msgspec import Meta

from functions.contract import uris
from functions.contract.operation import Operation, Result, Work
from functions.contract.store import Stat, Store
from functions.deliver.profiles import PROFILES, Profile
from functions.picture import Wish, picture_sources
from functions.picture.fields import PictureRequest

_URI = {"format": "uri"}
_ABOUT = "; ".join(f"{name}: {profile.about}" for name, profile in PROFILES.items())


class DeliverRequest(PictureRequest, frozen=True, kw_only=True):
    """Make a master."""

    output: Annotated[str, Meta(description="folder for the master", extra_json_schema=_URI)]
    profile: Annotated[
        Literal[
            "aces-exr", "p3d65-pq-tiff", "rec709-dpx", "prores-4444", "prores-422-hq", "dnxhr-444"
        ],
        Meta(description=_ABOUT),
    ]
    source: (
        Annotated[str, Meta(description="colour space of the clip, in place of what it says")]
        | None
    ) = None
    compression: Annotated[
        Literal["none", "zips", "zip", "piz"], Meta(description="of EXR masters")
    ] = "zip"
    start: (
        Annotated[
            int,
            Meta(description="number of the first frame on the timeline", ge=0, le=9_999_999),
        ]
        | None
    ) = None
    name: (
        Annotated[
            str,
            Meta(
                description="of the files: <name>.<frame>.<ext>; the clip's if not said",
                pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$",
            ),
        ]
        | None
    ) = None

    @property
    def made(self) -> Profile:
        """What the profile's name means."""
        return PROFILES[self.profile]


def wish_of(request: DeliverRequest) -> Wish:
    """The profile's colour with every look of the decisions, exactly."""
    profile = request.made
    words = profile.kind != "exr"
    return request.wish(
        source=request.source,
        output=profile.output,
        through="looks" if profile.output == "aces" else None,
        tier="exact",
        upright=True,
        alpha=profile.alpha,
        samples="word" if words else "half",
    )


def run(request: DeliverRequest, work: Work) -> Result:
    """Write the master, and the AMF and FDL that say what was done."""
    from functions.deliver.masters import make_master

    return make_master(request, work)


def explain(request: DeliverRequest, work: Work) -> dict[str, Any]:
    """Names, numbers, canvas and colour steps, from headers only."""
    from functions.deliver.masters import plan_master

    return plan_master(request, work)


def sources(request: DeliverRequest, store: Store) -> Iterable[Stat]:
    """Stats of the files that hold the wanted frames, and of what decides about them."""
    return picture_sources(wish_of(request), store)


def output_name(request: DeliverRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or uris.tidy(clip_name)


OPERATION = Operation(
    name="deliver",
    request=DeliverRequest,
    run=run,
    explain=explain,
    sources=sources,
    summary="masters by named profile: ACES EXR, PQ TIFF, DPX, ProRes, DNxHR",
    shapes=(
        "kernels",
        "functions.media",
        "functions.colour",
        "functions.sidecars",
        "functions.picture",
        "functions.deliver",
    ),
    loads=("functions.deliver.masters", "functions.picture.planning", "functions.picture.sources"),
)
