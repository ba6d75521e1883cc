"""Makes functions/colour/camera/spectral.json out of the Academy Software Foundation's curves.

Beside this file it writes the curves of four of its cameras, which the tests see through.

    python -m tests.colour.spectral_table FOLDER

FOLDER is a checkout of https://github.com/AcademySoftwareFoundation/rawtoaces-data (Apache-2.0),
with spectral sensitivities of cameras and reflectances of 190 training patches. Lights and the
CIE 1931 observer are colour-science's. `tests/colour/test_spectral.py` compares what stands in the
table with that library's own solver.

References
----------
Academy of Motion Picture Arts and Sciences, P-2013-001: Recommended Procedures for the Creation
and Use of Digital Camera System Input Device Transforms, 2015, chapter 4: the matrix that keeps
white and makes the least squares of differences in CIE 1976 L*a*b*, adapted by CAT02.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.colour.reference import colour

Array = npt.NDArray[np.float64]

TABLE = Path(__file__).parents[2] / "functions" / "colour" / "camera" / "spectral.json"
CURVES = Path(__file__).with_name("spectral_curves.json")
TESTED = ("Sony ILCE-7SM3", "Sony ILCE-7M4", "Canon EOS R5", "Nikon D850")
SHAPE = colour.SpectralShape(380, 780, 5)
AP0: Array = colour.RGB_COLOURSPACES["ACES2065-1"].matrix_RGB_to_XYZ
WHITE = AP0.sum(axis=1)
_OBSERVER = "CIE 1931 2 Degree Standard Observer"
OBSERVER: Array = colour.MSDS_CMFS[_OBSERVER].copy().align(SHAPE).values
DAYLIGHT = (4000, 4500, 5000, 5500, 6000, 6500, 7500)
NOTICE = (
    "Made by tests/colour/spectral_table.py out of data/camera, data/training and aliases.json of "
    "rawtoaces-data (https://github.com/AcademySoftwareFoundation/rawtoaces-data), licensed under "
    "the Apache License, Version 2.0, whose files name scitech, wetadigital and Jonathon Irons as "
    "their makers. Changed: curves are rounded, or made matrices to ACES2065-1, one for each light."
)


def lights() -> dict[str, Array]:
    """Relative powers at each wavelength of SHAPE, by the light's name in a sentence."""
    kelvin = 1.4388 / 1.4380  # the constant of Planck's law was another when the CIE numbered D
    whites = {t: colour.temperature.CCT_to_xy_CIE_D(t * kelvin) for t in DAYLIGHT}
    found = {
        "black body of 2400 K": colour.sd_blackbody(2400, SHAPE),
        "standard light A, 2856 K": colour.SDS_ILLUMINANTS["A"],
        "black body of 3200 K": colour.sd_blackbody(3200, SHAPE),
        **{
            f"daylight D{t // 100}": colour.sd_CIE_illuminant_D_series(white)
            for t, white in whites.items()
        },
        "cool white fluorescent FL2, 4230 K": colour.SDS_ILLUMINANTS["FL2"],
        "warm white fluorescent FL4, 2940 K": colour.SDS_ILLUMINANTS["FL4"],
    }
    return {name: light.copy().align(SHAPE).values for name, light in found.items()}


def curves(path: Path) -> Array:
    """(81, n) of a file of rawtoaces-data."""
    main = json.loads(path.read_bytes())["spectral_data"]["data"]["main"]
    assert sorted(map(float, main)) == list(SHAPE.wavelengths), path
    return np.array([main[wavelength] for wavelength in sorted(main, key=float)])


def tristimulus(patches: Array, light: Array) -> Array:
    """(n, 3) XYZ of (n, 81) reflectances under a light, adapted to the ACES white by CAT02."""
    total = np.sum(light * OBSERVER[:, 1])
    white = light @ OBSERVER / total
    adapt = colour.adaptation.matrix_chromatic_adaptation_VonKries(white, WHITE, transform="CAT02")
    found: Array = (patches * light) @ OBSERVER / total @ adapt.T
    return found


def balanced(patches: Array, light: Array, camera: Array) -> Array:
    """(n, 3) camera RGB of reflectances, divided by that of white."""
    found: Array = (patches * light) @ camera / (light @ camera)
    return found


def lab(xyz: Array) -> Array:
    """CIE 1976 L*a*b* under the ACES white."""
    found: Array = colour.XYZ_to_Lab(xyz, colour.XYZ_to_xy(WHITE))
    return found


def matrix_of(numbers: Array) -> Array:
    """The matrix whose rows begin with these two numbers each, and sum to 1: white stays white."""
    rows = numbers.reshape(3, 2)
    return np.hstack([rows, 1 - rows.sum(axis=1, keepdims=True)])


def solve(camera: Array, light: Array, patches: Array) -> Array:
    """The six numbers of the matrix from balanced camera RGB to ACES2065-1."""
    from scipy.optimize import least_squares  # type: ignore[import-untyped]

    wanted, seen = lab(tristimulus(patches, light)), balanced(patches, light, camera)

    def missed(numbers: Array) -> Array:
        found: Array = (lab(seen @ (AP0 @ matrix_of(numbers)).T) - wanted).ravel()
        return found

    start = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    numbers: Array = least_squares(missed, start, method="lm").x
    return numbers


def make(folder: Path) -> dict[str, Any]:
    """The table, as functions/colour/camera/spectral.py reads it."""
    under = lights()
    patches = curves(folder / "data/training/training_spectral.json").T
    cameras = {}
    for path in sorted((folder / "data/camera").glob("*.json")):
        header = json.loads(path.read_bytes())["header"]
        assert header["license"] == "Apache-2.0", path
        sensitivities = curves(path)
        rows = []
        # Channels that were scaled to 1 each say nothing of a neutral.
        relative = not (sensitivities.max(axis=0) == 1).all()
        for light in under.values():
            red, green, blue = light @ sensitivities
            neutral = [red / green, blue / green] if relative else [0.0, 0.0]
            rows.append([*neutral, *solve(sensitivities, light, patches)])
        name = f"{header['manufacturer']} {header['model']}"
        cameras[name] = [[round(float(number), 5) for number in row] for row in rows]
    listed = json.loads((folder / "data/aliases.json").read_bytes())["data"]["camera"]["model"]
    aliases = {
        f"{make} {model}": [f"{one['make']} {one['model']}", one["comments"]]
        for make, models in listed.items()
        for model, one in models.items()
    }
    whites = {
        name: [round(float(part), 5) for part in colour.XYZ_to_xy(light @ OBSERVER)]
        for name, light in under.items()
    }
    return {"notice": NOTICE, "lights": whites, "cameras": cameras, "aliases": aliases}


def text(table: dict[str, Any]) -> str:
    """JSON with a line for each light of each camera."""
    parts = []
    for key, value in table.items():
        if key == "notice":
            parts.append(f'"notice": {json.dumps(value)}')
            continue
        lines = []
        for name, item in value.items():
            rows = key == "cameras"
            item = "[\n    " + ",\n    ".join(map(json.dumps, item)) + "\n  ]" if rows else item
            lines.append(f"  {json.dumps(name)}: {item if rows else json.dumps(item)}")
        parts.append(f'"{key}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def tested(folder: Path) -> dict[str, list[list[float]]]:
    """R, G and B at each wavelength of SHAPE, of the cameras that tests see through."""
    found = {}
    for name in TESTED:
        path = folder / "data/camera" / f"{name.replace(' ', '_')}_380_780_5.json"
        found[name] = [[round(float(one), 6) for one in row] for row in curves(path).T]
    return found


if __name__ == "__main__":
    TABLE.write_text(text(make(Path(sys.argv[1]))))
    CURVES.write_text(json.dumps({"notice": NOTICE, "curves": tested(Path(sys.argv[1]))}) + "\n")
