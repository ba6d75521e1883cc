"""32-bit frames: floats from the sensor to the file, in ACES2065-1, ACEScg and camera RGB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import OpenEXR
import pytest

import rushes
from functions.colour.camera.to_aces import camera_to_aces
from functions.contract.errors import InvalidRequest
from functions.contract.frames import FrameRange
from functions.contract.operation import Limits
from functions.media import open_clip
from functions.storage import open_store
from tests import naive
from tests.colour.reference import colour
from tests.media.dngs import noisy, write_dng
from tests.plate.takes import write_take

Planes = npt.NDArray[Any]


def read(folder: Path) -> tuple[dict[str, Any], Planes]:
    """Header and R, G, B of the only frame, as OpenEXR has them."""
    (frame,) = folder.rglob("*.exr")
    with OpenEXR.File(str(frame), separate_channels=True) as file:
        planes = np.stack([file.channels()[name].pixels.copy() for name in "RGB"])
        return dict(file.header()), planes


@pytest.fixture
def mosaic(tmp_path: Path) -> Path:
    """One frame of 12 bits."""
    clip = tmp_path / "clip.dng"
    clip.write_bytes(write_dng(noisy((48, 70), 12), 12))
    return clip


def twin(clip: Path, mosaic: Planes, method: str) -> Planes:
    """ACES2065-1 in float64 from the file's own levels."""
    opened = open_clip(clip.as_uri(), open_store(("file:///",), {}), Limits())
    (raw,) = opened.frames(FrameRange(0, 1))
    made = camera_to_aces(raw.camera, raw.layout)
    pattern = raw.pattern or ""
    gains = [made.gains["RGB".index(letter)] for letter in pattern]
    return naive.develop(
        mosaic, pattern, raw.black, raw.white, gains, np.asarray(made.matrix), method
    )


@pytest.mark.parametrize("method", ["draft", "fast", "best"])
@pytest.mark.parametrize("compression", ["none", "zip"])
def test_floats_are_those_of_a_float64_twin(
    mosaic: Path, tmp_path: Path, compression: str, method: str
) -> None:
    """Levels, demosaic and matrix in float64 differ by float32 rounding alone."""
    out = tmp_path / "out"
    rushes.debayer(
        input=str(mosaic), output=str(out), depth="float", compression=compression, method=method
    )
    header, planes = read(out)
    assert planes.dtype == np.float32
    assert tuple(header["chromaticities"])[:2] == pytest.approx((0.7347, 0.2653))
    wanted = twin(mosaic, noisy((48, 70), 12), method)
    assert np.abs(planes - wanted).max() <= 3e-6 * np.abs(wanted).max()
    assert np.abs(planes - planes.astype(np.float16)).max() > 1e-5


def test_acescg_is_the_academys_matrix_of_the_floats(mosaic: Path, tmp_path: Path) -> None:
    """AP0 to AP1 of S-2014-004, as colour-science has it, to float32."""
    for space in ("aces", "acescg"):
        rushes.debayer(
            input=str(mosaic), output=str(tmp_path / space), depth="float", space=space, width=35
        )
    _, aces = read(tmp_path / "aces")
    header, cg = read(tmp_path / "acescg")
    assert tuple(header["chromaticities"])[:2] == pytest.approx((0.713, 0.293))
    spaces = colour.RGB_COLOURSPACES
    matrix = spaces["ACEScg"].matrix_XYZ_to_RGB @ spaces["ACES2065-1"].matrix_RGB_to_XYZ
    wanted = np.einsum("ij,jyx->iyx", matrix, aces.astype(np.float64))
    assert np.abs(cg - wanted).max() <= 2e-6 * np.abs(wanted).max()


@pytest.mark.parametrize("space", ["aces", "acescg"])
def test_a_plate_of_floats_is_what_debayer_makes(tmp_path: Path, space: str) -> None:
    """The same frame in both, told in receipt and explain; lint's plates are halves."""
    take = write_take(tmp_path)
    spec = {"input": str(take), "frames": "104", "depth": "float", "space": space}
    receipt = rushes.plate(output=str(tmp_path / "plate"), proxy=False, **spec)
    rushes.debayer(output=str(tmp_path / "frames"), **spec)
    header, planes = read(tmp_path / "plate")
    assert planes.dtype == np.float32
    assert planes.tobytes() == read(tmp_path / "frames")[1].tobytes()
    assert header["colorInteropID"] == {"aces": "lin_ap0_scene", "acescg": "lin_ap1_scene"}[space]
    assert receipt.request["depth"] == "float"
    told = rushes.explain("plate", output=str(tmp_path / "p"), **spec)
    assert told["outputs"]["depth"] == "float"
    report = rushes.lint(input=str(tmp_path / "plate")).report
    assert report is not None
    assert "not-half" in {finding["code"] for finding in report["findings"]}


def test_floats_of_a_coding_for_halves_are_refused(mosaic: Path, tmp_path: Path) -> None:
    """Before anything is opened."""
    with pytest.raises(InvalidRequest, match="dwaa keeps halves") as raised:
        rushes.debayer(input=str(mosaic), output=str(tmp_path), depth="float", compression="dwaa")
    assert raised.value.facts["field"] == "depth"
