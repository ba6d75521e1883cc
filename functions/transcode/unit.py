"""From pictures and sound to the movie, frame by frame, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, rate_text
from functions.contract.operation import Result, Work, count_frames
from functions.contract.segments import samples_before
from functions.contract.store import Stat
from functions.contract.timecode import Timecode
from functions.media.movie.sound import Sound, mapped_channels
from functions.media.wave.recorded import RecordedSound
from functions.media.write.codec_profiles import holds_timecode
from functions.media.write.movie import MovieSpec, MovieWriter
from functions.picture import Developed, Pictures
from functions.picture.memory import MOVIE_FILE
from functions.picture.unit import PictureUnit
from functions.transcode.burn import Facts
from functions.transcode.guides import burner_of, drawn_report, plan_guides
from functions.transcode.plan import Plan, plan_movie
from functions.transcode.recorded import open_recorded, recorded_report
from functions.transcode.request import TranscodeRequest, picture_spec_of
from functions.transcode.stills import plan_stills, stills_report, write_stills
from functions.transcode.wave import SoundFile, is_sound_file

Planes = npt.NDArray[Any]
_BLOCK = 48_000  # samples of sound at a time where there are no pictures


class TranscodeUnit(PictureUnit[TranscodeRequest]):
    """One movie, or a part of one."""

    def __init__(self, request: TranscodeRequest, work: Work) -> None:
        super().__init__(request, picture_spec_of(request), work)

    def sources(self) -> tuple[Stat, ...]:
        """Those of the pictures, and the sound of recorders."""
        stat = self.work.store.stat
        return (*super().sources(), *(stat(uri) for uri in self.request.sound))

    def run(self) -> Result:
        """Write the movie and commit it; see the docstring of the handler."""
        request, work = self.request, self.work
        if is_sound_file(request.input, work):
            with closing(SoundFile(request, work)) as sound_file:
                return sound_file.write()
        pictures = self.pictures.open()
        if request.stills is not None:
            return write_stills(request, pictures, work)
        with ExitStack() as stack:
            recorded = open_recorded(request, pictures, work)
            if recorded is not None:
                stack.callback(recorded.close)
            plan = plan_movie(request, pictures, work, recorded.streams if recorded else None)
            wanted = pictures.resolve()
            work.limits.check_frames(len(wanted))
            plan = _with_times(request, plan, pictures, wanted, work)
            sound = _sound(request, plan, pictures, wanted, work, stack, recorded)
            target = work.scratch / "movie"
            label = _label(pictures, wanted.start, plan)
            spec = plan.spec(
                pictures.facts, wanted, pictures.plan.pixel_aspect, label,
                plan.tracks if sound is not None else (), pictures=request.only != "sound",
            )  # fmt: skip
            if request.only == "sound" and sound is None:
                raise InvalidRequest("the clip has no sound", field="only")
            _encode(request, plan, pictures, sound, wanted, work, spec, target)
            if recorded is not None and (peaks := recorded.odd()[1]):
                work.assume("peaks", "; ".join(peaks))
            with work.stage("commit"):
                work.commit(plan.name, target)
            target.unlink(missing_ok=True)
            report = _report(request, plan, pictures, wanted, label, sound is not None, recorded)
        return Result(frames=count_frames(wanted), report=report)

    def explain(self) -> dict[str, Any]:
        """Frames, canvas, colour steps, codec, sound and name, from headers only."""
        if is_sound_file(self.request.input, self.work):
            with closing(SoundFile(self.request, self.work)) as sound_file:
                report = sound_file.report()
                return {**report, "outputs": report["sound"]["files"]}
        pictures = self.pictures.open()
        if self.request.stills is not None:
            stills = plan_stills(self.request, pictures, self.work)
            wanted = pictures.resolve()
            told = stills_report(self.request, stills, pictures, wanted)
            names = [told["stills"][place] for place in ("first", "last")]
            return {
                **pictures.plan.report(),
                "frames": str(wanted),
                **told,
                "outputs": list(dict.fromkeys(names)),
            }
        recorded = open_recorded(self.request, pictures, self.work)
        with ExitStack() as stack:
            if recorded is not None:
                stack.callback(recorded.close)
            plan = plan_movie(
                self.request, pictures, self.work, recorded.streams if recorded else None
            )
            wanted = pictures.resolve()
            label = _label(pictures, wanted.start, plan)
            sounds = bool(plan.tracks)
            return {
                **pictures.plan.report(),
                "frames": str(wanted),
                **_report(self.request, plan, pictures, wanted, label, sounds, recorded),
                "outputs": [plan.name],
            }


def _encode(
    request: TranscodeRequest,
    plan: Plan,
    pictures: Pictures,
    sound: Sound | RecordedSound | None,
    wanted: FrameRange,
    work: Work,
    spec: MovieSpec,
    target: Path,
) -> None:
    with MovieWriter(target, spec, work.threads) as movie:
        if request.only == "sound":
            assert sound is not None
            _write_sound(plan, movie, sound, wanted, work)
        else:
            _write(request, plan, pictures, movie, sound, wanted, work)


def _write(
    request: TranscodeRequest,
    plan: Plan,
    pictures: Pictures,
    movie: MovieWriter,
    sound: Sound | RecordedSound | None,
    wanted: FrameRange,
    work: Work,
) -> None:
    guides = plan_guides(request, pictures.plan, plan.width, plan.height)
    burner = burner_of(request, pictures.plan, plan.width, plan.height)
    facts = pictures.facts
    gop = plan.profile.gop
    for done, made in enumerate(_ahead(pictures, wanted, work)):
        lasts = plan.lasts(made.number)
        start = plan.place(made.number)
        if lasts:
            image = made.planes[:, : plan.height, : plan.width]
            with work.stage("encode"):
                guides.draw(image)
                if request.burn_in:
                    burner.draw(
                        image,
                        Facts(made.number, made.timecode, facts.camera.reel, facts.name),
                    )
                # A group begins where the whole movie has one, wherever the part began.
                alpha = made.alpha
                if alpha is not None:
                    alpha = alpha[: plan.height, : plan.width]
                key = not gop or start % gop == 0 or not done
                movie.picture(image, alpha=alpha, key=key, repeat=lasts, number=made.number)
        if sound is not None:
            with work.stage("encode"):
                begin, count = plan.samples(made.number, request.audio_rate)
                movie.sound(mapped_channels(sound.samples(begin, count), plan.chosen))
        work.progress(done + 1, len(wanted))


def _write_sound(
    plan: Plan, movie: MovieWriter, sound: Sound | RecordedSound, wanted: FrameRange, work: Work
) -> None:
    rate = movie.spec.sound[0].rate
    at, _ = plan.samples(wanted.start, rate)
    last, count = plan.samples(wanted.last, rate)
    while at < last + count:
        work.check()
        block = min(_BLOCK, last + count - at)
        with work.stage("encode"):
            movie.sound(mapped_channels(sound.samples(at, block), plan.chosen))
        at += block


def _ahead(pictures: Pictures, wanted: FrameRange, work: Work) -> Iterator[Developed]:
    """Frames, the next one developed while one is encoded where there are cores for it."""
    # With one frame ahead two more are held.
    ahead = pictures.side_by_side(2, MOVIE_FILE) > 1
    if work.threads < 2 or len(wanted) < 2 or not ahead:
        yield from pictures.frames(wanted)
        return
    ring: list[Planes | None] = [None, None, None]
    turn = 0

    def target(made: Developed) -> Planes:
        nonlocal turn
        turn = (turn + 1) % len(ring)
        held = ring[turn]
        shape = (3, made.height, made.width)
        if held is None or held.shape != shape:
            held = ring[turn] = np.empty(shape, pictures_dtype(pictures))
        return held

    frames: Generator[Developed, None, None] = pictures.frames(wanted, target=target)
    with ThreadPoolExecutor(1, thread_name_prefix="develop") as pool:
        step: Callable[[], Developed | None] = lambda: next(frames, None)  # noqa: E731
        coming: Future[Developed | None] = pool.submit(step)
        while (made := coming.result()) is not None:
            coming = pool.submit(step)
            yield made


def pictures_dtype(pictures: Pictures) -> Any:
    """Of the planes that the plan chose: words hold 0.0 to 1.0, floats what is outside too."""
    return np.uint16 if pictures.plan.samples == "word" else np.float32


def _sound(
    request: TranscodeRequest,
    plan: Plan,
    pictures: Pictures,
    wanted: FrameRange,
    work: Work,
    stack: ExitStack,
    recorded: RecordedSound | None,
) -> Sound | RecordedSound | None:
    if not plan.tracks:
        return None
    if wanted.step != 1:
        which = f"every {wanted.step}th frame" if wanted.step else "frames that are picked"
        work.assume("audio", f"none: of {which} there is no sound")
        return None
    if recorded is not None:
        return recorded
    from functions.media.movie.clip import MovieClip
    from functions.media.raw.indexed_movie import IndexedClip

    if not isinstance(pictures.clip, MovieClip | IndexedClip):
        return None
    sound = Sound(pictures.clip, request.audio_rate, work.limits.pixels)
    stack.callback(sound.close)
    return sound


def _with_times(
    request: TranscodeRequest, plan: Plan, pictures: Pictures, wanted: FrameRange, work: Work
) -> Plan:
    """Where each picture of a movie of unequal times stands in an even one."""
    if not pictures.facts.picture.variable:
        return plan
    if request.times == "count":
        work.assume("times", "the rate varies: each picture is shown for one frame")
        return plan
    from functions.media.movie.times import even_places, shown_times

    times = shown_times(pictures.clip)
    if times is None:
        return plan
    places = even_places(times, plan.rate)
    if wanted.last + 1 - plan.first >= len(places):
        return plan  # fewer pictures than the header claims: reading them will say so
    if places == list(range(len(places))):
        work.assume("times", f"the rate varies by less than a frame of {rate_text(plan.rate)}")
        return plan
    steps = [b - a for a, b in pairwise(places)]
    work.assume(
        "times",
        f"the rate varies: made even at {rate_text(plan.rate)}, "
        f"{sum(s - 1 for s in steps if s > 1)} frames repeated, "
        f"{sum(s == 0 for s in steps)} pictures left out",
    )
    return replace(plan, places=places)


def _label(pictures: Pictures, number: int, plan: Plan) -> Timecode | None:
    """Timecode of the first frame. MXF has one always: of a clip without it counts from zero,
    in a part too, or parts would not join."""
    start = pictures.facts.start
    if start is None and plan.container.startswith("mxf"):
        start = Timecode(0, plan.rate)
    if start is None or not holds_timecode(plan.rate):
        return None
    return start + plan.place(number)


def _drawn_report(request: TranscodeRequest, pictures: Pictures, plan: Plan) -> dict[str, Any]:
    guides = plan_guides(request, pictures.plan, plan.width, plan.height)
    burner = burner_of(request, pictures.plan, plan.width, plan.height)
    return drawn_report(request, guides, burner)


def _report(
    request: TranscodeRequest,
    plan: Plan,
    pictures: Pictures,
    wanted: FrameRange,
    label: Timecode | None,
    sounds: bool,
    recorded: RecordedSound | None,
) -> dict[str, Any]:
    profile = plan.profile
    count = plan.place(wanted.last) + plan.lasts(wanted.last) - plan.place(wanted.start)
    if wanted.step != 1:
        count = len(wanted)
    places = plan.place(wanted.start), plan.place(wanted.last) + plan.lasts(wanted.last)
    return {
        "clip": pictures.clip_report(),
        "movie": {
            "name": plan.name,
            "codec": profile.title,
            "encoder": profile.coder,
            "container": plan.container,
            "pixel_format": profile.pixel_format,
            "width": plan.width,
            "height": plan.height,
            "rate": rate_text(plan.rate),
            "frames": count,
            "timecode": None if label is None else str(label),
            "reel": pictures.facts.camera.reel,
            "fields": plan.field_order,
            "colour": [plan.tags.primaries, plan.tags.transfer, plan.matrix],
            "sound": [
                {
                    "channels": t.channels,
                    "rate": t.rate,
                    "codec": "pcm_s24le" if t.pcm else "aac",
                    "samples": samples_before(places[1], plan.rate, t.rate)
                    - samples_before(places[0], plan.rate, t.rate),
                }
                for t in (plan.tracks if sounds else ())
            ],
        },
        **_drawn_report(request, pictures, plan),
        **recorded_report(recorded, plan, wanted),
        "remarks": list(pictures.plan.notes),
    }
