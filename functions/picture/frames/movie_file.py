"""Developed pictures, with sound or without, to one movie file: viewing movies and masters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import chain

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest, LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.picture import FieldOrder
from functions.contract.receipt import Output
from functions.media.write.codec_profiles import Container, Profile, profile_of
from functions.media.write.movie import MovieSpec, MovieWriter, Track
from functions.picture.memory import MOVIE_FILE
from functions.picture.pictures import Developed, Pictures

_RATE = Fraction(24)
_WITH_FIELDS = ("prores_ks", "libx264")


def write_movie(
    pictures: Pictures,
    frames: FrameRange,
    work: Work,
    *,
    name: str,
    codec: str,
    container: Container,
    rate: Fraction | None = None,
    before: Iterable[Developed] = (),
    relabel: Callable[[Developed], Developed] = lambda frame: frame,
    tracks: tuple[Track, ...] = (),
    sound: Callable[[int], Sequence[npt.NDArray[np.int32]]] | None = None,
    keep_fields: bool = False,
) -> Output:
    """Encode and commit every frame, display-encoded planes in, tagged as the plan says.

    name : of the output; codec : of `codec_profiles`. Timecode and reel are the clip's; a clip
        that says no rate is taken for 24 frames a second, and the receipt tells.
    rate : frames per second of a clip that says none
    before : pictures that come first, of the size and samples of the others
    relabel : gives a frame the timecode that is written
    tracks, sound : streams, and their samples of a frame by the clip's own number
    keep_fields : an interlaced clip stays so

    Raises LimitExceeded for a picture that the codec cannot hold, InvalidRequest for fields
    that it has no place for.
    """
    found = profile_of(codec)
    assert found is not None, codec
    profile = found[1]
    facts, plan = pictures.facts, pictures.plan
    _check_size(profile, plan.width, plan.height)
    order: FieldOrder = facts.picture.field_order if keep_fields else "progressive"
    if order != "progressive" and profile.encoder not in _WITH_FIELDS:
        raise InvalidRequest(
            f"{profile.title} is not written interlaced: fields is deinterlace", field="fields"
        )
    if facts.rate is None and rate is None:
        work.assume("rate", f"{_RATE} frames per second: the clip says none")
    work.assume("encoder", profile.coder)
    pictures.side_by_side(1, MOVIE_FILE)
    target = work.scratch / f"movie.{container}"
    writer: MovieWriter | None = None
    try:
        made = chain(before, pictures.frames(frames, threads=work.threads))
        for place, frame in enumerate(made):
            if writer is None:
                spec = MovieSpec(
                    container=container,
                    rate=facts.rate or rate or _RATE,
                    profile=profile,
                    width=plan.width,
                    height=plan.height,
                    pixel_aspect=Fraction(plan.pixel_aspect).limit_denominator(1000),
                    primaries=plan.tags.primaries,
                    transfer=plan.tags.transfer,
                    mastering=plan.tags.mastering,
                    content_light=plan.tags.content_light,
                    matrix="bt2020nc" if plan.tags.matrix == "bt2020nc" else "bt709",
                    field_order=order,
                    alpha=plan.alpha is not None,
                    timecode=relabel(frame).timecode,
                    reel=facts.camera.reel,
                    sound=tracks,
                )
                writer = MovieWriter(target, spec, work.threads)
            with work.stage("encode"):
                writer.picture(frame.planes, alpha=frame.alpha, key=place == 0, number=frame.number)
                if sound is not None and tracks:
                    writer.sound(sound(frame.number))
            if frame.number >= frames.start:
                work.progress(frame.number - frames.start + 1, len(frames))
            else:
                work.check()
        assert writer is not None
        with work.stage("encode"):
            writer.__exit__(None, None, None)
    except BaseException as error:
        if writer is not None:
            writer.__exit__(type(error), error, error.__traceback__)
        raise
    return work.commit(name, target)


def _check_size(profile: Profile, width: int, height: int) -> None:
    across = 2 if profile.subsampling in ("420", "422") else 1
    down = 2 if profile.subsampling == "420" else 1
    if width % across or height % down:
        raise LimitExceeded(
            f"{width}x{height} is no size of {profile.title}: ask for an even one", field="width"
        )
