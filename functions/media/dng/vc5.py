"""The VC-5 stream in a GoPro's DNG (GPR): its tags, its bands, and the mosaic that they make.

Reference: SMPTE ST 2073-1:2014 and ST 2073-3:2015; GoPro's gpr (github.com/gopro/gpr) for what its
cameras write: four planes of 12 bits that hold sums and differences of a 2x2 cell's colours, on a
curve whose linear values the DNG's WhiteLevel gives the depth of.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from functions.contract.errors import DamagedSource, UnsupportedMedia, truncated
from functions.media.dng.layout import RawImage, Segment
from kernels.video.vc5 import BANDS, LEVELS, SMALLEST, Band, vc5_mosaic, vc5_plane

_START = b"VC-5"
_PLANES = 4
_CHANNEL, _SUBBAND, _QUANTISER, _LOW_BITS, _PRESCALE = 62, 48, 53, 35, 109
_SAID = {
    12: ("channels", _PLANES),
    14: ("bands a channel", BANDS),
    84: ("image format", 4),
    101: ("bits", 12),
    102: ("bits at most", 12),
    106: ("pattern width", 2),
    107: ("pattern height", 2),
    108: ("components a sample", 1),
}
_NEEDED = frozenset({12, 20, 21, 84, 106, 107})
_MOST_TAGS = 10_000  # a camera's stream has 346
_SMALL, _LARGE, _BOTH = 0x4000, 0x2000, 0x6000
# Other ways to make colours of the planes, which no camera's file was seen to hold.
_TRANSFORMS = (0x4001, 0x4002, 0x4003)


def decode_vc5(image: RawImage, part: Segment, data: Any) -> npt.NDArray[np.uint16]:
    """(rows, columns) of one tile, linear, 0 to 4095 or 16383.

    Raises DamagedSource for a stream that is cut short or cannot be, UnsupportedMedia for one that
    is not of a GoPro's kind.
    """
    depth = _depth(image)
    if part.width % 2 or part.height % 2 or min(part.width, part.height) < SMALLEST:
        raise UnsupportedMedia(f"a VC-5 mosaic of {part.width}x{part.height} pixels")
    bands, scaled = _bands(data, part.width, part.height)
    size = part.width // 2, part.height // 2
    try:
        planes = [
            vc5_plane([bands[plane, number] for number in range(BANDS)], *size, scaled)
            for plane in range(_PLANES)
        ]
    except ValueError as error:
        raise DamagedSource(f"a VC-5 tile does not decode: {error}") from error
    return vc5_mosaic(planes, "RGGB" if image.pattern == "RGGB" else "GBRG", depth)


def _depth(image: RawImage) -> int:
    """Bits of the linear samples: GoPro's decoder gives RGGB in 14 and GBRG in 12."""
    top, left = image.active[:2]
    if image.layout != "cfa" or image.floating or top % 2 or left % 2:
        raise UnsupportedMedia("VC-5 pixels that are no mosaic from their first row and column on")
    white = max(image.directory.floats(50717) or (2.0**image.bits - 1,))
    depth = 12 if white <= 4095 else 14
    if white > 16383 or (image.pattern, depth) not in (("RGGB", 12), ("RGGB", 14), ("GBRG", 12)):
        raise UnsupportedMedia(f"a VC-5 mosaic {image.pattern} with WhiteLevel {white:g}")
    return depth


def _bands(
    data: Any, width: int, height: int
) -> tuple[dict[tuple[int, int], Band], tuple[bool, bool, bool]]:
    """Every band by plane and number, and which levels are scaled."""
    if bytes(data[:4]) != _START:
        raise DamagedSource("a VC-5 tile does not start as VC-5 does")
    state = {_CHANNEL: 0, _SUBBAND: 0, _QUANTISER: 0, _LOW_BITS: 16, _PRESCALE: 0}
    said: set[int] = set()
    found: dict[tuple[int, int], Band] = {}
    scales: set[int] = set()
    at = 4
    for _ in range(_MOST_TAGS):
        if len(found) == _PLANES * BANDS:
            break
        if at + 4 > len(data):
            raise truncated(f"a VC-5 tile ends after {len(found)} of {_PLANES * BANDS} bands")
        tag, value = struct.unpack_from(">hH", data, at)
        # A negative tag may be skipped by who does not know it.
        optional, tag, at = tag < 0, abs(tag), at + 4
        payload = 0
        if tag & _BOTH == _BOTH:
            payload = 4 * ((tag & 0xFF) << 16 | value)
        elif tag & _SMALL:
            payload = 4 * value
        if at + payload > len(data):
            raise truncated(f"{payload} bytes of a VC-5 tile, {len(data) - at} are there")
        if tag in state:
            state[tag] = value
        elif tag in (20, 21):
            if value != (width if tag == 20 else height):
                raise DamagedSource(f"a VC-5 stream of another size than its tile ({value})")
        elif tag in _SAID:
            name, meant = _SAID[tag]
            if value != meant:
                raise UnsupportedMedia(f"a VC-5 stream with {value} {name}")
        elif tag & 0xFF00 == _BOTH:
            place = state[_CHANNEL], state[_SUBBAND]
            if _NEEDED - said:
                raise DamagedSource("a VC-5 stream whose header is not whole")
            if place in found or place[0] >= _PLANES or place[1] >= BANDS:
                raise DamagedSource(f"band {place[1]} of plane {place[0]} of a VC-5 stream")
            band = data[at : at + payload]
            found[place] = Band(band, state[_LOW_BITS], state[_QUANTISER])
            scales.add(state[_PRESCALE])
            last = place[1] == BANDS - 1
            state[_CHANNEL], state[_SUBBAND] = place[0] + last, 0 if last else place[1] + 1
        elif tag in _TRANSFORMS or not (optional or tag & _BOTH == _LARGE):
            raise UnsupportedMedia(f"a VC-5 stream with tag {tag:#x}")
        said.add(tag)
        at += payload
    else:
        raise DamagedSource("a VC-5 stream of nothing but tags")
    shifts = [min(scales) >> (14 - 2 * level) & 3 for level in range(LEVELS)]
    if len(scales) > 1 or not set(shifts) <= {0, 2}:
        raise UnsupportedMedia(f"a VC-5 stream scaled by {sorted(scales)}")
    return found, (shifts[0] == 2, shifts[1] == 2, shifts[2] == 2)
