"""Phantom cine: file header, bitmap header, camera setup, tagged blocks, frames.

Reference: Vision Research, "The Cine File Format" (2011): CINEFILEHEADER, BITMAPINFOHEADER,
SETUP (grown at its end over the years: `Length` says how much of it is there), TAGGED
BLOCKS, images. All little-endian and packed. Offsets below are into SETUP.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import BinaryIO

import numpy as np

from functions.contract.camera import CameraRecord
from functions.contract.clip import ClipFacts, RawFrame
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.contract.timecode import Timecode, timecode_of
from functions.media.raw.cine_colour import colour_of
from functions.media.raw.cine_pixels import P10, P12, PLAIN, levels, unpack

_FILE = struct.Struct("<2sHHHiIiIIIIII")
_BITMAP = struct.Struct("<IiiHHII")
_SETUP = 140  # where the marker "ST" and the length stand
_MOST_SETUP = 1 << 16
_GREY, _JPEG, _RAW = 0, 1, 2
_PATTERNS = {3: "GBRG", 4: "RGGB"}
_FIELDS = {
    "serial": (743, "I"),
    "flip_h": (756, "i"),
    "flip_v": (760, "i"),
    "rate": (768, "I"),
    "shutter_us": (772, "I"),
    "camera_version": (792, "I"),
    "firmware": (796, "I"),
    "software": (800, "I"),
    "zone": (804, "i"),
    "cfa": (808, "I"),
    "gain_r": (852, "f"),
    "gain_b": (856, "f"),
    "turn": (884, "i"),
    "bits": (896, "I"),
    "rate_steps": (1048, "I"),
    "shutter_ns": (1568, "I"),
    "meta_wb": (5724, "i"),
    "black": (5732, "i"),
    "white": (5736, "i"),
    "lens": (5740, "256s"),
    "aperture": (5996, "f"),
    "focal": (6004, "f"),
    "crop": (6868, "i"),
    "resample": (6888, "i"),
    "tc_rate": (6980, "f"),
    "name": (6984, "256s"),
    "calib": (7252, "9f"),
    "kelvin": (7288, "f"),
}
_TIMES, _TIMECODES = 1002, 1007


@dataclass(frozen=True, slots=True)
class CineSource:
    """Headers of one file; frames are found through its table of offsets."""

    size: int
    images: int
    table: int
    width: int
    height: int
    stored_bits: int
    packing: int
    layout: int
    setup: dict[str, tuple[float | int | bytes, ...]]
    start: Timecode | None
    captured: str | None

    def _number(self, name: str) -> float:
        value = self.setup.get(name, (0,))[0]
        assert not isinstance(value, bytes)
        return value if math.isfinite(value) else 0

    def _text(self, name: str) -> str | None:
        value = self.setup.get(name, (b"",))[0]
        assert isinstance(value, bytes)
        return value.split(b"\0")[0].decode("latin-1").strip() or None

    @property
    def flips(self) -> tuple[bool, bool]:
        """Whether the camera shows the stored picture mirrored left to right, and upside down."""
        return bool(self._number("flip_h")), bool(self._number("flip_v"))

    @property
    def pattern(self) -> str | None:
        """Of the picture as it is shown: a flip of an even side moves its first cell."""
        if self.layout != _RAW:
            return None
        cell = _PATTERNS[int(self._number("cfa")) & 0xFFFFFF]
        across, down = self.flips
        if across and self.width % 2 == 0:
            cell = cell[1] + cell[0] + cell[3] + cell[2]
        if down and self.height % 2 == 0:
            cell = cell[2:] + cell[:2]
        return cell

    @property
    def bits(self) -> int:
        """Bits that the sensor gave, as far as they are stored."""
        said = int(self._number("bits"))
        own = said if 0 < said <= 16 else self.stored_bits
        return {P10: 10, P12: 12}.get(self.packing, own)

    @property
    def levels(self) -> tuple[float, float]:
        return levels(
            int(self._number("black")), int(self._number("white")), self.bits, self.packing
        )

    @property
    def notes(self) -> tuple[str, ...]:
        found = []
        if self._number("crop"):
            found.append("the camera's own crop of the output (EnableCrop) is not applied")
        if self._number("resample"):
            found.append("the camera's own size of the output (EnableResample) is not applied")
        if turn := int(self._number("turn")):
            found.append(f"a turn by {turn} degrees (Rotate) is not applied: pictures are as read")
        if (steps := int(self._number("rate_steps"))) > 1:
            found.append(
                f"the rate changed while it was recorded ({steps} steps, FRPSteps): the "
                "header's one is taken for all frames"
            )
        return tuple(found)

    def facts(self, name: str) -> ClipFacts:
        rate = int(self._number("rate"))
        return ClipFacts(
            container="cine",
            codec={P10: "cine_p10", P12: "cine_p12"}.get(self.packing, "rawvideo"),
            layout="cfa" if self.layout == _RAW else "mono",
            width=self.width,
            height=self.height,
            name=name,
            frames_claimed=self.images,
            rate=Fraction(rate) if rate else None,
            start=self.start,
            camera=self.camera,
        )

    @property
    def camera(self) -> CameraRecord:
        black, white = self.levels
        calib = tuple(float(v) for v in self.setup.get("calib", ()) if not isinstance(v, bytes))
        gains = (self._number("gain_r"), self._number("gain_b"))
        metadata_only = "meta_wb" in self.setup and bool(self._number("meta_wb"))
        neutral, to_aces = (
            colour_of(calib, gains if metadata_only else None)
            if self.layout == _RAW
            else (None, None)
        )
        version, serial = int(self._number("camera_version")), int(self._number("serial"))
        shutter = self._number("shutter_ns") / 1e9 or self._number("shutter_us") / 1e6
        rate = int(self._number("rate"))
        return CameraRecord(
            make="Vision Research",
            model=f"Phantom (camera version {version})" if version else "Phantom",
            serial=str(serial) if serial else None,
            software=str(int(self._number("software"))),
            firmware=str(int(self._number("firmware"))),
            lens=self._text("lens"),
            shutter_seconds=shutter or None,
            aperture=self._number("aperture") or None,
            focal_length_mm=self._number("focal") or None,
            white_kelvin=self._number("kelvin") or None,
            as_shot_neutral=neutral,
            matrix_to_aces=to_aces,
            cfa=self.pattern,
            bits=self.bits,
            black=(black,) * (4 if self.layout == _RAW else 1),
            white=(white,),
            reel=self._text("name"),
            timecode=None if self.start is None else str(self.start),
            rate=str(rate) if rate else None,
            sensor_rate=str(rate) if rate else None,
            captured=self.captured,
        )

    def place(self, stream: BinaryIO, number: int) -> tuple[int, int] | None:
        if not 0 <= number < self.images:
            return None
        stream.seek(self.table + 8 * number)
        entry = stream.read(8)
        at = int.from_bytes(entry, "little")
        if len(entry) < 8 or not 0 < at <= self.size - 8:
            return None
        stream.seek(at)
        annotation = int.from_bytes(stream.read(4), "little")
        if annotation < 8 or at + annotation > self.size:
            raise DamagedSource("the annotation before the picture has a size that cannot be")
        return at + annotation, self._bytes()

    def _bytes(self) -> int:
        bits = {P10: 10, P12: 12}.get(self.packing, self.stored_bits)
        if self.packing == PLAIN:
            return (self.width * bits // 8 + 3) // 4 * 4 * self.height  # rows of a DIB
        return (self.width * self.height * bits + 7) // 8

    def count(self, stream: BinaryIO) -> int:
        there = 0
        for number in range(min(self.images, (self.size - self.table) // 8)):
            place = self.place(stream, number)
            there += place is not None and place[0] + place[1] <= self.size
        return there

    def decode(self, stored: bytes, number: int) -> RawFrame:
        black, white = self.levels
        pixels = unpack(stored, self.width, self.height, self.stored_bits, self.packing)
        across, down = self.flips
        if across or down:
            pixels = np.ascontiguousarray(pixels[:: -1 if down else 1, :: -1 if across else 1])
        return RawFrame(
            number=number,
            layout="cfa" if self.layout == _RAW else "mono",
            pixels=pixels,
            pattern=self.pattern,
            black=(black,) * 4,
            white=white,
            crop=(0, 0, self.width, self.height),
            camera=self.camera,
            timecode=None if self.start is None else self.start + number,
        )


def read_cine(stream: BinaryIO, size: int) -> CineSource:
    """Headers of a cine file; a few kilobytes are read.

    Raises DamagedSource: cut short, or numbers that cannot be. UnsupportedMedia: a compression,
    depth or colour filter array that we do not read.
    """
    head = _exactly(stream, 0, _FILE.size, "file header")
    kind, _, layout, version, _, _, _, images, bitmap, setup, table, _, _ = _FILE.unpack(head)
    if kind != b"CI" or version != 1:
        raise UnsupportedMedia(f"cine of version {version}")
    picture = _exactly(stream, bitmap, _BITMAP.size, "bitmap header")
    _, width, height, _, stored_bits, packing, _ = _BITMAP.unpack(picture)
    marks = _exactly(stream, setup + _SETUP, 4, "camera setup")
    if marks[:2] != b"ST":
        raise DamagedSource("the camera setup has no marker")
    length = int.from_bytes(marks[2:], "little")
    fields = _fields(_exactly(stream, setup, min(length, _MOST_SETUP), "camera setup"))
    if not (0 < width <= 1 << 16 and 0 < height <= 1 << 16 and images):
        raise DamagedSource(f"the headers say {width}x{height}, {images} images")
    cfa = int(fields.get("cfa", (0,))[0])
    if layout == _JPEG or packing not in (PLAIN, P10, P12) or layout not in (_GREY, _RAW):
        raise UnsupportedMedia(f"cine with compression {layout}, bitmap compression {packing}")
    if packing == PLAIN and stored_bits not in (8, 16):
        raise UnsupportedMedia(
            f"cine with colour of {stored_bits} bits, interpolated in the camera"
        )
    if layout == _RAW and cfa & 0xFFFFFF not in _PATTERNS:
        raise UnsupportedMedia(f"cine with the colour filter array code {cfa & 0xFFFFFF}")
    blocks = _blocks(stream, setup + length, table)
    return CineSource(
        size=size,
        images=images,
        table=table,
        width=width,
        height=height,
        stored_bits=stored_bits,
        packing=packing,
        layout=layout,
        setup=fields,
        start=_start(blocks.get(_TIMECODES, b""), fields),
        captured=_captured(blocks.get(_TIMES, b"")),
    )


def _exactly(stream: BinaryIO, at: int, length: int, what: str) -> bytes:
    stream.seek(at)
    content = stream.read(length)
    if len(content) < length:
        raise truncated(f"the {what} of the cine is cut short")
    return content


def _fields(setup: bytes) -> dict[str, tuple[float | int | bytes, ...]]:
    """Only what this file's setup is long enough to hold."""
    return {
        name: struct.unpack_from("<" + form, setup, at)
        for name, (at, form) in _FIELDS.items()
        if at + struct.calcsize("<" + form) <= len(setup)
    }


def _blocks(stream: BinaryIO, at: int, end: int) -> dict[int, bytes]:
    """The first entry (8 bytes) of each tagged block."""
    found: dict[int, bytes] = {}
    for _ in range(64):
        if at + 8 > end:
            break
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8:
            break
        size, kind = struct.unpack_from("<IH", head)
        if size < 8:
            break
        found.setdefault(kind, head[8:16] if size >= 16 else b"")
        at += size
    return found


def _start(entry: bytes, fields: dict[str, tuple[float | int | bytes, ...]]) -> Timecode | None:
    """SMPTE ST 12 digits of the first image, in the clock of the timecode's own rate."""
    rate = float(fields.get("tc_rate", (0.0,))[0])
    if len(entry) < 4 or not 1 <= rate <= 120:
        return None
    digits = [(entry[i] >> 4 & mask) * 10 + (entry[i] & 15) for i, mask in enumerate((3, 7, 7, 3))]
    frames, seconds, minutes, hours = digits
    whole = abs(rate - round(rate)) < 1e-3
    exact = Fraction(round(rate)) if whole else Fraction(round(rate * 1.001) * 1000, 1001)
    return timecode_of((hours, minutes, seconds, frames), exact, drop=bool(entry[0] & 0x40))


def _captured(entry: bytes) -> str | None:
    """ISO 8601, UTC, of the first image: 32.32 bits fixed point, the fraction first."""
    if len(entry) < 8:
        return None
    fraction, seconds = struct.unpack("<II", entry)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        seconds=seconds, microseconds=(fraction & ~3) * 10**6 >> 32
    )
    return moment.isoformat().replace("+00:00", "Z")
