"""From a spec to developed pictures."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from functools import cached_property
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.camera import CameraRecord
from functions.contract.clip import Clip, ClipFacts, RawFrame, Reading
from functions.contract.errors import UnsupportedMedia
from functions.contract.frames import FrameRange, rate_text
from functions.contract.operation import Work
from functions.contract.picture import Picture
from functions.contract.store import Stat, remembered
from functions.contract.timecode import Timecode
from functions.media import clip_files
from functions.media.decoder.shown_by import damage_shown_by
from functions.picture.memory import BASE, EXR_FILE, frame_bytes
from functions.picture.picture_spec import PictureSpec
from functions.picture.plan.sidecar_files import SidecarFiles

if TYPE_CHECKING:
    from functions.media.open.clip_files import ClipFiles
    from functions.picture.frames.renderer import Maker, Recipe
    from functions.picture.plan.values import Plan

# Spaces whose Y'CbCr is BT.2020's own; lines from which that of any other is BT.709's.
_OF_2020, _HD_LINES = ("bt2020", "rec2100-pq", "rec2100-hlg"), 720
_EMPTY = np.empty((3, 0, 0), np.float16)


class Developed(msgspec.Struct):
    """One developed picture. Its arrays may be reused for the next one: copy to keep.

    number : the clip's own number of the frame
    width, height : of the planes
    planes : (3, h, w) of the spec's samples, R, G, B (or B, G, R where asked); the samples
        of a row stand together
    alpha : (h, w) of the same type, where the plan has one: `plan.alpha` says how the colours
        stand to it. Its memory may be used again, but not where the caller brings its own planes
    timecode : this frame's own label, else the clip's start plus its place; None without
    camera : this frame's own record, for camera raw; else the clip's
    """

    number: int
    width: int
    height: int
    planes: npt.NDArray[Any]
    timecode: Timecode | None
    camera: CameraRecord
    alpha: npt.NDArray[Any] | None = None


Target = Callable[[Developed], npt.NDArray[Any]]
"""Gives the array that the frame is made into, (3, h, w) of the spec's samples; it is called
with everything of the frame known but its planes, which are empty."""


class Pictures:
    """A clip with its decisions, opened when it is first asked of; a context manager.

    beside : pictures of the same clip and sidecars after another spec: they share both, and
        whoever made them closes the clip
    """

    def __init__(self, spec: PictureSpec, work: Work, beside: Pictures | None = None) -> None:
        self._spec = spec
        self._work = work
        self._own = beside is None
        self._clip: ClipFiles = (
            beside._clip
            if beside
            else clip_files(
                spec.input, work, Reading(part=spec.part, view=spec.view, lens=spec.lens)
            )
        )
        self._lock = Lock()
        self._later_notes: dict[str, int] = {}
        self._sidecars: SidecarFiles = beside._sidecars if beside else SidecarFiles(work.store)

    def open(self) -> Self:
        """Read headers and plan, so that what cannot be done is known. Raises as
        `open_pictures`."""
        self._planned  # noqa: B018
        return self

    @property
    def clip(self) -> Clip:
        """The clip whose headers were read, for its sound and its times; not to be closed."""
        return self._clip.clip

    @cached_property
    def facts(self) -> ClipFacts:
        """What the clip's headers say."""
        facts = self._clip.clip.facts
        if facts.undecodable:
            raise UnsupportedMedia(f"{facts.name}: {facts.undecodable}", uri=self._spec.input)
        if not facts.width:
            raise UnsupportedMedia(f"{facts.name}: there is no picture in it", uri=self._spec.input)
        if self._spec.raw_only and facts.layout is None:
            # The reader knows best why there are no raw frames: it may be encryption.
            next(iter(self._clip.clip.frames(FrameRange(0, 1))), None)
            raise UnsupportedMedia(
                f"{facts.name} is not camera raw: {facts.codec} in {facts.container}",
                uri=self._spec.input,
            )
        if self._clip.clip.notes:
            self._work.assume("notes", list(self._clip.clip.notes))
        self._work.assume("damage_shown_by", damage_shown_by(facts))
        return facts

    @property
    def plan(self) -> Plan:
        """What will be done to the pictures; planned when it is first asked for."""
        return self._planned[0]

    @cached_property
    def _planned(self) -> tuple[Plan, Recipe]:
        from functions.picture.plan.make import plan_pictures

        plan, recipe = plan_pictures(self._spec, self.facts, self._work, self._sidecars)
        if self.facts.picture.matrix_unsaid:
            wide = plan.source in _OF_2020
            by = f"by its space, {plan.source}" if wide else f"by its {self.facts.height} lines"
            sd = self.facts.height < _HD_LINES and not wide
            name = "BT.2020" if wide else "BT.601" if sd else "BT.709"
            self._work.assume("matrix", f"{name}, {by}: nothing names it")
        return plan, recipe

    def sources(self, frames: str | None = None) -> tuple[Stat, ...]:
        """Stats of every file that shapes the pictures: frames, sidecars, look files, and
        files that the AMF names.

        frames : another range, in place of the spec's

        Reads the AMF alone, and a clip's headers for frames in timecode.
        """
        from functions.picture.plan.sources import decision_sources

        stats = self._clip.stats(self._spec.frames if frames is None else frames)
        # They are the same for all units of a clip, whose wishes differ in their frames alone.
        same = msgspec.structs.replace(self._spec, frames=None)
        beside = remembered(
            self._work.store,
            ("decisions of", same),
            lambda: decision_sources(same, self._sidecars),
        )
        return (*stats, *beside)

    def resolve(self, text: str | None = None) -> FrameRange:
        """The clip's own numbers of the spec's frames; all that are there without (assumed).

        text : another range, in place of the spec's

        Raises InvalidRequest for numbers outside the clip, and what a reader has to say of a
        clip without frames: encrypted, or of a variant that is not read.
        """
        text = self._spec.frames if text is None else text
        if text is not None:
            return self._clip.resolve(text)
        frames = self._clip.there
        claimed = self.facts.frames_claimed or len(frames)
        short = f": the header claims {claimed} frames, {len(frames)} there"
        self._work.assume("frames", f"{frames}{short if claimed > len(frames) else ''}")
        return frames

    def numbers(self) -> FrameRange:
        """The clip's own numbers as its header has them; its start timecode is the first one's."""
        return self._clip.numbers

    def clip_report(self) -> dict[str, Any]:
        """What the clip is, for reports: its frames, first timecode and rate, and the length of
        each stream of sound in samples. The same for every operation."""
        facts, own = self.facts, self.numbers()
        return {
            "frames": {"first": own.start, "last": own.last, "count": len(own)},
            "timecode": None if facts.start is None else str(facts.start),
            "rate": None if facts.rate is None else rate_text(facts.rate),
            "sound": [{"rate": s.rate, "samples": s.samples} for s in facts.picture.audio],
        }

    def there(self) -> FrameRange:
        """All of the clip's own numbers that are really there."""
        return self._clip.there

    def frames(
        self,
        wanted: FrameRange,
        *,
        threads: int = 1,
        target: Target | None = None,
        order: Literal["rgb", "bgr"] = "rgb",
    ) -> Generator[Developed, None, None]:
        """Developed pictures in order. Each call has a reader and buffers of its own: runs of
        frames may be made on many threads at once, one call each; the bytes never depend on
        how a clip was split.

        threads : that share each frame
        target : where the planes are made; without it in an array that is used again

        Raises DamagedSource or SourceNotFound with the frame's number, and what `work.check`
        raises, which is asked once a frame.
        """
        from functions.picture.frames.renderer import Maker

        work = self._work
        self.side_by_side(1, 0)
        maker = Maker(self._planned[1], work, threads)
        clip = self._clip.reader()
        try:
            source = self._source(clip, wanted)
            while True:
                work.check()
                with work.stage("decode"):
                    frame = next(source, None)
                if frame is None:
                    return
                yield self._developed(maker, frame, target, backwards=order == "bgr")
        finally:
            clip.close()

    def memory(self, written: int = EXR_FILE) -> int:
        """Bytes that one run of frames takes, with the process itself.

        written : bytes a pixel of the file that a frame becomes (`picture.memory`)
        """
        plan, recipe = self._planned
        warped = self._spec.lens == "all"
        return BASE + frame_bytes(
            self.facts, recipe, plan.width, plan.height, written, warped=warped
        )

    def side_by_side(self, runs: int, written: int = EXR_FILE) -> int:
        """How many of `runs` runs of frames the unit's memory holds at one time.

        Raises LimitExceeded where it does not hold one.
        """
        one = self.memory(written)
        self._work.limits.check_memory(one, self.facts.width, self.facts.height)
        return max(1, min(runs, (self._work.limits.memory - BASE) // (one - BASE)))

    def _source(self, clip: Clip, wanted: FrameRange) -> Iterator[RawFrame | Picture]:
        interlaced = self.facts.picture.field_order != "progressive"
        if self.facts.layout is None and interlaced and self._spec.deinterlace:
            from functions.media.movie.deinterlace import deinterlaced

            yield from deinterlaced(clip, wanted)
        elif self.facts.layout is None:
            yield from clip.pictures(wanted)
        else:
            yield from clip.frames(wanted)

    def _developed(
        self, maker: Maker, frame: RawFrame | Picture, target: Target | None, *, backwards: bool
    ) -> Developed:
        self._tell(frame)
        if isinstance(frame, RawFrame):
            width, height = frame.crop[2:]
            camera = frame.camera
        else:
            height, width = frame.planes[0].shape
            camera = self.facts.camera
            if frame.guessed and self.plan.source in _OF_2020:
                frame.matrix = "bt2020nc"
        width, height = maker.size_of(width, height, frame.number)
        made = Developed(frame.number, width, height, _EMPTY, self._label(frame), camera)
        made.planes = maker.planes(width, height) if target is None else target(made)
        if isinstance(frame, RawFrame):
            maker.raw(frame, made.planes, backwards=backwards)
        elif self.plan.alpha is not None:
            made.alpha = maker.alpha(width, height, fresh=target is not None)
            planes = made.planes[::-1] if backwards else made.planes
            maker.with_alpha(frame, planes, made.alpha)
        else:
            maker.decoded(frame, made.planes, backwards=backwards)
        return made

    def _tell(self, frame: RawFrame | Picture) -> None:
        """What a frame's own file says and the first one's does not; runs of frames come here from
        several threads, and what is told is the same in the end."""
        others = set(frame.notes) - set(self._clip.clip.notes)
        if not others:
            return
        with self._lock:
            for note in others:
                first = self._later_notes.get(note, frame.number)
                self._later_notes[note] = min(first, frame.number)
            told = sorted(self._later_notes.items(), key=lambda each: (each[1], each[0]))
            self._work.assume("notes_of_frames", [f"from frame {n} on: {note}" for note, n in told])

    def _label(self, frame: RawFrame | Picture) -> Timecode | None:
        if frame.timecode is not None or isinstance(frame, RawFrame):
            return frame.timecode
        start = self.facts.start
        return None if start is None else start + (frame.number - self._first)

    @property
    def _first(self) -> int:
        return self._clip.numbers.start

    def close(self) -> None:
        """Let go of the clip, unless it is somebody else's."""
        if self._own:
            self._clip.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_pictures(spec: PictureSpec, work: Work) -> Pictures:
    """Open a clip and plan its colour and framing; reads headers, sidecars and look files only.

    What was assumed is told to `work.assume`. Raises as `functions.media.open_clip`, and
    InvalidRequest, Refused or SourceNotFound with `field` "amf", "fdl", "looks", "config",
    "source", "output", "template" for decisions that do not fit the clip or each other.
    """
    pictures = Pictures(spec, work)
    try:
        return pictures.open()
    except BaseException:
        pictures.close()
        raise
