"""Quality of each method beside LibRaw's AHD, on the truth pictures where they are at hand.

Mean CPSNR over all three channels, 8 px of border cropped. Both sides get the same 16-bit samples,
as an RGGB sensor would see the picture: as it is, with 1 % noise, and in linear light.
"""

from __future__ import annotations

import statistics
import tempfile
import warnings
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

import kernels
from bench.verdict import absent, judge

METHODS: tuple[Literal["draft", "fast", "best"], ...] = ("draft", "fast", "best")
TRUTH = Path(__file__).resolve().parents[2] / "shared" / "data" / "truth"
LEAST = {"kodak": 40.2, "mcmaster": 34.3}
# A sensor with room below black, so that noise is not clipped, and above white.
BLACK, STEP = 4000, 200
WHITE = BLACK + 255 * STEP


def digital_negative(cfa: npt.NDArray[np.uint16], file: Path, black: int, white: int) -> None:
    """The frame as the plainest DNG that LibRaw reads."""
    import tifffile

    unit = [value for row in np.eye(3, dtype=int) for v in row for value in (int(v), 1)]
    tags = [
        (50706, "B", 4, (1, 4, 0, 0), False),
        (50708, "s", 0, "bench", False),
        (33421, "H", 2, (2, 2), False),
        (33422, "B", 4, (0, 1, 1, 2), False),
        (50714, "H", 1, black, False),
        (50717, "I", 1, white, False),
        (50721, "2i", 9, unit, False),
        (50728, "2I", 3, [1, 1] * 3, False),
        (50778, "H", 1, 21, False),
    ]
    tifffile.imwrite(file, cfa, photometric=32803, extratags=tags, metadata=None)


def ahd(file: Path, wb: tuple[float, float, float, float]) -> Any:
    """LibRaw's AHD of a DNG, in camera RGB, linear, 65535 = white."""
    import rawpy

    with rawpy.imread(str(file)) as raw:
        return raw.postprocess(
            demosaic_algorithm=rawpy.DemosaicAlgorithm.AHD,
            output_color=rawpy.ColorSpace.raw,
            gamma=(1, 1),
            no_auto_bright=True,
            output_bps=16,
            user_wb=list(wb),
            user_flip=0,
            adjust_maximum_thr=0.0,
        )


def cpsnr(made: Any, truth: Any) -> float:
    """Over all three channels, 8 px of border cropped, 255 = 1."""
    error = (np.asarray(made, np.float64) - truth)[8:-8, 8:-8]
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def _seen(truth: Any, noise: float, rng: np.random.Generator) -> npt.NDArray[np.uint16]:
    """16-bit samples of an RGGB sensor."""
    cfa = truth[..., 1].astype(np.float64)
    cfa[0::2, 0::2], cfa[1::2, 1::2] = truth[0::2, 0::2, 0], truth[1::2, 1::2, 2]
    if noise:
        cfa += rng.normal(0, noise, cfa.shape)
    samples: npt.NDArray[np.uint16] = np.clip(np.rint(cfa * STEP) + BLACK, 0, 65535).astype(
        np.uint16
    )
    return samples


def _scores(family: str, condition: str, file: Path) -> dict[str, float]:
    import OpenImageIO

    rng = np.random.default_rng(0)
    found: dict[str, list[float]] = {name: [] for name in (*METHODS, "LibRaw AHD")}
    for picture in sorted((TRUTH / family).iterdir()):
        pixels: Any = OpenImageIO.ImageBuf(str(picture)).get_pixels(OpenImageIO.UINT8)
        truth = pixels[..., :3].astype(np.float32)
        if condition == "linear light":
            unit = truth / 255
            truth = 255 * np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
        cfa = _seen(truth, 2.55 if condition == "1 % noise" else 0.0, rng)
        made: dict[str, Any] = {
            method: (kernels.demosaic(cfa, "RGGB", method) - BLACK) / STEP for method in METHODS
        }
        digital_negative(cfa, file, BLACK, WHITE)
        made["LibRaw AHD"] = ahd(file, (1.0, 1.0, 1.0, 1.0)) * (255 / 65535)
        for name, rgb in made.items():
            # All are kept to what a picture of 8 bits can say.
            whole = rgb if condition == "linear light" else np.rint(rgb)
            found[name].append(cpsnr(np.clip(whole, 0, 255), truth))
    return {name: statistics.mean(values) for name, values in found.items()}


def run() -> None:
    """The table, and what `best` must reach."""
    if not TRUTH.is_dir():
        print("\n" + absent("quality", "no truth pictures beside this checkout"))
        return
    names = (*METHODS, "LibRaw AHD")
    print("\n| mean CPSNR, dB | " + " | ".join(names) + " |")
    print("| --- | " + "---: | " * len(names))
    verdicts = []
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for family, least in LEAST.items():
            for condition in ("as is", "1 % noise", "linear light"):
                scores = _scores(family, condition, Path(folder) / "frame.dng")
                cells = " | ".join(f"{scores[name]:.2f}" for name in names)
                print(f"| {family}, {condition} | {cells} |")
                bound = least if condition == "as is" else round(scores["LibRaw AHD"], 2)
                what = f"best on {family}, {condition}"
                verdicts.append(judge(what, round(scores["best"], 2), bound, unit=" dB"))
    print("\n".join(verdicts))


if __name__ == "__main__":
    run()
