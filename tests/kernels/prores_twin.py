"""Plain twins of ProRes: what a decoder should see of quantised samples, and a strict reader.

SMPTE RDD 36:2015, 5.3 (layout), 7.1.2 (alpha), 7.3 to 7.5 (quantiser, transform, samples).
"""

from __future__ import annotations

import struct
from typing import Any

import av
import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint16]
TAGS = {"proxy": "apco", "lt": "apcs", "422": "apcn", "hq": "apch", "4444": "ap4h",
        "4444xq": "ap4x"}  # fmt: skip
_U = np.arange(8)
BASIS = np.cos((2 * _U[None, :] + 1) * _U[:, None] * np.pi / 16) / 2
BASIS[0] /= np.sqrt(2)


def expected(
    plane: Words, matrix: Any, quantiser: int, bits: int, rule: tuple[float, float]
) -> Any:
    """Samples of a progressive plane after quantiser and inverse transform, not rounded.

    rule : what is added to a size of an AC level, and the size below which there is none. A block
        with a size on the very border of two levels is NaN: either is right.
    """
    height, width = plane.shape
    padded = np.pad(plane.astype(float), ((0, -height % 16), (0, -width % 16)), mode="edge")
    values = padded * 512 / (1 << bits) - 256
    blocks = values.reshape(padded.shape[0] // 8, 8, -1, 8).transpose(0, 2, 1, 3)
    scale = quantiser if quantiser <= 128 else 128 + 4 * (quantiser - 128)
    step = np.reshape(matrix, (8, 8)) * scale / 8
    levels = BASIS @ blocks @ BASIS.T / step
    size = np.abs(levels)
    coded = np.where(size > rule[1], np.floor(size + rule[0]), 0)
    coded[..., 0, 0] = np.floor(size[..., 0, 0] + 0.5)
    added = np.full((8, 8), rule[0])
    added[0, 0] = 0.5
    border = np.abs(size + added - np.rint(size + added)) < 1e-4
    border |= np.abs(size - rule[1]) < 1e-4
    coded[(border & (size > 0.4)).any((2, 3))] = np.nan
    back = BASIS.T @ (np.copysign(coded, levels) * step) @ BASIS
    samples = back.transpose(0, 2, 1, 3).reshape(padded.shape)[:height, :width]
    # FFmpeg's decoder keeps off four codes at each end, whatever the depth.
    return np.clip((samples + 256) * (1 << bits) / 512, 4, (1 << bits) - 5)


def decoded(frame: bytes, profile: str, width: int, height: int) -> tuple[Any, list[Words]]:
    """FFmpeg's frame and planes."""
    context: Any = av.CodecContext.create("prores", "r")
    context.codec_tag, context.width, context.height = TAGS[profile], width, height
    found = context.decode(av.Packet(frame))[0]
    planes = []
    for plane in found.planes:
        rows = np.frombuffer(plane, np.uint16).reshape(plane.height, -1)
        planes.append(rows[:, : plane.width].copy())
    return found, planes


def slices(frame: bytes) -> list[bytes]:
    """Slices of a frame, of the first picture, then the second."""
    size, mark, header = struct.unpack_from(">I4sH", frame)
    assert (size, mark) == (len(frame), b"icpf")
    found, at = [], 8 + header
    while at < len(frame):
        head, size, count = struct.unpack_from(">BIH", frame, at)
        place = at + (head >> 3) + 2 * count
        for each in struct.unpack_from(f">{count}H", frame, at + (head >> 3)):
            found.append(frame[place : place + each])
            place += each
        at += size
        assert place == at
    return found


def alpha_of(one: bytes, count: int, bits: int) -> list[int]:
    """Alpha of a slice with as many samples; a short difference that leaves the range is wrong."""
    start = (one[0] >> 3) + sum(struct.unpack_from(">HHH", one, 2))
    text = "".join(f"{byte:08b}" for byte in one[start:])
    place, value, found = 0, -1, []

    def take(length: int) -> int:
        nonlocal place
        place += length
        assert place <= len(text), "the last run is there"
        return int(text[place - length : place], 2)

    while len(found) < count:
        if take(1):
            value = (value + take(bits)) % (1 << bits)
        else:
            size = take(6 if bits == 16 else 3) + 1
            value += -size if take(1) else size
            assert 0 <= value < 1 << bits
        run = 1
        if not take(1):
            run = take(4)
            run = 1 + (run if run else take(11))
        found += [value] * run
    assert len(found) == count and "1" not in text[place:] and len(text) - place < 8
    return found
