"""ProRes RAW movies for tests: frames of flat 16x16 tiles, in a QuickTime that FFmpeg muxes.

No encoder is free; a tile of nothing but first coefficients is coded here by the numbers that
FFmpeg's decoder reads.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

MATRIX = (0.52, 0.28, 0.15, 0.21, 0.86, -0.07, -0.01, -0.12, 1.218)


def packet(
    patches: Sequence[Sequence[int]],
    *,
    balance: tuple[float, float] = (1.82421875, 2.08203125),
    matrix: Sequence[float] = MATRIX,
    gain: float = 11.7412,
    span: int = 61312,
    crop: tuple[int, int, int, int] = (0, 0, 0, 0),
    curve: Sequence[int] | None = None,
    scale: int = 2,
    quantiser: bytes | None = None,
    pattern: int = 0,
    version: int = 1,
    kelvin: int = 5600,
) -> bytes:
    """A frame of 16 pixels' width, one tile of 16 rows a patch.

    patches : of each, the first coefficients of red, the greens of red's and blue's row, and blue
    crop : left, right, top, bottom
    """
    head = struct.pack(
        ">BB4sHH4BHH", 0, version, b"peac", 16, 16 * len(patches), *crop, pattern, span
    )
    head += struct.pack(">2f9ff", *balance, *matrix, gain)
    flags = (1 if quantiser else 0) | (16 if curve else 0)
    head += struct.pack(">HH", kelvin, flags) + (quantiser or b"")
    head += struct.pack(">8H", *curve) if curve else b""
    tiles = [_tile(patch, scale) for patch in patches]
    body = b"prrf" + struct.pack(">H", len(head) + 2) + head
    body += b"".join(struct.pack(">H", len(tile)) for tile in tiles) + b"".join(tiles)
    return struct.pack(">I", len(body) + 4) + body


def _tile(patch: Sequence[int], scale: int) -> bytes:
    # The components of a tile stand in this order: blue's row green, red's row green, blue, red.
    red, green_red, green_blue, blue = patch
    parts = [_first(value) for value in (green_blue, green_red, blue, red)]
    sizes = [len(part) for part in parts[:3]]
    return bytes([8 << 3, scale]) + struct.pack(">3H", *sizes) + b"".join(parts)


def _first(value: int) -> bytes:
    """The first coefficient: folded to a positive number, Rice-coded with 12 bits."""
    folded = 2 * value if value >= 0 else -2 * value - 1
    bits = "0" * (folded >> 12) + "1" + f"{folded & 4095:012b}"
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def write_movie(path: Path, packets: Sequence[bytes], rate: Fraction = Fraction(24)) -> None:
    """A QuickTime of those frames: muxed as ProRes 422 HQ, whose name is then exchanged."""
    import av

    height = struct.unpack_from(">H", packets[0], 18)[0]
    with av.open(str(path), "w", format="mov") as out:
        stream: Any = out.add_stream("prores_ks", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 16, height, "yuv422p10le"
        for number, content in enumerate(packets):
            one = av.Packet(content)
            one.stream, one.pts, one.dts, one.duration = stream, number, number, 1
            one.time_base, one.is_keyframe = 1 / rate, True
            out.mux(one)
    content = path.read_bytes()
    names = [name for name in (b"apch", b"apcn") if content.count(name) == 1]
    assert len(names) == 1
    path.write_bytes(content.replace(names[0], b"aprn"))
