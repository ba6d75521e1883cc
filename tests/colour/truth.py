"""OpenColorIO asked directly, without our route: the truth for the colour chain's tests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Run = Callable[[npt.ArrayLike], Floats]
ocio: Any = import_module("PyOpenColorIO")
CONFIG_13 = "studio-config-v2.2.0_aces-v1.3_ocio-v2.4"
CONFIG_2 = "studio-config-v4.0.0_aces-v2.0_ocio-v2.5"
CAMERAS = {
    "arri-logc3": "ARRI LogC3 (EI800)",
    "arri-logc4": "ARRI LogC4",
    "slog3-sgamut3": "S-Log3 S-Gamut3",
    "slog3-sgamut3cine": "S-Log3 S-Gamut3.Cine",
    "slog3-venice-sgamut3": "S-Log3 Venice S-Gamut3",
    "slog3-venice-sgamut3cine": "S-Log3 Venice S-Gamut3.Cine",
    "clog2-cgamut": "CanonLog2 CinemaGamut D55",
    "clog3-cgamut": "CanonLog3 CinemaGamut D55",
    "log3g10-rwg": "Log3G10 REDWideGamutRGB",
    "vlog-vgamut": "V-Log V-Gamut",
    "bmdfilm-gen5": "BMDFilm WideGamut Gen5",
    "davinci-intermediate": "DaVinci Intermediate WideGamut",
    "dji-dlog": "D-Log D-Gamut",
    "apple-log": "Apple Log",
    "acescct": "ACEScct",
    "acescc": "ACEScc",
}
VIEWS = {
    ("1.3", "rec709"): ("Rec.1886 Rec.709 - Display", "ACES 1.0 - SDR Video"),
    ("1.3", "rec2100-pq"): (
        "Rec.2100-PQ - Display", "ACES 1.1 - HDR Video (1000 nits & Rec.2020 lim)",
    ),
    ("1.3", "p3d65"): ("P3-D65 - Display", "ACES 1.0 - SDR Cinema"),
    ("2", "rec709"): ("Rec.1886 Rec.709 - Display", "ACES 2.0 - SDR 100 nits (Rec.709)"),
    ("2", "rec2100-pq"): ("Rec.2100-PQ - Display", "ACES 2.0 - HDR 1000 nits (P3 D65)"),
    ("2", "p3d65"): ("P3-D65 - Display", "ACES 2.0 - SDR 100 nits (P3 D65)"),
}  # fmt: skip


@cache
def config(aces: str) -> Any:
    """The built-in studio config of ACES 1.3, or the first one of ACES 2."""
    return ocio.Config.CreateFromBuiltinConfig(CONFIG_13 if aces == "1.3" else CONFIG_2)


def run(processor: Any) -> Run:
    """A processor over (N, 3), float in and out, nothing approximated."""
    cpu = processor.getOptimizedCPUProcessor(
        ocio.BIT_DEPTH_F32, ocio.BIT_DEPTH_F32, ocio.OPTIMIZATION_LOSSLESS
    )

    def over(rgb: npt.ArrayLike) -> Floats:
        made = np.array(rgb, np.float32, order="C")
        cpu.applyRGB(made.reshape(-1, 1, 3))
        return made

    return over


def of_transforms(*transforms: Any, aces: str = "2") -> Run:
    """Transforms in a row, resolved in a built-in config."""
    return run(config(aces).getProcessor(ocio.GroupTransform(list(transforms))))


def to_aces(space: str, aces: str = "2") -> Run:
    """A colour space to ACES2065-1."""
    return run(config(aces).getProcessor(space, "ACES2065-1"))


def to_view(space: str, aces: str, output: str) -> Run:
    """A colour space through an ACES output transform."""
    display, view = VIEWS[aces, output]
    # D-Log came with the later config; the way into ACES2065-1 is not the config's to differ in.
    if config(aces).getColorSpace(space) is None:
        into, out = to_aces(space), to_view("ACES2065-1", aces, output)
        return lambda rgb: out(into(rgb))
    forward = ocio.TRANSFORM_DIR_FORWARD
    return run(config(aces).getProcessor(space, display, view, forward))


def cube_codes(count: int, seed: int = 0) -> Floats:
    """Code values: a grid, corners, the whole cube at random, past its ends, neutrals."""
    rng = np.random.default_rng(seed)
    axis = np.linspace(0, 1, 12)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    parts = [grid, rng.uniform(0, 1, (count, 3)), rng.uniform(-0.08, 1.2, (count // 8, 3))]
    parts.append(np.repeat(np.linspace(0, 1, 400)[:, None], 3, 1))
    return np.concatenate(parts).astype(np.float32)


@cache
def picture_light(folder: Path) -> Floats:
    """(N, 3) ACES2065-1: photographs, some stops brighter, so that highlights are there too."""
    import cv2

    files = sorted((folder / "truth" / "kodak").glob("*.png"))
    files += sorted((folder / "truth" / "mcmaster").glob("*.tif"))
    rng = np.random.default_rng(1)
    into = to_aces("sRGB Encoded Rec.709 (sRGB)")
    parts = []
    for number, file in enumerate(files[::3]):
        read: Any = cv2.imread(str(file))
        pixels = read[..., ::-1].reshape(-1, 3)
        chosen = pixels[rng.choice(len(pixels), 1500, replace=False)].astype(np.float32) / 255
        parts.append(into(chosen) * np.float32(2.0 ** (number % 4)))
    return np.concatenate(parts)


def unsure(reference: Run, rgb: Floats) -> npt.NDArray[np.float64]:
    """How far the library's own result moves when its input moves by two float32 steps."""
    here = np.nan_to_num(reference(rgb).astype(np.float64))
    sides = [reference(np.nextafter(rgb, np.float32(way))) for way in (-np.inf, np.inf)]
    moved: npt.NDArray[np.float64] = np.maximum(
        *(np.abs(np.nan_to_num(side.astype(np.float64)) - here) for side in sides)
    )
    return 2 * moved


def half_units(
    made: npt.NDArray[Any], wanted: npt.NDArray[Any], slack: npt.NDArray[Any] | float = 0.0
) -> float:
    """Worst distance in steps of a half, less what float32 loses where channels cancel."""
    a, b = (np.clip(x.astype(np.float64), -65504, 65504) for x in (made, wanted))
    step = 2.0 ** (np.floor(np.log2(np.maximum(np.abs(b), 2.0**-14))) - 10)
    lost = 2.0**-20 * np.abs(b).max(-1, keepdims=True) + slack
    return float((np.maximum(np.abs(a - b) - lost, 0) / step).max())


def codes_10bit(made: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Distance in 10-bit code values for each pixel, as an encoder clips."""
    a, b = (np.clip(x.astype(np.float64), 0, 1) for x in (made, wanted))
    worst: npt.NDArray[np.float64] = np.abs(a - b).max(-1) * 1023
    return worst


def settled(
    far: npt.NDArray[np.float64], reference: Run, rgb: Floats, budget: float
) -> npt.NDArray[np.float64]:
    """Distances in codes; over the budget, less what the library's own answer moves by.

    Where channels cancel to nearly nothing, two float32 steps of the input are whole code values.
    """
    over = np.flatnonzero(far > budget)
    if over.size:
        far = far.copy()
        far[over] -= unsure(reference, rgb[over]).max(-1) * 1023
    return far
