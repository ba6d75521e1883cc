"""The zip coder: every stream is read by zlib, every block undone by a plain twin."""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kernels

ROOT = Path(__file__).resolve().parents[2]
SEGMENT = 1 << 15
Bytes = npt.NDArray[np.uint8]


def fibonacci(size: int) -> Bytes:
    """Frequencies that want codes far longer than a stream may have."""
    numbers = [1, 1]
    while sum(numbers) < min(size, SEGMENT):
        numbers.append(numbers[-1] + numbers[-2])
    return np.resize(np.repeat(np.arange(len(numbers)), numbers), size).astype(np.uint8)


def shapes(size: int) -> dict[str, Bytes]:
    """Data of many kinds."""
    rng = np.random.default_rng(size)
    scattered = fibonacci(size)
    rng.shuffle(scattered)
    made = {
        "noise": rng.integers(0, 256, size),
        "constant": np.full(size, 7),
        "gradient": np.arange(size) // 5,
        "two values": rng.integers(0, 2, size) * 255,
        "geometric": np.minimum(rng.geometric(0.5, size), 255),
        "runs": np.repeat(rng.integers(0, 256, size), rng.integers(1, 700, size))[:size],
        "fibonacci": fibonacci(size),
        "fibonacci, mixed": scattered,
        "all values once in a while": np.where(
            rng.random(size) < 0.02, rng.integers(0, 256, size), 128
        ),
        "half noise": np.where(np.arange(size) < size // 2, 3, rng.integers(0, 256, size)),
    }
    return {name: data.astype(np.uint8) for name, data in made.items()}


@pytest.mark.parametrize(
    "size", [0, 1, 2, 3, 7, 8, 63, 64, 65, 257, 258, 259, 4097, SEGMENT - 1, SEGMENT, SEGMENT + 1,
             3 * SEGMENT + 11, 400_000]
)  # fmt: skip
def test_zlib_reads_every_stream(size: int) -> None:
    """Noise, constants, gradients, runs and skewed alphabets of any length come back whole, and
    nothing grows by more than five bytes a segment and the stream's frame."""
    for name, data in shapes(size).items():
        packed = kernels.to_zlib(data)
        assert zlib.decompress(packed) == data.tobytes(), name
        assert len(packed) <= size + 5 * max(-(-size // SEGMENT), 1) + 6, name


@settings(max_examples=300, deadline=None)
@example([(0, 1)])
@example([(255, 16), (255, 258), (0, 259), (0, 260), (1, 261)])
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 900)), max_size=80))
def test_runs_come_back(runs: list[tuple[int, int]]) -> None:
    """Runs of any length, one after another, come back whole."""
    data = b"".join(bytes([value]) * count for value, count in runs)
    assert zlib.decompress(kernels.to_zlib(data)) == data


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_come_back(data: bytes) -> None:
    """Any bytes come back whole."""
    assert zlib.decompress(kernels.to_zlib(data)) == data


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 32000), min_size=1, max_size=256), st.integers(0, 2**32 - 1))
def test_any_histogram_comes_back(counts: list[int], seed: int) -> None:
    """Bytes of any frequencies, in any order, get a code that zlib takes as complete."""
    total = max(sum(counts), 1)
    data = np.repeat(np.arange(len(counts)), [1 + n * 30000 // total for n in counts])
    np.random.default_rng(seed).shuffle(data)
    packed = kernels.to_zlib(data.astype(np.uint8))
    assert zlib.decompress(packed) == data.astype(np.uint8).tobytes()


def test_size_is_near_the_entropy() -> None:
    """Geometric noise takes at most 2 % more than its entropy: the code fits the data."""
    data = np.minimum(np.random.default_rng(1).geometric(0.3, 300_000), 255).astype(np.uint8)
    share = np.bincount(data) / data.size
    entropy = -(share[share > 0] * np.log2(share[share > 0])).sum() / 8 * data.size
    assert entropy < len(kernels.to_zlib(data)) < 1.02 * entropy


def blocks_of(data: Bytes, sizes: npt.NDArray[np.int64]) -> Iterator[tuple[int, bytes]]:
    """Line number and content of each block; the marks agree with the sizes."""
    at = 0
    for size in sizes:
        line, marked = data[at : at + 8].view("<i4")
        assert marked == size
        yield int(line), data[at + 8 : at + 8 + size].tobytes()
        at += 8 + int(size)
    assert at == data.size


def undone(packed: bytes) -> bytes:
    """OpenEXR's predictor and sorting the other way, byte by byte."""
    steps = zlib.decompress(packed)
    flat = bytearray(steps)
    for k in range(1, len(flat)):
        flat[k] = (flat[k - 1] + steps[k] - 128) & 255
    half = (len(flat) + 1) // 2
    mixed = bytearray(len(flat))
    mixed[0::2], mixed[1::2] = flat[:half], flat[half:]
    return bytes(mixed)


def pictures() -> dict[str, npt.NDArray[np.float16]]:
    """Planes whose rows are together, strided, mirrored, one repeated, or noise of all bits."""
    rng = np.random.default_rng(2)
    _, x = np.mgrid[:37, :150]
    smooth = (0.2 + 0.1 * np.sin(x / 9) + rng.normal(0, 0.004, (3, 37, 150))).astype(np.float16)
    bits = rng.integers(0, 65536, (3, 40, 66), dtype=np.uint16)
    ramp = np.broadcast_to((x / 150).astype(np.float16), (3, 37, 150))
    made = {f"{width} wide": smooth[:, :, :width] for width in (1, 2, 63, 64, 65, 66, 129, 150)}
    return made | {
        "crop": smooth[:, 5:22, 11:81],
        "upside down": smooth[:, ::-1],
        "one plane": smooth[:1],
        "four planes": np.concatenate([smooth, smooth[:1]]),
        "grey": np.broadcast_to(smooth[:1], smooth.shape),
        "ramp": ramp,
        "every bit": bits.view(np.float16),
        "flat": np.full((3, 33, 70), 0.18, np.float16),
        "two rows": smooth[:, :2],
    }


@pytest.mark.parametrize("lines", [1, 16])
@pytest.mark.parametrize("name", pictures())
def test_blocks_hold_the_lines(name: str, lines: int) -> None:
    """Each block is numbered, and holds its lines, channel after channel, deflated or raw."""
    planes = pictures()[name]
    order = list(range(len(planes)))[::-1]
    found = list(blocks_of(*kernels.zip_blocks(planes, order, lines, first=-3)))
    assert [line for line, _ in found] == list(range(-3, planes.shape[1] - 3, lines))
    for number, (_, content) in enumerate(found):
        part = planes[:, number * lines : (number + 1) * lines].view(np.uint16)
        raw = np.ascontiguousarray(part[order].transpose(1, 0, 2)).tobytes()
        assert len(content) <= len(raw)
        assert (content if len(content) == len(raw) else undone(content)) == raw


def test_noise_is_stored_as_it_is() -> None:
    """A block that does not shrink is its lines, neither sorted nor as differences."""
    planes = pictures()["every bit"]
    _, sizes = kernels.zip_blocks(planes, (0, 1, 2), 16)
    assert list(sizes) == [16 * 3 * 66 * 2, 16 * 3 * 66 * 2, 8 * 3 * 66 * 2]


def test_what_repeats_is_found() -> None:
    """Equal planes cost little more than one; lines that repeat cost next to nothing."""
    rng = np.random.default_rng(4)
    one = rng.normal(0.2, 0.01, (1, 64, 500)).astype(np.float16)
    alone = kernels.zip_blocks(one, (0,), 16)[0].size
    grey = np.ascontiguousarray(np.broadcast_to(one, (3, 64, 500)))
    assert kernels.zip_blocks(grey, (2, 1, 0), 16)[0].size < 1.1 * alone
    bars = np.ascontiguousarray(np.broadcast_to(one[:, :1], (1, 64, 500)))
    assert kernels.zip_blocks(bars, (0,), 16)[0].size < 0.1 * alone


def test_bands_make_the_same_blocks() -> None:
    """A picture in bands gives the blocks of the whole, whatever `out` held before."""
    planes = pictures()["150 wide"]
    whole, _ = kernels.zip_blocks(planes, (2, 1, 0), 16)
    dirty = np.full(kernels.zip_room(150, 16, 3, 16), 255, np.uint8)
    parts = [
        kernels.zip_blocks(planes[:, top : top + 16], (2, 1, 0), 16, first=top, out=dirty)[0].copy()
        for top in (0, 16, 32)
    ]
    assert np.concatenate(parts).tobytes() == whole.tobytes()


_DIGEST = """
import hashlib, numpy as np, kernels
rng = np.random.default_rng(9)
planes = (0.2 + rng.normal(0, 0.01, (3, 64, 700))).astype(np.float16)
total = hashlib.sha256()
for lines in (1, 16):
    for _ in range(40):
        total.update(kernels.zip_blocks(planes, (2, 1, 0), lines)[0])
print(total.hexdigest())
"""


def test_processes_agree() -> None:
    """Four processes, forty times each, make the same bytes: a deflate that did not was thrown
    out."""
    command = [sys.executable, "-c", _DIGEST]
    found = {
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
        for _ in range(4)
    }
    assert len(found) == 1


@pytest.mark.parametrize(
    ("planes", "options", "named"),
    [
        (np.zeros((3, 4, 4), np.float32), {}, "float16"),
        (np.zeros((4, 4), np.float16), {}, "float16"),
        (np.zeros((5, 4, 4), np.float16), {"order": range(5)}, "1 to 4"),
        (np.zeros((3, 0, 4), np.float16), {}, "none empty"),
        (np.zeros((3, 4, 8), np.float16)[:, :, ::2], {}, "together"),
        (np.zeros((3, 4, 4), np.float16), {"order": (0, 0, 1)}, "permutation"),
        (np.zeros((3, 4, 4), np.float16), {"lines": 0}, "at least one"),
        (np.zeros((3, 4, 4), np.float16), {"out": np.zeros(9, np.uint8)}, "hold"),
        (np.zeros((3, 4, 4), np.float16), {"out": np.zeros(9, np.uint16)}, "contiguous bytes"),
    ],
)
def test_wrong_input(planes: Any, options: dict[str, Any], named: str) -> None:
    """What the loop could not read or write is a ValueError that says what is wrong."""
    given_options: dict[str, Any] = {"order": (2, 1, 0), "lines": 16} | options
    with pytest.raises(ValueError, match=named):
        kernels.zip_blocks(planes, **given_options)
