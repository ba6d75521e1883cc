"""How long the units of a clip are to be: by what frames, starts and time-outs cost.

A plan that stands decides first: the same job is cut as it was, and so is a clip that another job
at the same output has cut to the same wish. What has been learned since is for new work alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import msgspec

from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange, parse_frames
from functions.dispatch.cost_model import CostModel, settings_of
from functions.dispatch.job import Job, Units
from functions.dispatch.split import TARGET_SECONDS
from functions.jobs.plan import CutClip, Cuts, Sizing
from functions.jobs.samples import Samples

_START_SHARE = 20.0
"""A unit takes so many times its start, where nobody says how long it is to be."""

_TIMEOUT_SHARE = 0.25
"""Of a function's time-out: a machine four times as slow as those that were seen ends in time."""


class Sizer:
    """Sizes clips. Receipts are read when the first clip wants them, and once. Safe from threads.

    read : the samples of earlier jobs
    timeout : seconds that a function gives one unit
    """

    def __init__(self, read: Callable[[], Samples], timeout: float) -> None:
        self._read, self._timeout = read, timeout
        self._lock = threading.Lock()
        self._model: CostModel | None = None

    def explain(self) -> dict[str, Any]:
        """What costs were learned from; empty where no clip asked."""
        return {} if self._model is None else self._model.explain()

    def size(
        self, operation: str, fields: Mapping[str, Any], asked: Sizing, units: Units
    ) -> Sizing:
        """The sizing of a clip that is cut for the first time.

        asked : what the clip is and what the operation's constants say of its frames
        """
        with self._lock:
            if self._model is None:
                self._model = CostModel(self._read())
        asked = msgspec.structs.replace(asked, settings=settings_of(fields))
        figure = self._model.figure(operation, asked)
        if not asked.format:  # one unit always: its cost says when it is sent
            frames = _count(fields.get("frames"))
            cost = figure.start + figure.factor * frames if frames else figure.typical
            return msgspec.structs.replace(
                asked, frame=round(cost if figure.typical else 0.0, 3), source=figure.source
            )
        target = units.target_seconds or max(TARGET_SECONDS, _START_SHARE * figure.start)
        return msgspec.structs.replace(
            asked,
            frame=asked.constant * figure.factor,
            start=figure.start,
            target=0.0 if units.frames else target,
            source=figure.source,
        )

    def most_frames(self, sizing: Sizing, most: int) -> int:
        """Frames of one unit that end well before the function's time-out, `most` at most; of a job
        that says how many frames a unit has, that is obeyed."""
        if not sizing.target:
            return most
        left = self._timeout * _TIMEOUT_SHARE - sizing.start
        return most if left >= sizing.frame * most else max(1, int(left / sizing.frame))


class StandingCuts:
    """Plans that stand, as far as they say how clips are cut.

    kept : the plan of this job
    superseded : the plan that was the last one at this output before
    """

    def __init__(self, job: Job, kept: Cuts | None, superseded: Cuts | None) -> None:
        same = kept is not None and len(kept.clips) == len(job.clips)
        self._kept = kept.clips if kept is not None and same else ()
        self._target = job.units.target_seconds
        self._others: dict[tuple[Any, ...], CutClip] = {}
        # Units of so many frames are the same units whoever cuts them.
        for clip in superseded.clips if superseded is not None and not job.units.frames else ():
            key = (clip.operation, clip.input, clip.output, clip.frames)
            self._others.setdefault(key, clip)

    def sizing(self, index: int) -> Sizing | None:
        """Of this job's clip."""
        return self._kept[index].sizing if self._kept else None

    def cut(self, index: int, *key: Any, whole: FrameRange) -> CutClip | None:
        """The clip that stands and has these frames still.

        key : operation, input and output
        """
        own = self._kept[index] if self._kept else None
        if own is not None and ranges(own, whole):
            return own
        other = self._others.get((*key, str(whole)))
        if other is None or other.sizing is None or not ranges(other, whole):
            return None
        said = other.sizing.target
        return other if said and self._target in (None, said) else None


def ranges(clip: CutClip, whole: FrameRange) -> tuple[FrameRange, ...]:
    """The parts of a clip; empty where they are not these frames any more."""
    if clip.frames != str(whole):
        return ()
    parts = tuple(parse_frames(unit.frames) for unit in clip.units if unit.count and unit.frames)
    meet = all(a.last + whole.step == b.start for a, b in pairwise(parts))
    covered = sum(len(part) for part in parts) == len(whole)
    return parts if parts and meet and covered and parts[0].start == whole.start else ()


def _count(frames: Any) -> int:
    """Frames of a range that is written in numbers; 0 where they follow from the clip."""
    try:
        return len(parse_frames(frames)) if isinstance(frames, str) else 0
    except InvalidRequest:
        return 0
