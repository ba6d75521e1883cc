"""DNGs over levels, lights, layouts and codings, developed and compared to the specification."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

import rushes
from tests.colour.reference import colour, xyz_to_ap0
from tests.media.dng_cases import COLUMNS, ROWS, SIDE, Array, Case, Light, stored_picture, write
from tests.media.dng_model import INNER, delta_e, linear, to_aces

CM_A = ((0.9126, -0.2612, -0.0714), (-0.4312, 1.2283, 0.2262), (-0.0487, 0.1403, 0.5892))
CM_D65 = ((0.7921, -0.2114, -0.0623), (-0.4741, 1.2801, 0.2134), (-0.0823, 0.2148, 0.6321))
CM_FL = ((0.8611, -0.2913, -0.0343), (-0.4018, 1.1802, 0.2540), (-0.0301, 0.1207, 0.6712))
FM_A = ((0.6612, 0.1765, 0.1266), (0.2035, 0.8522, -0.0557), (-0.0081, -0.4762, 1.3094))
FM_D65 = ((0.5844, 0.3726, 0.0073), (0.2121, 0.9934, -0.2055), (0.0038, -0.2038, 1.0251))
FM_FL = ((0.6211, 0.2514, 0.0918), (0.2304, 0.8790, -0.1094), (0.0102, -0.3310, 1.1459))
OWN = ((1.02, 0.01, 0.0), (0.0, 1.0, 0.01), (0.0, -0.01, 0.97))
A = Light(code=17, color=CM_A)
D65 = Light(code=21, color=CM_D65)
FL11 = tuple(float(v) for v in colour.SDS_ILLUMINANTS["FL11"].values)
SPECTRUM = Light(code=255, color=CM_FL, data=(380.0, 5.0, *FL11))
POINT = Light(code=255, color=CM_FL, data=(0.3805, 0.3769))


def forward(light: Light, matrix: Any, own: Any = None) -> Light:
    """A calibration with a forward matrix, whose rows add up to D50 as writers make them."""
    d50 = np.array((0.9643, 1.0, 0.8251))
    scaled = np.array(matrix) * (d50 / np.sum(matrix, axis=1))[:, None]
    return replace(light, forward=tuple(map(tuple, scaled)), own=own)


LIGHTS: dict[str, dict[str, Any]] = {
    "one": {"lights": (D65,), "neutral": (0.52, 1.0, 0.63)},
    "xy": {"lights": (D65,), "white_xy": (0.3324, 0.3474)},
    "two": {"lights": (A, D65), "neutral": (0.61, 1.0, 0.49)},
    "two, far off": {"lights": (A, D65), "white_xy": (0.2806, 0.2883)},
    "two, other way": {"lights": (D65, A), "white_xy": (0.41, 0.39)},
    "fluorescent": {"lights": (replace(A, code=14), replace(D65, code=22)),
                    "white_xy": (0.33, 0.34)},
    "forward": {"lights": (forward(A, FM_A), forward(D65, FM_D65)), "neutral": (0.58, 1.0, 0.53)},
    "calibrated": {"lights": (forward(A, FM_A, OWN), forward(D65, FM_D65, OWN)),
                   "neutral": (0.55, 1.0, 0.58), "balance": (1.1, 1.0, 0.9)},
    "own alone": {"lights": (replace(A, own=OWN), replace(D65, own=OWN)),
                  "white_xy": (0.37, 0.37), "balance": (0.9, 1.0, 1.05)},
    "signed": {"lights": (replace(A, own=OWN), D65), "neutral": (0.55, 1.0, 0.58),
               "signatures": ("com.camera", "com.camera")},
    "signed otherwise": {"lights": (replace(A, own=OWN), D65), "neutral": (0.55, 1.0, 0.58),
                         "signatures": ("com.camera", "com.other")},
    "three, spectrum": {"lights": (A, D65, SPECTRUM), "white_xy": (0.3805, 0.3769)},
    "three, xy": {"lights": (A, D65, POINT), "neutral": (0.60, 1.0, 0.52)},
    "three, forward": {"lights": (forward(A, FM_A), forward(D65, FM_D65), forward(POINT, FM_FL)),
                       "white_xy": (0.36, 0.37)},
    "three of EXIF": {"lights": (A, D65, replace(A, code=23, color=CM_FL)),
                      "white_xy": (0.345, 0.352)},
    "two, xy": {"lights": (A, POINT), "white_xy": (0.41, 0.39)},
    "exposure": {"lights": (D65,), "neutral": (0.5, 1.0, 0.6), "exposure": 0.5},
    "exposure and offset": {"lights": (D65,), "neutral": (0.5, 1.0, 0.6), "exposure": 0.5,
                            "offset": -0.3},
}  # fmt: skip
LEVELS: dict[str, dict[str, Any]] = {
    "plain": {},
    "one black": {"black": ((528.0,),), "white": (15000.0,)},
    "2x2": {"black": ((500.0, 600.0), (700.0, 640.0)), "white": (16383.0,)},
    "1x2": {"black": ((500.0, 900.0),), "white": (16383.0,)},
    "2x1": {"black": ((500.0,), (900.0,)), "white": (16383.0,)},
    "4x4": {"black": tuple(tuple(500.0 + 20 * (4 * y + x) for x in range(4)) for y in range(4)),
            "white": (16383.0,)},
    "fractions": {"black": ((511.25,),), "white": (16000.0,)},
    "rows": {"black": ((512.0,),), "white": (16383.0,), "rows": True},
    "columns": {"black": ((512.0,),), "white": (16383.0,), "columns": True},
    "rows and columns": {"black": ((512.0, 500.0), (520.0, 530.0)), "white": (16383.0,),
                         "rows": True, "columns": True},
    "table": {"table": "root", "bits": 12, "white": (65535.0,), "black": ((100.0,),)},
    "short table": {"table": "short", "bits": 10, "white": (40000.0,)},
    "table of 8 bits": {"table": "root", "bits": 8, "white": (60000.0,)},
}  # fmt: skip
LAYOUTS: dict[str, dict[str, Any]] = {
    "strip": {},
    "strips": {"strip": 10},
    "tiles": {"tile": (32, 48)},
    "big-endian": {"order": ">"},
    "big-endian tiles": {"order": ">", "tile": (16, 32)},
    "BigTIFF": {"big": True},
    "sub-directory": {"preview": True},
    "active area": {"margin": (4, 6, 2, 8)},
    "odd active area": {"margin": (3, 5, 1, 7)},
    "rows apart": {"fields": (2, 1)},
    "columns apart": {"fields": (1, 2)},
    "quadrants": {"fields": (2, 2)},
    "quadrants in tiles": {"fields": (2, 2), "tile": (32, 48)},
    "odd fields": {"fields": (3, 5), "margin": (1, 2, 3, 1)},
    "quadrants of a margin": {"fields": (2, 2), "margin": (3, 1, 2, 2)},
    "larger cell": {"repeat": 2},
}
CODINGS: dict[str, dict[str, Any]] = {
    "8 bits": {"bits": 8},
    "10 bits": {"bits": 10},
    "12 bits": {"bits": 12, "order": ">"},
    "14 bits": {"bits": 14, "strip": 12},
    "16 bits": {"bits": 16},
    "lossless JPEG": {"compression": "ljpeg", "bits": 14, "tile": (32, 48)},
    "lossless JPEG, two columns": {"compression": "ljpeg", "components": 2, "bits": 12},
    "lossless JPEG, predictor 6": {"compression": "ljpeg", "jpeg_predictor": 6, "bits": 16},
    "lossless JPEG, quadrants": {"compression": "ljpeg", "bits": 14, "fields": (2, 2)},
    "deflate": {"compression": "deflate", "bits": 16, "tile": (32, 48)},
    "deflate, differences": {"compression": "deflate", "bits": 16, "predictor": 2, "order": ">"},
    "JPEG XL": {"compression": "jpegxl", "bits": 16, "tile": (32, 48)},
    "JPEG XL, quadrants": {"compression": "jpegxl", "bits": 16, "fields": (2, 2)},
    "JPEG XL of 8 bits": {"compression": "jpegxl", "bits": 8},
    "half": {"floating": True, "bits": 16},
    "float": {"floating": True, "bits": 32, "order": ">"},
    "float, deflate": {"floating": True, "bits": 32, "compression": "deflate", "predictor": 3,
                       "tile": (32, 48)},
    "half, deflate, quadrants": {"floating": True, "bits": 16, "compression": "deflate",
                                 "predictor": 3, "fields": (2, 2)},
}  # fmt: skip
LINEAR: dict[str, dict[str, Any]] = {
    "three": {"kind": "linear"},
    "three of 12 bits": {"kind": "linear", "bits": 12},
    "three, a black each": {"kind": "linear", "black": (((100.0, 200.0, 300.0),),)},
    "three, a white each": {"kind": "linear", "white": (60000.0, 65000.0, 62000.0)},
    "three in tiles": {"kind": "linear", "tile": (32, 48), "order": ">"},
    "three, JPEG": {"kind": "linear", "compression": "ljpeg", "bits": 12, "components": 3},
    "three, JPEG XL": {"kind": "linear", "compression": "jpegxl", "tile": (32, 48)},
    "three of half": {"kind": "linear", "floating": True, "bits": 16},
    "three of float": {"kind": "linear", "floating": True, "bits": 32, "compression": "deflate",
                       "predictor": 3},
    "three, rows apart": {"kind": "linear", "fields": (2, 3)},
    "three, JPEG XL of half": {"kind": "linear", "floating": True, "bits": 16,
                               "compression": "jpegxl", "tile": (32, 48)},
    "three, JPEG XL of float, apart": {"kind": "linear", "floating": True, "bits": 32,
                                       "compression": "jpegxl", "fields": (2, 2)},
    "three, table": {"kind": "linear", "table": "root", "bits": 8, "white": (60000.0,) * 3,
                     "black": (((100.0, 200.0, 300.0),),)},
    "three, differences": {"kind": "linear", "compression": "deflate", "predictor": 2},
    "three of float, levels": {"kind": "linear", "floating": True, "bits": 32,
                               "black": (((0.01, 0.02, 0.015),),), "white": (0.9, 0.95, 1.1)},
    "three, active area": {"kind": "linear", "margin": (3, 5, 1, 7)},
    "grey": {"kind": "mono"},
    "grey, 2x2 black": {"kind": "mono", "black": ((500.0, 600.0), (700.0, 640.0))},
}  # fmt: skip


def cases() -> list[Case]:
    """Every layout, coding and level with lights and patterns in turn, every light with each."""
    lights, patterns = cycle(LIGHTS), cycle(("RGGB", "GRBG", "BGGR", "GBRG"))
    wide = {"bits": 14, "white": (16383.0,)}
    found = []
    for name, light in LIGHTS.items():
        found += [
            Case(name=f"{name}, {pattern}", pattern=pattern, **light)
            for pattern in islice(patterns, 3)
        ]
    for table, kinds in (("levels", LEVELS), ("layouts", LAYOUTS), ("codings", CODINGS)):
        for name, kind in kinds.items():
            for pattern in islice(patterns, 2):
                light = next(lights)
                settings = {**(wide if table == "levels" else {}), **kind, **LIGHTS[light]}
                found.append(Case(name=f"{name}, {pattern}, {light}", pattern=pattern, **settings))
    for name, kind in LINEAR.items():
        light = next(lights)
        found.append(Case(name=f"{name}, {light}", **kind, **LIGHTS[light]))
    return found


CASES = cases()


def seen_by(case: Case) -> Array:
    """(24, 3) camera RGB of a colour chart, none of it near the camera's white."""
    chart = colour.CCS_COLOURCHECKERS["ColorChecker24 - After November 2014"].data
    aces = np.array([colour.xyY_to_XYZ(v) for v in chart.values()]) @ xyz_to_ap0().T
    camera = aces @ np.linalg.inv(to_aces(replace(case, exposure=None, offset=None))).T
    return np.asarray(np.maximum(camera * (0.8 / camera.max()), 0.004))


def patches(folder: Path) -> Array:
    """(24, 3) means of the insides of the patches of the one EXR in a folder."""
    (path,) = folder.glob("*.exr")
    with OpenEXR.File(str(path), separate_channels=True) as file:
        planes = [np.asarray(file.channels()[c].pixels, np.float64) for c in "RGB"]
    picture = np.stack(planes, -1).reshape(ROWS, SIDE, COLUMNS, SIDE, 3)
    inside = picture[:, INNER : SIDE - INNER, :, INNER : SIDE - INNER]
    return np.asarray(inside.mean((1, 3)).reshape(-1, 3))


def test_the_matrix_is_large() -> None:
    """There are as many DNGs as the project promises, each of its own name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 150


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_dng_is_developed_as_the_specification_says(case: Case, tmp_path: Path) -> None:
    """Each DNG comes out as an independent model of chapters 5 and 6 develops its samples."""
    stored = stored_picture(case, seen_by(case))
    (tmp_path / "x.dng").write_bytes(write(case, stored))
    receipt = rushes.debayer(input=str(tmp_path / "x.dng"), output=str(tmp_path / "out"))
    assert "notes" not in receipt.assumed
    expected = linear(case, stored) @ to_aces(case).T
    assert delta_e(patches(tmp_path / "out"), expected).max() <= 0.12
