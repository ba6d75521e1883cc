"""ProRes RAW: levels, colour and crop by a frame's header, and FFmpeg's codes made linear.

FFmpeg up to libavcodec 62 gives the coded samples (12 bits, companded) and uses nothing of the
header. There is no published specification: the layout is that of FFmpeg's decoders
(libavcodec/prores_raw.c; `AVRawColorParams` of later releases), in numbers and not in code.

    header, big-endian, from the packet's start: size, 'prrf', header length (from byte 8), version
    at 11, sides at 16, crop at 20, Bayer pattern at 24, range of the sensor at 26, white balance
    of red and blue at 28, camera RGB to XYZ at 36, gain at 72, kelvin at 76, flags at 78, then a
    quantisation matrix (flag 1) and seven control points of the curve (flag 16) after a first one
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

from functions.contract.camera import CameraRecord, Matrix, product
from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated

COMPANDED_UP_TO = 62
"""libavcodec's major version; the next one gives linear samples, cropped, and would be undone
twice."""
BLACK = 256.0
_CURVE = (0, 512, 1024, 2048, 4096, 8192, 16384, 32768)
_LAST = 65536
_SHORTEST = 62  # bytes of a header, from byte 8
_TILE_ROWS = 16
_HIGHEST_CODE = 4091  # where FFmpeg clips
# XYZ under D65 to ACES2065-1, linear Bradford to the ACES white.
_TO_ACES = (
    (1.0634954914941999, 0.006408910197118006, -0.015806786617605473),
    (-0.49207412792389177, 1.3682234074733282, 0.09133708831447361),
    (-0.002816461639253492, 0.004644171056800655, 0.9164185745936567),
)


class ProResRawHeader(msgspec.Struct, frozen=True):
    """One frame's header.

    crop : (x, y, width, height) that the camera recommends
    span : of linear samples from black (256) to white
    balance : white balance factors of red and blue; green's is 1
    matrix : white-balanced camera RGB to XYZ under D65
    gain : to scene-linear light
    curve : nine control points of the way back from codes
    odd_tiles : whether a tile's quantiser is one that FFmpeg rounds down
    """

    width: int
    height: int
    crop: tuple[int, int, int, int]
    span: int
    balance: tuple[float, float]
    matrix: Matrix
    gain: float
    kelvin: int
    curve: tuple[int, ...]
    odd_tiles: bool

    @property
    def white(self) -> float:
        """Linear sample of the sensor's white."""
        return BLACK + self.span

    @property
    def notes(self) -> tuple[str, ...]:
        """What the decoder takes away."""
        top = linear_codes(self.curve)[_HIGHEST_CODE]
        if top >= self.white:
            return ()
        part = (float(top) - BLACK) / self.span
        return (f"FFmpeg clips ProRes RAW at {part:.3f} of the sensor's white",)

    def record(self, camera: CameraRecord) -> CameraRecord:
        """The camera record with this frame's levels and colour."""
        red, blue = self.balance
        # White balance is scaled so that no gain is under 1: what that adds is taken off again.
        lowest = min(1.0, red, blue)
        return msgspec.structs.replace(
            camera,
            cfa="RGGB",
            bits=12,
            black=(BLACK,) * 4,
            white=(self.white,),
            as_shot_neutral=(1 / red, 1.0, 1 / blue),
            matrix_to_aces=product(_TO_ACES, self.matrix),
            baseline_exposure=math.log2(self.gain * lowest),
            white_kelvin=float(self.kelvin) or None,
        )


def read_prores_raw(packet: bytes) -> ProResRawHeader:
    """The header of one packet.

    Raises DamagedSource for numbers that cannot be, UnsupportedMedia for what FFmpeg does not
    decode: another version or pattern.
    """
    try:
        size, mark, length = struct.unpack_from(">I4sH", packet)
        version = packet[11]
        width, height, left, right, top, bottom, pattern, span = struct.unpack_from(
            ">HH4BHH", packet, 16
        )
        red, blue, *rest = struct.unpack_from(">2f9ff", packet, 28)
        kelvin, flags = struct.unpack_from(">HH", packet, 76)
        at = 80
        quantiser = packet[at : at + 64] if flags & 1 else b"\1" * 64
        at += 64 * (flags & 1)
        points = struct.unpack_from(">8H", packet, at) if flags & 16 else _CURVE
    except struct.error as error:
        raise truncated("a ProRes RAW frame ends inside its header") from error
    if mark != b"prrf" or size != len(packet) or not _SHORTEST <= length <= len(packet) - 8:
        raise DamagedSource("a ProRes RAW frame does not start as one does, or is cut short")
    if version > 1:
        raise UnsupportedMedia(f"ProRes RAW of version {version}")
    if pattern & 3:
        raise UnsupportedMedia(f"ProRes RAW with the Bayer pattern {pattern & 3}, not RGGB")
    crop = left, top, width - left - right, height - top - bottom
    numbers = (red, blue, *rest)
    if crop[2] < 1 or crop[3] < 1 or not span:
        raise DamagedSource(f"a ProRes RAW frame of {width}x{height}, crop {crop}, range {span}")
    if not all(map(math.isfinite, numbers)) or min(red, blue, rest[9]) <= 0:
        raise DamagedSource("white balance or gain of a ProRes RAW frame are no positive numbers")
    curve = (*points, _LAST)
    if any(after < before for before, after in pairwise(points)):
        raise DamagedSource(f"the curve of a ProRes RAW frame falls: {points}")
    m = rest[:9]
    return ProResRawHeader(
        width=width,
        height=height,
        crop=crop,
        span=span,
        balance=(red, blue),
        matrix=((m[0], m[1], m[2]), (m[3], m[4], m[5]), (m[6], m[7], m[8])),
        gain=rest[9],
        kelvin=kelvin,
        curve=curve,
        odd_tiles=_odd_tiles(packet, 8 + length, width, height, flags, quantiser),
    )


def _odd_tiles(
    packet: bytes, at: int, width: int, height: int, flags: int, quantiser: bytes
) -> bool:
    """Whether any tile's scale times an entry of the matrix is odd: FFmpeg halves it as an
    integer, so that a scale of 3 decodes as 2."""
    if not any(entry & 1 for entry in quantiser):
        return False
    across, align = -(-width // 16), flags >> 1 & 7
    # Full tiles, and one for each power of two that the rest is made of.
    across = (across >> align) + (across & ((1 << align) - 1)).bit_count()
    count = across * -(-height // _TILE_ROWS)
    try:
        sizes = struct.unpack_from(f">{count}H", packet, at)
        start = at + 2 * count
        for size in sizes:
            if size and packet[start + 1] & 1:
                return True
            start += size
    except (struct.error, IndexError) as error:
        raise truncated("a ProRes RAW frame ends inside its tiles") from error
    return False


@lru_cache(maxsize=8)
def linear_codes(curve: tuple[int, ...]) -> npt.NDArray[np.uint16]:
    """(4096,) linear samples of the 12-bit codes.

    curve : nine control points, the last 65536
    """
    code = np.clip(16 * np.arange(4096, dtype=np.int64) - 16, 0, 65535)
    segment, part = code >> 13, code & 8191
    points = np.array(curve, np.int64)
    low, step = points[segment], (points[segment + 1] - points[segment]) & 0xFFFF
    light: npt.NDArray[np.int64] = (low * 8192 + step * part + 4096) >> 13
    return np.minimum(light, 65535).astype(np.uint16)


def linear_samples(
    coded: npt.NDArray[np.uint16], header: ProResRawHeader
) -> npt.NDArray[np.uint16]:
    """(H, W) uint16 on the scale of `header.white`, of what FFmpeg gives: codes times 16."""
    found: npt.NDArray[np.uint16] = np.take(linear_codes(header.curve), coded >> 4).astype(
        np.uint16
    )
    return found


def check_decoder() -> None:
    """Raise UnsupportedMedia where FFmpeg is one whose samples are another scale."""
    import av

    major = av.library_versions["libavcodec"][0]
    if major > COMPANDED_UP_TO:
        raise UnsupportedMedia(
            f"ProRes RAW through libavcodec {major}, which makes samples linear by itself: "
            f"versions up to {COMPANDED_UP_TO} are known"
        )
