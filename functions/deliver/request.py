"""The request of deliver, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.operation import about, names_output
from functions.picture import PictureSpec
from functions.picture.fields import PictureRequest
from functions.picture.plan.masters import PROFILES, Profile

_ABOUT = "; ".join(f"{name}: {profile.about}" for name, profile in PROFILES.items())


class DeliverRequest(PictureRequest, frozen=True, kw_only=True):
    """Make a master."""

    output: Annotated[str, about("folder for the master", uri=True, unit="FOLDER")]
    profile: Annotated[
        Literal[
            "aces-exr", "p3d65-pq-tiff", "rec709-dpx", "prores-4444", "prores-422-hq", "dnxhr-444"
        ],
        about(_ABOUT),
    ]
    source: (
        Annotated[
            str,
            about(
                "colour space of the clip, in place of what it says", unit="SPACE", section="Colour"
            ),
        ]
        | None
    ) = None
    compression: Annotated[Literal["none", "zips", "zip", "piz"], about("of EXR masters")] = "zip"
    start: (
        Annotated[
            int,
            about("number of the first frame on the timeline", ge=0, le=9_999_999, unit="FRAME"),
        ]
        | None
    ) = None
    timecode: (
        Annotated[
            str,
            about(
                "of the first frame on the timeline; the clip's own if not said", unit="HH:MM:SS:FF"
            ),
        ]
        | None
    ) = None
    slate: (
        Annotated[int, about("frames of slate before all else", ge=1, le=10_000, unit="FRAMES")]
        | None
    ) = None
    leader: (
        Annotated[
            int,
            about("frames of leader between slate and programme", ge=1, le=10_000, unit="FRAMES"),
        ]
        | None
    ) = None
    leader_picture: Annotated[Literal["countdown", "black"], about("what the leader shows")] = (
        "countdown"
    )
    thumbnail: Annotated[bool, about("the programme's first frame on the slate")] = False
    chart: Annotated[
        bool, about("the framing on the slate: its corners, the picture's edge and middle")
    ] = False
    title: Annotated[str, about("on the slate; the name if not said")] | None = None
    show: Annotated[str, about("on the slate")] | None = None
    shot: Annotated[str, about("on the slate", unit="NAME")] | None = None
    date: Annotated[str, about("on the slate: as it is written there", unit="DATE")] | None = None
    note: Annotated[str, about("on the slate")] | None = None
    audio: Annotated[Literal["pcm", "none"], about("sound of movies")] = "pcm"
    channels: (
        Annotated[
            str, about("streams of sound by the clip's channels: 1,2;3 (0 = silence)", unit="LIST")
        ]
        | None
    ) = None
    fields: Annotated[
        Literal["deinterlace", "keep"], about("what becomes of interlaced pictures")
    ] = "deinterlace"
    rate: (
        Annotated[
            str,
            about(
                "of a clip that carries none: 24, 24000/1001",
                pattern=r"^[1-9]\d{0,6}(/[1-9]\d{0,6})?$",
                form="write 24 or 24000/1001",
                unit="FPS",
            ),
        ]
        | None
    ) = None
    whole: (
        Annotated[
            str,
            about(
                "frames of the whole master, where `frames` are a part of it: its "
                "numbers, names, slate and leader follow from them",
                unit="RANGE",
            ),
        ]
        | None
    ) = None
    only: (
        Annotated[
            Literal["picture", "sidecars"],
            about("the frames or movie alone, or what stands beside them"),
        ]
        | None
    ) = None
    name: (
        Annotated[str, names_output("of the files: <name>.<frame>.<ext>; the clip's if not said")]
        | None
    ) = None

    def __post_init__(self) -> None:
        """Name what has no place before a clip is opened."""
        if self.slate is None:
            for field in ("title", "show", "shot", "date", "note", "thumbnail", "chart"):
                if getattr(self, field) not in (None, False):
                    raise InvalidRequest(
                        f"{field} is written on the slate: say `slate`, its frames", field=field
                    )
        if self.leader is None and self.leader_picture != "countdown":
            raise InvalidRequest(
                "leader_picture is of a leader: say `leader`, its frames", field="leader_picture"
            )
        if self.channels is not None and (self.made.kind != "movie" or self.audio == "none"):
            raise InvalidRequest("channels are of a movie with sound", field="channels")
        if self.whole is not None and self.frames is None:
            raise InvalidRequest("whole is said of a part: say its `frames`", field="whole")

    @property
    def made(self) -> Profile:
        """What the profile's name means."""
        return PROFILES[self.profile]


def picture_spec_of(request: DeliverRequest) -> PictureSpec:
    """The profile's colour with every look of the decisions, exactly."""
    profile = request.made
    words = profile.kind != "exr"
    return request.picture_spec(
        source=request.source,
        output=profile.output,
        through="looks" if profile.output == "aces" else None,
        tier="exact",
        upright=True,
        deinterlace=request.fields == "deinterlace",
        alpha=profile.alpha,
        samples="word" if words else "half",
    )


def output_name(request: DeliverRequest, clip_name: str) -> str:
    """The base name of the files: the request's, or the clip's with odd characters replaced."""
    return request.name or uris.legal_name(clip_name)
