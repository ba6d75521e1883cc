"""What `best` must reach on the shared truth pictures; see also `bench/kernels.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels

# `best` on each family, and LibRaw's AHD measured under the same conditions (mean CPSNR, dB).
FLOORS = {
    "kodak": {"clean": 40.2, "noise": 35.6, "linear": 36.6},
    "mcmaster": {"clean": 34.3, "noise": 33.0, "linear": 34.7},
}


def cpsnr(made: Any, truth: Any) -> float:
    """Over all three channels, eight pixels of border cropped, 255 = 1."""
    error = (made.astype(np.float64) - truth)[8:-8, 8:-8]
    return float(10 * np.log10(255**2 / np.mean(error**2)))


def read(folder: Path) -> list[Any]:
    import OpenImageIO

    if not folder.is_dir():
        pytest.skip(f"no {folder.name} pictures")
    return [
        OpenImageIO.ImageBuf(str(p)).get_pixels(OpenImageIO.UINT8)[..., :3].astype(np.float32)
        for p in sorted(folder.iterdir())
    ]


def seen(rgb: Any) -> Any:
    """The picture as an RGGB sensor would sample it."""
    cfa = rgb[..., 1].copy()
    cfa[0::2, 0::2], cfa[1::2, 1::2] = rgb[0::2, 0::2, 0], rgb[1::2, 1::2, 2]
    return cfa


@pytest.mark.parametrize("condition", ["clean", "noise", "linear"])
@pytest.mark.parametrize("family", ["kodak", "mcmaster"])
def test_best_leads(shared_data: Path, family: str, condition: str) -> None:
    """`best` passes the floor on correlated and uncorrelated pictures, with noise, in linear."""
    rng = np.random.default_rng(0)
    scores = []
    for picture in read(shared_data / "truth" / family):
        truth = picture
        if condition == "linear":
            unit = picture / 255
            truth = 255 * np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
        cfa = seen(truth).astype(np.float32)
        if condition == "noise":
            cfa += rng.normal(0, 2.55, cfa.shape).astype(np.float32)
        made = kernels.demosaic(cfa, "RGGB", "best")
        if condition != "linear":
            made = np.clip(np.rint(made), 0, 255)
        scores.append(cpsnr(made, truth))
    assert np.mean(scores) >= FLOORS[family][condition]
