"""Writes GPRs for tests: a DNG with a VC-5 stream made by the plain coder."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.kernels.vc5_twin import planes_of, stream
from tests.media.dngs import SHORT, write_dng


def scene(height: int = 64, width: int = 96, pattern: str = "RGGB", top: int = 16383) -> Any:
    """A linear mosaic: waves of three colours, no noise that a coder would lose."""
    y, x = np.mgrid[0:height, 0:width]
    level = {"R": 0.5, "G": 0.9, "B": 0.3}
    gains = np.array([level[site] for site in pattern]).reshape(2, 2)
    light = 0.35 + 0.25 * np.sin(x / 17) * np.cos(y / 13)
    return (light * gains[y % 2, x % 2] * top).astype(np.uint16)


def write_gpr(
    mosaic: Any,
    pattern: str = "RGGB",
    white: int = 16383,
    *,
    body: bytes | None = None,
    tags: dict[int, tuple[int, Any]] | None = None,
    **coding: Any,
) -> bytes:
    """One GPR file; body : a stream in place of the mosaic's own."""
    height, width = mosaic.shape
    planes = planes_of(mosaic, pattern, white.bit_length())
    data = stream(planes, width, height, **coding) if body is None else body
    return write_dng(
        mosaic,
        16,
        compression="vc5",
        pattern=pattern,
        body=data,
        tags={50717: (SHORT, white)} | (tags or {}),
    )
