"""The request of transcode, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.picture.fields import PictureRequest
from functions.picture.picture_request import Wish

_URI = {"format": "uri"}


class TranscodeRequest(PictureRequest, frozen=True, kw_only=True):
    """Make a movie of a clip, or of a part of one."""

    output: Annotated[str, Meta(description="folder for the movie", extra_json_schema=_URI)]
    codec: Annotated[
        str,
        Meta(
            description="prores-proxy, -lt, -422, -hq, -4444, -4444xq; dnxhr-lb, -sq, -hq, -hqx, "
            "-444; h264, h264-10, h264-422-10, h265, h265-10, h265-422-10, av1, av1-10"
        ),
    ] = "prores-422"
    container: (
        Annotated[
            Literal["mov", "mp4", "mxf", "mxf-opatom"],
            Meta(description="the codec's usual one if not said"),
        ]
        | None
    ) = None
    source: (
        Annotated[str, Meta(description="colour space of the clip, in place of what it says")]
        | None
    ) = None
    space: Annotated[
        str,
        Meta(
            description="colour of the movie: rec709, p3d65, rec2100-pq ...; display is the AMF's "
            "own, rec709 without; source keeps the clip's colour"
        ),
    ] = "display"
    tier: Annotated[Literal["exact", "view"], Meta(description="error budget of colour steps")] = (
        "view"
    )
    burn_in: Annotated[
        tuple[str, ...],
        Meta(
            description="timecode, reel, frame, clip or text=WORDS, each with @bottom, "
            "@top-left ... where not in its usual place"
        ),
    ] = ()
    audio: (
        Annotated[
            Literal["pcm", "aac", "none"],
            Meta(description="pcm in mov and mxf, aac in mp4, if not said"),
        ]
        | None
    ) = None
    channels: (
        Annotated[
            str, Meta(description="streams of sound by the clip's channels: 1,2;3 (0 = silence)")
        ]
        | None
    ) = None
    audio_rate: Annotated[int, Meta(description="samples a second", ge=8000, le=192_000)] = 48_000
    only: (
        Annotated[Literal["picture", "sound"], Meta(description="one of the two alone")] | None
    ) = None
    fields: Annotated[
        Literal["deinterlace", "keep"], Meta(description="what becomes of interlaced pictures")
    ] = "deinterlace"
    times: Annotated[
        Literal["conform", "count"],
        Meta(
            description="of a clip with a variable rate: conform repeats and drops pictures to an "
            "even rate, count shows each for one frame"
        ),
    ] = "conform"
    rate: (
        Annotated[
            str,
            Meta(description="of stills that carry none: 24, 24000/1001", pattern=r"^\d+(/\d+)?$"),
        ]
        | None
    ) = None
    name: (
        Annotated[
            str,
            Meta(
                description="of the file, without its ending; the clip's if not said",
                pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$",
            ),
        ]
        | None
    ) = None

    def __post_init__(self) -> None:
        """Name what cannot be before a clip is opened."""
        from functions.media.write.codec_profiles import PROFILES, profile_of
        from functions.transcode.burn import parse_burn_in

        found = profile_of(self.codec)
        if found is None:
            raise InvalidRequest(
                f"codec {self.codec!r} is none of {', '.join(PROFILES)}", field="codec"
            )
        profile = found[1]
        if self.container is not None and self.container not in profile.containers:
            raise InvalidRequest(
                f"{profile.title} is written to {', '.join(profile.containers)}, "
                f"not {self.container}",
                field="container",
            )
        for item in self.burn_in:
            parse_burn_in(item)
        container = self.container or profile.containers[0]
        if self.audio == "aac" and container.startswith("mxf"):
            raise InvalidRequest("MXF holds PCM: audio is pcm or none", field="audio")
        if self.audio == "pcm" and container == "mp4":
            raise InvalidRequest("PCM goes into mov or mxf, mp4 holds aac", field="audio")


def wish_of(request: TranscodeRequest) -> Wish:
    """What is asked of the clip's pictures: code values for a display."""
    from functions.media.write.codec_profiles import profile_of

    found = profile_of(request.codec)
    # A burn-in has to be seen.
    holds = found is not None and found[1].alpha and not request.burn_in
    return request.wish(
        source=request.source,
        output=request.space,
        tier=request.tier,
        upright=True,
        deinterlace=request.fields == "deinterlace",
        alpha="straight" if holds else "dropped",
        # Coded pictures may go above 1.0; what a view makes does not.
        samples="shown",
    )


def output_name(request: TranscodeRequest, clip_name: str) -> str:
    """The request's, or the clip's with odd characters replaced."""
    return request.name or uris.legal_name(clip_name)
