"""A recorder's file as the input: sound alone, as WAVE of 24 bits."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from functions.contract import uris
from functions.contract.errors import InvalidRequest
from functions.contract.operation import Result, Work, count_frames
from functions.contract.picture import AudioFacts
from functions.contract.request import canonical_request
from functions.media.movie.sound import Samples, channel_map, mapped_channels, resampled, words
from functions.media.wave.cut import WaveRange, chunks_of, pcm_format, plan_range, write_wave
from functions.media.wave.header import is_wave
from functions.media.wave.recorded import WaveReader
from functions.transcode.request import TranscodeRequest, output_name

_SUFFIXES = (".wav", ".bwf", ".wave", ".rf64")
_OF_SOUND = {"input", "output", "frames", "name", "rate", "audio", "audio_rate", "channels", "only"}
_BITS, _BLOCK = 24, 1 << 14


def is_sound_file(uri: str, work: Work) -> bool:
    """Whether the input is a WAVE file, by its name and its start."""
    return uri.lower().endswith(_SUFFIXES) and is_wave(work.store.read_range(uri, 0, 12))


class SoundFile:
    """One WAVE file to one for each stream that is asked for.

    Raises InvalidRequest for what is said of pictures, and as `plan_range`.
    """

    def __init__(self, request: TranscodeRequest, work: Work) -> None:
        self._request, self._work = request, work
        self._name = uris.basename(request.input)
        for field in canonical_request(request):
            if field not in _OF_SOUND:
                raise InvalidRequest(
                    f"{field} is of pictures or movies, and {self._name} is sound", field=field
                )
        if request.audio not in (None, "pcm") or request.only == "picture":
            raise InvalidRequest(f"{self._name} is sound, and becomes PCM", field="audio")
        self._reader = WaveReader(request.input, work.store)
        facts = self._reader.facts
        rate = Fraction(request.rate) if request.rate is not None else None
        self._range: WaveRange = plan_range(facts, request.frames, rate, self._name)
        stream = AudioFacts(codec="pcm", rate=facts.rate, channels=facts.channels, layout="")
        self._chosen = channel_map(request.channels, (stream,))
        if request.frames is None:
            work.assume("frames", f"all: {facts.samples} samples")
        if self._reader.odd_stamp:
            work.assume("time_reference", self._reader.odd_stamp)
        if facts.rate != request.audio_rate:
            work.assume("audio_rate", f"{request.audio_rate}, resampled from {facts.rate}")
        if (facts.kind, facts.bits) != ("int", _BITS):
            work.assume("depth", f"{_BITS} bits, of {facts.kind} {facts.bits}")

    def write(self) -> Result:
        """Commit the files."""
        request, work, cut = self._request, self._work, self._range
        facts, rate = self._reader.facts, request.audio_rate
        same = rate == facts.rate and request.channels is None
        chunks, left = chunks_of(
            self._reader.read_at, facts, cut.first, rate=rate, keep_ixml=same
        )  # fmt: skip
        if left:
            work.assume("chunks", f"left out, they are of the source: {', '.join(left)}")
        for number, name in enumerate(self._files()):
            channels = len(self._chosen[number])
            target = work.scratch / "wave"
            length = self._count * channels * _BITS // 8
            mask = facts.mask if request.channels is None else 0
            form = pcm_format(channels, rate, _BITS, mask)
            write_wave(target, form, chunks, length, self._blocks(number))
            work.commit(name, target)
            target.unlink(missing_ok=True)
        if self._reader.cut_off:
            work.assume("peaks", self._reader.cut_off)
        return Result(frames=count_frames(cut.frames), report=self.report())

    def report(self) -> dict[str, Any]:
        """For receipt and `explain`."""
        cut = self._range
        return {
            "sound": {
                "files": self._files(),
                "rate": self._request.audio_rate,
                "bits": _BITS,
                "channels": [len(places) for places in self._chosen],
                "samples": self._count,
                "source_samples": {"first": cut.first, "count": cut.count},
                "timecode": None if cut.start is None else str(cut.start),
            }
        }

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    @property
    def _count(self) -> int:
        rate, own = self._request.audio_rate, self._reader.facts.rate
        return -(-self._range.count * rate // own)

    def _files(self) -> list[str]:
        stem = output_name(self._request, self._name.rsplit(".", 1)[0])
        if len(self._chosen) == 1:
            return [f"{stem}.wav"]
        return [f"{stem}_{number}.wav" for number in range(1, len(self._chosen) + 1)]

    def _blocks(self, number: int) -> Iterator[bytes]:
        for at in range(0, self._count, _BLOCK):
            self._work.check()
            block = self._samples(at, min(_BLOCK, self._count - at))
            (made,) = mapped_channels([block], [self._chosen[number]])
            yield made.reshape(-1, 1).view(np.uint8)[:, 1:].tobytes()

    def _samples(self, start: int, count: int) -> Samples:
        reader, first = self._reader, self._range.first
        rate, own = self._request.audio_rate, reader.facts.rate
        if rate == own:
            return words(reader.take(first + start, count))
        # From the range's first sample on, with what stands around it in the file.
        return resampled(
            lambda at, n: reader.take(first + at, n), start, count, Fraction(own, rate)
        )  # fmt: skip
