"""The header of an ARRIRAW file (.ari): numbers and words at places of 4096 bytes, little-endian.

References: SMPTE RDD 30:2014, ARRIRAW Image File Structure; ARRI, Metadata white paper (25 May
2018). Neither was at hand: the places are those at which other programs look. What decides about
pixels is where dcraw 9.28, rawspeed's AriDecoder and rawler's `ari.rs` have it; lens, slate,
framelines and looks are as arriraw_legacy_metadata_reader has them. The focus distance stands at
0x378 in a unit that none of them names: it is left out.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction
from typing import Literal

import msgspec

from functions.contract.camera import Assumption, CameraRecord, Frameline, Grade, Triple
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.contract.frames import rate_text
from functions.contract.timecode import Timecode, exact_rate, timecode_of
from functions.media.acquisition.values import text_of
from functions.media.raw.arriraw_colour import (
    BLACK,
    COLDEST,
    WARMEST,
    WHITE,
    alexa_matrix,
    exposure_stops,
)

LENGTH = 4096
_ORDER = 0x78563412
_VERSION = 3
Packing = Literal["words", "bytes"]
# Family: packing, first cell of the mosaic, and whether the published matrices are of its sensor.
_FAMILIES: dict[str, tuple[Packing, str, bool]] = {
    "ALEXA": ("words", "GRBG", True),
    "ALEXALF": ("words", "BGGR", False),
    "ALEXA65": ("words", "BGGR", False),
    "A-MINI": ("bytes", "BGGR", True),
}
_ORIENTATIONS = {0: 1, 1: 2, 12: 3}
_GRADES = {2: "video", 3: "LogC"}
_ND = {1: 0.3, 2: 0.6, 3: 1.2, 4: 2.1}
_DAYLIGHT, _EI = 5600.0, 800
_MATRICES = "the Academy's published matrices for ALEXA raw (2013)"


class AriHeader(msgspec.Struct, frozen=True):
    """What of a header decides about pixels, and the camera's record.

    data : offset of the samples; active : (x, y, width, height) of the picture in them;
    pattern : of the picture's first cell
    """

    width: int
    height: int
    data: int
    active: tuple[int, int, int, int]
    packing: Packing
    pattern: str
    rate: Fraction | None
    timecode: Timecode | None
    camera: CameraRecord
    notes: tuple[str, ...]

    @property
    def stored(self) -> int:
        """Bytes of the samples: 12 bits each, whole words of 32."""
        return -(-self.width * self.height * 12 // 32) * 4


class _Places:
    """Numbers and words of a header by their places."""

    def __init__(self, head: bytes) -> None:
        self._head = head

    def whole(self, at: int, form: str = "I") -> int:
        found: int = struct.unpack_from("<" + form, self._head, at)[0]
        return found

    def real(self, at: int) -> float | None:
        value: float = struct.unpack_from("<f", self._head, at)[0]
        return value if math.isfinite(value) else None

    def triple(self, at: int) -> Triple | None:
        one, two, three = (self.real(at + 4 * n) for n in range(3))
        return None if one is None or two is None or three is None else (one, two, three)

    def text(self, at: int, length: int, step: int = 1) -> str | None:
        return text_of(self._head[at : at + length][::step])

    def digits(self, at: int) -> tuple[int, int, int, int] | None:
        """Four binary-coded bytes, the most significant first; None where one is no digit."""
        four = self._head[at : at + 4][::-1]
        if any(byte >> 4 > 9 or byte & 15 > 9 for byte in four):
            return None
        a, b, c, d = ((byte >> 4) * 10 + (byte & 15) for byte in four)
        return a, b, c, d


def read_header(head: bytes) -> AriHeader:
    """The header of one file.

    Raises DamagedSource for one that is cut short or whose numbers cannot be, UnsupportedMedia
    for another byte order or version, and for a camera family that nobody describes.
    """
    if len(head) < LENGTH:
        raise truncated(f"{len(head)} of the {LENGTH} bytes of an ARRIRAW header")
    at = _Places(head)
    if at.whole(4) != _ORDER:
        raise UnsupportedMedia("ARRIRAW in another byte order than its published one")
    if at.whole(0xC) != _VERSION:
        raise UnsupportedMedia(f"ARRIRAW with a header of version {at.whole(0xC)}, not {_VERSION}")
    family = at.text(0x29C, 8)
    if family not in _FAMILIES:
        raise UnsupportedMedia(
            f"ARRIRAW of the camera family {family!r}: packing and mosaic are known of "
            f"{', '.join(_FAMILIES)}"
        )
    packing, pattern, own_matrices = _FAMILIES[family]
    width, height, data = at.whole(0x14), at.whole(0x18), at.whole(8)
    if not (0 < width <= 1 << 16 and 0 < height <= 1 << 16) or width % 2 or height % 2:
        raise DamagedSource(f"an ARRIRAW header says {width}x{height}")
    if data < LENGTH:
        raise DamagedSource(f"an ARRIRAW header says that samples begin at {data}, inside it")
    active = tuple(at.whole(0x24 + 4 * n) for n in range(4))
    x, y, across, down = active if any(active) else (0, 0, width, height)
    if not (across and down) or x + across > width or y + down > height:
        raise DamagedSource(f"an active area {active} is not inside {width}x{height}")
    if x % 2:
        pattern = pattern[1] + pattern[0] + pattern[3] + pattern[2]
    if y % 2:
        pattern = pattern[2:] + pattern[:2]
    rate = _rate(at.whole(0x1A4)) or _rate(at.whole(0x1B0))
    timecode = _timecode(at, rate)
    camera = _record(at, family, rate, timecode, own_matrices=own_matrices)
    camera = msgspec.structs.replace(camera, cfa=pattern, framelines=_framelines(at, x, y))
    return AriHeader(
        width=width,
        height=height,
        data=data,
        active=(x, y, across, down),
        packing=packing,
        pattern=pattern,
        rate=rate,
        timecode=timecode,
        camera=camera,
        notes=_notes(camera),
    )


def _rate(thousandths: int) -> Fraction | None:
    return exact_rate(Fraction(thousandths, 1000)) if 0 < thousandths < 100_000_000 else None


def _timecode(at: _Places, rate: Fraction | None) -> Timecode | None:
    """Digits of hours, minutes, seconds and frames; of the frame's own."""
    digits = at.digits(0x1A8)
    return None if rate is None or digits is None else timecode_of(digits, rate)


def _record(
    at: _Places,
    family: str,
    rate: Fraction | None,
    timecode: Timecode | None,
    *,
    own_matrices: bool,
) -> CameraRecord:
    assumed = [
        Assumption(
            "curve",
            "12-bit codes are made linear by a derived curve: 1024 numbers as they are, then 512 "
            "codes an octave; right to half a step, 0.1 %",
        )
    ]
    kelvin, ei = float(at.whole(0x5C)), at.whole(0x74)
    if not kelvin:
        kelvin = _DAYLIGHT
        assumed.append(Assumption("white_kelvin", f"the header has none: {kelvin:.0f} K"))
    elif not WARMEST <= kelvin <= COLDEST:
        nearest = f"no matrix is published for {kelvin:.0f} K: the nearest one's is taken"
        assumed.append(Assumption("white_kelvin", nearest))
    if not own_matrices:
        of_others = f"none is published for the family {family}: that of ALEXA is taken"
        assumed.append(Assumption("camera_matrix", of_others))
    if not 0 < ei <= 1_000_000:
        ei = _EI
        assumed.append(Assumption("exposure_index", f"the header has none: EI {ei}"))
    balance = _balance(at, assumed)
    # White balance is scaled so that no gain is under 1: what that adds is taken off again.
    lowest = min(1.0, *balance)
    sensor = _rate(at.whole(0x1A0))
    microseconds, degrees = at.whole(0x18C), at.whole(0x190)
    nd = _ND.get(at.whole(0x388, "H"))
    card, lens_serial, serial = at.whole(0x268, "Q"), at.whole(0x380), at.whole(0x170)
    focal, squeeze = at.whole(0x37C), at.real(0xC4)
    squeeze = squeeze if squeeze is not None and 0.1 <= squeeze <= 10 else None
    return CameraRecord(
        make="ARRI",
        model=at.text(0x2F8, 20) or family,
        serial=str(serial) if serial else None,
        camera_id=at.text(0x174, 4, -1),  # letters stand backwards
        lens=at.text(0x398, 32),
        lens_serial=str(lens_serial) if lens_serial else None,
        focal_length_mm=focal / 1000 if 0 < focal < 10_000_000 else None,
        t_stop=_t_stop(at.whole(0x384, "i")),
        squeeze=squeeze,
        nd_stops=None if nd is None else round(nd / math.log10(2), 2),
        iso=ei,
        shutter_seconds=microseconds / 1e6 or None,
        shutter_degrees=degrees / 1000 if 0 < degrees <= 360_000 else None,
        white_kelvin=kelvin,
        tint=at.real(0x60),
        as_shot_neutral=(1 / balance[0], 1 / balance[1], 1 / balance[2]),
        baseline_exposure=exposure_stops(ei) + math.log2(lowest),
        matrix_to_aces=alexa_matrix(kelvin),
        matrix_source=f"{_MATRICES} at {kelvin:.0f} K, EI {ei}",
        bits=12,
        black=(BLACK,) * 4,
        white=(WHITE,),
        reel=at.text(0x4F8, 8),
        clip=at.text(0x698, 20),
        card=str(card) if card else None,
        scene=at.text(0x500, 16),
        take=at.text(0x510, 8),
        timecode=str(timecode) if timecode else None,
        rate=rate_text(rate) if rate else None,
        sensor_rate=rate_text(sensor) if sensor else None,
        captured=_captured(at),
        look=at.text(0xCC, 32),
        grade=_grade(at),
        orientation=_ORIENTATIONS.get(at.whole(0xC8)),
        pixel_aspect=squeeze or 1.0,
        assumed=tuple(assumed),
    )


def _balance(at: _Places, assumed: list[Assumption]) -> Triple:
    """Factors of red, green and blue that the samples still need.

    Raises DamagedSource for factors that no light has.
    """
    if at.whole(0x70):
        return 1.0, 1.0, 1.0
    factors = at.triple(0x64)
    if factors == (0.0, 0.0, 0.0):
        assumed.append(Assumption("white_balance", "the header has none: taken as balanced"))
        return 1.0, 1.0, 1.0
    if factors is None or min(factors) <= 0 or max(factors) > 256 * min(factors):
        raise DamagedSource(f"white balance factors {factors} of an ARRIRAW header")
    return factors


def _t_stop(thousandths: int) -> float | None:
    """Of a linear iris in thousandths of a stop from T 0.7 on; below 0 there is none."""
    return round(2 ** ((thousandths / 1000 - 1) / 2), 4) if 0 < thousandths < 30_000 else None


def _captured(at: _Places) -> str | None:
    date, time = at.digits(0x17C), at.digits(0x180)
    if date is None or time is None or not (1 <= date[2] <= 12 and 1 <= date[3] <= 31):
        return None
    if time[0] > 23 or time[1] > 59 or time[2] > 59:
        return None
    day = f"{date[0]:02d}{date[1]:02d}-{date[2]:02d}-{date[3]:02d}"
    return f"{day}T{time[0]:02d}:{time[1]:02d}:{time[2]:02d}"


def _grade(at: _Places) -> Grade | None:
    space = _GRADES.get(at.whole(0x130))
    saturation, slope, offset, power = (
        at.real(0xFC), at.triple(0x100), at.triple(0x10C), at.triple(0x118),
    )  # fmt: skip
    if space is None or saturation is None or slope is None or offset is None or power is None:
        return None
    if min(*slope, saturation) < 0 or min(power) <= 0:
        return None
    return Grade(slope=slope, offset=offset, power=power, saturation=saturation, space=space)


def _framelines(at: _Places, x: int, y: int) -> tuple[Frameline, ...]:
    """Six places of them, in pixels of the stored samples; x, y : where the picture begins."""
    found: list[Frameline] = []
    for place in range(0x890, 0x890 + 6 * 0x30, 0x30):
        kind, name = at.whole(place), at.text(place + 4, 32)
        left, top, width, height = (at.whole(place + 36 + 2 * n, "H") for n in range(4))
        if kind in (1, 2) and width and height:
            role: Literal["master", "auxiliary"] = "master" if kind == 1 else "auxiliary"
            name = name or f"frameline {len(found) + 1}"
            found.append(
                Frameline(name=name, role=role, x=left - x, y=top - y, width=width, height=height)
            )
    return tuple(found)


def _notes(camera: CameraRecord) -> tuple[str, ...]:
    found = []
    if camera.orientation not in (None, 1):
        found.append(f"Orientation {camera.orientation} is not applied: pictures are as read")
    if camera.orientation is None:
        found.append("the header has an orientation that nobody describes: pictures are as read")
    if camera.look:
        found.append(f"the camera's look {camera.look!r} is not applied: it is metadata")
    return tuple(found)
