"""What every kernel makes, through one object or another: run by the image's tests too."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np

import kernels
from kernels import compiled, entries
from kernels.video.vc5 import Band, vc5_mosaic, vc5_plane
from tests import naive
from tests.kernels import colour_cases, vc5_twin


def entries_of(file: Path) -> dict[str, Any]:
    """The entries of an object, by name."""
    library = ctypes.CDLL(str(file))
    names = [name for unit in entries.UNITS.values() for name in unit]
    return {n: compiled._PROTOTYPE((entries.SYMBOL.format(n), library)) for n in names}


def everything() -> list[bytes]:
    """What each kernel makes of awkward pictures."""
    rng = np.random.default_rng(11)
    raw = np.clip(rng.normal(1500, 900, (45, 2100)), 0, 4095).astype(np.uint16)
    floats = rng.normal(0.2, 0.5, (37, 53)).astype(np.float32)
    options: dict[str, Any] = {"black": [250, 256, 255, 251.5], "white": 4095}
    mix = np.array([[1.6, -0.5, -0.1], [-0.2, 1.4, -0.2], [0.05, -0.6, 1.55]])
    made: list[Any] = []
    for method in ("draft", "fast", "best"):
        for pattern in naive.RED:
            made.append(
                kernels.develop(
                    raw, pattern, method=method, gains=[2, 1, 1, 1.7], matrix=mix, **options
                )
            )
            made.append(kernels.demosaic(floats, pattern, method))
    made.append(kernels.demosaic(floats, "RGGB", "best", "coded"))
    made.append(
        kernels.develop_linear(raw[:, :1098].reshape(45, 366, 3), black=256, white=4095,
                               gains=[2, 1, 1.5], matrix=mix)
    )  # fmt: skip
    made.append(kernels.to_half(floats * 1e5))
    made.append(kernels.unpack(rng.bytes(37 * 41), 23, 37, 14, row_bytes=41))
    halves = rng.normal(0.2, 0.02, (3, 33, 403)).astype(np.float16)
    made += [kernels.zip_blocks(halves, (2, 1, 0), lines)[0] for lines in (1, 16)]
    return [np.ascontiguousarray(a).tobytes() for a in made] + frames() + colour_cases.everything()


def frames() -> list[bytes]:
    """ProRes of both samplings, of fields, with alpha, slices of every width; a VC-5 mosaic."""
    rng = np.random.default_rng(12)
    y, x = np.mgrid[0:70, 0:243]
    wave = (np.sin(x / 9) * np.cos(y / 7) * 1500 + 2048 + rng.normal(0, 60, y.shape)).astype("u2")
    half = wave[:, ::2].copy()
    low, highs = vc5_twin.bands_of(wave, 12)
    bands = [Band(vc5_twin.coded_low(low)), *(Band(vc5_twin.coded(h), 16, 12) for h in highs)]
    plane = vc5_plane(bands, wave.shape[1], wave.shape[0], vc5_twin.PRESCALE)
    sensor = vc5_mosaic([plane, plane, wave, plane], "RGGB", 14)
    return [
        kernels.encode_prores([wave >> 2, half >> 2, half >> 2], "proxy"),
        kernels.encode_prores([wave >> 2, half >> 2, half >> 2], "hq", fields="top"),
        kernels.encode_prores([wave, wave, wave], "4444xq", bits=12, alpha=wave),
        sensor.tobytes(),
    ]
