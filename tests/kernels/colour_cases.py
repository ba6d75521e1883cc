"""What each colour kernel makes of awkward pictures, as bytes, for comparing processor levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import kernels
from functions.colour.ocio.aces2_numbers import rendering_step
from kernels.colour import fixed
from kernels.colour.curves import CURVES
from kernels.colour.guarded_lut import guarded_step
from kernels.colour.steps import Step, apply_steps
from kernels.colour.stops import stop_places, stops_step


def pictures() -> list[npt.NDArray[Any]]:
    """Planar and interleaved, three formats, odd widths, NaN, infinity, negatives, above 1."""
    rng = np.random.default_rng(5)
    rgb = rng.uniform(-0.2, 1.3, (3, 7, 533)).astype(np.float32)
    rgb.ravel()[::91], rgb.ravel()[1::97], rgb.ravel()[2::89] = np.nan, np.inf, -np.inf
    mixed = np.ascontiguousarray(rgb[:, :, :59].transpose(1, 2, 0))
    words = rng.integers(0, 65536, (9, 37, 3), dtype=np.uint16)
    return [rgb, rgb.astype(np.float16), mixed, mixed.astype(np.float16), words]


def fixed_steps(cube: npt.NDArray[Any]) -> list[Step]:
    """Fixed functions, a curve by stops, an ACES 2 rendering, a table with exact cells."""
    rendering = rendering_step((100.0, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329))
    assert rendering is not None
    wrong = np.random.default_rng(7).uniform(0, 1, (16, 16, 16)) < 0.4
    weights = (0.27, 0.68, 0.05)
    return [
        fixed.glow_step(), fixed.red_modifier_step(), fixed.surround_step(-0.02, weights),
        fixed.surround_step(0.2, weights, 1e-4, unsigned=True), fixed.bound_step(-0.1, 0.9),
        fixed.gamma_step((0.4, 1.0, 2.4)), fixed.gamut_compress_step(), rendering,
        stops_step(np.sqrt(stop_places(-20, 10, 64)), -20, 64),
        guarded_step(cube, wrong, [fixed.glow_step(), fixed.gamma_step(0.5)]),
    ]  # fmt: skip


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
        made += [apply_steps(image, [step]) for step in fixed_steps(cube)]
        for subsampling in ("444", "422", "420"):
            codes = kernels.to_yuv(image, subsampling)  # type: ignore[arg-type]
            step = {"444": (1, 1), "422": (2, 1), "420": (2, 2)}[subsampling]
            made += [*codes, kernels.from_yuv(codes, 10, False, "bt709", step)]
    for image in pictures()[:4]:
        for size in ((40, 31), (701, 11)):
            made += [kernels.resize(image, *size), kernels.resize(image, *size, "area")]
    return [np.ascontiguousarray(a).tobytes() for a in made]
