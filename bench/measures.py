"""How far a demosaiced picture is from the truth, as viewed: both in sRGB code, 0 to 1.

CPSNR over all three channels. SSIM: Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment",
IEEE Trans. Image Processing 13(4), 2004, doi:10.1109/TIP.2003.819861, mean of the channels. Zipper:
Lu and Tan, "Color filter array demosaicking: new method and performance measures", IEEE Trans.
Image Processing 12(10), 2003, doi:10.1109/TIP.2003.816004: the share of pixels whose difference to
their most alike neighbour, in CIELAB, is changed by more than 2.3. False colour: mean error of
chroma (a*, b*) in CIELAB.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.float64]

BORDER = 10
_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_AROUND = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if y or x]


def decoded(code: Picture) -> Picture:
    """sRGB to linear light."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def coded(light: Picture) -> Picture:
    """Linear light to sRGB, kept to what a picture can say."""
    light = np.clip(light, 0.0, 1.0)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def cpsnr(made: Picture, truth: Picture) -> float:
    """dB, where 1 is white."""
    return float(-10 * np.log10(np.mean((made - truth) ** 2)))


def ssim(made: Picture, truth: Picture) -> float:
    """Structural similarity, 1 for the same picture."""
    from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped]

    def mean(a: Picture) -> Any:
        return gaussian_filter(a, (1.5, 1.5, 0), truncate=3.5)

    m, t = mean(made), mean(truth)
    spread = mean(made * made) - m * m + mean(truth * truth) - t * t
    both = mean(made * truth) - m * t
    c, d = 0.01**2, 0.03**2
    return float(np.mean((2 * m * t + c) * (2 * both + d) / ((m * m + t * t + c) * (spread + d))))


def _lab(code: Picture) -> Picture:
    xyz = decoded(code) @ _XYZ.T / _XYZ.sum(1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * (841 / 108) + 4 / 29)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def zipper(made: Picture, truth: Picture) -> float:
    """Share of pixels, in percent."""
    m, t = _lab(made), _lab(truth)

    def steps(lab: Picture) -> Picture:
        middle = lab[1:-1, 1:-1]
        height, width = lab.shape[:2]
        around = [lab[1 + y : height - 1 + y, 1 + x : width - 1 + x] for y, x in _AROUND]
        return np.stack([np.linalg.norm(a - middle, axis=-1) for a in around])

    true = steps(t)
    alike = true.argmin(0)[None]
    change = np.take_along_axis(steps(m), alike, 0) - np.take_along_axis(true, alike, 0)
    return float(100 * np.mean(np.abs(change) > 2.3))


def false_colour(made: Picture, truth: Picture) -> float:
    """Mean distance of chroma."""
    return float(np.mean(np.hypot(*np.moveaxis((_lab(made) - _lab(truth))[..., 1:], -1, 0))))


def inner(picture: Picture) -> Picture:
    """The picture without its border."""
    return picture[BORDER:-BORDER, BORDER:-BORDER]
