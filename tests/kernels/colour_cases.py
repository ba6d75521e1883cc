"""What each colour kernel makes of awkward pictures, as bytes, for comparing processor levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from kernels.curves import CURVES


def pictures() -> list[npt.NDArray[Any]]:
    """Planar and interleaved, three formats, odd widths, NaN, infinity, negatives, above 1."""
    rng = np.random.default_rng(5)
    rgb = rng.uniform(-0.2, 1.3, (3, 7, 533)).astype(np.float32)
    rgb.ravel()[::91], rgb.ravel()[1::97], rgb.ravel()[2::89] = np.nan, np.inf, -np.inf
    mixed = np.ascontiguousarray(rgb[:, :, :59].transpose(1, 2, 0))
    words = rng.integers(0, 65536, (9, 37, 3), dtype=np.uint16)
    return [rgb, rgb.astype(np.float16), mixed, mixed.astype(np.float16), words]


def everything() -> list[bytes]:
    """Every step over every format, resizes and planes."""
    rng = np.random.default_rng(6)
    cube, table = rng.uniform(-0.2, 1.2, (9, 9, 9, 3)), rng.uniform(0, 1, (33, 3))
    mix = rng.uniform(-0.4, 1.4, (3, 3))
    made: list[Any] = []
    for image in pictures():
        for name in CURVES:
            made += [kernels.apply_curve(image, name), kernels.apply_curve(image, name, "decode")]
        made.append(kernels.apply_chain(image, "logc4", mix))
        made.append(kernels.apply_lut3d(image, cube, "acescct"))
        made.append(kernels.apply_lut1d(image, table, (-0.1, 1.1)))
        made.append(kernels.apply_cdl(image, (1.1, 0.9, 1.2), 0.01, (1.2, 0.8, 1.0), 1.2))
        made.append(kernels.apply_cdl(image, 1.1, -0.1, 0.9, 0.5, "asc"))
        for subsampling in ("444", "422", "420"):
            made += kernels.to_yuv(image, subsampling)  # type: ignore[arg-type]
    for image in pictures()[:4]:
        for size in ((40, 31), (701, 11)):
            made += [kernels.resize(image, *size), kernels.resize(image, *size, "area")]
    return [np.ascontiguousarray(a).tobytes() for a in made]
