"""MotionCam recordings: items one behind another, and at the end an index of the frames.

Every item is a type and a size (u32 each, little-endian) and its content; a frame is its samples
and, right behind them, its description. Reference: mirsadm/motioncam-decoder, `Container.hpp` and
`Decoder.cpp` (2025), container version 3.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from functions.contract.camera import Assumption
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.contract.frames import rate_text
from functions.contract.picture import PictureFacts
from functions.contract.timecode import exact_rate
from functions.media.mcraw.description import (
    LARGEST,
    ClipSaid,
    FrameSaid,
    Said,
    camera_record,
    levels,
    orientation,
    read_said,
)
from functions.media.mcraw.pixels import Samples, decode_blocks, decode_rows
from functions.media.open.empty_frames import check_picture

Numbers = npt.NDArray[np.int64]

MARK = b"MOTION "
_VERSION = 3
_ITEM = struct.Struct("<II")
_INDEX = struct.Struct("<IiQ")
_MAGIC = 0x8A905612
_FRAME_INDEX, _FRAME, _DESCRIPTION = 0, 2, 3
_CODINGS: dict[int, Callable[[memoryview, int, int], Samples]] = {6: decode_rows, 7: decode_blocks}
_UNEVEN = 0.1  # of a frame: what a step may be off before the rate counts as variable
_CLOSE = 0.0025  # a phone's clock is off by less
_EXACT = 5e-5  # what a nominal rate may be off before it is told: 4 seconds a day
_LATEST = 1 << 62  # nanoseconds
_LARGEST = 1 << 28  # bytes of a frame: a hundred megapixels without any compression
_RATES = tuple(
    rate
    for whole in (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
    for rate in (Fraction(whole), *([Fraction(whole * 1000, 1001)] * (whole % 6 == 0)))
)


@dataclass
class McrawSource:
    """A recording whose index is read.

    places, stamps : of each frame in order of time: byte in the file, nanoseconds
    said, first : descriptions of the clip and of its first frame
    """

    size: int
    places: Numbers
    stamps: Numbers
    said: ClipSaid
    first: FrameSaid

    def __post_init__(self) -> None:
        self.rate, self.variable, assumed = _rate(self.stamps, self.said.extra_data.frame_rate)
        self._assumed = (assumed,) if assumed else ()
        self.notes = _notes(self.said, self.first)
        self._rate_text = rate_text(self.rate) if self.rate else None
        # Asked here, so that what cannot be ends before a frame is wanted.
        self.camera = camera_record(self.said, self.first, self._rate_text, self._assumed)

    def facts(self, name: str) -> ClipFacts:
        return ClipFacts(
            container="mcraw",
            codec=f"motioncam{self.first.compression_type}",
            layout="cfa",
            width=self.first.width,
            height=self.first.height,
            name=name,
            frames_claimed=len(self.places),
            rate=self.rate,
            camera=self.camera,
            picture=PictureFacts(variable=self.variable),
        )

    def times(self) -> list[Fraction]:
        """Seconds of every frame after the first; the last is as long as most of them."""
        nanoseconds = (self.stamps - self.stamps[0]).tolist()
        after = [Fraction(each, 10**9) for each in nanoseconds]
        return [*after, after[-1] + (1 / self.rate if self.rate else 1)]

    def place(self, stream: BinaryIO, number: int) -> tuple[int, int] | None:
        """Where a frame is, its description with it."""
        if number >= len(self.places):
            return None
        at = int(self.places[number])
        length = _item(stream, at, _FRAME, self.size)
        more = _item(stream, at + _ITEM.size + length, _DESCRIPTION, self.size)
        if length > _LARGEST or more > LARGEST:
            raise DamagedSource(f"a frame of {length} bytes, described in {more}")
        return at, 2 * _ITEM.size + length + more

    def count(self, stream: BinaryIO) -> int:
        return len(self.places)  # the index is written last, and each place is inside the file

    def decode(self, stored: bytes, number: int) -> RawFrame:
        _, length = _ITEM.unpack_from(stored)
        content = memoryview(stored)
        said = read_said(content[2 * _ITEM.size + length :], FrameSaid)
        coding = _coding(said)
        width, height = self.first.width, self.first.height
        if (said.width, said.height) != (width, height):
            raise UnsupportedMedia(f"{said.width}x{said.height} in a clip of {width}x{height}")
        pixels = coding(content[_ITEM.size : _ITEM.size + length], width, height)
        black, white = levels(self.said, said)
        check_picture(pixels, black)
        return RawFrame(
            number=number,
            layout="cfa",
            pixels=pixels,
            pattern=self.said.pattern,
            black=black,
            white=white,
            crop=(0, 0, width, height),
            camera=camera_record(self.said, said, self._rate_text, self._assumed),
        )


def read_mcraw(stream: BinaryIO, size: int) -> McrawSource:
    """Index and descriptions; no samples are read.

    Raises DamagedSource: no index at its end, or numbers that cannot be. UnsupportedMedia: another
    version of the container, filters that are no Bayer grid, another coding.
    """
    head = stream.read(len(MARK) + 1)
    if len(head) <= len(MARK):
        raise truncated("the header is cut short")
    if head[-1] != _VERSION:
        raise UnsupportedMedia(f"MotionCam recordings of version {head[-1]}, not {_VERSION}")
    length = _item(stream, len(head), _DESCRIPTION, size)
    said = _described(stream, length, ClipSaid)
    offsets, times = _frame_index(stream, size)
    order = np.argsort(times, kind="stable")
    places = offsets[order]
    at = int(places[0]) + _ITEM.size
    at += _item(stream, at - _ITEM.size, _FRAME, size)
    first = _described(stream, _item(stream, at, _DESCRIPTION, size), FrameSaid)
    if not (0 < first.width < 1 << 16 and 0 < first.height < 1 << 16):
        raise DamagedSource(f"frames of {first.width}x{first.height}")
    _coding(first)
    return McrawSource(size, places, times[order], said, first)


def _coding(said: FrameSaid) -> Callable[[memoryview, int, int], Samples]:
    if said.need_remosaic:
        raise UnsupportedMedia("quad Bayer samples, which the app has not put in order yet")
    coding = _CODINGS.get(said.compression_type)
    if coding is None:
        raise UnsupportedMedia(f"MotionCam frames of compression type {said.compression_type}")
    return coding


def _frame_index(stream: BinaryIO, size: int) -> tuple[Numbers, Numbers]:
    """Byte and nanosecond of each frame, as the end of the file has them."""
    last = _ITEM.size + _INDEX.size
    stream.seek(max(0, size - last))
    tail = stream.read(last)
    if len(tail) < last or _ITEM.unpack_from(tail)[0] != _FRAME_INDEX:
        raise truncated("there is no index at its end: the recording or a copy of it broke off")
    magic, count, at = _INDEX.unpack_from(tail, _ITEM.size)
    if magic != _MAGIC:
        raise DamagedSource("the mark of its index is not there")
    if count < 1:
        raise DamagedSource("its index names no frame")
    if at + 16 * count > size:
        raise truncated(f"an index of {count} frames does not fit into the file")
    stream.seek(at)
    found = np.frombuffer(stream.read(16 * count), "<i8").reshape(-1, 2).astype(np.int64)
    if len(found) < count or found[:, 0].min() < 0 or found[:, 0].max() >= size:
        raise DamagedSource("its index names frames outside the file")
    if abs(found[:, 1]).max() >= _LATEST:
        raise DamagedSource("its index names times that cannot be")
    return found[:, 0], found[:, 1]


def _described(stream: BinaryIO, length: int, kind: type[Said]) -> Said:
    if length > LARGEST:
        raise DamagedSource(f"a description of {length} bytes")
    return read_said(stream.read(length), kind)


def _rate(times: Numbers, told: float | None) -> tuple[Fraction | None, bool, Assumption | None]:
    """Frames a second, whether they vary, and what was taken for granted.

    By the steps that are like most of them: where frames were dropped, the others tell the rate.
    """
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) else 0.0
    if not usual > 0:
        if told is None or not 0.1 < told < 10_000:
            return None, False, None
        return exact_rate(Fraction(told).limit_denominator(1001)), False, None
    even = abs(steps - usual) <= _UNEVEN * usual
    measured = 1e9 / float(steps[even].mean())
    near = min(_RATES, key=lambda rate: abs(rate - measured))
    close = abs(near / measured - 1) < _CLOSE
    rate = near if close else Fraction(round(measured * 1000), 1000)
    if not rate:
        return None, False, None
    off = abs(rate / measured - 1) > _EXACT
    detail = f"{rate_text(rate)}; the frames' own times say {measured:.4f}"
    return rate, not bool(even.all()), Assumption("rate", detail) if off else None


def _notes(said: ClipSaid, first: FrameSaid) -> tuple[str, ...]:
    extra, turn = said.extra_data, orientation(said, first)
    told = (
        (f"Orientation {turn} is not applied: pictures are as read", turn not in (None, 1)),
        ("a map of the lens's shading is not applied", first.shaded),
        (
            f"its sound of {extra.audio_sample_rate} Hz is not read",
            extra.audio_channels and extra.audio_sample_rate,
        ),
        (
            f"it was recorded in {said.num_segments} files, of which this one is read",
            (said.num_segments or 0) > 1,
        ),
    )
    return tuple(text for text, true in told if true)


def _item(stream: BinaryIO, at: int, wanted: int, size: int) -> int:
    """Bytes of the content of an item of a type, which the stream then stands at."""
    stream.seek(at)
    head = stream.read(_ITEM.size)
    kind, length = _ITEM.unpack(head) if len(head) == _ITEM.size else (wanted, size)
    if kind != wanted:
        what = "frame" if wanted == _FRAME else "description"
        raise DamagedSource(f"an item of type {kind} where a {what} should be")
    if at + _ITEM.size + length > size:
        raise truncated("an item of the recording is cut short")
    return int(length)
