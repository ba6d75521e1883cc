"""The boxes that Canon adds to ISO base media files, and timed metadata (CTMD).

References: L. Clevy and others, lclevy/canon_cr3 `readme.md` (2022) and its listing of a C200's
file; LibRaw 0.22, `cr3_parser.cpp` and `crx.cpp`; dnglab, `cr3.rs`; ExifTool 12.57, `Canon.pm`.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import NamedTuple

from functions.contract.errors import DamagedSource
from functions.contract.picture import AudioFacts
from functions.media.containers.boxes import Box, boxes_in
from functions.media.containers.tiff import Directory, Tiff, quiet, read_bytes
from functions.media.containers.tracks import Movie, Track

_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
ENTRY = 82
"""Bytes of a sample entry `CRAW` before the boxes in it."""
PATTERNS = ("RGGB", "GRBG", "GBRG", "BGGR")
"""Of colour filters, by their number in CMP1."""
_SOUNDS = {"twos": "pcm_s16be", "sowt": "pcm_s16le", "in24": "pcm_s24be"}
_LOGS = {1: "Canon Log", 2: "Canon Log 2", 3: "Canon Log 3"}
_MODES = {130: "Light", 131: "Standard"}


class Coding(NamedTuple):
    """How pictures of a track are coded (CMP1), and what of them is shown (IAD1).

    bits : of a sample; crop : (x, y, width, height); headers : bytes of those of a frame
    """

    width: int
    height: int
    bits: int
    planes: int
    pattern: str
    crop: tuple[int, int, int, int]
    headers: int


class Said(NamedTuple):
    """Canon's own words in the movie box: version of its writer, TIFF directories of the camera,
    of its exposure and of its maker's note."""

    version: str
    camera: Directory
    exposure: Directory
    maker: Directory

    @property
    def is_movie(self) -> bool:
        """Whether it was shot as a movie; else it is a still, or a burst of them."""
        return self.version.startswith("CanonCRM")

    @property
    def mode(self) -> str | None:
        """ "Light" or "Standard"; None where the camera does not say it."""
        quality = (quiet(self.maker.ints, 1) or ())[3:4]
        return _MODES.get(quality[0]) if quality else None

    @property
    def log(self) -> str | None:
        """The curve that the camera showed its picture with."""
        code = (quiet(self.maker.ints, 0x4026) or ())[11:12]
        return _LOGS.get(code[0]) if code else None


class Timed(NamedTuple):
    """What is said of one frame. captured : ISO 8601"""

    captured: str | None = None
    focal_length_mm: float | None = None
    aperture: float | None = None
    shutter_seconds: float | None = None
    iso: int | None = None


def read_said(moov: Box) -> Said | None:
    """Canon's box; None for a file of another."""
    own = next((box.body for box in moov.all(b"uuid") if box.body.startswith(_CANON)), None)
    if own is None:
        return None
    found = dict(boxes_in(own[len(_CANON) :]))
    version = found.get(b"CNCV", b"").partition(b"\0")[0].decode("latin-1")
    return Said(version, *(_directory(found.get(kind)) for kind in (b"CMT1", b"CMT2", b"CMT3")))


def read_coding(track: Track) -> Coding | None:
    """Of a track of raw pictures; None for any other.

    Raises DamagedSource for numbers that cannot be.
    """
    entry = next((body for kind, body in boxes_in(track.description()) if kind == b"CRAW"), None)
    inside = dict(boxes_in(entry[ENTRY:])) if entry else {}
    content = inside.get(b"CMP1", b"")
    if len(content) < 32:
        return None
    width, height = struct.unpack_from(">II", content, 8)
    bits, planes, kind = content[24], content[25] >> 4, content[26] >> 4
    # Of pictures that are coded as sums and differences, samples have bits of their own.
    if (
        len(content) > 84
        and content[32] >> 7
        and planes == 4
        and content[56] >> 6 & 1
        and kind == 3
    ):
        bits = content[84]
    layout = content[25] & 15
    if not (0 < width < 1 << 16 and 0 < height < 1 << 16 and 0 < bits <= 16 and layout < 4):
        raise DamagedSource(f"a CMP1 box of {width}x{height}, {bits} bits, filters {layout}")
    crop = _crop(inside.get(b"CDI1", b""), width, height)
    headers = struct.unpack_from(">I", content, 28)[0]
    return Coding(width, height, bits, planes, PATTERNS[layout], crop, headers)


def _crop(content: bytes, width: int, height: int) -> tuple[int, int, int, int]:
    """The picture that Canon recommends; all of it where none is said or it lies outside."""
    area = dict(boxes_in(content[4:])).get(b"IAD1", b"")
    if len(area) >= 24:
        left, top, right, bottom = struct.unpack_from(">4H", area, 16)
        if left < right < width and top < bottom < height:
            return left, top, right + 1 - left, bottom + 1 - top
    return 0, 0, width, height


def read_sound(movie: Movie) -> tuple[AudioFacts, ...]:
    """Tracks of plain samples; none of them where one is anything else, or of an unknown form."""
    found = []
    for track in movie.tracks:
        if track.kind != "soun":
            continue
        entry = next((body for _, body in boxes_in(track.description())), b"")
        codec = _SOUNDS.get(track.codec)
        if codec is None or len(entry) < 28 or not track.pcm:
            return ()
        (channels,) = struct.unpack_from(">H", entry, 16)
        (rate,) = struct.unpack_from(">H", entry, 24)
        layout = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
        samples = int(track.samples.count.sum())
        found.append(
            AudioFacts(codec=codec, rate=rate, channels=channels, layout=layout, samples=samples)
        )
    return tuple(found) if all(each.rate and each.channels for each in found) else ()


def read_timed(content: bytes) -> Timed:
    """Of a frame's sample of the track CTMD; what does not read is left out."""
    found: dict[int, bytes] = {}
    at = 0
    while at + 12 <= len(content):
        length, kind = struct.unpack_from("<IH", content, at)
        if length < 12 or at + length > len(content):
            break
        found.setdefault(kind, content[at + 12 : at + length])
        at += length
    stamp, focal, exposure = (found.get(kind, b"") for kind in (1, 4, 5))
    captured = focal_length = iso = None
    if len(stamp) >= 10:
        year, month, day, hour, minute, second, part = struct.unpack_from("<H6B", stamp, 2)
        if year and 1 <= month <= 12 and 1 <= day <= 31 and hour < 24 and max(minute, second) < 60:
            captured = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
            captured += f".{part:02d}" if part < 100 else ""
    if len(focal) >= 4:
        focal_length = _ratio(*struct.unpack_from("<HH", focal))
    aperture = shutter = None
    if len(exposure) >= 12:
        *stops, speed = struct.unpack_from("<4HI", exposure)
        aperture, shutter = _ratio(*stops[:2]), _ratio(*stops[2:])
        iso = speed if 0 < speed < 1 << 31 else None
    return Timed(captured, focal_length, aperture, shutter, iso)


def _ratio(above: int, below: int) -> float | None:
    return round(above / below, 6) if above and below else None


def _directory(content: bytes | None) -> Directory:
    with suppress(DamagedSource):
        return Tiff(read_bytes(content or b""), len(content or b"")).chain()[0]
    return Directory()
