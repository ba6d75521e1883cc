"""Sound of recorders' files as samples of any stretch of a movie."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from functions.contract import uris
from functions.contract.errors import InvalidRequest, RushesError, UnsupportedMedia, truncated
from functions.contract.picture import AudioFacts
from functions.contract.store import Store
from functions.contract.timecode import Timecode
from functions.media.movie.sound import Samples, resampled, words
from functions.media.wave.header import WaveFacts, read_wave
from functions.media.wave.sync import Placed, Speed, Sync, lanes, place

Floats = npt.NDArray[np.float64]
_MOST_PHASES = 200_000  # of a resampler, a filter each


class WaveReader:
    """One file: samples of any stretch, silence outside of it.

    peak : the largest sample that was read, 1 is full scale
    """

    peak = 0.0

    def __init__(self, uri: str, store: Store) -> None:
        self.uri = uri
        self._file: BinaryIO = store.open(uri)
        size = store.stat(uri).bytes
        try:
            self.facts: WaveFacts = read_wave(self.read_at, size)
        except RushesError as error:
            self._file.close()
            raise type(error)(f"{uris.basename(uri)}: {error}", uri=uri) from error

    def read_at(self, at: int, length: int) -> bytes:
        """Of the file from a place on, fewer at its end."""
        self._file.seek(at)
        return self._file.read(length)

    def raw(self, start: int, count: int) -> bytes:
        """The file's own bytes of samples that are there. Raises DamagedSource."""
        facts = self.facts
        found = self.read_at(facts.data_at + start * facts.align, count * facts.align)
        if len(found) < count * facts.align:
            raise truncated(f"{uris.basename(self.uri)}: the sound is cut short")
        return found

    def take(self, start: int, count: int) -> Floats:
        """(count, channels) from -1 to 1."""
        facts = self.facts
        out = np.zeros((count, facts.channels))
        first, last = max(start, 0), min(start + count, facts.samples)
        if last > first:
            found = _values(self.raw(first, last - first), facts)
            if facts.kind == "float":
                self.peak = max(self.peak, float(np.abs(found).max()))
            out[first - start : last - start] = found
        return out

    @property
    def odd_stamp(self) -> str | None:
        """A sentence where `bext` and iXML tell two times of the first sample."""
        own, other = self.facts.time_reference, self.facts.other_reference
        if other is None:
            return None
        return (
            f"{uris.basename(self.uri)}: bext counts {own} samples since midnight and iXML "
            f"{other}: bext is taken"
        )

    @property
    def cut_off(self) -> str | None:
        """A sentence where floats over full scale were read, which whole numbers do not hold."""
        if self.peak <= 1:
            return None
        over = 20 * math.log10(self.peak)
        return f"{uris.basename(self.uri)}: peaks of {over:+.1f} dB are cut off at full scale"

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class RecordedSound:
    """Files beside a clip, as the streams that they make; a context manager by `close`.

    rate : of what is given, samples a second

    Raises as `WaveReader` and `place`; InvalidRequest where no file is heard in the clip.
    """

    def __init__(
        self,
        files: tuple[str, ...],
        store: Store,
        start: Timecode | None,
        frames: int,
        fps: Fraction,
        rate: int,
        *,
        sync: Sync,
        speed: Speed,
        offset: int,
    ) -> None:
        self._rate = rate
        self._readers: dict[str, WaveReader] = {}
        try:
            for uri in files:
                self._readers[uri] = WaveReader(uri, store)
            every = [
                place(uri, reader.facts, start, fps, sync=sync, speed=speed,
                      offset=Fraction(offset, rate))
                for uri, reader in self._readers.items()
            ]  # fmt: skip
            for each in every:
                ratio = each.pace / rate
                if ratio.denominator > _MOST_PHASES:
                    raise UnsupportedMedia(
                        f"{uris.basename(each.uri)}: {each.pace} samples a second are not "
                        f"resampled to {rate}",
                        uri=each.uri,
                    )
            end = Fraction(frames * rate) / fps
            heard = [p for p in every if p.span(rate)[0] < end and p.span(rate)[1] > 0]
            if not heard:
                raise InvalidRequest(_nowhere(every, start, fps), field="sound")
        except BaseException:
            self.close()
            raise
        self.silent = tuple(uris.basename(p.uri) for p in every if p not in heard)
        self.placed = tuple(heard)
        self._lanes = lanes(heard, rate)
        self.gaps = _gaps(self._lanes, end, rate)
        self.streams = tuple(
            AudioFacts(
                codec="pcm",
                rate=lane[0].facts.rate,
                channels=lane[0].facts.channels,
                layout=f"{lane[0].facts.channels} channels",
            )
            for lane in self._lanes
        )

    def samples(self, start: int, count: int) -> list[Samples]:
        """(count, channels) int32 of every stream; sample 0 is heard with the clip's frame 0."""
        return [
            sum((self._heard(each, start, count) for each in lane[1:]),
                self._heard(lane[0], start, count))
            for lane in self._lanes
        ]  # fmt: skip

    def _heard(self, placed: Placed, start: int, count: int) -> Samples:
        reader = self._readers[placed.uri]
        first, last = placed.span(self._rate)
        if last < start - self._rate or first > start + count + self._rate:
            return np.zeros((count, placed.facts.channels), np.int32)
        if placed.pace == self._rate:
            return words(reader.take(placed.first + start, count))
        ratio = placed.pace / self._rate
        return resampled(lambda at, n: reader.take(placed.first + at, n), start, count, ratio)

    def told(self, at: Fraction) -> list[dict[str, Any]]:
        """What is heard, stream by stream, for the receipt. at : seconds of the movie of the
        first frame that is made."""
        return [
            {"stream": number, **each.told(at, self._rate)}
            for number, lane in enumerate(self._lanes, 1)
            for each in lane
        ]

    def odd(self) -> tuple[list[str], list[str]]:
        """Sentences of two stamps that differ, and of peaks that were cut off so far."""
        readers = list(self._readers.values())
        stamps, peaks = ([getattr(r, name) for r in readers] for name in ("odd_stamp", "cut_off"))
        return [s for s in stamps if s], [p for p in peaks if p]

    def close(self) -> None:
        """Let go of the files."""
        for reader in self._readers.values():
            reader.close()


def _gaps(made: list[list[Placed]], end: Fraction, rate: int) -> Fraction:
    """Seconds of the clip in which some stream is silent, because no file is there: the most."""
    most = Fraction(0)
    for lane in made:
        covered = sum(
            (max(Fraction(0), min(last, end) - max(first, Fraction(0)))
             for first, last in (p.span(rate) for p in lane)), Fraction(0)
        )  # fmt: skip
        most = max(most, (end - covered) / rate)
    return most


def _nowhere(every: list[Placed], start: Timecode | None, fps: Fraction) -> str:
    found = []
    for each in every:
        first = -Fraction(each.first) / each.pace * fps
        length = each.facts.samples / each.pace * fps
        found.append(f"{uris.basename(each.uri)} {_label(start, first)} to "
                     f"{_label(start, first + length)}")  # fmt: skip
    return (
        f"no file of sound is heard in the clip, which begins at {start}: {', '.join(found[:4])}"
        + (f" and {len(found) - 4} more" if len(found) > 4 else "")
    )


def _label(start: Timecode | None, frames: Fraction) -> str:
    if start is None or start.frame + frames < 0:
        return f"{int(frames)} frames"
    return str(start + int(frames))


def _values(raw: bytes, facts: WaveFacts) -> Floats:
    if facts.kind == "float":
        kind = "<f4" if facts.bits == 32 else "<f8"
        values = np.frombuffer(raw, kind).astype(np.float64)
        np.nan_to_num(values, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
    elif facts.bits == 24:
        wide = np.zeros((len(raw) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
        values = wide.view("<i4")[:, 0] / 2.0**31
    else:
        values = np.frombuffer(raw, f"<i{facts.bits // 8}") / 2.0 ** (facts.bits - 1)
    result: Floats = values.reshape(-1, facts.channels)
    return result
