"""A colour chart under two lights, through debayer with an AMF, against colour-science."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import rushes
from tests.colour.reference import (
    ACES_WHITE,
    D50,
    LutherCamera,
    adaptation,
    colour,
    xyz_to_ap0,
)
from tests.media.dngs import LONG, RATIONAL, SHORT, SRATIONAL, write_dng

Array = npt.NDArray[np.float64]
MIX = np.array([[0.61, 0.32, -0.04], [-0.31, 1.11, 0.16], [-0.02, 0.09, 0.83]])
PATCH, COLUMNS, BLACK, WHITE = 48, 6, 1024, 65000
SLOPE, OFFSET, POWER, SATURATION = (1.1, 1.0, 0.92), (0.01, 0.0, -0.005), (1.0, 1.05, 0.97), 1.2
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<aces:acesMetadataFile xmlns:aces="urn:ampas:aces:amf:v2.0" xmlns:cdl="urn:ASC:CDL:v1.01"
 version="2.0"><aces:amfInfo>{author}{date}
<aces:uuid>urn:uuid:5b3a1f1e-0000-4000-8000-000000000001</aces:uuid></aces:amfInfo>
<aces:pipeline><aces:pipelineInfo>{date}
<aces:uuid>urn:uuid:5b3a1f1e-0000-4000-8000-000000000002</aces:uuid><aces:systemVersion>
<aces:majorVersion>2</aces:majorVersion><aces:minorVersion>0</aces:minorVersion>
<aces:patchVersion>0</aces:patchVersion></aces:systemVersion></aces:pipelineInfo>
"""
DATE = """<aces:dateTime><aces:creationDateTime>2026-01-01T00:00:00Z</aces:creationDateTime>
<aces:modificationDateTime>2026-01-01T00:00:00Z</aces:modificationDateTime></aces:dateTime>"""
AUTHOR = "<aces:author><aces:name>A colourist</aces:name></aces:author>"
LOOK = """<aces:lookTransform applied="false"><aces:description>Grade</aces:description>
<aces:cdlWorkingSpace><aces:toCdlWorkingSpace><aces:transformId>{tid}ACES_to_ACEScct.a2.v1
</aces:transformId></aces:toCdlWorkingSpace><aces:fromCdlWorkingSpace><aces:transformId>
{tid}ACEScct_to_ACES.a2.v1</aces:transformId></aces:fromCdlWorkingSpace></aces:cdlWorkingSpace>
<cdl:SOPNode><cdl:Slope>{slope}</cdl:Slope><cdl:Offset>{offset}</cdl:Offset>
<cdl:Power>{power}</cdl:Power></cdl:SOPNode><cdl:SatNode><cdl:Saturation>{saturation}
</cdl:Saturation></cdl:SatNode></aces:lookTransform></aces:pipeline></aces:acesMetadataFile>
"""


def grading_amf() -> str:
    """An AMF whose one look is a CDL in ACEScct."""
    tid = "urn:ampas:aces:transformId:v2.0:CSC.Academy."
    text = HEAD.format(author=AUTHOR, date=DATE) + LOOK.format(
        tid=tid,
        slope=" ".join(map(str, SLOPE)),
        offset=" ".join(map(str, OFFSET)),
        power=" ".join(map(str, POWER)),
        saturation=SATURATION,
    )
    return text.replace(f"\n{tid}", tid).replace("v1\n<", "v1<").replace("\n</cdl:Sat", "</cdl:Sat")


def shoot(folder: Path, light: str, wrong: float = 1.0) -> Array:
    """A DNG of 24 patches under a light; (24, 3) XYZ of them, white at Y = 1.

    The camera's matrices are for A and D65; each is exact for its own light.
    """
    camera = LutherCamera(MIX)
    white, patches, seen = camera.see(light, LutherCamera.patch_names())
    neutral = white / white.max()
    scale = 0.9 * (WHITE - BLACK) / white.max()
    steps = BLACK + patches * scale
    rows = len(patches) // COLUMNS
    cfa = np.empty((rows * PATCH, COLUMNS * PATCH))
    for number, patch in enumerate(steps):
        y, x = number // COLUMNS * PATCH, number % COLUMNS * PATCH
        cell = cfa[y : y + PATCH, x : x + PATCH]
        cell[0::2, 0::2], cell[1::2, 1::2] = patch[0], patch[2]
        cell[0::2, 1::2] = cell[1::2, 0::2] = patch[1]
    tags: dict[int, tuple[int, object]] = {
        50714: (LONG, BLACK),
        50717: (LONG, WHITE),
        50728: (RATIONAL, tuple(n for v in neutral for n in (round(v * 1e8), 10**8))),
        50778: (SHORT, 17),
        50779: (SHORT, 21),
        50721: (SRATIONAL, fractions(MIX)),
        50722: (SRATIONAL, fractions(MIX)),
        # What it takes to lift the level that this camera calls white to 1.0.
        50730: (SRATIONAL, (round(np.log2(1 / 0.9) * 10**6), 10**6)),
    }
    for tag, name in ((50964, "A"), (50965, "D65")):
        own = camera.see(name, LutherCamera.patch_names()[:1])[0]
        xy = colour.XYZ_to_xy(np.linalg.inv(MIX) @ own)
        forward = adaptation((float(xy[0]), float(xy[1])), D50) @ np.linalg.inv(MIX) * own
        forward[:, 1] *= wrong
        tags[tag] = (SRATIONAL, fractions(forward))
    folder.mkdir()
    file = write_dng(np.round(cfa).astype(np.uint16), 16, tags=tags)
    (folder / "chart_000001.dng").write_bytes(file)
    return seen


def fractions(matrix: Array) -> tuple[int, ...]:
    """A matrix as a DNG writes it."""
    return tuple(n for v in matrix.ravel() for n in (round(float(v) * 10**7), 10**7))


def measured(path: Path) -> Array:
    """(24, 3) means of the patches' middles."""
    import OpenEXR

    with OpenEXR.File(str(path), separate_channels=True) as file:
        planes = [file.channels()[name].pixels.astype(np.float64) for name in "RGB"]
    quarter = PATCH // 4
    return np.array(
        [
            [
                plane[
                    n // COLUMNS * PATCH + quarter : (n // COLUMNS + 1) * PATCH - quarter,
                    n % COLUMNS * PATCH + quarter : (n % COLUMNS + 1) * PATCH - quarter,
                ].mean()
                for plane in planes
            ]
            for n in range(24)
        ]
    )


def known_aces(seen: Array, light: str) -> Array:
    """XYZ under a light to ACES2065-1, by colour-science."""
    white = LutherCamera(np.eye(3)).see(light, LutherCamera.patch_names()[:1])[0]
    xy = colour.XYZ_to_xy(white)
    to_white = adaptation((float(xy[0]), float(xy[1])), ACES_WHITE)
    return seen @ (xyz_to_ap0() @ to_white).T


def graded(aces: Array) -> Array:
    """The CDL in ACEScct, by colour-science's curve and matrices and ASC CDL's formula."""
    ap0, ap1 = (colour.RGB_COLOURSPACES[name] for name in ("ACES2065-1", "ACEScg"))
    to_ap1: Array = np.asarray(
        np.linalg.inv(ap1.matrix_RGB_to_XYZ) @ ap0.matrix_RGB_to_XYZ, np.float64
    )
    log: Array = np.asarray(colour.models.log_encoding_ACEScct(aces @ to_ap1.T), np.float64)
    log = np.maximum(log * np.array(SLOPE) + np.array(OFFSET), 0.0) ** np.array(POWER)
    luma = (log @ np.array([0.2126, 0.7152, 0.0722]))[:, None]
    light = colour.models.log_decoding_ACEScct(luma + SATURATION * (log - luma))
    back: Array = np.asarray(light @ np.linalg.inv(to_ap1).T, np.float64)
    return back


def delta_e(one: Array, other: Array) -> Array:
    """CIE DE2000 of ACES2065-1 pairs, under its white."""
    to_xyz = colour.RGB_COLOURSPACES["ACES2065-1"].matrix_RGB_to_XYZ
    first, second = (colour.XYZ_to_Lab(rgb @ to_xyz.T, ACES_WHITE) for rgb in (one, other))
    error: Array = np.asarray(colour.difference.delta_E_CIE2000(first, second), np.float64)
    return error


@pytest.mark.parametrize("light", ["A", "D65"])
@pytest.mark.parametrize("through", ["input", "looks"])
def test_a_chart_comes_out_as_colour_science_has_it(
    tmp_path: Path, light: str, through: str
) -> None:
    """24 known patches under two lights are within a DE2000 of 0.5, with the look and without."""
    seen = shoot(tmp_path / "A001", light)
    amf = tmp_path / "grade.amf"
    amf.write_text(grading_amf())
    receipt = rushes.debayer(
        input=str(tmp_path / "A001"), output=str(tmp_path / "out"), amf=str(amf), through=through
    )
    aces = known_aces(seen, light)
    if through == "looks":
        aces = graded(aces)
    (frame,) = (tmp_path / "out").glob("*.exr")
    errors = delta_e(measured(frame), aces)
    assert errors.max() < 0.5
    assert receipt.report is not None
    states = [step["state"] for step in receipt.report["steps"]]
    assert states == (["now", "left"] if through == "input" else ["now", "now"])
    assert json.loads((tmp_path / "out" / ".rushes" / f"{receipt.unit}.json").read_text())["report"]


def test_a_wrong_matrix_is_seen(tmp_path: Path) -> None:
    """A camera whose forward matrix is five percent off in one column does not pass."""
    seen = shoot(tmp_path / "A001", "D65", wrong=1.05)
    rushes.debayer(input=str(tmp_path / "A001"), output=str(tmp_path / "out"))
    (frame,) = (tmp_path / "out").glob("*.exr")
    assert delta_e(measured(frame), known_aces(seen, "D65")).max() > 1.0
