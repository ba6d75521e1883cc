"""Input transforms by a camera's measured spectral sensitivities: a table of matrices.

For each camera a matrix from white-balanced camera RGB to ACES2065-1 stands there for each of a
dozen lights, and the camera RGB of a neutral under it, by which the light is found. A camera whose
curves say nothing of neutrals has zeros in their place, and its light is found by chromaticity.
`tests/colour/spectral_table.py` made the table, and says from what.

References
----------
Academy of Motion Picture Arts and Sciences, P-2013-001: Recommended Procedures for the Creation
and Use of Digital Camera System Input Device Transforms, 2015, chapter 4.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from functions.colour.camera.chromatic import Array, Xy
from functions.contract.camera import CameraRecord
from functions.contract.errors import UnsupportedMedia

_Row = tuple[float, float, float, float, float, float, float, float]
_FAR = 0.25  # stops: lights of the table are 0.1 to 0.2 apart
_MAKERS = {"nikon corporation": "nikon"}


class Transform(msgspec.Struct, frozen=True):
    """What the table says of one camera under one light.

    matrix : (3, 3) white-balanced reference camera RGB to ACES2065-1, rows sum to 1
    method : how it was found, in words
    assumed : what was taken for granted, by name
    """

    matrix: Array
    method: str
    assumed: dict[str, str]


class _Table(msgspec.Struct, frozen=True):
    """cameras : a row for each light: R/G and B/G of a neutral, then two numbers a matrix row."""

    lights: dict[str, Xy]
    cameras: dict[str, tuple[_Row, ...]]
    aliases: dict[str, tuple[str, str]]


def spectral_transform(camera: CameraRecord, neutral: Array | None, white: Xy | None) -> Transform:
    """The camera's matrix for the light in which its neutral is nearest to `neutral`.

    Parameters
    ----------
    neutral : (3,) reference camera RGB of white, as it was recorded; None where the light's
        chromaticity was, or is asked for: then no matrix stands between it and the light
    white : CIE xy of the scene's light, where that or the file's own matrices tell it

    Raises
    ------
    UnsupportedMedia: a camera that the table has not, with the names nearest to its own.
    """
    table = _table()
    name, why = _named(camera, table)
    rows = table.cameras[name]
    by_neutral = neutral is not None and rows[0][0] > 0
    if neutral is not None and by_neutral:
        at = (neutral[0] / neutral[1], neutral[2] / neutral[1])
        far = [_stops(at, row[:2]) for row in rows]
    elif white is not None:
        far = [math.dist(_uv(white), _uv(light)) for light in table.lights.values()]
    else:
        raise _refused(
            f"the curves of {name} tell a light by its chromaticity, and the file has no matrices "
            "that would say it"
        )
    nearest = min(range(len(rows)), key=far.__getitem__)
    light = list(table.lights)[nearest]
    assumed = {"spectral_camera": f"curves of {name}: {why}"} if why else {}
    if by_neutral and far[nearest] > _FAR:
        assumed["spectral_light"] = (
            f"{light}, from whose neutral the recorded one is {far[nearest]:.2f} stops away"
        )
    pairs = np.array(rows[nearest][2:]).reshape(3, 2)
    return Transform(
        np.column_stack([pairs, 1.0 - pairs[:, 0] - pairs[:, 1]]),
        f"spectral input transform (P-2013-001) of {name} for {light}, the nearest of "
        f"{len(rows)} lights, CAT02 to the ACES white",
        assumed,
    )


def _named(camera: CameraRecord, table: _Table) -> tuple[str, str]:
    """The camera's name in the table, and why another's curves are its own, "" for its own."""
    known = {_key(name): (name, "") for name in table.cameras}
    for name, (model, why) in table.aliases.items():
        known[_key(name)] = (model, f"{name} is {why}")
    make = " ".join((camera.make or "").lower().split())
    whole = CameraRecord(make=_MAKERS.get(make, camera.make), model=camera.model).title
    for said in (whole, camera.model, camera.unique_model):
        if said and _key(said) in known:
            return known[_key(said)]
    told = whole or camera.unique_model
    if not told:
        raise _refused("the file names no camera, by which its curves would be found")
    from difflib import get_close_matches

    near = get_close_matches(_key(told), known, 3, 0.0)
    names = ", ".join(dict.fromkeys(known[one][0] for one in near))
    raise _refused(
        f"{told} is none of the {len(table.cameras)} cameras whose spectral sensitivities are "
        f"known; the nearest names are {names}"
    )


def _refused(sentence: str) -> UnsupportedMedia:
    return UnsupportedMedia(f"{sentence}; idt 'dng' takes the file's own matrices", field="idt")


def _key(name: str) -> str:
    """The same for what makers and converters write of one camera."""
    words = name.casefold().replace("_", " ").split()
    return " ".join(word for word in words if word != "eos")


def _stops(one: tuple[float, float], other: tuple[float, float]) -> float:
    return math.hypot(*(math.log2(a / b) for a, b in zip(one, other, strict=True)))


def _uv(xy: Xy) -> tuple[float, float]:
    """CIE 1976 u'v'."""
    x, y = xy
    scale = 3.0 - 2.0 * x + 12.0 * y
    return 4.0 * x / scale, 9.0 * y / scale


@cache
def _table() -> _Table:
    content = Path(__file__).with_name("spectral.json").read_bytes()
    return msgspec.json.decode(content, type=_Table)
