"""The request of transcode, and what follows from it alone."""

from __future__ import annotations

from typing import Annotated, Literal

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.operation import about, names_output
from functions.media.write.codec_profiles import PROFILES, profile_of
from functions.picture.dates import parse_date
from functions.picture.fields import PictureRequest
from functions.picture.picture_spec import PictureSpec


class TranscodeRequest(PictureRequest, frozen=True, kw_only=True):
    """Make a movie of a clip, or of a part of one."""

    output: Annotated[str, about("folder for the movie", uri=True, unit="FOLDER")]
    codec: Annotated[
        str,
        about(
            "prores-proxy, -lt, -422, -hq, -4444, -4444xq; dnxhr-lb, -sq, -hq, -hqx, "
            "-444; h264, h264-10, h264-422-10, h265, h265-10, h265-422-10, av1, av1-10",
            unit="CODEC",
            names=tuple(PROFILES),
        ),
    ] = "prores-422"
    stills: (
        Annotated[
            Literal["jpeg", "png", "tiff", "exr"],
            about(
                "in place of a movie: a file of each frame, <name>.<frame>.jpg; jpeg of 8 "
                "bits, png and tiff of 16, exr of halves"
            ),
        ]
        | None
    ) = None
    quality: (
        Annotated[int, about("of JPEG stills, 1-100; 90 if not said", ge=1, le=100, unit="QUALITY")]
        | None
    ) = None
    container: (
        Annotated[
            Literal["mov", "mp4", "mxf", "mxf-opatom"], about("the codec's usual one if not said")
        ]
        | None
    ) = None
    source: (
        Annotated[
            str,
            about(
                "colour space of the clip, in place of what it says", unit="SPACE", section="Colour"
            ),
        ]
        | None
    ) = None
    space: Annotated[
        str,
        about(
            "colour of the movie: rec709, p3d65, rec2100-pq ...; display is the AMF's "
            "own, rec709 without; source keeps the clip's colour",
            section="Colour",
        ),
    ] = "display"
    tier: Annotated[
        Literal["exact", "view"], about("error budget of colour steps", section="Colour")
    ] = "view"
    burn_in: Annotated[
        tuple[str, ...],
        about(
            "timecode, reel, frame, clip or text=WORDS, each with @bottom, "
            "@top-left ... where not in its usual place",
            unit="WORDS",
            section="Drawn over",
        ),
    ] = ()
    burn_size: (
        Annotated[
            float,
            about(
                "letters, in percent of the picture's shorter side; 5.9 if not said",
                ge=1,
                le=25,
                unit="PERCENT",
                section="Drawn over",
            ),
        ]
        | None
    ) = None
    burn_opacity: (
        Annotated[
            float,
            about("of the words; 1 if not said", ge=0.05, le=1, unit="PART", section="Drawn over"),
        ]
        | None
    ) = None
    burn_area: (
        Annotated[
            str,
            about(
                "the words stand inside: title-safe, action-safe, framing, protection, 2.39",
                unit="AREA",
                section="Drawn over",
            ),
        ]
        | None
    ) = None
    guides: Annotated[
        tuple[str, ...],
        about(
            "lines around framing, protection (of the FDL), 2.39, 16:9, action-safe, title-safe",
            unit="AREA",
            section="Drawn over",
        ),
    ] = ()
    guide_opacity: (
        Annotated[
            float,
            about(
                "of the lines; 0.7 if not said", ge=0.05, le=1, unit="PART", section="Drawn over"
            ),
        ]
        | None
    ) = None
    matte: (
        Annotated[
            str,
            about(
                "darkens what is outside: 2.39, 16:9, framing, protection",
                unit="AREA",
                section="Drawn over",
            ),
        ]
        | None
    ) = None
    matte_opacity: (
        Annotated[
            float,
            about("of the matte; 1 if not said", ge=0.05, le=1, unit="PART", section="Drawn over"),
        ]
        | None
    ) = None
    audio: (
        Annotated[
            Literal["pcm", "aac", "none"], about("pcm in mov and mxf, aac in mp4, if not said")
        ]
        | None
    ) = None
    sound: Annotated[
        tuple[str, ...],
        about(
            "WAV and BWF files of a recorder in place of the clip's own sound, synced by timecode",
            uri=True,
            unit="FILE",
            section="Sound",
        ),
    ] = ()
    sound_sync: Annotated[
        Literal["timecode", "start"],
        about("timecode, or the files begin with the clip", section="Sound"),
    ] = "timecode"
    sound_offset: Annotated[
        int,
        about(
            "of audio_rate by which the files are heard later, below 0 earlier",
            ge=-(2**40),
            le=2**40,
            unit="SAMPLES",
            section="Sound",
        ),
    ] = 0
    sound_speed: Annotated[
        Literal["frames", "samples"],
        about(
            "where recorder and clip count apart, as 24 and 23.976 do: follow the frames "
            "(pull-down), or play the samples at their own rate and drift",
            section="Sound",
        ),
    ] = "frames"
    channels: (
        Annotated[
            str, about("streams of sound by the clip's channels: 1,2;3 (0 = silence)", unit="LIST")
        ]
        | None
    ) = None
    audio_rate: Annotated[int, about("samples a second", ge=8000, le=192_000, unit="HZ")] = 48_000
    only: Annotated[Literal["picture", "sound"], about("one of the two alone")] | None = None
    fields: Annotated[
        Literal["deinterlace", "keep"], about("what becomes of interlaced pictures")
    ] = "deinterlace"
    times: Annotated[
        Literal["conform", "count"],
        about(
            "of a clip with a variable rate: conform repeats and drops pictures to an "
            "even rate, count shows each for one frame"
        ),
    ] = "conform"
    rate: (
        Annotated[
            str,
            about(
                "of stills that carry none: 24, 24000/1001",
                pattern=r"^\d+(/\d+)?$",
                form="write 24 or 24000/1001",
                unit="FPS",
            ),
        ]
        | None
    ) = None
    date: (
        Annotated[
            str,
            about(
                "written into the movie: ISO 8601, or file for the camera's or the source file's "
                "own; none if not said",
                unit="DATE",
            ),
        ]
        | None
    ) = None
    name: (
        Annotated[str, names_output("of the file, without its ending; the clip's if not said")]
        | None
    ) = None

    def __post_init__(self) -> None:
        """Name what cannot be before a clip is opened."""
        from functions.transcode.burn import parse_burn_in

        found = profile_of(self.codec)
        if found is None:
            import difflib

            near = difflib.get_close_matches(self.codec.lower(), PROFILES, 1, 0.5)
            meant = f" (did you mean {near[0]!r}?)" if near else ""
            raise InvalidRequest(
                f"codec {self.codec!r} is none of {', '.join(PROFILES)}{meant}", field="codec"
            )
        profile = found[1]
        self._check_stills()
        if self.container is not None and self.container not in profile.containers:
            raise InvalidRequest(
                f"{profile.title} is written to {', '.join(profile.containers)}, "
                f"not {self.container}",
                field="container",
            )
        for item in self.burn_in:
            parse_burn_in(item)
        self._check_drawn()
        if self.date is not None and self.date != "file":
            parse_date(self.date)
        self._check_sound()
        container = self.container or profile.containers[0]
        if self.audio == "aac" and container.startswith("mxf"):
            raise InvalidRequest("MXF holds PCM: audio is pcm or none", field="audio")
        if self.audio == "pcm" and container == "mp4":
            raise InvalidRequest("PCM goes into mov or mxf, mp4 holds aac", field="audio")

    def _check_drawn(self) -> None:
        """Name areas that are none, and what is said of nothing."""
        from functions.transcode.guides import check_area

        named = [("matte", self.matte), ("burn_area", self.burn_area)]
        for field, text in [*named, *(("guides", text) for text in self.guides)]:
            if text is not None:
                check_area(text, field)
        for field, of in (
            ("burn_size", "burn_in"), ("burn_opacity", "burn_in"), ("burn_area", "burn_in"),
            ("guide_opacity", "guides"), ("matte_opacity", "matte"),
        ):  # fmt: skip
            if getattr(self, field) is not None and not getattr(self, of):
                raise InvalidRequest(f"{field} is of {of}, and there is none", field=field)
        if self.only == "sound" and (self.burn_in or self.guides or self.matte):
            raise InvalidRequest("nothing is drawn over sound", field="only")

    @property
    def draws(self) -> bool:
        """Whether anything is drawn over the pictures."""
        return bool(self.burn_in or self.guides or self.matte)

    def _check_sound(self) -> None:
        """Name what is said of files that nobody names."""
        if not self.sound:
            for name, plain in (
                ("sound_sync", "timecode"), ("sound_offset", 0), ("sound_speed", "frames"),
            ):  # fmt: skip
                if getattr(self, name) != plain:
                    raise InvalidRequest(f"{name} is of sound, and no file is named", field=name)
        elif self.audio == "none" or self.only == "picture":
            raise InvalidRequest("sound is named and left out", field="sound")
        elif len(set(self.sound)) != len(self.sound):
            raise InvalidRequest("a file of sound is named twice", field="sound")

    def _check_stills(self) -> None:
        """Name what stills have no place for."""
        if self.stills is None:
            if self.quality is not None:
                raise InvalidRequest("quality is of JPEG stills: say stills", field="quality")
            return
        if self.quality is not None and self.stills != "jpeg":
            raise InvalidRequest(f"{self.stills} has no quality to choose", field="quality")
        for name in ("container", "audio", "channels", "only", "rate", "sound", "date"):
            if getattr(self, name) not in (None, ()) and (name, self.audio) != ("audio", "none"):
                raise InvalidRequest(f"{name} is of a movie, not of stills", field=name)
        if self.fields == "keep":
            raise InvalidRequest("stills are not written interlaced", field="fields")
        if self.stills == "exr" and self.space not in ("aces", "acescg"):
            raise InvalidRequest(
                "EXR stills hold scene-linear light: say space aces or acescg", field="space"
            )


def picture_spec_of(request: TranscodeRequest) -> PictureSpec:
    """What is asked of the clip's pictures: code values for a display."""
    found = profile_of(request.codec)
    holds = found is not None and found[1].alpha
    if request.stills is not None:
        holds = request.stills != "jpeg"
    # What is drawn over has to be seen.
    holds = holds and not request.draws
    light = request.stills == "exr"
    return request.picture_spec(
        source=request.source,
        output=request.space,
        tier=request.tier,
        upright=True,
        deinterlace=request.fields == "deinterlace",
        through="looks" if light else None,
        alpha=("premultiplied" if light else "straight") if holds else "dropped",
        # Coded pictures may go above 1.0; what a view makes does not.
        samples="half" if light else "shown",
    )


def output_name(request: TranscodeRequest, clip_name: str) -> str:
    """The request's, or the clip's with odd characters replaced."""
    return request.name or uris.legal_name(clip_name)
