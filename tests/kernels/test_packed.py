"""Unpacking against a bit-by-bit twin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernels
from tests import naive


@pytest.mark.parametrize("packing", ["msb", "lsb", "mlv"])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 13, 64, 257])
def test_what_was_packed_comes_back(width: int, bits: int, packing: Any) -> None:
    """Every width, depth and order gives back the samples that were packed."""
    samples = np.random.default_rng(width).integers(0, 2**bits, (5, width)).astype(np.uint16)
    data, row_bytes = naive.pack(samples, bits, packing)
    assert np.array_equal(kernels.unpack(data, width, 5, bits, packing=packing), samples)
    assert np.array_equal(naive.unpack(data, width, 5, bits, row_bytes, packing), samples)


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(1, 40),
    bits=st.integers(1, 16),
    packing=st.sampled_from(["msb", "lsb", "mlv"]),
    extra=st.integers(0, 5),
    seed=st.integers(0, 2**32 - 1),
)
def test_padded_rows(width: int, bits: int, packing: Any, extra: int, seed: int) -> None:
    """Rows that end in padding are read at the stride given, from any bytes-like object."""
    unit = 2 if packing == "mlv" else 1
    stride = -(-width * bits // (8 * unit)) * unit + extra * unit
    data = np.random.default_rng(seed).integers(0, 256, 3 * stride).astype(np.uint8)
    made = kernels.unpack(memoryview(data), width, 3, bits, row_bytes=stride, packing=packing)
    twin = naive.unpack(data.tobytes(), width, 3, bits, stride, packing)
    assert np.array_equal(made, twin)


def test_known_bytes() -> None:
    """The first sample stands where TIFF, little-endian packing and Magic Lantern put it."""
    data = bytes([0xAB, 0xCD, 0xEF, 0x01])
    assert kernels.unpack(data, 1, 1, 12, packing="msb").tolist() == [[0xABC]]
    assert kernels.unpack(data, 1, 1, 12, packing="lsb").tolist() == [[0xDAB]]
    assert kernels.unpack(data, 1, 1, 12, packing="mlv").tolist() == [[0xCDA]]
    assert kernels.unpack(data, 2, 1, 16, packing="msb").tolist() == [[0xABCD, 0xEF01]]
    assert kernels.unpack(data, 2, 1, 16, packing="lsb").tolist() == [[0xCDAB, 0x01EF]]


@pytest.mark.parametrize(
    "arguments",
    [
        {"data": bytes(11), "width": 4, "height": 2, "bits": 12},
        {"data": bytes(12), "width": 4, "height": 2, "bits": 17},
        {"data": bytes(12), "width": 0, "height": 2, "bits": 12},
        {"data": bytes(12), "width": 4, "height": 2, "bits": 12, "row_bytes": 5},
        {"data": bytes(12), "width": 4, "height": 2, "bits": 12, "packing": "pdp"},
    ],
)
def test_too_few_bytes_are_refused(arguments: dict[str, Any]) -> None:
    """Short data, a short row or a number out of range is a ValueError, never a wild read."""
    with pytest.raises(ValueError, match=r".+"):
        kernels.unpack(**arguments)
