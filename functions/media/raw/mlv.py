"""Magic Lantern Video 2.0: blocks of headers and raw frames.

Reference: Magic Lantern, `raw_video_format` of the mlv_rec module (2013): every block is a
four-letter type, its size with header (u32), a time stamp in microseconds (u64), payload;
little-endian, packed. `raw_info` (in RAWI) and `raw_capture_info` (RAWC) are its raw.h.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from functions.contract.camera import Calibration, CameraRecord, matrix_of
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.media.open.empty_frames import check_picture

_FILE = struct.Struct("<4sI8sQHHIHHIIII")
_BLOCK = struct.Struct("<4sIQ")
_FRAME = struct.Struct("<I4HI")
_RAW, _LJ92, _DELTA, _LZMA = 1, 0x20, 0x40, 0x80
_HEADERS = 4096  # blocks before the first frame: a camera writes about a dozen
_LARGEST = 1 << 20  # bytes of a header block that is worth reading
_CUSTOM_WHITE = 6
_INFINITE = 65535  # mm of focus distance
_DROPPED, _STOPPED = 2, 8  # flags of a file
_MOST_STOPS = 32


@dataclass
class MlvSource:
    """Headers of one file and, as far as they were walked, the places of its frames."""

    size: int
    claimed: int
    rate: Fraction | None
    video_class: int
    blocks: dict[bytes, bytes]
    notes: tuple[str, ...]
    walked: int
    places: dict[int, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        raw = self.blocks[b"RAWI"]
        self.width, self.height = struct.unpack_from("<HH", raw)
        self.bits, black, white = struct.unpack_from("<3i", raw, 28)
        self.pattern = _pattern(raw[80:84])
        if not (0 < self.bits <= 16 and self.width and self.height):
            raise DamagedSource(f"RAWI says {self.width}x{self.height} of {self.bits} bits")
        self.black, self.white = float(black), float(white)
        if not 0 <= black < white <= 65535:
            raise DamagedSource(f"RAWI says black {black} and white {white}")
        self.camera = _camera(self)

    def facts(self, name: str) -> ClipFacts:
        return ClipFacts(
            container="mlv",
            codec="ljpeg" if self.video_class & _LJ92 else "rawvideo",
            layout="cfa",
            width=self.width,
            height=self.height,
            name=name,
            frames_claimed=self.claimed or None,
            rate=self.rate,
            camera=self.camera,
        )

    def place(self, stream: BinaryIO, number: int) -> tuple[int, int] | None:
        """Where a frame's samples are. Frames may stand out of order, so the walk goes on
        until this one came by; blocks before it are read once."""
        while number not in self.places:
            if not self._step(stream):
                return None
        return self.places[number]

    def count(self, stream: BinaryIO) -> int:
        while self._step(stream):
            pass
        return len(self.places)

    def _step(self, stream: BinaryIO) -> bool:
        """Read one block's header; False at the end, or where the rest is cut off."""
        if self.walked + _BLOCK.size > self.size:
            return False
        stream.seek(self.walked)
        head = stream.read(_BLOCK.size + _FRAME.size)
        if len(head) < _BLOCK.size:
            return False
        kind, size, _ = _BLOCK.unpack_from(head)
        end = self.walked + size
        if size < _BLOCK.size or (kind == b"VIDF" and end > self.size):
            self.walked = self.size
            return False
        if kind == b"VIDF" and len(head) == _BLOCK.size + _FRAME.size:
            number, *_, space = _FRAME.unpack_from(head, _BLOCK.size)
            start = self.walked + _BLOCK.size + _FRAME.size + space
            if start < end:
                self.places.setdefault(number, (start, end - start))
        self.walked = end
        return True

    def decode(self, stored: bytes, number: int) -> RawFrame:
        pixels = self._pixels(stored)
        check_picture(pixels, (self.black,) * 4)
        return RawFrame(
            number=number,
            layout="cfa",
            pixels=pixels,
            pattern=self.pattern,
            black=(self.black,) * 4,
            white=self.white,
            crop=(0, 0, self.width, self.height),
            camera=self.camera,
        )

    def _pixels(self, stored: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
        shape = (self.height, self.width)
        if self.video_class & _LJ92:
            from functions.media.dng.jpeg import decode_jpeg

            picture, _, _ = decode_jpeg(memoryview(stored), 2 * self.height * self.width)
            samples = picture.reshape(-1)
            if samples.size < self.height * self.width:
                raise DamagedSource(f"lossless JPEG of {samples.size} samples for {shape}")
            return samples[: self.height * self.width].astype(np.uint16).reshape(shape)
        needed = (self.height * self.width * self.bits + 7) // 8
        if len(stored) < needed:
            raise truncated(f"{len(stored)} of {needed} bytes of a frame")
        import kernels

        # Rows run on without padding, in whole 16-bit words.
        even = stored[: needed + needed % 2].ljust(needed + needed % 2, b"\0")
        flat = kernels.unpack(even, self.height * self.width, 1, self.bits, packing="mlv")
        return flat.reshape(shape)


def read_mlv(stream: BinaryIO, size: int) -> MlvSource:
    """Headers up to the first frame.

    Raises DamagedSource: cut short before the raw facts, or numbers that cannot be.
    UnsupportedMedia: video that is no raw, or compressed in a way that we do not read.
    """
    head = stream.read(_FILE.size)
    if len(head) < _FILE.size:
        raise truncated("the MLV file header is cut short")
    _, length, version, _, number, parts, flags, video, audio, frames, sounds, up, down = (
        _FILE.unpack(head)
    )
    if not version.startswith(b"v2.0"):
        raise UnsupportedMedia(f"MLV version {version.rstrip(bytes(1))!r}")
    if video & 0x1F != _RAW or video & (_DELTA | _LZMA):
        raise UnsupportedMedia(f"MLV with video class 0x{video:02x} is no raw that we read")
    at, blocks = max(length, _FILE.size), dict[bytes, bytes]()
    for _ in range(_HEADERS):
        stream.seek(at)
        head = stream.read(_BLOCK.size)
        if len(head) < _BLOCK.size:
            break
        kind, block, _ = _BLOCK.unpack(head)
        if kind == b"VIDF" or block < _BLOCK.size:
            break
        if kind.isalpha() and block <= _LARGEST:
            blocks.setdefault(kind, stream.read(block - _BLOCK.size))
        at += block
    if len(blocks.get(b"RAWI", b"")) < 160:
        raise truncated("the MLV file says nothing of its raw format (RAWI)")
    notes = [] if not number else [f"this is part {number} of a spanned recording"]
    if parts > 1 and not number:
        notes.append(f"the recording is in {parts} files: the first is read")
    if audio and sounds:
        notes.append(f"{sounds} audio blocks are not read")
    if flags & _DROPPED:
        notes.append("the camera says that it dropped frames")
    if flags & _STOPPED:
        notes.append("the camera says that an error ended the recording")
    notes += _unapplied(blocks)
    rate = Fraction(up, down) if up and down else None
    return MlvSource(size, frames, rate, video, blocks, tuple(notes), at)


def _unapplied(blocks: dict[bytes, bytes]) -> list[str]:
    """What blocks say of the light and is not done."""
    notes = []
    if _has(blocks, b"DISO", 8):
        mode, second = struct.unpack_from("<2I", blocks[b"DISO"])
        if mode:
            notes.append(
                f"dual ISO (DISO mode {mode}, {second}): pairs of lines differ in exposure, and "
                "are developed as one"
            )
    gain = struct.unpack_from("<I", blocks[b"EXPO"], 12)[0] if _has(blocks, b"EXPO", 24) else 0
    if gain:
        notes.append(f"a digital gain of {gain / 1024:g} stops (EXPO) is not applied")
    return notes


def _pattern(cells: bytes) -> str:
    pattern = "".join("RGB"[c] if c < 3 else "?" for c in cells)
    if pattern not in ("RGGB", "BGGR", "GRBG", "GBRG"):
        raise UnsupportedMedia(f"MLV with the colour filter pattern {pattern}")
    return pattern


def _text(raw: bytes) -> str | None:
    return raw.split(b"\0")[0].decode("latin-1").strip() or None


def _camera(source: MlvSource) -> CameraRecord:
    blocks, raw = source.blocks, source.blocks[b"RAWI"]

    def values(kind: bytes, form: str) -> tuple[int, ...]:
        payload = blocks.get(kind, b"")
        return struct.unpack_from(form, payload) if len(payload) >= struct.calcsize(form) else ()

    identity, lens = blocks.get(b"IDNT", b""), blocks.get(b"LENS", b"")
    optics, exposure = values(b"LENS", "<HHH"), values(b"EXPO", "<4I")
    *_, shutter = values(b"EXPO", "<4IQ") or (0,)
    mode, kelvin, red, green, blue = values(b"WBAL", "<5I") or (0,) * 5
    custom = mode == _CUSTOM_WHITE and min(red, green, blue) > 0
    neutral = (green / red, 1.0, green / blue) if custom else None
    clock = values(b"RTCI", "<6H")
    name = _text(identity[:32])
    illuminant = struct.unpack_from("<i", raw, 84)[0]
    ratios = struct.unpack_from("<18i", raw, 88)
    divides = zip(ratios[::2], ratios[1::2], strict=True)
    matrix = None if 0 in ratios[1::2] else matrix_of([n / d for n, d in divides])
    calibrations: tuple[Calibration, ...] = ()
    if matrix is not None:
        calibrations = (Calibration(illuminant=illuminant or 21, color_matrix=matrix),)
    top, bottom = struct.unpack_from("<2i", raw, 72)
    sampling = values(b"RAWC", "<8x4B")  # binned and skipped: columns, then rows
    across, down = (sum(sampling[:2]), sum(sampling[2:])) if sampling else (0, 0)
    return CameraRecord(
        make=name.split()[0] if name else None,
        model=name,
        serial=_text(identity[36:68]),
        lens=_text(lens[16:48]) if len(lens) >= 48 else None,
        lens_serial=_text(lens[48:80]),
        focus_metres=optics[1] / 1000 if optics and 0 < optics[1] < _INFINITE else None,
        iso=exposure[1] or None if exposure else None,
        shutter_seconds=shutter / 1e6 or None,
        aperture=optics[2] / 100 or None if optics else None,
        focal_length_mm=float(optics[0]) or None if optics else None,
        white_kelvin=float(kelvin) if kelvin and not custom else None,
        as_shot_neutral=neutral,
        calibrations=calibrations,
        baseline_exposure=_stops(top, bottom),
        pixel_aspect=across / down if across and down else 1.0,
        cfa=source.pattern,
        bits=source.bits,
        black=(source.black,) * 4,
        white=(source.white,),
        rate=None if source.rate is None else str(source.rate),
        captured=_date(clock),
    )


def _stops(top: int, bottom: int) -> float:
    """exposure_bias, DNG's BaselineExposure; 0 over 0 and 0 over 1 say none."""
    if not bottom:
        return 0.0
    if abs(top / bottom) >= _MOST_STOPS:
        raise DamagedSource(f"RAWI says an exposure of {top}/{bottom} stops")
    return top / bottom


def _has(blocks: dict[bytes, bytes], kind: bytes, length: int) -> bool:
    return len(blocks.get(kind, b"")) >= length


def _date(clock: tuple[int, ...]) -> str | None:
    """ISO 8601 of C's broken-down time: months from 0, years from 1900."""
    if not clock or not any(clock):
        return None
    second, minute, hour, day, month, year = clock
    return f"{year + 1900:04d}-{month + 1:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
