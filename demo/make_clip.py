"""Makes the demo's clip: a moving CinemaDNG take with a chart whose ACES values are known.

    python demo/make_clip.py FOLDER

The scene is written in linear ACES2065-1 and seen by a 12-bit camera with shot and read
noise: a drifting backdrop with fine lines and saturated slanted edges, a zone plate that
breathes, a highlight beyond sensor white, a frame counter, and a chart of 24 patches. The
same arguments make the same files.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # run as a script

from demo.camera_dng import BLACK, MARGIN, WHITE, camera_rgb, write_dng

Floats = npt.NDArray[np.float32]

RATE, START_HOUR, REEL = 24, 1, "A001C001"
ELECTRONS_PER_STEP = 4.0  # full well of 15 000 electrons over 3839 steps
READ_NOISE = 2.0  # steps
_DRIFT = 4  # pixels a frame; even, so that the CFA's phase stays
_PERIOD = 960

CHART = (
    (0.116, 0.085, 0.058), (0.390, 0.296, 0.224), (0.177, 0.195, 0.309),
    (0.113, 0.137, 0.063), (0.257, 0.234, 0.399), (0.318, 0.463, 0.417),
    (0.411, 0.234, 0.062), (0.133, 0.125, 0.350), (0.297, 0.127, 0.119),
    (0.089, 0.057, 0.127), (0.344, 0.439, 0.098), (0.480, 0.362, 0.071),
    (0.078, 0.068, 0.253), (0.143, 0.248, 0.087), (0.217, 0.074, 0.047),
    (0.591, 0.543, 0.083), (0.311, 0.138, 0.270), (0.137, 0.223, 0.354),
    (0.880, 0.880, 0.850), (0.590, 0.590, 0.590), (0.360, 0.360, 0.360),
    (0.190, 0.190, 0.190), (0.090, 0.090, 0.090), (0.032, 0.032, 0.032),
)  # fmt: skip
"""ACES2065-1 of the patches, row by row: like a common 24-patch chart."""

# Rows of three bits, top to bottom, of the digits 0 to 9.
_FONT = ["75557", "26227", "71747", "71717", "55711", "74717", "74757", "71111", "75757", "75717"]


@dataclass(frozen=True, slots=True)
class ClipTruth:
    """What is known about the clip, in pixels of the picture (after the default crop).

    rectangles : (x, y, width, height) well inside each patch
    aces : ACES2065-1 of each patch
    """

    width: int
    height: int
    frames: int
    rectangles: tuple[tuple[int, int, int, int], ...]
    aces: tuple[tuple[float, float, float], ...]


def truth(width: int, height: int, frames: int) -> ClipTruth:
    """Where the chart stands in a picture of this size, and what its patches are."""
    step = _patch(height)
    x0, y0 = _chart_corner(width, height)
    inset, inside = step // 8 * 2, step // 4 * 2
    rectangles = tuple(
        (x0 + step * column + inset, y0 + step * row + inset, inside, inside)
        for row in range(4)
        for column in range(6)
    )
    return ClipTruth(width, height, frames, rectangles, CHART)


def _patch(height: int) -> int:
    return max(8, height // 14 // 2 * 2)


def _chart_corner(width: int, height: int) -> tuple[int, int]:
    return width // 20 // 2 * 2, height * 6 // 10 // 2 * 2


def make_clip(
    folder: Path, frames: int = 48, width: int = 1920, height: int = 1080, seed: int = 2065
) -> ClipTruth:
    """Write `folder`/<folder's name>_000000.dng and so on.

    width, height : of the picture, even; the sensor is 16 pixels larger both ways
    """
    if width % 2 or height % 2 or width < 320 or height < 180:
        raise ValueError(f"a picture of {width}x{height} is odd or smaller than 320x180")
    folder.mkdir(parents=True, exist_ok=True)
    scene = _Scene(width, height, np.random.default_rng(seed))
    for frame in range(frames):
        write_dng(
            folder / f"{folder.name}_{frame:06d}.dng",
            scene.expose(frame),
            frame=frame,
            rate=RATE,
            start_hour=START_HOUR,
            reel=REEL,
        )
    return truth(width, height, frames)


def _mosaic(aces: npt.NDArray[np.float64]) -> Floats:
    """(H, W, 3) ACES to what an RGGB sensor expects, in steps above black."""
    rgb = camera_rgb(aces) * (WHITE - BLACK)
    cfa = np.empty(rgb.shape[:2], np.float32)
    for y, x, plane in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)):
        cfa[y::2, x::2] = rgb[y::2, x::2, plane]
    return cfa


class _Scene:
    """Everything that stands still is computed once; a frame costs some 40 ms."""

    def __init__(self, width: int, height: int, random: np.random.Generator) -> None:
        self._width, self._height = width + 2 * MARGIN, height + 2 * MARGIN
        self._random = random
        self._backdrop = _mosaic(_backdrop(self._width + _PERIOD, self._height, random))
        self._chart_at = tuple(MARGIN + at for at in _chart_corner(width, height))
        self._chart = _mosaic(_chart(_patch(height)))
        side = min(height * 6 // 10, width // 3) // 2 * 2
        self._zone_at = (self._width - side - side // 8 // 2 * 2, (self._height - side) // 4 * 2)
        y, x = np.mgrid[:side, :side].astype(np.float64) - side / 2
        phase = np.pi * (x * x + y * y) / side  # half a cycle a pixel at the rim
        grey = _mosaic(np.full((side, side, 3), 0.36))
        self._zone = (grey, grey * np.cos(phase, dtype=np.float32), grey * np.sin(phase))
        # Shifted and flipped from frame to frame: fresh noise costs five times as much.
        self._noise = random.standard_normal((self._height + 64, self._width + 64), np.float32)

    def expose(self, frame: int) -> npt.NDArray[np.uint16]:
        """(H, W) uint16 of the whole sensor: mean, shot and read noise, black level."""
        left = _DRIFT * frame % _PERIOD
        mean = self._backdrop[:, left : left + self._width].copy()
        _paste(mean, self._chart, self._chart_at)
        even, cosine, sine = self._zone
        turn = 2 * np.pi * frame / 24
        zone = even + 0.95 * (np.float32(np.cos(turn)) * cosine - np.float32(np.sin(turn)) * sine)
        _paste(mean, zone.astype(np.float32), self._zone_at)
        self._add_highlight(mean, frame)
        digits = _mosaic(_counter(frame, max(2, self._height // 180 * 2)))
        _paste(mean, digits, (MARGIN + 16, MARGIN + 16))
        deviation = np.sqrt(mean * (1 / ELECTRONS_PER_STEP) + READ_NOISE**2)
        dy, dx, flip = self._random.integers(0, (65, 65, 2))
        noise = self._noise[dy : dy + self._height, dx : dx + self._width]
        deviation *= -noise if flip else noise
        mean += deviation
        mean += BLACK + 0.5
        return np.clip(mean, 0, WHITE).astype(np.uint16)

    def _add_highlight(self, mean: Floats, frame: int) -> None:
        """A spot of eight times diffuse white that crosses the top of the picture."""
        side = self._height // 8 // 2 * 2
        y, x = np.mgrid[:side, :side].astype(np.float64) - side / 2
        spot = 8.0 * np.exp(-(x * x + y * y) / (side / 7) ** 2)
        light = _mosaic(np.repeat(spot[..., None], 3, axis=2))
        span = self._width - side - 2
        at = (span // 4 + 6 * frame) % span // 2 * 2
        top = self._height // 16 * 2
        mean[top : top + side, at : at + side] += light


def _paste(mean: Floats, part: Floats, at: tuple[int, ...]) -> None:
    x, y = at
    mean[y : y + part.shape[0], x : x + part.shape[1]] = part


def _backdrop(width: int, height: int, random: np.random.Generator) -> npt.NDArray[np.float64]:
    """(H, W, 3) ACES that repeats after `_PERIOD` pixels: hue along x, light along y."""
    x = np.arange(width) % _PERIOD
    y = np.arange(height)
    turn = 2 * np.pi * x / (_PERIOD // 2)
    hue = np.stack([0.34 + 0.2 * np.cos(turn + shift) for shift in (0.0, 2.1, 4.2)], axis=1)
    light = 2.0 ** (-7 + 8 * y / height)  # black at the top, over white at the bottom
    aces = light[:, None, None] * hue[None]
    band = slice(height // 3, height // 2)
    grain = random.random((height // 2 + 1, _PERIOD // 2))
    grain = np.repeat(np.repeat(grain, 2, axis=0), 2, axis=1)[:height, x]
    aces[band] *= (0.5 + grain[band])[..., None]
    # Slanted saturated bars: the edges that betray a demosaic.
    bar = (x[None] + y[:, None] // 3) // 24 % 10
    colours = np.array([(0.45, 0.16, 0.06), (0.15, 0.40, 0.10), (0.10, 0.10, 0.42)])
    bars = slice(height // 2, height * 7 // 12)
    for number, colour in enumerate(colours):
        aces[bars] = np.where((bar[bars] == 3 * number)[..., None], colour, aces[bars])
    return aces


def _chart(step: int) -> npt.NDArray[np.float64]:
    aces = np.full((4 * step, 6 * step, 3), 0.05)
    edge = step // 10
    for number, patch in enumerate(CHART):
        row, column = divmod(number, 6)
        aces[
            row * step + edge : (row + 1) * step - edge,
            column * step + edge : (column + 1) * step - edge,
        ] = patch
    return aces


def _counter(frame: int, scale: int) -> npt.NDArray[np.float64]:
    """The frame's number in white on black, four digits."""
    bits = np.zeros((7, 17))
    for place, digit in enumerate(f"{frame:04d}"):
        for row, octal in enumerate(_FONT[int(digit)]):
            bits[1 + row, 1 + 4 * place : 4 + 4 * place] = [int(b) for b in f"{int(octal):03b}"]
    grey = 0.01 + 0.89 * np.repeat(np.repeat(bits, scale, axis=0), scale, axis=1)
    grey = grey[: grey.shape[0] // 2 * 2, : grey.shape[1] // 2 * 2]
    return np.repeat(grey[..., None], 3, axis=2)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("usage: python demo/make_clip.py FOLDER")
    made = make_clip(Path(sys.argv[1]))
    print(f"{made.frames} frames of {made.width}x{made.height} in {sys.argv[1]}")
