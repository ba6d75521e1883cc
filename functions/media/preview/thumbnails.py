"""Frames made small and fit to look at: movies by their tags, camera raw by a half-size view.

For people who want to see what is in a clip, not for measuring: nothing here is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from functions.contract.clip import RawFrame

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

RGB8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]
Rows = tuple[tuple[float, float, float], ...]

_BT709, _BT601, _BT2020 = 1, 5, 9
_MATRICES = {1: _BT709, 4: 4, 5: _BT601, 6: _BT601, 7: 7, 9: _BT2020, 10: _BT2020}
_PQ = 16
_SD_ROWS = 576
_PQ_WHITE = 203.0  # nits of diffuse white (ITU-R BT.2408-7)
# BT.2020 and P3 D65 to BT.709, linear light.
_TO_709 = {
    9: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    12: ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979)),
}
# ACES2065-1 to linear BT.709, Bradford.
ACES_TO_709: Rows = (
    (2.52169, -1.13413, -0.38756),
    (-0.27648, 1.37272, -0.09624),
    (-0.01538, -0.15298, 1.16835),
)


def movie_thumbnail(picture: VideoFrame, width: int, height: int) -> RGB8:
    """(height, width, 3) uint8, turned the right way up; the size is after the turn.

    Matrix and range are those of the tags; where there are none, BT.601 up to 576 rows and
    BT.709 above, and studio range for YCbCr. PQ is brought to diffuse white.
    """
    from av.video.reformatter import ColorRange, Colorspace, Interpolation

    turns = round(picture.rotation / 90) % 4
    size = (height, width) if turns % 2 else (width, height)
    untagged = _BT601 if picture.height <= _SD_ROWS else _BT709
    matrix = _MATRICES.get(int(picture.colorspace), untagged)
    exact = Interpolation.AREA | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
    whole = picture.reformat(
        width=size[0],
        height=size[1],
        format="rgb24",
        src_colorspace=Colorspace(matrix),
        dst_colorspace=Colorspace.ITU709,
        src_color_range=int(picture.color_range) or ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=exact | Interpolation.FULL_CHR_H_INT,
    )
    rgb = np.asarray(whole.to_ndarray(), np.uint8)
    if int(picture.color_trc) == _PQ:
        rgb = _from_pq(rgb, int(picture.color_primaries))
    return np.ascontiguousarray(np.rot90(rgb, turns))


def _from_pq(rgb: RGB8, primaries: int) -> RGB8:
    """SMPTE ST 2084, equation 4.1, to the display's white."""
    power = (rgb.astype(np.float32) / 255) ** (1 / 78.84375)
    light = (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (
        1 / 0.1593017578
    )
    matrix = np.array(_TO_709.get(primaries, np.eye(3)), np.float32)
    return _displayed(_mixed((light * (10000 / _PQ_WHITE)).astype(np.float32), matrix))


def _mixed(rgb: F32, matrix: npt.NDArray[Any]) -> F32:
    """Each pixel through a matrix, sum by sum: BLAS gives other bits on other machines."""
    red, green, blue = (rgb[..., n] for n in range(3))
    rows = matrix.astype(np.float32)
    return np.stack([a * red + b * green + c * blue for a, b, c in rows], axis=-1)


def raw_view(frame: RawFrame, gains: tuple[float, ...], to_aces: Rows) -> F32:
    """(h, w, 3) linear BT.709 of a raw frame at about half size, 1.0 = sensor white."""
    x, y, width, height = frame.crop
    stored = frame.pixels[y : y + height, x : x + width]
    if frame.layout == "linear":
        black = np.array(frame.black[:3], np.float32)
        rgb = (stored.astype(np.float32) - black) / (frame.white - black)
    elif frame.layout == "mono" or frame.pattern is None:
        grey = (stored.astype(np.float32) - frame.black[0]) / (frame.white - frame.black[0])
        return np.repeat(grey[..., None], 3, axis=2)
    else:
        rgb = _half(stored, frame, x % 2, y % 2)
    matrix = (np.array(ACES_TO_709)[:, :, None] * np.array(to_aces)).sum(axis=1)
    # What clips, clips neutral: else a clipped sky is magenta.
    balanced = np.minimum(rgb * np.array(gains, np.float32), 1.0)
    return _mixed(balanced, matrix)


def _half(stored: npt.NDArray[np.generic], frame: RawFrame, x: int, y: int) -> F32:
    """One RGB pixel a CFA cell, the greens averaged."""
    height, width = stored.shape[0] // 2, stored.shape[1] // 2
    rgb = np.zeros((height, width, 3), np.float32)
    assert frame.pattern is not None
    for row in (0, 1):
        for column in (0, 1):
            site = ((row + y) % 2) * 2 + (column + x) % 2
            colour = "RGB".index(frame.pattern[site])
            plane = stored[row : 2 * height : 2, column : 2 * width : 2].astype(np.float32)
            plane = (plane - frame.black[site]) / (frame.white - max(frame.black))
            rgb[..., colour] += plane * (0.5 if colour == 1 else 1.0)
    return rgb


def exposure_of(view: F32) -> float:
    """A gain that brings the brighter parts near to white; 1/4 to 64."""
    bright = float(np.percentile(view.mean(axis=2), 98))
    return float(np.clip(0.75 / bright, 0.25, 64.0)) if bright > 0 else 1.0


def raw_thumbnail(view: F32, exposure: float, width: int, height: int) -> RGB8:
    """(height, width, 3) uint8, by area and gamma."""
    return _displayed(_resized(view, width, height) * np.float32(exposure))


def _resized(view: F32, width: int, height: int) -> F32:
    """Mean over each target pixel's area, one axis after the other."""
    for axis, size in ((0, height), (1, width)):
        length = view.shape[axis]
        edges = np.linspace(0, length, size + 1)
        sums = np.concatenate(
            [np.zeros_like(view.take([0], axis), np.float64), np.cumsum(view, axis, np.float64)],
            axis,
        )
        low = np.minimum(edges.astype(int), length - 1)
        shape = [1, 1, 1]
        shape[axis] = size + 1
        part = (edges - low).reshape(shape)
        at = sums.take(low, axis) + part * (sums.take(low + 1, axis) - sums.take(low, axis))
        view = (np.diff(at, axis=axis) * (size / length)).astype(np.float32)
    return view


def _displayed(linear: F32) -> RGB8:
    """IEC 61966-2-1."""
    light = np.clip(linear, 0, 1)
    signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    shown: RGB8 = np.rint(255 * signal).astype(np.uint8)
    return shown
