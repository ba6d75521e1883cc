"""Sound of a movie as samples of any stretch, the same samples however a clip is split.

What was coded in blocks that overlap (AAC, AC-3) is decoded from well before the stretch.
Another rate is reached by a windowed sinc whose phase counts from the clip's first sample, so
that parts join without a seam. Where a stream ends before the pictures there is silence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np
import numpy.typing as npt

from functions.contract.errors import InvalidRequest, RushesError, UnsupportedMedia
from functions.media.movie.channel_layouts import decoded_sound
from functions.media.movie.ffmpeg_container import mapped, open_container, picture_stream
from functions.media.stills.sequence import located

if TYPE_CHECKING:
    from functions.contract.clip import ClipFacts
    from functions.contract.picture import AudioFacts
    from functions.contract.store import Stat

Samples = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
_PREROLL = 8192  # samples: more than any coder's overlap and filter
_HALF_TAPS = 32
_BETA = 10.0  # of the Kaiser window: stop band below -100 dB
_CLOSE = 1 << 16  # samples that are decoded on rather than sought


class Sounding(Protocol):
    """A clip whose file FFmpeg takes for one with sound.

    muted : seconds of sound before the first picture
    """

    @property
    def stat(self) -> Stat: ...
    @property
    def facts(self) -> ClipFacts: ...
    @property
    def muted(self) -> Fraction: ...
    def open_again(self) -> BinaryIO:
        """A reader of the file, which has a place of its own."""
        ...


class Sound:
    """All streams of a clip that sounds; a context manager by `close`.

    rate : of what is given, samples a second
    """

    def __init__(self, clip: Sounding, rate: int, pixels: int) -> None:
        self._clip, self._rate = clip, rate
        self.streams = clip.facts.picture.audio
        self._readers = [_Reader(clip, place, pixels) for place in range(len(self.streams))]

    def samples(self, start: int, count: int) -> list[Samples]:
        """(count, channels) int32 of every stream, from sample `start` of the clip on.

        Sample 0 is heard with picture 0. Raises DamagedSource for sound that does not decode.
        """
        try:
            return [
                resampled(reader.take, start, count, Fraction(facts.rate, self._rate))
                if facts.rate != self._rate
                else words(reader.take(start, count))
                for reader, facts in zip(self._readers, self.streams, strict=True)
            ]  # fmt: skip
        except RushesError as error:
            raise located(error, self._clip.stat, None) from error

    def close(self) -> None:
        """Let go of the file."""
        for reader in self._readers:
            reader.close()


def resampled(
    take: Callable[[int, int], Floats], start: int, count: int, ratio: Fraction
) -> Samples:
    """(count, channels) from sample `start` on of another rate, the same however it is split.

    take : (count, channels) of the source from any of its samples on; silence where it has none
    ratio : samples of the source for one that is given
    """
    table = _filter(ratio)
    numbers = np.arange(start, start + count, dtype=np.int64)
    whole, part = np.divmod(numbers * ratio.numerator, ratio.denominator)
    reach = table.shape[1] // 2
    first = int(whole[0]) - reach + 1 if count else 0
    source = take(first, int(whole[-1]) - first + reach + 1 if count else 0)
    out = np.zeros((count, source.shape[1]))
    for at in range(0, count, 4096):
        rows = slice(at, min(at + 4096, count))
        places = (whole[rows] - first - reach + 1)[:, None] + np.arange(2 * reach)
        out[rows] = np.einsum("nt,ntc->nc", table[part[rows]], source[places])
    return words(out)


def channel_map(text: str | None, streams: tuple[AudioFacts, ...]) -> list[list[tuple[int, int]]]:
    """Which (stream, channel) each channel of each stream that is written comes from.

    text : None keeps all; `1,2;3` writes a stream of the clip's channels 1 and 2, counted
        through all streams from 1, and one of channel 3; 0 is silence

    Raises InvalidRequest for another form or a channel that is not there, UnsupportedMedia for a
    stream that is not read.
    """
    own = [[(s, c) for c in range(facts.channels)] for s, facts in enumerate(streams)]
    if text is None:
        written = [places for places in own if places]
    else:
        every = [place for places in own for place in places]
        written = [_places(part, text, every) for part in text.split(";")]
    for stream in sorted({s for places in written for s, _ in places if s >= 0}):
        if streams[stream].refused:
            raise UnsupportedMedia(
                f"{streams[stream].refused}: audio none leaves it out", field="audio"
            )
    return written


def _places(part: str, text: str, every: list[tuple[int, int]]) -> list[tuple[int, int]]:
    places = []
    for word in part.split(","):
        number = int(word) if word.strip().isdecimal() else -1
        if not 0 <= number <= len(every):
            raise InvalidRequest(
                f"channels {text!r}: write 1,2;3 with channels from 1 to {len(every)}, "
                "0 for silence",
                field="channels",
            )
        places.append(every[number - 1] if number else (-1, 0))
    return places


def mapped_channels(blocks: list[Samples], chosen: list[list[tuple[int, int]]]) -> list[Samples]:
    """Streams as they are written."""
    length = max((len(block) for block in blocks), default=0)
    made = []
    for places in chosen:
        out = np.zeros((length, len(places)), np.int32)
        for column, (stream, channel) in enumerate(places):
            if stream >= 0:
                out[:, column] = blocks[stream][:, channel]
        made.append(out)
    return made


class _Reader:
    """One stream, forward where it can."""

    def __init__(self, clip: Sounding, place: int, pixels: int) -> None:
        self._clip, self._place, self._pixels = clip, place, pixels
        self._facts = clip.facts.picture.audio[place]
        self._container: Any = None
        self._file: BinaryIO | None = None
        self._blocks: Iterator[tuple[int, Floats]] | None = None
        self._held = np.zeros((0, self._facts.channels))
        self._at = 0  # clip's sample number of the first that is held

    def take(self, start: int, count: int) -> Floats:
        """(count, channels) from -1 to 1; silence before the first and after the last."""
        out = np.zeros((count, self._facts.channels))
        begin, end = max(0, start), self._at + len(self._held)
        if self._blocks is None or begin < self._at or begin > end + _CLOSE:
            self._seek(max(0, begin - _PREROLL))
        while self._at + len(self._held) < start + count:
            block = next(self._blocks, None) if self._blocks else None
            if block is None:
                break
            self._add(*block, begin)
        first, last = max(start, self._at), min(start + count, self._at + len(self._held))
        if last > first:
            out[first - start : last - start] = self._held[first - self._at : last - self._at]
        return out

    def _add(self, number: int, block: Floats, wanted: int) -> None:
        if not len(self._held):
            self._at = number
        end = self._at + len(self._held)
        if len(self._held) and abs(number - end) < self._facts.rate // 40:
            number = end  # containers that count in milliseconds round
        if number > end:  # a gap in the stream's own times is silence
            block = np.concatenate([np.zeros((number - end, block.shape[1])), block])
        elif number < end:
            block = block[end - number :]
        self._held = np.concatenate([self._held, block])
        spare = wanted - 2 * _HALF_TAPS * 8 - self._at
        if spare > _CLOSE // 4:
            self._held, self._at = self._held[spare:], self._at + spare

    def _seek(self, number: int) -> None:
        self.close()
        clip = self._clip
        self._held, self._at = np.zeros((0, self._facts.channels)), number
        with mapped("the sound does not read"):
            self._file = clip.open_again()
            self._container = open_container(self._file, self._pixels)
            self._blocks = self._decoded(number)

    def _decoded(self, number: int) -> Iterator[tuple[int, Floats]]:
        container = self._container
        stream = container.streams.audio[self._place]
        origin = _origin(picture_stream(container)) + self._clip.muted
        if number:
            stamp = round((Fraction(number, self._facts.rate) + origin) / stream.time_base)
            # Without an index, from where it stands: the start.
            with suppress(OSError, ValueError):
                container.seek(max(0, stamp), stream=stream, backward=True)
        with mapped("the sound does not decode"):
            for packet in container.demux(stream):
                if packet.is_corrupt and packet.size:
                    return  # cut short: the pictures say so; sound ends here
                for frame in decoded_sound(packet):
                    if frame.pts is None or not frame.samples:
                        continue
                    seconds = frame.pts * frame.time_base - origin
                    place = round(seconds * self._facts.rate)
                    block = _floats(frame)
                    kind = block.shape[1], frame.sample_rate
                    if kind != (self._facts.channels, self._facts.rate):
                        raise UnsupportedMedia(
                            f"its sound becomes {kind[0]} channels at {kind[1]} Hz, it begins with "
                            f"{self._facts.channels} at {self._facts.rate}"
                        )
                    if place < 0:
                        block, place = block[-place:], 0
                    yield place, block

    def close(self) -> None:
        """Let go of the file."""
        if self._container is not None:
            self._container.close()
            self._container = None
        if self._file is not None:
            self._file.close()
            self._file = None
        self._blocks = None


def _origin(picture: Any) -> Fraction:
    """Seconds at which picture 0 is shown: sound counts from there."""
    if picture is None or picture.start_time is None or not picture.time_base:
        return Fraction(0)
    return Fraction(picture.start_time * picture.time_base)


def _floats(frame: Any) -> Floats:
    """(samples, channels) from -1 to 1 of a decoded block."""
    layout = frame.format.name
    values = frame.to_ndarray()
    if frame.format.is_planar:
        values = values.T
    values = values.reshape(frame.samples, -1).astype(np.float64)
    scale = {"u8": 128.0, "s16": 2.0**15, "s32": 2.0**31, "s64": 2.0**63}
    name = layout.removesuffix("p")
    if name == "u8":
        values -= 128.0
    result: Floats = values / scale.get(name, 1.0)
    return result


def words(values: Floats) -> Samples:
    """Floats from -1 to 1 as 24 bits in the upper part of int32, rounded to nearest, clipped."""
    codes = np.clip(np.rint(values * 2.0**23), -(2.0**23), 2.0**23 - 1).astype(np.int32)
    return codes << 8


@cache
def _filter(ratio: Fraction) -> Floats:
    """(phases, taps) of a Kaiser-windowed sinc; each phase sums to 1.

    ratio : of the rates, source over target; its denominator counts the phases.
    """
    band = min(1.0, float(1 / ratio)) * 0.96
    half = int(np.ceil(_HALF_TAPS / band))
    phases = np.arange(ratio.denominator)[:, None] / ratio.denominator
    distance = np.arange(-half + 1, half + 1)[None, :] - phases
    window = np.i0(_BETA * np.sqrt(np.clip(1 - (distance / half) ** 2, 0, 1)))
    table: Floats = np.sinc(distance * band) * window
    table /= table.sum(axis=1, keepdims=True)
    return table
