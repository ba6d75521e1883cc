"""What `best` must reach on the shared truth pictures; see also `bench/quality.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels

# The least of `best`, mean CPSNR in dB as viewed, by light and noise; always more than any of
# LibRaw's and RawTherapee's demosaics reached under the same conditions.
FLOORS = {
    ("kodak", "linear", 0.0): 41.2,
    ("kodak", "linear", 0.01): 33.3,
    ("kodak", "linear", 0.02): 29.0,
    ("kodak", "coded", 0.0): 41.3,
    ("kodak", "coded", 0.01): 37.7,
    ("mcmaster", "linear", 0.0): 34.9,
    ("mcmaster", "linear", 0.01): 29.9,
    ("mcmaster", "linear", 0.02): 26.9,
    ("mcmaster", "coded", 0.0): 35.0,
    ("mcmaster", "coded", 0.01): 33.8,
}


def cpsnr(made: Any, truth: Any) -> float:
    """Over all three channels, ten pixels of border cropped, 1 is white."""
    error = (made - truth)[10:-10, 10:-10]
    return float(-10 * np.log10(np.mean(error**2)))


def decoded(code: Any) -> Any:
    """sRGB to linear light."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def coded(light: Any) -> Any:
    """Linear light to sRGB."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def read(folder: Path) -> list[Any]:
    import OpenImageIO

    if not folder.is_dir():
        pytest.skip(f"no {folder.name} pictures")
    return [
        OpenImageIO.ImageBuf(str(p)).get_pixels(OpenImageIO.UINT8)[..., :3] / 255.0
        for p in sorted(folder.iterdir())
    ]


def seen(rgb: Any) -> Any:
    """The picture as an RGGB sensor would sample it."""
    cfa = rgb[..., 1].copy()
    cfa[0::2, 0::2], cfa[1::2, 1::2] = rgb[0::2, 0::2, 0], rgb[1::2, 1::2, 2]
    return cfa


@pytest.mark.parametrize(("family", "light", "noise"), list(FLOORS))
def test_best_leads(shared_data: Path, family: str, light: Any, noise: float) -> None:
    """`best` passes the floor on correlated and uncorrelated pictures, in both lights, in noise."""
    rng = np.random.default_rng(0)
    scores = []
    for truth in read(shared_data / "truth" / family):
        cfa = seen(decoded(truth) if light == "linear" else truth)
        cfa += rng.normal(0, noise, cfa.shape)
        made = kernels.demosaic(cfa.astype(np.float32), "RGGB", "best", light).astype(np.float64)
        viewed = coded(made) if light == "linear" else np.clip(made, 0, 1)
        scores.append(cpsnr(np.rint(viewed * 255) / 255, truth))
    assert np.mean(scores) >= FLOORS[family, light, noise]


def drawn(size: int) -> Any:
    """A picture of shapes, lines and colours, supersampled: linear light without a camera."""
    y, x = np.indices((4 * size, 4 * size)) / 4.0
    light = np.stack([0.03 + 0.4 * (np.sin(x / 29 + k) * np.sin(y / 23) > 0) for k in range(3)], -1)
    light[np.hypot(x - size / 2, y - size / 2) < size / 5] = (0.8, 0.55, 0.2)
    light[np.abs(x + 2 * y - 1.2 * size) < 3] = 0.9
    light[(np.abs(np.sin(x * y / size / 4)) < 0.2) & (y > size / 2)] *= 0.2
    return light.reshape(size, 4, size, 4, 3).mean((1, 3))


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_linear_light_is_worked_on_as_it_is_seen(noise: float) -> None:
    """On linear pictures `best` is better told so, as viewed, with noise and without."""
    truth = drawn(240)
    cfa = seen(truth) + np.random.default_rng(1).normal(0, noise, truth.shape[:2])
    score = {
        light: cpsnr(coded(kernels.demosaic(cfa.astype(np.float32), "RGGB", "best", light)),
                     coded(truth))
        for light in ("linear", "coded")
    }  # fmt: skip
    assert score["linear"] > score["coded"] + 1.0
