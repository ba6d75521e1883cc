"""MotionCam recordings for tests, written from the description of the reference decoder, and a
plain twin of that decoder: one sample at a time, no tables."""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SONY = {  # of a phone: XYZ to camera under light A and D65, camera to XYZ under D50
    "colorMatrix1": [1.09, -0.37, -0.19, -0.39, 1.33, 0.04, -0.04, 0.23, 0.51],
    "colorMatrix2": [0.83, -0.24, -0.09, -0.45, 1.29, 0.16, -0.1, 0.27, 0.56],
    "forwardMatrix1": [0.66, 0.17, 0.13, 0.26, 0.79, -0.05, 0.02, -0.15, 0.95],
    "forwardMatrix2": [0.64, 0.17, 0.15, 0.24, 0.78, -0.02, 0.02, -0.19, 0.99],
}
CLIP: dict[str, Any] = {
    "blackLevel": [64, 65, 66, 67],
    "whiteLevel": 1023.0,
    "sensorArrangment": "gbrg",
    "colorIlluminant1": "standarda",
    "colorIlluminant2": "d65",
    **SONY,
    "focalLengths": [6.81],
    "apertures": [1.75],
    "extraData": {
        "postProcessSettings": {
            "metadata": {"build.manufacturer": "Xiaomi", "build.model": "M2102K1G"}
        }
    },
}
FRAME: dict[str, Any] = {
    "asShotNeutral": [0.5, 1.0, 0.6],
    "exposureTime": 10_000_000.0,
    "iso": 400,
    "orientation": 2,
}
STEP = 33_333_333


def scene(number: int, width: int = 96, height: int = 24, top: int = 1023, seed: int = 7) -> Array:
    """(height, width) uint16: noise on a ramp with calm and wild stretches, so that blocks of many
    widths come; the number in the first two samples."""
    rng = np.random.default_rng(seed + number)
    spread = np.array([0, 1, 3, 6, 12, 30, 60, 200, 500, top])[np.arange(width) * 10 // width]
    made = 70 + np.linspace(0, top / 4, height)[:, None] + rng.random((height, width)) * spread
    picture = np.clip(made, 1, top).astype(np.uint16)
    picture[0, 0], picture[0, 1] = 100 + number, 100
    return picture


# -- coding 7 --------------------------------------------------------------------------------


def _width(block: Array) -> int:
    """Fewest bits that the coding has for the largest of a block."""
    needed = int(block.max()).bit_length()
    return next(bits for bits in (0, 1, 2, 3, 4, 5, 6, 8, 10, 16) if bits >= needed)


def packed_block(block: Array, bits: int) -> bytes:
    """64 samples as planes of 8 bytes."""
    r = block.astype(np.uint32).reshape(8, 8)
    if bits == 16:
        return block.astype("<u2").tobytes()
    if bits in (1, 2, 4, 8):
        each = 8 // bits
        planes = [sum(r[p * each + k] << (bits * k) for k in range(each)) for p in range(bits)]
    elif bits == 3:
        planes = [
            r[0] | r[1] << 3 | (r[2] & 3) << 6,
            r[3] | r[4] << 3 | (r[5] & 3) << 6,
            r[6] | r[7] << 3 | (r[2] >> 2) << 6 | (r[5] >> 2) << 7,
        ]
    elif bits == 5:
        planes = [
            r[0] | (r[5] & 7) << 5,
            r[1] | (r[6] & 7) << 5,
            r[2] | (r[7] & 7) << 5,
            r[3] | (r[5] >> 3) << 5 | (r[7] >> 3 & 1) << 7,
            r[4] | (r[6] >> 3) << 5 | (r[7] >> 4 & 1) << 7,
        ]
    elif bits == 6:
        high = (r[6], r[6] >> 2, r[6] >> 4, r[7], r[7] >> 2, r[7] >> 4)
        planes = [r[k] | (high[k] & 3) << 6 for k in range(6)]
    elif bits == 10:
        planes = []
        for half in (r[:4], r[4:]):
            planes += [row & 255 for row in half]
            planes.append(sum((half[k] >> 8) << (2 * k) for k in range(4)))
    else:
        assert bits == 0
        return b""
    return np.array(planes, np.uint8).tobytes()


def _numbers(values: list[int]) -> bytes:
    """A table: its length, then blocks of 64 behind headers of 4 bits and 12 bits.

    The reference decoder writes whole blocks into so many numbers: a multiple of 64.
    """
    padded = np.array(values + [0] * (-len(values) % 64), np.uint16)
    made = [struct.pack("<I", len(padded))]
    for block in padded.reshape(-1, 64):
        least = min(int(block.min()), 4095)
        bits = _width(block - least)
        made.append(
            struct.pack(">H", min(bits, 15) << 12 | least) + packed_block(block - least, bits)
        )
    return b"".join(made)


def blocks_of(picture: Array, widths: list[int] | None = None) -> bytes:
    """A frame in coding 7. widths : bits of each block, in place of the fewest."""
    height, width = picture.shape
    wide, high = -(-width // 64) * 64, -(-height // 4) * 4
    full = np.pad(picture, ((0, high - height), (0, wide - width)), mode="edge")
    content, bits, least = [], [], []
    for y in range(0, high, 4):
        for x in range(0, wide, 64):
            for site in range(4):
                row, column = y + site // 2, x + site % 2
                block = np.concatenate(
                    [full[row, column : x + 64 : 2], full[row + 2, column : x + 64 : 2]]
                )
                lowest = int(block.min())
                size = widths[len(bits)] if widths else _width(block - lowest)
                content.append(packed_block(block - lowest, _packed_as(size)))
                bits.append(size)
                least.append(lowest)
    samples = b"".join(content)
    sizes = _numbers(bits)
    head = struct.pack("<4I", wide, high, 16 + len(samples), 16 + len(samples) + len(sizes))
    return head + samples + sizes + _numbers(least)


def _packed_as(bits: int) -> int:
    return {7: 8, 9: 10}.get(bits, min(bits, 16) if bits <= 10 else 16)


def twin(stored: bytes, width: int, height: int) -> Array:
    """What `RawData.cpp` gives, sample by sample."""
    wide, high, bits_at, least_at = struct.unpack_from("<4I", stored)
    count = wide // 64 * (-(-high // 4)) * 4
    bits, least = _twin_table(stored, bits_at, count), _twin_table(stored, least_at, count)
    out = np.zeros((high, wide), np.uint16)
    at = 16
    for number in range(count):
        place, site = divmod(number, 4)
        y, x = place // (wide // 64) * 4, place % (wide // 64) * 64
        size = _packed_as(bits[number])
        part = stored[at : at + 8 * size]
        at += 8 * size
        for i in range(64):
            row, column = y + site // 2 + i // 32 * 2, x + site % 2 + i % 32 * 2
            out[row, column] = (_twin_sample(part, size, i) + least[number]) & 0xFFFF
    return out[:height, :width]


def _twin_table(stored: bytes, at: int, count: int) -> list[int]:
    at, found = at + 4, list[int]()
    while len(found) < count:
        size, least = stored[at] >> 4, (stored[at] & 15) << 8 | stored[at + 1]
        size = _packed_as(size)
        part = stored[at + 2 : at + 2 + 8 * size]
        found += [_twin_sample(part, size, i) + least for i in range(64)]
        at += 2 + 8 * size
    return found


def _twin_sample(part: bytes, bits: int, i: int) -> int:
    """Sample i of a block: row k of 8, lane of 8, each plane a byte a lane."""
    k, lane = divmod(i, 8)
    p = [part[plane * 8 + lane] for plane in range(bits)] if bits < 16 else []
    if bits == 0:
        return 0
    if bits == 1:
        return p[0] >> k & 1
    if bits == 2:
        return p[k // 4] >> (2 * (k % 4)) & 3
    if bits == 3:
        if k == 2:
            return p[0] >> 6 | (p[2] >> 6 & 1) << 2
        if k == 5:
            return p[1] >> 6 | (p[2] >> 7) << 2
        return p[(0, 0, 0, 1, 1, 1, 2, 2)[k]] >> (0, 3, 0, 0, 3, 0, 0, 3)[k] & 7
    if bits == 4:
        return p[k // 2] >> (4 * (k % 2)) & 15
    if bits == 5:
        if k < 5:
            return p[k] & 31
        if k < 7:
            return p[k - 5] >> 5 | (p[k - 2] >> 5 & 3) << 3
        return p[2] >> 5 | (p[3] >> 7) << 3 | (p[4] >> 7) << 4
    if bits == 6:
        if k < 6:
            return p[k] & 63
        first = 3 * (k - 6)
        return p[first] >> 6 | (p[first + 1] >> 6) << 2 | (p[first + 2] >> 6) << 4
    if bits == 8:
        return p[k]
    if bits == 10:
        half = k // 4 * 5
        return p[half + k % 4] | (p[half + 4] >> (2 * (k % 4)) & 3) << 8
    return int(struct.unpack_from("<H", part, 2 * i)[0])


# -- coding 6 --------------------------------------------------------------------------------


def rows_of(picture: Array, widths: list[int] | None = None) -> bytes:
    """A frame in coding 6: each row in blocks of 16 even, then 16 odd columns."""
    full = np.pad(picture, ((0, 0), (0, -picture.shape[1] % 32)), mode="edge").astype(int)
    made, number = [], 0
    for row in full:
        for x in range(0, len(row), 32):
            for odd in (0, 1):
                block = row[x + odd : x + 32 : 2]
                least = min(int(block.min()), 4095)
                bits = int((block - least).max()).bit_length()
                if widths:
                    bits = widths[number]
                number += 1
                stored = bits if bits <= 10 else 16
                text = "".join(f"{v - least:0{stored}b}" for v in block) if stored else ""
                made.append(struct.pack(">H", bits << 12 | least))
                made.append(int(text or "0", 2).to_bytes(2 * stored, "big"))
    return b"".join(made)


def item(kind: int, content: bytes) -> bytes:
    return struct.pack("<II", kind, len(content)) + content


def recording(
    pictures: list[Array],
    *,
    times: list[int] | None = None,
    clip: dict[str, Any] | None = None,
    frame: dict[str, Any] | None = None,
    coding: int = 7,
    sound: list[tuple[int, bytes]] | None = None,
    order: list[int] | None = None,
    version: int = 3,
) -> bytes:
    """A whole file.

    order : of the frames in the file; sound : (nanoseconds, 16-bit samples) of each block
    """
    start = 5_000_000_000
    times = times or [start + STEP * n for n in range(len(pictures))]
    out = bytearray(b"MOTION " + bytes([version]))
    out += item(3, json.dumps({**CLIP, **(clip or {})}).encode())
    places: dict[int, int] = {}
    heard: list[tuple[int, int]] = []
    for number in order or range(len(pictures)):
        picture = pictures[number]
        said = {
            **FRAME, "width": picture.shape[1], "height": picture.shape[0],
            "compressionType": coding, "timestamp": str(times[number]), **(frame or {}),
        }  # fmt: skip
        places[number] = len(out)
        out += item(2, blocks_of(picture) if coding == 7 else rows_of(picture))
        out += item(3, json.dumps(said).encode())
        for stamp, samples in (sound or [])[len(heard) : len(heard) + 1]:
            heard.append((len(out), stamp))
            out += item(5, samples) + item(6, struct.pack("<q", stamp))
    for stamp, samples in (sound or [])[len(heard) :]:
        heard.append((len(out), stamp))
        out += item(5, samples) + item(6, struct.pack("<q", stamp))
    if heard:
        index = struct.pack("<qq", len(heard), heard[0][1] // 1_000_000)
        out += item(4, index + b"".join(struct.pack("<qq", *each) for each in heard))
    entries = b"".join(struct.pack("<qq", places[n], times[n]) for n in places)
    at = len(out) + 8
    out += item(1, entries)
    return bytes(out) + struct.pack("<IIIiq", 0, 16, 0x8A905612, len(places), at)
