"""ARRIRAW files (.ari): one frame a file, a mosaic of 12-bit samples behind a header.

The samples of one frame follow one another without padding of rows, in one of two orders:

    words : 32-bit little-endian words, samples from the highest bit on, the two of each pair
            exchanged (all cameras but the Mini; dcraw, LibRaw and rawspeed read them so)
    bytes : the first sample in the lowest bits of the first byte (ALEXA Mini; rawler's table)

Nothing here writes such a file: RDD 30 leaves that to licensees.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

import kernels
from functions.contract.camera import Assumption
from functions.contract.clip import RawFrame
from functions.contract.errors import DamagedSource, LimitExceeded, truncated
from functions.contract.store import Stat, Store
from functions.media.open.empty_frames import check_picture
from functions.media.raw.arriraw_colour import BLACK, WHITE
from functions.media.raw.arriraw_curve import check_curve, linear_codes
from functions.media.raw.arriraw_header import LENGTH, AriHeader, Packing, read_header
from functions.media.stills.sequence import Header, Reader

Codes = npt.NDArray[np.uint16]
_CHECKED = {
    "agrees": ("curve_agrees", "noise and black of a frame fit the derived curve"),
    "disagrees": (
        "curve_disagrees",
        "noise or black of a frame fit the derived curve worse than linear codes: compare it with "
        "the maker's converter before it is used",
    ),
    "untold": ("curve_untold", "a frame has too little range or noise to check the curve by"),
}
_ROWS = 32
_ROUGH = 2.0


class ArriReader(Reader):
    """Files of ARRIRAW. limit : pixels that a frame may have."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def header(self, store: Store, stat: Stat) -> Header:
        """Facts of one file, of its first 4096 bytes."""
        found = self._read(store.read_range(stat.uri, 0, LENGTH), stat.bytes)
        return Header(
            container="ari",
            codec="arriraw",
            layout="cfa",
            width=found.active[2],
            height=found.active[3],
            camera=found.camera,
            rate=found.rate,
            timecode=found.timecode,
            notes=found.notes,
        )

    def frame(self, content: bytes, number: int) -> RawFrame:
        """The picture of a whole file."""
        header = self._read(content[:LENGTH], len(content))
        stored = memoryview(content)[header.data : header.data + header.stored]
        codes = unpack(stored, header.width, header.height, header.packing)
        _check_packing(stored, header, codes)
        # What lies around the active area may be masked: nothing of it reaches a picture's edge.
        x, y, width, height = header.active
        codes = codes[y : y + height, x : x + width]
        check_picture(codes, (BLACK,) * 4)
        name, detail = _CHECKED[check_curve(codes, header.pattern)]
        assumed = (*header.camera.assumed, Assumption(name, detail))
        return RawFrame(
            number=number,
            layout="cfa",
            pixels=linear_codes()[codes],
            pattern=header.pattern,
            black=(BLACK,) * 4,
            white=WHITE,
            crop=(0, 0, width, height),
            camera=msgspec.structs.replace(header.camera, assumed=assumed),
            timecode=header.timecode,
            notes=header.notes,
        )

    def _read(self, head: bytes, size: int) -> AriHeader:
        found = read_header(head)
        if found.width * found.height > self._limit:
            raise LimitExceeded(
                f"{found.width}x{found.height} pixels are over the limit of {self._limit}",
                limit=self._limit,
            )
        if size < found.data + found.stored:
            raise truncated(f"{max(0, size - found.data)} of {found.stored} bytes of the picture")
        return found


def unpack(stored: memoryview | bytes, width: int, height: int, packing: Packing) -> Codes:
    """(H, W) uint16 of 0 to 4095."""
    if packing == "bytes":
        return kernels.unpack(stored, width * height, 1, 12, packing="lsb").reshape(height, width)
    turned = np.frombuffer(stored, "<u4").byteswap().view(np.uint8)
    pairs = kernels.unpack(turned, width * height, 1, 12).reshape(-1, 2)
    # Both of a pair at once: half of what moving 12-bit samples one by one takes.
    exchanged = pairs.view(np.uint32)
    return (exchanged << 16 | exchanged >> 16).view(np.uint16).reshape(height, width)


def _check_packing(stored: memoryview, header: AriHeader, codes: Codes) -> None:
    """Raise DamagedSource where the other order of samples gives a much smoother picture: the
    family in the header is then not the camera's, and colours would be noise."""
    rows = min(_ROWS, header.height) // 2 * 2
    top = (header.height - rows) // 4 * 2
    line = header.width * 12
    if header.width < 16 or top * line % 32 or rows * line % 32:
        return
    part = stored[top * line // 8 : (top + rows) * line // 8]
    other: Packing = "words" if header.packing == "bytes" else "bytes"
    if _ROUGH * _roughness(unpack(part, header.width, rows, other)) < _roughness(
        codes[top : top + rows]
    ):
        raise DamagedSource(
            f"samples are not in the order of the camera family {header.camera.model} that the "
            "header names"
        )


def _roughness(codes: Codes) -> float:
    """Mean step between neighbours of one colour."""
    return float(np.abs(codes[:, 2:].astype(np.int32) - codes[:, :-2]).mean())
