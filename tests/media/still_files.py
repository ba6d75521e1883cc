"""Writes still files for tests, by programs other than the readers' own where there is one."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def checker(height: int, width: int, channels: int = 3, kind: Any = np.uint8) -> Array:
    """Pixels that differ from all their neighbours, (H, W, channels) or (H, W)."""
    shape = (height, width, channels) if channels > 1 else (height, width)
    top = 1.0 if np.dtype(kind).kind == "f" else np.iinfo(kind).max
    return (np.random.default_rng(3).random(shape) * top).astype(kind)


def dpx(
    picture: Array,
    bits: int,
    *,
    orientation: int = 0,
    padded: bool = True,
    order: str = ">",
    descriptor: int = 50,
    packing: int = 1,
    behind: int = 0,
    signed: bool = False,
) -> bytes:
    """SMPTE ST 268-1 with one element of 8, 10 (filled, method A), 12 (filled) or 16 bits.

    padded : rows start on whole words, as the standard has them
    packing : of 12 bits, 1 at the top of their words and 2 at the foot
    behind : bytes behind each row, as the header says
    """  # fmt: skip
    height, width = picture.shape[:2]
    head = bytearray(2048)
    head[:4] = b"SDPX" if order == ">" else b"XPDS"
    struct.pack_into(f"{order}I8s", head, 4, 2048, b"V2.0")
    struct.pack_into(f"{order}HHII", head, 768, orientation, 1, width, height)
    struct.pack_into(f"{order}IIfIf", head, 780, int(signed), 0, 0.0, (1 << bits) - 1, 1.0)
    head[800:804] = bytes([descriptor, 6, 6, bits])
    filled = packing if bits in (10, 12) else 0
    struct.pack_into(f"{order}HHII", head, 804, filled, 0, 2048, behind)
    rows = []
    for line in picture.reshape(height, -1).astype(np.uint64):
        if bits == 10:
            r, g, b = (line[c::3] for c in range(3))
            rows.append((r << 22 | g << 12 | b << 2).astype(f"{order}u4").tobytes())
        elif bits == 12:
            rows.append((line << (4 if packing == 1 else 0)).astype(f"{order}u2").tobytes())
        else:
            rows.append(line.astype(f"{order}u{bits // 8}").tobytes())
        if padded:
            rows[-1] += b"\0" * (-len(rows[-1]) % 4)
        rows[-1] += b"\xff" * behind
    pixels = b"".join(rows)
    struct.pack_into(f"{order}I", head, 16, 2048 + len(pixels))
    return bytes(head) + pixels


def tiff(picture: Array, **options: Any) -> bytes:
    """By tifffile; `options` are those of its `imwrite`."""
    import io

    import tifffile

    file = io.BytesIO()
    tifffile.imwrite(file, picture, metadata=None, **options)
    return file.getvalue()


def jpeg(picture: Array, **options: Any) -> bytes:
    """By Pillow."""
    return pillow(picture, "JPEG", quality=95, **options)


def pillow(picture: Array, kind: str, **options: Any) -> bytes:
    """By Pillow, in one of its formats."""
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def exr(path: Path, parts: list[tuple[dict[str, Any], dict[str, Array]]]) -> bytes:
    """By OpenEXR: (header, channels) of each part."""
    import OpenEXR

    made = [OpenEXR.Part({"type": OpenEXR.scanlineimage, **head}, planes) for head, planes in parts]
    OpenEXR.File(made).write(str(path))
    return path.read_bytes()
