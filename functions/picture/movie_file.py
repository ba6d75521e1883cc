"""Developed pictures to one movie file without sound: viewing movies and masters."""

from __future__ import annotations

from fractions import Fraction

from functions.contract.errors import LimitExceeded
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.receipt import Output
from functions.media.codec_profiles import Container, profile_of
from functions.media.movie_out import MovieSpec, MovieWriter
from functions.picture.opened import Pictures

_RATE = Fraction(24)


def write_movie(
    pictures: Pictures,
    frames: FrameRange,
    work: Work,
    *,
    name: str,
    codec: str,
    container: Container,
) -> Output:
    """Encode and commit every frame, display-encoded planes in, tagged as the plan says.

    name : of the output; codec : of `codec_profiles`. Timecode and reel are the clip's; a clip
        that says no rate is taken for 24 frames a second, and the receipt tells.

    Raises LimitExceeded for a picture that the codec cannot hold.
    """
    found = profile_of(codec)
    assert found is not None, codec
    profile = found[1]
    facts, plan = pictures.facts, pictures.plan
    across = 2 if profile.subsampling in ("420", "422") else 1
    down = 2 if profile.subsampling == "420" else 1
    if plan.width % across or plan.height % down:
        raise LimitExceeded(
            f"{plan.width}x{plan.height} is no size of {profile.title}: ask for an even one",
            field="width",
        )
    if facts.rate is None:
        work.assume("rate", f"{_RATE} frames per second: the clip says none")
    target = work.scratch / f"movie.{container}"
    writer: MovieWriter | None = None
    try:
        for place, frame in enumerate(pictures.frames(frames, threads=work.threads)):
            if writer is None:
                spec = MovieSpec(
                    container=container,
                    rate=facts.rate or _RATE,
                    profile=profile,
                    width=plan.width,
                    height=plan.height,
                    primaries=plan.tags.primaries,
                    transfer=plan.tags.transfer,
                    matrix="bt2020nc" if plan.tags.matrix == "bt2020nc" else "bt709",
                    alpha=plan.alpha is not None,
                    timecode=frame.timecode,
                    reel=facts.camera.reel,
                )
                writer = MovieWriter(target, spec)
            with work.stage("encode"):
                writer.picture(frame.planes, alpha=frame.alpha, key=place == 0)
            work.progress(place + 1, len(frames))
        assert writer is not None
        with work.stage("encode"):
            writer.__exit__(None, None, None)
    except BaseException as error:
        if writer is not None:
            writer.__exit__(type(error), error, error.__traceback__)
        raise
    return work.commit(name, target)
