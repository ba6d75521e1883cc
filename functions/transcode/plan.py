"""What a transcode makes, from headers: codec, canvas, rate, timecode, tags, sound."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from functions.contract.clip import ClipFacts
from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, rate_text
from functions.contract.operation import Work
from functions.contract.picture import AudioFacts, ColourTags, FieldOrder
from functions.contract.segments import samples_before
from functions.media.movie.channel_layouts import kept_layouts
from functions.media.movie.sound import channel_map
from functions.media.write.codec_profiles import (
    EXTENSIONS,
    Container,
    Profile,
    holds_timecode,
    profile_of,
    written_transfer,
)
from functions.media.write.movie import MovieSpec, Track
from functions.picture import Pictures
from functions.picture.dates import date_in, parse_date
from functions.transcode.request import TranscodeRequest, output_name

_STILL_RATE = Fraction(24)
_PLAIN_LAYOUTS = ("mono", "stereo")
_MOST_CHANNELS = 32
_WITH_FIELDS = ("prores_ks", "libx264")


@dataclass(frozen=True, slots=True)
class Plan:
    """name : of the file, with its ending
    first : the clip's own first number, from which frames of the movie are counted
    chosen : (stream, channel) of each channel written, stream by stream
    places : frame of the movie at which each of the clip's pictures begins; None: one each
    """

    name: str
    profile: Profile
    container: Container
    rate: Fraction
    width: int
    height: int
    tags: ColourTags
    matrix: str
    field_order: FieldOrder
    first: int
    chosen: list[list[tuple[int, int]]]
    tracks: tuple[Track, ...]
    places: list[int] | None = None
    alpha: bool = False
    created: datetime | None = None

    def place(self, number: int) -> int:
        """Frame of the whole movie at which a picture begins."""
        at = number - self.first
        return at if self.places is None else self.places[at]

    def lasts(self, number: int) -> int:
        """Frames for which a picture is shown."""
        return 1 if self.places is None else self.place(number + 1) - self.place(number)

    def samples(self, number: int, rate: int) -> tuple[int, int]:
        """First sample of sound of a picture, and how many."""
        start = samples_before(self.place(number), self.rate, rate)
        stop = samples_before(self.place(number) + self.lasts(number), self.rate, rate)
        return start, stop - start

    def spec(self, facts: ClipFacts, wanted: FrameRange, pixel_aspect: float, label: Any,
             sound: tuple[Track, ...], *, pictures: bool) -> MovieSpec:  # fmt: skip
        """For the writer. label : timecode of the first frame."""
        return MovieSpec(
            container=self.container,
            rate=self.rate,
            profile=self.profile if pictures else None,
            width=self.width,
            height=self.height,
            pixel_aspect=Fraction(pixel_aspect).limit_denominator(1000),
            primaries=self.tags.primaries,
            transfer=self.tags.transfer,
            mastering=self.tags.mastering,
            content_light=self.tags.content_light,
            matrix=self.matrix,
            field_order=self.field_order,
            alpha=self.alpha and pictures,
            timecode=label,
            reel=facts.camera.reel,
            created=self.created,
            sound=sound,
        )


def plan_movie(
    request: TranscodeRequest,
    pictures: Pictures,
    work: Work,
    recorded: tuple[AudioFacts, ...] | None = None,
) -> Plan:
    """What is made. recorded : streams of sound in place of the clip's own

    Raises InvalidRequest, UnsupportedMedia for what does not fit together."""
    facts = pictures.facts
    found = profile_of(request.codec)
    assert found is not None  # the request has been checked
    profile = found[1]
    container = request.container or profile.containers[0]
    if pictures.plan.scene_linear:
        raise InvalidRequest(
            f"{pictures.plan.output} is scene-linear light, which no movie holds: "
            "name a display in `space`",
            field="space",
        )
    name = output_name(request, facts.name)
    if request.name is None:
        work.assume("name", name)
    if request.container is None:
        work.assume("container", container)
    if facts.start is None and container.startswith("mxf"):
        work.assume("timecode", "00:00:00:00 where the clip begins: it has none, MXF always has")
    tags = pictures.plan.tags
    matrix = tags.matrix or ("bt2020nc" if tags.primaries == "bt2020" else "bt709")
    if matrix not in ("bt709", "bt2020nc"):
        work.assume("matrix", f"bt709, in place of {matrix}")
        matrix = "bt709"
    if tags.mastering is not None:
        if container not in ("mov", "mp4"):
            work.assume("mastering", f"the mastering display is not written: {container}")
        if tags.content_light is None:
            work.assume("content_light", "MaxCLL and MaxFALL are not known before all is rendered")
    across, down = {"444": (1, 1), "422": (2, 1), "420": (2, 2)}[profile.subsampling]
    width = pictures.plan.width // across * across
    height = pictures.plan.height // down * down
    if (width, height) != (pictures.plan.width, pictures.plan.height):
        work.assume(
            "size",
            f"{width}x{height}: {profile.title} holds no odd sides, the last "
            f"{'column' if width != pictures.plan.width else 'row'} is left out",
        )
    if tags.transfer is not None and written_transfer(profile, tags.transfer) is None:
        work.assume("transfer", f"not tagged: {profile.title} has no number for {tags.transfer}")
    rate = rate_of(request, facts, work)
    if facts.start is not None and not holds_timecode(rate):
        work.assume("timecode", f"not written: no track of it counts {rate_text(rate)} a second")
    chosen, tracks = _sound(
        request, facts.picture.audio if recorded is None else recorded, container, work
    )
    return Plan(
        name=f"{name}.{EXTENSIONS[container]}",
        profile=profile,
        container=container,
        rate=rate,
        width=width,
        height=height,
        tags=tags,
        matrix=matrix,
        field_order=_fields(request, pictures, work),
        alpha=pictures.plan.alpha is not None,
        created=_created(request, facts, work),
        first=pictures.there().start,
        chosen=chosen,
        tracks=tracks,
    )


def _created(request: TranscodeRequest, facts: ClipFacts, work: Work) -> datetime | None:
    """The movie's date; None is not written. Raises InvalidRequest where the file has none."""
    if request.date is None:
        return None
    if request.date != "file":
        return parse_date(request.date)
    found = date_in(facts.camera.captured) or date_in(facts.picture.created)
    if found is None:
        raise InvalidRequest(f"{facts.name} says no date of its own", field="date")
    work.assume("date", found.isoformat())
    return found


def rate_of(request: TranscodeRequest, facts: ClipFacts, work: Work) -> Fraction:
    """Frames a second of the movie."""
    if facts.rate is not None:
        return facts.rate
    if request.rate is not None:
        try:
            return Fraction(request.rate)
        except ZeroDivisionError as error:
            raise InvalidRequest(f"rate {request.rate!r} is none", field="rate") from error
    work.assume("rate", f"{rate_text(_STILL_RATE)}: the clip carries none")
    return _STILL_RATE


def _fields(request: TranscodeRequest, pictures: Pictures, work: Work) -> FieldOrder:
    order = pictures.facts.picture.field_order
    if order == "progressive":
        return order
    if request.fields == "deinterlace":
        work.assume("fields", f"interlaced ({order}): one picture of each two fields, by bwdif")
        return "progressive"
    found = profile_of(request.codec)
    if found is not None and found[1].encoder not in _WITH_FIELDS:
        raise InvalidRequest(
            f"{found[1].title} is not written interlaced: fields is deinterlace", field="fields"
        )
    return order


def _sound(
    request: TranscodeRequest,
    streams: tuple[AudioFacts, ...],
    container: Container,
    work: Work,
) -> tuple[list[list[tuple[int, int]]], tuple[Track, ...]]:
    if request.audio == "none" or request.only == "picture" or not streams:
        if request.channels is not None and not streams:
            raise InvalidRequest("the clip has no sound to take channels of", field="channels")
        return [], ()
    if container == "mxf-opatom" and request.only != "sound":
        work.assume("audio", "none: OP-Atom holds one stream a file")
        return [], ()
    pcm = (request.audio or ("aac" if container == "mp4" else "pcm")) == "pcm"
    if request.audio is None:
        work.assume("audio", "pcm" if pcm else "aac")
    chosen = channel_map(request.channels, streams)
    if container == "mxf-opatom" and [len(places) for places in chosen] != [1]:
        raise InvalidRequest(
            "OP-Atom holds one channel of sound a file: `channels` chooses it, such as 1",
            field="channels",
        )
    if not pcm and any(len(places) > 2 for places in chosen):
        # Which loudspeaker a channel is for, camera files do not say, and AAC must.
        chosen = [places[at : at + 2] for places in chosen for at in range(0, len(places), 2)]
        work.assume("channels", "pairs: AAC of more than two wants to know their loudspeakers")
    if any(len(places) > _MOST_CHANNELS for places in chosen):
        raise InvalidRequest(
            f"a stream holds at most {_MOST_CHANNELS} channels, `channels` chooses",
            field="channels",
        )
    rates = sorted({s.rate for s in streams} - {request.audio_rate})
    if rates:
        told = ", ".join(str(rate) for rate in rates)
        work.assume("audio_rate", f"{request.audio_rate}, resampled from {told}")
    layouts, lost = kept_layouts(streams, chosen)
    if not pcm or container.startswith("mxf"):  # which is written without names of channels
        lost += tuple(name for name in layouts if pcm and name and name not in _PLAIN_LAYOUTS)
        layouts = (None,) * len(chosen)
    if lost:
        work.assume("channel_layout", f"left out, channels are not named: {', '.join(lost)}")
    tracks = tuple(
        Track(channels=len(places), rate=request.audio_rate, pcm=pcm, layout=layout)
        for places, layout in zip(chosen, layouts, strict=True)
    )
    return chosen, tracks
