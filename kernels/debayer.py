"""Colour filter array to RGB: `demosaic` for the arrays, `develop` for the whole pass."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from kernels import calls as c
from kernels.noise import level_of_noise, level_of_white
from kernels.picture import (
    Crop,
    Highlights,
    Numbers,
    Planes,
    Rows,
    bent,
    check_source,
    check_target,
    develop_into,
    geometry,
    numbers,
    phase,
    region,
    run,
    straight,
)

Method = Literal["draft", "fast", "best"]
Light = Literal["linear", "coded"]
_ENTRY = {"draft": "draft", "fast": "fast", "best": "best"}
_FLOATS = {"draft": c.OWN_AT, "fast": c.OWN_AT, "best": c.BEST_FLOATS}
# The mirror about the edge sample needs a second sample to show.
SMALLEST = 2


def _entry(method: str) -> tuple[str, int]:
    if method not in _ENTRY:
        raise ValueError(f"method is one of {', '.join(_ENTRY)}, not {method!r}")
    return _ENTRY[method], _FLOATS[method]


def demosaic(
    cfa: npt.NDArray[np.uint16] | npt.NDArray[np.float32],
    pattern: str,
    method: Method = "best",
    light: Light = "linear",
    out: npt.NDArray[np.float32] | None = None,
    *,
    rows: Rows | None = None,
) -> npt.NDArray[np.float32]:
    """Fill in the two colours that each site of a colour filter array lacks.

    Parameters
    ----------
    cfa : (H, W) uint16 or float32, rows contiguous, at least 2x2
        Black subtracted, one white balance or none: "best" and "fast" expect the channels of a grey
        surface to be about equal, and lose sharpness, not correctness, where they are not.
    pattern : "RGGB", "BGGR", "GRBG" or "GBRG"
    method : "draft" (bilinear), "fast" (Malvar, He and Cutler 2004) or "best"
    light : "linear" or "coded"
        Linear light, as a sensor gives it, or gamma- or log-coded numbers. "best" works on linear
        light as lightness, and minds the noise that it finds (`kernels.noise`); coded numbers it
        takes as they are. "draft" and "fast" make no difference.
    out : (H, W, 3) float32, optional
    rows : (start, stop), optional
        Write only these rows of `out`. Bands given to several threads make the same bytes as one
        call: the interpreter lock is free meanwhile.

    Returns
    -------
    (H, W, 3) float32: RGB on the scale and in the light of `cfa`. Not clipped: may overshoot, and
    keeps what is below zero.

    Raises
    ------
    ValueError: another shape, dtype, layout, pattern, method or light.

    Domain/Range: any finite number; NaN spreads to the neighbours that it is used for.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((5, 7), 0.18, np.float32)
    >>> print(demosaic(grey, "GRBG").max().round(6))
    0.18
    """
    check_source(cfa, "(height, width)", 2, SMALLEST)
    red = phase(pattern)
    name, floats = _entry(method)
    if light not in ("linear", "coded"):
        raise ValueError(f"light is linear or coded, not {light!r}")
    height, width = cfa.shape
    target = check_target(out, (height, width, 3), np.float32, (12, 4))
    crop, band = region(height, width, None, rows)
    geom = geometry(cfa, crop, band, red)
    geom[c.MODE] = c.INTERLEAVED_FLOAT
    geom[c.OUT_ROW] = target.strides[0]
    values = np.zeros(c.COLOUR, np.float32)
    values[c.SCALE : c.SCALE + 4] = 1.0
    if name == "best" and light == "linear":
        bent(geom, values, level_of_white(cfa), level_of_noise(cfa, np.ones(4)))
    elif name == "best":
        straight(values)
    run(name, cfa, geom, values, target, floats)
    return target


def develop(
    cfa: npt.NDArray[np.uint16] | npt.NDArray[np.float32],
    pattern: str,
    *,
    black: Numbers,
    white: Numbers,
    gains: Numbers,
    matrix: npt.ArrayLike,
    method: Method = "best",
    highlights: Highlights = "repair",
    clip_point: float = 1.0,
    crop: Crop | None = None,
    rows: Rows | None = None,
    out: Planes | None = None,
) -> Planes:
    """Sensor samples to scene-linear RGB halves, in one trip through the cache.

    value = (sample - black) / (white - black) * gain, then demosaic, highlights, `matrix`, half.

    Parameters
    ----------
    cfa : (H, W) uint16 or float32, rows contiguous, at least 2x2
    pattern : "RGGB", "BGGR", "GRBG" or "GBRG"
    black, white, gains : one number, or four in reading order of the 2x2 cell
    matrix : (3, 3)
        out = matrix @ (red, green, blue).
    method : "draft", "fast" or "best"
    highlights : "repair", "keep" or "clip"
        "repair" raises a clipped channel to what the unclipped ones agree on, so that a clipped
        neutral surface stays neutral; only samples above 0.992 of the clip point are touched.
        "keep" leaves all values as they are. "clip" cuts every channel off at the smallest gain,
        where the first channel of a neutral clips. `kernels.loops.demosaic.finish` has the formula.
    clip_point : float
        Where the sensor clips, as a part of its white; "repair" alone asks.
    crop : (x, y, width, height), optional
        Write this part only; its border is made from the picture around it.
    rows : (start, stop), optional
        Write only these rows of `out` (see `demosaic`).
    out : (3, crop height, crop width) float16 or float32, optional

    Returns
    -------
    (3, height, width) float16, or float32 where `out` is: planar red, green, blue. Noise below
    black stays negative; in halves what lies past +-65504 becomes +-65504, never infinity; NaN
    stays NaN. Halves are the floats rounded, but for the last bit of float32 sums.

    Raises
    ------
    ValueError: another shape, dtype, layout, pattern, method, crop or level.

    Domain/Range: sensor samples; 1.0 = sensor white times gain.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((4, 6), 256 + 179, np.uint16)
    >>> rgb = develop(grey, "RGGB", black=256, white=1256, gains=1.0, matrix=np.eye(3))
    >>> rgb.shape, round(float(rgb[1, 2, 3]), 3)
    ((3, 4, 6), 0.179)
    """
    check_source(cfa, "(height, width)", 2, SMALLEST)
    red = phase(pattern)
    name, floats = _entry(method)
    given = {"black": black, "white": white, "gains": gains}
    levels = {name: numbers(name, value, 4) for name, value in given.items()}
    at = levels["gains"]
    site = 2 * red[0] + red[1]
    # One gain for both greens: where they differ, the smaller says when green is clipped.
    channels = np.array([at[site], min(at[site ^ 1], at[site ^ 2]), at[site ^ 3]])
    noise = None
    if name == "best" and (levels["white"] > levels["black"]).all():
        noise = level_of_noise(cfa, levels["gains"] / (levels["white"] - levels["black"]))
    return develop_into(
        name,
        floats,
        cfa,
        levels,
        channels,
        matrix,
        highlights,
        crop,
        rows,
        out,
        red,
        clip_point,
        noise,
    )
