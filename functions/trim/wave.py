"""Trim of WAVE files: the samples of a range as they are, with the time that they now begin at."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any

from functions.contract import uris
from functions.contract.frames import FrameRange
from functions.contract.operation import Work
from functions.contract.store import Stat
from functions.media.wave.cut import WaveRange, chunks_of, plan_range, write_wave
from functions.media.wave.recorded import WaveReader
from functions.trim.request import TrimRequest, output_name

_BLOCK = 1 << 16  # samples at a time


class WaveSource:
    """One WAVE or Broadcast Wave file."""

    def __init__(self, stat: Stat, request: TrimRequest, work: Work) -> None:
        self.request, self.work, self.stat = request, work, stat
        self.name = uris.basename(stat.uri)
        self.reader = WaveReader(stat.uri, work.store)

    @cached_property
    def _range(self) -> WaveRange:
        request = self.request
        rate = Fraction(request.rate) if request.rate is not None else None
        found = plan_range(self.reader.facts, request.frames, rate, self.name)
        if self.reader.odd_stamp:
            self.work.assume("time_reference", self.reader.odd_stamp)
        if request.frames is None:
            self.work.assume("frames", f"all: {found.count} samples")
        return found

    def write(self) -> tuple[FrameRange, dict[str, Any]]:
        """Commit one file."""
        reader, cut, facts = self.reader, self._range, self.reader.facts
        chunks, left = chunks_of(reader.read_at, facts, cut.first)
        if left:
            self.work.assume("chunks", f"left out, they are of the whole file: {', '.join(left)}")
        form = next(c for c in facts.chunks if c.name == b"fmt ")

        def blocks() -> Iterator[bytes]:
            for at in range(cut.first, cut.first + cut.count, _BLOCK):
                self.work.check()
                yield reader.raw(at, min(_BLOCK, cut.first + cut.count - at))

        target = self.work.scratch / "wave"
        length = cut.count * facts.align
        write_wave(target, reader.read_at(form.at, form.size), chunks, length, blocks())
        self.work.commit(self._file, target)
        target.unlink(missing_ok=True)
        return cut.frames, self._report()

    def explain(self) -> dict[str, Any]:
        """Which samples would be written."""
        frames = self._range.frames
        return {
            **self._report(),
            "frames": {"first": frames.start, "last": frames.last, "count": len(frames)},
            "outputs": {"first": self._file, "last": self._file, "count": 1},
        }

    @property
    def _file(self) -> str:
        stem = self.name.rsplit(".", 1)[0]
        return f"{output_name(self.request, stem, self._range.frames)}.wav"

    def _report(self) -> dict[str, Any]:
        cut, facts = self._range, self.reader.facts
        return {
            "container": "wav",
            "codec": f"{facts.kind} {facts.bits}",
            "intra": True,
            "rate": facts.rate,
            "channels": facts.channels,
            "samples": {"first": cut.first, "count": cut.count},
            "timecode": None if cut.start is None else str(cut.start),
        }
