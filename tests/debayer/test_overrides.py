"""Exposure and white balance as a person asks for them, in place of the camera's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import rushes
from functions.colour.camera.overrides import CameraOverrides
from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.camera import Calibration, CameraRecord
from functions.contract.errors import InvalidRequest, UnsupportedMedia
from tests.colour.reference import colour
from tests.container.conftest import make_movie
from tests.media.dngs import RATIONAL, SHORT, SRATIONAL, noisy, write_dng
from tests.media.exr_readers import by_openexr

IDENTITY = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
MATRICES = {
    50721: (SRATIONAL, (9, 10, -3, 10, -1, 10, -5, 10, 13, 10, 2, 10, -1, 10, 2, 10, 6, 10)),
    50722: (SRATIONAL, (8, 10, -2, 10, -1, 10, -4, 10, 12, 10, 2, 10, -1, 10, 2, 10, 7, 10)),
    50778: (SHORT, 17),
    50779: (SHORT, 21),
}


def developed(
    folder: Path, tags: dict[int, tuple[int, Any]], **overrides: Any
) -> npt.NDArray[np.float32]:
    """Planes of one frame of a mosaic with such tags."""
    clip = folder / "clip.dng"
    clip.write_bytes(write_dng(noisy((32, 48), 12), 12, tags={**MATRICES, **tags}))
    out = folder / f"out{len(list(folder.iterdir()))}"
    rushes.debayer(input=str(clip), output=str(out), method="draft", highlights="keep", **overrides)
    (frame,) = out.glob("*.exr")
    _, planes = by_openexr(frame.read_bytes())
    return np.stack([planes[name].view(np.float16).astype(np.float32) for name in "RGB"])


def test_exposure_doubles_light(tmp_path: Path) -> None:
    """A stop more is twice each value, to the bit, for halves scale so."""
    tags = {50728: (RATIONAL, (1, 2, 1, 1, 2, 3))}
    plain, brighter = (developed(tmp_path, tags, exposure=stops) for stops in (0.0, 1.0))
    normal = np.abs(plain) > 2.0**-13
    assert normal.mean() > 0.9
    assert (brighter[normal] == 2 * plain[normal]).all()


@pytest.mark.parametrize(("white", "kelvin", "tint"), [("3200", 3200, 0), ("5600+20", 5600, 20)])
def test_white_is_the_light_that_was_asked_for(
    white: str, kelvin: float, tint: float, tmp_path: Path
) -> None:
    """As if the camera had recorded that light, whose place colour-science finds."""
    uv = colour.temperature.CCT_to_uv_Robertson1968([kelvin, tint / 3000])
    xy = colour.UCS_uv_to_xy(uv)
    recorded = {50729: (RATIONAL, (round(xy[0] * 10**6), 10**6, round(xy[1] * 10**6), 10**6))}
    other = {50728: (RATIONAL, (1, 2, 1, 1, 2, 3))}
    wanted, found = developed(tmp_path, recorded), developed(tmp_path, other, white=white)
    assert np.abs(found - wanted).max() <= 2e-3 * np.abs(wanted).max()
    assert np.abs(developed(tmp_path, other) - wanted).max() > 0.05 * np.abs(wanted).max()


def test_what_was_asked_is_told(tmp_path: Path) -> None:
    """In the plan's step of colour, and in the AMF beside the frames."""
    developed(tmp_path, {}, exposure=-0.5, white="4300-7")
    words = "exposure -0.5 stops, as asked; white balance 4300 K, tint -7, as asked"
    (amf,) = tmp_path.glob("out*/clip.amf")
    assert words in amf.read_text()
    told = rushes.explain("debayer", input=str(tmp_path / "clip.dng"), output=str(tmp_path / "o"),
                          exposure=-0.5, white="4300-7")  # fmt: skip
    assert any(words in step for step in told["colour"])


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    """A developed clip, camera RGB, a camera without calibrations, words that are no light."""
    make_movie(tmp_path / "a.mov", frames=1)
    out = {"output": str(tmp_path / "o")}
    with pytest.raises(InvalidRequest, match="are of camera raw"):
        rushes.transcode(input=str(tmp_path / "a.mov"), source="rec709", exposure=1.0, **out)
    clip = tmp_path / "a.dng"
    clip.write_bytes(write_dng(noisy((16, 24), 12), 12, tags=MATRICES))
    with pytest.raises(InvalidRequest, match="as bright as the sensor saw it"):
        rushes.debayer(input=str(clip), space="camera", exposure=1.0, **out)
    with pytest.raises(InvalidRequest, match="write kelvin"):
        rushes.debayer(input=str(clip), white="daylight", **out)
    with pytest.raises(InvalidRequest, match="the lowest is 1667 K"):
        rushes.debayer(input=str(clip), white="1500", **out)
    clip.write_bytes(write_dng(noisy((16, 24), 12), 12))
    with pytest.raises(UnsupportedMedia, match="no colours under known lights"):
        rushes.debayer(input=str(clip), white="5600", **out)


def test_a_makers_matrix_is_for_its_own_light() -> None:
    """Another white beside a matrix that leads straight to ACES is refused, not passed over."""
    light = Calibration(illuminant=21, color_matrix=IDENTITY)
    camera = CameraRecord(matrix_to_aces=IDENTITY, calibrations=(light,))
    with pytest.raises(UnsupportedMedia, match="no other white"):
        camera_to_aces(camera, "cfa", CameraOverrides(kelvin=5600.0))
